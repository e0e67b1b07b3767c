"""An order that Zuora may have already: sent when it does not, else compared with what stands there.

What differs is held, or updated as far as Zuora lets it; what waits for a date that Salesforce has now is completed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cpqbridge.mapping.rule import Lineage, Mapped
from cpqbridge.planning.compare import Difference, order_differences, paired, same
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.numbers import quoted, undo_number
from cpqbridge.planning.phrases import phrase
from cpqbridge.planning.plan import Operation
from cpqbridge.planning.snapshot import children

MOST_SUBSCRIPTIONS_NOW = 50
"""Subscriptions and actions that one synchronous call takes; beyond, the call is asynchronous."""

NOT_BILLED = frozenset({"Draft", "Cancelled", "Failed", "Reverted"})
"""States in which an order stands in Zuora without any effect."""

PENDING = "Pending"
"""State of an order that waits for a trigger date."""

MOST_SHOWN = 5
"""Differences that a message shows."""

Row = Mapping[str, Any]


def send_or_compare(draft: Draft, mapped: Mapped, number: str, actions: int) -> None:
    """Send an order that Zuora does not have; else see to what differs, if anything does.

    Args:
        draft: The plan of the order.
        mapped: The body that creates it.
        number: Its number in Zuora.
        actions: How many subscriptions it creates and how many actions it has on others: decides which call it is.
    """
    held = draft.state.orders.get(number)
    if held is None:
        now = actions <= MOST_SUBSCRIPTIONS_NOW
        path = "/v1/orders" if now else "/v1/async/orders"
        draft.add("create_order", f"order:{number}", path, mapped, known={"order": number})
    elif not _is_without_effect(draft, held, number):
        _compare(draft, mapped, number, held)


def _is_without_effect(draft: Draft, held: Row, number: str) -> bool:
    """Refuse an order that stands in Zuora but bills nothing; return whether it does so."""
    undo = undo_number(number)
    if held.get("status") in NOT_BILLED:
        message = f"Order {number} exists in Zuora as {held['status']}: nothing of it is billed"
        remedy = "Complete the order in Zuora, or delete it there and sync again."
    elif undo in draft.state.orders and draft.state.orders[undo].get("status") not in NOT_BILLED:
        message = f"Order {number} was taken back in Zuora by order {undo}: nothing of it is billed"
        remedy = f"Delete the orders {undo} and {number} in Zuora and sync again, or sell it by a new order."
    else:
        return False
    draft.refuse("CPQ-416", "Order.OrderNumber", message, remedy)
    return True


def _compare(draft: Draft, mapped: Mapped, number: str, held: Row) -> None:
    missing = list(_missing_dates(mapped.body, held)) if held.get("status") == PENDING else []
    awaited = {one.target.rpartition("/")[0] for one in missing if one.value is not None}
    differences = [
        one
        for one in order_differences(mapped.body, held)
        if one.target not in awaited and not _has_moved(draft, one) and not _is_up_to_date(draft, one)
    ]
    if differences:
        if draft.options.changed_orders == "update":
            _update(draft, mapped, number, differences)
        else:
            _refuse(draft, mapped, number, differences)
    elif held.get("status") == PENDING:
        _complete(draft, mapped, number, missing)


# What waits for a date


class MissingDate(NamedTuple):
    """A trigger date that Zuora does not have yet.

    Attributes:
        subscription: Number of the subscription.
        sequence: Which of its actions, as Zuora counts.
        name: Such as `ServiceActivation`.
        value: The date, or None where Salesforce does not have it either.
        target: JSON pointer into the body.
    """

    subscription: str
    sequence: int
    name: str
    value: Any
    target: str


_LATER_DATES = ("ServiceActivation", "CustomerAcceptance")
"""The trigger dates that an order may wait for, in the order in which they come."""


def _missing_dates(body: Row, held: Row) -> Iterator[MissingDate]:
    pairs, _ = paired("subscriptions", body.get("subscriptions") or (), held.get("subscriptions") or ())
    for at, (ours, theirs) in enumerate(pairs):
        actions = paired("orderActions", ours["orderActions"], (theirs or {}).get("orderActions") or ())[0]
        for place, (wanted, action) in enumerate(actions):
            if theirs is None or action is None:
                continue
            prefix = f"/subscriptions/{at}/orderActions/{place}/triggerDates"
            there = {one.get("name") for one in action.get("triggerDates") or () if one.get("triggerDate")}
            given = {one["name"]: (spot, one["triggerDate"]) for spot, one in enumerate(wanted.get("triggerDates", ()))}
            for name in _LATER_DATES:
                if name not in there:
                    spot, value = given.get(name, (0, None))
                    target = f"{prefix}/{spot}/triggerDate"
                    yield MissingDate(theirs["subscriptionNumber"], action["sequence"], name, value, target)


def _complete(draft: Draft, mapped: Mapped, number: str, missing: Sequence[MissingDate]) -> None:
    """Send the dates that Salesforce has now; without any the order goes on waiting."""
    there = [one for one in missing if one.value is not None]
    if not there:
        _wait(draft, number, missing)
        return
    sources = {line.target: line for line in mapped.lineage}
    entries: dict[str, dict[int, list[dict[str, Any]]]] = {}
    lineage: list[Lineage] = []
    for one in there:
        actions = entries.setdefault(one.subscription, {})
        dates = actions.setdefault(one.sequence, [])
        place = (
            f"/subscriptions/{list(entries).index(one.subscription)}/orderActions/{list(actions).index(one.sequence)}"
        )
        lineage += _moved(sources, {one.target: f"{place}/triggerDates/{len(dates)}/triggerDate"})
        dates.append({"name": one.name, "triggerDate": one.value})
    subscriptions = [
        {
            "subscriptionNumber": subscription,
            "orderActions": [{"sequence": sequence, "triggerDates": dates} for sequence, dates in actions.items()],
        }
        for subscription, actions in entries.items()
    ]
    _put(
        draft,
        "complete_order",
        f"order-dates:{number}",
        f"/v1/orders/{quoted(number)}/triggerDates",
        {"subscriptions": subscriptions},
        lineage,
        {"order": number},
    )


def _wait(draft: Draft, number: str, missing: Sequence[MissingDate]) -> None:
    awaited = next((name for name in _LATER_DATES if any(one.name == name for one in missing)), _LATER_DATES[0])
    sources = [rule.source for rule in draft.tables.subscription.rules if rule.beside.get("name") == awaited]
    source = next((source for source in sources if isinstance(source, str) and source), None)
    message = f"Order {number} is Pending in Zuora: it waits for the {awaited} date, which Salesforce does not give"
    remedy = None
    if not draft.options.trigger_dates_on_orders:
        remedy = f"Fill {source or 'the date'} and set the option `trigger_dates_on_orders`, or fill it in Zuora."
    draft.refuse("CPQ-504", source, message, remedy)


# What differs


def _refuse(
    draft: Draft, mapped: Mapped, number: str, differences: Sequence[Difference], remedy: str | None = None
) -> None:
    products = _products(draft)
    shown = "; ".join(phrase(one, mapped.body, products) for one in differences[:MOST_SHOWN])
    more = f" and {len(differences) - MOST_SHOWN} more" if len(differences) > MOST_SHOWN else ""
    message = f"Order {number} exists in Zuora with other content: {shown}{more}"
    draft.refuse("CPQ-416", "Order.OrderNumber", message, remedy)


def _products(draft: Draft) -> dict[str, str]:
    """Return the names of products by subscription number, by rate plan number in Zuora and by order product id."""
    orders = draft.snapshot.orders.values()
    items = [*draft.snapshot.sold.items.values(), *(item for order in orders for item in children(order, "OrderItems"))]
    names: dict[str, str] = {}
    for item in items:
        name = (item.get("Product2") or {}).get("Name")
        number = (item.get("SBQQ__Subscription__r") or {}).get("Name")
        names |= {key: name for key in (item["Id"], number) if key and name and key not in names}
    for row in draft.state.subscriptions.values():
        plans = row.get("ratePlans") or ()
        names |= {
            str(plan.get("subscriptionRatePlanNumber")): plan["productName"] for plan in plans if "productName" in plan
        }
    return names


CUSTOM = "customFields"
_LINE_ALWAYS = frozenset({CUSTOM, "description", "productCode", "purchaseOrderNumber"})
_LINE_STATES = frozenset({"Executing", "Booked", "SentToBilling"})


class Update(NamedTuple):
    """A request that sets some of what differs: its operation's name, natural key and path."""

    name: str
    key: str
    path: str


def _update_of(number: str, difference: Difference) -> Update | None:
    """Return the request that sets one value of an order that Zuora has carried out, or None where none may."""
    parts, within = difference.target.strip("/").split("/"), difference.within
    match parts:
        case [name, _] if name == CUSTOM:
            return Update("update_order_fields", f"order-fields:{number}", f"/v1/orders/{quoted(number)}/{CUSTOM}")
        case ["subscriptions", _, name, _] if name == CUSTOM and within is not None:
            key = within["subscriptionNumber"]
            path = f"/v1/subscriptions/{quoted(key)}/{CUSTOM}"
            return Update("update_subscription_fields", f"subscription-fields:{key}", path)
        case ["orderLineItems", _, name, *_] if name in _LINE_ALWAYS and within is not None:
            if name != CUSTOM and within.get("itemState") not in _LINE_STATES:
                return None
            key = within["id"]
            return Update("update_order_line_item", f"order-line-item:{key}", f"/v1/order-line-items/{quoted(key)}")
    return None


def _has_moved(draft: Draft, difference: Difference) -> bool:
    """Return whether the order's account was merged or moved since: what it sold is amended where it is."""
    return difference.target == "/existingAccountNumber" and draft.options.moved_subscriptions == "amend"


def _is_up_to_date(draft: Draft, difference: Difference) -> bool:
    """Return whether a subscription has a custom field as it should, which its order shows as it was sent."""
    update = _update_of("", difference)
    if update is None or update.name != "update_subscription_fields" or difference.within is None:
        return False
    row = draft.state.subscriptions.get(difference.within["subscriptionNumber"]) or {}
    name = difference.target.rpartition("/")[2]
    return name in row and same(difference.wanted, row[name])


def _update(draft: Draft, mapped: Mapped, number: str, differences: Sequence[Difference]) -> None:
    """Set what differs, or hold all of it when Zuora lets a part of it stay as it is only."""
    updates = [(_update_of(number, one), one) for one in differences]
    fixed = [one for update, one in updates if update is None]
    if fixed:
        _refuse(draft, mapped, number, fixed, "Zuora lets none of this be updated: amend the order that is wrong.")
        return
    sources = {line.target: line for line in mapped.lineage}
    bodies: dict[Update, dict[str, Any]] = {}
    lineage: dict[Update, list[Lineage]] = {}
    for update, one in updates:
        if update is None:
            continue
        keys = one.target.strip("/").split("/")
        keys = keys[-2:] if keys[-2] == CUSTOM else keys[-1:]
        inner = bodies.setdefault(update, {})
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = one.wanted
        lineage.setdefault(update, []).extend(_moved(sources, {one.target: "/" + "/".join(keys)}))
    for update, body in bodies.items():
        _put(draft, *update, body, lineage[update], {"order": number})


def _moved(sources: Mapping[str, Lineage], targets: Mapping[str, str]) -> Iterator[Lineage]:
    """Yield the lineage of values under their targets in another body."""
    for target, moved in targets.items():
        line = sources.get(target)
        if line is not None:
            yield Lineage("", moved, line.source, line.rule, line.value)


def _put(
    draft: Draft, name: str, key: str, path: str, body: Row, lineage: Sequence[Lineage], known: Mapping[str, Any]
) -> None:
    draft.operations.append(Operation(name, key, "PUT", path, body, tuple(lineage), known))
