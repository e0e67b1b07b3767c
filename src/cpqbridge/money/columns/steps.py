"""The way from what CPQ sold to what Zuora bills, of many lines at once: the steps of `reconciliation.waterfall`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from cpqbridge.money.columns.amounts import amount_of
from cpqbridge.money.columns.calendar import Flags, Ints
from cpqbridge.money.columns.lines import ACTUAL, MONTH_FIRST, Lines
from cpqbridge.money.columns.months import periods
from cpqbridge.money.columns.precision import months_by
from cpqbridge.money.columns.quoted import sold_lines
from cpqbridge.money.columns.quotes import UNKNOWN, Quotes
from cpqbridge.money.columns.shares import Share
from cpqbridge.money.cpq.precision import Precision
from cpqbridge.money.reconciliation.causes import Cause

CAUSES: Final = tuple(Cause)
"""Causes by their number."""

_SETTINGS: Final[Sequence[tuple[Cause, tuple[str, ...]]]] = (
    (Cause.DAYS_IN_MONTH, ("month_length",)),
    (Cause.BILL_CYCLE_DAY, ("cycle_day",)),
    (Cause.PRORATION_UNIT, ("months", "unit")),
    (Cause.ALIGNMENT, ("anchor",)),
    (Cause.PARTIAL_PERIODS, ("partial_month", "partial_period", "full_period")),
)
"""What each of Zuora's settings changes, in the order in which they are worked out."""


class Waterfall:
    """The amounts of lines, step by step.

    Attributes:
        parts: What each step has changed: a row for each of `CAUSES`, a column for each line.
        good: Which lines could be computed.
    """

    def __init__(self, amount: Ints) -> None:
        self.parts: Ints = np.zeros((len(CAUSES), len(amount)), np.int64)
        self.good: Flags = np.ones(len(amount), np.bool_)
        self._reached = amount

    def step(self, cause: Cause | Ints, amount: Ints, good: Flags | None = None, rows: Ints | None = None) -> None:
        """Go on to an amount, of all lines or of some.

        Args:
            cause: What changes it; its number for each line where that depends.
            amount: What lines come to after it.
            good: Which of them could be computed.
            rows: Whose amounts they are; all others stay as they are.
        """
        if rows is not None:
            before, amount = amount, self._reached.copy()
            amount[rows] = before
        numbers = cause if isinstance(cause, np.ndarray) else CAUSES.index(cause)
        self.parts[numbers, np.arange(len(amount))] += amount - self._reached
        self._reached = amount
        if good is not None:
            self.good[slice(None) if rows is None else rows] &= good


def waterfall(quotes: Quotes, lines: Lines, items: Ints) -> Waterfall:
    """Return the parts of the differences of lines.

    Args:
        quotes: What CPQ sold.
        lines: What Zuora bills.
        items: The sum of the invoice items, each rounded by itself.
    """
    made = Waterfall(quotes.amount)
    months = months_by(Precision.CALENDAR, lines.start, lines.end)
    _sold(made, quotes, lines, months)
    _settings(made, lines)
    made.step(Cause.ROUNDING, items)
    return made


def _sold(made: Waterfall, quotes: Quotes, lines: Lines, held: Share) -> None:
    """Go from the quoted amount to days, quantity and price of Zuora, in calendar months."""
    sold = sold_lines(quotes, lines)
    made.step(Cause.UNIT_PRICE_ROUNDING, *sold.by_precision())
    made.step(Cause.PRORATE_PRECISION, *amount_of(sold.lines, sold.months * sold.per))
    made.step(Cause.TRIGGER_DATES, *amount_of(sold.lines, held * sold.per))
    rows = np.flatnonzero(quotes.quantity != lines.quantity)
    if len(rows):
        made.step(Cause.QUANTITY, *sold.take(rows).of_quantity(lines.quantity[rows], held.take(rows)), rows)
    rounded, good = sold.rounds_to(lines, held)
    cause = np.where(rounded, CAUSES.index(Cause.UNIT_PRICE_ROUNDING), _price_cause(quotes, lines))
    amount, fine = amount_of(lines, held)
    made.step(cause, amount, good & fine)


def _price_cause(quotes: Quotes, lines: Lines) -> Ints:
    """Return what is wrong with a price: it lacks the discount, is for another length of time, or is another one."""
    listed = np.where(quotes.listed == UNKNOWN, 0, quotes.listed) * lines.price_months
    discount = (quotes.listed != UNKNOWN) & (lines.price * quotes.default_term == listed)
    found = np.where(lines.price == quotes.net, CAUSES.index(Cause.LIST_PRICE_BASE), CAUSES.index(Cause.PRICE))
    return np.where(discount, CAUSES.index(Cause.DISCOUNT), found)


def _settings(made: Waterfall, lines: Lines) -> None:
    """Go from calendar months to the clock of Zuora, setting by setting."""
    every = {"cycle_day": 1, "months": 1, "unit": MONTH_FIRST, "month_length": ACTUAL}
    every |= {"partial_month": 1, "partial_period": 1, "full_period": 0}
    now = replace(lines, anchor=lines.origin, **{name: np.full(len(lines), value) for name, value in every.items()})
    for cause, names in _SETTINGS:
        after = replace(now, **{name: getattr(lines, name) for name in names})
        changed = np.zeros(len(lines), np.bool_)
        for name in names:
            changed |= getattr(now, name) != getattr(lines, name)
        rows = np.flatnonzero(changed)
        if len(rows):
            some = after.take(rows)
            made.step(cause, *amount_of(some, periods(some).months(some)), rows)
        now = after
