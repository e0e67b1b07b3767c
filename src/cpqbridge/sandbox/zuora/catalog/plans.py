"""Product rate plans: their currencies and the ids under which other systems know them."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.catalog import charges, tables
from cpqbridge.sandbox.zuora.catalog.entry import Body, Entry, check_dates, check_unique, invalid, not_found
from cpqbridge.sandbox.zuora.tenant import Tenant

#: A new plan may have the default currency and four more; an update may activate or deactivate four.
MAX_CURRENCIES, MAX_CHANGED = 5, 4

#: Both names of the external ids on write; they are read as ``externallyManagedPlanIds``.
EXTERNAL_IDS = ("ExternalRatePlanIds", "ExternallyManagedPlanIds")


def prepare(tenant: Tenant, body: Body) -> Body:
    """The plan with the product's dates and the home currency where it has none of its own.

    Raises:
        ObjectError: The product does not exist, the name is taken in it, or dates or currencies are not good.
    """
    product = tenant.store.get("product", body["ProductId"])
    if product is None:
        raise not_found("Product", body["ProductId"])
    check_unique(tenant, "productRatePlan", body, "ProductRatePlanNumber")
    for plan in tenant.store.find("productRatePlan", productId=product["id"]):
        if plan["name"] == body["Name"] and plan["id"] != body.get("Id"):
            raise invalid(f"The product '{product['name']}' has a rate plan with the name '{body['Name']}' already.")
    prepared = {
        **body,
        "EffectiveStartDate": body.get("EffectiveStartDate") or product["effectiveStartDate"],
        "EffectiveEndDate": body.get("EffectiveEndDate") or product["effectiveEndDate"],
        "ActiveCurrencies": _currencies(tenant, body),
        "ProductRatePlanNumber": body.get("ProductRatePlanNumber") or tenant.number("productRatePlan"),
    }
    check_dates(prepared)
    return prepared


def _currencies(tenant: Tenant, body: Body) -> list[str]:
    known = tenant.settings.currencies
    currencies = list(dict.fromkeys(body.get("ActiveCurrencies") or [tenant.settings.home_currency]))
    unknown = [name for name in currencies if name not in known]
    if unknown:
        raise invalid(f"The currency {', '.join(unknown)} is not active in the tenant.")
    if "Id" not in body and len(currencies) > MAX_CURRENCIES:
        raise invalid(f"A new rate plan can have at most {MAX_CURRENCIES} active currencies.")
    plan = tenant.store.get("productRatePlan", body["Id"]) if "Id" in body else None
    if plan and len(set(currencies) ^ set(plan.get("activeCurrencies") or currencies)) > MAX_CHANGED:
        raise invalid(f"ActiveCurrencies: one call can change the status of at most {MAX_CHANGED} currencies.")
    return currencies


def save(tenant: Tenant, plan_id: str, body: Body) -> None:
    """Replace the external ids by those of the request, if it has any."""
    given = [name for name in EXTERNAL_IDS if body.get(name) is not None]
    if not given:
        return
    wanted = list(dict.fromkeys(value for name in given for value in body[name]))
    present = {row["externalProductRatePlanId"]: row for row in _links(tenant, plan_id)}
    for value in wanted:
        link = {"externalProductRatePlanId": value, "ratePlanId": plan_id}
        if value not in present:
            tenant.store.insert("externalProductRatePlan", link)
    for value, row in present.items():
        if value not in wanted:
            tenant.store.delete("externalProductRatePlan", row["id"])


def external_ids(tenant: Tenant, plan_id: str) -> list[str]:
    """The ids under which other systems know a rate plan."""
    return [row["externalProductRatePlanId"] for row in _links(tenant, plan_id)]


def users(tenant: Tenant, plan_id: str) -> str | None:
    """What uses the rate plan: a subscription, or an order line item through one of its charges."""
    if tenant.store.find("ratePlan", productRatePlanId=plan_id):
        return "a subscription"
    rows = tenant.store.find("productRatePlanCharge", productRatePlanId=plan_id)
    return next((found for row in rows if (found := charges.users(tenant, row["id"]))), None)


def remove(tenant: Tenant, plan_id: str) -> None:
    """Delete the rate plan's charges and external ids."""
    for charge in tenant.store.find("productRatePlanCharge", productRatePlanId=plan_id):
        charges.remove(tenant, charge["id"])
        tenant.store.delete("productRatePlanCharge", charge["id"])
    for row in _links(tenant, plan_id):
        tenant.store.delete("externalProductRatePlan", row["id"])


def _links(tenant: Tenant, plan_id: str) -> list[Body]:
    return tenant.store.find("externalProductRatePlan", ratePlanId=plan_id)


PLANS = Entry(
    kind="productRatePlan",
    path="product-rate-plan",
    resource=541000,
    table=tables.RATE_PLAN,
    prepare=prepare,
    users=users,
    save=save,
    remove=remove,
    locked=frozenset({"ProductId"}),
    apart=frozenset(EXTERNAL_IDS),
    hidden=frozenset({"ActiveCurrencies"}),
)
