"""Multi-dimensional lines: what happens to their segments when they are sold again or renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from cpqbridge.sandbox.salesforce.cpq.chain import Chain
from cpqbridge.sandbox.salesforce.cpq.pricing import end_of_term

Row = Mapping[str, Any]

DESEGMENTED: Final = "De-segmented"
"""MDQ Renewal Behavior of a contract whose segments renew as one line."""

_MONTHS: Final[Mapping[str, int]] = {"Year": 12, "Quarter": 3, "Month": 1}
"""Months of a segment by its dimension; a custom dimension renews as one segment."""


def spans(start: date, end: date, dimension: str | None) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each segment of a term; the last one is what is left of it."""
    months = _MONTHS.get(dimension or "")
    if months is None:
        yield start, end
        return
    first = start
    number = 0
    while first <= end:
        number += 1
        last = min(end_of_term(start, months * number), end)
        yield first, last
        first = last + timedelta(days=1)


def segment_fields(chain: Chain, number: int, start: date) -> dict[str, Any]:
    """Return the fields that make a line a segment of a multi-dimensional line sold anew.

    Args:
        chain: A segment of what is sold again.
        number: Number of the new segment, from 1.
        start: First day on which it is sold again; together with the old key it makes the new one.
    """
    dimension = chain.original.get("SBQQ__DimensionType__c")
    label = f"{dimension} {number}" if dimension in _MONTHS else f"Segment {number}"
    return {
        "SBQQ__SegmentKey__c": str(uuid5(NAMESPACE_OID, f"{chain.segments} {start}")),
        "SBQQ__SegmentIndex__c": number,
        "SBQQ__SegmentLabel__c": label,
        "SBQQ__DimensionType__c": dimension,
    }
