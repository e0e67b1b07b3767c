"""What a charge of a chain bills on which days: quantities, and prices on the base that Zuora made it with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.mapping import dates
from cpqbridge.money.charge_segments import ChargeSegment
from cpqbridge.money.cpq.precision import Precision, charged_months
from cpqbridge.planning.chain import Chain, Stretch, stretches
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Line, Span, Value, keeps_price, lines_of, priced_days, value_on, whole_priced
from cpqbridge.planning.standing import Standing
from cpqbridge.planning.state import Charge
from tests.planning.chains import (
    END,
    START,
    as_sold,
    draft_of,
    evergreen,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    renewal,
    revision,
    sale,
    segment,
)

NEXT = "2027-02-01"
AUTUMN = "2026-09-01"


def laid_out(
    *items: dict[str, Any], charge: Mapping[str, Any] | None = None, **options: Any
) -> tuple[list[tuple[str, str | None, Value | None]], Draft]:
    """The spans of the last order product's chain, with a charge in Zuora; and the draft."""
    row = held_plan("802-1", dict(charge or held_charge((START, NEXT, 10, 120))))
    draft = draft_of(items, known_state(held_subscription(row)), **options)
    chain = draft.snapshot.sold.chain(items[-1])
    assert chain is not None
    lines = lines_of(draft, chain)
    spans = lines[0].spans(draft, chain) if lines else None
    return [(str(one.start), str(one.end) if one.end else None, one.value) for one in spans or ()], draft


def values(*items: dict[str, Any], **more: Any) -> list[tuple[Any, Any]]:
    """Quantity and price of each span; None for nothing at all."""
    spans, draft = laid_out(*items, **more)
    assert draft.problems == []
    return [(value.quantity, value.price) if value else (None, None) for _, _, value in spans]


def refused(*items: dict[str, Any], **more: Any) -> tuple[str, str]:
    spans, draft = laid_out(*items, **more)
    assert spans == []
    [problem] = draft.problems
    return problem.code, problem.message


# Values


def test_values_say_what_changes() -> None:
    ten, twelve = Value(10, 120), Value(12, 120)
    facts = twelve.changes(ten)
    assert (facts["quantity"], facts["list_price"], facts["tiers"]) == (12, 120, None)
    assert (facts["quantity_changes"], facts["price_changes"]) == (True, False)
    assert (facts["quantity_before"], facts["list_price_before"]) == (10, 120)
    assert Value(12, 130).changes(twelve)["price_changes"]
    assert not Value(12, 130).changes(twelve)["quantity_changes"]
    new = ten.changes(None)
    assert (new["quantity_changes"], new["price_changes"]) == (True, True)
    tiers = Value(tiers=({"tier": 1},))
    assert tiers.changes(None)["tiers"] == [{"tier": 1}]
    assert tiers.changes(tiers)["tiers"] is None
    assert [str(one) for one in (ten, Value(None, 7), tiers)] == ["10 at a price of 120", "a price of 7", "1 tiers"]


def test_spans_have_a_first_day_and_a_day_after_them() -> None:
    spans = [
        Span(date(2026, 2, 1), date(2026, 5, 1), Value(1), {}),
        Span(date(2026, 5, 1), date(2026, 6, 1), None, {}),
        Span(date(2026, 6, 1), None, Value(2), {}),
    ]
    found = [value_on(spans, date(2026, *day)) for day in ((1, 31), (2, 1), (4, 30), (5, 1), (6, 1), (12, 31))]
    assert found == [None, Value(1), Value(1), None, Value(2), Value(2)]
    assert [span.active for span in spans] == [True, False, True]


def test_what_zuora_bills_is_compared_exactly_but_for_the_ninth_decimal() -> None:
    draft = draft_of([sale()], known_state(as_sold()))
    chain = draft.snapshot.sold.chain(sale())
    assert chain is not None
    [line] = lines_of(draft, chain) or []

    def held(quantity: Any, price: str) -> ChargeSegment:
        return ChargeSegment(date(2026, 2, 1), None, Decimal(quantity), Decimal(price))

    expected = Value(10, Decimal("33.333333333"))
    assert line.bills(held(10, "33.333333"), expected)
    assert not line.bills(held(10, "33.3333"), expected)
    assert not line.bills(held(11, "33.333333333"), expected)
    assert line.bills(held(11, "33.333333333"), Value(None, Decimal("33.333333333")))
    assert [line.bills(*pair) for pair in ((None, None), (held(1, "1"), None), (None, expected))] == [
        True,
        False,
        False,
    ]
    assert [line.shown(one) for one in (None, held("10.00", "33.50"))] == ["nothing", "10 at a price of 33.5"]
    line.schedule = "1cs"
    assert line.bills(held(1, "0"), Value(tiers=({},)))


# Quantities and prices of spans


def test_a_span_has_the_quantity_of_its_days_and_the_price_of_its_sale() -> None:
    items = (
        sale(),
        revision(2, 1, AUTUMN, 2),
        renewal(3, 1, quantity=7, subscription={"SBQQ__NetPrice__c": Decimal(132)}),
    )
    spans, draft = laid_out(*items)
    assert draft.problems == []
    assert spans == [
        (START, AUTUMN, Value(10, 120)),
        (AUTUMN, NEXT, Value(12, 120)),
        (NEXT, "2028-02-01", Value(7, 132)),
    ]


def test_nothing_left_is_no_value() -> None:
    spans, _ = laid_out(sale(), revision(2, 1, AUTUMN, -10))
    assert spans[1] == (AUTUMN, NEXT, None)


@pytest.mark.parametrize(
    ("base", "specific", "period", "price"),
    [
        ("Per_Specific_Months", 12, "Month", 240),
        ("Per_Specific_Months", 24, "Month", 480),
        ("Per_Specific_Months", 7, "Month", 140),
        ("Per_Month", None, "Month", 20),
        ("Per_Year", None, "Month", 240),
        ("Per_Billing_Period", None, "Month", 20),
        ("Per_Billing_Period", None, "Quarter", 60),
        ("Per_Billing_Period", None, "Annual", 240),
        (None, None, "Semi_Annual", 120),
    ],
)
def test_a_renewal_is_priced_on_the_base_that_the_charge_has(
    base: str | None, specific: int | None, period: str, price: int
) -> None:
    """240 a year, in whatever way Zuora holds it."""
    charge = held_charge(
        (START, NEXT, 10, 120), listPriceBase=base, specificListPriceBase=specific, billingPeriod=period
    )
    again = renewal(2, 1, subscription={"SBQQ__NetPrice__c": Decimal(240)})
    assert values(sale(), again, charge=charge)[1] == (10, price)


def test_a_longer_term_at_the_same_rate_has_the_same_price() -> None:
    two_years = renewal(2, 1, end="2029-01-31", subscription={"SBQQ__NetPrice__c": Decimal(240)})
    assert values(sale(), two_years) == [(10, 120), (10, 120)]


def test_the_unprorated_price_is_taken_where_it_is_known() -> None:
    """Ten months at 100 are 83.33 in cents; the year's price is exact."""
    own = {"SBQQ__NetPrice__c": Decimal("83.33")}
    short = renewal(2, 1, end="2027-11-30", subscription=own)
    assert values(sale(), short)[1] == (10, Decimal("99.996"))
    exact = {**short, "SBQQ__UnproratedNetPrice__c": Decimal(100)}
    assert values(sale(), exact)[1] == (10, 100)


def test_prices_that_are_not_for_a_term_are_taken_as_they_are() -> None:
    again = renewal(2, 1, end="2029-01-31", subscription={"SBQQ__NetPrice__c": Decimal(21)})
    assert values(sale(), again, sfdc_use_list_price_base=False)[1] == (10, 21)


def test_evergreen_is_priced_for_its_default_term() -> None:
    charge = held_charge((START, None, 10, 10), specificListPriceBase=1)
    more = {"end": None, "subscription": {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__NetPrice__c": Decimal(10)}}
    single: dict[str, Any] = {"SBQQ__DefaultSubscriptionTerm__c": 1}
    own = {"SBQQ__NetPrice__c": Decimal(10)}
    items = (evergreen(subscription=own, **single), revision(2, 1, AUTUMN, 2, **more, **single))
    assert values(*items, charge=charge) == [(10, 10), (12, 10)]


def test_a_price_base_without_months_is_held() -> None:
    charge = held_charge((START, NEXT, 10, 120), listPriceBase="Per_Week")
    code, message = refused(sale(), revision(2, 1, AUTUMN, 2), charge=charge)
    assert code == "CPQ-434"
    assert message == "Charge C-1 has a price per week in Zuora; a price for the term cannot be given so"


def test_no_price_is_held() -> None:
    own = {"SBQQ__NetPrice__c": None}
    assert refused(sale(subscription=own), revision(2, 1, AUTUMN, 2))[0] == "CPQ-401"


def test_no_charge_is_held() -> None:
    row = held_plan("802-1", {}, ratePlanCharges=[])
    draft = draft_of([sale()], known_state(held_subscription(row)))
    chain = draft.snapshot.sold.chain(sale())
    assert chain is not None
    assert lines_of(draft, chain) is None
    assert [problem.code for problem in draft.problems] == ["CPQ-436"]


# Does a revision keep its price?


def kept(net: str, start: str = AUTUMN, was: str = "120.00", quantity: int = 2, **changes: Any) -> bool:
    own = {"SBQQ__NetPrice__c": Decimal(net), **changes}
    items = (sale(subscription={"SBQQ__NetPrice__c": Decimal(was)}), revision(2, 1, start, quantity, subscription=own))
    chain = draft_of(items, known_state()).snapshot.sold.chain(items[1])
    assert chain is not None
    [sold] = chain.sales
    return keeps_price(sold, sold.pieces[1])


@pytest.mark.parametrize("precision", Precision)
@pytest.mark.parametrize("start", [START, "2026-02-02", "2026-05-17", AUTUMN, "2027-01-31"])
def test_the_price_for_the_days_left_by_any_proration_is_kept(precision: Precision, start: str) -> None:
    whole = charged_months(precision, dates.parse(START), dates.parse(END))
    part = charged_months(precision, dates.parse(start), dates.parse(END))
    assert kept(str((120 * part / whole).quantize(Decimal("0.01"))), start)


@pytest.mark.parametrize(
    ("net", "kept_"), [("50.00", True), ("50.01", True), ("49.00", False), ("120.00", False), ("0", False)]
)
def test_another_price_is_not(net: str, kept_: bool) -> None:
    assert kept(net) is kept_


def test_what_has_no_price_to_compare_keeps_it() -> None:
    assert kept("1", quantity=-2)
    items = (sale(), revision(2, 1, AUTUMN, 2, subscription={"SBQQ__NetPrice__c": None}))
    chain = draft_of(items, known_state()).snapshot.sold.chain(items[1])
    assert chain is not None
    assert keeps_price(chain.sales[0], chain.sales[0].pieces[1])


def test_evergreen_keeps_exactly_its_price() -> None:
    for net, same in (("120", True), ("121", False)):
        own = {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__NetPrice__c": Decimal(net)}
        items = (evergreen(), revision(2, 1, AUTUMN, 2, end=None, subscription=own))
        chain = draft_of(items, known_state()).snapshot.sold.chain(items[1])
        assert chain is not None
        assert keeps_price(chain.sales[0], chain.sales[0].pieces[1]) is same


# Prices for all units together


def block(net: str, start: str, price: str, quantity: int = 5) -> tuple[Draft, Chain]:
    """A block price, and an amendment that moves to another block."""
    own = {"SBQQ__PricingMethod__c": "Block", "SBQQ__NetPrice__c": Decimal(price)}
    more = {"SBQQ__PricingMethod__c": "Block", "SBQQ__NetPrice__c": Decimal(net)}
    items = (sale(subscription=own), revision(2, 1, start, quantity, subscription=more))
    months = charged_months(Precision.CALENDAR, dates.parse(start), dates.parse(END))
    items[1]["SBQQ__ProrateMultiplier__c"] = (months / 12).quantize(Decimal("0.0001"))
    draft = draft_of(items, known_state(as_sold()))
    chain = draft.snapshot.sold.chain(items[1])
    assert chain is not None
    return draft, chain


def whole(draft: Draft, stretch: Stretch) -> Decimal | None:
    found = whole_priced(draft, stretch.sale.item, stretch)
    return None if found is None else Decimal(found["SBQQ__Subscription__r"]["SBQQ__NetPrice__c"])


def test_the_difference_of_two_block_prices_is_brought_to_the_whole_term() -> None:
    draft, chain = block("50.00", AUTUMN, "100.00")
    first, second = stretches(chain)
    assert [whole(draft, one) for one in (first, second)] == [Decimal("100.00"), Decimal("220.00")]


def test_a_block_price_from_the_middle_of_a_month() -> None:
    """17 May to the end of January are 8 and 15/31 months; 120 more a year are 84.84."""
    draft, chain = block("84.84", "2026-05-17", "100.00")
    assert whole(draft, stretches(chain)[1]) == Decimal("220.00")


def test_a_block_price_whose_proration_is_not_known_is_held() -> None:
    draft, chain = block("50.00", AUTUMN, "100.00")
    stretch = stretches(chain)[1]
    original, revised = stretch.pieces
    odd = replace(revised, item={**revised.item, "SBQQ__ProrateMultiplier__c": Decimal("0.1234")})
    assert whole(draft, replace(stretch, sale=replace(stretch.sale, pieces=(original, odd)))) is None
    assert [problem.code for problem in draft.problems] == ["CPQ-434"]


def test_a_price_per_unit_is_left_as_it_is() -> None:
    items = (sale(), revision(2, 1, AUTUMN, 2))
    draft = draft_of(items, known_state(as_sold()))
    chain = draft.snapshot.sold.chain(items[1])
    assert whole(draft, stretches(chain)[1]) == Decimal("120.00")


# Days of a price


def test_a_segment_is_priced_for_its_own_days() -> None:
    own = {"SBQQ__EndDate__c": "2029-01-31"}
    first = segment(1, START, END, subscription=own)
    assert priced_days(first)["SBQQ__Subscription__r"]["SBQQ__EndDate__c"] == END
    assert (
        priced_days({**first, "SBQQ__SegmentKey__c": None})["SBQQ__Subscription__r"]["SBQQ__EndDate__c"] == "2029-01-31"
    )
    assert priced_days(sale()) == sale()


def test_what_zuora_bills_is_in_the_order_of_its_days_without_segments_of_no_day() -> None:
    charge = held_charge(
        ("2026-09-01", NEXT, 12, "110.5"), ("2026-05-01", "2026-05-01", 11, 120), (START, "2026-09-01", 10, 120)
    )
    recurring = Charge("c", "Recurring", "Per Unit Pricing", "Month")
    line = Line("802", "order product 1", Standing({}, {}), recurring, charge)
    assert [(one.start, one.end, one.quantity) for one in line.billed] == [
        (date(2026, 2, 1), date(2026, 9, 1), 10),
        (date(2026, 9, 1), date(2027, 2, 1), 12),
    ]
    assert Line("802", "order product 1", Standing({}, {}), recurring, {"effectiveStartDate": None}).billed == []
