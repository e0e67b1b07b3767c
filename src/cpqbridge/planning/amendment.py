"""Looks for what an amendment line amends: the rate plan in Zuora that carries the id of the original order product.

Source: orders sync, linking rule for amendments; the vendor's error list. Amendments are not carried yet: a line whose
rate plan is found is held too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cpqbridge.mapping.rule import Problem, Record
from cpqbridge.planning.charges import is_metered, schedules_of
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import Row

REVISED = "SBQQ__RevisedOrderProduct__c"
_FIELD = f"OrderItem.{REVISED}"


def is_amendment(item: Record) -> bool:
    """Return whether an order product changes what an earlier one sold."""
    subscription = item.get("SBQQ__Subscription__r") or {}
    return bool(item.get(REVISED) or subscription.get("SBQQ__RevisedSubscription__c"))


def amended_ids(snapshot: Snapshot, item: Record) -> Iterator[str]:
    """Yield the externally managed ids of the rate plans that an amendment line amends."""
    if item.get(REVISED):
        yield item[REVISED]
        yield from (original["Id"] for original in snapshot.revised_schedules.get(item[REVISED], ()))


def why_not_amended(draft: Draft, order: Record, item: Record) -> Problem:
    """Return why an amendment line cannot be carried."""
    number = item.get("OrderItemNumber")
    if not draft.options.amend_subscriptions:
        message = f"Order product {number} amends an earlier one, and the option amend_subscriptions is off"
        return Problem("CPQ-413", _FIELD, message, "Turn the option on, or amend the subscription in Zuora by hand.")
    unfound = _unfound(draft, order, item)
    if unfound is not None:
        return unfound
    message = f"Order product {number} amends an earlier one; amendments are not carried yet"
    return Problem("CPQ-413", _FIELD, message)


def _unfound(draft: Draft, order: Record, item: Record) -> Problem | None:
    number, revised = item.get("OrderItemNumber"), item.get(REVISED)
    if not revised:
        message = f"Unable to locate a matching rate plan to amend for OrderItem/OrderProduct {number}"
        return Problem("CPQ-426", _FIELD, f"{message}: it names no revised order product")
    owner = order.get("SubscriptionOwner__c") or order["AccountId"]
    if not is_metered(item):
        return _unmatched(draft, owner, revised, f"order product {number}", "CPQ-426")
    originals = {
        one.get("SBQQ__ConsumptionSchedule__c"): one for one in draft.snapshot.revised_schedules.get(revised, ())
    }
    for schedule in schedules_of(item):
        original = originals.get(schedule.get("SBQQ__ConsumptionSchedule__c"))
        what = f"consumption schedule {schedule.get('Name') or schedule['Id']} of order product {number}"
        if original is None:
            return Problem("CPQ-427", "OrderItem.SBQQ__OrderItems__r", f"The original order product has no {what}")
        problem = _unmatched(draft, owner, original["Id"], what, "CPQ-427")
        if problem is not None:
            return problem
    return None


def _unmatched(draft: Draft, owner: str, external_id: str, what: str, code: str) -> Problem | None:
    """Return why no rate plan of the owner's carries an id, or None when one does."""
    plans: Sequence[Row] = draft.state.subscribed.get(external_id, ())
    account = draft.state.accounts.get(owner)
    if not plans:
        return Problem(code, _FIELD, f"Zuora has no rate plan with the external id {external_id}, which {what} amends")
    if account is None or all(plan.get("subscriptionOwnerId") != account["Id"] for plan in plans):
        message = f"The rate plan that {what} amends belongs to another subscription owner than account {owner}"
        return Problem("CPQ-431", "Order.SubscriptionOwner__c", message)
    return None
