"""What is being worked on: it stands in every line of the log, in traces, and in the requests to Zuora."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from cpqbridge.telemetry.spans import span

LONGEST_TRACK_ID = 64
"""Characters of a `Zuora-Track-Id`."""

_NOT_TRACKED = re.compile(r"[^A-Za-z0-9._-]+")


@contextmanager
def working_on(what: str, **ids: str | int | None) -> Iterator[None]:
    """Do what follows for something: a `job`, a `record`.

    Args:
        what: What it is; a span of the traces has this name.
        ids: What names it, such as `account`, `record`, `run`; those that are None are left out.
    """
    known = {name: value for name, value in ids.items() if value is not None}
    with structlog.contextvars.bound_contextvars(**known), span(what, known):
        yield


@contextmanager
def in_run(run: int) -> Iterator[None]:
    """Do what follows in a run of the history."""
    with structlog.contextvars.bound_contextvars(run=run):
        yield


def track_id() -> str | None:
    """Return what names the run and the record in the other system's logs: at most 64 letters, digits, `.`, `_`, `-`.

    None outside of a run.
    """
    known = structlog.contextvars.get_contextvars()
    if "run" not in known:
        return None
    parts = ("cpqbridge", *(str(known[name]) for name in ("run", "object", "record") if name in known))
    return _NOT_TRACKED.sub("-", "-".join(parts))[:LONGEST_TRACK_ID]
