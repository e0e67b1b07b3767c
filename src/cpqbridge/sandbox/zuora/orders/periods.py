"""When a charge begins and ends; ends are exclusive."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.orders.dates import add, day
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, off
from cpqbridge.sandbox.zuora.orders.triggers import TriggerDates
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

_DISCOUNT_ONLY_START = ("startDatePolicy", "periodsAfterChargeStart", "startPeriodsType")


def effective_period(charge: Row, subscription: Row, dates: TriggerDates, override: Body) -> Row:
    """Row fields for start and end of a new charge.

    Args:
        charge: Row fields of the charge so far (catalog values and overrides).
        subscription: Row of its subscription.
        dates: Trigger dates of the order action.
        override: The charge override, with ``startDate`` and ``endDate``.

    Raises:
        Refusal: The conditions lack a field, contradict each other, or end before they begin.
    """
    fields = _trigger(charge, override.get("startDate") or {})
    fields |= _end_condition(charge, override.get("endDate") or {})
    start = day(fields["triggerDate"]) if fields["triggerDate"] else dates.of(fields["triggerEvent"])
    fields["effectiveStartDate"] = fields["effectiveEndDate"] = None
    if start is None:
        return fields
    if start < dates.contract_effective:
        contract = dates.contract_effective
        raise broken(
            f"The charge '{charge['name']}' starts on {start}, before its contract is effective on {contract}."
        )
    last = subscription["subscriptionEndDate"]
    if last and start > day(last):
        raise broken(f"The charge '{charge['name']}' starts on {start}, after the subscription's end on {last}.")
    end = charge_end(charge | fields, start, last)
    if end and end < start:
        raise broken(f"The charge '{charge['name']}' ends on {end}, before it starts on {start}.")
    fields["effectiveStartDate"] = start.isoformat()
    fields["effectiveEndDate"] = end.isoformat() if end else None
    return fields


def _trigger(charge: Row, start: Body) -> Row:
    for name in _DISCOUNT_ONLY_START:
        if start.get(name) is not None:
            raise off(f"startDate.{name} is for discount charges with start policies, which are not enabled.")
    event = start.get("triggerEvent") or charge.get("triggerEvent") or "ContractEffective"
    when = start.get("specificTriggerDate")
    if event == "SpecificDate" and not when:
        raise missing("startDate.specificTriggerDate is required when triggerEvent is SpecificDate.")
    if when and event != "SpecificDate":
        raise invalid("startDate.specificTriggerDate is only allowed when triggerEvent is SpecificDate.")
    return {"triggerEvent": event, "triggerDate": when}


def _end_condition(charge: Row, end: Body) -> Row:
    if end.get("endDatePolicy") is not None:
        raise off("endDate.endDatePolicy is for discount charges with end policies, which are not enabled.")
    if charge["chargeType"] == "OneTime":
        if any(value is not None for value in end.values()):
            raise broken(f"endDate is not allowed for the one-time charge '{charge['name']}'.")
        return {"endDateCondition": "One_Time", "upToPeriods": None, "upToPeriodsType": None, "specificEndDate": None}
    default = stored("endDateCondition", charge.get("endDateCondition")) or "Subscription_End"
    condition = end.get("endDateCondition") or default
    fields = {
        "endDateCondition": condition,
        "upToPeriods": end.get("upToPeriods", charge.get("upToPeriods")),
        "upToPeriodsType": end.get("upToPeriodsType") or charge.get("upToPeriodsType"),
        "specificEndDate": end.get("specificEndDate"),
    }
    if condition == "Fixed_Period" and not (fields["upToPeriods"] and fields["upToPeriodsType"]):
        raise missing("endDate.upToPeriods and upToPeriodsType are required when endDateCondition is Fixed_Period.")
    if condition == "Specific_End_Date" and not fields["specificEndDate"]:
        raise missing("endDate.specificEndDate is required when endDateCondition is Specific_End_Date.")
    return fields


def charge_end(charge: Row, start: date, subscription_end: str | None) -> date | None:
    """When a charge that starts on a day ends (exclusive) by its end condition; None: never.

    Args:
        charge: Row fields of the charge, with its end condition.
        start: First day of the charge.
        subscription_end: Last day (exclusive) of the subscription, as text.
    """
    condition = charge["endDateCondition"]
    if condition == "One_Time":
        return add(start, 1, "Day")
    limit = day(subscription_end) if subscription_end else None
    if condition == "Specific_End_Date":
        end = day(charge["specificEndDate"])
    elif condition == "Fixed_Period":
        end = add(start, *_length(charge))
    else:
        return limit
    return min(end, limit) if limit else end


def _length(charge: Row) -> tuple[int, str]:
    unit = stored("upToPeriodsType", charge["upToPeriodsType"]) or ""
    if unit != "Billing_Periods":
        return charge["upToPeriods"], unit
    period = stored("billingPeriod", charge.get("billingPeriod")) or "Month"
    if period == "Subscription_Term":
        raise invalid("endDate: Billing_Periods needs a billing period of fixed length.")
    specific = charge.get("specificBillingPeriod") or 1
    return charge["upToPeriods"] * (specific if period.startswith("Specific") else 1), period
