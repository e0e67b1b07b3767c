"""Looks for drift in both systems of the sandbox, as the command does, in a work folder of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.sync.drift.progress import Progress
from cpqbridge.sync.drift.run import drift
from cpqbridge.sync.drift.scope import Scope
from cpqbridge.transport.channel import Wiring
from tests.life.stage import Hurry
from tests.sync.conftest import Both

Found = list[dict[str, Any]]
"""Differences, as the command tells them."""


def look(
    both: Both,
    folder: Path,
    scope: Scope | None = None,
    progress: Progress | None = None,
    options: Mapping[str, Any] | None = None,
    **more: Any,
) -> Found:
    """Return what differs."""
    settings = both.settings(**(options or {}))
    settings = settings.model_copy(update={"database": DatabaseSettings(data_dir=folder)})

    async def do() -> Found:
        wiring = Wiring(clock=Hurry().clock)
        async with drift(settings, scope or Scope(), progress=progress, wiring=wiring, **more) as found:
            assert found.total == sum(one.count for one in found.counts)
            return list(found.differences())

    return asyncio.run(do())


def told(found: Found) -> list[tuple[str, str, str | None, str | None]]:
    """Return kind, field and both values of each difference."""
    return [(one["kind"], one["field"], one["salesforce"], one["zuora"]) for one in found]
