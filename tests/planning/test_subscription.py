"""One subscription: its term and, above all, which price is sent and for how long it counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import Charge, RatePlan
from cpqbridge.values import Outcome
from tests.planning import records as r

FLAT, PER_UNIT = "Flat Fee Pricing", "Per Unit Pricing"
WHOLE_TERM = {"listPriceBase": "Per_Specific_Months"}
PER_PERIOD = {"listPriceBase": "Per_Billing_Period"}
ODD_TERM = {"SBQQ__EndDate__c": "2026-08-15"}
ODD_MONTHS = 6 + Decimal(15) / 31
DAYS = {"sfdc_use_list_price_base": False, "subscription_term_in_days": True}
EVERGREEN = {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__EndDate__c": None}


def planned(
    charge: tuple[str, str, str | None] = ("Recurring", PER_UNIT, "Month"),
    options: dict[str, Any] | None = None,
    order: dict[str, Any] | None = None,
    **item: Any,
) -> SyncPlan:
    state = r.known_state(plans={r.PRODUCT_ID: RatePlan("z-plan", (Charge("z-charge", *charge),))})
    return plan_order(r.draft(state, **(options or {})), r.order(r.item(**item), **(order or {})))


def created(plan: SyncPlan) -> dict[str, Any]:
    assert plan.stop is None, plan.problems
    body: dict[str, Any] = plan.operations[-1].body["subscriptions"][0]["orderActions"][0]["createSubscription"]
    return body


def override(plan: SyncPlan) -> dict[str, Any]:
    charge: dict[str, Any] = created(plan)["subscribeToRatePlans"][0]["chargeOverrides"][0]
    return charge


def pricing(plan: SyncPlan) -> tuple[str, dict[str, Any]]:
    ((model, price),) = override(plan)["pricing"].items()
    return model, price


def held(plan: SyncPlan) -> tuple[str, str | None]:
    assert plan.stop is Outcome.HELD
    assert plan.operations == ()
    (problem,) = plan.problems
    return problem.code, problem.field


def rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000000001"))


def subscribed(price: str = "120", method: str = "List", **changes: Any) -> dict[str, Any]:
    return {"SBQQ__NetPrice__c": Decimal(price), "SBQQ__PricingMethod__c": method, **changes}


PRICES: dict[str, tuple[SyncPlan, str, dict[str, Any]]] = {
    "per unit, whole term": (
        planned(),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "flat fee, whole term: list price × quantity": (
        planned(("Recurring", FLAT, "Month")),
        "recurringFlatFee",
        {"listPrice": 600, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "flat fee, whole term: a block price is for all": (
        planned(("Recurring", FLAT, "Month"), subscription=subscribed(method="Block")),
        "recurringFlatFee",
        {"listPrice": 120, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "flat fee: the product's method counts where the subscription has none": (
        planned(
            ("Recurring", FLAT, "Month"),
            subscription={"SBQQ__PricingMethod__c": None},
            Product2=r.product(SBQQ__PricingMethod__c="Block"),
        ),
        "recurringFlatFee",
        {"listPrice": 120, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "flat fee: nothing for no quantity": (
        planned(("Recurring", FLAT, "Month"), Quantity=Decimal(0)),
        "recurringFlatFee",
        {"listPrice": 0, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "block price of one on a per-unit charge": (
        planned(subscription=subscribed(method="Block"), Quantity=Decimal(1)),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 1, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "the term's own months": (
        planned(subscription={"SBQQ__EndDate__c": "2029-01-31"}),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5, **WHOLE_TERM, "specificListPriceBase": 36},
    ),
    "120 months are the most": (
        planned(subscription={"SBQQ__EndDate__c": "2036-01-31"}),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5, **WHOLE_TERM, "specificListPriceBase": 120},
    ),
    "beyond 120 months: per billing period": (
        planned(("Recurring", PER_UNIT, "Annual"), subscription={"SBQQ__EndDate__c": "2037-01-31"}),
        "recurringPerUnit",
        {"listPrice": rounded(Decimal(120) * 12 / 132), "quantity": 5, **PER_PERIOD},
    ),
    "odd term, unprorated price: ÷ default term × period": (
        planned(
            ("Recurring", PER_UNIT, "Quarter"),
            subscription=ODD_TERM,
            SBQQ__UnproratedNetPrice__c=Decimal(120),
            SBQQ__DefaultSubscriptionTerm__c=12,
        ),
        "recurringPerUnit",
        {"listPrice": 30, "quantity": 5, **PER_PERIOD},
    ),
    "odd term, unprorated price, flat fee": (
        planned(
            ("Recurring", FLAT, "Semi-Annual"),
            subscription=ODD_TERM,
            SBQQ__UnproratedNetPrice__c=Decimal(120),
        ),
        "recurringFlatFee",
        {"listPrice": 300, **PER_PERIOD},
    ),
    "odd term, prorated price: ÷ months × period": (
        planned(subscription={**ODD_TERM, "SBQQ__NetPrice__c": Decimal("64.84")}),
        "recurringPerUnit",
        {"listPrice": rounded(Decimal("64.84") / ODD_MONTHS), "quantity": 5, **PER_PERIOD},
    ),
    "odd term, an unprorated price without default term is no help": (
        planned(subscription=ODD_TERM, SBQQ__UnproratedNetPrice__c=Decimal(120), SBQQ__DefaultSubscriptionTerm__c=None),
        "recurringPerUnit",
        {"listPrice": rounded(Decimal(120) / ODD_MONTHS), "quantity": 5, **PER_PERIOD},
    ),
    "odd term, billed once for the term: the price as it is": (
        planned(("Recurring", PER_UNIT, "Subscription Term"), subscription=ODD_TERM),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5, **PER_PERIOD},
    ),
    "whole-term pricing off": (
        planned(options={"sfdc_use_list_price_base": False}),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5},
    ),
    "whole-term pricing off, odd term": (
        planned(options={"sfdc_use_list_price_base": False}, subscription=ODD_TERM),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5},
    ),
    "days": (planned(options=DAYS), "recurringPerUnit", {"listPrice": 120, "quantity": 5}),
    "one-time per unit": (
        planned(("OneTime", PER_UNIT, None)),
        "oneTimePerUnit",
        {"listPrice": 120, "quantity": 5},
    ),
    "one-time flat fee": (planned(("OneTime", FLAT, None)), "oneTimeFlatFee", {"listPrice": 600}),
    "one-time, odd term": (
        planned(("OneTime", FLAT, None), subscription=ODD_TERM | {"SBQQ__PricingMethod__c": "Block"}),
        "oneTimeFlatFee",
        {"listPrice": 120},
    ),
    "usage has no quantity": (planned(("Usage", PER_UNIT, "Month")), "usagePerUnit", {"listPrice": 120}),
    "usage, odd term": (
        planned(("Usage", PER_UNIT, "Month"), subscription=ODD_TERM),
        "usagePerUnit",
        {"listPrice": 120},
    ),
    "evergreen: the months of the default term": (
        planned(subscription=EVERGREEN),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "evergreen without default term: one month": (
        planned(subscription=EVERGREEN, SBQQ__DefaultSubscriptionTerm__c=None),
        "recurringPerUnit",
        {"listPrice": 120, "quantity": 5, **WHOLE_TERM, "specificListPriceBase": 1},
    ),
    "a price of nothing is a price": (
        planned(subscription=subscribed("0.00")),
        "recurringPerUnit",
        {"listPrice": 0, "quantity": 5, **WHOLE_TERM, "specificListPriceBase": 12},
    ),
    "parts of a cent are kept": (
        planned(subscription=subscribed("0.0123450"), Quantity=Decimal("2.50")),
        "recurringPerUnit",
        {
            "listPrice": Decimal("0.012345"),
            "quantity": Decimal("2.5"),
            **WHOLE_TERM,
            "specificListPriceBase": 12,
        },
    ),
}


@pytest.mark.parametrize("case", PRICES)
def test_which_price_is_sent(case: str) -> None:
    plan, model, expected = PRICES[case]
    assert pricing(plan) == (model, expected)


@pytest.mark.parametrize("case", PRICES)
def test_the_bill_cycle_type_goes_with_the_whole_terms_price(case: str) -> None:
    plan, _model, expected = PRICES[case]
    whole_term = expected.get("listPriceBase") == "Per_Specific_Months"
    assert override(plan).get("billing") == ({"billCycleType": "ChargeTriggerDay"} if whole_term else None)


@pytest.mark.parametrize(
    ("period", "months"),
    [
        ("Month", 1),
        ("Quarter", 3),
        ("Semi-Annual", 6),
        ("Annual", 12),
        ("Eighteen Months", 18),
        ("Two Years", 24),
        ("Three Years", 36),
        ("Five Years", 60),
    ],
)
def test_the_price_per_billing_period(period: str, months: int) -> None:
    plan = planned(("Recurring", PER_UNIT, period), subscription=ODD_TERM, SBQQ__UnproratedNetPrice__c=Decimal(120))
    assert pricing(plan)[1]["listPrice"] == 10 * months


@pytest.mark.parametrize("period", ["Week", "Specific Months", "Specific Weeks", None])
def test_a_billing_period_without_months_has_no_price_per_period(period: str | None) -> None:
    assert held(planned(("Recurring", PER_UNIT, period), subscription=ODD_TERM))[0] == "CPQ-417"


@pytest.mark.parametrize(
    ("effective", "own"), [("2026-01-15", "2026-02-01"), ("2026-02-01", None), ("2026-02-15", None)]
)
def test_a_charge_has_its_own_start_only_after_the_day_that_triggers_it(effective: str, own: str | None) -> None:
    item = r.item(subscription={"SBQQ__StartDate__c": "2026-02-01"})
    plan = plan_order(
        r.draft(trigger_dates_on_orders=True, amount_proof="report"), r.order(item, EffectiveDate=effective)
    )
    action = plan.operations[-1].body["subscriptions"][0]["orderActions"][0]
    start = action["createSubscription"]["subscribeToRatePlans"][0]["chargeOverrides"][0].get("startDate")
    assert action["triggerDates"][0]["triggerDate"] == date.fromisoformat(effective)
    assert start == (own and {"triggerEvent": "SpecificDate", "specificTriggerDate": date.fromisoformat(own)})


def test_the_lineage_says_which_price_it_was() -> None:
    plan = planned(subscription=ODD_TERM, SBQQ__UnproratedNetPrice__c=Decimal(120))
    (line,) = (one for one in plan.operations[-1].lineage if one.target.endswith("/listPrice"))
    assert line.source == "OrderItem.SBQQ__UnproratedNetPrice__c"
    assert line.rule == "Subscription Rate Plan Charge / List Price per billing period, from the unprorated price"


HELD = {
    "odd term where that is not allowed": (
        planned(options={"allow_per_period_price": False}, subscription=ODD_TERM),
        "CPQ-417",
        "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c",
    ),
    "beyond 120 months where that is not allowed": (
        planned(options={"allow_per_period_price": False}, subscription={"SBQQ__EndDate__c": "2037-01-31"}),
        "CPQ-417",
        "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c",
    ),
    "block price for several on a per-unit charge": (
        planned(subscription=subscribed(method="Block")),
        "CPQ-414",
        "OrderItem.SBQQ__Subscription__r.SBQQ__NetPrice__c",
    ),
    "no price": (
        planned(subscription={"SBQQ__NetPrice__c": None}),
        "CPQ-401",
        "OrderItem.SBQQ__Subscription__r.SBQQ__NetPrice__c",
    ),
    "no quantity": (planned(Quantity=None), "CPQ-401", "OrderItem.Quantity"),
    "no number": (planned(subscription={"Name": None}), "CPQ-401", "OrderItem.SBQQ__Subscription__r.Name"),
    "no start": (
        planned(subscription={"SBQQ__StartDate__c": None, "SBQQ__Contract__r": None}),
        "CPQ-405",
        "OrderItem.SBQQ__Subscription__r.SBQQ__StartDate__c",
    ),
    "no end": (
        planned(subscription={"SBQQ__EndDate__c": None}),
        "CPQ-405",
        "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c",
    ),
    "end before start": (
        planned(subscription={"SBQQ__EndDate__c": "2026-01-31"}),
        "CPQ-405",
        "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c",
    ),
    "no contract": (
        planned(subscription={"SBQQ__Contract__r": None}),
        "CPQ-405",
        "OrderItem.SBQQ__Subscription__r.SBQQ__Contract__r.StartDate",
    ),
    "unknown payment term": (
        planned(order={"SBQQ__PaymentTerm__c": "Net 31"}),
        "CPQ-402",
        "Order.SBQQ__PaymentTerm__c",
    ),
    "a charge whose price cannot be set": (
        planned(("Recurring", "Tiered Pricing", "Month")),
        "CPQ-412",
        "OrderItem.Product2Id",
    ),
}


@pytest.mark.parametrize("case", HELD)
def test_what_is_held(case: str) -> None:
    plan, code, field = HELD[case]
    assert held(plan) == (code, field)


def test_the_odd_term_goes_where_whole_term_pricing_is_off() -> None:
    plan = planned(options={"allow_per_period_price": False, "sfdc_use_list_price_base": False}, subscription=ODD_TERM)
    assert pricing(plan)[1]["listPrice"] == 120


TERMS = {
    "months": ({}, {}, {"startDate": date(2026, 2, 1), "period": 12, "periodType": "Month", "termType": "TERMED"}),
    "odd": (
        {},
        ODD_TERM,
        {
            "startDate": date(2026, 2, 1),
            "endDate": date(2026, 8, 16),
            "period": 196,
            "periodType": "Day",
            "termType": "TERMED",
        },
    ),
    "days": (
        DAYS,
        {},
        {
            "startDate": date(2026, 2, 1),
            "endDate": date(2027, 2, 1),
            "period": 365,
            "periodType": "Day",
            "termType": "TERMED",
        },
    ),
    "leap year in days": (
        DAYS,
        {"SBQQ__StartDate__c": "2028-02-01", "SBQQ__EndDate__c": "2028-02-29"},
        {
            "startDate": date(2028, 2, 1),
            "endDate": date(2028, 3, 1),
            "period": 29,
            "periodType": "Day",
            "termType": "TERMED",
        },
    ),
    "evergreen": ({}, EVERGREEN, {"startDate": date(2026, 2, 1), "termType": "EVERGREEN"}),
    "evergreen in days": (DAYS, EVERGREEN, {"startDate": date(2026, 2, 1), "termType": "EVERGREEN"}),
    "contract's start": (
        {"use_subscription_start_date": False},
        {"SBQQ__StartDate__c": "2026-05-01"},
        {"startDate": date(2026, 2, 1), "period": 12, "periodType": "Month", "termType": "TERMED"},
    ),
    "own start": (
        {},
        {"SBQQ__StartDate__c": "2026-05-01"},
        {"startDate": date(2026, 5, 1), "period": 9, "periodType": "Month", "termType": "TERMED"},
    ),
    "no own start": (
        {},
        {"SBQQ__StartDate__c": None},
        {"startDate": date(2026, 2, 1), "period": 12, "periodType": "Month", "termType": "TERMED"},
    ),
}


@pytest.mark.parametrize("case", TERMS)
def test_the_initial_term(case: str) -> None:
    options, subscription, expected = TERMS[case]
    terms = created(planned(options=options, subscription=subscription))["terms"]
    assert terms["initialTerm"] == expected
    renewal = {name: expected[name] for name in ("period", "periodType") if name in expected}
    assert terms.get("renewalTerms") == ([renewal] if renewal else None)


def test_evergreen_never_renews_itself() -> None:
    terms = created(planned(options={"auto_renew": True}, subscription=EVERGREEN))["terms"]
    assert terms["autoRenew"] is False


@pytest.mark.parametrize(
    ("options", "subscription", "expected"),
    [
        ({}, {}, None),
        (
            {},
            {"SBQQ__StartDate__c": "2026-05-01"},
            {"triggerEvent": "SpecificDate", "specificTriggerDate": date(2026, 5, 1)},
        ),
        (
            {"use_subscription_start_date": False},
            {"SBQQ__StartDate__c": "2026-05-01"},
            {"triggerEvent": "SpecificDate", "specificTriggerDate": date(2026, 5, 1)},
        ),
        (
            {"trigger_dates_on_orders": True},
            {"SBQQ__StartDate__c": "2026-05-01"},
            {"triggerEvent": "SpecificDate", "specificTriggerDate": date(2026, 5, 1)},
        ),
        ({"trigger_dates_on_orders": True}, {}, None),
        ({}, {"SBQQ__StartDate__c": None}, None),
    ],
    ids=[
        "same day",
        "later",
        "later, term from the contract",
        "later than the order",
        "same day as the order",
        "no own start",
    ],
)
def test_a_charge_starts_with_its_own_subscription(options: Any, subscription: Any, expected: Any) -> None:
    assert override(planned(options=options, subscription=subscription)).get("startDate") == expected


def test_a_charge_that_waits_for_another_event_keeps_it() -> None:
    waits = r.known_state()
    [charge] = waits.plans[r.PRODUCT_ID].charges
    waits.plans[r.PRODUCT_ID] = RatePlan("z-plan", (replace(charge, trigger="CustomerAcceptance"),))
    order = r.order(r.item(subscription={"SBQQ__StartDate__c": "2026-05-01"}))
    plan = plan_order(r.draft(waits, amount_proof="report"), order)
    assert "startDate" not in override(plan)


def test_an_evergreen_price_for_very_many_months_is_sent_per_billing_period() -> None:
    evergreen = {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__EndDate__c": None}
    item = r.item(subscription=evergreen, SBQQ__DefaultSubscriptionTerm__c=240)
    plan = plan_order(r.draft(), r.order(item))
    prices = override(plan)["pricing"]["recurringPerUnit"]
    assert (prices["listPriceBase"], prices["listPrice"]) == ("Per_Billing_Period", Decimal("0.5"))


def test_the_price_is_for_the_subscriptions_own_months() -> None:
    plan = planned(options={"use_subscription_start_date": False}, subscription={"SBQQ__StartDate__c": "2026-05-01"})
    assert pricing(plan)[1]["specificListPriceBase"] == 9


@pytest.mark.parametrize("link", ["subscription", "item", "order"])
def test_the_contract_is_found_by_each_of_its_links(link: str) -> None:
    contract = {"StartDate": "2026-03-01"}
    subscription = {"SBQQ__Contract__r": contract if link == "subscription" else None}
    item: dict[str, Any] = {"SBQQ__Contract__r": contract} if link == "item" else {}
    order = {"Contract": contract} if link == "order" else {}
    plan = planned(options={"amount_proof": "off"}, order=order, subscription=subscription, **item)
    dates = plan.operations[-1].body["subscriptions"][0]["orderActions"][0]["triggerDates"]
    assert dates == [{"name": "ContractEffective", "triggerDate": date(2026, 3, 1)}]


@pytest.mark.parametrize(
    ("options", "order", "expected"),
    [
        ({}, {"CompanyAuthorizedDate": "2026-02-03"}, ["ContractEffective"]),
        ({"trigger_dates_on_orders": True}, {}, ["ContractEffective"]),
        (
            {"trigger_dates_on_orders": True},
            {"CompanyAuthorizedDate": "2026-02-03", "CustomerAuthorizedDate": "2026-02-04"},
            ["ContractEffective", "ServiceActivation", "CustomerAcceptance"],
        ),
    ],
)
def test_trigger_dates(options: dict[str, Any], order: dict[str, Any], expected: list[str]) -> None:
    plan = planned(options=options, order=order)
    dates = plan.operations[-1].body["subscriptions"][0]["orderActions"][0]["triggerDates"]
    assert [one["name"] for one in dates] == expected


@pytest.mark.parametrize("options", [{}, {"allow_per_period_price": False}], ids=["by default", "no price per period"])
@pytest.mark.parametrize("subscription", [{}, ODD_TERM], ids=["whole months", "odd term"])
def test_a_charge_billed_for_the_whole_term_gets_the_price_of_the_term(options: Any, subscription: Any) -> None:
    plan = planned(
        ("Recurring", PER_UNIT, "Subscription Term"),
        options,
        subscription=subscription,
        SBQQ__UnproratedNetPrice__c=Decimal("99.99"),
    )
    assert pricing(plan)[1] == {**PER_PERIOD, "listPrice": 120, "quantity": 5}
    assert "billing" not in override(plan)


def test_a_charge_billed_per_week_is_held() -> None:
    assert held(planned(("Recurring", PER_UNIT, "Week")))[0] == "CPQ-417"
