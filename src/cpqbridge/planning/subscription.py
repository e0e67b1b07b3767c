"""Plans one new subscription of an order from its term, its price and its charge.

Source: guide "Non-usage charge-based subscriptions"; decision 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.mapping.subscription import SUBSCRIPTION
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.pricing import price_facts
from cpqbridge.planning.state import CONTRACT_EFFECTIVE, Charge
from cpqbridge.planning.term import read_term, starts_apart

MODELS = {
    ("OneTime", "Flat Fee Pricing"): "oneTimeFlatFee",
    ("OneTime", "Per Unit Pricing"): "oneTimePerUnit",
    ("Recurring", "Flat Fee Pricing"): "recurringFlatFee",
    ("Recurring", "Per Unit Pricing"): "recurringPerUnit",
    ("Usage", "Flat Fee Pricing"): "usageFlatFee",
    ("Usage", "Per Unit Pricing"): "usagePerUnit",
}
"""Charge type and model to the key under `pricing` of a charge override."""


def map_subscription(
    draft: Draft, order: Record, item: Record, charge: Charge, known: Mapping[str, Any], prefix: str
) -> Mapped | None:
    """Return the body of `/subscriptions/n` for one contracted order product, or None with the reason in the draft."""
    roots = {"Order": order, "OrderItem": item}
    context = draft.context(roots)
    model = MODELS.get((charge.type, charge.model))
    if model is None:
        product = (item.get("Product2") or {}).get("Name")
        message = f"The charge of product {product} is {charge.type}, {charge.model}; an order cannot set its price"
        draft.refuse("CPQ-412", "OrderItem.Product2Id", message)
    term = read_term(draft, context, item)
    price = price_facts(draft, item, charge, term) if term and model else None
    if term is None or price is None:
        return None
    given = {**known, **term.facts(), **price, "model": model, "charge": charge.id}
    given["own_start"] = charge.trigger == CONTRACT_EFFECTIVE and starts_apart(draft, context, item)
    return draft.map(SUBSCRIPTION, draft.context(roots, **given), prefix=prefix)
