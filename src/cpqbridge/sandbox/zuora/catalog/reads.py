"""REST reads of the catalog: products, rate plans, and rate plans by the id of another system."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora.catalog import tree
from cpqbridge.sandbox.zuora.envelopes import not_found
from cpqbridge.sandbox.zuora.http import ok, page
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: The numeric version since which a product shows the address of its rate plans instead of the plans.
_ADDRESS_SINCE = 230.0


def routes(tenant: Tenant) -> list[BaseRoute]:
    """The routes of all catalog reads."""
    reads = _Reads(tenant)
    return [
        Route("/v1/catalog/products", reads.products, methods=["GET"]),
        Route("/v1/catalog/product/{key}", reads.product, methods=["GET"]),
        Route("/v1/product-rate-plans/external-id/{id}", reads.plans_by_external_id, methods=["GET"]),
        Route("/v1/product-rate-plans/{id}", reads.plan, methods=["GET"]),
        Route("/v1/rateplan/{key}/productRatePlan", reads.plans_of_product, methods=["GET"]),
        Route("/v1/products/{key}/product-rate-plans", reads.plans_of_product, methods=["GET"]),
    ]


class _Reads:
    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    async def products(self, request: Request) -> Response:
        """All products, the one changed last at the head."""
        rows = sorted(self._tenant.store.rows("product"), key=_changed)[::-1]
        wanted = page(request)
        following = wanted.next_url(request, len(rows))
        products = [self._product(request, row) for row in wanted.cut(rows)]
        return ok(products=products, **({"nextPage": following} if following else {}))

    async def product(self, request: Request) -> Response:
        """One product by its id or SKU."""
        return ok(**self._product(request, self._find(request.path_params["key"])))

    async def plans_of_product(self, request: Request) -> Response:
        """The rate plans of a product with their charges."""
        plans = tree.rate_plans(self._tenant, self._find(request.path_params["key"])["id"])
        wanted = page(request, default_size=20)
        following = wanted.next_url(request, len(plans))
        return ok(productRatePlans=wanted.cut(plans), **({"nextPage": following} if following else {}))

    async def plan(self, request: Request) -> Response:
        """One rate plan by its id or number."""
        store, key = self._tenant.store, request.path_params["id"]
        row = store.get("productRatePlan", key)
        if row is None:
            row = next(iter(store.find("productRatePlan", productRatePlanNumber=key)), None)
        if row is None:
            raise not_found(key)
        return ok(**tree.external_plan(self._tenant, row))

    async def plans_by_external_id(self, request: Request) -> Response:
        """The rate plans that carry an id of another system."""
        store, key = self._tenant.store, request.path_params["id"]
        links = store.find("externalProductRatePlan", externalProductRatePlanId=key)
        rows = [row for link in links if (row := store.get("productRatePlan", link["ratePlanId"]))]
        if not rows:
            raise not_found(key)
        return ok(productRatePlans=[{**tree.external_plan(self._tenant, row), "success": True} for row in rows])

    def _product(self, request: Request, row: Row) -> dict[str, object]:
        if _shows_address(request.headers.get("zuora-version") or self._tenant.settings.zuora_version):
            base = str(request.base_url).rstrip("/")
            return tree.product(self._tenant, row, f"{base}/v1/rateplan/{row['id']}/productRatePlan")
        return tree.product(self._tenant, row, tree.rate_plans(self._tenant, row["id"]))

    def _find(self, key: str) -> Row:
        store = self._tenant.store
        row = store.get("product", key) or next(iter(store.find("product", sKU=key)), None)
        if row is None:
            raise not_found(key)
        return row


def _changed(row: Row) -> str:
    changed: str = row["updatedDate"]
    return changed


def _shows_address(version: str) -> bool:
    """Dates are later than all numbers."""
    try:
        return float(version) >= _ADDRESS_SINCE
    except ValueError:
        return True
