"""RemoveProduct: a rate plan of a subscription ends."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import begin, check_term
from cpqbridge.sandbox.zuora.orders.amending.removal import end_plan
from cpqbridge.sandbox.zuora.orders.rate_plans import rate_plan_of
from cpqbridge.sandbox.zuora.orders.reasons import off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """End the rate plan on the contract effective date.

    Raises:
        Refusal: There is no such rate plan, or it begins after that date.
    """
    amendment, body = begin(run, entry, action), action["removeProduct"]
    check_term(amendment, amendment.effective, inclusive=True)
    if body.get("chargeUpdates"):
        raise off("removeProduct.chargeUpdates needs a feature that is not enabled for this tenant.")
    plan = rate_plan_of(run, amendment.subscription, body, amendment.effective)
    end_plan(amendment, plan, amendment.effective, body.get("customFields"))
    return amendment.result(
        {"ratePlanId": plan["id"], "subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"]}
    )
