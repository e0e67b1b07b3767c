"""Whether a price bills what was sold, though it is not the vendor's: prices may be chosen by what Zuora bills.

Source: option `pricing_mode`; a price per billing period is then made of the months that Zuora bills the term as.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from cpqbridge.mapping import dates
from cpqbridge.money.contracted import sold_for
from cpqbridge.planning.adoption.billed import Segment
from cpqbridge.planning.chain import Sale
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.proof.billing import Life, Priced, Unknown, charge_of, rounding_of
from cpqbridge.sync.drift.billed import HeldPlan, Row
from cpqbridge.sync.drift.fields import alias

ATTRIBUTES = {
    "rateplancharge.billcycletype": "billCycleType",
    "rateplancharge.billcycleday": "billCycleDay",
    "rateplancharge.weeklybillcycleday": "weeklyBillCycleDay",
    "rateplancharge.billingperiod": "billingPeriod",
    "rateplancharge.billingperiodalignment": "billingPeriodAlignment",
    "rateplancharge.specificbillingperiod": "specificBillingPeriod",
    "rateplancharge.listpricebase": "listPriceBase",
    "rateplancharge.specificlistpricebase": "specificListPriceBase",
    "rateplancharge.prorationoption": "prorationOption",
}
"""Columns that decide the billing of a charge, and their names in the Orders API."""

ACCOUNT_DAY = "payer.billcycleday"
"""Column of the bill cycle day of the account that is invoiced."""


def bills_what_was_sold(draft: Draft, sale: Sale, held: HeldPlan, segment: Segment) -> bool:
    """Return whether a price of Zuora comes to what a sale was sold for, over all its days.

    Args:
        draft: For the options and the tenant's billing rules.
        sale: The sale.
        held: The rate plan in Zuora.
        segment: That of its charge which has the price.
    """
    if draft.options.pricing_mode == "vendor" or segment.price is None or sale.end is None:
        return False
    row, start = held.row, held.segments[0].start or sale.start
    begins = row["subscription_subscriptionstartdate"]
    life = Life(
        start=start,
        end=sale.end,
        subscription_start=dates.parse(begins) if begins else start,
        term=(sale.start, sale.end),
        account_day=row.get(alias(ACCOUNT_DAY)),
    )
    quantity = None if segment.quantity is None else sale.pieces[0].quantity
    priced = Priced(max(start, sale.start), sale.end, quantity, segment.price)
    currency = str(sale.item["Order"].get("CurrencyIsoCode") or draft.options.default_currency)
    try:
        billed = charge_of(draft, _attributes(row), life, [priced], currency).exact
    except Unknown:
        return False
    step = Decimal(rounding_of(draft, currency).increment)
    return abs(billed - Fraction(sold_for(sale.item))) < Fraction(step) / 2


def _attributes(row: Row) -> dict[str, object]:
    return {name: row[alias(column)] for column, name in ATTRIBUTES.items() if row.get(alias(column)) is not None}
