"""Plans one new subscription of an order: its term, which price is sent and how, and the body.

Source: guide "Non-usage charge-based subscriptions"; decisions 3, 4 and 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Context, Mapped, Record
from cpqbridge.mapping.subscription import CONTRACT_START, SUBSCRIPTION
from cpqbridge.money.periods import WHOLE_TERM, months_of, spelling
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.state import CONTRACT_EFFECTIVE, Charge

MODELS = {
    ("OneTime", "Flat Fee Pricing"): "oneTimeFlatFee",
    ("OneTime", "Per Unit Pricing"): "oneTimePerUnit",
    ("Recurring", "Flat Fee Pricing"): "recurringFlatFee",
    ("Recurring", "Per Unit Pricing"): "recurringPerUnit",
    ("Usage", "Flat Fee Pricing"): "usageFlatFee",
    ("Usage", "Per Unit Pricing"): "usagePerUnit",
}
"""Charge type and model to the key under `pricing` of a charge override."""

MOST_SPECIFIC_MONTHS = 120


@dataclass(frozen=True, slots=True)
class Term:
    """How long a subscription runs.

    Attributes:
        start: First day in Zuora: the subscription's own, or its contract's.
        end: Day after the last one; None for evergreen.
        months: Whole months from `start` to the end, or None when they are not whole or evergreen.
        in_days: Whether Zuora is told days.
        days: Days from `start` to the last one; None for evergreen.
        priced_months: Whole months that the price is for, from the subscription's own start; or None.
        length: The same months with their fraction; None for evergreen.
    """

    start: date
    end: date | None
    months: int | None
    in_days: bool
    days: int | None
    priced_months: int | None
    length: Decimal | None

    @property
    def evergreen(self) -> bool:
        """Whether the term has no end."""
        return self.end is None


def map_subscription(
    draft: Draft, order: Record, item: Record, charge: Charge, known: Mapping[str, Any], prefix: str
) -> Mapped | None:
    """Return the body of `/subscriptions/n` for one contracted order product, or None with the reason in the draft."""
    roots = {"Order": order, "OrderItem": item}
    term = read_term(draft, draft.context(roots), item)
    model = MODELS.get((charge.type, charge.model))
    if model is None:
        message = (
            f"The charge of product {_name(item)} is {charge.type}, {charge.model}; its price cannot be set on an order"
        )
        draft.refuse("CPQ-412", "OrderItem.Product2Id", message)
    if term is None or model is None:
        return None
    pricing = _pricing(draft, item, charge, term)
    if pricing is None:
        return None
    given = {**known, **_term_facts(term), **pricing, "model": model, "charge": charge.id}
    given["trigger_dates"] = draft.options.trigger_dates_on_orders
    given["own_start"] = charge.trigger == CONTRACT_EFFECTIVE and _starts_apart(draft, draft.context(roots), item)
    return draft.map(SUBSCRIPTION, draft.context(roots, **given), prefix=prefix)


def _starts_apart(draft: Draft, context: Context, item: Record) -> bool:
    """Return whether the subscription starts on another day than the one that triggers its charge."""
    own = _own_start(item)
    dated = context.get("Order.EffectiveDate") if draft.options.trigger_dates_on_orders else None
    effective = dates.parse(dated) if dated else _contract_start(context)
    return own is not None and effective not in (None, own)


def read_term(draft: Draft, context: Context, item: Record) -> Term | None:
    """Return the subscription's term; None, with the reason in the draft, when start or end is missing or wrong."""
    subscription = item["SBQQ__Subscription__r"]
    contract_start = _contract_start(context)
    own_start = _own_start(item) or contract_start
    end_text = subscription.get("SBQQ__EndDate__c")
    start = own_start if draft.options.use_subscription_start_date else contract_start or own_start
    if start is None or own_start is None:
        draft.refuse(
            "CPQ-405",
            "OrderItem.SBQQ__Subscription__r.SBQQ__StartDate__c",
            f"Subscription {subscription.get('Name')} has no start date",
        )
        return None
    if subscription.get("SBQQ__SubscriptionType__c") == "Evergreen":
        return Term(start, None, None, in_days=False, days=None, priced_months=None, length=None)
    end = dates.parse(end_text) if end_text else None
    if end is None or end < max(start, own_start):
        message = (
            f"Subscription {subscription.get('Name')} has no end date"
            if end is None
            else f"Subscription {subscription.get('Name')} ends before it starts"
        )
        draft.refuse("CPQ-405", "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c", message)
        return None
    months = dates.whole_months(start, end)
    return Term(
        start,
        end + dates.ONE_DAY,
        months,
        in_days=draft.options.subscription_term_in_days or months is None,
        days=dates.days_between(start, end),
        priced_months=dates.whole_months(own_start, end),
        length=dates.months_between(own_start, end),
    )


def _term_facts(term: Term) -> dict[str, Any]:
    return {
        "evergreen": term.evergreen,
        "start": term.start,
        "end": term.end,
        "in_days": term.in_days,
        "period": term.days if term.in_days else term.months,
        "period_type": "Day" if term.in_days else "Month",
    }


def _pricing(draft: Draft, item: Record, charge: Charge, term: Term) -> dict[str, Any] | None:
    """Decide which price is sent: the whole term's, the billing period's, or the price as it is."""
    options = draft.options
    recurring = charge.type == "Recurring"
    by_term = recurring and options.sfdc_use_list_price_base
    months = _default_term(item) if term.evergreen else term.priced_months
    whole_term = (
        by_term and months is not None and months <= MOST_SPECIFIC_MONTHS and not options.subscription_term_in_days
    )
    if by_term and not whole_term and not options.allow_per_period_price:
        draft.refuse(
            "CPQ-417",
            "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c",
            f"The term of order product {item.get('OrderItemNumber')} is not whole months",
        )
        return None
    period_months = _period_months(charge, term)
    if by_term and not whole_term and period_months is None:
        number = item.get("OrderItemNumber")
        message = f"Order product {number}: the term is not whole months, its charge is billed per {charge.period}"
        draft.refuse("CPQ-417", "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c", message)
        return None
    factor = _price_factor(draft, item, charge)
    if factor is None:
        return None
    unprorated = item.get("SBQQ__UnproratedNetPrice__c") is not None and item.get("SBQQ__DefaultSubscriptionTerm__c")
    per_period = by_term and not whole_term
    return {
        "whole_term": whole_term,
        "specific_months": months,
        "per_period": per_period,
        "per_period_from_unprorated": per_period and unprorated,
        "per_period_from_net": per_period and not unprorated,
        "default_term": _default_term(item),
        "term_months": term.length or Decimal(_default_term(item)),
        "period_months": period_months,
        "price_factor": factor,
        "per_unit": charge.model == "Per Unit Pricing" and charge.type != "Usage",
    }


def _period_months(charge: Charge, term: Term) -> Decimal | int | None:
    """Return the months of the charge's billing period; None where it has none, such as a week."""
    return term.length if spelling(charge.period) == WHOLE_TERM else months_of(charge.period)


def _price_factor(draft: Draft, item: Record, charge: Charge) -> Decimal | None:
    """Return what the net price is multiplied by: the quantity on a flat fee, unless it is a block price already."""
    subscription, product = item["SBQQ__Subscription__r"], item.get("Product2") or {}
    method = subscription.get("SBQQ__PricingMethod__c") or product.get("SBQQ__PricingMethod__c")
    quantity = Decimal(1 if item.get("Quantity") is None else item["Quantity"])
    block = method == "Block"
    if charge.model == "Flat Fee Pricing":
        return Decimal(1) if block else quantity
    if block and quantity != 1:
        number = item.get("OrderItemNumber")
        message = f"Order product {number} has a block price for {quantity} units; its Zuora charge is per unit"
        draft.refuse("CPQ-414", "OrderItem.SBQQ__Subscription__r.SBQQ__NetPrice__c", message)
        return None
    return Decimal(1)


def _default_term(item: Record) -> int:
    return int(item.get("SBQQ__DefaultSubscriptionTerm__c") or 1)


def _own_start(item: Record) -> date | None:
    text = item["SBQQ__Subscription__r"].get("SBQQ__StartDate__c")
    return dates.parse(text) if text else None


def _contract_start(context: Context) -> date | None:
    for path in CONTRACT_START:
        text = context.get(path)
        if text:
            return dates.parse(text)
    return None


def _name(item: Record) -> Any:
    return (item.get("Product2") or {}).get("Name")
