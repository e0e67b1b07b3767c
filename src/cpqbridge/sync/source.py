"""The source of what was sold: a port, and its first implementation, an org with the Salesforce CPQ package."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from cpqbridge.errors import FixConfiguration
from cpqbridge.mapping.rule import Record
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.planning.charges import schedules_of
from cpqbridge.planning.offer import by_usage_alone
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.ids import to_18
from cpqbridge.salesforce.organization import QUERY, organization
from cpqbridge.salesforce.select import Select, build
from cpqbridge.settings.options import Options
from cpqbridge.sync import wishes
from cpqbridge.sync.chains import sold_before

HAS_SCHEDULE = "SBQQ__HasConsumptionSchedule__c"
"""Set by CPQ on products with consumption schedules: an org without usage is not asked for objects it lacks."""

MOST_KEYS = 200
"""Keys in one `IN (…)`; more are asked for in further queries."""


class Source(Protocol):
    """Where orders come from. Another product than CPQ takes its place by giving the same snapshots."""

    async def orders(self, numbers: Sequence[str]) -> Snapshot:
        """Return the whole graphs of the orders with these numbers; unknown ones are left out."""
        ...

    async def orders_by_id(self, ids: Sequence[str]) -> Snapshot:
        """Return the whole graphs of the orders with these ids; unknown ones are left out."""
        ...

    async def accounts_alone(self, ids: Sequence[str]) -> Snapshot:
        """Return these accounts with their contacts, without orders; unknown ones are left out."""
        ...

    async def accounts(self, ids: Sequence[str]) -> Snapshot:
        """Return these accounts with their contacts and all their orders; unknown ones are left out."""
        ...

    async def with_ancestors(self, snapshot: Snapshot, ids: Collection[str]) -> Snapshot:
        """Return the snapshot with these accounts and all accounts above them."""
        ...

    async def with_products(self, snapshot: Snapshot, ids: Collection[str]) -> Snapshot:
        """Return the snapshot with these products, their prices, and the schedules of those sold by usage alone."""
        ...

    async def with_rates(self, snapshot: Snapshot, ids: Collection[str]) -> Snapshot:
        """Return the snapshot with the rates of these consumption schedules."""
        ...


class CpqSource:
    """Reads from Salesforce; many orders in one query, and only fields that the org has.

    Attributes:
        client: The org.
        wish: Options and tables, which say what is read.
        share: Which orders of an account are this connection's, as a SOQL condition; empty for all.
    """

    def __init__(self, client: SalesforceClient, options: Options, tables: Tables = GUIDE, share: str = "") -> None:
        self.client = client
        self.share = share
        self.wish = (options, tables)
        self._time_zone: str | None = None

    async def orders(self, numbers: Sequence[str]) -> Snapshot:
        """See `Source.orders`."""
        return await self._orders("OrderNumber", numbers)

    async def orders_by_id(self, ids: Sequence[str]) -> Snapshot:
        """See `Source.orders_by_id`."""
        return await self._orders("Id", ids)

    async def _orders(self, field: str, keys: Sequence[str]) -> Snapshot:
        rows = await self.rows(wishes.orders(*self.wish), field, keys, with_time_zone=True)
        return await self._complete(Snapshot(orders={row["Id"]: row for row in rows}, time_zone=self.time_zone))

    async def accounts_alone(self, ids: Sequence[str]) -> Snapshot:
        """See `Source.accounts_alone`."""
        accounts = await self.rows(wishes.accounts(*self.wish), "Id", [account for account in ids if to_18(account)])
        contacts = await self.rows(wishes.contacts(*self.wish), "AccountId", [row["Id"] for row in accounts])
        return Snapshot(
            accounts={row["Id"]: row for row in accounts},
            contacts=_grouped(contacts, "AccountId"),
            time_zone=self.time_zone,
        )

    async def accounts(self, ids: Sequence[str]) -> Snapshot:
        """See `Source.accounts`."""
        valid = [account for account in ids if to_18(account)]
        accounts = await self.rows(wishes.accounts(*self.wish), "Id", valid)
        found = [row["Id"] for row in accounts]
        contacts = await self.rows(wishes.contacts(*self.wish), "AccountId", found)
        select = replace(wishes.orders(*self.wish), where=self.share)
        orders = await self.rows(select, "AccountId", found, with_time_zone=True)
        snapshot = Snapshot(
            orders={row["Id"]: row for row in orders},
            accounts={row["Id"]: row for row in accounts},
            contacts=_grouped(contacts, "AccountId"),
            time_zone=self.time_zone,
        )
        return await self._complete(snapshot)

    async def with_ancestors(self, snapshot: Snapshot, ids: Collection[str]) -> Snapshot:
        """See `Source.with_ancestors`."""
        accounts = dict(snapshot.accounts)
        asked: set[str] = set()
        while wanted := _unread(accounts, ids) - asked:
            asked |= wanted
            for row in await self.rows(wishes.accounts(*self.wish), "Id", sorted(wanted)):
                accounts[row["Id"]] = row
        return replace(snapshot, accounts=accounts)

    async def with_products(self, snapshot: Snapshot, ids: Collection[str]) -> Snapshot:
        """See `Source.with_products`."""
        wanted = sorted(set(ids) - set(snapshot.products))
        rows = await self.rows(wishes.products(*self.wish), "Id", wanted)
        metered = {row["Id"] for row in rows if row.get(HAS_SCHEDULE) and by_usage_alone(row)} - set(snapshot.schedules)
        return replace(
            snapshot,
            products={**snapshot.products, **{row["Id"]: row for row in rows}},
            schedules={**snapshot.schedules, **await self.schedules(sorted(metered))},
        )

    async def with_rates(self, snapshot: Snapshot, ids: Collection[str]) -> Snapshot:
        """See `Source.with_rates`."""
        rows = await self.rows(
            wishes.consumption_rates(*self.wish), "ConsumptionScheduleId", sorted(set(ids) - set(snapshot.rates))
        )
        return replace(snapshot, rates={**snapshot.rates, **_grouped(rows, "ConsumptionScheduleId")})

    async def schedules(self, product_ids: Sequence[str]) -> dict[str, list[Record]]:
        """Return the links of products to consumption schedules, by product."""
        rows = await self.rows(wishes.product_schedules(*self.wish), "ProductId", product_ids)
        return _grouped(rows, "ProductId")

    @property
    def time_zone(self) -> str:
        """The org's time zone, once a query has read it."""
        return self._time_zone or "UTC"

    async def _complete(self, snapshot: Snapshot) -> Snapshot:
        """Return the snapshot with the chains of its orders, and the links of the schedules in them to their products.

        Most orders need neither.
        """
        sold = await sold_before(snapshot, self.sold, self.wish[0])
        items = [
            *sold.items.values(),
            *(item for order in snapshot.orders.values() for item in children(order, "OrderItems")),
        ]
        products = sorted({item["Product2Id"] for item in items if schedules_of(item)})
        return replace(snapshot, schedules=await self.schedules(products), sold=sold)

    async def sold(self, wanted: Mapping[str, Sequence[str]], more: Sequence[str] = ()) -> list[dict[str, Any]]:
        """Return the order products of which one of these fields has one of its keys, each with its `Order`.

        Args:
            wanted: Field to its keys.
            more: Further fields to read.
        """
        select = wishes.sold(*self.wish)
        select = replace(select, fields=wishes.unique(select.fields, more))
        queries = [
            await build(self.client, select, field, keys[start : start + MOST_KEYS])
            for field, keys in wanted.items()
            for start in range(0, len(keys), MOST_KEYS)
        ]
        if len(queries) == 1:
            return await self.client.query(queries[0])
        return [row for rows in await self.client.query_many(queries) for row in rows]

    async def rows(
        self, select: Select, field: str, keys: Sequence[str], *, with_time_zone: bool = False
    ) -> list[dict[str, Any]]:
        """Return the rows of which a field has one of these keys.

        Args:
            select: What to read.
            field: The field.
            keys: Its values, any number.
            with_time_zone: Read the org's time zone in the same call, unless it is known.
        """
        rows: list[dict[str, Any]] = []
        for start in range(0, len(keys), MOST_KEYS):
            soql = await build(self.client, select, field, keys[start : start + MOST_KEYS])
            if not with_time_zone or self._time_zone is not None:
                rows += await self.client.query(soql)
            else:
                rows += await self._with_time_zone(soql)
        return rows

    async def _with_time_zone(self, soql: str) -> list[dict[str, Any]]:
        """Return the rows of a query, having read the org's time zone in the same call."""
        try:
            rows, org = await self.client.query_many([soql, QUERY])
        except FixConfiguration:
            await organization(self.client)  # says so if it is this that cannot be read
            raise
        self._time_zone = org[0].get("TimeZoneSidKey") or "UTC"
        return rows


def _grouped(rows: Iterable[Record], field: str) -> dict[str, list[Record]]:
    groups: dict[str, list[Record]] = {}
    for row in rows:
        groups.setdefault(row[field], []).append(row)
    return groups


def _unread(accounts: dict[str, Record], ids: Iterable[str]) -> set[str]:
    """Return which of the accounts and of their ancestors have not been read."""
    wanted = set(ids) | {row["ParentId"] for row in accounts.values() if row.get("ParentId")}
    return {account for account in wanted if account not in accounts}


def account_ids(order: Record) -> list[str]:
    """Return the accounts that an order names: its own, and its owners where they differ."""
    named = (order.get("AccountId"), order.get("InvoiceOwner__c"), order.get("SubscriptionOwner__c"))
    return [account for account in dict.fromkeys(named) if account]
