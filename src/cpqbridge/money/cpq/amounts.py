"""From a list price to what the customer pays for a line: CPQ's sequence of prices.

List price, prorated to the regular price; less the additional discount: customer price; less the partner's: partner
price; less the distributor's: net price. Source: Salesforce Help 000380701, pricing method List. All is exact until the
end; then either the price of a unit is rounded, as CPQ stores it, or only the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.cpq.multiplier import Multiplier, plain
from cpqbridge.money.rounding import Rounding

CENTS = Rounding()
"""Two places, half up."""

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class Discount:
    """What is taken off a price: a share of it, or an amount per unit.

    Attributes:
        percent: Share of the price, 10 for a tenth.
        amount: Amount per unit, as CPQ takes it off the price for the whole term.
        prorated: The amount is for a default term, and is prorated like the price (Prorate Amount Discounts).
    """

    percent: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    prorated: bool = False

    def __post_init__(self) -> None:
        if self.percent and self.amount:
            raise ValueError("a discount is a share or an amount, not both")

    def off(self, price: Fraction, multiplier: Fraction = Fraction(1)) -> Fraction:
        """Return a price less the discount."""
        amount = Fraction(self.amount) * (multiplier if self.prorated else 1)
        return price * (1 - Fraction(self.percent) / _HUNDRED) - amount


NO_DISCOUNT = Discount()


@dataclass(frozen=True, slots=True)
class LinePrices:
    """The prices of a line, each of one unit, or of all where the price is for the whole quantity; unrounded.

    Attributes:
        list: Of the price book, for a default term.
        regular: For the line's term.
        customer: Less the additional discount.
        partner: Less the partner's discount.
        net: Less the distributor's discount.
        quantity: Units that the price is multiplied with: 1 where it is for the whole quantity.
        terms: How the regular price comes about, with the numbers filled in: `12000 * (3 + 9/31) / 12`.
    """

    list: Fraction
    regular: Fraction
    customer: Fraction
    partner: Fraction
    net: Fraction
    quantity: Decimal
    terms: str

    def unit(self, rounding: Rounding = CENTS) -> Decimal:
        """Return the net price as CPQ stores it."""
        return rounding.round(self.net)

    def total(self, rounding: Rounding = CENTS, *, of_units: bool = True) -> Decimal:
        """Return what the customer pays.

        Args:
            rounding: Of the currency.
            of_units: Multiply the rounded net price, as CPQ does with what it stores; off: round only the total.
        """
        if of_units:
            return rounding.round(self.unit(rounding) * self.quantity)
        return rounding.round(self.net * Fraction(self.quantity))

    @property
    def formula(self) -> str:
        """How the regular total comes about."""
        return self.terms if self.quantity == 1 else f"{self.terms} * {plain(self.quantity)}"

    def shown(self, rounding: Rounding = CENTS, *, of_units: bool = True) -> str:
        """Return how the total comes about and what it comes to, for a line without discounts."""
        total = self.total(rounding, of_units=of_units)
        if not of_units or self.quantity == 1:
            return f"{self.formula} = {total}"
        unit = self.unit(rounding)
        return f"{self.terms} = {unit}; {unit} * {plain(self.quantity)} = {total}"


def line_prices(
    list_price: Decimal | Fraction,
    multiplier: Multiplier,
    quantity: Decimal = Decimal(1),
    *,
    schedule: Discount = NO_DISCOUNT,
    additional: Discount = NO_DISCOUNT,
    partner: Decimal = Decimal(0),
    distributor: Decimal = Decimal(0),
    whole: bool = False,
) -> LinePrices:
    """Return the prices of a line.

    Args:
        list_price: Per unit and default term; for the whole quantity when `whole`.
        multiplier: The line's proration.
        quantity: Units sold.
        schedule: What a discount schedule takes off the list price, before proration.
        additional: What the seller takes off.
        partner: Percent for the partner.
        distributor: Percent for the distributor.
        whole: The price is for all units together, as with block prices and slabs.
    """
    price = Fraction(list_price)
    regular = schedule.off(price) * multiplier.exact
    customer = additional.off(regular, multiplier.exact)
    partner_price = Discount(percent=partner).off(customer)
    return LinePrices(
        list=price,
        regular=regular,
        customer=customer,
        partner=partner_price,
        net=Discount(percent=distributor).off(partner_price),
        quantity=Decimal(1) if whole else quantity,
        terms=f"{_text(price)} * {multiplier.terms}",
    )


def percent_of_total(
    percent: Decimal,
    *,
    once: Decimal | Fraction = Fraction(0),
    termed: Decimal | Fraction = Fraction(0),
    multiplier: Fraction = Fraction(1),
    minimum: Decimal | None = None,
) -> Fraction:
    """Return the price of a product that costs a share of what is sold beside it; it is for the whole quantity.

    Args:
        percent: The share, 20 for a fifth.
        once: What the one-time products beside it cost; the share is for a default term, and is prorated.
        termed: What the subscriptions beside it cost for their term, which is prorated already.
        multiplier: The line's proration.
        minimum: Its own list price for a default term, where that is the least that it costs.
    """
    price = (Fraction(once) * multiplier + Fraction(termed)) * Fraction(percent) / _HUNDRED
    return price if minimum is None else max(price, Fraction(minimum) * multiplier)


def _text(price: Fraction) -> str:
    """Return a price as a decimal where it is one, else as a quotient."""
    places = Decimal(price.numerator) / price.denominator
    return plain(places) if Fraction(places) == price else f"{price.numerator}/{price.denominator}"
