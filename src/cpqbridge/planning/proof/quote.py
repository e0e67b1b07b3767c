"""What CPQ quoted for order products, as the reconciliation needs it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

from cpqbridge.mapping.rule import Record
from cpqbridge.money.contracted import CENT, sold_for
from cpqbridge.money.months import calendar_months
from cpqbridge.money.reconciliation.waterfall import Quoted
from cpqbridge.money.rounding import Rounding
from cpqbridge.planning.chain import Chain, Piece, Sale, piece
from cpqbridge.planning.proof.billing import Unknown

_WHOLE = ("Block", "Percent Of Total")
"""Pricing methods whose net price is for all units."""


def quoted(pieces: Iterable[Piece], *, flat: bool) -> list[Quoted]:
    """Return what CPQ sold with order products that have a term.

    Args:
        pieces: The order products with their days.
        flat: Whether Zuora's charge has no quantity: its price is for all units.

    Raises:
        Unknown: One of them has no total.
    """
    return [_quoted(one.item, one.start, one.end, flat=flat) for one in pieces]


def quoted_chain(chain: Chain, rounding: Rounding, *, flat: bool, order: str | None = None) -> list[Quoted]:
    """Return what CPQ sold with a chain, each day once: Zuora does not bill what is sold anew a second time.

    What a sale sold of days that the next one sells anew, as an early renewal does, is taken back, in calendar months.

    Args:
        chain: The chain.
        rounding: The currency's, for what is taken back.
        flat: Whether Zuora's charge has no quantity: its price is for all units.
        order: Number of an order, for what it sells alone; all of the chain otherwise.

    Raises:
        Unknown: Something of it has no total.
    """
    pieces = (one for sale in chain.sales for one in sale.pieces if order in (None, one.order))
    again = ((one, sale) for one, sale in pairwise(chain.sales) if order in (None, sale.pieces[0].order))
    return [*quoted(pieces, flat=flat), *(one for pair in again for one in _taken_back(*pair, rounding, flat=flat))]


def _taken_back(earlier: Sale, sale: Sale, rounding: Rounding, *, flat: bool) -> Iterator[Quoted]:
    for one in quoted(earlier.pieces, flat=flat):
        start = max(one.start, sale.start)
        if start < one.end:
            share = calendar_months(start, one.end) / calendar_months(one.start, one.end)
            yield Quoted(-rounding.round(Fraction(one.amount) * share), start, one.end, -one.quantity)


def quoted_item(item: Record, start: date, *, flat: bool) -> Quoted:
    """Return what CPQ sold with one order product that has a term; `start` is where its subscription has none."""
    if not item["SBQQ__Subscription__r"].get("SBQQ__StartDate__c"):
        subscription = {**item["SBQQ__Subscription__r"], "SBQQ__StartDate__c": start}
        item = {**item, "SBQQ__Subscription__r": subscription}
    return quoted([piece(item)], flat=flat)[0]


def is_usage_product(item: Record) -> bool:
    """Return whether an order product is billed by what is used, which nobody knows beforehand."""
    return (item.get("Product2") or {}).get("SBQQ__ChargeType__c") == "Usage"


def _quoted(item: Record, start: date, end: date | None, *, flat: bool) -> Quoted:
    if end is None:
        raise Unknown("an evergreen subscription has no total")
    if is_usage_product(item):
        raise Unknown("what is billed by usage has no total")
    subscription = item["SBQQ__Subscription__r"]
    method = subscription.get("SBQQ__PricingMethod__c") or (item.get("Product2") or {}).get("SBQQ__PricingMethod__c")
    if start >= end:
        raise Unknown("it was sold for no days")
    amount, units = sold_for(item).quantize(CENT, ROUND_HALF_UP), Decimal(item.get("Quantity") or 0)
    price = None if method in _WHOLE else item.get("SBQQ__UnproratedNetPrice__c")
    net, listed = subscription.get("SBQQ__NetPrice__c"), subscription.get("SBQQ__ListPrice__c")
    rounded = factor = Decimal(1)
    if method == "Block":
        units = Decimal(-1 if amount < 0 else 1)
    elif flat:
        rounded = factor = abs(units)
        units = Decimal(-1 if amount < 0 else 1)
    default = int(item.get("SBQQ__DefaultSubscriptionTerm__c") or 0)
    return Quoted(
        amount,
        start,
        end,
        units,
        unprorated=None if price is None or default <= 0 else Decimal(price) * factor,
        default_term=max(default, 1),
        listed=None if listed is None else Decimal(listed) * factor,
        net=None if net is None else Decimal(net) * factor,
        rounded=rounded,
    )
