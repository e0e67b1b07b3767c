"""The product catalog: CRUD calls under ``/v1/object`` and REST reads."""

from __future__ import annotations

from starlette.routing import BaseRoute

from cpqbridge.sandbox.zuora.catalog import crud, reads, tier_calls
from cpqbridge.sandbox.zuora.catalog.charges import CHARGES
from cpqbridge.sandbox.zuora.catalog.plans import PLANS
from cpqbridge.sandbox.zuora.catalog.products import PRODUCTS
from cpqbridge.sandbox.zuora.tenant import Tenant

#: The kinds of catalog records that CRUD calls make, in the order in which one needs the other.
ENTRIES = (PRODUCTS, PLANS, CHARGES)


def routes(tenant: Tenant) -> list[BaseRoute]:
    """The routes of the catalog."""
    made = (route for entry in ENTRIES for route in crud.routes(tenant, entry))
    return [*reads.routes(tenant), *made, *tier_calls.routes(tenant)]
