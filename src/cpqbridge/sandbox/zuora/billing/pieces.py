"""What of a charge is billed for which days: service periods with their part of the billing period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from cpqbridge.sandbox.zuora.billing.cuts import cut, month_from
from cpqbridge.sandbox.zuora.billing.cycles import Days, Months, Term, Zone
from cpqbridge.sandbox.zuora.billing.rules import Rules
from cpqbridge.sandbox.zuora.billing.shares import Ratio, part, whole

#: First day and end (exclusive).
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    """Days of one segment in one billing period.

    Attributes:
        zone: How they are cut.
        start: First day.
        end: Last day, exclusive.
        opening: Whether the charge itself begins on the first day.
        closing: Whether the charge itself ends on the last day.
    """

    zone: Zone
    start: int
    end: int
    opening: bool
    closing: bool

    @property
    def period(self) -> Span:
        """First day and end (exclusive) of the billing period."""
        return self.zone.cycle.around(self.start)


@dataclass(frozen=True, slots=True)
class Service:
    """A service period that is billed: its days and how many units (months, weeks) of the price it has."""

    start: int
    end: int
    units: Ratio
    full: bool


def pieces(zones: list[Zone], span: Span, until: int) -> Iterator[Piece]:
    """Cut a span of days into billing periods.

    Args:
        zones: How to cut, in order.
        span: First day and end (exclusive).
        until: Last day on which a piece may begin.
    """
    start, end = span
    for zone in zones:
        day = max(start, zone.start)
        stop = min(end, zone.end)
        while day < stop and day <= until:
            after = min(stop, zone.cycle.around(day)[1])
            yield Piece(zone, day, after, opening=day == start, closing=after == end)
            day = after


def own(piece: Piece, *, opening: bool, closing: bool) -> Piece:
    """The piece with what it is to its segment taken for what it is to the charge, where that is so."""
    return replace(piece, opening=piece.opening and opening, closing=piece.closing and closing)


def service(piece: Piece, rules: Rules, *, weeks: bool = False) -> Service | None:
    """What is billed for a piece; None: nothing.

    Only at the charge's own ends a part of a period may be billed otherwise than by its part: left out, or as a whole.

    Args:
        piece: The days.
        rules: The billing rules.
        weeks: Whether a term is counted in weeks.
    """
    cycle, (first, last) = piece.zone.cycle, piece.period
    opening, closing = piece.opening and piece.start > first, piece.closing and piece.end < last
    start, end = piece.start, piece.end
    if rules.full and (opening or closing) and not isinstance(cycle, Term):
        end = last if closing else end
        return Service(start, end, whole(cycle, rules), full=(start, end) == (first, last))
    if opening:
        start = _opened(piece, rules)
    if closing:
        end = _closed(piece, rules)
    if start >= end:
        return None
    if start == first and end == last:
        return Service(start, end, whole(cycle, rules, weeks=weeks), full=True)
    return Service(start, end, part(cycle, rules, start, end, weeks=weeks), full=False)


def _opened(piece: Piece, rules: Rules) -> int:
    """First day that is billed of the part of a period with which a charge begins."""
    cycle, (first, last) = piece.zone.cycle, piece.period
    if isinstance(cycle, Days):
        return piece.start if rules.week or not cycle.weekly else first - (first - piece.start) // 7 * 7
    if isinstance(cycle, Months) and cycle.count == 1:
        return piece.start if rules.month else last
    if not rules.period:
        return last
    return piece.start if rules.month else cut(month_from(piece.start, cycle.cycle_day), cycle.cycle_day)


def _closed(piece: Piece, rules: Rules) -> int:
    """End (exclusive) of what is billed of the part of a period with which a charge ends.

    A month, or a longer period, is filled up; a week is left out.
    """
    cycle, (first, last) = piece.zone.cycle, piece.period
    if isinstance(cycle, Days):
        return piece.end if rules.week or not cycle.weekly else first + (piece.end - first) // 7 * 7
    if isinstance(cycle, Months) and cycle.count == 1:
        return piece.end if rules.month else last
    if not rules.period:
        return last
    return piece.end if rules.month else min(last, cut(month_from(piece.end, cycle.cycle_day), cycle.cycle_day))


def gaps(span: Span, taken: list[Span]) -> list[Span]:
    """The parts of a span that none of the taken ones covers, in order."""
    left = [span]
    for start, end in taken:
        left = [
            part
            for first, last in left
            for part in ((first, min(last, start)), (max(first, end), last))
            if part[0] < part[1]
        ]
    return left
