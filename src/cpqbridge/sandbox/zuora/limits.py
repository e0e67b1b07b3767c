"""Rate and concurrency limits: really counted, told in every answer, refused with 429."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from cpqbridge.sandbox.zuora.envelopes import NO_BODY, REQUEST_LIMIT, Refusal, code
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Seconds of each rate window.
WINDOWS = {"minute": 60, "hour": 3600, "day": 86400}

DEFAULT, HIGH_VOLUME, OBJECT_QUERY = "Default", "High-volume transactions", "Object Query"

_HIGH_VOLUME = [
    (method, re.compile(pattern))
    for method, pattern in (
        ("POST", r"/v1/accounts"),
        ("POST", r"/v1/orders(/preview)?"),
        ("POST", r"/v1/subscriptions(/preview)?"),
        ("PUT", r"/v1/subscriptions/[^/]+(/(renew|cancel))?"),
        ("POST", r"/v1/rsa-signatures(/decrypt)?"),
    )
]


class TooManyRequests(Exception):
    """A rate limit is exceeded; the body has its own shape."""

    def __init__(self, window: str, retry_after: int) -> None:
        """Name the window and the seconds until it starts anew."""
        super().__init__(window)
        self.retry_after = retry_after
        message = f"API Rate limit exceeded for the {window}, retry after {retry_after} seconds"
        self.body = {"reasons": [{"code": REQUEST_LIMIT, "message": message}]}


class RateCounter:
    """Calls in the present minute, hour and day."""

    def __init__(self) -> None:
        self._counts: dict[str, tuple[int, int]] = {}

    def count(self, now: datetime, limits: Mapping[str, int]) -> None:
        """Count one call.

        Raises:
            TooManyRequests: It is one too many in some window.
        """
        for window, seconds in WINDOWS.items():
            start, used = self._window(window, now)
            if used >= limits[window]:
                raise TooManyRequests(window, math.ceil((start + 1) * seconds - now.timestamp()))
        for window in WINDOWS:
            start, used = self._window(window, now)
            self._counts[window] = (start, used + 1)

    def remaining(self, now: datetime, limits: Mapping[str, int], window: str) -> int:
        """Calls left in a window."""
        return max(0, limits[window] - self._window(window, now)[1])

    def headers(self, now: datetime, limits: Mapping[str, int]) -> dict[str, str]:
        """``RateLimit-*`` of the window that is nearest to exhaustion."""
        nearest = min(WINDOWS, key=lambda window: self.remaining(now, limits, window) / max(1, limits[window]))
        seconds = WINDOWS[nearest]
        policy = ", ".join(f"{limits[window]};w={length}" for window, length in WINDOWS.items())
        return {
            "RateLimit-Limit": f"{limits[nearest]}, {policy}",
            "RateLimit-Remaining": str(self.remaining(now, limits, nearest)),
            "RateLimit-Reset": str(math.ceil(seconds - now.timestamp() % seconds)),
        }

    def _window(self, window: str, now: datetime) -> tuple[int, int]:
        start = int(now.timestamp()) // WINDOWS[window]
        known, used = self._counts.get(window, (start, 0))
        return (start, used) if known == start else (start, 0)


class Limits:
    """All counters of one tenant."""

    def __init__(self, tenant: Tenant) -> None:
        """Count for a tenant; its settings say how much is permitted."""
        self._tenant = tenant
        self._calls = RateCounter()
        self._sign_ins = RateCounter()
        self._running: dict[str, int] = {}

    def count(self) -> dict[str, str]:
        """Count an API call and return its ``RateLimit-*`` headers.

        Raises:
            TooManyRequests: A rate limit is exceeded.
        """
        now, limits = self._tenant.clock(), self._tenant.settings.rate_limits
        self._calls.count(now, limits)
        return self._calls.headers(now, limits)

    def count_sign_in(self) -> dict[str, str]:
        """Count a call of the token endpoint and return its headers.

        Raises:
            TooManyRequests: A rate limit is exceeded.
        """
        now, limits = self._tenant.clock(), self._tenant.settings.auth_rate_limits
        self._sign_ins.count(now, limits)
        return {
            "X-RateLimit-Limit-minute": str(limits["minute"]),
            "X-RateLimit-Remaining-minute": str(self._sign_ins.remaining(now, limits, "minute")),
        }

    @contextmanager
    def slot(self, method: str, path: str) -> Iterator[dict[str, str]]:
        """One of the calls that may run at a time; yields the ``Concurrency-Limit-*`` headers.

        Raises:
            Refusal: 429 with code 50000070: too many calls of the class are running.
        """
        kind = concurrency_class(method, path)
        limit = self._tenant.settings.concurrency_limits[kind]
        running = self._running.get(kind, 0)
        if running >= limit:
            raise Refusal(code(NO_BODY, REQUEST_LIMIT), f"Concurrency limit of {limit} exceeded for {kind}.", 429)
        self._running[kind] = running + 1
        try:
            yield {
                "Concurrency-Limit-Type": kind,
                "Concurrency-Limit-Limit": str(limit),
                "Concurrency-Limit-Remaining": str(limit - running - 1),
            }
        finally:
            self._running[kind] -= 1


def concurrency_class(method: str, path: str) -> str:
    """The class in which a call is counted."""
    if path.startswith("/object-query"):
        return OBJECT_QUERY
    if any(verb == method and pattern.fullmatch(path) for verb, pattern in _HIGH_VOLUME):
        return HIGH_VOLUME
    return DEFAULT
