"""Running sandboxes that are lent to one test after the other: a reset takes a third of the time of a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from cpqbridge.sandbox.server import LocalSandbox

Lend = Callable[[str], LocalSandbox]


class Sandboxes:
    """The sandboxes of a worker; tests that need more than one at a time get as many."""

    def __init__(self) -> None:
        self._free: list[LocalSandbox] = []
        self._started: list[LocalSandbox] = []

    @contextmanager
    def lend(self, seed: str) -> Iterator[LocalSandbox]:
        """Give a running sandbox that holds nothing but a seed; the borrower may stop it."""
        lent = self._ready(seed)
        try:
            yield lent
        finally:
            self._free.append(lent)

    def _ready(self, seed: str) -> LocalSandbox:
        while self._free:
            found = self._free.pop()
            if _reset(found, seed):
                return found
        made = LocalSandbox(seed)
        made.start()
        self._started.append(made)
        return made

    def stop(self) -> None:
        """Stop all of them."""
        for one in self._started:
            one.stop()


def _reset(sandbox: LocalSandbox, seed: str) -> bool:
    """Make a sandbox anew; return False where its last borrower has stopped it."""
    try:
        answer = httpx.post(f"{sandbox.salesforce_url}/_sandbox/reset", json={"seed": seed}, timeout=60)
    except httpx.TransportError:
        return False
    answer.raise_for_status()
    return True
