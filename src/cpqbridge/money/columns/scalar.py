"""One row of columns by the code for one line: what columns cannot compute, and what proves that they compute alike."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.money.billing.schedule import ServicePeriod, service_periods
from cpqbridge.money.columns.calendar import Ints, date_of
from cpqbridge.money.columns.lines import COLUMNS, MONTH_LENGTHS, NO_CHARGE, OF_MONTHS, OF_TERM, OF_WEEKS, UNITS, Lines
from cpqbridge.money.columns.quotes import UNKNOWN, Quotes
from cpqbridge.money.columns.quotients import MODES
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import MONTHS_OF_A_WEEK, BillingTerms, Charge
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted, explain
from cpqbridge.money.rounding import Rounding

WEEKDAYS = tuple(Weekday)
"""Weekdays by their number in a column."""

Row = dict[str, int]
"""One row, by the names of the columns."""


def row_of(lines: Lines, row: int) -> Row:
    """Return one row."""
    return {name: int(getattr(lines, name)[row]) for name in COLUMNS}


def billed_row(lines: Lines, row: int) -> tuple[int, int]:
    """Return the sum of the rounded invoice items of one row, and the same rounded once, in minor units."""
    one = row_of(lines, row)
    if one["kind"] == NO_CHARGE or one["end"] <= one["start"]:
        return 0, 0
    rounding, price = rounding_of(one), price_of(one)
    units = [period.units for period in _service_periods(one)]
    items = sum((rounding.round(price * some) for some in units), Decimal(0))
    once = rounding.round(price * sum(units, Fraction(0)))
    return int(items * one["minor"]), int(once * one["minor"])


def _service_periods(row: Row) -> Iterator[ServicePeriod]:
    first, last = row["start"] <= row["origin"], bool(row["own_end"])
    start, end = date_of(row["start"]), date_of(row["end"])
    return service_periods(start, end, cycle_of(row), rules_of(row), first=first, last=last)


def cycle_of(row: Row) -> Cycle:
    """Return the billing periods of a row."""
    kind, number, day = row["kind"], row["months"], row["cycle_day"]
    period = {
        OF_TERM: BillingPeriod(whole_term=True),
        OF_WEEKS: BillingPeriod(weeks=number or 1),
        OF_MONTHS: BillingPeriod(months=number or 1),
    }[kind]
    term = (date_of(row["term_start"]), date_of(row["term_end"])) if kind == OF_TERM else None
    return Cycle(period, WEEKDAYS[day] if kind == OF_WEEKS else day, Alignment.CHARGE, date_of(row["anchor"]), term)


def rules_of(row: Row) -> BillingRules:
    """Return the billing rules of a row."""
    weekly, prorated = row["kind"] == OF_WEEKS, bool(row["partial_month"])
    return BillingRules(
        partial_month=prorated and not weekly,
        partial_week=prorated,
        partial_period=bool(row["partial_period"]),
        days_in_month=MONTH_LENGTHS[row["month_length"]],
        proration_unit=UNITS[row["unit"]],
        full_period=bool(row["full_period"]),
    )


def rounding_of(row: Row) -> Rounding:
    """Return the rounding of the currency of a row."""
    return Rounding(MODES[row["mode"]], Decimal(row["increment"]) / row["minor"])


def price_of(row: Row) -> Fraction:
    """Return what a row comes to in a month, or in a week where it is billed by weeks."""
    over = row["price_months"] * row["price_scale"] * row["quantity_scale"]
    return Fraction(row["price"] * row["quantity"], over)


def charge_of(row: Row) -> Charge:
    """Return the charge of a row."""
    start, end = date_of(row["start"]), date_of(row["end"])
    monthly = price_of(row) / (MONTHS_OF_A_WEEK if row["kind"] == OF_WEEKS else 1)
    flow = Flow(start, end, Fraction(row["quantity"], row["quantity_scale"]), monthly)
    last = date_of(row["end"] + 1 - row["own_end"])
    terms = BillingTerms(cycle_of(row), rules_of(row), rounding_of(row), date_of(row["origin"]), last)
    return Charge((flow,), terms, Decimal(row["price"]) / row["price_scale"])


def quoted_of(quotes: Quotes, row: int, line: Row) -> Quoted:
    """Return what CPQ sold of a row."""

    def price(column: Ints) -> Decimal | None:
        return None if column[row] == UNKNOWN else Decimal(int(column[row])) / line["price_scale"]

    return Quoted(
        amount=Decimal(int(quotes.amount[row])) / line["minor"],
        start=date_of(quotes.start[row]),
        end=date_of(quotes.end[row]),
        quantity=Decimal(int(quotes.quantity[row])) / line["quantity_scale"],
        unprorated=price(quotes.unprorated),
        default_term=int(quotes.default_term[row]),
        listed=price(quotes.listed),
        net=price(quotes.net),
    )


def explained_row(quotes: Quotes, lines: Lines, row: int) -> Explained:
    """Return one row on both sides."""
    line = row_of(lines, row)
    return explain([quoted_of(quotes, row, line)], charge_of(line))
