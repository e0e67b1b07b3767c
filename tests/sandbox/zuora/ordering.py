"""A small catalog and order bodies for the tests of orders, subscriptions and line items."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.app import create_app
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: Charge name -> type, model, row fields. All belong to the plan "Gold", one charge per plan otherwise.
CHARGES: dict[str, tuple[str, str, Body]] = {
    "Seats": ("Recurring", "Per Unit Pricing", {"billingPeriod": "Month", "uOM": "User", "defaultQuantity": 1}),
    "Base": ("Recurring", "Flat Fee Pricing", {"billingPeriod": "Annual"}),
    "Setup": ("OneTime", "Flat Fee Pricing", {}),
    "Hours": ("OneTime", "Per Unit Pricing", {"uOM": "Hour"}),
    "Storage": ("Recurring", "Tiered Pricing", {"billingPeriod": "Month", "uOM": "GB"}),
    "Calls": ("Usage", "Per Unit Pricing", {"billingPeriod": "Month", "uOM": "Each"}),
}


@dataclass
class Catalog:
    """Ids of the catalog: a plan and a charge for each of `CHARGES`, by the charge's name."""

    product: str
    plans: dict[str, str]
    charges: dict[str, str]


def make_catalog(tenant: Tenant) -> Catalog:
    store = tenant.store
    product = store.insert(
        "product",
        {"name": "Router", "sKU": "R-1", "effectiveStartDate": "2020-01-01", "effectiveEndDate": "2036-01-01"},
    )
    catalog = Catalog(product["id"], {}, {})
    for name, (kind, model, fields) in CHARGES.items():
        plan = store.insert(
            "productRatePlan",
            {
                "name": f"{name} plan",
                "productId": product["id"],
                "effectiveStartDate": "2020-01-01",
                "effectiveEndDate": "2036-01-01",
                "productRatePlanNumber": f"PRP-{name}",
            },
        )
        store.insert("externalProductRatePlan", {"externalProductRatePlanId": f"01t-{name}", "ratePlanId": plan["id"]})
        charge = store.insert(
            "productRatePlanCharge",
            {
                "productRatePlanId": plan["id"],
                "name": name,
                "chargeType": kind,
                "chargeModel": model,
                "billCycleType": "DefaultFromCustomer",
                "triggerEvent": "ContractEffective",
                "listPriceBase": "Per Billing Period" if kind == "Recurring" else None,
                "productRatePlanChargeNumber": f"PRPC-{name}",
                **fields,
            },
        )
        for currency, price in (("USD", "10"), ("EUR", "9")):
            store.insert(
                "productRatePlanChargeTier",
                {
                    "productRatePlanChargeId": charge["id"],
                    "currency": currency,
                    "price": Decimal(price),
                    "tier": 1,
                    "startingUnit": Decimal(0),
                    "priceFormat": "Per Unit",
                },
            )
        catalog.plans[name], catalog.charges[name] = plan["id"], charge["id"]
    return catalog


def termed(start: str = "2026-02-01", period: int = 12) -> Body:
    initial = {"startDate": start, "period": period, "periodType": "Month", "termType": "TERMED"}
    return {"initialTerm": initial, "renewalSetting": "RENEW_WITH_SPECIFIC_TERM", "autoRenew": False}


def plan_override(catalog: Catalog, name: str, pricing: Body | None = None, **charge: Any) -> Body:
    override = {"productRatePlanChargeId": catalog.charges[name], **charge}
    if pricing is not None:
        override["pricing"] = pricing
    return {"productRatePlanId": catalog.plans[name], "chargeOverrides": [override]}


def seats(catalog: Catalog, quantity: int = 5, price: int = 120) -> Body:
    pricing = {"recurringPerUnit": {"listPrice": price, "quantity": quantity}}
    return plan_override(catalog, "Seats", pricing)


def subscription(catalog: Catalog, number: str | None = None, **create: Any) -> Body:
    body: Body = {"terms": termed(), "subscribeToRatePlans": [seats(catalog)], **create}
    if number:
        body["subscriptionNumber"] = number
    return {"orderActions": [{"type": "CreateSubscription", "createSubscription": body}]}


def order(account: Body, *subscriptions: Body, **fields: Any) -> Body:
    body: Body = {"orderDate": "2026-02-01", "existingAccountNumber": account["accountNumber"], **fields}
    if subscriptions:
        body["subscriptions"] = [copy.deepcopy(entry) for entry in subscriptions]
    return body


def line(**fields: Any) -> Body:
    return {"itemName": "Router", "itemType": "Product", "quantity": 2, "amountPerUnit": 50, **fields}


class InProcess:
    """Calls a tenant's application without a server; what it does not handle is raised."""

    def __init__(self, tenant: Tenant, resources: Sequence[str]) -> None:
        tenant.issue_token("token", timedelta(hours=1))
        self._app = create_app(tenant, resources)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and decoded answer."""
        return asyncio.run(self._call(method, path, None if body is None else wire.encode(body)))

    async def _call(self, method: str, path: str, content: bytes | None) -> tuple[int, Any]:
        headers = {"authorization": "Bearer token", "content-type": "application/json"}
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://zuora", headers=headers) as client:
            response = await client.request(method, path, content=content)
        return response.status_code, wire.decode(response.content)
