"""What Zuora holds, in words: subscriptions with their terms, owners and stretches, and order line items.

    subscription 1: Active, 2026-02-01 until 2027-02-01, of Acme
      10 Seat at 120 for 12 months, 2026-02-01 until 2026-06-01
      15 Seat at 120 for 12 months, 2026-06-01 until 2027-02-01
    line item of order 1: 2 Router at 50 each, SentToBilling, of Acme

All days until which something runs are the first ones without it, as Zuora keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

_PERIODS = {"Month": "month", "Quarter": "quarter", "Semi_Annual": "half year", "Annual": "year"}


def describe_subscription(name: str, row: Row) -> Iterator[str]:
    """Yield the lines about a subscription, as read with all its segments."""
    yield f"{name}: {', '.join(_facts(row))}"
    for plan in row["ratePlans"]:
        for charge in plan["ratePlanCharges"]:
            for segment in charge["chargeSegments"]:
                yield f"  {_segment(plan, charge, segment)}"


def describe_line_item(order: str, row: Row) -> str:
    """Return the line about an order line item, as an order shows it."""
    owner = row.get("ownerAccountName") or row.get("ownerAccountNumber")
    facts = [
        f"{_number(row['quantity'])} {row['itemName']} at {_number(row['amountPerUnit'])} each",
        row["itemState"],
        *([row["itemCategory"]] if row["itemCategory"] != "Sales" else []),
        f"on {row['transactionStartDate']}",
        *([f"of {owner}"] if owner else []),
    ]
    return f"line item of {order}: {', '.join(facts)}"


def _facts(row: Row) -> Iterator[str]:
    yield row["status"]
    yield _term(row)
    if row["termType"] == "TERMED" and row["status"] == "Active" and _renewal(row) != _current(row):
        yield f"to renew for {_renewal(row)}"
    if row["currency"] != "USD":
        yield f"in {row['currency']}"
    yield f"of {row['accountName']}"
    if row["invoiceOwnerAccountName"] != row["accountName"]:
        yield f"invoiced to {row['invoiceOwnerAccountName']}"


def _term(row: Row) -> str:
    start, end = row["subscriptionStartDate"], row["subscriptionEndDate"]
    if row["termType"] == "EVERGREEN":
        return f"evergreen {start} until {end}" if end else f"evergreen since {start}"
    renewed = f", term since {row['termStartDate']}" if row["termStartDate"] != start else ""
    return f"{start} until {end}{renewed}"


def _current(row: Row) -> str:
    return _length(row["currentTerm"], row["currentTermPeriodType"])


def _renewal(row: Row) -> str:
    return _length(row["renewalTerm"], row["renewalTermPeriodType"])


def _length(number: Any, unit: str) -> str:
    return f"{number} {unit.lower()}s"


def _segment(plan: Row, charge: Row, segment: Row) -> str:
    since, until = segment["effectiveStartDate"], segment["effectiveEndDate"]
    times = f"{since} until {until}" if until else f"since {since}"
    gone = ", removed" if plan["lastChangeType"] == "Remove" else ""
    if charge["type"] == "Usage":
        what = f"{charge['name']} {_rates(charge, segment)}"
    elif charge["model"] == "FlatFee":
        what = f"{charge['name']} for {_number(segment['price'])} {_base(charge)}"
    else:
        what = f"{_number(segment['quantity'])} {charge['name']} at {_number(segment['price'])} {_base(charge)}"
    return f"{what}, {'on ' + since if charge['type'] == 'OneTime' else times}{gone}"


def _base(charge: Row) -> str:
    if charge["type"] == "OneTime":
        return "once"
    base = charge["listPriceBase"]
    if base == "Per_Specific_Months":
        months = charge["specificListPriceBase"]
        return f"for {months} month{'s' * (months > 1)}"
    if base == "Per_Month":
        return "a month"
    return f"a {_PERIODS.get(charge['billingPeriod'], charge['billingPeriod'])}"


def _rates(charge: Row, segment: Row) -> str:
    if not segment["tiers"]:
        return f"at {_number(segment['price'])} a {charge['uom']}"
    tiers = (
        f"{_number(tier['startingUnit'])} to {_number(tier['endingUnit'])} at {_number(tier['price'])}"
        for tier in segment["tiers"]
    )
    return f"{charge['uom']} {'; '.join(tiers)} ({charge['model']})"


def _number(value: Any) -> str:
    if value is None:
        return "any"
    text = f"{Decimal(str(value)).normalize():f}"
    return text.removesuffix(".00")
