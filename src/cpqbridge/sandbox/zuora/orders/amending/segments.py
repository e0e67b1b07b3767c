"""Segments of a charge: a new one from a day on, the end of all, another end of the last.

A chain is the list of a charge's segments in order. They follow each other (each ends, exclusive, where the next one
begins; only a suspension leaves a gap) and are numbered from 1. Dates in rows are ``YYYY-MM-DD`` texts, an open end is
None, a start that is not known yet (a missing trigger date) is None too.
"""

from __future__ import annotations

from datetime import date

from cpqbridge.sandbox.zuora.orders.amending.versions import add_segment, drop_segment
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.periods import charge_end
from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.store import Row, Store

Chain = list[Row]

_UNBILLED = {"chargedThroughDate": None, "processedThroughDate": None, "isProcessed": False}


def started(chain: Chain) -> bool:
    """Whether the charge's start is known."""
    return chain[0]["effectiveStartDate"] is not None


def at(chain: Chain, on: date) -> Row | None:
    """The segment that is in force on a day."""
    text = on.isoformat()
    for row in chain:
        start, end = row["effectiveStartDate"], row["effectiveEndDate"]
        if start is not None and start <= text and (end is None or text < end):
            return row
    return None


def begin(store: Store, chain: Chain, on: date, fields: Row, tiers: list[Row]) -> Row:
    """Let a new segment begin on a day and last until the segment of that day would have ended.

    A segment that begins on that very day is replaced.

    Args:
        store: The tenant's records.
        chain: The charge's segments.
        on: First day of the new segment.
        fields: What differs from the segment that is in force on the day.
        tiers: Its price tiers.

    Raises:
        Refusal: The charge is not in force on that day.
    """
    before = at(chain, on)
    if before is None:
        raise broken(f"The charge '{chain[0]['chargeNumber']}' is not in force on {on}.")
    start = on.isoformat()
    row = before | fields | _UNBILLED | {"effectiveStartDate": start, "version": before["version"] + 1}
    if before["effectiveStartDate"] == start:
        drop_segment(store, before)
    else:
        store.update("ratePlanCharge", before["id"], {"effectiveEndDate": start})
    made = add_segment(store, row, tiers)
    renumber(store, [*chain, made])
    return made


def finish(store: Store, chain: Chain, on: date) -> None:
    """End a charge on a day (exclusive): later segments go, and one that has not begun keeps no day at all."""
    text = on.isoformat()
    first, *later = chain
    for row in later:
        if row["effectiveStartDate"] >= text:
            drop_segment(store, row)
    left = [first, *(row for row in later if row["effectiveStartDate"] < text)]
    last = left[-1]
    if not started(chain):
        return
    end = max(text, last["effectiveStartDate"])
    if last["effectiveEndDate"] is None or end < last["effectiveEndDate"]:
        store.update("ratePlanCharge", last["id"], {"effectiveEndDate": end})
    renumber(store, left)


def set_end(store: Store, chain: Chain, before: str | None, after: str | None) -> None:
    """Move a charge's end to where its end condition puts it when the subscription's end moves.

    A charge that ended for another reason, such as a suspension, stays as it is.

    Args:
        store: The tenant's records.
        chain: The charge's segments.
        before: The subscription's end until now, as text; None: evergreen.
        after: Its end from now on.
    """
    if not started(chain) or chain[0]["chargeType"] == "OneTime":
        return
    first, last = day(chain[0]["effectiveStartDate"]), chain[-1]
    if last["effectiveEndDate"] != _text(charge_end(last, first, before)):
        return
    end = charge_end(last, first, after)
    if end is not None and end.isoformat() <= last["effectiveStartDate"]:
        finish(store, chain, end)
        return
    store.update("ratePlanCharge", last["id"], {"effectiveEndDate": _text(end)})


def renumber(store: Store, chain: Chain) -> None:
    """Number the segments of a chain that still exist from 1 in the order of their dates."""
    rows = [row for item in chain if (row := store.get("ratePlanCharge", item["id"]))]
    rows.sort(key=lambda row: str(row["effectiveStartDate"]))
    for number, row in enumerate(rows, 1):
        fields = {"segment": number, "isLastSegment": number == len(rows)}
        if fields != {name: row[name] for name in fields}:
            store.update("ratePlanCharge", row["id"], fields)


def _text(on: date | None) -> str | None:
    return on.isoformat() if on else None
