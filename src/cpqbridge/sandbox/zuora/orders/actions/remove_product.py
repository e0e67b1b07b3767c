"""RemoveProduct: a rate plan of a subscription ends."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import begin, check_term
from cpqbridge.sandbox.zuora.orders.amending.segments import finish, started
from cpqbridge.sandbox.zuora.orders.amending.versions import charges_of
from cpqbridge.sandbox.zuora.orders.rate_plans import REMOVED, rate_plan_of
from cpqbridge.sandbox.zuora.orders.reasons import broken, off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """End all charges of the rate plan on the contract effective date; updates that lie after it go.

    Raises:
        Refusal: There is no such rate plan, or it begins after that date.
    """
    amendment, body = begin(run, entry, action), action["removeProduct"]
    check_term(amendment, amendment.effective, inclusive=True)
    if body.get("chargeUpdates"):
        raise off("removeProduct.chargeUpdates needs a feature that is not enabled for this tenant.")
    plan = rate_plan_of(run, amendment.subscription, body)
    chains = charges_of(run.store, plan)
    starts = [chain[0]["effectiveStartDate"] for chain in chains if started(chain)]
    if starts and amendment.effective.isoformat() < min(starts):
        number = plan["subscriptionRatePlanNumber"]
        raise broken(
            f"The rate plan '{number}' cannot be removed on {amendment.effective}: it begins on {min(starts)}."
        )
    for chain in chains:
        finish(run.store, chain, amendment.effective)
    run.store.update("ratePlan", plan["id"], {"amendmentType": REMOVED, **(body.get("customFields") or {})})
    return amendment.result(
        {"ratePlanId": plan["id"], "subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"]}
    )
