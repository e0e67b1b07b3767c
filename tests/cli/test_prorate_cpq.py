"""`cpqbridge prorate cpq`: the published examples, what is added to the contract of the interface, and wrong use."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli

SUMMER = ("--list-price", "12000", "--term", "12", "--start", "2019-05-23", "--end", "2019-09-30")


@pytest.mark.parametrize(
    ("precision", "multiplier", "amount", "formula"),
    [
        ("Calendar Monthly + Daily", "0.3575", "4290.32", "(3 + (9/31 + 30/30)) / 12 = 0.3575"),
        ("Day", "0.3589", "4306.85", "131/365 = 0.3589"),
        ("Month", "0.4167", "5000.00", "5/12 = 0.4167"),
        ("Monthly + Daily", "0.3553", "4263.01", "(4 + 8 * 12/365) / 12 = 0.3553"),
    ],
)
def test_the_published_span(cli: Cli, precision: str, multiplier: str, amount: str, formula: str) -> None:
    ran = cli("prorate", "cpq", "--precision", precision, *SUMMER, "--json")
    assert ran.status == 0
    assert [ran.document[name] for name in ("multiplier", "amount", "formula")] == [multiplier, amount, formula]


def test_830_days(cli: Cli) -> None:
    days = ("--list-price", "365", "--start", "2024-01-01", "--end", "2026-04-09")
    ran = cli("prorate", "cpq", "--precision", "Day", *days, "--json")
    assert ran.document == {
        "multiplier": "2.2740",
        "exactMultiplier": "166/73",
        "unitPrice": "830.00",
        "amount": "830.00",
        "formula": "830/365 = 2.2740",
        "amountFormula": "365 * 830/365 = 830.00",
    }
    in_days = cli("prorate", "cpq", "--precision", "Day", *days, "--term", "365", "--term-unit", "Day", "--json")
    assert in_days.document == ran.document


def test_a_term_needs_no_precision(cli: Cli) -> None:
    ran = cli("prorate", "cpq", "--list-price", "30", "--effective-term", "24", "--json")
    assert (ran.document["multiplier"], ran.document["amount"]) == ("2.0000", "60.00")
    assert ran.document["formula"] == "24/12 = 2.0000"


def test_quantity_and_rounding(cli: Cli) -> None:
    asked = ("prorate", "cpq", "--precision", "Calendar Monthly + Daily", *SUMMER, "--quantity", "3")
    total, units = cli(*asked, "--json").document, cli(*asked, "--round-units", "--json").document
    assert (total["unitPrice"], total["amount"]) == ("4290.32", "12870.97")
    assert total["amountFormula"] == "12000 * (3 + (9/31 + 30/30)) / 12 * 3 = 12870.97"
    assert units["amount"] == "12870.96"
    assert units["amountFormula"] == "12000 * (3 + (9/31 + 30/30)) / 12 = 4290.32; 4290.32 * 3 = 12870.96"
    assert cli(*asked, "--rounding-increment", "1", "--json").document["amount"] == "12871"


def test_people_see_both_formulas(cli: Cli) -> None:
    ran = cli("prorate", "cpq", "--precision", "Calendar Monthly + Daily", *SUMMER)
    assert ran.out.splitlines() == [
        "Prorate multiplier = (3 + (9/31 + 30/30)) / 12 = 0.3575",
        "Prorated amount = 12000 * (3 + (9/31 + 30/30)) / 12 = 4290.32",
    ]


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        (("--precision", "Day with Calendar Month Weighted", *SUMMER), "--precision", "publishes no formula"),
        (("--precision", "Weekly", *SUMMER), "--precision", "CPQ has no such setting"),
        (SUMMER, "--precision", "--precision is missing"),
        (("--precision", "Day", "--list-price", "1", "--end", "2026-01-01"), "--start", "--start is missing"),
        (("--precision", "Day", "--list-price", "1", "--start", "2026-01-01"), "--end", "--end is missing"),
        (("--precision", "Day", *SUMMER, "--end", "30.9.2019"), "--end", "'30.9.2019' is no date"),
        (("--precision", "Day", *SUMMER, "--end", "2019-05-22"), "--end", "before the start"),
        (("--precision", "Day", *SUMMER, "--list-price", "free"), "--list-price", "'free' is no number"),
        (("--precision", "Day", *SUMMER, "--list-price", "NaN"), "--list-price", "'NaN' is no number"),
        (("--precision", "Day", *SUMMER, "--quantity", "1,5"), "--quantity", "'1,5' is no number"),
        (("--precision", "Day", *SUMMER, "--term", "0"), "--term", "a term of 0"),
        (("--precision", "Month", *SUMMER, "--term-unit", "Day"), "--term", "no formula is published"),
        (("--precision", "Day", *SUMMER, "--rounding-increment", "0"), "--rounding-increment", "more than zero"),
        (("--precision", "Day", *SUMMER, "--effective-term", "24"), "--precision", "subscription term is given"),
        (("--list-price", "1", "--effective-term", "-1"), "--effective-term", "a term of -1"),
        (("--list-price", "1", "--effective-term", "1", "--term", "0"), "--term", "a term of 0"),
        (("--precision", "Day", "--start", "2026-01-01", "--end", "2026-01-02"), None, "--list-price"),
        (("--precision", "Day", *SUMMER, "--term-unit", "Year"), None, "Year"),
    ],
)
def test_wrong_use_is_named(cli: Cli, given: tuple[str, ...], field: str | None, words: str) -> None:
    ran = cli("prorate", "cpq", *given, "--json")
    error = ran.document["error"]
    assert (ran.status, error["code"], error["field"]) == (2, "CPQ-307", field)
    assert words in error["message"]
    assert error["remedy"]
