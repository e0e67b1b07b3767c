"""Whatever single write of a catalog sync goes wrong, the next run ends with each thing exactly once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from cpqbridge.values import Outcome
from tests.sync.conftest import Both

pytestmark = pytest.mark.anyio

FURTHER = ("AUD", "CAD", "CHF", "EUR", "GBP", "JPY", "NZD", "SEK", "NOK", "DKK", "MXN")
"""Eleven currencies beside the US dollar: a plan that is made with five, and two calls for the rest."""

MAKING = [
    ("POST", "/v1/object/product"),
    ("POST", "/v1/object/product-rate-plan"),
    ("PUT", "/v1/object/product-rate-plan/*"),
    ("PUT", "/v1/object/product-rate-plan/*"),
    ("POST", "/v1/object/product-rate-plan-charge"),
    ("POST", "/v1/object/product-rate-plan"),
    ("POST", "/v1/object/product-rate-plan-charge"),
]
CHANGING = [
    ("PUT", "/v1/object/product/*"),
    ("PUT", "/v1/object/product-rate-plan/*"),
    ("PUT", "/v1/object/product-rate-plan-charge/*"),
    ("PUT", "/v1/object/product-rate-plan/*"),
]
FAULTS: list[dict[str, Any]] = [
    {"fault": "drop_request"},
    {"fault": "drop_response"},
    {"fault": "status", "status": 500, "body": "<html>broken</html>"},
    {"fault": "status", "status": 429, "body": "<html>busy</html>"},
]


def product(both: Both) -> str:
    """Return a product with a plan of its own in twelve currencies and one by usage."""
    rounding = both.sandbox.tenant.settings.currencies["USD"]
    both.configure(currencies=dict.fromkeys(("USD", *FURTHER), rounding))
    made = both.world.product("Seat")
    for currency in FURTHER:
        both.world.price(made, currency, 20)
    both.world.schedule(made, "Data")
    return made


async def sync(both: Both, wiring: Wiring | None = None) -> SyncResult:
    async with both.service(wiring) as service:
        (result,) = await service.products(["SEAT"])
        return result


def contents(both: Both) -> dict[str, Any]:
    """Return what the catalog holds, without ids."""
    store = both.sandbox.tenant.store
    plans = sorted((plan["name"], tuple(sorted(plan["activeCurrencies"]))) for plan in store.rows("productRatePlan"))
    tiers = sorted((tier["currency"], tier["price"]) for tier in store.rows("productRatePlanChargeTier"))
    charges = sorted(charge["name"] for charge in store.rows("productRatePlanCharge"))
    return {"products": [one["name"] for one in store.rows("product")], "plans": plans, "c": charges, "tiers": tiers}


def trouble(both: Both, calls: list[tuple[str, str]], position: int, fault: dict[str, Any]) -> None:
    """Let the write at this position go wrong: the fault is armed right after the one before it was answered."""
    method, path = calls[position]
    rule = {"method": method, "path": path, **fault}
    if position == 0:
        both.fault(**rule)
        return

    class Arming(list[Any]):
        answered = 0

        def append(self, exchange: Any) -> None:
            super().append(exchange)
            writes = exchange.system == "Zuora" and not exchange.reads and "oauth" not in exchange.path
            self.answered += writes
            if writes and self.answered == position:
                both.fault(**rule)

    both.exchanges = Arming()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.get("status", fault["fault"])))
@pytest.mark.parametrize("position", range(len(MAKING)))
async def test_what_is_made(both: Both, position: int, fault: dict[str, Any]) -> None:
    product(both)
    trouble(both, MAKING, position, fault)
    first = await sync(both, Wiring(policy=NEVER))
    assert first.outcome is Outcome.FAILED
    both.exchanges = []
    second = await sync(both)
    assert second.outcome in (Outcome.SYNCED, Outcome.UNCHANGED), second.reasons
    troubled = contents(both)
    assert (await sync(both)).outcome is Outcome.UNCHANGED
    assert [len(troubled[kind]) for kind in ("products", "plans", "c", "tiers")] == [1, 2, 2, 13]
    assert len(troubled["plans"][0][1]) == 12


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.get("status", fault["fault"])))
@pytest.mark.parametrize("position", range(len(CHANGING)))
async def test_what_is_changed(both: Both, position: int, fault: dict[str, Any]) -> None:
    made = product(both)
    await sync(both)
    both.world.org.store.update("Product2", made, {"Name": "Chair"}, system=True)
    trouble(both, CHANGING, position, fault)
    assert (await sync(both, Wiring(policy=NEVER))).outcome is Outcome.FAILED
    both.exchanges = []
    await sync(both)
    done = contents(both)
    assert (done["products"], [name for name, _ in done["plans"]]) == (["Chair"], ["Chair", "Chair Data"])
    assert (await sync(both)).outcome is Outcome.UNCHANGED


async def test_two_processes_at_once(both: Both) -> None:
    product(both)
    results = await asyncio.gather(sync(both), sync(both), sync(both))
    assert sorted(str(result.outcome) for result in results) == ["synced", "unchanged", "unchanged"]
    assert [len(contents(both)[kind]) for kind in ("products", "plans", "c", "tiers")] == [1, 2, 2, 13]
