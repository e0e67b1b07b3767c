"""Lives read from the tenant after each kind of order action, sent over Zuora's own API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from cpqbridge.planning.timeline.timeline import Timeline
from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.timeline import read_timeline
from cpqbridge.zuora.subscriptions import subscription_versions
from tests.sync.conftest import Both
from tests.world import Line

Action = dict[str, Any]


def action(kind: str, on: str, **body: Any) -> Action:
    names = ("ContractEffective", "ServiceActivation", "CustomerAcceptance")
    dates = [{"name": name, "triggerDate": on} for name in names]
    return {"type": kind, "triggerDates": dates, kind[0].lower() + kind[1:]: body}


class Billing:
    """A subscription of ten seats at 120 for a year, and what is done to it."""

    def __init__(self, both: Both) -> None:
        self.both, world = both, both.world
        self.product = world.product()
        self.order = world.order(world.account(), [Line(self.product, 10)])
        self.count = 0
        asyncio.run(self._sync())

    async def _sync(self) -> None:
        async with self.both.service() as service:
            [result] = await service.orders([self.order])
        self.account, [self.number] = result.zuora["accountNumber"], result.zuora["subscriptions"]
        [plan] = (await self._versions())[-1]["ratePlans"]
        self.plan, self.charge = plan, plan["ratePlanCharges"][0]

    async def _versions(self) -> Sequence[Any]:
        async with open_clients(self.both.settings()) as clients:
            return await subscription_versions(clients.zuora, self.number)

    def change(self, on: str, *actions: Action) -> str:
        """Do something to the subscription; returns the number of the order."""
        self.count += 1
        body = {
            "orderDate": on,
            "orderNumber": f"O-{self.count}",
            "existingAccountNumber": self.account,
            "subscriptions": [{"subscriptionNumber": self.number, "orderActions": list(actions)}],
        }

        async def do() -> None:
            async with open_clients(self.both.settings()) as clients:
                await clients.zuora.send("POST", "/v1/orders", body=body)

        asyncio.run(do())
        return f"O-{self.count}"

    def quantity(self, on: str, quantity: int) -> Action:
        update = {"chargeNumber": self.charge["number"], "pricing": {"recurringPerUnit": {"quantity": quantity}}}
        number = self.plan["subscriptionRatePlanNumber"]
        return action("UpdateProduct", on, subscriptionRatePlanNumber=number, chargeUpdates=[update])

    def life(self) -> Timeline:
        async def do() -> Timeline:
            async with open_clients(self.both.settings()) as clients:
                return await read_timeline(clients.zuora, await subscription_versions(clients.zuora, self.number))

        return asyncio.run(do())


@pytest.fixture
def billing(both: Both) -> Billing:
    return Billing(both)


def told(life: Timeline, charge: int = 0) -> list[tuple[str, Any, str | None, list[str]]]:
    return [(str(one.start), one.quantity, one.order, list(one.what)) for one in life.charges[charge].stretches]


def ending(life: Timeline, charge: int = 0) -> tuple[str, str, str | None]:
    end = life.charges[charge].ending
    assert end is not None
    return str(end.day), end.what.value, end.order


def test_quantities_stacked_and_back_dated(billing: Billing) -> None:
    later = billing.change("2026-06-01", billing.quantity("2026-06-01", 20))
    earlier = billing.quantity("2026-04-01", 15)
    earlier["updateProduct"]["specificUpdateDate"] = "2026-04-01"
    back = billing.change("2026-04-01", earlier, billing.quantity("2026-06-01", 25))
    assert [(start, quantity, order) for start, quantity, order, _ in told(billing.life())] == [
        ("2026-02-01", 10, billing.order), ("2026-04-01", 15, back), ("2026-06-01", 25, later),
    ]  # fmt: skip


def test_a_renewal_and_what_changes_on_its_first_day(billing: Billing) -> None:
    terms = action("TermsAndConditions", "2027-02-01", renewalTerms=[{"period": 6, "periodType": "Month"}])
    renew = action("RenewSubscription", "2027-02-01")
    order = billing.change("2027-02-01", terms, renew, billing.quantity("2027-02-01", 12))
    life = billing.life()
    assert told(life)[1:] == [("2027-02-01", 12, order, ["renewed", "quantity"])]
    assert [(str(term.start), str(term.until), term.months) for term in life.terms] == [
        ("2026-02-01", "2027-02-01", 12), ("2027-02-01", "2027-08-01", 6),
    ]  # fmt: skip
    assert ending(life) == ("2027-08-01", "termEnds", None)


def test_an_early_renewal_cuts_the_term_short(billing: Billing) -> None:
    last = {"termType": "TERMED", "endDate": "2026-10-01"}
    terms = action(
        "TermsAndConditions", "2026-10-01", lastTerm=last, renewalTerms=[{"period": 12, "periodType": "Month"}]
    )
    order = billing.change("2026-10-01", terms, action("RenewSubscription", "2026-10-01"))
    assert told(billing.life())[1:] == [("2026-10-01", 10, order, ["renewed"])]
    assert ending(billing.life())[0] == "2027-10-01"


def test_a_pause(billing: Billing) -> None:
    stop = action("Suspend", "2026-05-01", suspendPolicy="SpecificDate", suspendSpecificDate="2026-05-01")
    assert ending_after(billing, "2026-05-01", stop) == ("2026-05-01", "suspended", "O-1")
    go = action("Resume", "2026-07-01", resumePolicy="SpecificDate", resumeSpecificDate="2026-07-01", extendsTerm=False)
    order = billing.change("2026-07-01", go)
    assert told(billing.life())[1:] == [("2026-07-01", 10, order, ["resumed"])]


def test_a_cancellation_at_a_day(billing: Billing) -> None:
    day = "2026-08-01"
    cancel = action("CancelSubscription", day, cancellationPolicy="SpecificDate", cancellationEffectiveDate=day)
    assert ending_after(billing, day, cancel) == (day, "cancelled", "O-1")
    assert told(billing.life()) == [("2026-02-01", 10, billing.order, ["new"])]


def test_a_cancellation_on_the_very_first_day(billing: Billing) -> None:
    never = action(
        "CancelSubscription", "2026-02-01", cancellationPolicy="SpecificDate", cancellationEffectiveDate="2026-02-01"
    )
    assert ending_after(billing, "2026-02-01", never) == ("2026-02-01", "cancelled", "O-1")
    assert told(billing.life()) == []


def test_a_product_added_and_removed(billing: Billing) -> None:
    added = billing.change(
        "2026-03-01", action("AddProduct", "2026-03-01", productRatePlanId=billing.plan["productRatePlanId"])
    )
    life = billing.life()
    assert told(life, 1)[0][2:] == (added, ["added"])

    async def plan() -> str:
        async with open_clients(billing.both.settings()) as clients:
            last = (await subscription_versions(clients.zuora, billing.number))[-1]
        return str(last["ratePlans"][1]["subscriptionRatePlanNumber"])

    number = asyncio.run(plan())
    removed = billing.change("2026-09-01", action("RemoveProduct", "2026-09-01", subscriptionRatePlanNumber=number))
    life = billing.life()
    assert ending(life, 1) == ("2026-09-01", "removed", removed)
    assert ending(life) == ("2027-02-01", "termEnds", None)


def test_an_owner_transfer(billing: Billing) -> None:
    world = billing.both.world
    other = world.order(world.account("Other"), [Line(billing.product)])

    async def sync() -> str:
        async with billing.both.service() as service:
            [result] = await service.orders([other])
            return str(result.zuora["accountNumber"])

    account = asyncio.run(sync())
    order = billing.change(
        "2026-06-01", action("OwnerTransfer", "2026-06-01", destinationInvoiceAccountNumber=account)
    )  # fmt: skip
    life = billing.life()
    assert told(life)[1:] == [("2026-06-01", 10, order, ["invoiceOwner"])]
    assert [one.invoice_owner for one in life.charges[0].stretches] == [billing.account, account]


def ending_after(billing: Billing, on: str, *actions: Action) -> tuple[str, str, str | None]:
    billing.change(on, *actions)
    return ending(billing.life())
