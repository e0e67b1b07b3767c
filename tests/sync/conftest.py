"""Both systems of the sandbox over real HTTP, and the connector wired to them with a ledger of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_planner, open_service
from cpqbridge.sync.planner import Planner
from cpqbridge.sync.service import SyncService
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.exchange import Exchange
from tests.sandboxes import Lend
from tests.world import World


class Both:
    """Both systems and ways to look at them and to trouble them."""

    def __init__(self, sandbox: LocalSandbox, database_url: str) -> None:
        self.sandbox = sandbox
        self.world = World(sandbox.org)
        self.exchanges: list[Exchange] = []
        self._database_url = database_url

    def settings(self, **options: Any) -> Settings:
        ports = (int(url.rpartition(":")[2]) for url in (self.sandbox.salesforce_url, self.sandbox.zuora_url))
        changes = {"database": DatabaseSettings.at(self._database_url), "options": Options(**options)}
        return sandbox_settings(*ports).model_copy(update=changes)

    @asynccontextmanager
    async def service(self, wiring: Wiring | None = None, **options: Any) -> AsyncIterator[SyncService]:
        async with open_service(self.settings(**options), watch=self.exchanges.append, wiring=wiring) as service:
            yield service

    def planner(self, **options: Any) -> AbstractAsyncContextManager[Planner]:
        return open_planner(self.settings(**options), watch=self.exchanges.append)

    def writes(self) -> list[dict[str, Any]]:
        """Return the write requests that Zuora got, with body and answer, sign-in and queries left out."""
        return [one for one in self.requests() if one["method"] != "GET" and not one["path"].startswith(READS)]

    def requests(self, system: str = "zuora") -> list[dict[str, Any]]:
        url = self.sandbox.zuora_url if system == "zuora" else self.sandbox.salesforce_url
        answer: list[dict[str, Any]] = httpx.get(f"{url}/_sandbox/requests", timeout=30).json()
        return answer

    def fault(self, fault: str, method: str = "POST", path: str = "*", times: int = 1, **more: Any) -> None:
        rule = {"match": {"method": method, "path": path}, "times": times, "fault": fault, **more}
        httpx.post(f"{self.sandbox.zuora_url}/_sandbox/faults", json=[rule], timeout=30).raise_for_status()

    def configure(self, **settings: Any) -> None:
        httpx.post(f"{self.sandbox.zuora_url}/_sandbox/settings", json=settings, timeout=30).raise_for_status()

    def counts(self) -> dict[str, int]:
        """Return how many of each thing the tenant holds."""
        store = self.sandbox.tenant.store
        return {kind: sum(1 for _ in store.rows(kind)) for kind in KINDS}


READS = ("/oauth/", "/v1/action/query")
KINDS = (
    "account",
    "contact",
    "product",
    "productRatePlan",
    "productRatePlanCharge",
    "order",
    "orderLineItem",
    "subscription",
    "ratePlan",
    "ratePlanCharge",
)

MakeBoth = Callable[[str], Both]


@pytest.fixture
def make_both(database_url: str, lend: Lend) -> MakeBoth:
    """Give a function that gives both systems with a seed."""
    return lambda seed: Both(lend(seed), database_url)


@pytest.fixture
def both(make_both: MakeBoth) -> Both:
    """Both systems without records."""
    return make_both("empty")


@pytest.fixture
def demo(make_both: MakeBoth) -> Both:
    """Both systems with the demo's records."""
    return make_both("demo")
