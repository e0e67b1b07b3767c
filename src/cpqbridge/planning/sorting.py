"""Sorts the contracted order products of an order: what begins a subscription, what changes one, what may not go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from cpqbridge.mapping.rule import Problem, Record
from cpqbridge.mapping.transforms import plain
from cpqbridge.planning.chain import REVISED, Chain
from cpqbridge.planning.charges import ItemCharges, schedules_of
from cpqbridge.planning.draft import Draft

_FIELD = f"OrderItem.{REVISED}"
_QUANTITY = "OrderItem.Quantity"


@dataclass(slots=True)
class Sorted:
    """What the contracted order products of an order come to.

    Attributes:
        new: Each order product that begins a subscription, with its later segments.
        added: Each order product that is added to the subscription of a chain.
        changed: The chains that the order changes, up to the order.
        there: Numbers of subscriptions that have it already: contracts from before, which were adopted.
    """

    new: list[tuple[Record, list[Record]]] = field(default_factory=list)
    added: list[tuple[Record, Chain]] = field(default_factory=list)
    changed: list[Chain] = field(default_factory=list)
    there: list[str] = field(default_factory=list)


def why_not_changed(draft: Draft, item: Record) -> Problem | None:
    """Return why an order product that changes an earlier one cannot be carried, or None."""
    number, revised = item.get("OrderItemNumber"), item.get(REVISED)
    if not draft.options.amend_subscriptions:
        message = f"Order product {number} amends or renews an earlier one, and the option amend_subscriptions is off"
        return Problem("CPQ-413", _FIELD, message, "Turn the option on, or amend the subscription in Zuora by hand.")
    subscription = item.get("SBQQ__Subscription__r") or {}
    if not revised and subscription.get("SBQQ__RevisedSubscription__c"):
        message = f"Unable to locate a matching rate plan to amend for OrderItem/OrderProduct {number}"
        return Problem("CPQ-426", _FIELD, f"{message}: it names no revised order product")
    if not subscription.get("SBQQ__StartDate__c"):
        return Problem(
            "CPQ-405", "OrderItem.SBQQ__Subscription__r.SBQQ__StartDate__c", f"Order product {number} has no start date"
        )
    if draft.snapshot.sold.chain(item) is None:
        message = f"Unable to locate a matching rate plan to amend for OrderItem/OrderProduct {number}"
        return Problem("CPQ-426", _FIELD, f"{message}: the revised order product {revised} has no subscription")
    return None


def sort_items(
    draft: Draft, items: Sequence[Record], charges: Mapping[str, ItemCharges], *, sent: bool = False
) -> Sorted:
    """Return what contracted order products come to; the reasons why not are in the draft.

    Args:
        draft: The plan being made.
        items: The order products.
        charges: Their charges.
        sent: Whether Zuora has the order.
    """
    found = Sorted()
    later: dict[str, list[Record]] = {}
    changed: dict[str, Chain] = {}
    for item in items:
        chain = draft.snapshot.sold.chain(item)
        if _is_charged_once(charges[item["Id"]]) and chain is not None and not _begins(chain, item):
            _sort_once(draft, item, found)
        elif chain is None or _begins(chain, item):
            host = draft.snapshot.sold.host(item)
            adopted = [] if sent else linked(draft, item)
            if adopted:
                found.there += adopted
            elif host is not None:
                found.added.append((item, host))
            elif chain is None or chain.first["Id"] == item["Id"]:
                found.new.append((item, later.setdefault(item["Id"], [])))
            else:
                later.setdefault(chain.first["Id"], []).append(item)
        elif any(after.start <= before.start for before, after in pairwise(chain.sales)):
            _refuse_unbegun(draft, item)
        else:
            changed.setdefault(chain.first["Id"], chain)
    found.changed += changed.values()
    return found


def _refuse_unbegun(draft: Draft, item: Record) -> None:
    message = f"Order product {item.get('OrderItemNumber')} is about a subscription renewed before its first day"
    remedy = "Cancel it in Salesforce and sell it anew, or renew it from a later day."
    draft.refuse("CPQ-434", "OrderItem.SBQQ__Subscription__r.SBQQ__StartDate__c", message, remedy)


def linked(draft: Draft, item: Record) -> list[str]:
    """Return the numbers of the subscriptions whose rate plans carry an order product's id, or its schedules'."""
    ids = (item["Id"], *(schedule["Id"] for schedule in schedules_of(item)))
    rows = (row for external_id in ids for row in draft.state.subscribed.get(external_id, ()))
    return list(dict.fromkeys(row["subscription"]["name"] for row in rows))


def _begins(chain: Chain, item: Record) -> bool:
    """Return whether the order of an original order product begins its chain."""
    return chain.first["OrderId"] == item["OrderId"] and not item.get(REVISED)


def _is_charged_once(charges: ItemCharges) -> bool:
    return charges.base is not None and charges.base.type == "OneTime"


def _sort_once(draft: Draft, item: Record, found: Sorted) -> None:
    """Sort what is charged once: more of it, or its renewal, is a subscription of its own, less is not credited."""
    if not item.get(REVISED) or Decimal(item.get("Quantity") or 0) > 0:
        found.new.append((item, []))
    elif draft.options.one_time_refunds == "hold":
        less = plain(-Decimal(item.get("Quantity") or 0))
        message = (
            f"Order product {item.get('OrderItemNumber')} takes back {less} of product "
            f"{(item.get('Product2') or {}).get('Name')}, which is charged once; Zuora changes no one-time charge"
        )
        remedy = "Credit it in Zuora by hand and set the option one_time_refunds to keep, or change the amendment."
        draft.refuse("CPQ-434", _QUANTITY, message, remedy)
