"""Bounds of usage tiers: Salesforce's upper bounds are exclusive, Zuora's bounds are both inclusive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from cpqbridge.mapping.rule import UnmappableError
from cpqbridge.mapping.transforms import Number, plain

Range = tuple[Decimal, Decimal | None]
"""Lower bound, inclusive, and upper bound, exclusive; None for an open end."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The units of one tier, both inclusive; `end` is None for an open one."""

    start: Number
    end: Number | None


def tier_bounds(ranges: Sequence[Range], decimals: int, *, raise_lower: bool) -> list[Bounds]:
    """Return the bounds of Zuora's tiers for CPQ's ranges, in their order.

    Source: guide "Starting Unit", "Ending Unit"; orders sync, tier bound conversion. The last upper bound is kept.

    Args:
        ranges: By lower bound.
        decimals: Decimal places of the unit of measure.
        raise_lower: Option `increment_tier_upper_bound`: keep upper bounds and begin each further tier one smallest
            unit later; else end each tier but the last one smallest unit earlier.

    Raises:
        UnmappableError: There is none, one is empty, they do not follow each other, or the first begins too late.
    """
    unit = Decimal(1).scaleb(-decimals)
    _check(ranges, unit)
    last = len(ranges) - 1
    made = []
    for position, (lower, upper) in enumerate(ranges):
        start = lower + unit if raise_lower and position else lower
        end = upper if upper is None or raise_lower or position == last else upper - unit
        if end is not None and end < start:
            raise UnmappableError(f"the rate from {plain(lower)} to {plain(upper)} holds no whole unit of {unit}")
        made.append(Bounds(plain(start), None if end is None else plain(end)))
    return made


def _check(ranges: Sequence[Range], unit: Decimal) -> None:
    if not ranges:
        raise UnmappableError("there are no rates")
    first = ranges[0][0]
    if not 0 <= first <= unit:
        raise UnmappableError(f"the first rate begins at {plain(first)}; Zuora's first tier begins at 0")
    for (lower, upper), (following, _) in pairwise(ranges):
        if upper is None:
            raise UnmappableError(f"the rate from {plain(lower)} is open, but another one begins at {plain(following)}")
        if following != upper:
            kind = "a gap" if following > upper else "an overlap"
            raise UnmappableError(f"{kind}: one rate ends at {plain(upper)}, the next begins at {plain(following)}")
    for lower, upper in ranges:
        if upper is not None and upper <= lower:
            raise UnmappableError(f"the rate from {plain(lower)} to {plain(upper)} is empty")
