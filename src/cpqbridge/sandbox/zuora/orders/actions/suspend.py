"""Suspend: recurring and usage charges pause from a day on, until the subscription is resumed."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import begin, check_term
from cpqbridge.sandbox.zuora.orders.amending.pause import pause, policy_day
from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Suspend the subscription on the day that the policy names; the status changes at once.

    Raises:
        Refusal: The policy makes no day, or one outside the subscription or before its last resumption.
    """
    amendment, body = begin(run, entry, action), action["suspend"]
    check_term(amendment, amendment.effective)
    on = policy_day(amendment, body, "suspend", None)
    subscription = amendment.subscription
    for name, words in (("subscriptionStartDate", "the subscription's start"), ("_resumedOn", "its last resumption")):
        if subscription.get(name) and on.isoformat() < subscription[name]:
            raise broken(f"The suspend date {on} lies before {words} on {subscription[name]}.")
    check_term(amendment, on)
    amendment.update({"status": "Suspended", "_suspendedOn": on.isoformat(), "_paused": pause(amendment, on)})
    return amendment.result({"suspendSpecificDate": on.isoformat()}, suspendDate=on.isoformat())
