"""Reads from Salesforce what the orders at hand amend or renew, and everything else in the same chains.

Three queries, together, for each step away from the orders: the originals by id, their revisions, and what renews them.
An order of new business takes none.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import CANCEL, REVISED, SEGMENT_KEY, SUBSCRIPTION, is_change
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.transport.together import together

Rows = Callable[[str, Sequence[str]], Coroutine[Any, Any, list[dict[str, Any]]]]
"""Gives the order products whose field has one of the keys, each with its `Order`."""

RENEWED = "SBQQ__QuoteLine__r.SBQQ__RenewedSubscription__c"
_BY = ("Id", REVISED, SUBSCRIPTION, RENEWED)


@dataclass(slots=True)
class _Search:
    """What is known, and which keys have been asked for by field."""

    rebooked: bool
    items: dict[str, Record] = field(default_factory=dict)
    asked: dict[str, set[str]] = field(default_factory=dict)

    def take(self, rows: Iterable[Record]) -> None:
        self.items.update({row["Id"]: row for row in rows if row.get(SUBSCRIPTION)})

    def wanted(self) -> dict[str, list[str]]:
        """Return the keys to ask for next, by field."""
        keys: dict[str, set[str]] = {name: set() for name in (*_BY, "OrderId")}
        for item in self.items.values():
            original, renewed = item.get(REVISED), (item.get("SBQQ__QuoteLine__r") or {}).get(RENEWED.split(".")[1])
            subscription = item.get("SBQQ__Subscription__r") or {}
            keys["Id"] |= {original} if original and original not in self.items else set()
            keys[REVISED] |= {original or item["Id"]}
            keys[SUBSCRIPTION] |= {renewed} if renewed else set()
            keys[RENEWED] |= {subscription.get("SBQQ__RevisedSubscription__c") or item[SUBSCRIPTION]}
            ended = self.rebooked and original and item.get("SBQQ__ContractAction__c") == CANCEL
            keys["OrderId"] |= {item["OrderId"]} if ended or item.get(SEGMENT_KEY) else set()
        known = {item[SUBSCRIPTION] for item in self.items.values()}
        keys[SUBSCRIPTION] -= known
        return {name: sorted(some - self.asked.get(name, set())) for name, some in keys.items()}

    def note(self, wanted: dict[str, list[str]]) -> None:
        for name, keys in wanted.items():
            self.asked.setdefault(name, set()).update(keys)


async def sold_before(snapshot: Snapshot, rows: Rows, *, rebooked: bool) -> dict[str, Record]:
    """Return every order product in the chains of a snapshot's orders, by id, each with its `Order`.

    Args:
        snapshot: The orders.
        rows: Asks Salesforce.
        rebooked: Whether a product that an amendment cancels and sells again goes on as the same subscription.
    """
    search = _Search(rebooked)
    for order in snapshot.orders.values():
        items = children(order, "OrderItems")
        if any(is_change(item) for item in items):
            search.take({**item, "OrderId": order["Id"], "Order": order} for item in items)
            search.asked.setdefault("OrderId", set()).add(order["Id"])
    while search.items and any((wanted := search.wanted()).values()):
        search.note(wanted)
        fields = [name for name, keys in wanted.items() if keys]
        for found in await together(rows(name, wanted[name]) for name in fields):
            search.take(row for row in found if row["Id"] not in search.items)
    return search.items
