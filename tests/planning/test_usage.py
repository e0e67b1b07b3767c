"""Usage in a plan: what an order product without its schedules is held for, and tiers that differ from Zuora's."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.compare import order_differences
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.values import Outcome
from tests.planning import records as r

USAGE = {"SBQQ__ChargeType__c": "Usage"}


def link(**changes: Any) -> dict[str, Any]:
    own = {"Name": "Data", "IsActive": True, **changes.pop("schedule", {})}
    base = {"Id": "0gP1", "ProductId": r.PRODUCT_ID, "ConsumptionScheduleId": "0gN1", "CurrencyIsoCode": "USD"}
    return {**base, "ConsumptionSchedule": own, **changes}


def codes(*links: dict[str, Any], known: bool = False, product: Mapping[str, Any] = USAGE, **order: Any) -> list[str]:
    """Return what an order product without consumption schedules is held for; the product has these links."""
    sold = r.product(**product)
    snapshot = Snapshot(
        accounts={r.ACCOUNT_ID: r.account()}, products={r.PRODUCT_ID: sold}, schedules={r.PRODUCT_ID: links}
    )
    state = r.known_state() if known else r.known_state(plans={})
    plan = plan_order(r.draft(state, snapshot), r.order(r.item(Product2=sold), **order))
    assert (plan.stop is Outcome.HELD) == bool(plan.problems)
    return [problem.code for problem in plan.problems]


def test_a_usage_product_with_schedules_needs_them_on_the_order() -> None:
    assert codes(link()) == ["CPQ-425"]
    assert codes(link(), product={"SBQQ__ChargeType__c": None}) == ["CPQ-425"]
    assert codes(link(CurrencyIsoCode="EUR")) == ["CPQ-424"]
    assert codes(link(CurrencyIsoCode="EUR"), link(Id="0gP2")) == ["CPQ-425"]
    assert codes(link(CurrencyIsoCode=None)) == ["CPQ-425"]


def test_otherwise_it_is_sold_at_its_own_price() -> None:
    assert codes() == []
    assert codes(link(schedule={"IsActive": False})) == []
    assert codes(link(), known=True) == []
    assert codes(link(), product={"SBQQ__ChargeType__c": "Recurring"}) == []


# A problem of one order product among many


def test_a_problem_says_which_order_product_has_it() -> None:
    items = [r.item(Id=f"802{n}", OrderItemNumber=f"000{n}", Quantity=None if n == 2 else Decimal(1)) for n in (1, 2)]
    [problem] = plan_order(r.draft(), r.order(*items)).problems
    assert (problem.code, problem.field) == ("CPQ-401", "OrderItem.Quantity")
    assert problem.message == "Order product 0002: Quantity is empty"


def test_a_problem_of_the_order_is_told_once() -> None:
    items = [r.item(Id=f"802{n}", OrderItemNumber=f"000{n}") for n in (1, 2)]
    [problem] = plan_order(r.draft(), r.order(*items, SBQQ__PaymentTerm__c="Never")).problems
    assert problem.message.startswith("Payment Term: 'Never'")


# Tiers that Zuora holds


def tier(number: int, start: int, end: int | None, price: str = "1") -> dict[str, Any]:
    bounds = {"tier": number, "startingUnit": start, "price": Decimal(price), "priceFormat": "PerUnit"}
    return bounds if end is None else {**bounds, "endingUnit": end}


def order(*tiers: dict[str, Any], plan: str = "a0K1") -> dict[str, Any]:
    charge = {"chargeNumber": "1", "pricing": {"usageTiered": {"tiers": list(tiers)}}}
    create = {"subscribeToRatePlans": [{"externallyManagedPlanId": plan, "chargeOverrides": [charge]}]}
    action = {"type": "CreateSubscription", "createSubscription": {"subscriptionNumber": "S", **create}}
    return {"subscriptions": [{"subscriptionNumber": "S", "orderActions": [action]}]}


TWO = (tier(1, 0, 99), tier(2, 100, None))
CASES: dict[str, tuple[Any, Any, list[tuple[str, Any, Any]]]] = {
    "the same": (TWO, TWO, []),
    "the same in another order": (TWO, TWO[::-1], []),
    "an end that is null": (TWO, (TWO[0], {**TWO[1], "endingUnit": None}), []),
    "what zuora adds": (TWO, (TWO[0], {**TWO[1], "isOveragePrice": False}), []),
    "closed in Zuora": (TWO, (TWO[0], tier(2, 100, 500)), [("1/endingUnit", None, 500)]),
    "open in Zuora": ((TWO[0], tier(2, 100, 500)), TWO, [("1/endingUnit", 500, None)]),
    "another end": ((tier(1, 0, 9),), (tier(1, 0, 8),), [("0/endingUnit", 9, 8)]),
    "one more in Zuora": (TWO[:1], TWO, [("1", None, 2)]),
    "one less in Zuora": (TWO, TWO[:1], [("1", 2, None)]),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_tiers_are_compared_with_their_ends(case: tuple[Any, Any, list[tuple[str, Any, Any]]]) -> None:
    ours, theirs, expected = case
    differences = order_differences(order(*ours), order(*theirs))
    assert [(one.target.partition("/tiers/")[2], one.wanted, one.held) for one in differences] == expected


def test_a_rate_plan_that_only_zuora_has_is_a_difference() -> None:
    plans = order(*TWO)["subscriptions"][0]["orderActions"][0]["createSubscription"]["subscribeToRatePlans"]
    held = order(*TWO)
    held["subscriptions"][0]["orderActions"][0]["createSubscription"]["subscribeToRatePlans"] = [
        *plans,
        {"externallyManagedPlanId": "a0K2"},
    ]
    [one] = order_differences(order(*TWO), held)
    assert (one.target.rpartition("/")[2], one.wanted, one.held) == ("1", None, "a0K2")


# A price beside the schedules


def beside(kind: str | None, price: str) -> list[tuple[str, str | None]]:
    """Return what an order product with a schedule is held for, by its product's charge type and its net price."""
    sold = r.product(SBQQ__ChargeType__c=kind)
    used = {
        "Id": "a0K1",
        "SBQQ__ConsumptionSchedule__c": "0gN1",
        "SBQQ__Type__c": "Slab",
        "SBQQ__UnitOfMeasure__c": "Each",
        "SBQQ__OrderItemConsumptionRates__r": {
            "records": [{"SBQQ__LowerBound__c": 0, "SBQQ__Price__c": Decimal(1), "SBQQ__PricingMethod__c": "PerUnit"}]
        },
    }
    one = link(schedule={"Type": "Slab", "UnitOfMeasure": "Each"})
    snapshot = Snapshot(products={r.PRODUCT_ID: sold}, schedules={r.PRODUCT_ID: [one]})
    item = r.item(
        Product2=sold,
        SBQQ__OrderItems__r={"records": [used]},
        subscription={"SBQQ__NetPrice__c": Decimal(price)},
    )
    plan = plan_order(r.draft(r.known_state(units={"Each": 0}), snapshot), r.order(item))
    return [(problem.code, problem.field) for problem in plan.problems]


def test_a_price_beside_schedules_needs_a_charge_type_that_says_whether_it_is_billed() -> None:
    assert beside(None, "77.00") == [("CPQ-401", "OrderItem.Product2.SBQQ__ChargeType__c")]
    assert beside(None, "0.00") == []
    assert beside("Usage", "77.00") == []
    assert beside("Recurring", "77.00") == []
