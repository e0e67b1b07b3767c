"""Billing overrides of a charge: cycle, period, alignment, timing."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing
from cpqbridge.sandbox.zuora.price_bases import WEEKLY, billable
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

_NAMES = (
    "billCycleDay", "billCycleType", "billingPeriod", "billingPeriodAlignment",
    "billingTiming", "specificBillingPeriod", "weeklyBillCycleDay",
)  # fmt: skip

_RECURRING_ONLY = ("billingPeriod", "billingPeriodAlignment", "billingTiming", "specificBillingPeriod")

#: A value and the field that it needs; the field is not allowed with any other value.
_NEEDS = (
    ("billCycleType", {"SpecificDayofMonth"}, "billCycleDay"),
    ("billCycleType", {"SpecificDayofWeek"}, "weeklyBillCycleDay"),
    ("billingPeriod", {"Specific_Months", "Specific_Weeks", "Specific_Days"}, "specificBillingPeriod"),
)


def overridden(charge: Row, billing: Body) -> Row:
    """Row fields that a ``billing`` override sets.

    Raises:
        Refusal: The fields do not fit the charge's type, or each other.
    """
    given = {name: billing[name] for name in _NAMES if billing.get(name) not in {None, ""}}
    if charge["chargeType"] == "OneTime":
        for name in _RECURRING_ONLY:
            if name in given:
                raise broken(f"billing.{name} is not allowed for the one-time charge '{charge['name']}'.")
    if charge["chargeType"] == "Usage" and "billingTiming" in given:
        raise broken(f"billing.billingTiming is not allowed for the usage charge '{charge['name']}'.")
    for name, values, needed in _NEEDS:
        if given.get(name) in values and needed not in given and charge.get(needed) is None:
            raise missing(f"billing.{needed} is required when {name} is {given[name]}.")
        if needed in given and (given.get(name) or charge.get(name)) not in values:
            raise broken(f"billing.{needed} is only allowed when {name} is one of: {', '.join(sorted(values))}.")
    if not 1 <= given.get("billCycleDay", 1) <= 31:
        raise invalid("billing.billCycleDay must be between 1 and 31.")
    if given.get("specificBillingPeriod", 1) < 1:
        raise invalid("billing.specificBillingPeriod must be at least 1.")
    return given


def check_fit(charge: Row) -> None:
    """Refuse a charge whose billing period does not go with its list price base or its bill cycle type.

    Args:
        charge: Row fields of the charge: catalog values and overrides.

    Raises:
        Refusal: The price cannot be billed so.
    """
    period, base = charge.get("billingPeriod"), charge.get("listPriceBase")
    if not billable(base, period):
        raise broken(f"The charge '{charge['name']}' with listPriceBase {base} cannot have billing period {period}.")
    if charge.get("billCycleType") == "SpecificDayofWeek" and stored("billingPeriod", period) not in WEEKLY:
        raise broken("billing.billCycleType SpecificDayofWeek is only allowed for weekly billing periods.")
