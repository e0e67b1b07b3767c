"""``/v1/object/product-rate-plan-charge-tier/{id}``: read a tier of a charge, change its price and nothing else."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora.catalog.entry import Body, invalid, not_found, to_crud
from cpqbridge.sandbox.zuora.fields import Rule, check, rule
from cpqbridge.sandbox.zuora.http import answer, read_body
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.sandbox.zuora.units import MAX_DECIMALS, decimals

#: Resource of these calls in error codes.
RESOURCE = 543000

_KIND = "productRatePlanChargeTier"
_TABLE: dict[str, Rule] = {"Price": rule("number", required=True)}
_SHOWN = (
    "Id", "Currency", "Tier", "StartingUnit", "EndingUnit", "Price", "PriceFormat",
    "CreatedById", "CreatedDate", "UpdatedById", "UpdatedDate",
)  # fmt: skip


def routes(tenant: Tenant) -> list[BaseRoute]:
    """The CRUD calls of tiers."""

    async def read(request: Request) -> Response:
        tier = to_crud(_tier(tenant, request))
        return answer({name: tier[name] for name in _SHOWN if name in tier})

    async def update(request: Request) -> Response:
        tier = _tier(tenant, request)
        body = await read_body(request)
        check(body, _TABLE, resource=RESOURCE)
        tenant.store.update(_KIND, tier["id"], _prices(tier, body))
        return answer({"Success": True, "Id": tier["id"]})

    path = "/v1/object/product-rate-plan-charge-tier/{id}"
    return [Route(path, read, methods=["GET"]), Route(path, update, methods=["PUT"])]


def _tier(tenant: Tenant, request: Request) -> Row:
    tier = tenant.store.get(_KIND, request.path_params["id"])
    if tier is None:
        raise not_found("Product rate plan charge tier", request.path_params["id"])
    return tier


def _prices(tier: Row, body: Body) -> Row:
    """The row fields that hold a tier's new price."""
    price = body["Price"]
    if decimals(price) > MAX_DECIMALS:
        raise invalid(f"Price {price} has more than {MAX_DECIMALS} decimal places.")
    if tier.get("price") is None:
        raise invalid("The tier belongs to a discount charge: it has no price.")
    return {"price": price} | ({"overagePrice": price} if tier.get("overagePrice") is not None else {})
