"""How far an order preview looks: a target date for each subscription, or a number of billing periods."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cpqbridge.sandbox.zuora.billing.cycles import DAYS, MONTHS
from cpqbridge.sandbox.zuora.billing.due import due_items
from cpqbridge.sandbox.zuora.billing.ledger import CREDIT
from cpqbridge.sandbox.zuora.envelopes import INVALID, NO_BODY, Refusal, code
from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Days that no month has more of.
_MONTH = 31

#: Days of a period that is as long as the term, for terms that have no end.
_LONGEST = 366


def items_of(tenant: Tenant, subscription: Row, options: dict[str, Any], pending: list[Row]) -> list[Row]:
    """What would be billed for the latest version of a subscription, as far as the options reach.

    Args:
        tenant: Whose subscription it is.
        subscription: Row of the version.
        options: ``previewOptions``, checked.
        pending: Items of the same preview for other subscriptions.

    Raises:
        Refusal: The term's end is asked for of a subscription that has none.
    """
    match options["previewThruType"]:
        case "SpecificDate":
            return due_items(tenant, subscription, target=options["specificPreviewThruDate"], pending=pending)
        case "TermEnd":
            return due_items(tenant, subscription, target=_term_end(subscription), pending=pending)
        case _:
            return _periods(tenant, subscription, options["previewNumberOfPeriods"], pending)


def _term_end(subscription: Row) -> str:
    end = subscription.get("termEndDate")
    if not end:
        message = "previewOptions.previewThruType TermEnd is only allowed for termed subscriptions."
        raise Refusal(code(NO_BODY, INVALID), message)
    return str(end)


def _periods(tenant: Tenant, subscription: Row, count: int, pending: list[Row]) -> list[Row]:
    """The first billing periods of each charge that are not billed yet, with the credits."""
    items = due_items(tenant, subscription, target=_far(tenant, subscription, count), pending=pending)
    starts: dict[str, set[str]] = {}
    for item in items:
        if not is_credit(item):
            starts.setdefault(item["chargeNumber"], set()).add(item["serviceStartDate"])
    chosen = {number: set(sorted(found)[:count]) for number, found in starts.items()}
    return [item for item in items if is_credit(item) or item["serviceStartDate"] in chosen[item["chargeNumber"]]]


def is_credit(item: Row) -> bool:
    """Whether an item gives back what was billed before."""
    return bool(item["_kind"] == CREDIT)


def _far(tenant: Tenant, subscription: Row, count: int) -> str:
    """A day by which all charges have had so many billing periods more."""
    days = [date.fromisoformat(subscription["subscriptionStartDate"] or tenant.today())]
    for charge in tenant.store.find("ratePlanCharge", subscriptionId=subscription["id"]):
        start = charge.get("chargedThroughDate") or charge.get("effectiveStartDate")
        if start:
            days.append(date.fromisoformat(start) + timedelta(days=_length(charge, subscription) * (count + 1)))
    return max(days).isoformat()


def _length(charge: Row, subscription: Row) -> int:
    """Days that a billing period of a charge has at most."""
    period = stored("billingPeriod", charge.get("billingPeriod"))
    count = int(charge.get("specificBillingPeriod") or 1)
    if period in MONTHS:
        return int(MONTHS[period]) * (count if period == "Specific_Months" else 1) * _MONTH
    if period in DAYS:
        return int(DAYS[period]) * (count if period.startswith("Specific") else 1)
    start, end = subscription.get("termStartDate"), subscription.get("termEndDate")
    return (date.fromisoformat(end) - date.fromisoformat(start)).days if start and end else _LONGEST
