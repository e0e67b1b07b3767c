"""One version of a Zuora subscription as `GET /v1/subscriptions/{n}/versions/{v}?charge-detail=all-segments` gives it.

Days on which something ends are the first days without it, as in Zuora.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cpqbridge.money.contracted import calendar_months
from cpqbridge.money.periods import WHOLE_TERM
from cpqbridge.money.worth import price_months

Row = Mapping[str, Any]
Value = tuple[Decimal | None, Decimal | None, tuple[tuple[Any, ...], ...]]
"""What is sold on a day: quantity, price, and the tiers of what has several prices."""

NOT_YET = date.max
"""Start of a term that waits for its activation or acceptance."""

_TIER = ("startingUnit", "endingUnit", "price", "priceFormat")
_PERIODS = {"Month": 1, "Year": 12}


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a charge that has one quantity and one price; never empty."""

    start: date
    end: date | None
    value: Value


@dataclass(frozen=True, slots=True)
class HeldTerm:
    """The term of a version; `months` is its length, None for evergreen."""

    start: date
    end: date | None
    months: Decimal | None


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """A version of a subscription.

    Attributes:
        order: Number of the order that made it.
        status: As Zuora says it.
        owner: Number of the account that owns it.
        invoice_owner: Number of the account that is invoiced.
        term: Its present term.
        end: First day without the subscription; None without end.
        charges: Segments by charge number.
    """

    order: str | None
    status: str
    owner: str
    invoice_owner: str
    term: HeldTerm
    end: date | None
    charges: Mapping[str, tuple[Segment, ...]]

    @classmethod
    def of(cls, row: Row) -> HeldVersion:
        """Return a version from its document."""
        return cls(
            order=row.get("orderNumber"),
            status=row["status"],
            owner=row["accountNumber"],
            invoice_owner=row.get("invoiceOwnerAccountNumber") or row["accountNumber"],
            term=_term(row),
            end=_day(row.get("subscriptionEndDate")),
            charges={charge["number"]: tuple(_segments(charge)) for _, charge in charges_of(row)},
        )

    def value_on(self, charge: str, day: date) -> Value | None:
        """Return what a charge has on a day; None when it is not in force."""
        segments = self.charges.get(charge, ())
        return next((one.value for one in segments if one.start <= day and (not one.end or day < one.end)), None)


def charges_of(row: Row) -> Iterator[tuple[Row, Row]]:
    """Yield the rate plan and the charge of each charge of a subscription."""
    for plan in row.get("ratePlans") or ():
        for charge in plan.get("ratePlanCharges") or ():
            yield plan, charge


def months_of_price(charge: Row, term: HeldTerm) -> Decimal | None:
    """Return the months that a charge's price is for; None for what is charged once, by usage or by the week."""
    if charge.get("type") != "Recurring":
        return None
    by_period = charge.get("listPriceBase") in (None, "Per_Billing_Period")
    return term.months if by_period and charge.get("billingPeriod") == WHOLE_TERM else price_months(charge)


def _segments(charge: Row) -> Iterator[Segment]:
    rows: Sequence[Row] = charge.get("chargeSegments") or ()
    for row in sorted(rows, key=lambda one: int(one["segment"])):
        start, end = _day(row.get("effectiveStartDate")), _day(row.get("effectiveEndDate"))
        if start and (end is None or start < end):
            tiers = tuple(tuple(tier.get(name) for name in _TIER) for tier in row.get("tiers") or ())
            yield Segment(start, end, (_number(row.get("quantity")), _number(row.get("price")), tiers))


def _term(row: Row) -> HeldTerm:
    start = _day(row.get("termStartDate")) or NOT_YET
    length, unit = row.get("currentTerm"), row.get("currentTermPeriodType")
    if row.get("termType") == "EVERGREEN" or not length or start == NOT_YET:
        return HeldTerm(start, None, None)
    days = {"Day": 1, "Week": 7}.get(unit or "")
    months = calendar_months(start, start + timedelta(days=int(length) * days)) if days else None
    return HeldTerm(start, _day(row.get("termEndDate")), months or Decimal(length) * _PERIODS.get(unit or "", 1))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
