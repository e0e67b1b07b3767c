"""Billing periods in months, under every spelling of Zuora's calls."""

from __future__ import annotations

from cpqbridge.money.billing.spelling import plain

WHOLE_TERM = "Subscription_Term"
"""The billing period that is as long as the term."""

_MONTHS = {
    "month": 1,
    "quarter": 3,
    "semiannual": 6,
    "annual": 12,
    "eighteenmonths": 18,
    "twoyears": 24,
    "threeyears": 36,
    "fiveyears": 60,
}

_SPECIFIC_MONTHS = "Specific_Months"


def spelling(period: str | None) -> str:
    """Return a billing period as the Orders API writes it; the catalog API has blanks and a hyphen in it."""
    return (period or "").replace("-", "_").replace(" ", "_")


def months_of(period: str | None) -> int | None:
    """Return the months of a billing period; None where it has no fixed number of them, such as a week or the term."""
    return _MONTHS.get(plain(period or ""))


def takes_specific_months(period: str | None) -> bool:
    """Return whether a price for specific months may be set on a charge with this billing period.

    Zuora takes it on periods of months only, not on weeks, days or the whole term.
    """
    return not period or months_of(period) is not None or spelling(period) == _SPECIFIC_MONTHS
