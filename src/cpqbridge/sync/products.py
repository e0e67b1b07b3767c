"""Reads what a sync of the catalog by itself needs: products as Salesforce sells them, and what Zuora holds of each.

For 100 products that Zuora has: three queries in Salesforce (four with consumption schedules); in Zuora eight queries,
and one call for each rate plan, which is found by its external id alone. Where a currency is new, one query more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cpqbridge.mapping.rule import Record, Table
from cpqbridge.planning.catalog import DISCOUNT
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.offer import Offer, offers_of
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import CatalogPlan, Row, ZuoraState
from cpqbridge.salesforce.ids import to_18
from cpqbridge.salesforce.select import Select
from cpqbridge.sync import wishes
from cpqbridge.sync.source import CpqSource
from cpqbridge.sync.target import ZuoraReader
from cpqbridge.zuora import lookups
from cpqbridge.zuora.client import ZuoraClient

PRODUCT_PREFIX = "01t"
"""How the ids of products begin."""

ALL_PRODUCTS = "SELECT Id FROM Product2 WHERE IsActive = true ORDER BY Id"

_SHARING = Select("Product2", ("Id", "ProductCode"), where="IsActive = true")


class ProductSource(CpqSource):
    """Reads products from Salesforce with their prices, consumption schedules and rates."""

    async def products(self, names: Sequence[str]) -> Snapshot:
        """Return the products with these ids or product codes; unknown ones are left out.

        A code means the active products that have it, or the retired ones where none is active. Of other active
        products that share a product code, the snapshot holds no more than id and code.
        """
        select, ids = wishes.products(*self.wish), product_ids(names)
        rows = await self.rows(select, "Id", sorted(set(ids.values())))
        coded = await self.rows(select, "ProductCode", sorted(set(names) - set(ids)))
        codes = sorted({row["ProductCode"] for row in (*rows, *coded) if row.get("ProductCode")})
        sharing = await self.rows(_SHARING, "ProductCode", codes)
        active, sold = {row["Id"] for row in sharing}, {row["ProductCode"] for row in sharing}
        rows += [row for row in coded if row["Id"] in active or row["ProductCode"] not in sold]
        found = {row["Id"]: row for row in rows}
        snapshot = Snapshot(
            products={**{row["Id"]: row for row in sharing}, **found}, schedules=await self.schedules(sorted(found))
        )
        links = (link for some in snapshot.schedules.values() for link in some)
        return await self.with_rates(snapshot, {link["ConsumptionScheduleId"] for link in links})

    async def product_ids(self) -> list[str]:
        """Return the ids of all active products."""
        return [row["Id"] for row in await self.client.query(ALL_PRODUCTS)]


def product_ids(names: Iterable[str]) -> dict[str, str]:
    """Return those of the names that are ids of products, with the ids in 18 characters; the others are codes."""
    ids = {name: to_18(name) for name in names if name.startswith(PRODUCT_PREFIX)}
    return {name: found for name, found in ids.items() if found is not None}


def named(snapshot: Snapshot, name: str) -> list[Record]:
    """Return the products that a user means by an id or a product code, the first made first."""
    found = product_ids([name]).get(name)
    if found is not None:
        return [snapshot.products[found]] if found in snapshot.products else []
    same = (one for one in snapshot.products.values() if (one.get("ProductCode") or "").casefold() == name.casefold())
    return sorted(same, key=lambda product: str(product["Id"]))


class CatalogReader:
    """Reads the two catalogs side by side.

    Args:
        source: The products that are sold.
        client: The tenant.
        target: Finds rate plans in it by their external ids.
    """

    def __init__(self, source: ProductSource, client: ZuoraClient, target: ZuoraReader) -> None:
        self.source = source
        self._client = client
        self._target = target

    async def add_zuora(self, draft: Draft, products: Iterable[Record]) -> None:
        """Add to the draft's state what Zuora holds of these products and of their rate plans."""
        state = draft.state
        offers = [offer for product in products for offer in offers_of(draft, product)]
        await self._target.read_plans(state, {offer.external_id for offer in offers})
        await self._target.read_units(state)
        plan_ids = [str(plan.id) for plan in state.plans.values()]
        tables = draft.tables
        plan_columns = _columns(("Id", "ProductId"), tables.product_rate_plan, tables.usage_rate_plan)
        charge_columns = _columns(("Id", "ProductRatePlanId", DISCOUNT), tables.product_charge, tables.usage_charge)
        product_columns = _columns(("Id", "SKU"), tables.product)
        codes = sorted({offer.product["ProductCode"] for offer in offers if offer.product.get("ProductCode")})
        plans, charges, by_sku = await asyncio.gather(
            lookups.plans_by_id(self._client, plan_ids, columns=plan_columns),
            lookups.charges_of_plans(self._client, plan_ids, columns=charge_columns),
            lookups.products_by_sku(self._client, codes, columns=product_columns),
        )
        known = {row["Id"]: row for row in by_sku}
        further = sorted({row["ProductId"] for row in plans} - set(known))
        others, tiers, named_plans = await asyncio.gather(
            lookups.products_by_id(self._client, further, columns=product_columns),
            lookups.tiers_of_charges(self._client, [row["Id"] for row in charges]),
            lookups.plans_of_products(self._client, [*known, *further]),
        )
        state.name_plans(named_plans)
        known.update({row["Id"]: row for row in others})
        state.products.update({row["SKU"]: row["Id"] for row in by_sku})
        state.product_rows.update({row["SKU"]: row for row in by_sku})
        _put_together(state, known, plans, charges, tiers)
        await self._add_currencies(state, offers)

    async def _add_currencies(self, state: ZuoraState, offers: Iterable[Offer]) -> None:
        """Read the active currencies of rate plans that lack the price in a wanted one."""
        lacking = {}
        for offer in offers:
            held = state.catalog.get(offer.external_id)
            if held is not None and held.charges and set(offer.currencies) - {tier["Currency"] for tier in held.tiers}:
                lacking[offer.external_id] = held
        found = await lookups.active_currencies(self._client, [held.plan["Id"] for held in lacking.values()])
        for external_id, held in lacking.items():
            state.catalog[external_id] = replace(held, currencies=found[held.plan["Id"]])


def _columns(first: Sequence[str], *tables: Table) -> tuple[str, ...]:
    """Return the columns that are read and compared: what updates may write, under the same names."""
    rules = (rule for table in tables for rule in table.rules)
    names = (rule.keys[0] for rule in rules if rule.on == "both" or rule.own is not None)
    return tuple(dict.fromkeys((*first, *names)))


def _put_together(
    state: ZuoraState,
    products: Mapping[str, Row],
    plans: Iterable[Row],
    charges: Iterable[Row],
    tiers: Iterable[Row],
) -> None:
    rows = {row["Id"]: row for row in plans}
    charges, tiers = list(charges), list(tiers)
    for external_id, plan in state.plans.items():
        row = rows.get(str(plan.id))
        if row is not None:
            own = tuple(charge for charge in charges if charge["ProductRatePlanId"] == plan.id)
            ids = {charge["Id"] for charge in own}
            prices = tuple(tier for tier in tiers if tier["ProductRatePlanChargeId"] in ids)
            state.catalog[external_id] = CatalogPlan(products[row["ProductId"]], row, own, prices)
