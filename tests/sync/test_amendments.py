"""What becomes of contracts in Salesforce CPQ arrives in Zuora: once, in order, or held with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.contracts import (
    NEXT,
    alter,
    billed,
    carry,
    held,
    latest,
    links,
    owners,
    relink,
    seats,
    sell,
    sent,
    sync,
    term,
)
from tests.world import Line, segmented

FIRST, SUMMER, AUTUMN, WINTER = "2026-02-01", "2026-06-01", "2026-09-01", "2026-12-01"
AFTER = "2028-02-01"
"""First day after the term of a renewal."""


# Which order goes first


def test_the_original_goes_first_when_only_the_amendment_is_named(both: Both) -> None:
    order, contract = sell(both)
    first = both.world.amend(contract, SUMMER, seats(15))
    second = both.world.amend(contract, AUTUMN, seats(12))
    [result] = sync(both, second)
    assert result.outcome is Outcome.SYNCED
    assert result.orders is not None
    assert [(one.record, one.outcome) for one in result.orders] == [
        (order, Outcome.SYNCED),
        (first, Outcome.SYNCED),
    ]
    assert billed(both) == [(FIRST, SUMMER, 10, 120), (SUMMER, AUTUMN, 15, 120), (AUTUMN, NEXT, 12, 120)]
    assert carry(both, second, first, order)[0].orders is None


def test_orders_named_the_wrong_way_round_go_in_their_order(both: Both) -> None:
    order, contract = sell(both)
    first, second = (both.world.amend(contract, day, seats(units)) for day, units in ((SUMMER, 15), (AUTUMN, 12)))
    results = sync(both, second, first, order)
    assert [one.record for one in results] == [second, first, order]
    assert {one.outcome for one in results} == {Outcome.SYNCED}
    assert [one["orderNumber"] for one in _orders(both)] == [order, first, second]


def test_the_original_of_another_batch(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cpqbridge.sync.service.BATCH", 1)
    order, contract = sell(both)
    amendment = both.world.amend(contract, SUMMER, seats(15))
    results = sync(both, amendment, order)
    assert [(one.record, one.outcome) for one in results] == [
        (amendment, Outcome.SYNCED),
        (order, Outcome.SYNCED),
    ]
    assert len(_orders(both)) == 2


def test_orders_of_several_accounts_that_need_the_same_one(both: Both) -> None:
    """A contract that was moved: its later orders belong to another account, and go at the same time."""
    order, contract = sell(both)
    first = both.world.amend(contract, SUMMER, seats(15))
    both.world.move(contract, both.world.account("New owner"))
    second = both.world.amend(contract, AUTUMN, seats(12))
    results = sync(both, second, first)
    assert {one.outcome for one in results} == {Outcome.SYNCED}, [one.reasons for one in results]
    assert [one["orderNumber"] for one in _orders(both)] == [order, first, second]


def test_an_earlier_order_that_is_held_holds_the_later_ones_until_it_is_mended(both: Both) -> None:
    order, contract = sell(both)
    [item] = _items(both, order)
    subscription = item["SBQQ__Subscription__c"]
    store = both.world.org.store
    first, second = (both.world.amend(contract, day, seats(units)) for day, units in ((SUMMER, 15), (AUTUMN, 12)))
    store.update("SBQQ__Subscription__c", subscription, {"SBQQ__NetPrice__c": None}, system=True)
    [result] = sync(both, second)
    code, message = held(result)
    assert code == "CPQ-435"
    assert f"Order {second} changes what order {order} sold, which is not in Zuora" in message
    assert "List Price is empty" in message
    assert [held(one)[0] for one in result.orders or ()] == ["CPQ-401", "CPQ-435"]
    assert _orders(both) == []
    store.update("SBQQ__Subscription__c", subscription, {"SBQQ__NetPrice__c": Decimal(120)}, system=True)
    carry(both, second)
    assert [one["orderNumber"] for one in _orders(both)] == [order, first, second]


def test_an_earlier_order_that_waits_is_waited_for(both: Both) -> None:
    order, contract = sell(both)
    amendment = both.world.amend(contract, SUMMER, seats(15), contract=False)
    renewal = both.world.renew(contract)
    both.world.org.store.update("Order", _order(both, order)["Id"], {"SBQQ__Contracted__c": False}, system=True)
    [result] = sync(both, renewal)
    assert held(result)[0] == "CPQ-435"
    assert [one.outcome for one in result.orders or ()] == [Outcome.WAITING]
    both.world.org.store.update("Order", _order(both, order)["Id"], {"SBQQ__Contracted__c": True}, system=True)
    carry(both, renewal)
    assert sync(both, amendment)[0].outcome is Outcome.WAITING


def test_an_earlier_order_that_zuora_refused_is_tried_again(both: Both) -> None:
    order, contract = sell(both)
    amendment = both.world.amend(contract, SUMMER, seats(15))
    both.configure(flexibleBillingAttributes=False)
    [result] = sync(both, amendment)
    assert [one.outcome for one in result.orders or ()] == [Outcome.FAILED]
    assert held(result)[0] == "CPQ-435"
    both.configure(flexibleBillingAttributes=True)
    carry(both, amendment)
    assert billed(both)[-1] == (SUMMER, NEXT, 15, 120)
    assert [one["orderNumber"] for one in _orders(both)] == [order, amendment]


def test_an_original_that_is_gone_from_salesforce_is_a_gap(both: Both) -> None:
    order, contract = sell(both)
    first, second = (both.world.amend(contract, day, seats(units)) for day, units in ((SUMMER, 15), (AUTUMN, 12)))
    [item] = _items(both, second)
    other = {"SBQQ__RevisedOrderProduct__c": "802000000000009AAA"}
    both.world.org.store.update("OrderItem", item["Id"], other, system=True)
    carry(both, first)
    code, message = held(sync(both, second)[0])
    assert code == "CPQ-426"
    assert item["OrderItemNumber"] in message
    assert [one["orderNumber"] for one in _orders(both)] == [order, first]


# The link


def test_a_lost_link_is_written_again_before_the_amendment(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    carry(both, order)
    before = links(both)
    relink(both, dict.fromkeys(before))
    amendment = both.world.amend(contract, SUMMER, seats(15))
    [result] = sync(both, amendment)
    assert result.outcome is Outcome.SYNCED
    assert [(one.name, one.path) for one in result.operations] == [
        ("link_rate_plan", "/v1/action/update"),
        ("create_order", "/v1/orders"),
    ]
    [line] = result.operations[0].lineage
    assert (line.source, line.value) == ("OrderItem.Id", before[0])
    assert links(both) == [before[0], None]
    assert billed(both) == [(FIRST, SUMMER, 10, 120), (SUMMER, NEXT, 15, 120)]
    carry(both, order, amendment)


def test_a_link_on_a_rate_plan_of_another_product_is_held(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    carry(both, order)
    seat, disk = links(both)
    relink(both, {seat: disk, disk: seat})
    written = len(both.writes())
    code, message = held(sync(both, both.world.amend(contract, SUMMER, seats(15)))[0])
    assert (code, message.endswith("has no charge of its product")) == ("CPQ-436", True)
    assert len(both.writes()) == written


def test_a_lost_link_is_not_guessed(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    carry(both, order)
    seat, disk = links(both)
    relink(both, {seat: None})
    store = both.sandbox.tenant.store
    [other] = [plan for plan in store.rows("ratePlan") if plan["externallyManagedPlanId"] == disk]
    [plan] = [plan for plan in store.rows("ratePlan") if plan["externallyManagedPlanId"] is None]
    store.update("ratePlan", plan["id"], {"productRatePlanId": other["productRatePlanId"]})
    result = sync(both, both.world.amend(contract, SUMMER, seats(15)))[0]
    code, message = held(result)
    assert code == "CPQ-437"
    assert str(seat) in message
    assert "cpqbridge adopt" in (result.reasons[0].remedy or "")


def test_an_id_on_two_subscriptions_is_held(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    carry(both, order)
    seat, disk = links(both)
    relink(both, {disk: seat})
    code, message = held(sync(both, both.world.amend(contract, SUMMER, seats(15)))[0])
    assert code == "CPQ-440"
    assert "SUB-0000001, SUB-0000002" in message


# What Zuora must have


@pytest.mark.parametrize(
    ("changes", "shown"),
    [({"quantity": 11}, "11 at a price of 120"), ({"effectiveEndDate": WINTER}, "nothing on 2026-12-01")],
)
def test_what_was_changed_in_zuora_is_held_with_both_sides(both: Both, changes: dict[str, Any], shown: str) -> None:
    order, contract = sell(both)
    carry(both, order)
    alter(both, **changes)
    amendment = both.world.amend(contract, SUMMER, seats(15))
    code, message = held(sync(both, amendment)[0])
    assert code == "CPQ-436"
    assert shown in message
    assert "by the earlier orders of Salesforce it is 10 at a price of 120" in message
    alter(both, quantity=10, effectiveEndDate=NEXT)
    carry(both, amendment)


# Who owns it


def test_a_contract_that_was_moved_is_amended_where_zuora_has_it(both: Both) -> None:
    order, contract = sell(both)
    carry(both, order)
    both.world.move(contract, both.world.account("New owner"))
    amendment = both.world.amend(contract, SUMMER, seats(15))
    carry(both, amendment)
    assert owners(both) == ("Acme", "Acme")
    assert billed(both)[-1] == (SUMMER, NEXT, 15, 120)


def test_a_subscription_that_was_moved_in_zuora_is_held_where_wanted(both: Both) -> None:
    seat = both.world.product()
    order, contract = sell(both, seat)
    carry(both, order, sell(both, seat, account=both.world.account("Other"))[0])
    store = both.sandbox.tenant.store
    [other] = [row for row in store.rows("account") if row["name"] == "Other"]
    for row in list(store.find("subscription", name="SUB-0000001")):
        store.update("subscription", row["id"], {"accountId": other["id"]})
    amendment = both.world.amend(contract, SUMMER, seats(15))
    code, message = held(sync(both, amendment, moved_subscriptions="hold")[0])
    assert code == "CPQ-431"
    assert other["accountNumber"] in message
    carry(both, amendment)
    assert owners(both)[0] == "Other"


@pytest.mark.parametrize(
    ("field", "names"), [("InvoiceOwner__c", ("Acme", "Payer")), ("SubscriptionOwner__c", ("Payer", "Acme"))]
)
def test_owners_change_and_stay_and_come_back(both: Both, field: str, names: tuple[str, str]) -> None:
    account, payer = both.world.account(), both.world.account("Payer")
    order, contract = sell(both, account=account)

    def amended(day: str, units: int, owner: str | None) -> str:
        return both.world.amend(contract, day, seats(units), orderFields={field: owner} if owner else {})

    moved = amended(SUMMER, 15, payer)
    carry(both, order, moved)
    assert sent(both, moved) == [("SUB-0000001", "OwnerTransfer", SUMMER), ("SUB-0000001", "UpdateProduct", SUMMER)]
    assert owners(both) == names
    carry(both, amended(AUTUMN, 16, None), amended("2026-10-01", 17, payer))
    assert owners(both) == names
    carry(both, amended(WINTER, 18, account))
    assert owners(both) == ("Acme", "Acme")
    assert [units for _, _, units, _ in billed(both)] == [10, 15, 16, 17, 18]


# Options


def test_amendments_are_held_where_they_are_off(both: Both) -> None:
    order, contract = sell(both)
    later = [both.world.amend(contract, SUMMER, seats(15)), both.world.renew(contract)]
    results = sync(both, *later, amend_subscriptions=False)
    assert {one.outcome for one in results} == {Outcome.HELD}
    assert [one.reasons[0].code for one in results] == ["CPQ-413", "CPQ-413"]
    carry(both, order, amend_subscriptions=False)
    assert billed(both) == [(FIRST, NEXT, 10, 120)]


def test_more_of_what_is_charged_once_is_a_subscription_of_its_own_and_less_is_held(both: Both) -> None:
    setup = both.world.product("Setup", SBQQ__ChargeType__c="One-Time")
    order, contract = sell(both, setup, quantity=3)
    more = both.world.amend(contract, SUMMER, {"product": "Setup", "quantity": 5})
    carry(both, order, more)
    assert [kind for _, kind, _ in sent(both, more)] == ["CreateSubscription"]
    sold = [billed(both, number)[0] for number in ("SUB-0000001", "SUB-0000002")]
    assert [(start, units) for start, _, units, _ in sold] == [(FIRST, 3), (SUMMER, 2)]
    less = both.world.amend(contract, AUTUMN, {"product": "Setup", "quantity": 1})
    code, message = held(sync(both, less)[0])
    assert code == "CPQ-434"
    assert "takes back 4" in message
    written = len(both.writes())
    assert sync(both, less, one_time_refunds="keep")[0].outcome is Outcome.UNCHANGED
    assert len(both.writes()) == written


def test_a_price_change_is_a_new_subscription(both: Both) -> None:
    order, contract = sell(both)
    change = both.world.amend(contract, AUTUMN, {"product": "Seat", "netPrice": 40})
    carry(both, order, change)
    assert [kind for _, kind, _ in sent(both, change)] == ["CancelSubscription", "CreateSubscription"]
    [new] = [number for number, kind, _ in sent(both, change) if kind == "CreateSubscription"]
    assert billed(both) == [(FIRST, AUTUMN, 10, 120)]
    assert billed(both, new) == [(AUTUMN, NEXT, 10, 40)]


def test_a_price_change_in_place_and_what_follows_it(both: Both) -> None:
    order, contract = sell(both)
    steps = [
        both.world.amend(contract, AUTUMN, {"product": "Seat", "netPrice": 40}),
        both.world.amend(contract, "2026-10-01", seats(12)),
        both.world.renew(contract),
    ]
    carry(both, order, *steps, price_changes="in_place")
    assert list(latest(both)) == ["SUB-0000001"]
    assert billed(both) == [
        (FIRST, AUTUMN, 10, 120),
        (AUTUMN, "2026-10-01", 10, 96),
        ("2026-10-01", AFTER, 12, 96),
    ]
    assert term(both) == ("Active", NEXT, AFTER)


def test_an_added_product_joins_the_subscription_and_leaves_it_again(both: Both) -> None:
    order, contract = sell(both)
    both.world.product("Disk")
    amended = both.world.amend
    steps = [
        amended(contract, AUTUMN, add=[{"product": "Disk", "quantity": 3}]),
        amended(contract, "2026-10-01", {"product": "Disk", "quantity": 5}),
        amended(contract, WINTER, {"product": "Disk", "quantity": 0}),
        both.world.renew(contract),
    ]
    carry(both, order, *steps, added_products="existing_subscription")
    assert [kind for step in steps for _, kind, _ in sent(both, step)] == [
        "AddProduct",
        "UpdateProduct",
        "RemoveProduct",
        "RenewSubscription",
    ]
    assert list(latest(both)) == ["SUB-0000001"]
    assert [(start, end, units) for start, end, units, _ in billed(both)] == [
        (FIRST, AFTER, 10),
        (AUTUMN, "2026-10-01", 3),
        ("2026-10-01", WINTER, 5),
    ]


# Quantities


def test_back_dated_and_future_and_same_day_amendments(both: Both) -> None:
    order, contract = sell(both)
    amended = both.world.amend
    steps = [
        amended(contract, day, seats(units)) for day, units in ((AUTUMN, 15), (WINTER, 20), (SUMMER, 25), (AUTUMN, 21))
    ]
    carry(both, order, *steps)
    assert billed(both) == [
        (FIRST, SUMMER, 10, 120),
        (SUMMER, AUTUMN, 15, 120),
        (AUTUMN, WINTER, 16, 120),
        (WINTER, NEXT, 21, 120),
    ]


def test_evergreen_is_amended_and_cancelled(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat", SBQQ__SubscriptionType__c="Evergreen"))
    carry(both, order, both.world.amend(contract, AUTUMN, seats(15)), both.world.cancel(contract, WINTER))
    assert [one[:3] for one in billed(both)] == [(FIRST, AUTUMN, 10), (AUTUMN, WINTER, 15)]
    assert term(both)[0] == "Cancelled"


def test_a_block_price_changes_with_the_quantity(both: Both) -> None:
    product = both.world.product("Box", SBQQ__PricingMethod__c="Block")
    both.world.block_prices(product, [(1, 10, 100), (10, 20, 160), (20, None, 220)])
    line = Line(product, 5, Decimal(100), more={"SBQQ__EffectiveQuantity__c": 1})
    order = both.world.order(both.world.account(), [line])
    contract = both.world.contract(order)
    up = both.world.amend(contract, AUTUMN, {"product": "Box", "quantity": 15})
    top = both.world.amend(contract, WINTER, {"product": "Box", "quantity": 25})
    carry(both, order, up, top, both.world.renew(contract))
    assert [(start, end, price) for start, end, _, price in billed(both)] == [
        (FIRST, AUTUMN, 100),
        (AUTUMN, WINTER, 160),
        (WINTER, AFTER, 220),
    ]


def test_units_at_another_price_are_held(both: Both) -> None:
    order, contract = sell(both)
    amendment = both.world.amend(contract, AUTUMN, seats(15))
    [item] = _items(both, amendment)
    price = {"SBQQ__NetPrice__c": Decimal(45)}
    both.world.org.store.update("SBQQ__Subscription__c", item["SBQQ__Subscription__c"], price, system=True)
    code, message = held(sync(both, amendment)[0])
    assert code == "CPQ-434"
    assert f"{item['OrderItemNumber']} adds 5" in message
    assert billed(both) == [(FIRST, NEXT, 10, 120)]
    assert sync(both, order)[0].outcome is Outcome.UNCHANGED


def test_segments_are_amended_one_by_one(both: Both) -> None:
    years = (("2026-02-01", "2027-01-31", 10, "100"), ("2027-02-01", "2028-01-31", 20, "110"))
    seat = both.world.product()
    order = both.world.order(both.world.account(), segmented(seat, *years), start=FIRST, end="2028-01-31")
    contract = both.world.contract(order)
    second = both.world.amend(contract, AUTUMN, seats(25, segment=2))
    first = both.world.amend(contract, WINTER, seats(12, segment=1))
    carry(both, order, second, first)
    assert billed(both) == [(FIRST, WINTER, 10, 100), (WINTER, NEXT, 12, 100), (NEXT, AFTER, 25, 110)]


# What an update reaches: until the next segment in Zuora, which not every order makes


def test_a_back_dated_amendment_of_the_old_term_ends_with_it(both: Both) -> None:
    """A renewal at the same price makes no segment: what goes before must say where it ends."""
    order, contract = sell(both)
    renewal = both.world.renew(contract)
    back_dated = both.world.amend(contract, AUTUMN, seats(15))
    carry(both, order, renewal, back_dated)
    assert billed(both) == [(FIRST, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120), (NEXT, AFTER, 10, 120)]


def test_a_back_dated_amendment_of_the_old_term_before_one_of_the_new(both: Both) -> None:
    order, contract = sell(both)
    renewal = both.world.renew(contract)
    later = both.world.amend(both.world.contract(renewal), "2027-06-01", seats(20))
    back_dated = both.world.amend(contract, AUTUMN, seats(15))
    carry(both, order, renewal, later, back_dated)
    assert billed(both) == [
        (FIRST, AUTUMN, 10, 120),
        (AUTUMN, NEXT, 15, 120),
        (NEXT, "2027-06-01", 10, 120),
        ("2027-06-01", AFTER, 20, 120),
    ]


def test_an_amended_segment_that_was_like_the_next_one(both: Both) -> None:
    years = (("2026-02-01", "2027-01-31", 10, "100"), ("2027-02-01", "2028-01-31", 10, "100"))
    lines = segmented(both.world.product(), *years)
    order = both.world.order(both.world.account(), lines, start=FIRST, end="2028-01-31")
    amendment = both.world.amend(both.world.contract(order), AUTUMN, seats(12, segment=1))
    carry(both, order, amendment)
    assert billed(both) == [(FIRST, AUTUMN, 10, 100), (AUTUMN, NEXT, 12, 100), (NEXT, AFTER, 10, 100)]


# Assets


def test_assets_go_up_and_down_and_come_back_as_returns(both: Both) -> None:
    box = both.world.product("Box", subscription=False, SBQQ__AssetAmendmentBehavior__c="Allow Refund")
    order, contract = sell(both, both.world.product("Seat"), box, quantity=5)
    up = both.world.amend(contract, SUMMER, {"product": "Box", "quantity": 8})
    down = both.world.amend(contract, AUTUMN, {"product": "Box", "quantity": 4})
    [result] = sync(both, down)
    assert result.outcome is Outcome.SYNCED, (result.reasons, result.orders)
    carry(both, order, up, down)
    lines = [(row["itemCategory"], row["quantity"]) for row in both.sandbox.tenant.store.rows("orderLineItem")]
    assert sorted(lines) == [("Return", 4), ("Sales", 3), ("Sales", 5)]


# Renewals


def test_renewal_of_a_renewal(both: Both) -> None:
    order, contract = sell(both)
    first = both.world.renew(contract, seats(12))
    second = both.world.renew(both.world.contract(first), seats(12, uplift=10))
    third = both.world.amend(both.world.contract(second), "2028-06-01", seats(20))
    carry(both, third)
    carry(both, order, first, second, third)
    assert billed(both) == [
        (FIRST, NEXT, 10, 120),
        (NEXT, AFTER, 12, 120),
        (AFTER, "2028-06-01", 12, 132),
        ("2028-06-01", "2029-02-01", 20, 132),
    ]
    assert term(both) == ("Active", AFTER, "2029-02-01")


def test_an_early_renewal_drops_one_product_and_goes_on_with_the_other(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    renewal = both.world.renew(contract, {"product": "Disk", "quantity": 0}, effectiveDate="2026-08-01")
    carry(both, order, renewal)
    assert term(both) == ("Active", "2026-08-01", "2027-08-01")
    assert billed(both) == [(FIRST, "2027-08-01", 10, 120)]


def test_a_renewal_after_a_gap_is_a_new_subscription(both: Both) -> None:
    order, contract = sell(both)
    renewal = both.world.renew(contract, effectiveDate="2027-03-01")
    carry(both, order, renewal)
    [(number, kind, day)] = sent(both, renewal)
    assert (kind, day) == ("CreateSubscription", "2027-03-01")
    assert billed(both) == [(FIRST, NEXT, 10, 120)]
    assert billed(both, number)[0][0] == "2027-03-01"


def test_what_was_renewed_in_zuora_already_is_held(both: Both) -> None:
    order, contract = sell(both)
    carry(both, order)
    store = both.sandbox.tenant.store
    for row in list(store.rows("subscription")):
        store.update("subscription", row["id"], {"termEndDate": AFTER, "subscriptionEndDate": AFTER})
    code, message = held(sync(both, both.world.renew(contract))[0])
    assert code == "CPQ-436"
    assert "was it renewed in Zuora?" in message


# Usage

CHEAPER = [[0, 100, "0.3", "PerUnit"], [100, None, "0.2", "PerUnit"]]


@pytest.mark.parametrize("in_place", [False, True])
def test_other_rates_of_usage(both: Both, in_place: bool) -> None:
    product = both.world.usage_product()
    both.world.schedule(product)
    order, contract = sell(both, product, quantity=1)
    change = both.world.amend(contract, AUTUMN, {"product": "Traffic", "rates": {"Data": CHEAPER}})
    end = both.world.cancel(contract, WINTER)
    carry(both, order, change, end, price_changes="in_place" if in_place else "cancel_and_new")
    old, new = [Decimal("0.10"), Decimal("0.05")], [Decimal("0.3"), Decimal("0.2")]
    stretches = [(start, end, tiers) for number in latest(both) for start, end, _, tiers in billed(both, number)]
    assert stretches == [(FIRST, AUTUMN, old), (AUTUMN, WINTER, new)]
    assert len(latest(both)) == (1 if in_place else 2)


# Records


def _orders(both: Both) -> list[Any]:
    """The orders of the tenant in the sequence in which they were made."""
    return list(both.sandbox.tenant.store.rows("order"))


def _order(both: Both, number: str) -> Any:
    [order] = both.world.org.store.find("Order", "OrderNumber", number)
    return order


def _items(both: Both, number: str) -> list[Any]:
    return list(both.world.org.store.find("OrderItem", "OrderId", _order(both, number)["Id"]))
