"""The tenant's billing rules as they hold for one charge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.store import Row

#: Proration option of a charge -> whether partial months, weeks and periods are billed by their part.
_OPTIONS = {"NoProration": False, "ChargeFullPeriod": False, "TimeBasedProration": True}


@dataclass(frozen=True, slots=True)
class Rules:
    """How partial periods of a charge are billed.

    Attributes:
        month: Partial months by their part.
        week: Partial weeks by their part.
        period: Partial periods longer than a month by their part.
        full: A partial period costs as much as a whole one, at either end of the charge.
        days_in_month: ``UseActualDays``, ``Assume30Days`` or ``Assume30DaysStrict``.
        by_day: Periods longer than a month by days rather than by months first.
    """

    month: bool
    week: bool
    period: bool
    full: bool
    days_in_month: str
    by_day: bool


def of_charge(settings: Mapping[str, Any], charge: Row) -> Rules:
    """The rules for a recurring charge.

    Args:
        settings: The tenant's billing rules, under the names of its settings.
        charge: Row of the charge; its ``prorationOption`` goes before the tenant's rules.
    """
    option = charge.get("prorationOption")
    names = ("prorateRecurringMonthlyCharges", "prorateRecurringWeeklyCharges", "proratePeriodOfRecurringCharge")
    month, week, period = (_OPTIONS.get(str(option), bool(settings[name])) for name in names)
    # A fixed-amount discount is always billed by its part.
    if stored("chargeModel", charge["chargeModel"]) == "DiscountFixedAmount":
        month = week = period = True
    return Rules(
        month,
        week,
        period,
        full=option == "ChargeFullPeriod",
        days_in_month=settings["daysInMonth"],
        by_day=settings["prorationUnit"] == "ProrateByDay",
    )


def of_usage(settings: Mapping[str, Any], charge: Row) -> Rules:
    """The rules for a usage charge: whether usage of a partial month or week is billed at all."""
    month, week = bool(settings["prorateUsageMonthlyCharges"]), bool(settings["prorateUsageWeeklyCharges"])
    if charge.get("prorationOption") == "TimeBasedProration":
        month = week = True
    by_day = settings["prorationUnit"] == "ProrateByDay"
    return Rules(month, week, month, full=False, days_in_month=settings["daysInMonth"], by_day=by_day)


def in_arrears(settings: Mapping[str, Any], charge: Row) -> bool:
    """Whether a recurring charge is billed when its period is over."""
    timing = stored("billingTiming", charge.get("billingTiming"))
    return bool(timing == "IN_ARREARS" if timing else settings["recurringChargeStyle"] == "Arrears")
