"""Lines from records into columns: what CPQ sold, and the charge that Zuora bills for it.

Only lines of one segment go into columns. Of others, and of those with a price that has no short decimal fraction, the
code for one line is the right place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from cpqbridge.money.billing.cycle import Alignment, Cycle, Weekday
from cpqbridge.money.columns.calendar import day_number
from cpqbridge.money.columns.lines import COLUMNS, MONTH_LENGTHS, OF_MONTHS, OF_TERM, OF_WEEKS, UNITS, Lines
from cpqbridge.money.columns.quotes import QUOTE_COLUMNS, UNKNOWN, Quotes
from cpqbridge.money.columns.quotients import LARGEST, MODES
from cpqbridge.money.columns.scalar import WEEKDAYS, Row
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import MONTHS_OF_A_WEEK, BillingTerms, Charge
from cpqbridge.money.reconciliation.waterfall import Quoted

_LONGEST = 120
_PLACES = 15
_PRICES = ("unprorated", "listed", "net")


class UnpackableError(ValueError):
    """A line does not go into columns."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Lines in columns.

    Attributes:
        quotes: What CPQ sold.
        lines: What Zuora bills.
        rows: The place of each row among the lines that were given.
        left: The places of those that do not go into columns.
    """

    quotes: Quotes
    lines: Lines
    rows: Sequence[int]
    left: Sequence[int]


def pack(pairs: Iterable[tuple[Quoted, Charge]]) -> Packed:
    """Return lines in columns.

    Args:
        pairs: What CPQ sold, and the charge with it.
    """
    packed, rows, left = [], [], []
    for place, (quoted, charge) in enumerate(pairs):
        try:
            packed.append(rows_of(quoted, charge))
            rows.append(place)
        except UnpackableError:
            left.append(place)
    quotes = Quotes(*(_column(one[name] for one, _ in packed) for name in QUOTE_COLUMNS))
    lines = Lines(*(_column(one[name] for _, one in packed) for name in COLUMNS))
    return Packed(quotes, lines, rows, left)


def _column(numbers: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.fromiter(numbers, np.int64)


def rows_of(quoted: Quoted, charge: Charge) -> tuple[Row, Row]:
    """Return the rows of one line, by the names of the columns.

    Raises:
        UnpackableError: It has several segments, or numbers that columns cannot hold.
    """
    if len(charge.flows) != 1:
        raise UnpackableError("It has not one segment.")
    if quoted.rounded != 1:
        raise UnpackableError("CPQ rounded the price of a unit, and Zuora has one price for all of them.")
    [flow] = charge.flows
    terms = charge.terms
    price, over = _price(flow, charge.price, weekly=bool(terms.cycle.period.weeks))
    prices = [quoted.unprorated, quoted.listed, None if charge.price is None else quoted.net]
    scale = _scale(price, *(one for one in prices if one is not None))
    units = _scale(quoted.quantity, _decimal(flow.quantity))
    minor = _scale(terms.rounding.increment, quoted.amount)
    scale = max(scale, minor // units)
    quote = {
        "amount": _number(quoted.amount, minor),
        "start": day_number(quoted.start),
        "end": day_number(quoted.end),
        "quantity": _number(quoted.quantity, units),
        "default_term": quoted.default_term,
        **{name: UNKNOWN if one is None else _number(one, scale) for name, one in zip(_PRICES, prices, strict=True)},
    }
    line = {
        **_clock(flow, terms),
        "price": _number(price, scale),
        "price_scale": scale,
        "price_months": over,
        "quantity": _number(_decimal(flow.quantity), units),
        "quantity_scale": units,
        "minor": minor,
        "increment": _number(terms.rounding.increment, minor),
        "mode": MODES.index(terms.rounding.mode),
    }
    return quote, line


def _clock(flow: Flow, terms: BillingTerms) -> Row:
    cycle, rules = terms.cycle, terms.rules
    period = cycle.period
    term = cycle.whole_term if period.whole_term else (flow.start, flow.end)
    kind = OF_TERM if period.whole_term else OF_WEEKS if period.weeks else OF_MONTHS
    return {
        "start": day_number(flow.start),
        "end": day_number(flow.end),
        "origin": day_number(terms.start),
        "anchor": day_number(_anchor(cycle)),
        "kind": kind,
        "months": period.units,
        "cycle_day": WEEKDAYS.index(cycle.day) if isinstance(cycle.day, Weekday) else cycle.day,
        "term_start": day_number(term[0]),
        "term_end": day_number(term[1]),
        "month_length": MONTH_LENGTHS.index(rules.days_in_month),
        "unit": UNITS.index(rules.proration_unit),
        "partial_month": int(rules.partial_week if kind == OF_WEEKS else rules.partial_month),
        "partial_period": int(rules.partial_period),
        "full_period": int(rules.full_period),
        "own_end": int(flow.end >= terms.end),
    }


def _anchor(cycle: Cycle) -> date:
    return cycle.whole_term[1] if cycle.alignment is Alignment.TERM_END else cycle.anchor


def _price(flow: Flow, price: Decimal | None, *, weekly: bool) -> tuple[Decimal, int]:
    """Return a price of one unit, and the months or weeks that it is for; whole ones, as Zuora has them."""
    if not flow.quantity:
        raise UnpackableError("It has no quantity.")
    unit = flow.monthly / flow.quantity * (MONTHS_OF_A_WEEK if weekly else 1)
    if price is None:
        return _short(unit)
    months = Fraction(price) / unit if unit else Fraction(1)
    if months.denominator != 1 or not 1 <= months <= _LONGEST:
        raise UnpackableError(f"Its price is for {months} months.")
    return price, int(months)


def _short(unit: Fraction) -> tuple[Decimal, int]:
    """Return a price as a decimal fraction over a number of months."""
    for months in range(1, _LONGEST + 1):
        try:
            return _decimal(unit * months), months
        except UnpackableError:
            continue
    raise UnpackableError("Its price has no short decimal fraction.")


def _decimal(number: Fraction) -> Decimal:
    found = Decimal(number.numerator) / number.denominator
    if Fraction(found) != number:
        raise UnpackableError(f"{number} has no short decimal fraction.")
    return found


def _scale(*numbers: Decimal) -> int:
    """Return the power of ten that makes all of some numbers whole."""
    places = max(max(0, -int(one.normalize().as_tuple().exponent)) for one in numbers)
    if places > _PLACES:
        raise UnpackableError(f"It has a number with {places} decimals.")
    scale: int = 10**places
    return scale


def _number(number: Decimal, scale: int) -> int:
    found = int(number * scale)
    if abs(found) > LARGEST:
        raise UnpackableError(f"{number} is too large.")
    return found
