"""The lines of discount charges, and what becomes of them when the charges that they discount are credited.

Source: Zuora's pages "How discounts work with prorated credits" and "Credit for prorated discounts".
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.money.rounding import Rounding

_NOTHING = Decimal(0)


def percent_discount(regular: Decimal | Fraction, percent: Decimal, rounding: Rounding) -> Decimal:
    """Return the line of a percent discount on one item, zero or less.

    Args:
        regular: The item that it discounts: as rounded on the invoice, or exact in a tenant that rates discounts so.
        percent: 20 for 20 %.
        rounding: The rounding of the currency.
    """
    return -rounding.round(Fraction(regular) * Fraction(percent) / 100)


def percent_discount_credit(regular: Decimal, credited: Decimal, percent: Decimal, rounding: Rounding) -> Decimal:
    """Return what is taken back of a percent discount when a part of the item that it discounts is credited.

    Args:
        regular: The item as it was billed.
        credited: What is credited of it.
        percent: 20 for 20 %.
        rounding: The rounding of the currency.
    """
    billed = percent_discount(regular, percent, rounding)
    return percent_discount(regular - credited, percent, rounding) - billed


def discount_rules(rules: BillingRules) -> BillingRules:
    """Return the rules for a fixed-amount discount, which is prorated whatever a tenant's rules say."""
    return replace(rules, partial_month=True, partial_week=True, partial_period=True, full_period=False)


def fixed_discount(amount: Decimal, discounted: Decimal) -> Decimal:
    """Return the line of a fixed-amount discount, zero or less: never more than what it discounts.

    Args:
        amount: The discount for the service period, by `discount_rules`.
        discounted: Sum of the items that it discounts.
    """
    return -min(amount, max(discounted, _NOTHING))


def fixed_discount_credit(discount: Decimal, kept: Decimal, kept_discount: Decimal, rules: BillingRules) -> Decimal:
    """Return what is taken back of a fixed-amount discount when what it discounts is shortened or cancelled.

    Args:
        discount: The discount as it was billed, more than zero.
        kept: What stays billed of the charge that it discounts; zero where all of it is credited.
        kept_discount: The discount prorated to the time that stays.
        rules: Whether it is prorated; otherwise a customer keeps as much of it as the rest of the charge allows.
    """
    stays = kept_discount if rules.discount_credit_proration else kept
    return max(discount - stays, _NOTHING)
