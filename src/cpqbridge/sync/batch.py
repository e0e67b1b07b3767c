"""Reads what planning needs for a batch of records, and makes the plan of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.account import plan_account
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.settings.options import Options
from cpqbridge.sync.source import Source, account_ids, product_ids
from cpqbridge.sync.target import ZuoraReader

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

    def plan_order(self, order: Record) -> SyncPlan:
        """Return the plan of an order as things stand."""
        return plan_order(self._draft(), order)

    def plan_account(self, account: Record) -> SyncPlan:
        """Return the plan of an account as things stand, without its orders."""
        return plan_account(self._draft(), account)

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
        for product in product_ids(order):
            plan = self.state.plans.get(product)
            if plan is None or not plan.charges:
                keys.add(f"product:{self.snapshot.products.get(product, {}).get('ProductCode') or product}")
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

    def _draft(self) -> Draft:
        return Draft(self.snapshot, self.state, self.options, self.values)


class BatchReader:
    """Reads batches from both systems."""

    def __init__(self, source: Source, target: ZuoraReader, options: Options, values: Values | None = None) -> None:
        self._source = source
        self._target = target
        self._options = options
        self._values = values or {}

    async def orders(self, numbers: Sequence[str]) -> Batch:
        """Read the orders with these numbers and everything that they need; unknown numbers are left out."""
        return await self._complete(await self._source.orders(numbers))

    async def accounts(self, ids: Sequence[str]) -> Batch:
        """Read these accounts with their orders and everything that they need; unknown ids are left out."""
        return await self._complete(await self._source.accounts(ids))

    def remember(self, batch: Batch) -> None:
        """Keep what a batch has made and the next one may need."""
        self._target.remember(batch.state)

    async def _complete(self, snapshot: Snapshot) -> Batch:
        """Read Zuora's side, then from Salesforce what Zuora lacks: accounts with their ancestors, and products."""
        parents = {row["ParentId"] for row in snapshot.accounts.values() if row.get("ParentId")}
        state = await self._target.state_of(snapshot, parents)
        orders = snapshot.orders.values()
        named = parents.union(*(account_ids(order) for order in orders))
        absent = {account for account in named if account not in state.accounts}
        if absent:
            snapshot = await self._source.with_ancestors(snapshot, absent)
            await self._target.read_accounts(state, snapshot.accounts)
        products = {product for order in orders for product in product_ids(order)}
        unknown = {product for product in products if product not in state.plans or not state.plans[product].charges}
        if unknown:
            snapshot = await self._source.with_products(snapshot, unknown)
            await self._target.read_products(state, snapshot)
        return Batch(snapshot, state, self._options, self._values)
