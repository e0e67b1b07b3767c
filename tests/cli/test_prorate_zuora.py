"""`cpqbridge prorate zuora`: published examples by every option, what people see, and wrong use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Cli

SEED = (
    "--price 1000 --list-price-base Per_Month --billing-period Month --bill-cycle-day 1 --alignment AlignToCharge "
    "--start 2019-05-23 --end 2019-09-30 --days-in-month UseActualDays --proration-unit ProrateByDay --rounding HalfUp"
)
YEAR = (
    "--price 1200 --list-price-base Per_Billing_Period --billing-period Annual --bill-cycle-day 1 "
    "--alignment AlignToTermStart --term-start 2018-01-01 --start 2018-07-14 --end 2018-12-31"
)
QUARTER = "--price 100 --list-price-base Per_Month --billing-period Quarter --bill-cycle-day 1"
WEEKS = "--price 100 --list-price-base Per_Week --billing-period Week --bill-cycle-day Wednesday --start 2018-01-01"
MONTHLY = "--price 100 --list-price-base Per_Year --billing-period Month --bill-cycle-day 1 --start 2026-01-01"
SECOND = QUARTER + " --alignment AlignToSubscriptionStart --subscription-start 2018-01-01 --start 2018-01-16"
SPECIFIC = "--price 120 --list-price-base Per_Specific_Months --specific-months 12 --billing-period Month"
FIVE = "--price 10 --billing-period Specific_Months --specific-billing-period 5 --bill-cycle-day 1 --start 2026-01-01"
MONTH_FIRST, MONTH_30 = " --proration-unit ProrateByMonthFirst", " --days-in-month Assume30Days"
TERM = "--billing-period Subscription_Term --price 1000 --start 2026-01-01"


def computed(cli: Cli, options: str, *more: str) -> dict[str, Any]:
    """The document of a computation."""
    ran = cli("prorate", "zuora", *options.split(), *more, "--json")
    assert ran.status == 0, ran.out + ran.err
    document: dict[str, Any] = ran.document
    assert document["total"] == str(sum(Decimal(one["amount"]) for one in document["periods"]))
    return document


def test_the_vendors_example(cli: Cli) -> None:
    document = computed(cli, SEED)
    full = [("2019-06-01", "2019-06-30"), ("2019-07-01", "2019-07-31"), ("2019-08-01", "2019-08-31")]
    assert document == {
        "total": "4290.32",
        "formula": "1000 * (4 + 9/31)",
        "periods": [
            {
                "start": "2019-05-23",
                "end": "2019-05-31",
                "amount": "290.32",
                "kind": "partial",
                "formula": "1000 * 9/31",
            },
            *(
                {"start": start, "end": end, "amount": "1000.00", "kind": "full", "formula": "1000"}
                for start, end in [*full, ("2019-09-01", "2019-09-30")]
            ),
        ],
    }


def test_what_people_see(cli: Cli) -> None:
    ran = cli("prorate", "zuora", *SEED.split())
    assert ran.status == 0
    assert "2019-05-23  2019-05-31  partial  1000 * 9/31   290.32" in ran.out
    assert "Total = 1000 * (4 + 9/31) = 4290.32" in ran.out
    uneven = cli("prorate", "zuora", *MONTHLY.split(), "--end", "2026-12-31")
    assert "Total = 99.96; rounded once, 100 = 100.00" in uneven.out


@pytest.mark.parametrize(
    ("options", "total", "formula"),
    [
        (YEAR + MONTH_30 + MONTH_FIRST, "560.00", "1200 / 12 * (5 + 18/30)"),
        (YEAR + MONTH_30 + " --proration-unit ProrateByDay", "570.00", "1200 * 171/360"),
        (SECOND + " --end 2018-03-31" + MONTH_30 + MONTH_FIRST, "253.33", "100 * (2 + 16/30)"),
        (SECOND + " --end 2018-03-31 --rounding Up" + MONTH_FIRST, "251.62", "100 * (2 + 16/31)"),
        (SECOND + " --end 2018-03-31 --days-in-month Assume30DaysStrict" + MONTH_FIRST, "250.00", "100 * (2 + 15/30)"),
        (WEEKS + " --target-date 2018-01-31", "528.57", "100 * (5 + 2/7)"),
        (SPECIFIC + " --bill-cycle-day 31 --start 2026-01-31 --end 2026-02-27", "10.00", "120 / 12"),
        (FIVE + " --end 2026-05-31 --quantity 2.5 --rounding-increment 0.05 --rounding Down", "25.00", "10 * 2.5"),
        (TERM + " --end 2026-12-31", "1000.00", "1000"),
        (TERM + " --end 2026-03-31 --term-end 2026-12-31", "250.00", "1000 / 12 * 3"),
        (TERM + " --end 2026-04-30 --list-price-base Per_Month", "4000.00", "1000 * 4"),
    ],
    ids=["ZP1", "ZP3", "ZM1", "ZM2", "ZM3", "ZW1", "ZL5, end of month", "five months", "term", "part of a term",
        "months of a term"],
)  # fmt: skip
def test_examples(cli: Cli, options: str, total: str, formula: str) -> None:
    document = computed(cli, options)
    assert (document["total"], document["formula"]) == (total, formula)


def days(document: dict[str, Any]) -> list[str]:
    """First and last day of each period."""
    return [f"{one['start'][5:]} {one['end'][5:]}" for one in document["periods"]]


def test_partial_periods_can_be_left_out(cli: Cli) -> None:
    span = QUARTER + " --start 2018-07-15 --end 2019-03-15"
    off = computed(cli, span, "--partial-month", "false", "--partial-period", "No")
    assert days(off) == ["08-01 10-31", "11-01 01-31", "02-01 04-30"]
    option = computed(cli, span, "--proration-option", "No Proration")
    assert option == off
    weeks = computed(cli, WEEKS + " --end 2018-01-28", "--partial-week", "false")
    assert days(weeks) == ["01-03 01-09", "01-10 01-16", "01-17 01-23"]


def test_nothing_billed_is_no_error(cli: Cli) -> None:
    options = f"{QUARTER} --start 2018-07-15 --end 2018-07-20 --proration-option NoProration".split()
    document = cli("prorate", "zuora", *options, "--json").document
    assert (document["total"], document["periods"]) == ("0.00", [])
    assert "Nothing is billed: 0.00" in cli("prorate", "zuora", *options).out


def test_alignment_to_the_end_of_the_term(cli: Cli) -> None:
    document = computed(
        cli,
        "--price 1200 --billing-period Annual --bill-cycle-day 1 --alignment AlignToTermEnd --term-start 2022-11-01 "
        "--term-end 2023-12-31 --start 2022-11-01 --end 2023-12-31 --proration-unit ProrateByMonthFirst",
    )
    assert days(document) == ["11-01 12-31", "01-01 12-31"]
    assert document["total"] == "1400.00"


def test_spellings_with_blanks_and_hyphens(cli: Cli) -> None:
    plain = computed(cli, SEED)
    spelled = computed(
        cli,
        "--price 1000 --bill-cycle-day 1 --start 2019-05-23 --end 2019-09-30",
        *("--list-price-base", "Per Month"),
        *("--billing-period", "month"),
        *("--alignment", "align to charge"),
        *("--days-in-month", "use-actual-days"),
        *("--proration-unit", "Prorate By Day"),
        *("--rounding", "Half-Up"),
    )
    assert spelled == plain


@pytest.mark.parametrize(
    ("changed", "option", "said"),
    [
        ("--alignment AlignToSubscriptionStart", "--subscription-start", "AlignToSubscriptionStart counts"),
        ("--alignment AlignToTermStart", "--term-start", "AlignToTermStart counts"),
        ("--alignment AlignToTermEnd", "--term-end", "AlignToTermEnd counts"),
        ("--alignment AlignToMoon", "--alignment", "'AlignToMoon' is not one of: AlignToCharge"),
        ("--price much", "--price", "'much' is no number"),
        ("--quantity NaN", "--quantity", "'NaN' is no number"),
        ("--start 2019-02-30", "--start", "'2019-02-30' is no date"),
        ("--end 2019-05-22", "--end", "2019-05-22 is before the start 2019-05-23"),
        ("--end 9999-12-31", "--end", "9999-12-31 is the last day that there is"),
        ("--billing-period Fortnight", "--billing-period", "'Fortnight'"),
        ("--billing-period Specific_Days --specific-billing-period 10", "--billing-period", "no published rule"),
        ("--billing-period Week", "--bill-cycle-day", "on a weekday, not on day 1"),
        ("--bill-cycle-day Someday", "--bill-cycle-day", "'Someday' is not one of: Monday"),
        ("--bill-cycle-day 32", "--bill-cycle-day", "1 to 31, not 32"),
        ("--list-price-base Per_Week", "--list-price-base", "Per_Week does not fit a billing period of months"),
        ("--list-price-base Per_Specific_Months", "--specific-months", "needs its number of months"),
        ("--days-in-month 30", "--days-in-month", "daysInMonth '30' is not one of"),
        ("--proration-unit hours", "--proration-unit", "prorationUnit 'hours'"),
        ("--partial-month perhaps", "--partial-month", "'perhaps' is not true or false"),
        ("--partial-period false", "--partial-period", "Partial months cannot be billed while partial periods are not"),
        ("--proration-option CustomizeProrationOptionOverrides", "--proration-option", "ratingPropertiesOverride"),
        ("--rounding Even", "--rounding", "'Even' is not one of: HalfUp, Up, Down"),
        ("--rounding-increment 0", "--rounding-increment", "must be more than zero"),
        ("--term-end 2019-01-01 --alignment AlignToTermEnd", "--term-end", "before its start"),
        ("--billing-period Subscription_Term --proration-option ChargeFullPeriod --term-end 2020-01-31", "--start",
            "ChargeFullPeriod is not possible"),
    ],
)  # fmt: skip
def test_wrong_use(cli: Cli, changed: str, option: str, said: str) -> None:
    ran = cli("prorate", "zuora", *SEED.split(), *changed.split(), "--json")
    assert ran.status == 2
    error = ran.document["error"]
    assert (error["code"], error["field"]) == ("CPQ-307", option)
    assert said in error["message"] + error["remedy"]
    people = cli("prorate", "zuora", *SEED.split(), *changed.split())
    assert people.status == 2
    assert option in people.err


def test_what_is_missing(cli: Cli) -> None:
    span = "--price 10 --billing-period Month --start 2026-01-01"
    for options, option in ((f"{span} --bill-cycle-day 1", "--end"), (f"{span} --end 2026-12-31", "--bill-cycle-day")):
        ran = cli("prorate", "zuora", *options.split(), "--json")
        assert (ran.status, ran.document["error"]["code"], ran.document["error"]["field"]) == (2, "CPQ-307", option)
    without = cli("prorate", "zuora", "--json")
    assert (without.status, without.document["error"]["code"]) == (2, "CPQ-307")
