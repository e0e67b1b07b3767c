"""What is credited when a charge ends, or is replaced, inside a service period that was billed already.

Source: Zuora's pages "Proration credit" and "Cancel regular charges in billed periods".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from cpqbridge.money.billing.amounts import BilledPeriod, RecurringPrice, bill
from cpqbridge.money.billing.cycle import Cycle
from cpqbridge.money.billing.rules import BillingRules, CreditBasis
from cpqbridge.money.billing.schedule import Kind
from cpqbridge.money.rounding import Rounding


class Ending(StrEnum):
    """How the name of a charge ends on an invoice or credit memo, behind ` -- `."""

    PRORATION = "Proration"
    PRORATION_CREDIT = "Proration Credit"
    CREDIT = "Credit"


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit for the rest of a service period.

    Attributes:
        start: First day credited.
        end: First day after it.
        amount: More than zero for what a customer gets back.
        ending: How the name of its line ends.
    """

    start: date
    end: date
    amount: Decimal
    ending: Ending


def charge_name(name: str, ending: Ending | None) -> str:
    """Return the name of a charge as a document shows it."""
    return f"{name} -- {ending}" if ending else name


def billed_ending(kind: Kind) -> Ending | None:
    """Return how the name of a billed item ends."""
    return Ending.PRORATION if kind is Kind.PARTIAL else None


def credit(
    item: BilledPeriod,
    until: date,
    quantity: Decimal,
    price: RecurringPrice,
    cycle: Cycle,
    rules: BillingRules,
    rounding: Rounding,
    *,
    first: bool = False,
    last: bool = True,
) -> Credit | None:
    """Return the credit for an item whose charge ends earlier than it was billed; None where nothing is credited.

    Args:
        item: What was billed.
        until: First day without the charge, or without its quantity and price so far.
        quantity: Units that were billed.
        price: The price that was billed.
        cycle: Where billing periods begin.
        rules: Whether parts are billed, and what a credit is made of.
        rounding: The rounding of the currency.
        first: Whether the item begins with the charge's own first day.
        last: Whether the charge ends; otherwise another segment of it follows, and parts are always prorated.
    """
    if until >= item.end:
        return None
    if until <= item.start:
        return Credit(item.start, item.end, item.amount, Ending.CREDIT)
    used = bill(item.start, until, quantity, price, cycle, rules, rounding, first=first, last=last)
    rest = max(used[-1].end if used else item.start, item.start)
    if rest >= item.end:
        return None
    if rules.credit_basis is CreditBasis.TOTAL_MINUS_CHARGED:
        amount = item.amount - sum((one.amount for one in used), Decimal(0))
    else:
        unused = bill(rest, item.end, quantity, price, cycle, rules, rounding, first=False, last=False)
        amount = rounding.round(sum((one.exact for one in unused), Fraction(0)))
    return Credit(rest, item.end, amount, Ending.PRORATION_CREDIT)


def one_time_credit(amount: Decimal, rules: BillingRules) -> Decimal:
    """Return what is credited of a one-time charge that is removed or cancelled after it was billed."""
    return amount if rules.one_time_credit_back else Decimal(0)
