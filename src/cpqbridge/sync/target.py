"""Reads what Zuora holds already under the natural keys of a batch, in as few calls as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cpqbridge.mapping.contact import has_address
from cpqbridge.mapping.rule import Record, Table
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.planning.chain import SUBSCRIPTION, Chain, is_change
from cpqbridge.planning.charges import external_ids, is_metered, schedules_of
from cpqbridge.planning.numbers import undo_number
from cpqbridge.planning.order import part_numbers
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.state import Charge, RatePlan, Row, ZuoraState, attributes_of
from cpqbridge.sync.source import account_ids
from cpqbridge.transport.together import together
from cpqbridge.zuora import lookups
from cpqbridge.zuora.billing_rules import get_billing_rules
from cpqbridge.zuora.client import ZuoraClient

_ACCOUNT_COLUMNS = ("Id", "AccountNumber", "CrmId", "Currency", "Status", "BillToId", "SoldToId", "BillCycleDay")


def _columns(table: Table, *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*more, *(rule.column for rule in table.rules if rule.column))))


COMPLETED = "Completed"
"""Status of an order that Zuora has carried out."""


class ZuoraReader:
    """Reads Zuora's side; catalog rate plans are remembered, because orders share products."""

    def __init__(
        self,
        client: ZuoraClient,
        account_key_field: str = "crmId",
        tables: Tables = GUIDE,
        *,
        updates: bool = False,
        amounts: bool = False,
    ) -> None:
        self._client = client
        self._updates = updates
        self._amounts = amounts
        self._rules: BillingRules | None = None
        self._rules_read = False
        self._tables = tables
        self._key = account_key_field[0].upper() + account_key_field[1:]
        self._plans: dict[str, RatePlan] = {}
        self._units: dict[str, int] | None = None

    async def state_of(self, snapshot: Snapshot, ancestors: Collection[str] = ()) -> ZuoraState:
        """Return the state for all orders and accounts of a snapshot.

        Args:
            snapshot: What was read from Salesforce.
            ancestors: Further Salesforce account ids to look up.
        """
        orders = snapshot.orders.values()
        sellers = [item["Order"] for item in snapshot.sold.items.values()]
        named = (account for order in (*orders, *sellers) for account in account_ids(order))
        crm_ids = {*snapshot.accounts, *ancestors, *named}
        items = [item for order in orders for item in children(order, "OrderItems")]
        sold = [*items, *snapshot.sold.items.values(), *snapshot.sold.assets.values()]
        plans = {external_id for item in sold for external_id in external_ids(snapshot, item)}
        numbers = [number for order in orders for number in part_numbers(order)]
        state = ZuoraState()
        await asyncio.gather(
            self.read_accounts(state, crm_ids),
            self.read_orders(state, numbers),
            self.read_plans(state, plans),
            *([self.read_units(state)] if snapshot.schedules else []),
            *([self._read_rules(state)] if orders else []),
        )
        await self._read_contacts(state, snapshot)
        await self._read_links(state, _links_of(snapshot) | _new_links(snapshot, state))
        return state

    async def read_accounts(self, state: ZuoraState, crm_ids: Iterable[str]) -> None:
        """Add the accounts with these CRM ids."""
        wanted = sorted(set(crm_ids) - set(state.accounts))
        if wanted:
            columns = _columns(self._tables.account, *_ACCOUNT_COLUMNS, self._key)
            rows = await lookups.accounts_by_crm_id(self._client, wanted, key_field=self._key, columns=columns)
            living: dict[str, list[Row]] = {}
            for row in rows:
                if row.get("Status") != "Canceled":
                    living.setdefault(row[self._key], []).append(row)
            state.accounts.update({crm_id: same[0] for crm_id, same in living.items()})
            numbers = {crm_id: [row["AccountNumber"] for row in same] for crm_id, same in living.items()}
            state.doubles.update({crm_id: sorted(same) for crm_id, same in numbers.items() if len(same) > 1})

    async def read_plans(self, state: ZuoraState, external_ids: Iterable[str]) -> None:
        """Add the rate plans that carry these ids of products or of their links to schedules, with their charges."""
        wanted = set(external_ids)
        # what is known now may be forgotten while the rest is read
        state.plans.update({key: self._plans[key] for key in wanted if key in self._plans})
        unknown = sorted(wanted - set(self._plans))
        if unknown:
            plans = await lookups.rate_plans_by_external_id(self._client, unknown)
            plan_ids = [plan["id"] for found in plans.values() for plan in found]
            charges = await lookups.charges_of_plans(self._client, plan_ids)
            tiers = await lookups.tiers_of_charges(self._client, [charge["Id"] for charge in charges])
            currencies: dict[str, set[str]] = {}
            for tier in tiers:
                currencies.setdefault(tier["ProductRatePlanChargeId"], set()).add(tier["Currency"])
            unfinished = set(plan_ids) - {charge["ProductRatePlanId"] for charge in charges}
            active = await lookups.active_currencies(self._client, sorted(unfinished))
            read = {external_id: _rate_plan(found, charges, currencies, active) for external_id, found in plans.items()}
            state.plans.update(read)
            self._keep(read)
        state.plans.update({key: self._plans[key] for key in wanted if key in self._plans})

    async def read_products(self, state: ZuoraState, snapshot: Snapshot) -> None:
        """Add the products that have the SKU of a product that Zuora has no rate plan for."""
        skus = sorted({row["ProductCode"] for row in snapshot.products.values() if row.get("ProductCode")})
        if skus:
            rows = await lookups.products_by_sku(self._client, skus)
            state.products.update({row["SKU"]: row["Id"] for row in rows})
            state.name_plans(await lookups.plans_of_products(self._client, [row["Id"] for row in rows]))

    def remember(self, state: ZuoraState) -> None:
        """Keep the rate plans that a batch has made for the next one."""
        self._keep(state.plans)

    def forget(self) -> None:
        """Read rate plans and units anew when they are needed again."""
        self._plans.clear()
        self._units = None

    def renew(self) -> None:
        """Read the catalog, the units and the billing rules anew when they are needed again."""
        self.forget()
        self._rules_read = False

    def _keep(self, plans: Mapping[str, RatePlan]) -> None:
        """Remember finished rate plans; one without its charge may get it from another process meanwhile."""
        self._plans.update({key: plan for key, plan in plans.items() if len(plan.charges) == 1})

    async def read_units(self, state: ZuoraState) -> None:
        """Add the tenant's units of measure, which are read once."""
        if self._units is None:
            self._units = await lookups.units_of_measure(self._client)
        state.units.update(self._units)

    async def _read_rules(self, state: ZuoraState) -> None:
        """Add the tenant's billing rules, which are read once."""
        if self._amounts and not self._rules_read:
            self._rules = await get_billing_rules(self._client)
            self._rules_read = True
        state.rules = self._rules

    async def read_chains(self, state: ZuoraState, chains: Iterable[Chain], *, anew: bool = True) -> None:
        """Add the subscriptions of chains, found by what their rate plans carry, else by number.

        Which subscription carries an id is asked once in a batch, unless none did or it carries the id no more.

        Args:
            state: The batch's state.
            chains: The chains.
            anew: Read the subscriptions as they are now; else one that the batch has read already will do.
        """
        ids = {external_id: chain.number for chain in chains for external_id in linked_ids(chain)}
        known = {one for one in ids if state.subscribed.get(one)}
        await self._read_links(state, ids.keys() - known)
        await self._read_linked(state, ids, anew=anew)
        moved = {one: ids[one] for one in known if not _is_carried(state, one)}
        await self._read_links(state, moved)
        await self._read_linked(state, moved, anew=True)

    async def _read_links(self, state: ZuoraState, external_ids: Collection[str]) -> None:
        """Add which rate plans of subscriptions carry these ids of order products or of their schedules."""
        if external_ids:
            rows = await lookups.subscribed_rate_plans(self._client, sorted(external_ids))
            state.subscribed.update({external_id: [] for external_id in external_ids})
            for row in rows:
                state.subscribed[row["externallyManagedPlanId"]].append(row)

    async def _read_linked(self, state: ZuoraState, ids: Mapping[str, str], *, anew: bool) -> None:
        """Add the subscriptions that carry ids; for an id that none carries, the one with its chain's number."""
        owners: dict[str, str | None] = {}
        for external_id, number in ids.items():
            rows = state.subscribed[external_id]
            owners.update({row["subscription"]["name"]: row.get("subscriptionOwnerId") for row in rows})
            if not rows:
                owners.setdefault(number, None)
        wanted = {name: owner for name, owner in owners.items() if anew or name not in state.subscriptions}
        found = await lookups.get_subscriptions(self._client, wanted)
        for name in wanted:
            state.subscriptions.pop(name, None)
        state.subscriptions.update(found)

    async def read_sent(self, state: ZuoraState, numbers: Collection[str]) -> None:
        """Add which of these orders Zuora has carried out; those that were read whole are not asked for again."""
        known = [state.orders[number] for number in numbers if number in state.orders]
        wanted = sorted(number for number in numbers if number not in state.orders)
        rows = [*known, *(await lookups.orders_by_number(self._client, wanted) if wanted else ())]
        state.present |= {row["orderNumber"] for row in rows}
        state.sent |= {row["orderNumber"] for row in rows if row.get("status") == COMPLETED}

    async def read_orders(self, state: ZuoraState, numbers: Collection[str]) -> None:
        """Add the orders with these numbers, whole."""
        if numbers:
            rows = await lookups.orders_by_number(self._client, numbers)
            undone = await lookups.orders_by_number(self._client, [undo_number(row["orderNumber"]) for row in rows])
            existing = [row["orderNumber"] for row in (*rows, *undone)]
            orders = await asyncio.gather(*(lookups.get_order(self._client, number) for number in existing))
            state.orders.update(zip(existing, orders, strict=True))
            if self._updates:
                await self._read_subscriptions(state, orders)

    async def _read_subscriptions(self, state: ZuoraState, orders: Iterable[Mapping[str, Any]]) -> None:
        """Add the subscriptions of orders, whose custom fields an order shows as they were sent only."""
        entries = [entry["subscriptionNumber"] for order in orders for entry in order.get("subscriptions") or ()]
        names = list(dict.fromkeys(entries))
        rows = await together(lookups.get_subscription(self._client, name) for name in names)
        state.subscriptions.update({name: row for name, row in zip(names, rows, strict=True) if row is not None})

    async def _read_contacts(self, state: ZuoraState, snapshot: Snapshot) -> None:
        """Add the contacts that planning looks for: by account in an account sync, else by the keys of the orders."""
        columns = _columns(self._tables.contact, "Id", "AccountId", "CrmOrderId__c")
        synced = [state.accounts[crm_id]["Id"] for crm_id in snapshot.contacts if crm_id in state.accounts]
        synced += [state.accounts[crm_id]["Id"] for crm_id in snapshot.accounts if crm_id in state.accounts]
        rows: list[Mapping[str, Any]] = []
        if synced:
            rows += await lookups.contacts_of(self._client, sorted(set(synced)), columns=columns)
        keys = sorted({key for order in snapshot.orders.values() for key in _contact_keys(order)})
        accounts = [row["Id"] for row in state.accounts.values() if row["Id"] not in synced]
        if keys and accounts:
            rows += await lookups.contacts_by_key(self._client, keys, accounts, columns=columns)
        for row in rows:
            state.contacts.setdefault(row["AccountId"], []).append(row)


def linked_ids(chain: Chain) -> list[str]:
    """Return the ids that a chain's rate plans carry: of its first order product, and of its consumption schedules."""
    base = () if is_metered(chain.first) else (chain.first["Id"],)
    return [*base, *(schedule["Id"] for schedule in schedules_of(chain.first))]


def _links_of(snapshot: Snapshot) -> set[str]:
    """Return the ids that rate plans of the chains carry that a snapshot's orders change."""
    items = (item for order in snapshot.orders.values() for item in children(order, "OrderItems") if is_change(item))
    chains = (snapshot.sold.chain(item) for item in items)
    return {external_id for chain in chains if chain is not None for external_id in linked_ids(chain)}


def _new_links(snapshot: Snapshot, state: ZuoraState) -> set[str]:
    """Return the ids that rate plans would carry of what orders begin that Zuora lacks: contracts from before do."""
    orders = (order for order in snapshot.orders.values() if order["OrderNumber"] not in state.orders)
    items = [item for order in orders for item in children(order, "OrderItems") if item.get(SUBSCRIPTION)]
    return {one for item in items for one in (item["Id"], *(schedule["Id"] for schedule in schedules_of(item)))}


def _is_carried(state: ZuoraState, external_id: str) -> bool:
    """Return whether the subscriptions that are known to carry an id still do."""
    held = (state.subscriptions.get(row["subscription"]["name"]) for row in state.subscribed[external_id])
    return all(
        any(plan.get("externallyManagedPlanId") == external_id for plan in (one or {}).get("ratePlans") or ())
        for one in held
    )


def _contact_keys(order: Record) -> Iterable[str]:
    for look_up, part in (("BillToContactId", "Billing"), ("ShipToContactId", "Shipping")):
        if order.get(look_up):
            yield order[look_up]
        elif has_address(order, part):
            yield order["AccountId"]


def _rate_plan(
    plans: Iterable[Mapping[str, Any]],
    charges: Iterable[Row],
    currencies: Mapping[str, Collection[str]],
    active: Mapping[str, tuple[str, ...]],
) -> RatePlan:
    ids = [plan["id"] for plan in plans]
    own = (charge for charge in charges if charge["ProductRatePlanId"] in ids)
    return RatePlan(
        ids[0], tuple(_charge(charge, currencies.get(charge["Id"], ())) for charge in own), active.get(ids[0])
    )


def _charge(row: Row, currencies: Collection[str]) -> Charge:
    return Charge(
        row["Id"],
        row["ChargeType"],
        row["ChargeModel"],
        row.get("BillingPeriod"),
        row.get("TriggerEvent"),
        row.get("UOM"),
        frozenset(currencies),
        attributes_of(row),
    )
