"""The order actions on one subscription, gathered and put in the order in which they are carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cpqbridge.mapping.rule import Mapped, Record, Table
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.standing import Standing
from cpqbridge.planning.state import Row

REMOVE, CANCEL = "RemoveProduct", "CancelSubscription"
TERMS, RENEW = "TermsAndConditions", "RenewSubscription"


@dataclass(frozen=True, slots=True)
class Action:
    """One order action, still to be mapped.

    Attributes:
        table: Its table.
        on: The day on which it takes effect.
        roots: The records that it is mapped from.
        given: What has been decided for it.
        adds: Makes the rate plan that it adds, given its pointer and what gets the lineage.
    """

    table: Table
    on: date
    roots: Mapping[str, Record]
    given: Mapping[str, Any]
    adds: Callable[[str, Mapped], dict[str, Any] | None] | None = None

    def body(self, draft: Draft, prefix: str, into: Mapped) -> dict[str, Any]:
        """Return the body of `orderActions/m`."""
        body = draft.map(self.table, draft.context(self.roots, **self.given), prefix=prefix, into=into).body
        return {**body, "addProduct": self.adds(f"{prefix}/addProduct", into)} if self.adds else body


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a rate plan, named by its number."""

    rate_plan: str
    on: date
    roots: Mapping[str, Record]


@dataclass(slots=True)
class Changes:
    """What an order changes of one subscription.

    Attributes:
        standing: One of its rate plans in Zuora.
        item: An order product that changes it.
        sent: The actions on it of the same order, where Zuora has that already: a repeat makes the same ones.
        owners: Transfers.
        terms: The renewal.
        updates: Changes of charges, and rate plans that are added.
        ends: Rate plans that end.
        renewed: Numbers of the rate plans that a renewal goes on with.
        renewal: The renewal's first day and records.
    """

    standing: Standing
    item: Record
    sent: Sequence[Row] | None = None
    owners: list[Action] = field(default_factory=list)
    terms: list[Action] = field(default_factory=list)
    updates: list[Action] = field(default_factory=list)
    ends: list[Ending] = field(default_factory=list)
    renewed: set[str] = field(default_factory=set)
    renewal: tuple[date, Mapping[str, Record]] | None = None

    def actions(self, draft: Draft) -> list[Action]:
        """Return all actions in the order in which they are carried out."""
        updates = sorted(self.updates, key=lambda one: one.on)
        return [*self.owners, *self.terms, *updates, *self._endings(draft)]

    def _endings(self, draft: Draft) -> Iterator[Action]:
        """Yield one cancellation where nothing is left of the subscription, else the removal of what ends."""
        ends = {one.rate_plan: one for one in (*self.ends, *self._not_renewed())}
        if not ends:
            return
        ordered = sorted(ends.values(), key=lambda one: one.on)
        if self._is_cancelled(set(ends)):
            last = ordered[-1]
            given = {"on": last.on, "end_before": self.standing.subscription.get("termEndDate")}
            yield Action(draft.tables.cancel_subscription, last.on, last.roots, given)
            return
        for one in ordered:
            yield Action(draft.tables.remove_product, one.on, one.roots, {"on": one.on, "rate_plan": one.rate_plan})

    def _is_cancelled(self, ended: set[str]) -> bool:
        if self.sent is not None:
            return has_sent(self.sent, CANCEL)
        return all(number_of(plan) in ended for plan in self.standing.live())

    def _not_renewed(self) -> Iterator[Ending]:
        """Yield the end of what Salesforce sold on a subscription and does not renew with it."""
        if self.renewal is None:
            return
        if self.sent is not None:
            removed = (action.get("removeProduct") or {} for action in self.sent if action.get("type") == REMOVE)
            numbers = {str(one.get("subscriptionRatePlanNumber")) for one in removed}
        else:
            numbers = {number_of(plan) for plan in self.standing.live() if plan.get("externallyManagedPlanId")}
        for number in sorted(numbers - self.renewed):
            yield Ending(number, *self.renewal)


def number_of(plan: Row) -> str:
    """Return the number of a rate plan, which stays in all versions of its subscription."""
    return str(plan.get("subscriptionRatePlanNumber"))


def has_sent(actions: Sequence[Row], kind: str) -> bool:
    """Return whether one of some actions is of a type."""
    return any(action.get("type") == kind for action in actions)


def sent_actions(order: Row | None, subscription: str) -> list[Row] | None:
    """Return the actions of an order that Zuora has on a subscription, or None where it does not have the order."""
    if order is None:
        return None
    found = (one for one in order.get("subscriptions") or () if one.get("subscriptionNumber") == subscription)
    return [action for one in found for action in one.get("orderActions") or ()]
