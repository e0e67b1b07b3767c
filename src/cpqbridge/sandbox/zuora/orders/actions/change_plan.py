"""ChangePlan: recognised and checked, then refused, since the feature is off."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import begin
from cpqbridge.sandbox.zuora.orders.rate_plans import rate_plan_of
from cpqbridge.sandbox.zuora.orders.reasons import off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Refuse the action: first for what is wrong with it, else because the feature is off.

    Raises:
        Refusal: Always.
    """
    amendment = begin(run, entry, action)
    rate_plan_of(run, amendment.subscription, action["changePlan"])
    raise off("The order action 'ChangePlan' is not enabled for this tenant; remove the product and add the other one.")
