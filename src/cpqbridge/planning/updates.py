"""Plans the updates of one charge: on each day on which it must bill something else, later changes left as they are.

Source: API description "Create an order", Update Product; a charge is updated from a day until its next segment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.actions import Action, number_of
from cpqbridge.planning.compare import content_of, effective_day
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Line, Span, Value, value_on
from cpqbridge.planning.state import Row

_QUANTITY = "OrderItem.Quantity"


def first_difference(was: Sequence[Span], becomes: Sequence[Span]) -> date | None:
    """Return the first day on which two timelines differ; before the later beginning of the two they are alike."""
    both, begin = (*was, *becomes), max(spans[0].start for spans in (was, becomes) if spans)
    days = sorted(day for day in {one.start for one in both} | {one.end for one in both if one.end} if day >= begin)
    return next((day for day in days if value_on(was, day) != value_on(becomes, day)), None)


def end_of_all(spans: Sequence[Span]) -> date | None:
    """Return the day from which nothing is left until the end, or None where something is."""
    last = None
    for span in reversed(spans):
        if span.active:
            break
        last = span.start
    return last


def cuts(line: Line, was: Sequence[Span], becomes: Sequence[Span], sent: Sequence[Row] | None) -> set[date]:
    """Return the days on which the charge has a further segment in Zuora: an update reaches until the next one.

    A sale like the one before it, such as a renewal at the same price, makes none. A repeat knows it by the updates
    that were sent: where a segment began, one was needed for another value, else for the value that was there.
    """
    if sent is None:
        return {held.start for held in line.billed if held.start is not None}
    updated = {day for action in sent if (day := _updated_on(action, line.held.get("number")))}
    days = updated | {span.start for span in was}
    return {day for day in days if (day in updated) == (value_on(becomes, day) != value_on(was, day))}


def _updated_on(action: Row, charge: Any) -> date | None:
    charges = {one.get("chargeNumber") for one in content_of(action).get("chargeUpdates") or ()}
    on = effective_day(action) if charge in charges else None
    return dates.parse(on) if on else None


def as_cut(spans: Sequence[Span], cuts: Collection[date]) -> list[Span]:
    """Return what is billed in the segments that the charge has: like days are one, unless a further one begins."""
    found: list[Span] = []
    for span in spans:
        inner = sorted(day for day in cuts if span.covers(day) and day > span.start)
        for start, end in zip([span.start, *inner], [*inner, span.end], strict=True):
            last = found[-1] if found else None
            if last is not None and start not in cuts and (last.end, last.value) == (start, span.value):
                found[-1] = Span(last.start, end, last.value, last.item)
            else:
                found.append(Span(start, end, span.value, span.item))
    return found


def renewed(spans: Sequence[Span], start: date, end: date | None) -> list[Span]:
    """Return what a charge bills once its subscription is renewed: as on the last day of the old term."""
    *kept, last = (span for span in spans if span.start < start)
    return [*kept, Span(last.start, end, last.value, last.item)]


def updates(
    draft: Draft,
    order: Record,
    line: Line,
    was: Sequence[Span],
    becomes: Sequence[Span],
    first: date,
    last: date | None,
) -> Iterator[Action]:
    """Yield an update for each day on which what is billed must become another; later stretches stay as they are."""
    held = list(was)
    days = sorted({span.start for span in (*was, *becomes) if span.start >= first})
    for day in days:
        if last is not None and day >= last:
            return
        wanted = next((span for span in becomes if span.covers(day)), None)
        stands = next((span for span in held if span.covers(day)), None)
        value = _between(line, wanted, stands)
        if wanted is None or stands is None or value == stands.value:
            continue
        if value is None:
            message = f"Nothing is left of {line.what} from {day} on, and something again later"
            draft.refuse("CPQ-434", _QUANTITY, message)
            return
        before_another = any(span.start > day for span in held)
        given = {
            "on": day,
            "rate_plan": number_of(line.standing.plan),
            "charge_number": line.held.get("number"),
            "before_another": before_another,
            "model": line.model,
            **value.changes(stands.value),
        }
        yield Action(draft.tables.update_product, day, {"Order": order, "OrderItem": wanted.item}, given)
        held[held.index(stands) :] = [
            *([Span(stands.start, day, stands.value, stands.item)] if stands.start < day else []),
            Span(day, stands.end, value, wanted.item),
            *held[held.index(stands) + 1 :],
        ]


def _between(line: Line, wanted: Span | None, stands: Span | None) -> Value | None:
    """Return what a charge bills on days on which nothing is left of it, and something again later: nothing of it.

    CPQ cancels in the old contract what a renewal, contracted before, goes on with.
    """
    if wanted is None or wanted.value is not None or stands is None or stands.value is None or line.schedule:
        return wanted.value if wanted else None
    value = stands.value
    return Value(quantity=0, price=value.price) if value.quantity is not None else Value(price=0)
