"""Plans the rate plan of a contracted order product and the one charge in it.

Source: guide "Subscription Rate Plan", "Subscription Rate Plan Charge".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cpqbridge.mapping.rate_plan import NET_PRICE
from cpqbridge.mapping.rule import OWN_MAPPING, Lineage, Mapped, Record, apply
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.pricing import Facts, other_choices, price_facts
from cpqbridge.planning.proof.new import NewCharge
from cpqbridge.planning.state import Charge
from cpqbridge.planning.term import Term

MODELS = {
    ("OneTime", "Flat Fee Pricing"): "oneTimeFlatFee",
    ("OneTime", "Per Unit Pricing"): "oneTimePerUnit",
    ("Recurring", "Flat Fee Pricing"): "recurringFlatFee",
    ("Recurring", "Per Unit Pricing"): "recurringPerUnit",
    ("Usage", "Flat Fee Pricing"): "usageFlatFee",
    ("Usage", "Per Unit Pricing"): "usagePerUnit",
}
"""Charge type and model to the key under `pricing` of a charge override."""

BILLING_PERIOD = "/billing/billingPeriod"


def map_rate_plan(
    draft: Draft,
    roots: Mapping[str, Record],
    charge: Charge,
    term: Term,
    given: Mapping[str, Any],
    prefix: str,
    into: Mapped,
    *,
    new: NewCharge | None = None,
) -> dict[str, Any] | None:
    """Return the body of `subscribeToRatePlans/n` for an order product, or None with the reason in the draft.

    Args:
        draft: The plan being made.
        roots: `Order` and `OrderItem`.
        charge: The one charge of the product's rate plan.
        term: Of the subscription.
        given: What has been decided for the subscription.
        prefix: JSON pointer of the rate plan inside the order.
        into: Gets the lineage.
        new: Works out what Zuora will bill, by which the way to give the price is chosen; None takes the vendor's.
    """
    priced = price_of(draft, roots, charge, given)
    if priced is None:
        return None
    own, item = priced.own, priced.item
    facts = price_facts(draft, item, priced.charge, term)
    if facts is None:
        return None
    given = {
        **given, **facts, "model": priced.model, "charge": charge.id, "billing_period": own.body.get("billingPeriod")
    }  # fmt: skip
    plan = draft.map(draft.tables.rate_plan_subscribed, draft.context(roots, **given), prefix=prefix, into=into)
    below, table = f"{prefix}/chargeOverrides/0", draft.tables.charge_override

    def made_by(facts: Facts) -> Mapped:
        return apply(table, draft.context({**roots, "OrderItem": item}, **{**given, **facts}), prefix=below)

    made = made_by(facts)
    if new is not None and not made.problems:
        others = partial(other_choices, draft, item, priced.charge, facts, own_price="price" in own.body)
        made = new.best(made, made_by, others)
    draft.problems += made.problems
    into.lineage += (_traced(line, own) for line in made.lineage) if own.lineage else made.lineage
    return {**plan.body, "chargeOverrides": [made.body]}


@dataclass(frozen=True, slots=True)
class Priced:
    """An order product and its charge with the price and the billing period that count: the user's go first.

    Attributes:
        item: The order product.
        charge: The charge.
        model: Key under `pricing`.
        own: What the user's mapping gave.
    """

    item: Record
    charge: Charge
    model: str
    own: Mapped


def price_of(draft: Draft, roots: Mapping[str, Record], charge: Charge, given: Mapping[str, Any]) -> Priced | None:
    """Return what counts for the price of an order product, or None with the reason in the draft."""
    model = MODELS.get((charge.type, charge.model))
    if model is None:
        product = (roots["OrderItem"].get("Product2") or {}).get("Name")
        message = f"The charge of product {product} is {charge.type}, {charge.model}; an order cannot set its price"
        draft.refuse("CPQ-412", "OrderItem.Product2Id", message)
        return None
    own = _own_values(draft, roots, charge, given)
    if own is None:
        return None
    item = roots["OrderItem"]
    if "price" in own.body:
        draft.own_prices.add(item["Id"])
        item = _with_price(item, own.body["price"])
    if "billingPeriod" in own.body:
        charge = replace(charge, period=own.body["billingPeriod"])
    return Priced(item, charge, model, own)


def _own_values(draft: Draft, roots: Mapping[str, Record], charge: Charge, given: Mapping[str, Any]) -> Mapped | None:
    """Return what the user's mapping gives for price and billing period, or None with the reason in the draft.

    A one-time charge has no billing period, whatever the mapping says: Zuora would refuse the whole order.
    """
    problems = len(draft.problems)
    own = Mapped()
    periods = () if charge.type == "OneTime" else (draft.tables.billing_period,)
    for table in (draft.tables.price, *periods):
        if not table.owned:
            continue
        found = draft.map(table, draft.context(roots, **given))
        lines = [line for line in found.lineage if line.own]
        own.lineage += lines
        own.body |= {
            name: value for name, value in found.body.items() if any(line.pointer == f"/{name}" for line in lines)
        }
    return own if len(draft.problems) == problems else None


def _with_price(item: Record, price: Any) -> Record:
    """Return an order product whose net price is the user's; the unprorated price is not for it."""
    subscription = {**item["SBQQ__Subscription__r"], "SBQQ__NetPrice__c": price}
    return {**item, "SBQQ__Subscription__r": subscription, "SBQQ__UnproratedNetPrice__c": None}


def _traced(line: Lineage, own: Mapped) -> Lineage:
    """Return a line of the lineage that names the field which the user's mapping read."""
    name = "/price" if line.source == NET_PRICE else "/billingPeriod" if line.pointer == BILLING_PERIOD else None
    found = next((one for one in own.lineage if one.pointer == name), None)
    return line if found is None else replace(line, source=found.source, rule=line.rule + OWN_MAPPING)
