"""Whether an order that was taken back still bills anything in Zuora, and what of it is invoiced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cpqbridge.money.charge_segments import segments_of, subscribed_charges
from cpqbridge.planning.actions import CANCEL
from cpqbridge.planning.compare import effective_day
from cpqbridge.planning.existing import NOT_BILLED
from cpqbridge.planning.numbers import undo_number
from cpqbridge.planning.removal.taken import Removal
from cpqbridge.planning.state import Row


def has_effect(removal: Removal, number: str, held: Row) -> bool:
    """Return whether a Zuora order of these bills anything still: a subscription, a change of one, or a line item."""
    undo = removal.parts.get(undo_number(number))
    if held.get("status") in NOT_BILLED or (undo is not None and undo.get("status") not in NOT_BILLED):
        return False
    return any(entry_has_effect(removal, entry) for entry in held.get("subscriptions") or ()) or any(left_of(held))


def entry_has_effect(removal: Removal, entry: Row) -> bool:
    """Return whether what an order did to a subscription counts still.

    It does not where the subscription was cancelled from before, or by somebody in Zuora since. The order that
    cancelled it counts as long as it is cancelled.
    """
    row = removal.subscriptions.get(entry["subscriptionNumber"])
    if row is None or row.get("status") != "Cancelled":
        return row is not None
    later = removal.later.get(entry["subscriptionNumber"], ())
    by_hand = bool(later) and later[-1].sold is None
    if not by_hand and any(action.get("type") == CANCEL for action in entry.get("orderActions") or ()):
        return True
    return not by_hand and str(row.get("subscriptionEndDate") or "9999") > first_day(entry)


def left_of(held: Row) -> Iterator[tuple[Row, Any]]:
    """Yield the line items of an order that are not taken back, each with the quantity that is left."""
    for line in held.get("orderLineItems") or ():
        available = line.get("quantityAvailableForReturn")
        quantity = line.get("quantity") if available is None else available
        if line.get("itemState") != "Canceled" and line.get("itemCategory") != "Return" and quantity:
            yield line, quantity


def first_day(entry: Row) -> str:
    """Return the first day on which an order's actions on a subscription take effect."""
    return min((str(effective_day(action) or "") for action in entry.get("orderActions") or ()), default="")


def creates(entry: Row) -> bool:
    """Return whether an order began a subscription."""
    return any(action.get("type") == "CreateSubscription" for action in entry.get("orderActions") or ())


def invoiced_through(removal: Removal, held: Row) -> str | None:
    """Return the first day that is not invoiced of what an order did; None when nothing of it is invoiced."""
    found = []
    for entry in held.get("subscriptions") or ():
        since = "" if creates(entry) else first_day(entry)
        found += [
            through
            for _, charge in subscribed_charges(removal.subscriptions.get(entry["subscriptionNumber"]) or {})
            for segment in segments_of(charge)
            if (through := str(segment.charged_through or "")) > since
        ]
    return max(found, default=None)


def is_charged_once(subscription: Row) -> bool:
    """Return whether a subscription has a one-time charge, which a cancellation leaves."""
    return any(charge.get("type") == "OneTime" for _, charge in subscribed_charges(subscription))
