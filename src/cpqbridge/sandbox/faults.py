"""Failures to order: what the next matching requests shall suffer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

#: ``delay`` only waits ``delay_ms``; every other fault may carry a ``delay_ms`` too.
FAULTS = ("drop_request", "drop_response", "status", "delay")

_KEYS = {"match", "times", "fault", "status", "headers", "body", "delay_ms"}


@dataclass(slots=True)
class Fault:
    """One order for failure.

    Attributes:
        fault: ``drop_request`` cuts the connection before any work, ``drop_response`` after all of it;
            ``status`` answers with `status`, `headers` and `body` without any work; ``delay`` only waits.
        method: HTTP method to match; None matches all.
        path: Exact path or a pattern with ``*``, ``?`` and ``[…]``; None matches all.
        times: How many more requests it strikes.
        status: HTTP status of the answer.
        headers: Headers of the answer.
        body: JSON body of the answer; a text is sent as it is.
        delay_ms: Milliseconds to wait before the answer or the cut.
    """

    fault: str
    method: str | None = None
    path: str | None = None
    times: int = 1
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    delay_ms: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one that this fault strikes."""
        if self.method is not None and self.method.upper() != method:
            return False
        return self.path is None or self.path == path or fnmatchcase(path, self.path)

    def as_dict(self) -> dict[str, Any]:
        """The order in the shape in which it was given."""
        return {
            "match": {"method": self.method, "path": self.path},
            "times": self.times,
            "fault": self.fault,
            "status": self.status,
            "headers": self.headers,
            "body": self.body,
            "delay_ms": self.delay_ms,
        }


def parse_fault(order: Any) -> Fault:
    """Read one element of the body of ``POST /_sandbox/faults``.

    Raises:
        ValueError: A key, a fault or a value is not known.
    """
    if not isinstance(order, Mapping):
        raise ValueError("A fault is an object.")  # noqa: TRY004 - the caller's contract is ValueError
    match = order.get("match") or {}
    objects = isinstance(match, Mapping) and isinstance(order.get("headers") or {}, Mapping)
    if not objects or not all(isinstance(value, str | None) for value in match.values()):
        raise ValueError("'match' and 'headers' are objects, and 'method' and 'path' are texts.")
    _refuse_unknown(order, _KEYS, "fault")
    _refuse_unknown(match, {"method", "path"}, "match")
    kind = order.get("fault", "delay" if "delay_ms" in order else None)
    if kind not in FAULTS:
        raise ValueError(f"'fault' must be one of: {', '.join(FAULTS)}.")
    if kind == "status" and "status" not in order:
        raise ValueError("A fault of kind 'status' needs a 'status'.")
    return Fault(
        fault=kind,
        method=match.get("method"),
        path=match.get("path"),
        times=_whole(order, "times", 1, least=1),
        status=_whole(order, "status", 503, least=200, most=599),
        headers={name: str(value) for name, value in (order.get("headers") or {}).items()},
        body=order.get("body"),
        delay_ms=_whole(order, "delay_ms", 0, least=0),
    )


def _refuse_unknown(given: Mapping[str, Any], known: set[str], name: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"Unknown key '{unknown[0]}' in '{name}'.")


def _whole(order: Mapping[str, Any], key: str, default: int, *, least: int, most: int = 10**9) -> int:
    value = order.get(key)
    if value is None:
        return default
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"'{key}' must be an integer between {least} and {most}.")
    return value
