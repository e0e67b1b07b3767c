"""The service itself tells: of orders that are held, of a system that is down and back; and the commands about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cpqbridge.jobs.service import Service, open_serving
from cpqbridge.jobs.watch import courier, watch
from cpqbridge.settings.alerts import AlertSettings
from tests.alerts.receivers import Receiver
from tests.jobs.conftest import Stage, demo_stage, jobs_database, make_stage, until
from tests.jobs.watch.conftest import webhook

__all__ = ["demo_stage", "jobs_database", "make_stage"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(courier, "ROUND_SECONDS", 0.1)


def told(receiver: Receiver, kind: str) -> list[dict[str, Any]]:
    return [one.document for one in receiver.received if one.document["kind"] == kind]


@pytest.mark.usefixtures("quick")
def test_the_service_tells_of_what_it_cannot_do(make_stage: Callable[[str], Stage], receiver: Receiver) -> None:
    stage = make_stage("demo")
    alerts = AlertSettings(channels={"ops": webhook(receiver.url)}, gather_seconds=0, down_seconds=0)
    limits = stage.settings().limits.model_copy(update={"down_after": 1})
    settings = stage.settings().model_copy(update={"alerts": alerts, "limits": limits})

    async def do() -> None:
        async with open_serving(settings) as service:
            stop = asyncio.Event()
            running = asyncio.ensure_future(service.run(stop))
            try:
                await go_through(service)
            finally:
                stop.set()
                await running

    async def go_through(service: Service) -> None:
        connection = service.engine.connections[0]
        orders = await stage.orders(connection)
        await connection.due.add(orders)
        service.engine.wake(connection)
        await until(lambda: told(receiver, "records"), 30)
        fault(stage)
        await connection.due.add(orders)
        service.engine.wake(connection)
        await until(lambda: told(receiver, "upstream_down"), 30)
        mend(stage)
        await until(lambda: len(told(receiver, "upstream_down")) == 2, 30)

    asyncio.run(do())
    assert told(receiver, "records")[0]["connection"] == "default"
    began, over = told(receiver, "upstream_down")
    assert (began["phase"], over["phase"]) == ("began", "over")
    assert began["detail"]["system"] == "Zuora"


def fault(stage: Stage) -> None:
    rule = {"times": 10_000, "fault": "status", "status": 503}
    httpx.post(f"{stage.sandbox.zuora_url}/_sandbox/faults", json=rule, timeout=30).raise_for_status()


def mend(stage: Stage) -> None:
    httpx.delete(f"{stage.sandbox.zuora_url}/_sandbox/faults", timeout=30).raise_for_status()
