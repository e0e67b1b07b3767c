"""How far a subscription is billed."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.store import Row, Store


def billed_until(store: Store, subscription: Row) -> str:
    """End (exclusive) of the last invoiced period; the subscription's start when nothing of it was invoiced.

    Args:
        store: The tenant's records.
        subscription: Row of a version.
    """
    charges = store.find("ratePlanCharge", subscriptionId=subscription["id"])
    billed: list[str] = [charge["chargedThroughDate"] for charge in charges if charge.get("chargedThroughDate")]
    start: str = subscription["subscriptionStartDate"]
    return max([start, *billed])
