"""How an order that is taken back will stand in Zuora when others, which go before it, are taken back there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cpqbridge.planning.numbers import sold_number
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.removal.taken import Removal
from cpqbridge.planning.state import Row


def afterwards(removal: Removal, plans: Iterable[SyncPlan]) -> Removal:
    """Return a removal as it will stand when these plans, which take other orders back, have been carried out.

    Args:
        removal: An order that is taken back, as it stands.
        plans: Of those before it; one that is held changes nothing.
    """
    carried = [plan for plan in plans if not plan.problems]
    gone = {plan.number for plan in carried}
    cancelled = {
        entry["subscriptionNumber"]
        for plan in carried
        for operation in plan.operations
        if operation.name == "undo_order"
        for entry in operation.body.get("subscriptions") or ()
    }
    later = {
        name: [one for one in listed if sold_number(one.number) not in gone] for name, listed in removal.later.items()
    }
    subscriptions = {name: _cancelled(row) if name in cancelled else row for name, row in removal.subscriptions.items()}
    return replace(removal, later=later, subscriptions=subscriptions)


def _cancelled(row: Row) -> Row:
    return {**row, "status": "Cancelled", "subscriptionEndDate": row["subscriptionStartDate"]}
