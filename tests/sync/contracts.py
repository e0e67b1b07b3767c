"""Contracts of one customer in both systems: how they are synced, troubled and looked at by the tests of amendments."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.subscription_view import subscription_view
from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.values import SUCCESSES, Outcome
from tests.sync.conftest import Both
from tests.world import Line

NEXT = "2027-02-01"
"""First day after the term of what is sold."""

Stretch = tuple[str, str | None, Any, Any]
"""First day, first day after it, quantity, list price."""


def sync(both: Both, *numbers: str, wiring: Wiring | None = None, **options: Any) -> list[SyncResult]:
    """Sync orders in one run."""

    async def do() -> list[SyncResult]:
        async with both.service(wiring, **options) as service:
            return await service.orders(numbers)

    return asyncio.run(do())


def carry(both: Both, *numbers: str, **options: Any) -> list[SyncResult]:
    """Sync orders that must all arrive; then sync them once more, which must find nothing to write."""
    results = sync(both, *numbers, **options)
    assert [one.outcome for one in results if one.outcome not in SUCCESSES] == [], [one.reasons for one in results]
    written = len(both.writes())
    again = sync(both, *numbers, **options)
    assert {one.outcome for one in again} == {Outcome.UNCHANGED}, [one.reasons for one in again]
    assert len(both.writes()) == written
    return results


def held(result: SyncResult) -> tuple[str, str]:
    """Return code and message of a held order's one reason."""
    assert result.outcome is Outcome.HELD, result
    [reason] = result.reasons
    return reason.code, reason.message


def sell(both: Both, *products: str, quantity: int = 10, account: str | None = None, **more: Any) -> tuple[str, str]:
    """Return the numbers of an order of some products (by default a seat), and of its contract."""
    world = both.world
    lines = [Line(product, quantity) for product in products or (world.product(),)]
    order = world.order(account or world.account(), lines, **more)
    return order, world.contract(order)


def seats(quantity: int, **more: Any) -> dict[str, Any]:
    """Return the change of the seats of a contract to a quantity."""
    return {"product": "Seat", "quantity": quantity, **more}


# What Zuora holds


def latest(both: Both) -> dict[str, Mapping[str, Any]]:
    """Return the latest version of each subscription with all segments, by number."""
    tenant = both.sandbox.tenant
    rows = [row for row in tenant.store.rows("subscription") if row["isLatestVersion"]]
    rows.sort(key=lambda row: str(row["name"]))
    return {str(row["name"]): subscription_view(tenant, row, "all-segments") for row in rows}


def billed(both: Both, number: str = "SUB-0000001") -> list[Stretch]:
    """Return what the charges of a subscription bill, by their days; segments without a day are left out."""
    return sorted(_stretches(latest(both)[number]), key=lambda one: str(one[0]))


def _stretches(view: Mapping[str, Any]) -> Iterator[Stretch]:
    for plan in view["ratePlans"]:
        for charge in plan["ratePlanCharges"]:
            for one in charge["chargeSegments"]:
                start, end = one["effectiveStartDate"], one["effectiveEndDate"]
                if start != end:
                    price = one["price"] if one["tiers"] is None else [tier["price"] for tier in one["tiers"]]
                    yield start, end, one["quantity"], price


def term(both: Both, number: str = "SUB-0000001") -> tuple[str, str, str | None]:
    """Return status, first day and first day after the term of a subscription."""
    view = latest(both)[number]
    return view["status"], view["termStartDate"], view["termEndDate"]


def owners(both: Both, number: str = "SUB-0000001") -> tuple[str, str]:
    """Return the names of the accounts that own a subscription and are invoiced for it."""
    view = latest(both)[number]
    return view["accountName"], view["invoiceOwnerAccountName"]


def links(both: Both) -> list[str | None]:
    """Return the ids that the rate plans of all latest versions carry."""
    return [plan["externallyManagedPlanId"] for view in latest(both).values() for plan in view["ratePlans"]]


def books(both: Both) -> dict[str, Any]:
    """Return all that the tenant holds of orders and subscriptions, every version of them, without ids and times."""
    tenant = both.sandbox.tenant
    views = [subscription_view(tenant, row, "all-segments") for row in tenant.store.rows("subscription")]
    versions = [
        {
            "number": view["subscriptionNumber"],
            **{name: view[name] for name in _OF_A_VERSION},
            "charges": [
                (plan["externallyManagedPlanId"], plan["lastChangeType"], *_stretches({"ratePlans": [plan]}))
                for plan in view["ratePlans"]
            ],
        }
        for view in views
    ]
    orders = sorted((row["orderNumber"], row["status"]) for row in tenant.store.rows("order"))
    return {"orders": orders, "subscriptions": sorted(versions, key=lambda one: (one["number"], one["version"]))}


_OF_A_VERSION = (
    "version", "isLatestVersion", "status", "orderNumber", "accountNumber", "invoiceOwnerAccountNumber",
    "termStartDate", "termEndDate", "renewalTerm",
)  # fmt: skip


def sent(both: Both, number: str) -> list[tuple[str, str, str]]:
    """Return the actions of an order that was sent: subscription, type, day."""
    bodies = [one["body"] for one in both.writes() if one["path"].endswith("/orders")]
    [body] = [body for body in bodies if body.get("orderNumber") == number]
    return [
        (
            one.get("subscriptionNumber") or action["createSubscription"]["subscriptionNumber"],
            action["type"],
            action["triggerDates"][0]["triggerDate"],
        )
        for one in body.get("subscriptions", ())
        for action in one["orderActions"]
    ]


# What goes wrong


def trouble(both: Both, position: int, paths: Sequence[str], fault: str, **more: Any) -> None:
    """Let the write at this position from now on go wrong; `paths` are those of all writes to come."""
    if position == 0:
        both.fault(fault, path=paths[0], **more)
        return
    answered = 0

    class Arming(list[Any]):
        def append(self, exchange: Any) -> None:
            nonlocal answered
            super().append(exchange)
            writes = exchange.system == "Zuora" and not exchange.reads and "oauth" not in exchange.path
            answered += writes
            if writes and answered == position:
                both.fault(fault, path=paths[position], **more)

    both.exchanges = Arming()


def relink(both: Both, others: Mapping[str | None, str | None]) -> None:
    """Write other ids of order products on the rate plans that carry some, as a person in Zuora may."""
    store = both.sandbox.tenant.store
    for plan in list(store.rows("ratePlan")):
        carried = plan["externallyManagedPlanId"]
        store.update("ratePlan", plan["id"], {"externallyManagedPlanId": others.get(carried, carried)})


def alter(both: Both, **changes: Any) -> None:
    """Change all charges of subscriptions behind the connector's back."""
    store = both.sandbox.tenant.store
    for charge in list(store.rows("ratePlanCharge")):
        store.update("ratePlanCharge", charge["id"], changes)


PER_YEAR = Decimal(120)
"""Net price of a unit of what is sold here, for twelve months."""
