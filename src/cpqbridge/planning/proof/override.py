"""Reads the price of a charge from the body of a request, or from an order that Zuora has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.proof.billing import Life, Priced

Body = Mapping[str, Any]


def pricing_in(override: Body) -> Body:
    """Return what is below the charge's model, whichever it is."""
    [pricing] = (override.get("pricing") or {"": {}}).values()
    found: Body = pricing
    return found


def price_in(override: Body) -> tuple[Any, ...]:
    """Return price and list price base of a charge override."""
    pricing = pricing_in(override)
    base = pricing.get("listPriceBase") or "Per_Billing_Period"
    return Decimal(pricing.get("listPrice") or 0), base, pricing.get("specificListPriceBase")


def value_in(override: Body) -> tuple[Decimal, Decimal | None]:
    """Return price and quantity of a charge override; no quantity is a flat fee."""
    pricing = pricing_in(override)
    quantity = None if pricing.get("quantity") is None else Decimal(pricing["quantity"])
    return Decimal(pricing.get("listPrice") or 0), quantity


def segments_in(life: Life, price: Decimal, quantity: Decimal | None, later: Sequence[Body]) -> Iterator[Priced]:
    """Yield the segments of a charge that later actions of the same order change."""
    start = life.start
    for action in later:
        change = (action.get("updateProduct") or {}).get("chargeUpdates") or ()
        on = min(dates.parse(action["triggerDates"][0]["triggerDate"]), life.end)
        if start < on:
            yield Priced(start, on, quantity, price)
        start = on
        for pricing in (pricing_in(one) for one in change):
            price = Decimal(pricing.get("listPrice", price))
            quantity = Decimal(pricing["quantity"]) if pricing.get("quantity") is not None else quantity
    yield Priced(start, life.end, quantity, price)


def sent_override(draft: Draft, order: str, item: Record) -> Body | None:
    """Return the charge override of an order product that Zuora has from an earlier run of its order, or None."""
    there = (one for number, one in draft.state.orders.items() if number == order or number.startswith(f"{order}-"))
    for entry in (entry for one in there for entry in one.get("subscriptions") or ()):
        for plan in _plans(entry):
            if plan.get("externallyManagedPlanId") == item["Id"] and plan.get("chargeOverrides"):
                found: Body = plan["chargeOverrides"][0]
                return found
    return None


def _plans(entry: Body) -> Iterator[Body]:
    """Yield the rate plans that the actions of an order begin."""
    for action in entry.get("orderActions") or ():
        yield from (action.get("createSubscription") or {}).get("subscribeToRatePlans") or ()
        if action.get("addProduct"):
            yield action["addProduct"]
