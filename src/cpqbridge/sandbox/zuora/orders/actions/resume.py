"""Resume: what a suspension paused goes on, with the term made longer by the pause when that is asked for."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import begin, check_term
from cpqbridge.sandbox.zuora.orders.amending.extent import change_term
from cpqbridge.sandbox.zuora.orders.amending.pause import policy_day, resume
from cpqbridge.sandbox.zuora.orders.dates import add, day
from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Resume the subscription on the day that the policy names.

    Raises:
        Refusal: The subscription is not suspended, or the day lies before the suspension or beyond the term.
    """
    amendment, body = begin(run, entry, action), action["resume"]
    subscription = amendment.subscription
    suspended = day(subscription["_suspendedOn"])
    on = policy_day(amendment, body, "resume", suspended)
    if on < suspended:
        raise broken(f"The resume date {on} lies before the suspend date {suspended}.")
    check_term(amendment, on)
    resume(amendment, subscription["_paused"], on)
    amendment.update({"status": "Active", "_resumedOn": on.isoformat(), "_suspendedOn": None, "_paused": None})
    if body.get("extendsTerm") and subscription["termEndDate"]:
        change_term(amendment, _extended(subscription, (on - suspended).days))
    return amendment.result({"resumeSpecificDate": on.isoformat()}, resumeDate=on.isoformat())


def _extended(subscription: Row, days: int) -> Row:
    end = add(day(subscription["termEndDate"]), days, "Day")
    length = (end - day(subscription["termStartDate"])).days
    text = end.isoformat()
    return {"termEndDate": text, "subscriptionEndDate": text, "currentTerm": length, "currentTermPeriodType": "Day"}
