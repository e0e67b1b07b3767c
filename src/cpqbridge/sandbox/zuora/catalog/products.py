"""Products: unique SKU and number, effective dates."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.catalog import plans, tables
from cpqbridge.sandbox.zuora.catalog.entry import Body, Entry, check_dates, check_unique
from cpqbridge.sandbox.zuora.tenant import Tenant


def prepare(tenant: Tenant, body: Body) -> Body:
    """The product with its SKU and number made when they are not given.

    Raises:
        ObjectError: The dates are the wrong way round, or SKU or number are taken.
    """
    check_dates(body)
    for name in ("SKU", "ProductNumber"):
        check_unique(tenant, "product", body, name)
    return {
        **body,
        "SKU": body.get("SKU") or f"SKU-{tenant.store.next_number('sku'):08d}",
        "ProductNumber": body.get("ProductNumber") or tenant.number("product"),
        "AllowFeatureChanges": bool(body.get("AllowFeatureChanges")),
    }


def users(tenant: Tenant, product_id: str) -> str | None:
    """What uses a rate plan of the product."""
    rate_plans = tenant.store.find("productRatePlan", productId=product_id)
    return next((found for plan in rate_plans if (found := plans.users(tenant, plan["id"]))), None)


def remove(tenant: Tenant, product_id: str) -> None:
    """Delete the product's rate plans."""
    for plan in tenant.store.find("productRatePlan", productId=product_id):
        plans.remove(tenant, plan["id"])
        tenant.store.delete("productRatePlan", plan["id"])


PRODUCTS = Entry(
    kind="product",
    path="product",
    resource=540000,
    table=tables.PRODUCT,
    prepare=prepare,
    users=users,
    remove=remove,
)
