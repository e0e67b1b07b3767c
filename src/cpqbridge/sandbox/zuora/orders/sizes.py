"""How large an order may be, by the call that creates it."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import broken

#: Subscriptions, actions in all, and actions on one subscription.
SYNCHRONOUS, ASYNCHRONOUS = 50, 300

MAX_LINE_ITEMS = 100
MAX_ORDERS_PER_SUBSCRIPTION = 1000


def check_size(body: dict[str, Any], limit: int) -> None:
    """Refuse an order that is larger than the call permits.

    Raises:
        Refusal: Too many subscriptions, order actions or order line items.
    """
    entries = body.get("subscriptions") or []
    counts = [len(entry.get("orderActions") or []) for entry in entries]
    for what, count, most in (
        ("subscriptions", len(entries), limit),
        ("order actions", sum(counts), limit),
        ("order actions on one subscription", max(counts, default=0), limit),
        ("order line items", len(body.get("orderLineItems") or []), MAX_LINE_ITEMS),
    ):
        if count > most:
            raise broken(f"An order of this call may hold at most {most} {what}; this one holds {count}.")
