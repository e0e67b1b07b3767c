"""The end of a rate plan, by its removal or its exchange for another one."""

from __future__ import annotations

from datetime import date

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment
from cpqbridge.sandbox.zuora.orders.amending.segments import finish, started
from cpqbridge.sandbox.zuora.orders.amending.versions import charges_of
from cpqbridge.sandbox.zuora.orders.rate_plans import REMOVED
from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.store import Row


def end_plan(amendment: Amendment, plan: Row, on: date, customs: Row | None = None) -> None:
    """End all charges of a rate plan on a day (exclusive); updates that lie after it go.

    Args:
        amendment: The action.
        plan: Row of the rate plan.
        on: The day.
        customs: Custom fields to be set on the rate plan.

    Raises:
        Refusal: The rate plan begins after that day.
    """
    store = amendment.run.store
    chains = charges_of(store, plan)
    starts = [chain[0]["effectiveStartDate"] for chain in chains if started(chain)]
    if starts and on.isoformat() < min(starts):
        number = plan["subscriptionRatePlanNumber"]
        raise broken(f"The rate plan '{number}' cannot be removed on {on}: it begins on {min(starts)}.")
    for chain in chains:
        finish(store, chain, on)
    store.update("ratePlan", plan["id"], {"amendmentType": REMOVED, **(customs or {})})
