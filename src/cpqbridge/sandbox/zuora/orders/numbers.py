"""Numbers of subscriptions, rate plans and charges: the one that is wished for, if it is free, or the next one."""

from __future__ import annotations

from dataclasses import dataclass

from cpqbridge.sandbox.zuora.orders.reasons import broken
from cpqbridge.sandbox.zuora.orders.run import OrderRun


@dataclass(frozen=True, slots=True)
class Numbered:
    """What has numbers: its sequence, where they are kept, and what messages call them."""

    sequence: str
    kind: str
    field: str
    label: str


SUBSCRIPTION = Numbered("subscription", "subscription", "name", "subscription number")
RATE_PLAN = Numbered("ratePlan", "ratePlan", "subscriptionRatePlanNumber", "subscription rate plan number")
CHARGE = Numbered("charge", "ratePlanCharge", "chargeNumber", "charge number")


def number(run: OrderRun, what: Numbered, wanted: str | None) -> str:
    """Return the wished number, or the next of the sequence.

    Raises:
        Refusal: The wished one exists already.
    """
    if not wanted:
        return run.tenant.number(what.sequence)
    if run.store.find(what.kind, **{what.field: wanted}):
        raise broken(f"The {what.label} '{wanted}' exists already.")
    return wanted
