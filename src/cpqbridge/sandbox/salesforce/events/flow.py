"""The org's Flow: when the last product of an order is contracted, it publishes the order's platform event."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cpqbridge.sandbox.salesforce.cpq.pending import pending_items
from cpqbridge.sandbox.salesforce.events.writes import Write

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.store import Store

WATCHED: Final = "OrderItem"
"""Object whose writes start the Flow."""

REASON: Final = "Contracted"
"""What the event gives as its reason."""


def contracted_orders(store: Store, writes: Iterable[Write]) -> list[str]:
    """Return the orders whose contracting finished with these writes."""
    items = [
        write.record_id for write in writes if write.sobject == WATCHED and write.values.get("SBQQ__Contracted__c") == 1
    ]
    rows = [store.get(WATCHED, item) or {} for item in items]
    orders = dict.fromkeys(str(row["OrderId"]) for row in rows if row and not row["IsDeleted"])
    return [order for order in orders if not pending_items(store.find(WATCHED, "OrderId", order))]
