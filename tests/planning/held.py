"""Builds versions of subscriptions as Zuora's reads with all segments give them."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
Segments = list[tuple[Any, ...]]

YEAR = ("2026-01-01", "2027-01-01", 12)
NEXT_YEAR = ("2027-01-01", "2028-01-01", 12)


def charge(segments: Segments, number: str = "C-1", **fields: Any) -> Row:
    """A charge whose segments are start, end, quantity, price and perhaps tiers."""
    names = ("effectiveStartDate", "effectiveEndDate", "quantity", "price", "tiers")
    shown = [{**dict(zip(names, one, strict=False)), "segment": n} for n, one in enumerate(segments, 1)]
    base = {"number": number, "name": "Seat", "type": "Recurring", "model": "PerUnit", "billingPeriod": "Annual"}
    months = {"listPriceBase": "Per_Specific_Months", "specificListPriceBase": 12}
    return {**base, **months, **fields, "chargeSegments": shown}


def version(order: str, *charges: Row, term: tuple[str, str | None, int] = YEAR, **fields: Any) -> Row:
    """A version of subscription SUB-1, one rate plan for each charge."""
    start, end, length = term
    return {
        "subscriptionNumber": "SUB-1",
        "orderNumber": order,
        "status": "Active",
        "currency": "USD",
        "accountNumber": "A-1",
        "accountName": "Acme",
        "invoiceOwnerAccountNumber": "A-1",
        "termType": "TERMED" if end else "EVERGREEN",
        "termStartDate": start,
        "termEndDate": end,
        "subscriptionEndDate": end,
        "currentTerm": length,
        "currentTermPeriodType": "Month",
        "ratePlans": [{"productName": "Seat", "ratePlanCharges": [one]} for one in charges],
        **fields,
    }


def cancelled(order: str, day: str, *charges: Row, **fields: Any) -> Row:
    """The version that a cancellation makes."""
    ends = {"status": "Cancelled", "subscriptionEndDate": day, "termEndDate": day}
    return version(order, *charges, **{**ends, **fields})
