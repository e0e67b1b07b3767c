"""Lines that change a charge: what is billed more or less, against what the order sold."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from cpqbridge.money.billing.cycle import BillingPeriod
from cpqbridge.money.billing.rules import BillingRules, ProrationUnit
from cpqbridge.money.reconciliation.flow import Flow, bounds, change, levels
from cpqbridge.money.reconciliation.terms import Charge
from cpqbridge.money.reconciliation.waterfall import Quoted, explain
from tests.money.reconciliation.sides import charge, day, parts, sold

START, END, NEXT = "2026-01-01", "2027-01-01", "2028-01-01"
SUMMER = "2026-07-01"
MIDDLE = "2026-07-15"
QUARTER = BillingPeriod(months=3)

ten = charge((START, END, 10, 10))
none = Charge((), ten.terms)

MATCHES: dict[str, tuple[list[Quoted], Charge, Charge]] = {
    "more": (
        [sold("300.00", SUMMER, END, 5, year="120")],
        ten,
        charge((START, SUMMER, 10, 10), (SUMMER, END, 15, 10)),
    ),
    "less": (
        [sold("-180.00", SUMMER, END, -3, year="120")],
        ten,
        charge((START, SUMMER, 10, 10), (SUMMER, END, 7, 10)),
    ),
    "cancelled": ([sold("-600.00", SUMMER, END, -10, year="120")], ten, charge((START, SUMMER, 10, 10))),
    "cancelled in the middle of a month": (
        # 17 days of July, and five months: 55.4839 for a unit, rounded to cents
        [sold("-554.80", MIDDLE, END, -10, year="120")],
        ten,
        charge((START, MIDDLE, 10, 10)),
    ),
    "cancelled from the first day": ([sold("-1200.00", START, END, -10, year="120")], ten, none),
    "renewed": ([sold("1200.00", END, NEXT, 10, year="120")], ten, charge((START, NEXT, 10, 10))),
    "renewed at another price": (
        [sold("1440.00", END, NEXT, 10, year="144")],
        ten,
        charge((START, END, 10, 10), (END, NEXT, 10, 12)),
    ),
    "renewed early": (
        # a year at 12 from July on; the second half of 2026 was sold before
        [sold("1440.00", SUMMER, "2027-07-01", 10, year="144"), sold("-600.00", SUMMER, END, -10)],
        ten,
        charge((START, SUMMER, 10, 10), (SUMMER, "2027-07-01", 10, 12)),
    ),
    "booked anew at another price": (
        [sold("-600.00", SUMMER, END, -10, year="120"), sold("720.00", SUMMER, END, 10, year="144")],
        ten,
        charge((START, SUMMER, 10, 10), (SUMMER, END, 10, 12)),
    ),
    "for some months only": (
        [sold("150.00", SUMMER, "2026-10-01", 5, year="120")],
        ten,
        charge((START, SUMMER, 10, 10), (SUMMER, "2026-10-01", 15, 10), ("2026-10-01", END, 10, 10)),
    ),
}


@pytest.mark.parametrize("name", MATCHES)
def test_what_matches(name: str) -> None:
    quoted, before, after = MATCHES[name]
    found = explain(quoted, after, before)
    made = parts(found)
    assert set(made) <= {"rounding", "unit_price_rounding"}, made
    assert abs(found.difference) <= Decimal("0.05")
    assert found.billed == sum(one.amount for one in after.items) - sum(one.amount for one in before.items)


def test_only_what_is_billed_otherwise_is_shown() -> None:
    """Half a year is billed as before; the rest goes, and comes again with five more."""
    [quoted], before, after = MATCHES["more"]
    items = explain([quoted], after, before).items
    assert [(one.start, one.amount) for one in items[:2]] == [(day(SUMMER), 150), (day(SUMMER), -100)]
    assert len(items) == 12


def test_the_part_of_a_month_in_between() -> None:
    """Five more from the 15th: CPQ's Month takes six months, Zuora 17/31 and five."""
    after = charge((START, MIDDLE, 10, 10), (MIDDLE, END, 15, 10))
    found = explain([sold("300.00", MIDDLE, END, 5, year="120")], after, ten)
    expected = (50 * (Fraction(17, 31) + 5 - 6)).__round__(2)
    made = parts(found)
    assert made.pop("prorate_precision") == Decimal(expected.numerator) / expected.denominator
    assert set(made) <= {"rounding"}


def test_another_quantity_than_was_added() -> None:
    after = charge((START, SUMMER, 10, 10), (SUMMER, END, 14, 10))
    assert parts(explain([sold("300.00", SUMMER, END, 5, year="120")], after, ten)) == {"quantity": -60}


def test_an_order_that_changes_nothing_in_zuora() -> None:
    assert parts(explain([sold("300.00", SUMMER, END, 5, year="120")], ten, ten)) == {"quantity": -300}


def test_a_price_that_changes_all_units() -> None:
    """Five more at 11 instead of 10: the ten that were there cost more too."""
    after = charge((START, SUMMER, 10, 10), (SUMMER, END, 15, 11))
    found = explain([sold("300.00", SUMMER, END, 5, year="120")], after, ten)
    assert sum(parts(found).values()) == 15 * 6
    assert set(parts(found)) == {"price"}


def test_a_change_that_begins_late() -> None:
    after = charge((START, "2026-08-01", 10, 10), ("2026-08-01", END, 15, 10))
    assert parts(explain([sold("300.00", SUMMER, END, 5, year="120")], after, ten)) == {"trigger_dates": -50}


def test_what_a_cancellation_leaves_of_a_whole_chain_is_rounding() -> None:
    # 17 days of July, and five months: 55.4839 for a unit, rounded to cents
    chain = [sold("1200.00", START, END, 10), sold("-554.80", MIDDLE, END, -10)]
    assert parts(explain(chain, charge((START, MIDDLE, 10, 10)))) == {"unit_price_rounding": Decimal("-0.04")}


def test_a_cancellation_that_ends_on_another_day_in_zuora() -> None:
    chain = [sold("1200.00", START, END, 10), sold("-600.00", SUMMER, END, -10)]
    found = parts(explain(chain, charge((START, "2026-06-01", 10, 10))))
    assert found == {"trigger_dates": Decimal("-100.00")}
    late = parts(explain(chain, charge((START, "2026-08-01", 10, 10))))
    assert late == {"quantity": Decimal("100.00")}


def test_a_cancellation_at_another_price_is_no_rounding() -> None:
    chain = [sold("1200.00", START, END, 10), sold("-550.00", SUMMER, END, -10)]
    assert "unit_price_rounding" not in parts(explain(chain, charge((START, SUMMER, 10, 10))))


def test_a_cancelled_quarter_by_days() -> None:
    """45 of the 92 days of the third quarter are billed, where by months it would be a month and 14/31."""
    rules = BillingRules(proration_unit=ProrationUnit.DAY)
    before = charge((START, END, 10, 10), period=QUARTER, rules=rules)
    after = charge((START, "2026-08-15", 10, 10), period=QUARTER, rules=rules)
    # 17/31 of August, and four months
    found = explain([sold("-454.84", "2026-08-15", END, -10, year="120")], after, before)
    assert parts(found) == {
        "proration_unit": Decimal("-453.26") + Decimal("454.84"),
    }
    assert found.billed == -(Decimal(1200) - 600 - Decimal("146.74"))


def test_a_change_later_segments_keep_the_first_day_of_the_charge() -> None:
    """Renewed: quarters go on being counted from the first day, though only the new term is looked at."""
    rules = BillingRules(proration_unit=ProrationUnit.DAY)
    before = charge(("2026-12-01", END, 10, 10), period=QUARTER, rules=rules, first="2026-02-01")
    after = charge(("2026-12-01", "2027-02-01", 10, 10), period=QUARTER, rules=rules, first="2026-02-01")
    found = explain([sold("100.00", END, "2027-02-01", 10, year="120")], after, before)
    # November to January: 62 of 92 days with it, 31 without
    exact = 300 * (Fraction(62, 92) - Fraction(31, 92))
    assert found.exact == exact
    assert parts(found) == {
        "proration_unit": Decimal("101.09") - 100,
        "rounding": Decimal("202.17") - Decimal("101.09") - Decimal("101.09"),
    }


# Flows


def flow(start: str, end: str, units: int, monthly: int) -> Flow:
    return Flow(day(start), day(end), Fraction(units), Fraction(monthly))


def test_what_stays_is_no_change() -> None:
    kept, gone, added = flow(START, SUMMER, 1, 1), flow(SUMMER, END, 1, 1), flow(SUMMER, END, 2, 2)
    assert change([kept, gone], [kept, added]) == [flow(SUMMER, END, -1, -1), added]
    assert change([kept, kept], [kept]) == [kept.reversed]
    assert change([], []) == []


def test_levels_are_the_sums_of_the_days() -> None:
    one, other = flow(START, END, 1, 10), flow(SUMMER, NEXT, 2, 30)
    found = list(levels([one, other], [one.reversed]))
    assert [(str(start), str(end)) for start, end, _ in found] == [(START, SUMMER), (SUMMER, END), (END, NEXT)]
    assert [[(side.quantity, side.monthly) for side in sides] for _, _, sides in found] == [
        [(1, 10), (-1, -10)],
        [(3, 40), (-1, -10)],
        [(2, 30), (0, 0)],
    ]
    assert list(levels([one, one.reversed])) == []
    assert bounds([one, other]) == (day(START), day(NEXT))
