"""Plans a product by itself: everything of it in the catalog, made where Zuora lacks it and brought up to date.

An order only makes what is missing; here names, texts, tax and accounting codes follow Salesforce too. What Zuora has
locked (the charge model, the unit of measure, …) is compared, and a product with such a difference is held whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cpqbridge.mapping.rule import Lineage, Mapped, Record
from cpqbridge.planning.compare import same
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.offer import Offer, offers_of
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.product import activate, has_code, make, refuse_taken_name
from cpqbridge.planning.state import CatalogPlan, Row

LOCKED = frozenset({"SKU", "ChargeType", "ChargeModel", "BillingPeriod", "UOM", "BillCycleType", "TriggerEvent"})
"""What Zuora does not change of a charge that is used, and the product code by which a product is found."""

TIER_DATA = "ProductRatePlanChargeTierData"
TIERS = "ProductRatePlanChargeTier"
PRICE = ("Currency", "Price")
TIER = (*PRICE, "PriceFormat", "StartingUnit", "EndingUnit")
"""Fields of a price that are sent back as they stand; one that does not depend on the quantity has no bounds."""
UNTIERED = frozenset({"Flat Fee Pricing", "Per Unit Pricing"})

DISCOUNT = "UseDiscountSpecificAccountingCode"
UNCHANGED = ("ProductRatePlanId", "ChargeModel", "BillCycleType", "BillingPeriod", "TriggerEvent", DISCOUNT)
"""What the call that updates a charge wants in any case, beside the prices; it is sent as Zuora has it."""
TAX_MODE = "TaxMode"
AS_HELD = "as Zuora has it"
"""What lineage says of such a value."""


def plan_product(draft: Draft, product: Record) -> SyncPlan:
    """Return the plan of one product: the Zuora product, and a rate plan with its charge for each of its offers.

    Args:
        draft: The plan being made; its state must hold `catalog` and `product_rows` for the product.
        product: The whole `Product2` with its `PricebookEntries`.

    Source: guide "Non-usage-based products", "Usage-based products".
    """
    if has_code(draft, product):
        offers = list(offers_of(draft, product))
        _update_product(draft, product, offers[0])
        for offer in offers:
            _bring_up_to_date(draft, offer)
    return draft.finish(f"Product2:{product['Id']}", product.get("ProductCode") or product["Id"], {})


def _update_product(draft: Draft, product: Record, offer: Offer) -> None:
    """Plan what differs in the Zuora product; of several Salesforce products that share it, the first one decides."""
    code = product["ProductCode"]
    row = draft.state.product_rows.get(code)
    sharing = (key for key, one in draft.snapshot.products.items() if one.get("ProductCode") == code)
    if row is not None and product["Id"] == min(sharing, default=product["Id"]):
        mapped = draft.map(draft.tables.product, offer.context, creating=False)
        body = _differences(draft, offer, mapped, row)
        _update(draft, "product", f"product:{code}", row, mapped, body)


def _bring_up_to_date(draft: Draft, offer: Offer) -> None:
    plan = draft.state.plans.get(offer.external_id)
    held = draft.state.catalog.get(offer.external_id)
    if plan is not None and len(plan.charges) > 1:
        message = f"The rate plan of product {offer.product.get('Name')} has {len(plan.charges)} charges"
        draft.refuse("CPQ-412", "Product2.Id", f"{message}; it must have one")
        return
    if held is not None:
        _compare_code(draft, offer, held)
        _update_plan(draft, offer, held)
    if plan is None or not plan.charges:
        make(draft, offer, plan)
    elif held is not None:
        _update_charge(draft, offer, held)


def _compare_code(draft: Draft, offer: Offer, held: CatalogPlan) -> None:
    code, sku = offer.product["ProductCode"], held.product.get("SKU")
    if code != sku:
        _refuse_locked(draft, offer, Lineage("", "/SKU", "Product2.ProductCode", "Product / SKU", code), sku)


def _update_plan(draft: Draft, offer: Offer, held: CatalogPlan) -> None:
    mapped = draft.map(offer.rate_plan, offer.context, creating=False)
    body = _differences(draft, offer, mapped, held.plan)
    if "Name" in body:
        refuse_taken_name(draft, offer, held.product["Id"], mapped, held.plan["Id"])
    _update(draft, "product-rate-plan", f"rate_plan:{offer.external_id}", held.plan, mapped, body)
    if held.charges:
        activate(draft, offer, held.plan["Id"], _active(held))


def _update_charge(draft: Draft, offer: Offer, held: CatalogPlan) -> None:
    row = held.charges[0]
    mapped = draft.map(offer.charge, offer.context, creating=False)
    body = _differences(draft, offer, mapped, row)
    added = set(offer.currencies) - _priced(held)
    if not body and not added:
        return
    lineage = [line for line in mapped.lineage if _field(line) in body]
    whole = {DISCOUNT: False, **{name: row[name] for name in UNCHANGED if name in row}}
    lineage += [Lineage("", f"/{name}", None, AS_HELD, value) for name, value in whole.items()]
    created = draft.map(offer.charge, offer.context)
    lineage += [line for line in created.lineage if _field(line) == TIER_DATA]
    new = created.body.get(TIER_DATA, {}).get(TIERS, ())
    prices = [*_prices(held), *(tier for tier in new if tier["Currency"] in added)]
    whole |= {**body, TIER_DATA: {TIERS: prices}}
    _update(draft, "product-rate-plan-charge", f"charge:{offer.external_id}", row, Mapped(whole, lineage), whole)


def _prices(held: CatalogPlan) -> list[Row]:
    """Return the prices of a plan's one charge as they would be sent."""
    fields = PRICE if held.charges[0].get("ChargeModel") in UNTIERED else TIER
    return [{name: tier[name] for name in fields if name in tier} for tier in held.tiers]


def _active(held: CatalogPlan) -> Sequence[str]:
    """Return a plan's active currencies; as long as no further one is wanted, those that have a price."""
    return held.currencies or sorted(_priced(held))


def _priced(held: CatalogPlan) -> set[str]:
    return {tier["Currency"] for tier in held.tiers}


def _differences(draft: Draft, offer: Offer, mapped: Mapped, row: Row) -> dict[str, Any]:
    """Return the part of a body that differs from the row; locked differences go to the draft's problems.

    What stands in by default where Salesforce says nothing is billing's to set, once the thing is made, also where it
    is locked; only a charge that becomes taxable needs a tax mode at once.
    """
    body: dict[str, Any] = {}
    for line in mapped.lineage:
        name = _field(line)
        wanted, held = mapped.body[name], row.get(name)
        if same(wanted, held) or (wanted is False and held is None):
            continue
        if _stands_in(line) and not (name == TAX_MODE and held is None):
            continue
        if name in LOCKED:
            _refuse_locked(draft, offer, line, held)
        else:
            body[name] = wanted
    return body


def _field(line: Lineage) -> str:
    """Return the field of the body that a value is in."""
    return line.pointer.split("/")[1]


def _stands_in(line: Lineage) -> bool:
    return line.source is None and not line.own


def _refuse_locked(draft: Draft, offer: Offer, line: Lineage, held: Any) -> None:
    name = line.pointer.removeprefix("/")
    message = f"{name} of product {offer.product.get('Name')}: Salesforce has {line.value}, Zuora {held or 'nothing'}"
    remedy = None
    if line.source is None:
        remedy = f"Set {name} in the mapping of the product to what Zuora has, or change the charge in Zuora."
    draft.refuse("CPQ-429", line.source, message, remedy)


def _update(draft: Draft, kind: str, key: str, row: Row, mapped: Mapped, body: Mapping[str, Any]) -> None:
    if body:
        lineage = [line for line in mapped.lineage if _field(line) in body]
        path = f"/v1/object/{kind}/{row['Id']}"
        draft.add(f"update_{kind.replace('-', '_')}", key, path, Mapped(dict(body), lineage), method="PUT")
