"""AddProduct: one more rate plan on a subscription."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import begin, check_term
from cpqbridge.sandbox.zuora.orders.rate_plans import add_rate_plan
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Add the rate plan from the action's dates on.

    Raises:
        Refusal: The subscription has expired by then, or the override does not fit the catalog.
    """
    amendment = begin(run, entry, action)
    check_term(amendment, amendment.effective)
    plan = add_rate_plan(run, amendment.subscription, action["addProduct"], amendment.dates)
    made = {
        "newRatePlanId": plan["id"],
        "productRatePlanId": plan["productRatePlanId"],
        "subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"],
    }
    return amendment.result(made)
