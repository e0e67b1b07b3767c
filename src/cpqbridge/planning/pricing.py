"""Plans which price a subscription's charge is sent: the whole term's, the billing period's, or as it is.

Source: guide "List Price", "Bill Cycle Type"; decision 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from cpqbridge.mapping.rate_plan import UNIT_PRICE_STEP
from cpqbridge.mapping.rule import Record
from cpqbridge.mapping.subscription import S
from cpqbridge.mapping.transforms import Number, plain
from cpqbridge.money.contracted import BASE_MONTHS
from cpqbridge.money.periods import WHOLE_TERM, months_of, spelling, takes_specific_months
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.state import Charge, Row
from cpqbridge.planning.term import Term

Facts = dict[str, Any]

_FROM = ("per_period_from_unprorated", "per_period_from_net", "per_period_as_billed")

MOST_SPECIFIC_MONTHS = 120
"""The longest term whose price Zuora takes as a whole."""


def price_facts(draft: Draft, item: Record, charge: Charge, term: Term) -> dict[str, Any] | None:
    """Return what the mapping needs to know of the price, or None with the reason in the draft."""
    options = draft.options
    by_term = charge.type == "Recurring" and options.sfdc_use_list_price_base
    months = _default_term(item) if term.evergreen else term.priced_months
    fits = months is not None and months <= MOST_SPECIFIC_MONTHS and not options.subscription_term_in_days
    fits = fits and takes_specific_months(charge.period)
    whole_term, per_period = by_term and fits, by_term and not fits
    period_months = _period_months(charge, term)
    if per_period and not _may_be_per_period(draft, item, charge, period_months):
        return None
    factor = _price_factor(draft, item, charge)
    if factor is None:
        return None
    unprorated = _has_unprorated_price(item, charge)
    return {
        "whole_term": whole_term,
        "specific_months": months,
        "per_period": per_period,
        "per_period_from_unprorated": per_period and unprorated,
        "per_period_from_net": per_period and not unprorated,
        "per_period_as_billed": False,
        "default_term": _default_term(item),
        "term_months": term.length or Decimal(_default_term(item)),
        "period_months": period_months,
        "price_factor": factor,
        "per_unit": charge.model == "Per Unit Pricing" and charge.type != "Usage",
    }


def other_choices(
    draft: Draft, item: Record, charge: Charge, facts: Facts, *, own_price: bool, billed: Callable[[Facts], Decimal]
) -> Iterator[Facts]:
    """Yield other ways to give the price of a charge, the most natural first.

    Args:
        draft: The plan being made.
        item: The order product.
        charge: Its charge.
        facts: The vendor's way, of `price_facts`.
        own_price: Whether the price is that of the user's own mapping: it may be for one billing period as well.
        billed: Returns how many months Zuora bills the term as, when prices are given in a way.
    """
    if not (facts["whole_term"] or facts["per_period"]):
        return
    ways = ("whole_term", "per_period", *_FROM)
    plain_facts = {**facts, **dict.fromkeys(ways, False)}
    if own_price:
        yield plain_facts
    if not facts["period_months"] or not draft.options.allow_per_period_price:
        return
    per_period = {**plain_facts, "per_period": True}
    if not facts["per_period_from_unprorated"] and _has_unprorated_price(item, charge):
        yield {**per_period, "per_period_from_unprorated": True}
    months = billed(per_period)
    if months:
        yield {**per_period, "per_period_as_billed": True, "term_months": months}


@dataclass(frozen=True, slots=True)
class PriceBase:
    """What the list price of a charge is for, which no change alters: months, or None where time is not counted."""

    months: Decimal | None = None


def base_sold(facts: dict[str, Any]) -> PriceBase:
    """Return what the list price is for of a charge that is made with these facts."""
    months = (
        facts["specific_months"] if facts["whole_term"] else facts["period_months"] if facts["per_period"] else None
    )
    return PriceBase(None if months is None else Decimal(months))


def base_held(draft: Draft, held: Row, charge: Charge, term: Term) -> PriceBase | None:
    """Return what the list price is for of a charge that Zuora has; None, with the reason in the draft, when unknown.

    Args:
        draft: The plan being made.
        held: The charge of `GET /v1/subscriptions/{n}`.
        charge: The catalog charge.
        term: Of what is sold.
    """
    if charge.type != "Recurring" or not draft.options.sfdc_use_list_price_base:
        return PriceBase()
    base = str(held.get("listPriceBase") or "Per_Billing_Period")
    if base == "Per_Specific_Months" and held.get("specificListPriceBase"):
        return PriceBase(Decimal(held["specificListPriceBase"]))
    period = held.get("billingPeriod") or charge.period
    months: Decimal | int | None = BASE_MONTHS.get(base)
    if base == "Per_Billing_Period":
        months = term.length if spelling(period) == WHOLE_TERM else months_of(period)
    if not months:
        message = f"Charge {held.get('number')} has a price per {base.removeprefix('Per_').lower()} in Zuora"
        draft.refuse("CPQ-434", f"{S}.SBQQ__NetPrice__c", f"{message}; a price for the term cannot be given so")
        return None
    return PriceBase(Decimal(months))


def price_at(draft: Draft, item: Record, charge: Charge, term: Term, base: PriceBase) -> int | Decimal | None:
    """Return the list price of an order product on a charge with this base, or None with the reason in the draft.

    The same price as for a new charge, where the base is the same.
    """
    net = item["SBQQ__Subscription__r"].get("SBQQ__NetPrice__c")
    factor = _price_factor(draft, item, charge)
    if net is None:
        draft.refuse("CPQ-401", f"{S}.SBQQ__NetPrice__c", "List Price is empty")
    if net is None or factor is None:
        return None
    sold = Decimal(_default_term(item)) if term.evergreen else term.priced_months
    if base.months is None or sold == base.months:
        return plain(Decimal(net) * factor)
    if _has_unprorated_price(item, charge):
        amount = Decimal(item["SBQQ__UnproratedNetPrice__c"]) * factor * base.months / _default_term(item)
    else:
        amount = Decimal(net) * factor * base.months / (term.length or Decimal(_default_term(item)))
    return plain(amount.quantize(UNIT_PRICE_STEP, ROUND_HALF_UP))


def price_as_billed(draft: Draft, item: Record, charge: Charge, base: PriceBase, months: Fraction) -> Number | None:
    """Return the list price by which Zuora bills the net price, when it bills the days of the sale as some months."""
    net, factor = item["SBQQ__Subscription__r"].get("SBQQ__NetPrice__c"), _price_factor(draft, item, charge)
    if net is None or factor is None or base.months is None or not months:
        return None
    amount = Decimal(net) * factor * base.months * months.denominator / months.numerator
    return plain(amount.quantize(UNIT_PRICE_STEP, ROUND_HALF_UP))


def _has_unprorated_price(item: Record, charge: Charge) -> bool:
    """Return whether CPQ gives the price for the default term, which a price per billing period is best made of."""
    default = item.get("SBQQ__DefaultSubscriptionTerm__c") or 0
    return spelling(charge.period) != WHOLE_TERM and item.get("SBQQ__UnproratedNetPrice__c") is not None and default > 0


def _may_be_per_period(draft: Draft, item: Record, charge: Charge, period_months: Decimal | int | None) -> bool:
    """Return whether a price per billing period may be sent; the reason why not is in the draft."""
    allowed = draft.options.allow_per_period_price or spelling(charge.period) == WHOLE_TERM
    if allowed and period_months is not None:
        return True
    message = f"The term of order product {item.get('OrderItemNumber')} is not whole months"
    if allowed:
        message = (
            f"Order product {item.get('OrderItemNumber')} has no price per {charge.period}, as it is billed in Zuora"
        )
    draft.refuse("CPQ-417", f"{S}.SBQQ__EndDate__c", message)
    return False


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
        draft.refuse("CPQ-414", f"{S}.SBQQ__NetPrice__c", message)
        return None
    return Decimal(1)


def _default_term(item: Record) -> int:
    """Return the months of the product's default term; one where it has none, or one that is no length of time."""
    return max(1, int(item.get("SBQQ__DefaultSubscriptionTerm__c") or 1))
