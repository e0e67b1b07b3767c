"""Reads what planning needs for a batch of records, and makes the plan of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cpqbridge.mapping.rule import Record
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.planning.account import plan_account
from cpqbridge.planning.catalog import plan_product
from cpqbridge.planning.chain import REVISED, Chain, is_asset_change, is_change
from cpqbridge.planning.charges import external_ids, links_of
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.order import earlier_orders, part_numbers, plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.state import ZuoraState
from cpqbridge.settings.options import Options
from cpqbridge.sync.products import CatalogReader, named
from cpqbridge.sync.source import Source, account_ids
from cpqbridge.sync.target import ZuoraReader

BATCH = 200
"""Orders, or products, that are read together."""

Values = Mapping[str, Mapping[str, str]]
"""The user's tables of values by name."""


@dataclass(slots=True)
class Batch:
    """What was read for a batch, and how to plan its records.

    The state learns while the batch is applied, so a plan is made right before it is carried out. `read_at` is the
    ledger's time before the reading began: what another process has made since may be missing.
    """

    snapshot: Snapshot
    state: ZuoraState
    options: Options
    values: Values
    tables: Tables = GUIDE
    read_at: datetime | None = None

    def take_in(self, later: Batch) -> None:
        """Take in what was read later of the same records."""
        self.state.include(later.state)

    def orders(self) -> dict[str, Record]:
        """Return the orders by number."""
        return {order["OrderNumber"]: order for order in self.snapshot.orders.values()}

    def orders_of(self, account_id: str) -> list[Record]:
        """Return the orders of an account, the earliest first."""
        return [order for order in self.snapshot.orders.values() if order["AccountId"] == account_id]

    def chains_of(self, order: Record) -> list[Chain]:
        """Return the chains that an order changes, and those to whose subscriptions it adds a product."""
        sold, items = self.snapshot.sold, children(order, "OrderItems")
        chains = [sold.chain(item) for item in items if is_change(item)]
        chains += [sold.host(item) for item in items if sold.hosted and not is_change(item)]
        chains += sold.left_out(order["OrderNumber"]) if self.options.auto_renew else []
        return list({chain.first["Id"]: chain for chain in chains if chain is not None}.values())

    def orders_returned(self, order: Record) -> list[str]:
        """Return the numbers of the orders that sold the assets of which an order takes some back."""
        changed = (item for item in children(order, "OrderItems") if is_asset_change(item))
        returned = (item for item in changed if (item.get("Quantity") or 0) < 0)
        found = (self.snapshot.sold.assets.get(item[REVISED]) for item in returned)
        return sorted({item["Order"]["OrderNumber"] for item in found if item is not None})

    def unsent_before(self, order: Record) -> list[str]:
        """Return the numbers of the orders that Zuora lacks and must have before an order."""
        return [number for number in earlier_orders(self.snapshot, order) if number not in self.state.sent]

    def plan_order(self, order: Record) -> SyncPlan:
        """Return the plan of an order as things stand."""
        return plan_order(self.draft(), order)

    def plan_account(self, account: Record) -> SyncPlan:
        """Return the plan of an account as things stand, without its orders."""
        return plan_account(self.draft(), account)

    def plan_product(self, product: Record) -> SyncPlan:
        """Return the plan of a product and of its rate plans as things stand."""
        return plan_product(self.draft(), product)

    def products(self, name: str) -> list[Record]:
        """Return the products with this id or product code."""
        return named(self.snapshot, name)

    def keys_of_product(self, product: Record) -> set[str]:
        """Return the natural keys of what a product's plan may make and another record may need too."""
        return {f"product:{product.get('ProductCode') or product['Id']}"}

    def keys_of_account(self, account: Record) -> set[str]:
        """Return the natural keys of what an account's plan may make and another record may need too."""
        keys = {f"account:{crm_id}" for crm_id in self._absent_accounts([account["Id"]])}
        row = self.state.accounts.get(account["Id"])
        there = {one.get("CrmId__c") for one in self.state.contacts.get(row["Id"], ())} if row else set()
        contacts = (one["Id"] for one in self.snapshot.contacts.get(account["Id"], ()))
        return keys | {f"contact:{contact}" for contact in contacts if contact not in there}

    def keys_of_order(self, order: Record) -> set[str]:
        """Return the natural keys of what an order's plan may make and another record may need too."""
        keys = {f"account:{crm_id}" for crm_id in self._absent_accounts(account_ids(order))}
        for item in children(order, "OrderItems"):
            if any(self.state.lacks(external_id) for external_id in external_ids(self.snapshot, item)):
                product = item["Product2Id"]
                keys.add(f"product:{self.snapshot.products.get(product, {}).get('ProductCode') or product}")
        keys |= {f"subscription:{chain.number}" for chain in self.chains_of(order)}
        contacts = (order.get("BillToContactId"), order.get("ShipToContactId"))
        return keys | {f"contact:{contact}" for contact in contacts if contact}

    def _absent_accounts(self, crm_ids: Iterable[str]) -> Iterable[str]:
        for crm_id in crm_ids:
            seen: set[str] = set()
            current: str | None = crm_id
            while current and current not in self.state.accounts and current not in seen:
                seen.add(current)
                yield current
                current = self.snapshot.accounts.get(current, {}).get("ParentId")

    def draft(self) -> Draft:
        """Return an empty draft of a plan."""
        return Draft(self.snapshot, self.state, self.options, self.values, self.tables)


class BatchReader:
    """Reads batches from both systems."""

    def __init__(
        self,
        source: Source,
        target: ZuoraReader,
        catalog: CatalogReader,
        options: Options,
        values: Values | None = None,
        tables: Tables = GUIDE,
    ) -> None:
        self._source = source
        self._target = target
        self._catalog = catalog
        self._options = options
        self._values = values or {}
        self._tables = tables

    async def orders(self, numbers: Sequence[str]) -> Batch:
        """Read the orders with these numbers and everything that they need; unknown numbers are left out."""
        return await self.complete(await self._source.orders(numbers))

    async def snapshot(self, kind: str, ids: Sequence[str]) -> Snapshot:
        """Read records with these ids from Salesforce alone: orders, or accounts without their orders.

        Args:
            kind: `Order` or `Account`.
            ids: Their Salesforce ids; unknown ones are left out.
        """
        read = {"Order": self._source.orders_by_id, "Account": self._source.accounts_alone}[kind]
        return await read(ids)

    async def stand(self, batch: Batch, order: Record) -> None:
        """Read what an order changes in Zuora as it is now: right before the order is planned, under its locks.

        Of an order that Zuora has already, only numbers are needed, which no change alters: they are read once.
        """
        there = all(number in batch.state.orders for number in part_numbers(order))
        await self._target.read_chains(batch.state, batch.chains_of(order), anew=not there)
        await self._target.read_orders(batch.state, batch.orders_returned(order))

    async def accounts(self, ids: Sequence[str]) -> Batch:
        """Read these accounts with their orders and everything that they need; unknown ids are left out."""
        return await self.complete(await self._source.accounts(ids))

    async def products(self, names: Sequence[str]) -> Batch:
        """Read the products with these ids or product codes and what Zuora holds of them; unknown ones are left out."""
        self.forget()
        snapshot = await self._catalog.source.products(names)
        batch = Batch(snapshot, ZuoraState(), self._options, self._values, self._tables)
        await self._catalog.add_zuora(batch.draft(), (one for name in names for one in batch.products(name)))
        return batch

    async def product_ids(self) -> list[str]:
        """Return the ids of all active products."""
        return await self._catalog.source.product_ids()

    def remember(self, batch: Batch) -> None:
        """Keep what a batch has made and the next one may need."""
        self._target.remember(batch.state)

    def forget(self) -> None:
        """Read the catalog anew when it is needed again."""
        self._target.forget()

    def renew(self) -> None:
        """Read anew, when it is needed again, whatever is kept of both systems."""
        self._target.renew()

    async def complete(self, snapshot: Snapshot) -> Batch:
        """Read Zuora's side, then from Salesforce what Zuora lacks: accounts with their ancestors, and products."""
        parents = {row["ParentId"] for row in snapshot.accounts.values() if row.get("ParentId")}
        state = await self._target.state_of(snapshot, parents)
        orders = snapshot.orders.values()
        await self._target.read_sent(state, {number for order in orders for number in earlier_orders(snapshot, order)})
        named = parents.union(*(account_ids(order) for order in orders))
        absent = {account for account in named if account not in state.accounts}
        if absent:
            snapshot = await self._source.with_ancestors(snapshot, absent)
            await self._target.read_accounts(state, snapshot.accounts)
        items = [item for order in orders for item in children(order, "OrderItems")]
        unmade = [item for item in items if any(state.lacks(one) for one in external_ids(snapshot, item))]
        if unmade:
            snapshot = await self._source.with_products(snapshot, {item["Product2Id"] for item in unmade})
            links = [link for item in unmade for _, link in links_of(snapshot, item) if link is not None]
            schedules = {link["ConsumptionScheduleId"] for link in links if state.lacks(link["Id"])}
            snapshot = await self._source.with_rates(snapshot, schedules)
            await self._target.read_products(state, snapshot)
            await self._target.read_units(state)
        return Batch(snapshot, state, self._options, self._values, self._tables)
