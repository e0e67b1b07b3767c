"""Plans an order: accounts, catalog and contacts first, then the order with its subscriptions and line items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import combinations
from typing import Any

from cpqbridge.mapping.contact import Role
from cpqbridge.mapping.rule import Mapped, Problem, Record
from cpqbridge.mapping.subscription import CREATE
from cpqbridge.planning.account import ensure_account
from cpqbridge.planning.actions import Changes
from cpqbridge.planning.chain import REVISED, SEGMENT_KEY, is_change, is_renewal
from cpqbridge.planning.change import changes_of, invoice_owner
from cpqbridge.planning.charges import ItemCharges, charges_of
from cpqbridge.planning.contact import order_contact
from cpqbridge.planning.draft import AccountKey, Draft
from cpqbridge.planning.existing import send_or_compare
from cpqbridge.planning.gate import uncovered, unfinished
from cpqbridge.planning.line_item import map_line_item
from cpqbridge.planning.plan import Known, SyncPlan
from cpqbridge.planning.proof.residual import add_residual
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.sorting import Sorted, linked, sort_items, why_not_changed
from cpqbridge.planning.subscription import map_subscription

MOST_SUBSCRIPTIONS = 300
"""Subscriptions and actions that one order takes; beyond, the order is split."""
MOST_LINE_ITEMS = 100
_ACCOUNT = "existingAccountNumber"


@dataclass(slots=True)
class Part:
    """The items that one Zuora order carries; most orders are one part."""

    subscriptions: list[Record] = field(default_factory=list)
    line_items: list[Record] = field(default_factory=list)

    @property
    def actions(self) -> int:
        """How many order actions it comes to, at most in general: a renewal takes up to three."""
        return sum(3 if is_renewal(item) else 1 for item in self.subscriptions)

    def takes(self, other: Part) -> bool:
        """Return whether another part fits too."""
        return (
            self.actions + other.actions <= MOST_SUBSCRIPTIONS
            and len(self.line_items) + len(other.line_items) <= MOST_LINE_ITEMS
        )

    def add(self, other: Part) -> None:
        """Take another part's items in."""
        self.subscriptions += other.subscriptions
        self.line_items += other.line_items


def plan_order(draft: Draft, order: Record) -> SyncPlan:
    """Return the plan of one order. Source: guide "Order"; decisions 1, 2, 6 and 7."""
    record, number = f"Order:{order['Id']}", order["OrderNumber"]
    problem = unfinished(order)
    if problem is not None:
        draft.problems.append(problem)
        return draft.finish(record, number, {}, waiting=True)
    items = children(order, "OrderItems")
    if not items:
        draft.refuse("CPQ-418", "Order.OrderItems", f"Order {number} has no order products")
    reasons = (_stopped(draft, item) for item in items)
    draft.problems.extend(reason for reason in reasons if reason is not None)
    draft.problems.extend(_unsent(draft, order))
    known = _owners_and_contacts(draft, order, items) if not draft.problems else None
    found = {item["Id"]: charges_of(draft, order, item) for item in items} if known else {}
    charges = {item: charge for item, charge in found.items() if charge is not None}
    if known is not None and len(charges) == len(found):
        there = [
            _plan_part(draft, order, part, part_number(number, position), known, charges)
            for position, part in enumerate(split(items))
        ]
        _check_parts(draft, number)
        if all(there) and not draft.problems:
            draft.operations.clear()  # nothing is sold that needs the contacts and products
    own = [f"order:{one}" for one in part_numbers(order)]
    return draft.finish(record, number, _in_zuora(draft, order), own=own)


def _check_parts(draft: Draft, number: str) -> None:
    """Refuse parts that change the same subscription: each is worked out from how it stands before all of them."""
    bodies = [operation.body for operation in draft.operations if operation.name == "create_order"]
    changed = [{one.get("subscriptionNumber") for one in body.get("subscriptions", ())} - {None} for body in bodies]
    twice = sorted(set().union(*(one & other for one, other in combinations(changed, 2))))
    if twice:
        message = (
            f"Order {number} is too large for one order in Zuora, and several would change subscription {twice[0]}"
        )
        draft.refuse("CPQ-434", "Order.OrderItems", message, "Split it in Salesforce: one order for each subscription.")


def earlier_orders(snapshot: Snapshot, order: Record) -> tuple[str, ...]:
    """Return the numbers of the orders that must be in Zuora before an order, in the order in which they were made."""
    items = children(order, "OrderItems")
    return tuple(dict.fromkeys(number for item in items for number in snapshot.sold.earlier(item)))


def _unsent(draft: Draft, order: Record) -> list[Problem]:
    """Return why an order must not go before the first of the earlier ones that Zuora lacks."""
    missing = [number for number in earlier_orders(draft.snapshot, order) if number not in draft.state.sent]
    if not missing:
        return []
    why = draft.state.unsent.get(missing[0])
    message = f"Order {order['OrderNumber']} changes what order {missing[0]} sold, which is not in Zuora"
    if why is None:
        remedy = f"Sync order {order['OrderNumber']}: the earlier ones are carried first."
        return [Problem("CPQ-435", f"OrderItem.{REVISED}", f"{message} yet", remedy)]
    return [Problem("CPQ-435", f"OrderItem.{REVISED}", f"{message}: {why}")]


def _stopped(draft: Draft, item: Record) -> Problem | None:
    return why_not_changed(draft, item) if is_change(item) else uncovered(item)


def part_number(number: str, position: int) -> str:
    """Return the Zuora order number of a part: the Salesforce one, with `-2`, `-3` … for the further parts."""
    return number if position == 0 else f"{number}-{position + 1}"


def part_numbers(order: Record) -> list[str]:
    """Return the Zuora order numbers under which an order's parts are found."""
    parts = max(1, len(split(children(order, "OrderItems"))))
    return [part_number(order["OrderNumber"], position) for position in range(parts)]


def split(items: Sequence[Record]) -> list[Part]:
    """Return the parts of an order: each bundle, which stays together, goes into the first part that has room for it.

    An order of up to 300 subscriptions and 100 line items is one part; only a bundle beyond these limits is cut.
    """
    parts: list[Part] = []
    for bundle in _bundles(items):
        for piece in _pieces(bundle):
            part = next((part for part in parts if part.takes(piece)), None)
            if part is None:
                parts.append(piece)
            else:
                part.add(piece)
    return parts


def _bundles(items: Sequence[Record]) -> Iterable[list[Record]]:
    """Return the items grouped by bundle, bundles in the order of their first item."""
    bundles: dict[str, list[Record]] = {}
    for item in items:
        root = item.get("SBQQ__BundleRoot__c") or item.get("SBQQ__RequiredBy__c") or item.get(SEGMENT_KEY) or item["Id"]
        bundles.setdefault(root, []).append(item)
    return bundles.values()


def _pieces(bundle: Iterable[Record]) -> Iterator[Part]:
    """Yield a bundle as one part, or as several where it is beyond the limits by itself."""
    piece = Part()
    for item in bundle:
        one = Part([item], []) if item.get("SBQQ__Subscription__c") else Part([], [item])
        if not piece.takes(one):
            yield piece
            piece = Part()
        piece.add(one)
    yield piece


def _owners_and_contacts(draft: Draft, order: Record, items: Sequence[Record]) -> dict[str, Any] | None:
    """Plan the accounts and contacts that an order names; return what the mapping needs to know of them."""
    account = ensure_account(draft, order["AccountId"])
    invoice_owner = _owner(draft, order, "InvoiceOwner__c", account)
    subscription_owner = _owner(draft, order, "SubscriptionOwner__c", account)
    if account is None or invoice_owner is None or subscription_owner is None:
        return None
    has_line_items = any(not item.get("SBQQ__Subscription__c") for item in items)
    if has_line_items and invoice_owner.crm_id != account.crm_id:
        message = "Order line items are invoiced to the order's account; Zuora takes no other invoice owner for them"
        draft.refuse("CPQ-415", "Order.InvoiceOwner__c", message)
        return None
    owners: Mapping[Role, AccountKey] = {"billTo": invoice_owner, "soldTo": subscription_owner}
    contacts = {
        role: order_contact(draft, role, order, owner)
        for role, owner in owners.items()
        if has_line_items or draft.tables.subscription.writes(f"{CREATE}/{role}ContactId")
    }
    bill_to, sold_to = contacts.get("billTo"), contacts.get("soldTo")
    return {
        "account_number": account.number,
        "invoice_owner_number": invoice_owner.number,
        "subscription_owner_number": subscription_owner.number,
        "bill_to": bill_to,
        "sold_to": sold_to,
        "line_item_bill_to": bill_to,
        "line_item_sold_to": sold_to,
        "account_day": invoice_owner.bill_cycle_day,
    }


def opportunity_of(draft: Draft, order: Record) -> Record | None:
    """Return the opportunity of an order, or of its quote; None unless the option `sync_opportunity_fields` is on."""
    if not draft.options.sync_opportunity_fields:
        return None
    found: Record | None = order.get("Opportunity") or (order.get("SBQQ__Quote__r") or {}).get("SBQQ__Opportunity2__r")
    return found


def _owner(draft: Draft, order: Record, name: str, account: AccountKey | None) -> AccountKey | None:
    owner = order.get(name)
    return ensure_account(draft, owner) if owner else account


def _plan_part(
    draft: Draft, order: Record, part: Part, number: str, known: dict[str, Any], charges: Mapping[str, ItemCharges]
) -> bool:
    """Plan the order in Zuora that carries a part; return whether Zuora has the part from before instead."""
    roots = {"Order": order, "Opportunity": opportunity_of(draft, order) or {}}
    mapped = draft.map(draft.tables.order, draft.context(roots, **known, order_number=number))
    found = sort_items(draft, part.subscriptions, charges, sent=number in draft.state.orders)
    changed = changes_of(draft, order, number, found, known, charges)
    if changed and not found.new and not part.line_items:
        _bill_to_invoice_owner(draft, mapped, number, changed)
    subscriptions = _subscriptions(draft, order, found, changed, known, charges, mapped)
    if found.there and (subscriptions or draft.problems):
        _refuse_half(draft, number, found.there)
    if found.there:
        return True  # its line items are from before too
    if subscriptions:
        mapped.body["subscriptions"] = subscriptions
    lines: list[dict[str, Any]] = []
    for item in part.line_items:
        make = partial(map_line_item, draft, order, item, charges[item["Id"]], known)
        _add_body(draft, mapped, lines, item, make, "/orderLineItems")
    if number == order["OrderNumber"]:
        add_residual(draft, order, number, known, mapped, lines)
    if lines:
        mapped.body["orderLineItems"] = lines
    if not draft.problems and (subscriptions or lines):
        actions = sum(len(one["orderActions"]) for one in subscriptions)
        send_or_compare(draft, mapped, number, max(actions, len(subscriptions)))
    return False


def _subscriptions(
    draft: Draft,
    order: Record,
    found: Sorted,
    changed: Sequence[Changes],
    known: dict[str, Any],
    charges: Mapping[str, ItemCharges],
    mapped: Mapped,
) -> list[dict[str, Any]]:
    """Return the bodies of what changes, and of what begins."""
    bodies: list[dict[str, Any]] = []
    for changes in changed:
        place = f"/subscriptions/{len(bodies)}"
        actions = [
            action.body(draft, f"{place}/orderActions/{position}", mapped)
            for position, action in enumerate(changes.actions(draft))
        ]
        if actions:
            given = {"number": changes.standing.number, "renewed": bool(changes.terms)}
            context = draft.context({"Order": order, "OrderItem": changes.item}, **given)
            head = draft.map(draft.tables.changed_subscription, context, prefix=place, into=mapped).body
            bodies.append({**head, "orderActions": actions})
    for item, later in found.new:
        make = partial(map_subscription, draft, order, item, charges[item["Id"]], known, later=later)
        _add_body(draft, mapped, bodies, item, make, "/subscriptions")
    return bodies


def _bill_to_invoice_owner(draft: Draft, mapped: Mapped, number: str, changed: Sequence[Changes]) -> None:
    """Put an order that only changes subscriptions on the account that is invoiced for them, as Zuora has it.

    A repeat puts it where it was: what it changes may have been transferred since.
    """
    sent = draft.state.orders.get(number)
    account = sent.get("existingAccountNumber") if sent else invoice_owner(changed)
    if account and account != mapped.body.get(_ACCOUNT) and draft.options.moved_subscriptions == "amend":
        mapped.body[_ACCOUNT] = account
        pointer = f"/{_ACCOUNT}"
        mapped.lineage[:] = [
            replace(line, value=account) if line.pointer == pointer else line for line in mapped.lineage
        ]


def _refuse_half(draft: Draft, number: str, there: Sequence[str]) -> None:
    """Refuse an order of which Zuora has a part from before and lacks another: nobody can tell whether that is sold."""
    message = f"Of order {number} Zuora has {', '.join(dict.fromkeys(there))} from before, and lacks the rest"
    remedy = f"Adopt the rest too (`cpqbridge adopt order {number}`), or make it in Zuora first."
    draft.refuse("CPQ-441", "Order.OrderItems", message, remedy)


def _add_body(
    draft: Draft,
    mapped: Mapped,
    bodies: list[dict[str, Any]],
    item: Record,
    make: Callable[[str], Mapped | None],
    pointer: str,
) -> None:
    """Add what is made of an order product, with its lineage; problems say of which order product they are."""
    first = len(draft.problems)
    made = make(f"{pointer}/{len(bodies)}")
    draft.problems[first:] = [_named(problem, item) for problem in draft.problems[first:]]
    if made is not None:
        bodies.append(made.body)
        mapped.lineage += made.lineage


def _named(problem: Problem, item: Record) -> Problem:
    """Return a problem of an order product that says of which one, if it does not yet."""
    number, subscription = item.get("OrderItemNumber"), (item.get("SBQQ__Subscription__r") or {}).get("Name")
    own = (problem.field or "").startswith("OrderItem")
    if not own or not number or any(name and name in problem.message for name in (number, subscription)):
        return problem
    return replace(problem, message=f"Order product {number}: {problem.message}")


def _in_zuora(draft: Draft, order: Record) -> dict[str, Any]:
    """Return the numbers that Zuora has given already for this order."""
    account = draft.state.accounts.get(order["AccountId"])
    numbers = [number for number in part_numbers(order) if number in draft.state.orders]
    held = [draft.state.orders[number] for number in numbers]
    return {
        "accountNumber": account["AccountNumber"] if account else None,
        "orderNumber": numbers[0] if numbers else None,
        "subscriptions": [number for one in held for number in _subscription_numbers(one)] or _adopted(draft, order),
        "orderLineItems": [line.get("itemNumber") for one in held for line in one.get("orderLineItems") or ()],
    }


def _adopted(draft: Draft, order: Record) -> list[str]:
    """Return the numbers of the subscriptions that Zuora had from before."""
    items = children(order, "OrderItems")
    return list(dict.fromkeys(number for item in items for number in linked(draft, item)))


def _subscription_numbers(order: Mapping[str, Any]) -> Iterator[Known]:
    for subscription in order.get("subscriptions") or ():
        yield subscription["subscriptionNumber"]
