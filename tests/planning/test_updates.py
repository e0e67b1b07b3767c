"""Updates of one charge: on which days, until where, and what of it a repeat knows from the order that was sent."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import pytest

from cpqbridge.money.charge_segments import ChargeSegment
from cpqbridge.planning.line import Line, Span, Value
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.standing import Standing
from cpqbridge.planning.state import Charge, ZuoraState
from cpqbridge.planning.updates import as_cut, cuts, end_of_all, first_difference, renewed
from tests.planning import records as r
from tests.planning.chains import (
    CHARGE_NUMBER,
    START,
    actions,
    as_sold,
    body_of,
    codes,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    planned,
    renewal,
    revision,
    sale,
)

SUMMER, AUTUMN, WINTER, NEXT, AFTER = "2026-06-01", "2026-09-01", "2026-12-01", "2027-02-01", "2028-02-01"


def day(text: str) -> date:
    return date.fromisoformat(text)


def spans(*steps: tuple[str, str | None, int | None]) -> list[Span]:
    """Days with a quantity at a price of 120; None is nothing at all."""
    return [
        Span(day(start), day(end) if end else None, None if units is None else Value(units, 120), {})
        for start, end, units in steps
    ]


def shape(found: list[Span]) -> list[tuple[str, str | None, Any]]:
    return [
        (str(one.start), str(one.end) if one.end else None, one.value.quantity if one.value else None) for one in found
    ]


# Where two timelines differ


@pytest.mark.parametrize(
    ("was", "becomes", "first"),
    [
        ([(START, NEXT, 10)], [(START, NEXT, 10)], None),
        ([(START, NEXT, 10)], [(START, AUTUMN, 10), (AUTUMN, NEXT, 15)], AUTUMN),
        ([(START, NEXT, 10)], [(START, AUTUMN, 10), (AUTUMN, NEXT, 10)], None),
        ([(START, NEXT, 10)], [(START, NEXT, 10), (NEXT, AFTER, 10)], NEXT),
        ([(START, NEXT, 10)], [(START, AUTUMN, 10), (AUTUMN, NEXT, None)], AUTUMN),
        ([(START, AUTUMN, 10), (AUTUMN, NEXT, 15)], [(AUTUMN, NEXT, 15)], None),
        ([(START, AUTUMN, 10), (AUTUMN, NEXT, 15)], [(AUTUMN, NEXT, 12)], AUTUMN),
        ([(START, None, 10)], [(START, NEXT, 10)], NEXT),
    ],
    ids=["same", "more", "cut only", "goes on", "ends", "begins later", "begins later otherwise", "evergreen ends"],
)
def test_the_first_day_on_which_they_differ(was: Any, becomes: Any, first: str | None) -> None:
    assert first_difference(spans(*was), spans(*becomes)) == (day(first) if first else None)
    assert first_difference(spans(*becomes), spans(*was)) == (day(first) if first else None)


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ([(START, NEXT, 10)], None),
        ([(START, AUTUMN, 10), (AUTUMN, NEXT, None)], AUTUMN),
        ([(START, AUTUMN, 10), (AUTUMN, WINTER, None), (WINTER, NEXT, None)], AUTUMN),
        ([(START, AUTUMN, 10), (AUTUMN, WINTER, None), (WINTER, NEXT, 5)], None),
        ([(START, NEXT, None)], START),
        ([(START, NEXT, 0)], None),
    ],
    ids=["goes on", "ends", "ends in two steps", "comes again", "never was", "no units are not the end"],
)
def test_the_day_from_which_nothing_is_left(steps: Any, end: str | None) -> None:
    assert end_of_all(spans(*steps)) == (day(end) if end else None)


# The segments that the charge has


def test_like_days_are_one_unless_the_charge_has_a_segment_there() -> None:
    steps = spans((START, AUTUMN, 10), (AUTUMN, NEXT, 10), (NEXT, AFTER, 12))
    assert shape(as_cut(steps, set())) == [(START, NEXT, 10), (NEXT, AFTER, 12)]
    assert shape(as_cut(steps, {day(AUTUMN)})) == [(START, AUTUMN, 10), (AUTUMN, NEXT, 10), (NEXT, AFTER, 12)]
    cut = as_cut(steps, {day(SUMMER), day(NEXT)})
    assert shape(cut) == [(START, SUMMER, 10), (SUMMER, NEXT, 10), (NEXT, AFTER, 12)]


def test_days_without_anything_are_joined_too() -> None:
    steps = spans((START, AUTUMN, 10), (AUTUMN, WINTER, None), (WINTER, NEXT, None))
    assert shape(as_cut(steps, set())) == [(START, AUTUMN, 10), (AUTUMN, NEXT, None)]


def line(*held: tuple[str, str | None]) -> Line:
    """A charge that has segments on these days in Zuora."""
    charge = {"number": CHARGE_NUMBER}
    made = Line("802-1", "it", cast(Standing, None), Charge("z", "Recurring", "Per Unit Pricing", "Month"), charge)
    made._billed = [ChargeSegment(day(start), day(end) if end else None, None, None) for start, end in held]
    return made


def update_on(text: str, charge: str = CHARGE_NUMBER) -> dict[str, Any]:
    return {
        "type": "UpdateProduct",
        "triggerDates": [{"name": "ContractEffective", "triggerDate": text}],
        "updateProduct": {"chargeUpdates": [{"chargeNumber": charge}]},
    }


def test_an_order_that_is_not_sent_yet_sees_the_segments_of_zuora() -> None:
    was = spans((START, NEXT, 10), (NEXT, AFTER, 10))
    assert cuts(line((START, AUTUMN), (AUTUMN, None)), was, was, None) == {day(START), day(AUTUMN)}


def test_a_repeat_knows_them_by_what_was_sent() -> None:
    """The renewal was like the old term: had it had a segment, the update of autumn would have ended there."""
    was = spans((START, NEXT, 10), (NEXT, AFTER, 10))
    becomes = spans((START, AUTUMN, 10), (AUTUMN, NEXT, 15), (NEXT, AFTER, 10))
    sent = [update_on(AUTUMN), update_on(NEXT)]
    assert day(NEXT) not in cuts(line(), was, becomes, sent)
    assert day(NEXT) in cuts(line(), was, becomes, sent[:1])
    assert day(NEXT) in cuts(line(), was, becomes, [*sent[:1], update_on(NEXT, "C-9")])


def test_a_renewed_charge_goes_on_as_on_the_last_day() -> None:
    was = spans((START, AUTUMN, 10), (AUTUMN, NEXT, 15))
    assert shape(renewed(was, day(NEXT), day(AFTER))) == [(START, AUTUMN, 10), (AUTUMN, AFTER, 15)]
    assert shape(renewed(was, day(WINTER), day("2027-12-01"))) == [(START, AUTUMN, 10), (AUTUMN, "2027-12-01", 15)]
    assert shape(renewed(was, day(AUTUMN), None)) == [(START, None, 10)]


# Days without anything before something again


def held(*segments: tuple[str, str | None, Any, Any], **changes: Any) -> ZuoraState:
    return known_state(held_subscription(held_plan("802-1", held_charge(*segments)), **changes))


def updates(plan: SyncPlan) -> list[tuple[str, dict[str, Any], bool]]:
    """The updates of a plan: day, pricing, and whether a later segment stays."""
    found = []
    for kind, on, body in actions(plan):
        assert kind == "UpdateProduct"
        [charge] = body["chargeUpdates"]
        [pricing] = charge["pricing"].values()
        found.append((on, pricing, "specificUpdateDate" in body))
    return found


CANCELLED = revision(3, 1, AUTUMN, -10, SBQQ__ContractAction__c="Cancel")
"""In the old contract, after its renewal was contracted."""


def cancelled(*segments: tuple[str, str | None, Any, Any], **changes: Any) -> SyncPlan:
    state = held(*segments, termStartDate=NEXT, termEndDate=AFTER)
    for name, value in changes.items():
        setattr(state, name, value)
    return planned(sale(), renewal(2, 1), CANCELLED, state=state)


def test_units_are_zero_until_the_renewal_and_then_as_they_were() -> None:
    plan = cancelled((START, AFTER, 10, 120))
    assert updates(plan) == [(AUTUMN, {"quantity": 0}, False), (NEXT, {"quantity": 10}, False)]


def test_a_renewal_with_a_segment_of_its_own_stays() -> None:
    plan = cancelled((START, NEXT, 10, 120), (NEXT, AFTER, 10, 120))
    assert updates(plan) == [(AUTUMN, {"quantity": 0}, True)]


def test_a_flat_fee_is_zero() -> None:
    flat = {r.PRODUCT_ID: r.plan_row(model="Flat Fee Pricing")}
    plan = cancelled((START, NEXT, None, 1200), (NEXT, AFTER, None, 1200), plans=flat)
    assert updates(plan) == [(AUTUMN, {"listPrice": 0}, True)]


@pytest.mark.parametrize(
    "segments", [[(START, AFTER, 10, 120)], [(START, NEXT, 10, 120), (NEXT, AFTER, 10, 120)]], ids=["one", "two"]
)
def test_a_repeat_is_the_same(segments: Any) -> None:
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 0, 120), (NEXT, AFTER, 10, 120), termEndDate=AFTER)
    state.orders["O-3"] = {"status": "Completed", **body_of(cancelled(*segments))}
    again = planned(sale(), renewal(2, 1), CANCELLED, state=state)
    assert (again.problems, again.operations) == ((), ())


def test_what_comes_after_it_finds_zuora_as_it_should_be() -> None:
    """No units are nothing."""
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 0, 120), (NEXT, AFTER, 10, 120), termEndDate=AFTER)
    late = revision(4, 1, SUMMER, 5)
    assert updates(planned(sale(), renewal(2, 1), CANCELLED, late, state=state)) == [(SUMMER, {"quantity": 15}, True)]


def test_a_price_at_which_zuora_bills_no_units_is_a_sale_all_the_same() -> None:
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 4, 120), (NEXT, AFTER, 10, 120), termEndDate=AFTER)
    plan = planned(sale(), renewal(2, 1), CANCELLED, revision(4, 1, SUMMER, 5), state=state)
    assert codes(plan) == ["CPQ-436"]
    assert "has 4 at a price of 120 on 2026-09-01, by the earlier orders of Salesforce it is nothing" in (
        plan.problems[0].message
    )


def test_an_update_says_what_was_before() -> None:
    [operation] = planned(sale(), revision(2, 1, AUTUMN, 5), state=known_state(as_sold())).operations
    [quantity] = [one for one in operation.lineage if one.target.endswith("/quantity")]
    assert (quantity.value, quantity.was) == (15, 10)
