"""The service's application over a service that stands still, asked without a network."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from cpqbridge.jobs.service import Service, open_serving
from cpqbridge.web.app import make_app
from cpqbridge.web.gauges import Observed
from cpqbridge.web.greeting import greet
from cpqbridge.web.health import Health
from cpqbridge.web.meters import Meters
from cpqbridge.web.standing import StandingReader
from cpqbridge.web.telling import Teller
from tests.jobs.conftest import Stage, jobs_database, make_stage, stage

__all__ = ["jobs_database", "make_stage", "stage"]

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass
class Running:
    """A service and its application."""

    service: Service
    client: httpx.AsyncClient

    async def metrics(self) -> dict[Key, float]:
        """Return all samples, by name and labels; the text is read by the vendor's own parser."""
        answer = await self.client.get("/metrics")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        families = text_string_to_metric_families(answer.text)
        return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


@asynccontextmanager
async def running(stage: Stage, *, works: bool = True, greeted: bool = True) -> AsyncIterator[Running]:
    """Open a service with its application; it works unless told otherwise."""
    meters = Meters()
    teller = Teller(meters)
    async with open_serving(stage.settings(), teller.hooks) as service:
        observed = Observed(service.engine, service.leaders, service.feeds)
        reader = StandingReader(service.engine.database, fresh=0)
        app = make_app(Health(observed, teller.answers), meters, reader)
        transport = httpx.ASGITransport(app)
        stop = asyncio.Event()
        task = asyncio.ensure_future(service.run(stop)) if works else None
        if greeted:
            await greet(service.engine.connections)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
                yield Running(service, client)
        finally:
            stop.set()
            if task:
                await task


def sample(name: str, **labels: str) -> Key:
    """Return the key of a sample."""
    return name, frozenset(labels.items())
