"""Reads from Salesforce what the orders at hand amend or renew, and everything else in the same chains.

One call, of a few queries, for each step away from the orders: the originals by id, their revisions, and what renews
them. An order of new business takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import (
    REVISED,
    SEGMENT_KEY,
    SUBSCRIPTION,
    is_asset_change,
    is_change,
    renewed_subscription,
)
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.sold import Sold
from cpqbridge.settings.options import Options

Rows = Callable[[Mapping[str, Sequence[str]]], Coroutine[Any, Any, list[dict[str, Any]]]]
"""Gives the order products of which one of these fields has one of its keys, each with its `Order`."""

RENEWED = "SBQQ__QuoteLine__r.SBQQ__RenewedSubscription__c"
CONTRACT = "SBQQ__Subscription__r.SBQQ__Contract__c"
_BY = ("Id", REVISED, SUBSCRIPTION, RENEWED)


@dataclass(slots=True)
class _Search:
    """What is known, and which keys have been asked for by field."""

    sold: Sold
    asked: dict[str, set[str]] = field(default_factory=dict)

    def take(self, rows: Iterable[Record]) -> None:
        for row in rows:
            kept = self.sold.items if row.get(SUBSCRIPTION) else self.sold.assets
            kept.setdefault(row["Id"], row)

    def wanted(self) -> dict[str, list[str]]:
        """Return the keys to ask for next, by field."""
        keys: dict[str, set[str]] = {name: set() for name in (*_BY, "OrderId", CONTRACT)}
        keys["Id"] = {one[REVISED] for one in self.sold.assets.values() if one.get(REVISED)} - set(self.sold.assets)
        items = self.sold.items
        for item in items.values():
            original, renewed = item.get(REVISED), renewed_subscription(item)
            subscription = item.get("SBQQ__Subscription__r") or {}
            keys["Id"] |= {original} if original and original not in items else set()
            keys[REVISED] |= {original or item["Id"]}
            keys[SUBSCRIPTION] |= {renewed} if renewed else set()
            keys[RENEWED] |= {item[SUBSCRIPTION], subscription.get("SBQQ__RevisedSubscription__c")} - {None}
            contract = subscription.get("SBQQ__Contract__c")
            keys[CONTRACT] |= {contract} if self.sold.whole_contracts and contract else set()
            keys["OrderId"] |= {item["OrderId"]} if self.sold.rebooked or item.get(SEGMENT_KEY) else set()
        keys[SUBSCRIPTION] -= {item[SUBSCRIPTION] for item in items.values()}
        return {name: sorted(some - self.asked.get(name, set())) for name, some in keys.items()}

    def note(self, wanted: dict[str, list[str]]) -> None:
        for name, keys in wanted.items():
            self.asked.setdefault(name, set()).update(keys)


async def sold_before(snapshot: Snapshot, rows: Rows, options: Options) -> Sold:
    """Return every order product in the chains of a snapshot's orders, each with its `Order`.

    Args:
        snapshot: The orders.
        rows: Asks Salesforce.
        options: Whether chains go on where a product is sold again, and whether added products join a subscription.
    """
    rebooked, hosted = options.price_changes == "in_place", options.added_products == "existing_subscription"
    search = _Search(Sold(rebooked=rebooked, hosted=hosted, whole_contracts=hosted or options.auto_renew))
    for order in snapshot.orders.values():
        items = children(order, "OrderItems")
        added = hosted and (order.get("SBQQ__Quote__r") or {}).get("SBQQ__Type__c") == "Amendment"
        if added or any(is_change(one) or is_asset_change(one) or one.get(SEGMENT_KEY) for one in items):
            search.take({**item, "OrderId": order["Id"], "Order": order} for item in items)
            search.asked.setdefault("OrderId", set()).add(order["Id"])
    return await _all(search, rows)


async def complete(sold: Sold, rows: Rows) -> Sold:
    """Return every order product in the chains of some: what they revise and renew, and what does so with them.

    Args:
        sold: The order products, each with its `Order`.
        rows: Asks Salesforce.
    """
    return await _all(_Search(replace(sold)), rows)


async def _all(search: _Search, rows: Rows) -> Sold:
    while any((wanted := search.wanted()).values()):
        search.note(wanted)
        search.take(await rows({name: keys for name, keys in wanted.items() if keys}))
    return replace(search.sold)
