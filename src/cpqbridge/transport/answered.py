"""The ids under which a system has answered writes, for whoever keeps a record of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from cpqbridge.transport.exchange import Reply, Request

_ANSWERED: ContextVar[list[str] | None] = ContextVar("cpqbridge_answered", default=None)


@contextmanager
def request_ids() -> Iterator[list[str]]:
    """Give a list to which the system's id of each answered write is added meanwhile; the last one counts."""
    answered: list[str] = []
    token = _ANSWERED.set(answered)
    try:
        yield answered
    finally:
        _ANSWERED.reset(token)


def note(request: Request, reply: Reply) -> None:
    """Add the id of an answer, if somebody wants to know it and the request was a write."""
    answered = _ANSWERED.get()
    if answered is not None and not request.reads and reply.request_id:
        answered.append(reply.request_id)
