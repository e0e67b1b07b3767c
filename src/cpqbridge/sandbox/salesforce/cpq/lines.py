"""Lines of amendment and renewal quotes that are about something sold earlier.

An amendment's line shows the new quantity and the prior one; its effective quantity is the difference (1 where the
price is for the whole quantity, and the net price then is the difference of the two prices).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.cpq.bodies import Rates
from cpqbridge.sandbox.salesforce.cpq.catalog import block_price
from cpqbridge.sandbox.salesforce.cpq.chains import Chain
from cpqbridge.sandbox.salesforce.cpq.pricing import DEFAULT_TERM, STORED_MULTIPLIER, rounded
from cpqbridge.sandbox.salesforce.cpq.records import copied

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_SOLD_AS: Final = (
    "SBQQ__DefaultSubscriptionTerm__c", "SBQQ__PricingMethod__c", "SBQQ__SubscriptionPricing__c",
    "SBQQ__ProductSubscriptionType__c", "SBQQ__SubscriptionType__c", "SBQQ__ChargeType__c",
    "SBQQ__BillingFrequency__c", "SBQQ__BillingType__c", "SBQQ__BlockPricingField__c", "SBQQ__TaxCode__c",
    "SBQQ__Taxable__c", "SBQQ__Description__c", "SBQQ__Bundle__c", "SBQQ__Bundled__c", "SBQQ__ListPrice__c",
    "SBQQ__Discount__c", "SBQQ__HasConsumptionSchedule__c",
)  # fmt: skip
"""A line takes these from the line that sold the thing first."""

_SEGMENT: Final = (
    "SBQQ__SegmentKey__c", "SBQQ__SegmentIndex__c", "SBQQ__SegmentLabel__c", "SBQQ__DimensionType__c",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a quote to be written.

    Attributes:
        values: Its fields, but for those that place it in the quote.
        key: What other lines know it by: the original's id, or the product of an addition.
        under: Key of its bundle's line.
        chain: What it changes, ends or renews.
        rates: Rates agreed for it.
    """

    values: Mapping[str, Any]
    key: str
    under: str | None = None
    chain: Chain | None = None
    rates: Rates = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """What the lines of a quote have in common.

    Attributes:
        org: The org.
        book: Id of the price book.
        currency: ISO code; None in a single-currency org.
        start: First day.
        end: Last day; None without end.
    """

    org: Org
    book: str
    currency: str | None
    start: date
    end: date | None

    def rounded(self, amount: Decimal) -> Decimal:
        """Round an amount as the currency wants it."""
        return rounded(amount, self.currency or self.org.settings.corporate_currency)


def amended(head: Head, chain: Chain, quantity: Decimal) -> Line:
    """Return the line that takes a chain to another quantity; the same quantity lists it unchanged."""
    delta = quantity - chain.quantity
    start = max(head.start, chain.start)
    net = head.rounded(_net_of_difference(head, chain, quantity, start))
    link = "SBQQ__UpgradedAsset__c" if chain.is_asset else "SBQQ__UpgradedSubscription__c"
    own = copied(chain.original, _SEGMENT) | {
        "SBQQ__EffectiveQuantity__c": Decimal(1) if chain.whole and delta else delta
    }
    return _line(chain, link, (quantity, net), (start, chain.end), own)


def renewed(head: Head, chain: Chain, quantity: Decimal, net: Decimal) -> Line:
    """Return the line that sells a chain again for the head's term, at a net price for that term."""
    link = "SBQQ__RenewedAsset__c" if chain.is_asset else "SBQQ__RenewedSubscription__c"
    end = None if chain.is_asset else head.end
    own = {"SBQQ__EffectiveQuantity__c": 1 if chain.whole else quantity}
    return _line(chain, link, (quantity, head.rounded(net)), (head.start, end), own)


def sold_as(chain: Chain) -> dict[str, Any]:
    """Return how a chain was sold: from its quote line, or from itself where there is none."""
    return copied(chain.original, _SOLD_AS) | copied(chain.line, _SOLD_AS)


def prices(net: Decimal) -> dict[str, Decimal]:
    """Return the price fields of a line without a further discount."""
    return {"SBQQ__NetPrice__c": net, "SBQQ__CustomerPrice__c": net}


def _line(
    chain: Chain, link: str, sold: tuple[Decimal, Decimal], term: tuple[date, date | None], own: Mapping[str, Any]
) -> Line:
    (quantity, net), (start, end) = sold, term
    described = sold_as(chain)
    default = described.get("SBQQ__DefaultSubscriptionTerm__c") or DEFAULT_TERM
    multiplier = chain.months(start, end) / default if end else Decimal(1)
    values = {
        **described,
        **prices(net),
        link: chain.id,
        "SBQQ__Product__c": chain.product,
        "SBQQ__Existing__c": True,
        "SBQQ__Quantity__c": quantity,
        "SBQQ__PriorQuantity__c": chain.quantity,
        "SBQQ__ProrateMultiplier__c": multiplier.quantize(STORED_MULTIPLIER, ROUND_HALF_UP),
        "SBQQ__StartDate__c": start.isoformat(),
        "SBQQ__EndDate__c": end.isoformat() if end else None,
        **own,
    }
    return Line(values, chain.id, chain.original.get("SBQQ__RequiredById__c"), chain)


def _net_of_difference(head: Head, chain: Chain, quantity: Decimal, start: date) -> Decimal:
    """Return the net price of what is added or taken away, for the rest of the term.

    Whatever begins later than the day of its cancellation is worth what it was sold for.
    """
    rest = [(one.quantity, chain.worth(one.net, one.start, max(start, one.start))) for one in chain.pieces]
    if chain.whole:
        left = sum((net for _, net in rest), Decimal(0))
        return left * (_change_of_block(head, chain, quantity) - 1)
    if quantity == 0:
        return sum((units * net for units, net in rest), Decimal(0)) / chain.quantity
    return rest[0][1]


def _change_of_block(head: Head, chain: Chain, quantity: Decimal) -> Decimal:
    """Return by what a price for the whole quantity is multiplied at another quantity."""
    if quantity == 0:
        return Decimal(0)
    now, then = (block_price(head.org, chain.product, head.book, one) for one in (quantity, chain.quantity))
    return now / then if now is not None and then else Decimal(1)
