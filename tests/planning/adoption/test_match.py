"""What belongs together: contracts as Salesforce sold them, rate plans as Zuora bills them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.planning.adoption.billed import Billed, Plan, Segment
from cpqbridge.planning.adoption.deal import Deal, Part, Stage
from cpqbridge.planning.adoption.fit import BY_CSV, BY_FIT, BY_NUMBER, LINKED, Naming
from cpqbridge.planning.adoption.match import Match, Tenant, adopt

OWNER = "001000000000001AAA"
START, END, TODAY = date(2026, 2, 1), date(2027, 1, 31), date(2026, 7, 1)
SEAT = {"Id": "01t1", "Name": "Seat", "ProductCode": "SEAT", "SBQQ__ChargeType__c": "Recurring"}


def sold(number: str = "SUB-1", **changes: Any) -> Deal:
    base: dict[str, Any] = {
        "id": f"a0{number}",
        "number": number,
        "numbers": (number,),
        "names": frozenset((number,)),
        "product": SEAT,
        "currency": "USD",
        "starts": (START,),
        "parts": (Part(f"802-{number}", "01t1", "Seat"),),
        "orders": ("00000100",),
    }
    whole = stage(**{name: changes.pop(name) for name in ("owner", "steps", "end") if name in changes})
    return Deal(**{**base, "stages": (whole,), **changes})


def stage(**changes: Any) -> Stage:
    base: dict[str, Any] = {"owner": OWNER, "steps": ((START, Decimal(10)),), "end": END, "term_end": END}
    return Stage(**{**base, **changes})


def segment(quantity: Any = 10, **changes: Any) -> Segment:
    base: dict[str, Any] = {
        "charge": "C-1",
        "type": "Recurring",
        "model": "Per Unit Pricing",
        "unit": "Each",
        "quantity": None if quantity is None else Decimal(quantity),
        "start": START,
        "end": date(2027, 2, 1),
    }
    return Segment(**{**base, **changes})


def plan(number: str = "P-1", *segments: Segment, **changes: Any) -> Plan:
    base: dict[str, Any] = {
        "id": f"z-{number}",
        "number": number,
        "name": "Seat",
        "external_id": None,
        "sku": "SEAT",
        "catalog_ids": frozenset(),
        "segments": segments or (segment(charge=f"C-{number}"),),
    }
    return Plan(**{**base, **changes})


def billed(number: str = "A-S1", *plans: Plan, **changes: Any) -> Billed:
    base: dict[str, Any] = {
        "number": number,
        "status": "Active",
        "account_number": "A1",
        "owner": OWNER,
        "currency": "USD",
        "start": START,
        "end": date(2027, 2, 1),
        "plans": plans or (plan(f"P-{number}"),),
    }
    return Billed(**{**base, **changes})


def tenant(*subscriptions: Billed, accounts: tuple[str, ...] = (OWNER,), **more: Any) -> Tenant:
    return Tenant(subscriptions, frozenset(accounts), **more)


def one(match: Match) -> tuple[str | None, str | None, list[str]]:
    """Return how it was found, the code of its problem, and the rate plans that get its ids."""
    return match.by, match.problem.code if match.problem else None, [pair.plan.number for pair in match.writes]


def found(thing: Deal, *subscriptions: Billed, named: dict[str, list[Naming]] | None = None) -> Match:
    [match] = adopt([thing], tenant(*subscriptions), TODAY, named)
    return match


# The four ways


def test_what_carries_the_id_already_is_left_alone() -> None:
    match = found(sold(), billed("A-S1", plan(external_id="802-SUB-1")), billed("SUB-1"))
    assert one(match) == (LINKED, None, [])


def test_an_id_on_two_rate_plans_is_left_to_a_person() -> None:
    plans = [billed(f"A-S{n}", plan(f"P-{n}", external_id="802-SUB-1")) for n in (1, 2)]
    assert one(found(sold(), *plans)) == (LINKED, "CPQ-440", [])


def test_the_id_of_a_later_order_product_gives_way_to_the_first() -> None:
    thing = sold(later=frozenset({"802-later"}))
    assert one(found(thing, billed("A-S1", plan(external_id="802-later")))) == (LINKED, None, ["P-1"])


def test_the_number_goes_before_what_merely_fits() -> None:
    match = found(sold(), billed("A-S1"), billed("SUB-1"))
    assert one(match) == (BY_NUMBER, None, ["P-SUB-1"])


def test_the_number_of_a_renewal_counts_too() -> None:
    assert one(found(sold(numbers=("SUB-1", "SUB-9")), billed("SUB-9"))) == (BY_NUMBER, None, ["P-SUB-9"])


def test_what_has_the_number_and_does_not_fit_is_not_passed_over() -> None:
    match = found(sold(), billed("SUB-1", plan("P-1", segment(11))), billed("A-S1"))
    assert one(match) == (BY_NUMBER, "CPQ-441", [])
    assert match.problem is not None
    assert "quantity on 2026-07-01 11 instead of 10" in match.problem.message


@pytest.mark.parametrize("plans", [{"sku": None, "catalog_ids": frozenset({"01t1"})}, {"sku": "SEAT"}])
def test_a_product_is_found_by_the_catalogs_link_or_by_its_code(plans: dict[str, Any]) -> None:
    assert one(found(sold(), billed("A-S1", plan(**plans)))) == (BY_FIT, None, ["P-1"])


def test_what_fits_alone_is_taken_after_the_surer_ones() -> None:
    first, second = sold("SUB-1"), sold("SUB-2")
    matches = adopt([second, first], tenant(billed("SUB-1"), billed("A-S1")), TODAY)
    assert [one(match) for match in matches] == [(BY_FIT, None, ["P-A-S1"]), (BY_NUMBER, None, ["P-SUB-1"])]


def test_two_rate_plans_for_one_contract() -> None:
    match = found(sold(), billed("A-S1"), billed("A-S2"))
    assert one(match) == (BY_FIT, "CPQ-440", [])
    assert match.problem is not None
    assert "A-S1 (P-A-S1), A-S2 (P-A-S2)" in match.problem.message


def test_one_rate_plan_for_two_contracts() -> None:
    matches = adopt([sold("SUB-1"), sold("SUB-2")], tenant(billed("A-S1")), TODAY)
    assert [one(match) for match in matches] == [(BY_FIT, "CPQ-440", [])] * 2
    assert matches[0].problem is not None
    assert "which SUB-2 fits as well" in matches[0].problem.message


def test_several_contracts_in_one_subscription() -> None:
    things = [sold("SUB-1"), sold("SUB-2", steps=((START, Decimal(3)),))]
    both = billed("A-S1", plan("P-1", segment(10)), plan("P-2", segment(3)))
    assert [one(match) for match in adopt(things, tenant(both), TODAY)] == [
        (BY_FIT, None, ["P-1"]),
        (BY_FIT, None, ["P-2"]),
    ]


def test_a_product_that_was_added_to_an_older_subscription() -> None:
    june = date(2026, 6, 1)
    added = sold("SUB-2", steps=((june, Decimal(10)),), starts=(june,))
    both = billed("A-S1", plan("P-1"), plan("P-2", segment(start=june)))
    assert [one(match) for match in adopt([sold("SUB-1"), added], tenant(both), TODAY)] == [
        (BY_FIT, None, ["P-1"]),
        (BY_FIT, None, ["P-2"]),
    ]


# What differs


@pytest.mark.parametrize(
    ("thing", "held"),
    [
        (sold(), billed("A-S1", plan("P-1", segment(11)))),
        (sold(), billed("A-S1", plan("P-1", segment(start=date(2026, 3, 1))), start=date(2026, 3, 1))),
        (sold(), billed("A-S1", status="Cancelled")),
        (sold(), billed("A-S1", currency="EUR")),
        (sold(), billed("A-S1", plan(external_id="of another"))),
        (sold(), billed("A-S1", plan("P-1", segment(), segment(charge="C-2")))),
        (sold(), billed("A-S1", plan("P-1", segment(end=date(2026, 5, 1))))),
    ],
    ids=["quantity", "start", "status", "currency", "other id", "two charges", "removed"],
)
def test_what_comes_nearest_is_named(thing: Deal, held: Billed) -> None:
    match = found(thing, held)
    assert one(match) == (BY_FIT, "CPQ-441", [])
    assert match.problem is not None
    assert "A-S1 comes nearest" in match.problem.message


@pytest.mark.parametrize(
    "held",
    [
        billed("A-S1", owner="001000000000002AAA"),
        billed("A-S1", plan(sku="OTHER")),
        billed("A-S1", plan("P-1", segment(None, type="Usage", model="Tiered Pricing"))),
    ],
    ids=["account", "product", "usage"],
)
def test_what_is_no_candidate_at_all(held: Billed) -> None:
    assert one(found(sold(), held)) == (None, "CPQ-419", [])
    assert one(found(sold(), Billed(**{**_fields(held), "number": "SUB-1"}))) == (BY_NUMBER, "CPQ-441", [])


def _fields(held: Billed) -> dict[str, Any]:
    return {name: getattr(held, name) for name in held.__slots__}


def test_a_flat_fee_has_no_quantity() -> None:
    assert one(found(sold(), billed("A-S1", plan("P-1", segment(None, model="Flat Fee Pricing")))))[1] is None


def test_what_is_charged_once_stays_billed() -> None:
    once = segment(10, type="OneTime", end=date(2026, 2, 2))
    assert one(found(sold(), billed("A-S1", plan("P-1", once))))[1] is None


def test_the_start_of_the_contract_will_do() -> None:
    thing = sold(steps=((date(2026, 3, 1), Decimal(10)),), starts=(START, date(2026, 3, 1)))
    assert one(found(thing, billed("A-S1"))) == (BY_FIT, None, ["P-1"]) or one(found(thing, billed()))[1] is None


@pytest.mark.parametrize(
    ("today", "units"),
    [(date(2026, 1, 1), 10), (date(2026, 4, 1), 10), (date(2026, 7, 1), 12), (date(2027, 6, 1), 12)],
    ids=["before", "begun", "amended", "after"],
)
def test_quantities_are_those_of_the_nearest_day_that_both_know(today: date, units: int) -> None:
    thing = sold(steps=((START, Decimal(10)), (date(2026, 6, 1), Decimal(12))))
    segments = (segment(10, end=date(2026, 6, 1)), segment(12, start=date(2026, 6, 1)))
    [match] = adopt([thing], tenant(billed("A-S1", plan("P-1", *segments))), today)
    assert (match.problem, match.fit is not None and match.fit.stage.quantity_on(match.fit.day)) == (None, units)


def test_an_account_that_zuora_has_not_or_has_twice() -> None:
    [match] = adopt([sold()], tenant(accounts=()), TODAY)
    assert match.problem is not None
    assert (match.problem.code, match.problem.field) == ("CPQ-419", "Account.Id")
    [match] = adopt([sold()], tenant(doubles={OWNER: ["A1", "A2"]}), TODAY)
    assert match.problem is not None
    assert match.problem.code == "CPQ-422"


# CSV


def named(*namings: Naming) -> dict[str, list[Naming]]:
    return {sold().id: list(namings)}


def test_a_person_knows_better_about_start_and_foreign_ids_only() -> None:
    early = billed("A-S1", plan(external_id="of another org"), start=date(2025, 2, 1))
    assert one(found(sold(), early, billed("SUB-1"), named=named(Naming(2, "A-S1")))) == (BY_CSV, None, ["P-1"])
    more = billed("A-S1", plan("P-1", segment(11)))
    assert one(found(sold(), more, named=named(Naming(2, "A-S1")))) == (BY_CSV, "CPQ-441", [])


@pytest.mark.parametrize("name", ["P-2", "z-P-2", "C-P-2"], ids=["number", "id", "charge"])
def test_a_person_names_one_of_several_rate_plans(name: str) -> None:
    two = billed("A-S1", plan("P-1"), plan("P-2"))
    assert one(found(sold(), two, named=named(Naming(2, "A-S1")))) == (BY_CSV, "CPQ-440", [])
    assert one(found(sold(), two, named=named(Naming(2, "A-S1", name)))) == (BY_CSV, None, ["P-2"])


def test_what_a_person_names_and_is_not_there_or_is_said_twice() -> None:
    assert one(found(sold(), named=named(Naming(2, "A-S9")))) == (BY_CSV, "CPQ-419", [])
    twice = named(Naming(2, "A-S1"), Naming(3, "A-S2"))
    assert one(found(sold(), billed("A-S1"), named=twice)) == (BY_CSV, "CPQ-440", [])


def test_a_person_names_another_than_the_linked_one() -> None:
    linked = billed("A-S1", plan(external_id="802-SUB-1"))
    assert one(found(sold(), linked, billed("A-S2"), named=named(Naming(2, "A-S2")))) == (LINKED, "CPQ-441", [])
    assert one(found(sold(), linked, named=named(Naming(2, "A-S1")))) == (LINKED, None, [])


def test_the_rate_plan_of_another_contract_is_not_given_away() -> None:
    linked = billed("A-S1", plan(external_id="802-SUB-2"))
    things = [sold("SUB-1"), sold("SUB-2")]
    match, _ = adopt(things, tenant(linked), TODAY, named(Naming(2, "A-S1")))
    assert one(match) == (BY_CSV, "CPQ-441", [])


# Usage


def metered(*parts: Part) -> Deal:
    return sold(parts=parts)


DATA = Part("a0K-data", "0gP-data", "Data", "Tiered Pricing", "GB")
CALLS = Part("a0K-calls", "0gP-calls", "Calls", "Volume Pricing", "Call")


def usage(number: str, part: Part, **changes: Any) -> Plan:
    return plan(number, segment(None, type="Usage", model=part.model, unit=part.unit), **changes)


def test_usage_is_linked_schedule_by_schedule() -> None:
    held = billed("A-S1", usage("P-2", CALLS), usage("P-1", DATA, catalog_ids=frozenset({"0gP-data"})))
    match = found(metered(DATA, CALLS), held)
    assert one(match) == (BY_FIT, None, ["P-1", "P-2"])
    assert [(pair.part.name, pair.plan.number) for pair in match.writes] == [("Data", "P-1"), ("Calls", "P-2")]


def test_the_rest_of_what_is_linked_half() -> None:
    held = billed("A-S1", usage("P-1", DATA, external_id="a0K-data"), usage("P-2", CALLS))
    assert one(found(metered(DATA, CALLS), held)) == (LINKED, None, ["P-2"])


def test_a_schedule_without_rate_plan() -> None:
    match = found(metered(DATA, CALLS), billed("SUB-1", usage("P-1", DATA)))
    assert one(match) == (BY_NUMBER, "CPQ-441", [])
    assert match.problem is not None
    assert "usage SEAT instead of Calls" in match.problem.message


def test_a_fee_beside_usage() -> None:
    fee = Part("802-1", "01t1", "Seat")
    held = billed("A-S1", plan("P-1"), usage("P-2", DATA))
    assert one(found(metered(fee, DATA), held)) == (BY_FIT, None, ["P-1", "P-2"])


def test_a_schedule_is_named_by_its_id() -> None:
    two = billed("A-S1", usage("P-1", DATA), usage("P-2", DATA))
    assert one(found(metered(DATA), two, named=named(Naming(2, "A-S1", "P-2", DATA.external_id))))[2] == ["P-2"]


# All together


@given(
    st.lists(st.tuples(st.sampled_from(["SUB-1", "SUB-2", "SUB-3"]), st.integers(1, 2)), max_size=3),
    st.lists(
        st.tuples(st.sampled_from(["SUB-1", "SUB-3", "A-S1", "A-S2"]), st.integers(1, 2), st.booleans()), max_size=4
    ),
)
def test_no_rate_plan_gets_two_ids_and_none_that_carries_one(
    things: list[tuple[str, int]], subscriptions: list[tuple[str, int, bool]]
) -> None:
    sales = list({number: sold(number, steps=((START, Decimal(units)),)) for number, units in things}.values())
    held = {
        number: billed(number, plan(f"P-{number}", segment(units), external_id="802-SUB-2" if carries else None))
        for number, units, carries in subscriptions
    }
    matches = adopt(sales, tenant(*held.values()), TODAY)
    written = [pair.plan for match in matches for pair in match.writes]
    assert len(written) == len({one.id for one in written})
    assert all(one.external_id is None for one in written)
    assert [match.deal for match in matches] == sales
    assert all(match.problem or match.fit for match in matches)


# The stage at which Zuora stands


def staged() -> Deal:
    """Return what was sold as 10, amended to 15 in May and to 12 in September, and renewed for another year."""
    steps = [(START, Decimal(10)), (date(2026, 5, 1), Decimal(15)), (date(2026, 9, 1), Decimal(12))]
    later = date(2028, 1, 31)
    orders = ["00000101", "00000102", "00000103"]
    stages = [stage(steps=tuple(steps), end=later, term_end=later)]
    stages += [stage(steps=tuple(steps[:count]), missing=tuple(orders[count - 1 :])) for count in (3, 2, 1)]
    return sold(stages=tuple(stages))


@pytest.mark.parametrize(
    ("units", "end", "missing"),
    [
        ([(START, 10)], "2027-02-01", ("00000101", "00000102", "00000103")),
        ([(START, 15)], "2027-02-01", ("00000102", "00000103")),
        ([(START, 10), (date(2026, 5, 1), 15)], "2027-02-01", ("00000102", "00000103")),
        ([(START, 15), (date(2026, 9, 1), 12)], "2027-02-01", ("00000103",)),
        ([(START, 15), (date(2026, 9, 1), 12)], "2028-02-01", ()),
        ([(START, 15), (date(2026, 9, 1), 12)], "2029-02-01", ()),
    ],
    ids=["sold", "amended by hand", "amended", "amended twice", "renewed", "another term"],
)
def test_zuora_may_stand_at_any_stage(units: list[tuple[date, int]], end: str, missing: tuple[str, ...]) -> None:
    last = date.fromisoformat(end)
    ends = [*(day for day, _ in units[1:]), last]
    segments = [segment(count, start=day, end=until) for (day, count), until in zip(units, ends, strict=True)]
    match = found(staged(), billed("A-S1", plan("P-1", *segments), end=last))
    assert match.problem is None
    assert match.fit is not None
    assert match.fit.stage.missing == missing


def test_what_stands_at_no_stage_is_told_by_the_nearest() -> None:
    match = found(staged(), billed("A-S1", plan("P-1", segment(13))))
    assert one(match) == (BY_FIT, "CPQ-441", [])
    assert match.problem is not None
    assert "quantity on 2026-07-01 13 instead of 15" in match.problem.message


def test_a_later_change_that_salesforce_does_not_know() -> None:
    segments = [segment(10, end=date(2026, 10, 1)), segment(20, start=date(2026, 10, 1))]
    match = found(sold(), billed("A-S1", plan("P-1", *segments)))
    assert match.problem is not None
    assert "quantity on 2026-10-01 20 instead of 10" in match.problem.message
