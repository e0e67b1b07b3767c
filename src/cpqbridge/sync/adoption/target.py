"""Reads from Zuora what an adoption compares: the subscriptions of accounts, and those that are named or linked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.dates import parse
from cpqbridge.planning.adoption.billed import Billed, Plan, Segment, Tier
from cpqbridge.planning.adoption.deal import Deal
from cpqbridge.planning.adoption.match import Tenant
from cpqbridge.zuora import lookups
from cpqbridge.zuora.client import Row, ZuoraClient
from cpqbridge.zuora.subscriptions import subscriptions_by_number, subscriptions_of


class AdoptionTarget:
    """Reads subscriptions; the catalog is remembered, because contracts share products.

    Args:
        client: The tenant.
        account_key_field: The field of the account that holds the Salesforce id.
    """

    def __init__(self, client: ZuoraClient, account_key_field: str = "crmId") -> None:
        self._client = client
        self._key = account_key_field
        self._skus: dict[str, str | None] = {}
        self._looked_up: set[str] = set()
        self._links: dict[str, set[str]] = {}
        self._units: dict[str, int] | None = None

    async def tenant(self, deals: Sequence[Deal], numbers: Collection[str] = ()) -> Tenant:
        """Return what Zuora holds that may belong to these deals.

        Args:
            deals: Chains as they were sold.
            numbers: Further subscription numbers to read.
        """
        owners = await self._owners({stage.owner for one in deals for stage in one.stages})
        zuora_ids = [row["Id"] for rows in owners.values() for row in rows]
        found = {row["name"]: row for row in await subscriptions_of(self._client, zuora_ids)}
        wanted = {*numbers, *(number for one in deals for number in one.numbers), *await self._linked(deals, found)}
        further = await subscriptions_by_number(self._client, sorted(wanted - set(found)))
        found |= {row["name"]: row for row in further}
        await self._read_catalog(deals, found.values())
        return Tenant(
            [self._billed(row) for row in found.values()],
            frozenset(owners),
            {key: sorted(row["AccountNumber"] for row in rows) for key, rows in owners.items() if len(rows) > 1},
            await self._units_for(deals),
        )

    async def _units_for(self, deals: Sequence[Deal]) -> Mapping[str, int]:
        """Return the tenant's units of measure, read once, where anything is billed by usage."""
        if self._units is None and any(part.is_usage for one in deals for part in one.parts):
            self._units = await lookups.units_of_measure(self._client)
        return self._units or {}

    async def _owners(self, ids: Collection[str]) -> dict[str, list[Row]]:
        """Return the living accounts by Salesforce id."""
        key = self._key[0].upper() + self._key[1:]
        columns = ("Id", "AccountNumber", "Status", key)
        rows = await lookups.accounts_by_crm_id(self._client, sorted(ids), key_field=key, columns=columns)
        owners: dict[str, list[Row]] = {}
        for row in rows:
            if row.get("Status") != "Canceled":
                owners.setdefault(row[key], []).append(row)
        return owners

    async def _linked(self, deals: Sequence[Deal], found: Mapping[str, Row]) -> set[str]:
        """Return the subscriptions of other accounts whose rate plans carry ids of deals."""
        carried = {plan.get("externallyManagedPlanId") for row in found.values() for plan in row["ratePlans"]}
        ids = {key for one in deals for key in one.ids}
        rows = await lookups.subscribed_rate_plans(self._client, sorted(ids - carried))
        return {name for row in rows if (name := (row.get("subscription") or {}).get("name"))}

    async def _read_catalog(self, deals: Sequence[Deal], rows: Iterable[Row]) -> None:
        """Read the SKUs of what is subscribed, and which catalog rate plans carry ids of deals."""
        products = {plan["productId"] for row in rows for plan in row["ratePlans"] if plan.get("productId")}
        unknown = sorted(products - set(self._skus))
        found = await lookups.products_by_id(self._client, unknown, columns=("Id", "SKU"))
        self._skus |= dict.fromkeys(unknown) | {row["Id"]: row.get("SKU") for row in found}
        ids = {part.catalog_id for one in deals for part in one.parts if part.catalog_id} - self._looked_up
        self._looked_up |= ids
        for key, plans in (await lookups.rate_plans_by_external_id(self._client, sorted(ids))).items():
            for plan in plans:
                self._links.setdefault(plan["id"], set()).add(key)

    def _billed(self, row: Row) -> Billed:
        account = row.get("account") or {}
        return Billed(
            number=row["name"],
            status=row.get("status") or "",
            account_number=account.get("accountNumber") or "",
            owner=account.get(self._key),
            currency=row.get("currency"),
            start=_day(row.get("subscriptionStartDate") or row.get("contractEffectiveDate")),
            end=_day(row.get("subscriptionEndDate") or row.get("termEndDate")),
            plans=tuple(self._plan(plan) for plan in row["ratePlans"]),
        )

    def _plan(self, plan: Row) -> Plan:
        return Plan(
            id=plan["id"],
            number=plan.get("subscriptionRatePlanNumber") or plan["id"],
            name=plan.get("name") or "",
            external_id=plan.get("externallyManagedPlanId") or None,
            sku=self._skus.get(plan.get("productId") or ""),
            catalog_ids=frozenset(self._links.get(plan.get("productRatePlanId") or "", ())),
            segments=tuple(sorted((_segment(one) for one in plan.get("ratePlanCharges") or ()), key=_place)),
        )


def _segment(row: Row) -> Segment:
    quantity: Any = row.get("quantity")
    return Segment(
        charge=row.get("chargeNumber") or row["id"],
        type=row.get("chargeType") or "",
        model=row.get("chargeModel") or "",
        unit=row.get("uOM"),
        quantity=None if quantity is None else Decimal(quantity),
        start=_day(row.get("effectiveStartDate")),
        end=_day(row.get("effectiveEndDate")),
        period=row.get("billingPeriod"),
        price_base=row.get("listPriceBase"),
        base_months=row.get("specificListPriceBase"),
        tiers=tuple(map(_tier, sorted(row.get("ratePlanChargeTiers") or (), key=lambda tier: tier.get("tier") or 0))),
    )


def _tier(row: Row) -> Tier:
    end: Any = row.get("endingUnit")
    return Tier(
        start=Decimal(row.get("startingUnit") or 0),
        end=None if end is None else Decimal(end),
        price=Decimal(row.get("price") or 0),
        format=(row.get("priceFormat") or "").replace(" ", ""),
    )


def _place(segment: Segment) -> tuple[str, str]:
    return segment.charge, str(segment.start or "")


def _day(value: Any) -> Any:
    return parse(value) if value else None
