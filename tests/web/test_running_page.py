"""The page on running the service names every metric, and none that there is not."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.jobs.conftest import Stage
from tests.web.conftest import running

PAGE = Path(__file__).parents[2] / "docs" / "running.md"


def test_every_metric_is_on_the_page(stage: Stage) -> None:
    async def scenario() -> str:
        async with running(stage, works=False) as it:
            return (await it.client.get("/metrics")).text

    shown = set(re.findall(r"^# TYPE (\w+) ", asyncio.run(scenario()), re.MULTILINE))
    named = set(re.findall(r"`(cpqbridge_\w+)`", PAGE.read_text("utf-8"))) - {"cpqbridge_jobs"}  # a schema
    assert named == {name for name in shown if name.startswith("cpqbridge_")}
