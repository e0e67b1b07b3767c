"""How the service works through what is due."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cpqbridge.settings.section import Section


class WorkerSettings(Section):
    """How many accounts are worked on at once, and when a silent worker's work is taken over."""

    concurrency: Annotated[int, Field(ge=1, le=500)] = 60
    """Accounts that one process works on at once, for each connection."""
    takeover_seconds: Annotated[int, Field(ge=3, le=600)] = 10
    """Seconds without a sign of life after which another worker takes a worker's jobs over."""
    shutdown_seconds: Annotated[int, Field(ge=1, le=600)] = 30
    """Seconds that calls in flight are given to end when the service is stopped."""
