"""One version of a Zuora subscription as `GET /v1/subscriptions/{n}/versions/{v}?charge-detail=all-segments` gives it.

Days on which something ends are the first days without it, as in Zuora.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cpqbridge.money.charge_segments import ChargeSegment, Value, day_of, segments_of, subscribed_charges
from cpqbridge.money.months import decimal_months
from cpqbridge.money.periods import WHOLE_TERM
from cpqbridge.money.worth import price_months
from cpqbridge.planning.state import Row

NOT_YET = date.max
"""Start of a term that waits for its activation or acceptance."""

Step = tuple[Any, ...] | None
"""Differences of quantity and price, and the tiers where they differ; None where there is nothing."""

_PERIODS = {"Month": 1, "Year": 12}


@dataclass(frozen=True, slots=True)
class VersionTerm:
    """The term of a version; `months` is its length, None for evergreen."""

    start: date
    end: date | None
    months: Decimal | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a subscription.

    Attributes:
        order: Number of the order that made it.
        status: As Zuora says it.
        owner: Number of the account that owns it.
        owner_name: Name of that account.
        invoice_owner: Number of the account that is invoiced.
        invoice_owner_name: Name of that account.
        term: Its present term.
        end: First day without the subscription; None without end.
        charges: Segments that have begun and are not empty, by charge number and start.
    """

    order: str | None
    status: str
    owner: str
    owner_name: str
    invoice_owner: str
    invoice_owner_name: str
    term: VersionTerm
    end: date | None
    charges: Mapping[str, tuple[ChargeSegment, ...]]

    @classmethod
    def of(cls, row: Row) -> Version:
        """Return a version from its document."""
        return cls(
            order=row.get("orderNumber"),
            status=row["status"],
            owner=row["accountNumber"],
            owner_name=row.get("accountName") or "",
            invoice_owner=row.get("invoiceOwnerAccountNumber") or row["accountNumber"],
            invoice_owner_name=row.get("invoiceOwnerAccountName") or "",
            term=_term(row),
            end=day_of(row.get("subscriptionEndDate")),
            charges={
                charge["number"]: tuple(one for one in segments_of(charge) if one.start and not one.is_empty)
                for _, charge in subscribed_charges(row)
            },
        )

    def step_on(self, charge: str, day: date) -> Step:
        """Return by how much what a charge has on a day differs from the day before; the value where nothing was."""
        before, value = self.value_on(charge, day - timedelta(days=1)), self.value_on(charge, day)
        if before is None or value is None:
            return value
        numbers = (_difference(one, other) for one, other in zip(value[:2], before[:2], strict=True))
        return (*numbers, value[2] if value[2] != before[2] else ())

    def value_on(self, charge: str, day: date) -> Value | None:
        """Return what a charge has on a day; None when it is not in force."""
        return next((one.value for one in self.charges.get(charge, ()) if one.covers(day)), None)


def months_of_price(charge: Row, term: VersionTerm) -> Decimal | None:
    """Return the months that a charge's price is for; None for what is charged once, by usage or by the week."""
    if charge.get("type") != "Recurring":
        return None
    by_period = charge.get("listPriceBase") in (None, "Per_Billing_Period")
    return term.months if by_period and charge.get("billingPeriod") == WHOLE_TERM else price_months(charge)


def _difference(value: Decimal | None, before: Decimal | None) -> Decimal | None:
    return value if value is None or before is None else value - before


def _term(row: Row) -> VersionTerm:
    start = day_of(row.get("termStartDate")) or NOT_YET
    length, unit = row.get("currentTerm"), row.get("currentTermPeriodType")
    if row.get("termType") == "EVERGREEN" or not length or start == NOT_YET:
        return VersionTerm(start, None, None)
    days = {"Day": 1, "Week": 7}.get(unit or "")
    months = decimal_months(start, start + timedelta(days=int(length) * days)) if days else None
    return VersionTerm(start, day_of(row.get("termEndDate")), months or Decimal(length) * _PERIODS.get(unit or "", 1))
