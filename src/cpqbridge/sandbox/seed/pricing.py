"""Prices of the demo deals, worked out from the tables by the package's own arithmetic. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from cpqbridge.sandbox.salesforce.cpq.pricing import (
    DEFAULT_TERM,
    LinePrice,
    end_of_term,
    multiplier_of,
    price_line,
    rounded,
)
from cpqbridge.sandbox.seed.deals import Deal, Line
from cpqbridge.sandbox.seed.products import BY_KEY, Product

PRORATE_PRECISION: Final = "Calendar Monthly + Daily"
"""The demo org's package setting Subscription Prorate Precision."""

_PERCENT: Final = "Percent Of Total"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A deal's line with its product, list price and prices."""

    line: Line
    product: Product
    list_price: Decimal
    price: LinePrice

    @property
    def block(self) -> bool:
        """Whether the net price is for the whole quantity."""
        return self.product.pricing != "List"


def end_of(deal: Deal) -> date:
    """Return the last day of a deal's term."""
    return deal.end or end_of_term(deal.start, deal.months)


def priced(deal: Deal) -> list[PricedLine]:
    """Return the lines of a deal with their prices, in the deal's order."""
    own = {n: _priced(deal, line) for n, line in enumerate(deal.lines) if BY_KEY[line.product].pricing != _PERCENT}
    return [own.get(n) or _percent_of(deal, line, own.values()) for n, line in enumerate(deal.lines)]


def amount_of(deal: Deal) -> Decimal:
    """Return what the customer pays for a deal: the total of its lines."""
    return rounded(sum((line.price.total for line in priced(deal)), Decimal(0)), deal.currency)


def _priced(deal: Deal, line: Line) -> PricedLine:
    product = BY_KEY[line.product]
    list_price = Decimal(0) if line.included else product.price(deal.currency)
    price = price_line(
        list_price,
        line.quantity,
        _multiplier(deal, product),
        discount=line.discount,
        block=product.pricing != "List",
        currency=deal.currency,
    )
    return PricedLine(line, product, list_price, price)


def _percent_of(deal: Deal, line: Line, others: Iterable[PricedLine]) -> PricedLine:
    """Price a line as a percentage of the deal's other subscriptions."""
    product = BY_KEY[line.product]
    base = sum((other.price.total for other in others if other.product.subscription), Decimal(0))
    list_price = rounded(base * product.price(deal.currency) / 100, deal.currency)
    return PricedLine(
        line, product, list_price, price_line(list_price, line.quantity, Decimal(1), block=True, currency=deal.currency)
    )


def _multiplier(deal: Deal, product: Product) -> Decimal:
    """Return the proration multiplier: 1 for what is charged once or has no end."""
    if product.charge_type == "One-Time" or product.subscription == "Evergreen":
        return Decimal(1)
    if deal.end:
        return multiplier_of(PRORATE_PRECISION, deal.start, deal.end, product.term)
    return Decimal(deal.months) / (product.term or DEFAULT_TERM)
