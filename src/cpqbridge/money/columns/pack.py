"""Lines from records into columns: what CPQ sold, and the charge that Zuora bills for it.

Only lines of one segment go into columns. Of others, and of those with a price that has no short decimal fraction, the
code for one line is the right place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain

import numpy as np

from cpqbridge.money.billing.cycle import Alignment, Weekday
from cpqbridge.money.columns.calendar import EPOCH
from cpqbridge.money.columns.lines import COLUMNS, MONTH_LENGTHS, OF_MONTHS, OF_TERM, OF_WEEKS, UNITS, Lines
from cpqbridge.money.columns.quotes import QUOTE_COLUMNS, UNKNOWN, Quotes
from cpqbridge.money.columns.quotients import LARGEST, MODES
from cpqbridge.money.columns.scalar import WEEKDAYS
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import MONTHS_OF_A_WEEK, BillingTerms, Charge
from cpqbridge.money.reconciliation.waterfall import Quoted

_LONGEST = 120
_PLACES = 15
_OF_QUOTE = len(QUOTE_COLUMNS)
_COLUMNS = (*QUOTE_COLUMNS, *COLUMNS)
_DAYS = [
    place
    for place, name in enumerate(_COLUMNS)
    if name in ("start", "end", "origin", "anchor", "term_start", "term_end")
]
"""Columns that are made of ordinals of dates."""

_WEEK, _WEEKS = MONTHS_OF_A_WEEK.as_integer_ratio()

Ratio = tuple[int, int]
"""A number as an integer over an integer: columns are whole numbers, and so is all that makes them."""


class UnpackableError(ValueError):
    """A line does not go into columns."""


class _Powers(dict[int, int]):
    """The power of ten that makes a number with a denominator whole."""

    def __missing__(self, bottom: int) -> int:
        for places in range(_PLACES + 1):
            if 10**places % bottom == 0:
                self[bottom] = 10**places
                return self[bottom]
        raise UnpackableError(f"It has a number with more than {_PLACES} decimals.")


_POWERS = _Powers()


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
    rows: list[int] = []
    left: list[int] = []
    numbers = np.fromiter(chain.from_iterable(_rows(pairs, rows, left)), np.int64)
    columns = numbers.reshape(len(rows), len(_COLUMNS)).T.copy()
    columns[_DAYS] -= EPOCH
    return Packed(Quotes(*columns[:_OF_QUOTE]), Lines(*columns[_OF_QUOTE:]), rows, left)


def _rows(pairs: Iterable[tuple[Quoted, Charge]], rows: list[int], left: list[int]) -> Iterator[tuple[int, ...]]:
    """Yield the lines that go into columns, and note the places of these and of the others."""
    for place, (quoted, charge) in enumerate(pairs):
        try:
            row = _row(quoted, charge)
        except UnpackableError:
            left.append(place)
        else:
            rows.append(place)
            yield row


def _row(quoted: Quoted, charge: Charge) -> tuple[int, ...]:
    """Return one line in the order of the columns, those of the quote first.

    Raises:
        UnpackableError: It has several segments, or numbers that columns cannot hold.
    """
    if len(charge.flows) != 1:
        raise UnpackableError("It has not one segment.")
    if quoted.rounded != 1:
        raise UnpackableError("CPQ rounded the price of a unit, and Zuora has one price for all of them.")
    [flow] = charge.flows
    rounding = charge.terms.rounding
    price, months = _price(flow, charge)
    amount, sold = quoted.amount.as_integer_ratio(), quoted.quantity.as_integer_ratio()
    held, increment = flow.quantity.as_integer_ratio(), rounding.increment.as_integer_ratio()
    units, minor = max(_POWERS[sold[1]], _POWERS[held[1]]), max(_POWERS[increment[1]], _POWERS[amount[1]])
    net = None if charge.price is None else quoted.net
    prices = [None if one is None else one.as_integer_ratio() for one in (quoted.unprorated, quoted.listed, net)]
    scale = max(_POWERS[price[1]], minor // units, *[_POWERS[one[1]] for one in prices if one is not None])
    unprorated, listed, net_price = [UNKNOWN if one is None else _scaled(one, scale) for one in prices]
    return (
        _scaled(amount, minor), quoted.start.toordinal(), quoted.end.toordinal(), _scaled(sold, units),
        unprorated, quoted.default_term, listed, net_price,
        *_clock(flow, charge.terms),
        _scaled(price, scale), scale, months, _scaled(held, units), units,
        minor, _scaled(increment, minor), MODES.index(rounding.mode),
    )  # fmt: skip


def _clock(flow: Flow, terms: BillingTerms) -> tuple[int, ...]:
    """Return the columns from `start` to `own_end`."""
    cycle, rules = terms.cycle, terms.rules
    period, start, end, day = cycle.period, flow.start.toordinal(), flow.end.toordinal(), cycle.day
    term, anchor, kind, partial = (start, end), cycle.anchor, OF_MONTHS, rules.partial_month
    if period.weeks:
        kind, partial = OF_WEEKS, rules.partial_week
    elif period.whole_term:
        first, after = cycle.whole_term
        kind, term = OF_TERM, (first.toordinal(), after.toordinal())
    if cycle.alignment is Alignment.TERM_END:
        anchor = cycle.whole_term[1]
    return (
        start, end, terms.start.toordinal(), anchor.toordinal(), kind, period.units,
        WEEKDAYS.index(day) if isinstance(day, Weekday) else day, *term,
        MONTH_LENGTHS.index(rules.days_in_month), UNITS.index(rules.proration_unit),
        partial, rules.partial_period, rules.full_period, flow.end >= terms.end,
    )  # fmt: skip


def _price(flow: Flow, charge: Charge) -> tuple[Ratio, int]:
    """Return a price of one unit, and the months or weeks that it is for; whole ones, as Zuora has them."""
    units, of = flow.quantity.as_integer_ratio()
    if not units:
        raise UnpackableError("It has no quantity.")
    top, bottom = flow.monthly.as_integer_ratio()
    top, bottom = top * of, bottom * units
    if charge.terms.cycle.period.weeks:
        top, bottom = top * _WEEK, bottom * _WEEKS
    if charge.price is None:
        return _short(Fraction(top, bottom))
    price, over = charge.price.as_integer_ratio()
    months, rest = divmod(price * bottom, over * top) if top else (1, price)
    if rest or not 1 <= months <= _LONGEST:
        raise UnpackableError("Its price is not for whole months.")
    return (price, over), months


def _short(unit: Fraction) -> tuple[Ratio, int]:
    """Return a price as a decimal fraction, for the fewest months with which it is one."""
    months = unit.denominator
    for prime in (2, 5):
        while months % prime == 0:
            months //= prime
    if months > _LONGEST:
        raise UnpackableError("Its price has no short decimal fraction.")
    return (unit * months).as_integer_ratio(), months


def _scaled(number: Ratio, scale: int) -> int:
    found = number[0] * (scale // number[1])
    if abs(found) > LARGEST:
        raise UnpackableError(f"{found} / {scale} is too large.")
    return found
