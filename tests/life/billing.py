"""What Zuora holds: each subscription's latest version with all segments, as `GET /v1/subscriptions` shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from cpqbridge.sandbox.zuora.subscription_view import subscription_view
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.life.truth import Terms

PERIODS: Final[Mapping[str, int]] = {
    "Month": 1, "Quarter": 3, "Semi_Annual": 6, "Annual": 12, "Eighteen_Months": 18, "Two_Years": 24,
    "Three_Years": 36, "Five_Years": 60,
}  # fmt: skip
"""Months of the billing periods."""


@dataclass(frozen=True, slots=True)
class Segment:
    """What a charge comes to from a day until before another."""

    plan: str
    start: date
    end: date | None
    terms: Terms

    def on(self, moment: date) -> bool:
        """Return whether a day is in it."""
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Billed:
    """A subscription in Zuora.

    Attributes:
        number: Its number.
        cancelled: Whether its status is that.
        start: First day.
        term: First day of the current term, and the day after its last; None for evergreen.
        owner: CRM id of the account that has it.
        payer: CRM id of the account that pays.
        segments: Those of all charges.
    """

    number: str
    cancelled: bool
    start: date
    term: tuple[date, date | None]
    owner: str
    payer: str
    segments: tuple[Segment, ...]

    def on(self, moment: date) -> list[Terms]:
        """Return what is charged on a day, one for each charge."""
        return [segment.terms for segment in self.segments if segment.on(moment)]

    def days(self) -> set[date]:
        """Return the days on which a segment begins or ends."""
        return {moment for one in self.segments for moment in (one.start, one.end) if moment}


def billed(tenant: Tenant) -> dict[str, Billed]:
    """Return what the tenant bills, by subscription number."""
    rows = (row for row in tenant.store.rows("subscription") if row["isLatestVersion"])
    return {row["name"]: _billed(tenant, subscription_view(tenant, row, "all-segments")) for row in rows}


def _billed(tenant: Tenant, view: Mapping[str, Any]) -> Billed:
    end = _day(view["termEndDate"]) if view["termType"] == "TERMED" else None
    start = date.fromisoformat(view["termStartDate"])
    return Billed(
        view["subscriptionNumber"],
        view["status"] == "Cancelled",
        date.fromisoformat(view["subscriptionStartDate"]),
        (start, end),
        _crm_id(tenant, view["accountId"]),
        _crm_id(tenant, view["invoiceOwnerAccountId"]),
        tuple(_segments(view)),
    )


def _crm_id(tenant: Tenant, account: str) -> str:
    return str((tenant.store.get("account", account) or {}).get("crmId"))


def _segments(view: Mapping[str, Any]) -> Iterator[Segment]:
    for plan in view["ratePlans"]:
        for charge in plan["ratePlanCharges"]:
            for segment in charge["chargeSegments"]:
                start = _day(segment["effectiveStartDate"])
                if start:
                    end = _day(segment["effectiveEndDate"])
                    yield Segment(str(plan["externallyManagedPlanId"]), start, end, _terms(charge, segment))


def _terms(charge: Mapping[str, Any], segment: Mapping[str, Any]) -> Terms:
    if charge["type"] == "Usage":
        rates = [tier["price"] for tier in segment["tiers"] or ()] or [segment["price"]]
        return Terms(None, Decimal(0), None, tuple(Decimal(str(rate)) for rate in rates))
    counted = segment["quantity"] if charge["model"] == "PerUnit" else None
    quantity = None if counted is None else Decimal(str(counted))
    return Terms(quantity, Decimal(str(segment["price"])), _months(charge))


def _months(charge: Mapping[str, Any]) -> Decimal | None:
    """Return for how many months the price is; None for what is charged once."""
    if charge["type"] != "Recurring":
        return None
    base = charge["listPriceBase"]
    if base == "Per_Specific_Months":
        return Decimal(charge["specificListPriceBase"])
    period = {"Per_Month": "Month", "Per_Year": "Annual"}.get(base or "", charge["billingPeriod"])
    return Decimal(PERIODS[str(period).replace("-", "_").replace(" ", "_")])


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
