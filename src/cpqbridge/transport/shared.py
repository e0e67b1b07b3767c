"""What a client shares with all other clients of the same system, in other processes too."""

from __future__ import annotations

from typing import Protocol

from cpqbridge.errors import CpqBridgeError
from cpqbridge.transport.exchange import Request
from cpqbridge.transport.limiter import Limiter, Sizing


class Shared(Protocol):
    """Asked before each call and told after it."""

    @property
    def sizing(self) -> Sizing | None:
        """How many calls may run at once; None leaves it to the connection."""
        ...

    def join(self, limiter: Limiter) -> None:
        """Take a client's limiter in, to tell it of the others and be told by it."""
        ...

    async def take(self) -> None:
        """Take one call, in the lane of the present task; nothing is sent when it raises.

        Raises:
            RetryLater: CPQ-110, the budget is used up; CPQ-111, the system is taken to be down.
        """
        ...

    def check(self) -> None:
        """Let a sign-in through, which costs no call.

        Raises:
            RetryLater: CPQ-111, the system is taken to be down.
        """
        ...

    def heard(self, request: Request, error: CpqBridgeError | None) -> None:
        """Learn how a call ended: None when the system answered and did it."""
        ...


class Alone:
    """A client that shares nothing."""

    sizing: Sizing | None = None

    def join(self, limiter: Limiter) -> None:
        """See `Shared.join`."""

    async def take(self) -> None:
        """See `Shared.take`."""

    def check(self) -> None:
        """See `Shared.check`."""

    def heard(self, request: Request, error: CpqBridgeError | None) -> None:
        """See `Shared.heard`."""


ALONE = Alone()
"""For clients of which there is one."""
