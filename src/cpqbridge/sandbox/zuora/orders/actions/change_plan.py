"""ChangePlan: one rate plan of a subscription ends and another one takes its place on the same day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.amending.amendment import Amendment, begin, check_term
from cpqbridge.sandbox.zuora.orders.amending.removal import end_plan
from cpqbridge.sandbox.zuora.orders.amending.versions import charges_of
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.rate_plans import add_rate_plan, rate_plan_of
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.triggers import TriggerDates
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]

#: Selectors of the old rate plan of which only one may be given.
_EXCLUSIVE = ("externalCatalogPlanId", "ratePlanId", "productRatePlanId")

_END_OF_PERIOD = "EffectiveEndOfBillingPeriod"

#: Kind of change -> when it takes effect unless the action says.
_POLICIES = {"Upgrade": "EffectiveImmediately", "Downgrade": _END_OF_PERIOD}


@dataclass(frozen=True, slots=True)
class _Change:
    """What the action says of the change: its kind, when it takes effect, and the dates that follow from it."""

    kind: str
    policy: str
    on: date
    dates: TriggerDates


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Exchange the rate plan.

    Raises:
        Refusal: There is no such rate plan, the new one may not be sold, or the day does not fit.
    """
    amendment, body = begin(run, entry, action), action["changePlan"]
    given = [name for name in _EXCLUSIVE if body.get(name)]
    if len(given) > 1:
        raise invalid(f"changePlan: only one of {' and '.join(given)} may be given.")
    old = rate_plan_of(run, amendment.subscription, body, amendment.effective)
    change = _change(amendment, action, old)
    check_term(amendment, change.on)
    new = add_rate_plan(run, amendment.subscription, body["newProductRatePlan"], change.dates)
    end_plan(amendment, old, change.on)
    if body.get("resetBcd"):
        run.store.update("account", amendment.subscription["invoiceOwnerId"], {"billCycleDay": change.on.day})
    return _result(amendment, change, old, new)


def _change(amendment: Amendment, action: Body, old: Row) -> _Change:
    body = action["changePlan"]
    # Grading catalog groups, by which Zuora tells upgrades from downgrades, do not exist in this tenant.
    kind = body.get("subType") or "PlanChanged"
    policy = body.get("effectivePolicy") or _POLICIES.get(kind, "SpecificDate")
    if policy != _END_OF_PERIOD:
        return _Change(kind, policy, amendment.effective, amendment.dates)
    settings = amendment.run.tenant.settings
    if action.get("triggerDates"):
        raise invalid(f"triggerDates must not be set when effectivePolicy is {_END_OF_PERIOD}.")
    if settings.require_service_activation or settings.require_customer_acceptance:
        raise broken(f"effectivePolicy {_END_OF_PERIOD} is not allowed while the tenant requires trigger dates.")
    on = _end_of_period(amendment, old)
    return _Change(kind, policy, on, TriggerDates(on, on, on))


def _end_of_period(amendment: Amendment, old: Row) -> date:
    chains = charges_of(amendment.run.store, old)
    billed = [row["chargedThroughDate"] for chain in chains for row in chain if row.get("chargedThroughDate")]
    if not billed:
        raise off(f"effectivePolicy {_END_OF_PERIOD} of a rate plan that is not invoiced needs billing, which is off.")
    return day(max(billed))


def _result(amendment: Amendment, change: _Change, old: Row, new: Row) -> Row:
    made = {
        "ratePlanId": old["id"],
        "productRatePlanId": old["productRatePlanId"],
        "subscriptionRatePlanNumber": old["subscriptionRatePlanNumber"],
        "effectivePolicy": change.policy,
        "subType": change.kind,
        "newProductRatePlan": {"productRatePlanId": new["productRatePlanId"]},
    }
    dates = change.dates.fields if change.policy == _END_OF_PERIOD else {}
    return amendment.result(made, subType=change.kind, effectivePolicy=change.policy, **dates)
