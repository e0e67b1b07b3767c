"""Lines of amendment and renewal quotes that sell something new, or again at another price."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from cpqbridge.sandbox.salesforce.cpq.bodies import Addition, Change
from cpqbridge.sandbox.salesforce.cpq.catalog import block_price, list_price, product_of
from cpqbridge.sandbox.salesforce.cpq.chains import Chain
from cpqbridge.sandbox.salesforce.cpq.lines import Head, Line, prices, sold_as
from cpqbridge.sandbox.salesforce.cpq.pricing import DEFAULT_TERM, LinePrice, multiplier_of, price_line
from cpqbridge.sandbox.salesforce.cpq.records import copied
from cpqbridge.sandbox.salesforce.cpq.segments import segment_fields
from cpqbridge.sandbox.salesforce.cpq.sold import subscription_type
from cpqbridge.sandbox.salesforce.errors import SalesforceError

Row = Mapping[str, Any]

_FROM_PRODUCT: Final = (
    "SBQQ__PricingMethod__c", "SBQQ__SubscriptionPricing__c", "SBQQ__ChargeType__c", "SBQQ__BillingFrequency__c",
    "SBQQ__BillingType__c", "SBQQ__BlockPricingField__c", "SBQQ__TaxCode__c", "SBQQ__Taxable__c",
    "SBQQ__HasConsumptionSchedule__c",
)  # fmt: skip
"""A new line takes these from its product."""


def added(head: Head, addition: Addition) -> Line:
    """Return the line of something new.

    Raises:
        SalesforceError: There is no such product or price, or the quantity is not positive.
    """
    if addition.quantity <= 0:
        message = "The quantity of a new line must be positive."
        raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ("SBQQ__Quantity__c",))
    product = product_of(head.org, addition.product)
    kind = subscription_type(product) if product.get("SBQQ__SubscriptionPricing__c") else None
    start = addition.start_date or head.start
    end = (addition.end_date or head.end) if kind not in (None, "Evergreen") else None
    whole = product.get("SBQQ__PricingMethod__c") == "Block"
    values = {
        **copied(product, _FROM_PRODUCT),
        **_price_fields(head, product, addition, _multiplier(head, product, start, end)),
        "SBQQ__Product__c": product["Id"],
        "SBQQ__ProductSubscriptionType__c": product.get("SBQQ__SubscriptionType__c") if kind else None,
        "SBQQ__SubscriptionType__c": kind,
        "SBQQ__DefaultSubscriptionTerm__c": product.get("SBQQ__SubscriptionTerm__c") or DEFAULT_TERM,
        "SBQQ__StartDate__c": start.isoformat(),
        "SBQQ__EndDate__c": end.isoformat() if end else None,
        "SBQQ__Quantity__c": addition.quantity,
        "SBQQ__EffectiveQuantity__c": 1 if whole else addition.quantity,
        **addition.fields,
    }
    return Line(values, addition.product, addition.under, rates=addition.rates)


def sold_again(head: Head, chain: Chain, change: Change, segment: int | None = None) -> Line:
    """Return the line that sells a chain's product anew at the price of a change, as it was sold before.

    Args:
        head: What the lines of the quote have in common.
        chain: What goes.
        change: Says the price, and the quantity where that changes too.
        segment: Number of the segment of a new multi-dimensional line that it becomes.
    """
    wanted = Addition(
        product=chain.product,
        quantity=chain.quantity if change.quantity is None else change.quantity,
        net_price=change.net_price,
        list_price=change.list_price,
        discount=change.discount,
        rates=change.rates,
        end_date=chain.end,
        start_date=max(head.start, chain.start),
    )
    line = added(head, wanted)
    as_before = {name: value for name, value in sold_as(chain).items() if name not in _PRICED}
    own: dict[str, Any] = {} if chain.whole else {"SBQQ__EffectiveQuantity__c": wanted.quantity}
    under = chain.original.get("SBQQ__RequiredById__c")
    if segment is not None:
        own |= segment_fields(chain, segment, head.start)
    return Line({**line.values, **as_before, **own}, f"{chain.id} anew", under, rates=change.rates)


_PRICED: Final = ("SBQQ__ListPrice__c", "SBQQ__Discount__c")


def _price_fields(head: Head, product: Row, addition: Addition, multiplier: Decimal) -> dict[str, Any]:
    by_list = _list_price(head, product, addition)
    worked_out = price_line(
        by_list,
        addition.quantity,
        multiplier,
        discount=addition.discount or Decimal(0),
        currency=head.currency or head.org.settings.corporate_currency,
    )
    return {
        **prices(_net(product, addition, worked_out)),
        "SBQQ__ListPrice__c": by_list,
        "SBQQ__RegularPrice__c": worked_out.regular,
        "SBQQ__Discount__c": addition.discount,
        "SBQQ__ProrateMultiplier__c": worked_out.multiplier,
    }


def _net(product: Row, addition: Addition, worked_out: LinePrice) -> Decimal:
    if addition.net_price is not None:
        return addition.net_price
    by_usage = product.get("SBQQ__HasConsumptionSchedule__c") and addition.list_price is None
    return Decimal(0) if by_usage else worked_out.net


def _list_price(head: Head, product: Row, addition: Addition) -> Decimal:
    if addition.list_price is not None:
        return addition.list_price
    if product.get("SBQQ__PricingMethod__c") == "Block":
        block = block_price(head.org, product["Id"], head.book, addition.quantity)
        if block is not None:
            return block
    return list_price(head.org, product["Id"], head.book, head.currency)


def _multiplier(head: Head, product: Row, start: date, end: date | None) -> Decimal:
    if end is None or product.get("SBQQ__ChargeType__c") == "One-Time":
        return Decimal(1)
    term = product.get("SBQQ__SubscriptionTerm__c")
    return multiplier_of(head.org.settings.prorate_precision, start, end, int(term) if term else None)
