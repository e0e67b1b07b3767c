"""An order of every kind of action is the same as what Zuora shows of it, and each changed value is found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.compare import order_differences
from cpqbridge.sync.connect import open_clients
from cpqbridge.values import Outcome
from cpqbridge.zuora import lookups
from tests.sync.conftest import Both
from tests.world import Line

Body = dict[str, Any]


def act(kind: str, content: Body, on: str) -> Body:
    dates = [{"name": "ContractEffective", "triggerDate": on}]
    return {"type": kind, "triggerDates": dates, kind[:1].lower() + kind[1:]: content}


class Sold:
    """An order in Zuora with one subscription, on which orders of actions are sent."""

    def __init__(self, both: Both) -> None:
        self.both = both
        self.account = both.world.account()
        self.other = both.world.account("Other")
        products = [both.world.product(), both.world.product("Extra")]
        self.number = both.world.order(self.account, [Line(product, 5) for product in products])
        both.world.order(self.other, [Line(products[0])])

    async def begin(self) -> None:
        async with self.both.service() as service:
            results = await service.accounts([self.account, self.other])
        assert all(one.outcome is Outcome.SYNCED for result in results for one in result.all())
        store = self.both.sandbox.tenant.store
        self.owners = [str(store.find("account", crmId=one)[0]["accountNumber"]) for one in (self.account, self.other)]
        [order] = store.find("order", orderNumber=self.number)
        rows = store.find("subscription", orderId=order["id"])
        self.names = [str(row["name"]) for row in rows]
        plans = [store.find("ratePlan", subscriptionId=row["id"])[0] for row in rows]
        self.plans = [str(plan["subscriptionRatePlanNumber"]) for plan in plans]
        self.catalog = [str(plan["productRatePlanId"]) for plan in plans]
        charges = [store.find("ratePlanCharge", ratePlanId=plan["id"])[0] for plan in plans]
        self.charges = [str(charge["chargeNumber"]) for charge in charges]
        self.catalog_charges = [str(charge["productRatePlanChargeId"]) for charge in charges]

    def update(self, on: str, quantity: int, before: str | None = None) -> Body:
        pricing = {"recurringPerUnit": {"quantity": quantity}}
        content: Body = {"subscriptionRatePlanNumber": self.plans[0]}
        content["chargeUpdates"] = [{"chargeNumber": self.charges[0], "pricing": pricing}]
        return act("UpdateProduct", content | ({"specificUpdateDate": before} if before else {}), on)

    def order(self, *actions: Body, name: int = 0) -> Body:
        entry = {"subscriptionNumber": self.names[name], "orderActions": list(actions)}
        head = {"orderNumber": "00000900", "orderDate": "2026-03-01", "existingAccountNumber": self.owners[0]}
        return {**head, "subscriptions": [entry]}


def change_twice(sold: Sold) -> Body:
    return sold.order(sold.update("2026-06-01", 8), sold.update("2026-04-01", 7, "2026-04-01"))


def renew(sold: Sold) -> Body:
    terms = act("TermsAndConditions", {"renewalTerms": [{"period": 6, "periodType": "Month"}]}, "2027-02-01")
    return sold.order(terms, act("RenewSubscription", {}, "2027-02-01"), sold.update("2027-02-01", 9))


def shorten(sold: Sold) -> Body:
    return sold.order(
        act("TermsAndConditions", {"lastTerm": {"termType": "TERMED", "endDate": "2026-12-01"}}, "2026-05-01")
    )


def transfer(sold: Sold) -> Body:
    owner = {"destinationAccountNumber": sold.owners[1], "destinationInvoiceAccountNumber": sold.owners[1]}
    return sold.order(act("OwnerTransfer", owner, "2026-05-01"))


def add(sold: Sold) -> Body:
    pricing = {
        "recurringPerUnit": {
            "listPrice": Decimal(24),
            "quantity": 3,
            "listPriceBase": "Per_Specific_Months",
            "specificListPriceBase": 12,
        }
    }
    charge = {"productRatePlanChargeId": sold.catalog_charges[1], "pricing": pricing}
    content = {"productRatePlanId": sold.catalog[1], "externallyManagedPlanId": "802X", "chargeOverrides": [charge]}
    return sold.order(act("AddProduct", content, "2026-05-01"))


def remove(sold: Sold) -> Body:
    return sold.order(act("RemoveProduct", {"subscriptionRatePlanNumber": sold.plans[0]}, "2026-05-01"))


def cancel(sold: Sold) -> Body:
    policy = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-05-01"}
    return sold.order(act("CancelSubscription", policy, "2026-05-01"))


ORDERS: list[Callable[[Sold], Body]] = [change_twice, renew, shorten, transfer, add, remove, cancel]


@pytest.mark.parametrize("make", ORDERS, ids=lambda make: make.__name__)
def test_what_zuora_shows_is_what_was_sent_and_no_other(both: Both, make: Callable[[Sold], Body]) -> None:
    sold = Sold(both)
    body, shown = asyncio.run(sent(sold, make))
    assert list(order_differences(body, shown)) == []
    turned = deepcopy(shown)
    turned["subscriptions"][0]["orderActions"].reverse()
    assert list(order_differences(body, turned)) == []
    actions = body["subscriptions"][0]["orderActions"]
    for place, action in enumerate(actions):
        later = deepcopy(body)
        later["subscriptions"][0]["orderActions"][place]["triggerDates"][0]["triggerDate"] = "2026-12-31"
        [found] = order_differences(later, shown)
        assert found.target == f"/subscriptions/0/orderActions/{place}/triggerDates/0/triggerDate"
        fewer = deepcopy(body)
        del fewer["subscriptions"][0]["orderActions"][place]
        assert [one.held for one in order_differences(fewer, shown)] == [action["type"]]
        for pointer in leaves(action, f"/subscriptions/0/orderActions/{place}"):
            other = deepcopy(body)
            put(other, pointer, 4711)
            assert list(order_differences(other, shown)), pointer


async def sent(sold: Sold, make: Callable[[Sold], Body]) -> tuple[Body, Body]:
    """Send an order; return its body, and what Zuora shows of it."""
    await sold.begin()
    body = make(sold)
    async with open_clients(sold.both.settings()) as clients:
        await clients.zuora.send("POST", "/v1/orders", body=body)
        return body, await lookups.get_order(clients.zuora, "00000900")


NOT_SHOWN = ("productRatePlanChargeId",)


def leaves(value: Any, pointer: str) -> list[str]:
    if isinstance(value, dict):
        return [leaf for name, part in value.items() for leaf in leaves(part, f"{pointer}/{name}")]
    if isinstance(value, list):
        return [leaf for at, part in enumerate(value) for leaf in leaves(part, f"{pointer}/{at}")]
    return [] if pointer.endswith(NOT_SHOWN) else [pointer]


def put(document: Any, pointer: str, value: Any) -> None:
    *way, last = pointer.strip("/").split("/")
    for name in way:
        document = document[int(name)] if isinstance(document, list) else document[name]
    document[last] = value
