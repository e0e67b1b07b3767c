"""Makes what the catalog lacks: a rate plan found by external id, else attached to the product of its SKU, else all.

Source: guide "Non-usage-based products" and "Usage-based products"; decision 9.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cpqbridge.mapping.product import FIRST_CURRENCIES, FURTHER_CURRENCIES, UNMETERED
from cpqbridge.mapping.rule import Lineage, Mapped, Record
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.offer import Offer, base_offer, usage_offer
from cpqbridge.planning.plan import Known, Ref
from cpqbridge.planning.state import Charge, RatePlan, attributes_of

SCHEDULE_NAME = "ProductConsumptionSchedule.ConsumptionSchedule.Name"


def ensure_charge(draft: Draft, product: Record) -> Charge | None:
    """Return the one charge of a product's rate plan, planning whatever of product, plan and charge Zuora lacks.

    Args:
        draft: The plan being made.
        product: The order item's `Product2` with `Id`, `Name` and `ProductCode`.

    Returns:
        None when there is no such charge and none can be made; the reason is among the draft's problems.
    """
    return _ensure(draft, product["Id"], product, lambda: base_offer(draft, _whole(draft, product)))


def ensure_usage_charge(draft: Draft, product: Record, schedule: Record) -> Charge | None:
    """Return the usage charge of one consumption schedule of a product, planning what Zuora lacks of it.

    A schedule that is added to a product which Zuora has already gets its rate plan too, in the product of the same
    SKU. A schedule that several products share has a rate plan in each, found by the id of its link to the product.

    Args:
        draft: The plan being made.
        product: The order item's `Product2` with `Id`, `Name` and `ProductCode`.
        schedule: The product's `ProductConsumptionSchedule` with `Id` and its `ConsumptionSchedule`.

    Returns:
        None when there is no such charge and none can be made; the reason is among the draft's problems.
    """
    return _ensure(draft, schedule["Id"], product, lambda: usage_offer(draft, _whole(draft, product), schedule))


def _ensure(draft: Draft, external_id: str, product: Record, offer: Callable[[], Offer]) -> Charge | None:
    plan = draft.state.plans.get(external_id)
    if plan is None or not plan.charges:
        if external_id not in draft.plans:
            draft.plans[external_id] = make(draft, offer(), plan)
        plan = draft.plans[external_id]
    if plan is None:
        return None
    if len(plan.charges) != 1:
        message = f"The rate plan of product {product.get('Name')} has {len(plan.charges)} charges; it must have one"
        draft.refuse("CPQ-412", "OrderItem.Product2Id", message)
        return None
    return plan.charges[0]


def _whole(draft: Draft, product: Record) -> Record:
    return draft.snapshot.products.get(product["Id"], product)


def make(draft: Draft, offer: Offer, plan: RatePlan | None) -> RatePlan | None:
    """Plan what Zuora lacks of a rate plan: the product, the plan itself, its currencies, its charge.

    Args:
        draft: The plan being made.
        offer: What is needed.
        plan: What Zuora has of it: nothing, or a plan without its charge.

    Returns:
        None when it cannot be made; the reason is among the draft's problems.
    """
    if not has_code(draft, offer.product):
        return None
    problems = len(draft.problems)
    plan_id = plan.id if plan is not None else _rate_plan(draft, offer)
    known = plan.currencies if plan is not None else None
    activate(draft, offer, plan_id, offer.currencies[:FIRST_CURRENCIES] if known is None else known)
    charge = _charge(draft, offer, plan_id)
    return RatePlan(plan_id, (charge,)) if len(draft.problems) == problems else None


def has_code(draft: Draft, product: Record) -> bool:
    """Return whether a product has the product code that Zuora needs; the reason why not is in the draft."""
    if product.get("ProductCode"):
        return True
    message = f"Invalid referenced products: product {product.get('Name')} has no product code"
    draft.refuse("CPQ-406", "Product2.ProductCode", message)
    return False


def _rate_plan(draft: Draft, offer: Offer) -> Known:
    sku = offer.product["ProductCode"]
    product: Known | None = draft.state.products.get(sku)
    if product is None:
        key = f"product:{sku}"
        if all(operation.key != key for operation in draft.operations):
            mapped = draft.map(draft.tables.product, offer.context)
            draft.add("create_product", key, "/v1/object/product", mapped, known={"sku": sku})
        product = Ref(key, "Id")
    key = f"rate_plan:{offer.external_id}"
    mapped = draft.map(offer.rate_plan, offer.context.decided(product=product))
    refuse_taken_name(draft, offer, product, mapped)
    known = {"external_id": offer.external_id}
    draft.add("create_product_rate_plan", key, "/v1/object/product-rate-plan", mapped, known=known)
    return Ref(key, "Id")


def refuse_taken_name(draft: Draft, offer: Offer, product: Known, mapped: Mapped, plan_id: str | None = None) -> None:
    """Refuse a rate plan of a name that another one of the same Zuora product has, before anything is written.

    Args:
        draft: The plan being made.
        offer: What the rate plan is for.
        product: The Zuora product that it is in.
        mapped: Its body.
        plan_id: Its Zuora id, if it is there.
    """
    name = mapped.body.get("Name")
    holder = draft.state.plan_names.get(str(product), {}).get(str(name))
    planned = (one.body for one in draft.operations if one.name.endswith("_product_rate_plan"))
    # Updates are planned for one product at a time, and do not name it.
    twice = any((body.get("ProductId", product), body.get("Name")) == (product, name) for body in planned)
    sold, schedule = offer.product, offer.context.get(SCHEDULE_NAME)
    own = offer.external_id == sold["Id"]
    if name is None or not (own or schedule) or not (twice or holder not in (None, plan_id)):
        return
    what = f"product {sold.get('Name')}" if own else f"consumption schedule {schedule}"
    another = "another name or a product code of its own" if own else "another name"
    remedy = (
        f"Give {what} {another}, or the rate plan one by a mapping of `product_rate_plan`; Zuora wants them to differ."
    )
    if plan_id is None and not twice:
        remedy += f" If that rate plan is the one to bill by, put {offer.external_id} among its external ids in Zuora."
    message = f"Zuora product {sold.get('ProductCode')} has another rate plan named {name}"
    draft.refuse("CPQ-402", "Product2.Name" if own else SCHEDULE_NAME, message, remedy)


def activate(draft: Draft, offer: Offer, plan_id: Known, active: Sequence[str]) -> None:
    """Plan to activate what a rate plan lacks of its currencies, a few at a time, for each call names them all."""
    rule = next(rule for rule in offer.rate_plan.rules if rule.keys[0] == "ActiveCurrencies")
    currencies = [*active, *(one for one in offer.currencies if one not in active)]
    for end in range(len(active), len(currencies), FURTHER_CURRENCIES):
        some = currencies[: end + FURTHER_CURRENCIES]
        line = Lineage("", "/ActiveCurrencies", rule.paths[0][0], f"{offer.rate_plan.name} / {rule.label}", some)
        path = f"/v1/object/product-rate-plan/{plan_id}"
        key = f"rate_plan:{offer.external_id}:currencies-{len(some)}"
        draft.add("update_product_rate_plan", key, path, Mapped({"ActiveCurrencies": some}, [line]), method="PUT")


def _charge(draft: Draft, offer: Offer, plan_id: Known) -> Charge:
    key = f"charge:{offer.external_id}"
    mapped = draft.map(offer.charge, offer.context.decided(rate_plan=plan_id))
    body = mapped.body
    _refuse_unmetered(draft, offer, body)
    refuse_unknown_unit(draft, offer, body)
    charge = Charge(
        Ref(key, "Id"),
        body.get("ChargeType", ""),
        body.get("ChargeModel", ""),
        body.get("BillingPeriod"),
        unit=body.get("UOM"),
        currencies=frozenset(offer.currencies),
        attributes=attributes_of(body),
    )
    known = {"external_id": offer.external_id, "rate_plan": plan_id, "charge": charge}
    draft.add("create_product_rate_plan_charge", key, "/v1/object/product-rate-plan-charge", mapped, known=known)
    return charge


def _refuse_unmetered(draft: Draft, offer: Offer, body: Mapping[str, Any]) -> None:
    """Refuse a usage charge whose flat fee would be the price of one unit, however many are used."""
    method = offer.product.get("SBQQ__PricingMethod__c")
    if body.get("ChargeType") == "Usage" and body.get("ChargeModel") == "Flat Fee Pricing" and method in UNMETERED:
        message = (
            f"Product {offer.product.get('Name')} bills usage at a price by {method}, for which Zuora has no model"
        )
        draft.refuse("CPQ-432", "Product2.SBQQ__PricingMethod__c", message)


def refuse_unknown_unit(draft: Draft, offer: Offer, body: Mapping[str, Any]) -> None:
    """Refuse a charge in a unit of measure that Zuora does not have, before the product is made for it."""
    unit, known = body.get("UOM"), draft.state.units
    if unit is not None and known and unit not in known:
        rule = next(rule for rule in offer.charge.rules if rule.target == "/UOM")
        message = f"Zuora has no unit of measure {unit}, as product {offer.product.get('Name')} has"
        draft.refuse("CPQ-430", rule.paths[0][0], message)
