"""The invoice items of a recurring charge: price, quantity and time, rounded once for each service period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from cpqbridge.money.billing.cycle import WEEK, Cycle
from cpqbridge.money.billing.formula import Rate, formula
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.money.billing.schedule import Kind, Part, ServicePeriod, months_of_term, service_periods
from cpqbridge.money.billing.tiers import ChargeModel, UnitPrice
from cpqbridge.money.rounding import Rounding


class ListPriceBase(StrEnum):
    """How much time the list price of a recurring charge is for."""

    PER_BILLING_PERIOD = "Per_Billing_Period"
    PER_MONTH = "Per_Month"
    PER_WEEK = "Per_Week"
    PER_YEAR = "Per_Year"
    PER_SPECIFIC_MONTHS = "Per_Specific_Months"
    PER_VALIDITY_PERIOD = "Per_Validity_Period"


_MONTHS = {ListPriceBase.PER_MONTH: 1, ListPriceBase.PER_YEAR: 12}
_SPECIFIC = (ListPriceBase.PER_SPECIFIC_MONTHS, ListPriceBase.PER_VALIDITY_PERIOD)


@dataclass(frozen=True, slots=True)
class RecurringPrice:
    """The list price of a recurring charge.

    Attributes:
        unit: The price by quantity.
        base: How much time it is for.
        specific_months: How many months, where the base is specific months or a validity period.
    """

    unit: UnitPrice
    base: ListPriceBase = ListPriceBase.PER_BILLING_PERIOD
    specific_months: int | None = None

    def __post_init__(self) -> None:
        if self.base in _SPECIFIC and (self.specific_months is None or self.specific_months < 1):
            raise ValueError(f"List price base {self.base} needs its number of months, at least 1.")

    def rate(self, quantity: Decimal, cycle: Cycle, rules: BillingRules) -> Rate:
        """Return the exact price of a quantity, and for how many months it is; weeks for periods of weeks.

        Raises:
            ValueError: The base does not fit the billing period, or no tier reaches the quantity.
        """
        units = self._units(cycle)
        parts: tuple[Part, ...] = ()
        if units is None:
            units, parts = months_of_term(cycle, rules.days_in_month)
        by_unit = self.unit.model is ChargeModel.PER_UNIT
        price = self.unit.price if by_unit or self.unit.model is ChargeModel.FLAT_FEE else None
        return Rate(self.unit.of(quantity), units, parts, price, quantity if by_unit else Decimal(1))

    def _units(self, cycle: Cycle) -> int | None:
        """Return the months or weeks that the price is for; None where that is the term."""
        weekly = self.base is ListPriceBase.PER_WEEK
        if self.base is ListPriceBase.PER_BILLING_PERIOD:
            return None if cycle.period.whole_term else cycle.period.units
        if not cycle.period.whole_term and weekly != bool(cycle.period.weeks):
            raise ValueError(f"List price base {self.base} does not fit a billing period of {_named(cycle)}.")
        if weekly:
            return 1
        return _MONTHS.get(self.base) or self.specific_months


def _named(cycle: Cycle) -> str:
    return "weeks" if cycle.period.weeks else "months"


@dataclass(frozen=True, slots=True)
class BilledPeriod:
    """One invoice item of a recurring charge.

    Attributes:
        period: What it is for.
        amount: Rounded.
        exact: The same before it was rounded.
        formula: How the exact amount comes about, with the numbers filled in.
    """

    period: ServicePeriod
    amount: Decimal
    exact: Fraction
    formula: str

    @property
    def start(self) -> date:
        """First day."""
        return self.period.start

    @property
    def end(self) -> date:
        """First day after it."""
        return self.period.end

    @property
    def kind(self) -> Kind:
        """Whether it is for a whole billing period."""
        return self.period.kind


def bill(
    start: date,
    end: date | None,
    quantity: Decimal,
    price: RecurringPrice,
    cycle: Cycle,
    rules: BillingRules,
    rounding: Rounding,
    *,
    first: bool = True,
    last: bool = True,
    through: date | None = None,
) -> list[BilledPeriod]:
    """Return the invoice items of a charge, or of a segment of it, in order.

    Args:
        start: First day.
        end: First day after it; None for an endless charge, with `through`.
        quantity: Units; not read for a flat fee.
        price: The list price.
        cycle: Where billing periods begin.
        rules: What is billed for parts of them.
        rounding: The rounding of the currency.
        first: Whether `start` is the charge's own first day, and not a change of it.
        last: Whether `end` is the charge's own end.
        through: Only service periods that begin on this day or before.

    Raises:
        ValueError: An endless charge without `through`, a list price base that does not fit the billing period, a
            quantity without a price, or a charge outside the term that it is billed by.
    """
    if end is None and through is None:
        raise ValueError("A charge without an end is billed up to some day.")
    rate = price.rate(quantity, cycle, rules)
    billed = []
    for period in service_periods(start, end, cycle, rules, first=first, last=last, through=through):
        one = _in_weeks(period) if cycle.period.whole_term and price.base is ListPriceBase.PER_WEEK else period
        exact = rate.amount(one.units)
        billed.append(BilledPeriod(one, rounding.round(exact), exact, formula(rate, [one])))
    return billed


def _in_weeks(period: ServicePeriod) -> ServicePeriod:
    """Return a service period of a whole term counted in weeks, for a price per week."""
    days = (period.end - period.start).days
    whole, left = divmod(days, WEEK)
    parts = ((left, WEEK),) if left else ()
    return ServicePeriod(period.start, period.end, period.kind, Fraction(days, WEEK), whole, parts)
