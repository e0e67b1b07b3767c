"""CancelSubscription: the subscription and all its charges end."""

from __future__ import annotations

from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment, begin, check_term
from cpqbridge.sandbox.zuora.orders.amending.billed import billed_until
from cpqbridge.sandbox.zuora.orders.amending.segments import finish
from cpqbridge.sandbox.zuora.orders.amending.versions import charges_of
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Cancel the subscription on the day that the policy names; the status changes at once.

    Raises:
        Refusal: The policy makes no day, or one outside the subscription.
    """
    amendment, body = begin(run, entry, action), action["cancelSubscription"]
    check_term(amendment, amendment.effective, inclusive=True)
    on = _day(amendment, body)
    text = on.isoformat()
    for plan in amendment.plans:
        for chain in charges_of(run.store, plan):
            finish(run.store, chain, on)
    ends = {"cancelledDate": text, "subscriptionEndDate": text, "termEndDate": text}
    amendment.update({"status": "Cancelled", "autoRenew": False, "cancelReason": action.get("changeReason"), **ends})
    return amendment.result(
        {"cancellationEffectiveDate": text},
        cancellationPolicy=body["cancellationPolicy"],
        cancellationEffectiveDate=text,
    )


def _day(amendment: Amendment, body: Body) -> date:
    subscription, policy = amendment.subscription, body["cancellationPolicy"]
    given: str | None = body.get("cancellationEffectiveDate")
    if policy == "EndOfCurrentTerm" and not subscription["termEndDate"]:
        raise broken("cancellationPolicy EndOfCurrentTerm is not allowed for an EVERGREEN subscription.")
    made = given if policy == "SpecificDate" else _policy_day(amendment, policy)
    if made is None:
        raise missing("cancellationEffectiveDate is required when cancellationPolicy is SpecificDate.")
    if given and given != made:
        raise invalid(f"cancellationEffectiveDate {given} is not the date of cancellationPolicy {policy}, {made}.")
    start = subscription["subscriptionStartDate"]
    if made < start:
        raise broken(f"cancellationEffectiveDate {made} lies before the subscription's start on {start}.")
    check_term(amendment, day(made), inclusive=True)
    return day(made)


def _policy_day(amendment: Amendment, policy: str) -> str:
    """The day that a policy makes by itself, as text."""
    if policy == "EndOfLastInvoicePeriod":
        return billed_until(amendment.run.store, amendment.subscription)
    end: str = amendment.subscription["termEndDate"]
    return end
