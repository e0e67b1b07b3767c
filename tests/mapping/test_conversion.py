"""What a mapped value becomes in the target, and which values are refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.mapping.conversion import convert, fits, translation
from cpqbridge.mapping.operations import DATE, NUMBER, TEXT, TRUTH
from cpqbridge.mapping.rule import UnmappableError
from cpqbridge.mapping.targets import Target
from cpqbridge.settings.values import ValueTables

PERIOD = Target("BillingPeriod", "choice", choices=("Month", "Semi-Annual"))


def target(holds: str, length: int | None = None) -> Target:
    return Target("X", holds, length)


@pytest.mark.parametrize(
    ("value", "into", "converted"),
    [
        ("x", target("text", 1), "x"),
        (5, target("text"), "5"),
        (Decimal("5.50"), target("text"), "5.5"),
        (Decimal("1E+3"), target("text"), "1000"),
        (True, target("text"), "true"),
        (date(2026, 2, 1), target("text"), "2026-02-01"),
        ("Long name", target("prose", 6), "Long…"),
        ("12.50", target("number"), Decimal("12.5")),
        (Decimal("7.00"), target("number"), 7),
        ("7", target("whole"), 7),
        (Decimal("7.0"), target("whole"), 7),
        (False, target("truth"), False),
        ("True", target("truth"), True),
        ("2026-02-01", target("date"), date(2026, 2, 1)),
        ("2026-02-01T23:00:00.000+0000", target("date"), date(2026, 2, 1)),
        (date(2026, 2, 1), target("date"), date(2026, 2, 1)),
        ("Month", PERIOD, "Month"),
        ("Semi_Annual", PERIOD, "Semi-Annual"),
        ("semi annual", PERIOD, "Semi-Annual"),
        ("Semiannual", PERIOD, "Semi-Annual"),
        ("Monthly", PERIOD, "Month"),
        (Decimal("5.50"), target("any"), Decimal("5.50")),
        (True, target("any"), True),
    ],
)
def test_values_become_what_the_target_holds(value: Any, into: Target, converted: Any) -> None:
    found = convert(value, into)
    assert found == converted
    assert type(found) is type(converted)


@pytest.mark.parametrize(
    ("value", "into", "message"),
    [
        ("xyz", target("text", 2), "'xyz' has 3 characters, Zuora takes 2"),
        ("many", target("number"), "'many' is no number"),
        ("1,5", target("number"), "'1,5' is no number"),
        (True, target("number"), "true is no number"),
        (date(2026, 2, 1), target("number"), "2026-02-01 is no number"),
        ("1.5", target("whole"), "1.5 is no whole number"),
        ("yes", target("truth"), "'yes' is neither true nor false"),
        (1, target("truth"), "'1' is neither true nor false"),
        ("soon", target("date"), "'soon' is no date such as 2026-02-01"),
        (20260201, target("date"), "20260201 is no date"),
        (
            "Months",
            PERIOD,
            "Zuora knows no BillingPeriod 'Months' (did you mean 'Month'?): it takes Month, Semi-Annual",
        ),
        ("Biweekly", PERIOD, "Zuora knows no BillingPeriod 'Biweekly': it takes Month, Semi-Annual"),
    ],
)
def test_values_that_the_target_cannot_take(value: Any, into: Target, message: str) -> None:
    with pytest.raises(UnmappableError) as refused:
        convert(value, into)
    assert message in str(refused.value)


def test_kinds_that_suit_a_target() -> None:
    assert fits(None, target("number"))
    assert fits(TEXT, target("date"))
    assert fits(NUMBER, target("text"))
    assert fits(NUMBER, target("whole"))
    assert not fits(DATE, target("number"))
    assert not fits(TRUTH, PERIOD)
    assert fits(TRUTH, target("truth"))
    assert fits(TRUTH, target("any"))


@pytest.mark.parametrize(
    ("table", "value", "found"),
    [
        ({"EMEA": "Europe"}, "EMEA", "Europe"),
        ({"EMEA": "Europe"}, "emea", None),
        ({"1": "one", "true": "yes"}, Decimal("1.00"), "one"),
        ({"1": "one", "true": "yes"}, True, "yes"),
        ("payment_terms", "Net 30", "Net 30"),
        ("payment_terms", "30 Tage", "Net 30"),
        ("payment_terms", "Net 31", None),
        ("billing_frequencies", "Semiannual", "Semi_Annual"),
        ("billing_frequencies", "Halbjährlich", "Semi_Annual"),
        ("countries", "DE", "Germany"),
        ("countries", "Neverland", None),
        ("states", "CA", "California"),
        ("states", "Quebec", "Quebec"),
        ("states", "Bavaria", None),
    ],
)
def test_value_tables(table: Any, value: Any, found: str | None) -> None:
    own = ValueTables(payment_terms={"30 Tage": "Net 30"}, billing_frequencies={"Halbjährlich": "Semi_Annual"})
    assert translation(table, own)(value) == found


def test_what_a_table_does_not_have_is_told() -> None:
    table = translation({"EMEA": "Europe"}, ValueTables())
    assert table.refusal("EMA") == (
        "'EMA' is not in the rule's table of values, and it has no default; did you mean 'EMEA'?"
    )
