"""Plans the catalog: a rate plan found by external id, else attached to the product of the same SKU, else all made.

Source: guide "Non-usage-based products"; decision 9.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.product import CHARGE, FIRST_CURRENCIES, FURTHER_CURRENCIES, PRODUCT, RATE_PLAN
from cpqbridge.mapping.rule import Context, Lineage, Mapped, Record
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.plan import Known, Ref
from cpqbridge.planning.snapshot import children
from cpqbridge.planning.state import Charge, RatePlan


def ensure_charge(draft: Draft, product: Record) -> Charge | None:
    """Return the one charge of a product's rate plan, planning whatever of product, plan and charge Zuora lacks.

    Args:
        draft: The plan being made.
        product: The order item's `Product2` with `Id`, `Name` and `ProductCode`.

    Returns:
        None when there is no such charge and none can be made; the reason is among the draft's problems.
    """
    product_id: str = product["Id"]
    plan = draft.state.plans.get(product_id)
    if plan is None or not plan.charges:
        if product_id not in draft.plans:
            draft.plans[product_id] = _make(draft, product, plan)
        plan = draft.plans[product_id]
    if plan is None:
        return None
    if len(plan.charges) != 1:
        message = f"The rate plan of product {product.get('Name')} has {len(plan.charges)} charges; it must have one"
        draft.refuse("CPQ-412", "OrderItem.Product2Id", message)
        return None
    return plan.charges[0]


def _make(draft: Draft, product: Record, plan: RatePlan | None) -> RatePlan | None:
    record = draft.snapshot.products.get(product["Id"], product)
    if not record.get("ProductCode"):
        message = f"Invalid referenced products: product {record.get('Name')} has no product code"
        draft.refuse("CPQ-406", "Product2.ProductCode", message)
        return None
    problems = len(draft.problems)
    context = _context(draft, record)
    plan_id = plan.id if plan is not None else _rate_plan(draft, record, context)
    _further_currencies(draft, record, context, plan_id)
    charge = _charge(draft, record, context, plan_id)
    return RatePlan(plan_id, (charge,)) if len(draft.problems) == problems else None


def _context(draft: Draft, record: Record) -> Context:
    entries = children(record, "PricebookEntries")
    prices = _prices(draft, record)
    roots = {"Product2": record, "PricebookEntry": entries[0] if entries else {}}
    one_time = record.get("SBQQ__ChargeType__c") in (None, "", "One-Time")
    return draft.context(
        roots,
        prices=prices,
        one_time=one_time,
        taxable=bool(record.get("SBQQ__Taxable__c")),
        measured=record.get("SBQQ__PricingMethod__c") == "List",
    )


def _prices(draft: Draft, record: Record) -> Mapping[str, Any]:
    """Return the price per currency, the standard price book's first; orders override them."""
    prices: dict[str, Any] = {}
    for entry in children(record, "PricebookEntries"):
        currency = entry.get("CurrencyIsoCode") or draft.options.default_currency
        standard = (entry.get("Pricebook2") or {}).get("IsStandard")
        if currency not in prices or standard:
            prices[currency] = entry.get("UnitPrice") or Decimal(0)
    return dict(sorted(prices.items())) or {draft.options.default_currency: 0}


def _rate_plan(draft: Draft, record: Record, context: Context) -> Known:
    sku = record["ProductCode"]
    product: Known | None = draft.state.products.get(sku)
    if product is None:
        key = f"product:{sku}"
        if all(operation.key != key for operation in draft.operations):
            draft.add("create_product", key, "/v1/object/product", draft.map(PRODUCT, context), known={"sku": sku})
        product = Ref(key, "Id")
    key = f"rate_plan:{record['Id']}"
    mapped = draft.map(RATE_PLAN, _with(context, product=product))
    draft.add(
        "create_product_rate_plan",
        key,
        "/v1/object/product-rate-plan",
        mapped,
        known={"external_id": record["Id"]},
    )
    return Ref(key, "Id")


def _further_currencies(draft: Draft, record: Record, context: Context, plan_id: Known) -> None:
    """Plan to activate the currencies beyond those that a new rate plan takes, a few at a time."""
    if context.get("PricebookEntry.CurrencyIsoCode") is None:
        return
    currencies = list(context.given["prices"])
    for end in range(FIRST_CURRENCIES, len(currencies), FURTHER_CURRENCIES):
        active = currencies[: end + FURTHER_CURRENCIES]
        line = Lineage(
            "", "/ActiveCurrencies", "PricebookEntry.CurrencyIsoCode", "Product Rate Plan / Currency", active
        )
        path = f"/v1/object/product-rate-plan/{plan_id}"
        body = Mapped({"ActiveCurrencies": active}, [line])
        key = f"rate_plan:{record['Id']}:currencies-{len(active)}"
        draft.add("update_product_rate_plan", key, path, body, method="PUT")


def _charge(draft: Draft, record: Record, context: Context, plan_id: Known) -> Charge:
    key = f"charge:{record['Id']}"
    mapped = draft.map(CHARGE, _with(context, rate_plan=plan_id))
    body = mapped.body
    charge = Charge(Ref(key, "Id"), body.get("ChargeType", ""), body.get("ChargeModel", ""), body.get("BillingPeriod"))
    known = {"external_id": record["Id"], "rate_plan": plan_id, "charge": charge}
    draft.add("create_product_rate_plan_charge", key, "/v1/object/product-rate-plan-charge", mapped, known=known)
    return charge


def _with(context: Context, **given: Any) -> Context:
    return Context(context.roots, context.options, {**context.given, **given})
