"""The invoice items of a usage charge: the units used in each billing period, rated together.

Source: Zuora's pages "Proration" (usage charges) and "Usage charge proration".
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.billing.amounts import BilledPeriod
from cpqbridge.money.billing.cycle import Cycle
from cpqbridge.money.billing.formula import plain_number
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.money.billing.schedule import Kind, ServicePeriod, service_periods
from cpqbridge.money.billing.tiers import UnitPrice
from cpqbridge.money.rounding import Rounding

Used = tuple[date, Decimal]
"""A day, and the units that were used on it."""

_ALWAYS = BillingRules(days_in_month=DaysInMonth.ACTUAL, proration_unit=ProrationUnit.DAY)


def usage_periods(
    start: date, end: date | None, cycle: Cycle, rules: BillingRules, through: date | None = None
) -> Iterable[ServicePeriod]:
    """Yield the service periods whose usage is billed; the rule on partial months only leaves out one at the start.

    Args:
        start: First day of the charge.
        end: First day after it; None for an endless charge, with `through`.
        cycle: Where billing periods begin.
        rules: Whether usage of a partial first month or week is billed.
        through: Only periods that begin on this day or before.
    """
    partial = rules.partial_usage_week if cycle.period.weeks else rules.partial_usage_month
    skipped = not partial and cycle.begin_of(cycle.number_of(start)) < start
    for period in service_periods(start, end, cycle, _ALWAYS, through=through):
        if not (skipped and period.start == start):
            yield period


def bill_usage(
    used: Iterable[Used],
    periods: Iterable[ServicePeriod],
    price: UnitPrice,
    cycle: Cycle,
    rounding: Rounding,
    *,
    time_based: bool = False,
) -> list[BilledPeriod]:
    """Return the invoice items of usage, one for each period in which there was any.

    Args:
        used: What was used, in any order; days outside of the periods count for nothing.
        periods: What is billed, see `usage_periods`.
        price: The price by quantity.
        cycle: Where billing periods begin.
        rounding: The rounding of the currency.
        time_based: The charge's own proration option: a partial period costs its days over those of the whole.

    Raises:
        ValueError: A quantity without a price.
    """
    records = list(used)
    billed = []
    for period in periods:
        units = [quantity for day, quantity in records if period.start <= day < period.end]
        if units:
            share = _share(period, cycle) if time_based else Fraction(1)
            billed.append(_item(period, sum(units, Decimal(0)), price, share, rounding))
    return billed


def _item(
    period: ServicePeriod, quantity: Decimal, price: UnitPrice, share: Fraction, rounding: Rounding
) -> BilledPeriod:
    whole = price.of(quantity)
    exact = whole * share
    text = plain_number(whole) if share == 1 else f"{plain_number(whole)} * {share}"
    return BilledPeriod(period, rounding.round(exact), exact, text)


def _share(period: ServicePeriod, cycle: Cycle) -> Fraction:
    if period.kind is Kind.FULL:
        return Fraction(1)
    number = cycle.number_of(period.start)
    return Fraction((period.end - period.start).days, (cycle.begin_of(number + 1) - cycle.begin_of(number)).days)
