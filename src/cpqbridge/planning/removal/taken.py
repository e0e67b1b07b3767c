"""An order that was taken back in Salesforce, and how it stands in Zuora."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.gate import ACTIVATED
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import Row

FIELD = "Order.IsDeleted"
"""The field of Salesforce that a removal is about, where the order is deleted."""

WAY_BACK: Mapping[str, str] = {
    FIELD: "restore it in Salesforce",
    "Order.Status": "activate and contract it again in Salesforce",
    "Order.SBQQ__Contracted__c": "contract it again in Salesforce",
}
"""By the field that says that an order is not sold any more: what makes it sold again."""


class Later(NamedTuple):
    """An order that changed a subscription in Zuora after the one that is taken back.

    Attributes:
        number: Its order number in Zuora.
        sold: Whether Salesforce still has it as sold; None where it is not Salesforce's at all.
    """

    number: str
    sold: bool | None


@dataclass(frozen=True, slots=True)
class Removal:
    """An order that is taken back, and how it stands in Zuora.

    Attributes:
        order: Its record in Salesforce: `Id`, `OrderNumber` and `AccountId`.
        reason: What became of it, to follow its number: `is deleted in Salesforce`.
        source: The field of Salesforce that says so.
        certain: Whether Salesforce itself says so; else it only shows the order no more, and nothing is automatic.
        parts: Number to each Zuora order that carries it or takes it back, as `GET /v1/orders/{n}` gives it.
        subscriptions: Number to each subscription that these orders are about, with all segments.
        later: Subscription number to the orders that changed it later and have effect.
    """

    order: Record
    reason: str
    source: str = FIELD
    certain: bool = True
    parts: Mapping[str, Row] = field(default_factory=dict)
    subscriptions: Mapping[str, Row] = field(default_factory=dict)
    later: Mapping[str, Sequence[Later]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RemovalPlan(SyncPlan):
    """What would be done about an order that was taken back.

    Attributes:
        note: What was done, once it is carried out; or why nothing is left to do. None where it is stopped by problems.
    """

    note: str | None = None


class Taken(NamedTuple):
    """What became of an order in Salesforce: in words that follow its number, and the field that says so."""

    reason: str
    source: str


def taken_back(order: Record) -> Taken | None:
    """Return what became of an order that is not sold (any more), or None for one that is as it was contracted."""
    if order.get("IsDeleted"):
        return Taken("is deleted in Salesforce", FIELD)
    status = order.get("StatusCode") or order.get("Status")
    if status != ACTIVATED:
        return Taken(f"is {status} in Salesforce, not activated", "Order.Status")
    if not order.get("SBQQ__Contracted__c"):
        return Taken("is not contracted in Salesforce", "Order.SBQQ__Contracted__c")
    return None
