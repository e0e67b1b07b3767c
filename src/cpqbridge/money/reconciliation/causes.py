"""Why Zuora bills another amount than CPQ quoted.

Each cause has a name for machines, a title for people, and what mends it. Source: "Handling differences between Zuora
and Salesforce CPQ", supported use cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Cause(StrEnum):
    """What a part of a difference comes from, in the order in which the parts are worked out."""

    NOT_SYNCED = "not_synced"
    UNIT_PRICE_ROUNDING = "unit_price_rounding"
    PRORATE_PRECISION = "prorate_precision"
    TRIGGER_DATES = "trigger_dates"
    QUANTITY = "quantity"
    DISCOUNT = "missing_discount"
    LIST_PRICE_BASE = "list_price_base"
    PRICE = "price"
    DAYS_IN_MONTH = "days_in_month"
    BILL_CYCLE_DAY = "bill_cycle_day"
    PRORATION_UNIT = "proration_unit"
    ALIGNMENT = "billing_period_alignment"
    PARTIAL_PERIODS = "partial_periods"
    ROUNDING = "rounding"
    NOT_BILLED = "not_billed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """What a cause means, and the setting or record that would mend it."""

    title: str
    remedy: str


CAUSES: Mapping[Cause, CauseEntry] = {
    Cause.NOT_SYNCED: CauseEntry("Zuora has no charge for it", "Sync the order."),
    Cause.UNIT_PRICE_ROUNDING: CauseEntry(
        "CPQ rounds the net price of one unit before it multiplies by the quantity",
        "Let CPQ keep more decimals of unit prices, or allow it by the option rounding_tolerance.",
    ),
    Cause.PRORATE_PRECISION: CauseEntry(
        "CPQ counts the months of the term in another way than Zuora",
        "Set CPQ's Subscription Prorate Precision to Calendar Monthly + Daily.",
    ),
    Cause.TRIGGER_DATES: CauseEntry(
        "Zuora bills from or to other days than were sold",
        "Let all trigger dates be the subscription's start (options use_subscription_start_date, "
        "trigger_dates_on_orders), and the term end with the subscription.",
    ),
    Cause.QUANTITY: CauseEntry("Zuora has another quantity", "Sync what changed it, or mend the charge in Zuora."),
    Cause.DISCOUNT: CauseEntry(
        "Zuora has the price before discounts", "Map the net price, or mend the price of the charge in Zuora."
    ),
    Cause.LIST_PRICE_BASE: CauseEntry(
        "Zuora takes the same price for another length of time",
        "Set the list price base to what the price is for (options sfdc_use_list_price_base, pricing_mode).",
    ),
    Cause.PRICE: CauseEntry(
        "Zuora has another price", "Sync what changed it, or mend the price of the charge in Zuora."
    ),
    Cause.DAYS_IN_MONTH: CauseEntry(
        "Zuora assumes 30 days in a month",
        "Set Zuora's billing rule for prorating a month to use the actual number of days.",
    ),
    Cause.BILL_CYCLE_DAY: CauseEntry(
        "Zuora's billing months do not begin on the first of the month, where CPQ's do",
        "Let the charge take its bill cycle day from the account (before a contract begins: option pricing_mode "
        "per_period), and set the account's to 1.",
    ),
    Cause.PRORATION_UNIT: CauseEntry(
        "Zuora prorates periods longer than a month by days",
        "Set Zuora's billing rule for periods longer than a month to prorate by month first.",
    ),
    Cause.ALIGNMENT: CauseEntry(
        "The billing period is not aligned to the charge", "Set the charge's billing period alignment to AlignToCharge."
    ),
    Cause.PARTIAL_PERIODS: CauseEntry(
        "Zuora does not prorate parts of months or of billing periods",
        "Turn on Zuora's billing rules for partial months and partial periods, or the charge's proration.",
    ),
    Cause.ROUNDING: CauseEntry(
        "Zuora rounds each invoice item by itself",
        "No price helps; the options rounding_residual and rounding_tolerance say what becomes of it.",
    ),
    Cause.NOT_BILLED: CauseEntry(
        "Zuora does not bill it", "Look at the status of the subscription and at its trigger dates in Zuora."
    ),
    Cause.OTHER: CauseEntry(
        "Something else was billed or credited in Zuora", "Look at the invoices and credit memos of the subscription."
    ),
}

ROUNDINGS = frozenset({Cause.ROUNDING, Cause.UNIT_PRICE_ROUNDING})
"""Causes that come from rounding alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a difference.

    Attributes:
        cause: What it comes from.
        amount: How much of it: Zuora's amount less CPQ's.
        note: The values concerned, such as `bill cycle day 15`; empty where the cause says it all.
    """

    cause: Cause
    amount: Decimal
    note: str = field(default="", compare=False)
