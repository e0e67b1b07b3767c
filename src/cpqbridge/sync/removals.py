"""Finds orders that were taken back in Salesforce, and reads how they stand in Zuora.

Deleted orders are in the recycle bin for fifteen days, where only `queryAll` sees them. One that is not even there may
as well be hidden from the user: it is shown, and nothing is done about it without a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.existing import NOT_BILLED, PENDING
from cpqbridge.planning.numbers import part_of, sold_number, undo_number
from cpqbridge.planning.order import part_number
from cpqbridge.planning.removal import Later, Removal, RemovalPlan, afterwards, plan_removal, taken_back
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.ids import to_18
from cpqbridge.salesforce.literals import chunks
from cpqbridge.salesforce.select import Select, build, resolve
from cpqbridge.settings.options import Options
from cpqbridge.sync.batch import Batch
from cpqbridge.transport.together import together
from cpqbridge.zuora import lookups
from cpqbridge.zuora.client import Row, ZuoraClient
from cpqbridge.zuora.subscriptions import orders_of_subscription

if TYPE_CHECKING:
    from cpqbridge.history.rows import KnownOrder

ORDER = Select(
    "Order",
    (
        *("Id", "OrderNumber", "AccountId", "Status", "StatusCode"),
        *("IsDeleted", "SBQQ__Contracted__c", "CreatedDate"),
    ),
    order_by="CreatedDate, OrderNumber",
    needed=("SBQQ__Contracted__c",),
)
"""What is read of an order to see whether it is taken back."""

MOST_PARTS = 10
"""Further parts of an order that are looked for together; more only where the last of them is there."""


@dataclass(slots=True)
class RemovalBatch(Batch):
    """What was read of one order that is taken back."""

    removal: Removal = field(kw_only=True)

    def take_in(self, later: Batch) -> None:
        """Take in what was read later of the same order."""
        if isinstance(later, RemovalBatch):
            self.removal, self.state = later.removal, later.state

    def plan(self) -> RemovalPlan:
        """Return the plan that takes the order back, as things stand."""
        return plan_removal(self.draft(), self.removal)


class RemovalReader:
    """Reads both systems for orders that are taken back.

    Args:
        salesforce: The org.
        zuora: The tenant.
        options: How such orders are treated.
    """

    def __init__(self, salesforce: SalesforceClient, zuora: ZuoraClient, options: Options) -> None:
        self._salesforce = salesforce
        self._zuora = zuora
        self._options = options

    def unsold(self, batch: Batch, order: Record) -> Removal | None:
        """Return an order that is not sold (any more) and that Zuora has, as taken back; None for any other.

        Args:
            batch: What was read of it.
            order: Its record, as the batch has it.
        """
        why = taken_back(order) if order["OrderNumber"] in batch.state.orders else None
        return Removal(order, why.reason, why.source) if why else None

    async def deleted(self, numbers: Sequence[str]) -> list[Removal]:
        """Return which of these orders are in Salesforce's recycle bin, those that are taken back first in front."""
        rows = await self._rows("OrderNumber", list(numbers))
        return self._removals(row for row in rows if row.get("IsDeleted"))

    async def since(self, day: date) -> list[Removal]:
        """Return the orders in Zuora that are not sold any more and were changed on or after a day (UTC)."""
        changed = f"SystemModstamp >= {day.isoformat()}T00:00:00Z"
        unsold = "(IsDeleted = true OR StatusCode != 'Activated' OR SBQQ__Contracted__c = false)"
        query = await resolve(self._salesforce, ORDER, f"{changed} AND {unsold}")
        removals = self._removals(await self._salesforce.query_all(query.soql))
        held = await self._in_zuora(removals)
        return [one for one in removals if one.order["OrderNumber"] in held]

    async def known(self, orders: Sequence[KnownOrder]) -> list[Removal]:
        """Return which orders of the ledger are taken back: those in Zuora, and deleted ones that are not settled."""
        removals = await self._of_ids({one.id: one.number for one in orders})
        held = await self._in_zuora(removals)
        unsettled = {one.number for one in orders if not one.settled}
        gone = {one.order["OrderNumber"] for one in removals if one.source != "Order.Status"} & unsettled
        return [one for one in removals if one.order["OrderNumber"] in held | gone]

    async def _of_ids(self, known: Mapping[str, str]) -> list[Removal]:
        """Return which orders, given as Salesforce id to number, are taken back or shown no more."""
        ids = {full: number for name, number in known.items() if (full := to_18(name))}
        rows = await self._rows("Id", list(ids))
        removals = self._removals(rows)
        shown = {row["Id"] for row in rows}
        reason = "is not in Salesforce any more, nor in its recycle bin"
        for missing in sorted(ids.keys() - shown):
            order = {"Id": missing, "OrderNumber": ids[missing]}
            removals.append(Removal(order, reason, "Order.Id", certain=False))
        return removals

    async def _in_zuora(self, removals: Iterable[Removal]) -> set[str]:
        """Return the Salesforce numbers of those orders that Zuora has."""
        numbers = [one.order["OrderNumber"] for one in removals]
        wanted = [part_number(number, position) for number in numbers for position in (0, 1)]
        rows = await lookups.orders_by_number(self._zuora, wanted)
        held = {row["orderNumber"] for row in rows}
        return {number for number in numbers if {number, part_number(number, 1)} & held}

    async def read(self, removal: Removal) -> RemovalBatch:
        """Return an order that is taken back with how it stands in Zuora."""
        parts = await self._parts(removal.order["OrderNumber"])
        entries = [entry for held in parts.values() for entry in held.get("subscriptions") or ()]
        names = list(dict.fromkeys(entry["subscriptionNumber"] for entry in entries))
        rows = await together(lookups.get_subscription(self._zuora, name) for name in names)
        subscriptions = {name: row for name, row in zip(names, rows, strict=True) if row is not None}
        later = await self._later(removal.order["OrderNumber"], parts, subscriptions)
        whole = replace(removal, parts=parts, subscriptions=subscriptions, later=later)
        state = ZuoraState(orders=dict(parts), subscriptions=dict(subscriptions))
        return RemovalBatch(Snapshot(), state, self._options, {}, removal=whole)

    async def again(self, removal: Removal) -> RemovalBatch | None:
        """Return an order as `read` does, if Salesforce still says that it is taken back; else None."""
        found = await self._of_ids({removal.order["Id"]: removal.order["OrderNumber"]})
        return await self.read(found[0]) if found else None

    async def plans(self, removals: Sequence[Removal]) -> list[RemovalPlan]:
        """Return what would be done about each of these, in this order; what the earlier ones do counts as done."""
        found: list[RemovalPlan] = []
        for removal in removals:
            batch = await self.read(removal)
            batch.removal = afterwards(batch.removal, found)
            found.append(batch.plan())
        return found

    def _removals(self, rows: Iterable[Record]) -> list[Removal]:
        """Return the orders that are not sold any more, the latest first: nothing is built on those that follow then.

        A cancellation ends all that was built on an order with it: then the earliest goes first.
        """
        taken = [(row, why) for row in rows if (why := taken_back(row)) is not None]
        latest_first = self._options.deleted_orders != "cancel"
        taken.sort(key=lambda one: (str(one[0].get("CreatedDate") or ""), one[0]["OrderNumber"]), reverse=latest_first)
        return [Removal(row, why.reason, why.source) for row, why in taken]

    async def _rows(self, name: str, keys: Sequence[str]) -> list[dict[str, Any]]:
        queries = [await build(self._salesforce, ORDER, name, some) for some in chunks(keys)]
        return [row for query in queries for row in await self._salesforce.query_all(query)]

    # Zuora

    async def _parts(self, number: str) -> dict[str, Row]:
        """Return the orders in Zuora that carry an order or take it back."""
        found: list[str] = []
        position, more = 0, True
        while more:
            some = [part_number(number, at) for at in range(position, position + MOST_PARTS)]
            rows = await lookups.orders_by_number(self._zuora, [*some, *(undo_number(one) for one in some)])
            found += [row["orderNumber"] for row in rows]
            position, more = position + MOST_PARTS, some[-1] in found
        orders = await together(lookups.get_order(self._zuora, one) for one in found)
        return dict(zip(found, orders, strict=True))

    async def _later(
        self, number: str, parts: Mapping[str, Row], subscriptions: Mapping[str, Row]
    ) -> dict[str, list[Later]]:
        """Return, by subscription, the orders that changed it after this one and count."""
        versions = {
            entry["subscriptionNumber"]: entry.get("newVersion")
            for key, held in parts.items()
            if part_of(number, key)
            for entry in held.get("subscriptions") or ()
        }
        behind = [
            name
            for name, version in versions.items()
            if version is not None and name in subscriptions and subscriptions[name]["version"] > version
        ]
        orders = await together(orders_of_subscription(self._zuora, name) for name in behind)
        found = {
            name: [
                one
                for one in sorted(listed, key=lambda one: _version(one, name) or 0)
                if _is_later(one, name, versions[name]) and not part_of(number, one["orderNumber"])
            ]
            for name, listed in zip(behind, orders, strict=True)
        }
        sold = await self._sold({one["orderNumber"] for listed in found.values() for one in listed})
        return {
            name: [Later(one["orderNumber"], sold.get(sold_number(one["orderNumber"]))) for one in listed]
            for name, listed in found.items()
        }

    async def _sold(self, numbers: Iterable[str]) -> dict[str, bool]:
        """Return, of these Zuora orders' Salesforce numbers, those that Salesforce has: whether as sold."""
        wanted = sorted({sold_number(number) for number in numbers})
        rows = await self._rows("OrderNumber", wanted)
        return {row["OrderNumber"]: taken_back(row) is None for row in rows}


def _version(order: Mapping[str, Any], subscription: str) -> int | None:
    """Return the version of a subscription that an order made; None while it has made none."""
    entries = order.get("subscriptions") or ()
    versions = [one.get("newVersion") for one in entries if one.get("subscriptionNumber") == subscription]
    return versions[0] if versions else None


def _is_later(order: Mapping[str, Any], subscription: str, version: int | None) -> bool:
    """Return whether an order that has effect came after the one that made a version."""
    made = _version(order, subscription)
    if order.get("status") in NOT_BILLED or version is None:
        return False
    return made > version if made is not None else order.get("status") == PENDING
