"""Orders of contracts from before, whose rate plans carry the ids of what Salesforce sold: never sold again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.adoption.legacy import Legacy
from tests.sync.conftest import Both
from tests.sync.contracts import billed, carry, held, seats, sent, sync, term
from tests.world import Line

FIRST, SUMMER, AUTUMN, WINTER, NEXT = "2026-02-01", "2026-06-01", "2026-09-01", "2026-12-01", "2027-02-01"
AFTER = "2028-02-01"
OLD = "A-OLD-1"


@pytest.fixture
def legacy(both: Both) -> Legacy:
    """A customer whose contracts people enter in Zuora by hand."""
    return Legacy.of(both)


def link(legacy: Legacy, order: str, number: str = OLD, position: int = 0) -> None:
    """Write the id of an order product on the rate plan of a subscription, by the call that a script would use."""
    store = legacy.both.sandbox.tenant.store
    [row] = legacy.both.world.org.store.find("Order", "OrderNumber", order)
    items = legacy.both.world.org.store.find("OrderItem", "OrderId", row["Id"])
    item = sorted(items, key=lambda one: str(one["OrderItemNumber"]))[position]
    [subscription] = [one for one in store.find("subscription", name=number) if one["isLatestVersion"]]
    [plan] = store.find("ratePlan", subscriptionId=subscription["id"])
    body = {"type": "RatePlan", "objects": [{"Id": plan["id"], "ExternallyManagedPlanId": item["Id"]}]}

    async def do() -> None:
        async with open_clients(legacy.both.settings()) as clients:
            await clients.zuora.send("POST", "/v1/action/update", body=body)

    asyncio.run(do())


def entered(legacy: Legacy) -> tuple[str, str]:
    """Return the numbers of an order that people entered in Zuora under a number of its own, and of its contract."""
    order, contract = legacy.sell()
    legacy.enter(OLD)
    link(legacy, order)
    return order, contract


def unchanged(legacy: Legacy, *orders: str) -> list[SyncResult]:
    """Sync orders, and the whole account, of which nothing may be written."""
    before = len(legacy.both.writes())
    results = sync(legacy.both, *orders)
    assert {one.outcome for one in results} == {Outcome.UNCHANGED}, [(one.reasons, one.operations) for one in results]
    assert len(legacy.both.writes()) == before
    return results


def test_the_original_is_unchanged_and_says_where_it_is(legacy: Legacy) -> None:
    order, _ = entered(legacy)
    [result] = unchanged(legacy, order)
    assert result.zuora["subscriptions"] == [OLD]
    assert result.zuora["orderNumber"] is None
    assert result.operations == ()


def test_so_it_is_when_the_account_is_synced(legacy: Legacy) -> None:
    order, _ = entered(legacy)
    before = len(legacy.both.writes())
    result = legacy.sync_account()
    assert [(one.record, one.outcome) for one in result.orders or ()] == [(order, Outcome.UNCHANGED)]
    assert len(legacy.both.writes()) == before
    assert list(legacy.billed()) == [OLD]


def test_amendments_that_zuora_stands_at_are_unchanged_and_the_next_one_is_one_update(legacy: Legacy) -> None:
    order, contract = entered(legacy)
    amend = legacy.both.world.amend
    first, second = amend(contract, SUMMER, seats(15)), amend(contract, AUTUMN, seats(12))
    legacy.raise_to(OLD, 15, SUMMER)
    legacy.raise_to(OLD, 12, AUTUMN)
    unchanged(legacy, order, first, second)
    third = amend(contract, WINTER, seats(20))
    carry(legacy.both, third)
    assert sent(legacy.both, third) == [(OLD, "UpdateProduct", WINTER)]
    assert [(start, units) for start, _, units, _ in billed(legacy.both, OLD)] == [
        (FIRST, 10),
        (SUMMER, 15),
        (AUTUMN, 12),
        (WINTER, 20),
    ]
    unchanged(legacy, order, first, second, third)
    legacy.sync_account()
    assert len(billed(legacy.both, OLD)) == 4


def test_an_amendment_that_zuora_does_not_have_goes_with_those_after_it(legacy: Legacy) -> None:
    _, contract = entered(legacy)
    amend = legacy.both.world.amend
    first, second = amend(contract, SUMMER, seats(15)), amend(contract, AUTUMN, seats(12))
    carry(legacy.both, second)
    assert [sent(legacy.both, one) for one in (first, second)] == [
        [(OLD, "UpdateProduct", SUMMER)],
        [(OLD, "UpdateProduct", AUTUMN)],
    ]
    unchanged(legacy, first, second)


def test_zuora_stands_at_neither(legacy: Legacy) -> None:
    _, contract = entered(legacy)
    amendment = legacy.both.world.amend(contract, SUMMER, seats(15))
    legacy.raise_to(OLD, 11, SUMMER)
    code, message = held(sync(legacy.both, amendment)[0])
    assert code == "CPQ-436"
    assert f"Subscription {OLD} in Zuora has 11" in message


def test_a_renewal_goes_on_in_the_subscription_from_before(legacy: Legacy) -> None:
    order, contract = entered(legacy)
    renewal = legacy.both.world.renew(contract, seats(12))
    carry(legacy.both, renewal)
    assert [kind for _, kind, _ in sent(legacy.both, renewal)][-2:] == ["RenewSubscription", "UpdateProduct"]
    assert term(legacy.both, OLD) == ("Active", NEXT, AFTER)
    unchanged(legacy, order, renewal)


def by_hand(legacy: Legacy, kind: str, on: str, **given: Any) -> None:
    """Do something with the subscription in Zuora from a day on."""
    account = legacy.both.sandbox.tenant.store.get("account", legacy.latest(OLD)[0]["accountId"])
    assert account is not None
    triggers = [{"name": name, "triggerDate": on} for name in ("ContractEffective", "ServiceActivation")]
    action = {"type": kind, "triggerDates": triggers, kind[0].lower() + kind[1:]: given}
    legacy.order(account["accountNumber"], action, OLD)


def test_a_cancellation_that_was_made_in_zuora_is_unchanged(legacy: Legacy) -> None:
    order, contract = entered(legacy)
    by_hand(
        legacy,
        "CancelSubscription",
        AUTUMN,
        cancellationPolicy="SpecificDate",
        cancellationEffectiveDate=AUTUMN,
    )
    unchanged(legacy, order, legacy.both.world.cancel(contract, AUTUMN))


def test_a_renewal_that_was_made_in_zuora_is_unchanged_and_the_next_one_is_sent(legacy: Legacy) -> None:
    order, contract = entered(legacy)
    by_hand(legacy, "RenewSubscription", NEXT)
    first = legacy.both.world.renew(contract)
    unchanged(legacy, order, first)
    second = legacy.both.world.renew(legacy.both.world.contract(first))
    carry(legacy.both, second)
    assert [kind for _, kind, _ in sent(legacy.both, second)] == ["RenewSubscription"]
    assert term(legacy.both, OLD) == ("Active", AFTER, "2029-02-01")
    unchanged(legacy, order, first, second)


def test_an_order_of_which_zuora_has_a_half_is_held(both: Both) -> None:
    legacy = Legacy.of(both, "Seat", "Disk")
    order, _ = legacy.sell()
    legacy.enter(OLD)
    link(legacy, order)
    before = len(both.writes())
    [result] = sync(both, order)
    code, message = held(result)
    assert code == "CPQ-441"
    assert f"Of order {order} Zuora has {OLD} from before, and lacks the rest" in message
    assert f"cpqbridge adopt order {order}" in result.reasons[0].remedy
    assert len(both.writes()) == before
    legacy.enter("A-OLD-2", name="Disk")
    link(legacy, order, "A-OLD-2", 1)
    [result] = unchanged(legacy, order)
    assert sorted(result.zuora["subscriptions"]) == [OLD, "A-OLD-2"]


def test_an_amendment_of_what_is_adopted_by_half_waits_for_the_rest(both: Both) -> None:
    legacy = Legacy.of(both, "Seat", "Disk")
    order, contract = legacy.sell()
    legacy.enter(OLD)
    link(legacy, order)
    amendment = both.world.amend(contract, SUMMER, {"product": "Seat", "quantity": 15})
    [result] = sync(both, amendment)
    assert held(result)[0] == "CPQ-435"
    assert [held(one)[0] for one in result.orders or ()] == ["CPQ-441"]
    assert len(billed(both, OLD)) == 1


def test_line_items_of_an_order_from_before_are_not_billed_and_nothing_is_made_for_them(both: Both) -> None:
    """Neither their products nor the contacts of the order, which only an order in Zuora would name."""
    legacy = Legacy.of(both)
    hardware, buyer = both.world.product("Router", subscription=False), both.world.contact(legacy.account)
    lines = [Line(legacy.products["Seat"], 10), Line(hardware, 2)]
    order = both.world.order(legacy.account, lines, BillToContactId=buyer)
    legacy.enter(OLD)
    link(legacy, order)
    before = both.counts()
    unchanged(legacy, order)
    assert both.counts() == before
    assert before["orderLineItem"] == 0


def test_a_contract_without_its_link_is_sold_as_nothing_is_known_of_it(legacy: Legacy) -> None:
    """The link alone says that a contract is there: who syncs before adopting bills it."""
    order, _ = legacy.sell()
    legacy.enter(OLD)
    assert sync(legacy.both, order)[0].outcome is Outcome.SYNCED
    assert sorted(legacy.billed()) == [OLD, "SUB-0000002"]
