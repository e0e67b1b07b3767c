"""How far a subscription is billed, and whether what an order did to it is."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.store import Row, Store

_MARKS = ("chargedThroughDate", "processedThroughDate", "isProcessed")

#: Fields of a segment that say nothing of what an order changed: ids, audit fields, marks of billing.
_OWN = frozenset(
    {"id", "ratePlanId", "subscriptionId", "createdDate", "updatedDate", "createdById", "updatedById", *_MARKS}
)

#: Fields of a tier that say nothing of its price.
_OWN_OF_TIER = _OWN | {"ratePlanChargeId"}

Chain = list[Row]


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


def billed_changes(store: Store, version: Row, before: Row | None) -> list[str]:
    """Numbers of the charges that a version changed and that were invoiced since.

    Args:
        store: The tenant's records.
        version: Row of the version that an order made.
        before: Row of the version before it; None when the order created the subscription.
    """
    old, new = _chains(store, before), _chains(store, version)
    invoiced = {
        row["chargeNumber"]
        for kind in ("invoiceItem", "creditMemoItem")
        for row in store.find(kind, subscriptionId=version["id"])
        if not row.get("_void")
    }
    billed = [
        number
        for number, chain in new.items()
        if number in invoiced or _through(chain) != _through(old.get(number, []))
    ]
    return [number for number in billed if _content(store, new[number]) != _content(store, old.get(number, []))]


def keep_marks(store: Store, source: Row, target: Row) -> None:
    """Copy the marks of billing to the same segments of another version.

    Args:
        store: The tenant's records.
        source: Row of the version that has the marks.
        target: Row of the other version.
    """
    marked = {_place(row): row for row in store.find("ratePlanCharge", subscriptionId=source["id"])}
    for row in store.find("ratePlanCharge", subscriptionId=target["id"]):
        billed = marked.get(_place(row))
        if billed:
            store.update("ratePlanCharge", row["id"], {name: billed.get(name) for name in _MARKS})


def _place(row: Row) -> tuple[str, str | None]:
    return row["chargeNumber"], row["effectiveStartDate"]


def _chains(store: Store, version: Row | None) -> dict[str, Chain]:
    chains: dict[str, Chain] = {}
    for row in store.find("ratePlanCharge", subscriptionId=version["id"]) if version else []:
        chains.setdefault(row["chargeNumber"], []).append(row)
    return {number: sorted(rows, key=lambda row: int(row["segment"])) for number, rows in chains.items()}


def _through(chain: Chain) -> str:
    return max((row.get("chargedThroughDate") or "" for row in chain), default="")


def _content(store: Store, chain: Chain) -> list[Any]:
    return [(_without(row, _OWN), _tiers(store, row)) for row in chain]


def _tiers(store: Store, row: Row) -> list[Row]:
    return [_without(tier, _OWN_OF_TIER) for tier in store.find("ratePlanChargeTier", ratePlanChargeId=row["id"])]


def _without(row: Row, names: frozenset[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}
