"""What an event says to the poll: which records to look at, to look at everything, or nothing."""

from __future__ import annotations

from collections.abc import Collection

from cpqbridge.jobs.feed.hints import Hints
from cpqbridge.salesforce.events.event import Change, Event
from cpqbridge.salesforce.ids import to_18

OWN = "cpqbridge"
"""What the connector calls itself in `Sforce-Call-Options`, which a change's origin repeats."""

EVERYTHING: Hints = {}

_BOOKKEEPING = frozenset({"lastmodifieddate", "lastmodifiedbyid", "systemmodstamp"})

_BY_PREFIX = {"001": "Account", "003": "Contact", "01t": "Product2", "801": "Order", "802": "OrderItem"}
"""Standard objects by the first three characters of their records' ids."""


def meaning(event: Event, own_fields: Collection[str]) -> Hints | None:
    """Return what an event says; None for nothing.

    What cannot be read may mean anything. A gap tells that Salesforce could not say what has changed. A change of
    fields that only the connector writes, by the connector, is the echo of its own work.

    Args:
        event: What came in.
        own_fields: Fields that the connector writes onto records, in lower case.
    """
    if event.problem is not None:
        return EVERYTHING
    if event.change is None:
        return _named(event)
    if event.change.gap or not event.change.record_ids:
        return EVERYTHING
    return None if is_own(event.change, own_fields) else {event.change.entity: event.change.record_ids}


def is_own(change: Change, own_fields: Collection[str]) -> bool:
    """Tell whether a change is the echo of the connector's own write, and of nothing else's.

    What a flow or a trigger writes in the same transaction has the same origin; it shows by its fields. An update
    that names no fields tells nothing, so it is not taken for an echo.
    """
    own = change.client == OWN and change.kind == "UPDATE" and bool(change.fields)
    return own and {name.lower() for name in change.fields} <= _BOOKKEEPING.union(own_fields)


def _named(event: Event) -> Hints:
    """Return the records that a platform event names by their ids, in whichever of its fields."""
    found: dict[str, list[str]] = {}
    for value in event.fields.values():
        record = to_18(value) if isinstance(value, str) else None
        if record and (name := _BY_PREFIX.get(record[:3])):
            found.setdefault(name, []).append(record)
    return found or EVERYTHING
