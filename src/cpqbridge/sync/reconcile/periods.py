"""Puts CPQ's amount beside Zuora's, period by period. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.months import calendar_months
from cpqbridge.money.rounding import Rounding
from cpqbridge.sync.reconcile.line import Period

NOT_BILLED = "not billed"

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Spread:
    """An amount of CPQ for some days; `end` is the first day after them."""

    start: date
    end: date
    amount: Decimal

    def until(self, day: date) -> Fraction:
        """Return what of it is for the days before a day, by calendar months."""
        if day >= self.end or self.end <= self.start:
            return Fraction(self.amount) if day > self.start else Fraction(0)
        if day <= self.start:
            return Fraction(0)
        return Fraction(self.amount) * calendar_months(self.start, day) / calendar_months(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Billed:
    """An amount of Zuora for some days.

    Attributes:
        start: First day.
        end: First day after it.
        amount: Negative is credited.
        kind: How far it has come.
        document: Number of the invoice or credit memo.
    """

    start: date
    end: date
    amount: Decimal
    kind: str
    document: str | None = None


def periods(quoted: Sequence[Spread] | None, billed: Iterable[Billed], rounding: Rounding) -> tuple[Period, ...]:
    """Return both sides period by period, the earliest first; each side's amounts add up to its total.

    What overlaps, such as an invoice and the credit for its last days, is one period. Days for which CPQ sold something
    and Zuora bills nothing are periods of their own.

    Args:
        quoted: What CPQ sold; None where it has no total.
        billed: What Zuora bills.
        rounding: The currency's.
    """
    groups = list(_groups(sorted(billed, key=lambda one: (one.start, one.end))))
    spans = [(group[0].start, max(one.end for one in group), group) for group in groups]
    if quoted is None:
        return tuple(_period(start, end, None, group) for start, end, group in spans)
    filled = list(_filled(quoted, spans))
    shares = _shares(quoted, [end for _, end, _ in filled], rounding)
    found = (_period(start, end, share, group) for (start, end, group), share in zip(filled, shares, strict=True))
    return tuple(one for one in found if one.kind != NOT_BILLED or one.quoted)


Span = tuple[date, date, Sequence[Billed]]


def _groups(items: Iterable[Billed]) -> Iterator[list[Billed]]:
    """Yield items that overlap together; they are in the order of their days."""
    group: list[Billed] = []
    for one in items:
        if group and one.start >= max(other.end for other in group):
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _filled(quoted: Sequence[Spread], spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the spans, and those between and around them on which CPQ sold something."""
    last = max((one.end for one in quoted), default=date.min)
    day = min((one.start for one in quoted), default=date.max)
    for start, end, group in spans:
        if day < start:
            yield day, start, ()
        yield start, end, group
        day = max(day, end)
    if day < last:
        yield day, last, ()


def _shares(quoted: Sequence[Spread], ends: Sequence[date], rounding: Rounding) -> Iterator[Decimal]:
    """Yield CPQ's share of each of some periods that follow one another; the last takes what is left."""
    whole = sum((one.amount for one in quoted), _NOTHING)
    so_far = _NOTHING
    for position, end in enumerate(ends, 1):
        reached = rounding.round(sum((one.until(end) for one in quoted), Fraction(0)))
        reached = whole if position == len(ends) else reached
        yield reached - so_far
        so_far = reached


def _period(start: date, end: date, quoted: Decimal | None, group: Sequence[Billed]) -> Period:
    amount = sum((one.amount for one in group), _NOTHING)
    kinds = "+".join(dict.fromkeys(one.kind for one in group)) or NOT_BILLED
    documents = tuple(dict.fromkeys(one.document for one in group if one.document))
    return Period(start, end, quoted, amount, kinds, documents)
