"""Plans what becomes in Zuora of an order that Salesforce has no more, or not as sold any more.

By the options `deleted_orders` and `deleted_invoiced_orders`: held for a person, cancelled, reverted or deleted. What
bills nothing (any more) is unchanged, so that a repeat writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cpqbridge.mapping.rule import Lineage, Record
from cpqbridge.planning.compare import effective_day
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.existing import MOST_SUBSCRIPTIONS_NOW, NOT_BILLED, PENDING
from cpqbridge.planning.gate import ACTIVATED
from cpqbridge.planning.numbers import quoted, undo_number
from cpqbridge.planning.plan import Operation, SyncPlan

Row = Mapping[str, Any]

FIELD = "Order.IsDeleted"
"""The field of Salesforce that a removal is about, where the order is deleted."""

_CREATED = "CreateSubscription"
_UNDO_RULE = "an order taken back"
_LATER_DATES = ("ContractEffective", "ServiceActivation", "CustomerAcceptance")


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


def part_of(number: str, candidate: str) -> bool:
    """Return whether a Zuora order number is that of an order or of one of its further parts."""
    return candidate == number or (candidate.startswith(f"{number}-") and candidate[len(number) + 1 :].isdigit())


def plan_removal(draft: Draft, removal: Removal) -> SyncPlan:
    """Return the plan that takes an order back in Zuora, part by part; unchanged where nothing of it has effect."""
    number = removal.order["OrderNumber"]
    parts = {key: held for key, held in sorted(removal.parts.items()) if part_of(number, key)}
    for key, held in parts.items():
        if _has_effect(removal, key, held):
            _plan_part(draft, removal, key, held)
    entries = [entry for held in parts.values() for entry in held.get("subscriptions") or ()]
    lines = [line for held in parts.values() for line in held.get("orderLineItems") or ()]
    first = next(iter(parts.values()), {})
    zuora = {
        "accountNumber": first.get("existingAccountNumber"),
        "orderNumber": next(iter(parts), None),
        "subscriptions": [entry["subscriptionNumber"] for entry in entries],
        "orderLineItems": [line.get("itemNumber") for line in lines],
    }
    return draft.finish(f"Order:{removal.order['Id']}", number, zuora)


# Does it still bill anything?


def _has_effect(removal: Removal, number: str, held: Row) -> bool:
    undo = removal.parts.get(undo_number(number))
    if held.get("status") in NOT_BILLED or (undo is not None and undo.get("status") not in NOT_BILLED):
        return False
    return any(_has_entry_effect(removal, entry) for entry in held.get("subscriptions") or ()) or any(_left(held))


def _has_entry_effect(removal: Removal, entry: Row) -> bool:
    """Return whether what an order did to a subscription counts still.

    It does not where the subscription was cancelled from before, or by somebody in Zuora since.
    """
    row = removal.subscriptions.get(entry["subscriptionNumber"])
    if row is None or row.get("status") != "Cancelled":
        return row is not None
    later = removal.later.get(entry["subscriptionNumber"], ())
    by_hand = bool(later) and later[-1].sold is None
    return not by_hand and str(row.get("subscriptionEndDate") or "9999") > _day(entry)


def _left(held: Row) -> Iterator[tuple[Row, Any]]:
    """Yield the line items of an order that are not taken back, each with the quantity that is left."""
    for line in held.get("orderLineItems") or ():
        available = line.get("quantityAvailableForReturn")
        quantity = line.get("quantity") if available is None else available
        if line.get("itemState") != "Canceled" and line.get("itemCategory") != "Return" and quantity:
            yield line, quantity


def _day(entry: Row) -> str:
    """Return the first day on which an order's actions on a subscription take effect."""
    return min((str(effective_day(action) or "") for action in entry.get("orderActions") or ()), default="")


def _creates(entry: Row) -> bool:
    return any(action.get("type") == _CREATED for action in entry.get("orderActions") or ())


# What becomes of it


def _plan_part(draft: Draft, removal: Removal, number: str, held: Row) -> None:
    through = _invoiced_through(removal, held)
    policy = draft.options.deleted_invoiced_orders if through else draft.options.deleted_orders
    if policy == "hold" or not removal.certain:
        draft.refuse("CPQ-438", removal.source, *_why_held(removal, number, held, through))
        return
    reason = _why_not(draft, removal, held, policy)
    if reason is None and policy == "cancel" and any(_left(held)) and draft.options.deleted_invoiced_orders == "hold":
        reason = (
            "its order line items may be invoiced",
            "Return them in Zuora, or set the option `deleted_invoiced_orders` to `cancel`.",
        )
    if reason is not None:
        why, remedy = reason
        draft.refuse("CPQ-439", removal.source, f"Order {number} {removal.reason}, but {why}", remedy)
        return
    draft.operations.append(_REMOVALS[policy](removal, number, held))


def _why_held(removal: Removal, number: str, held: Row, through: str | None) -> tuple[str, str | None]:
    """Return the message of an order that a person must decide about, and what to do."""
    what = [entry["subscriptionNumber"] for entry in held.get("subscriptions") or ()]
    what += [f"order line item {line['itemNumber']}" for line, _ in _left(held)]
    shown = ", ".join(what[:5]) + (f" and {len(what) - 5} more" if len(what) > 5 else "")
    billed = f", invoiced before {through}" if through else ""
    message = f"Order {number} {removal.reason} and stands in Zuora as {held.get('status')} with {shown}{billed}"
    if not removal.certain:
        return message, "Make sure that the integration user may see the order; if it is gone, take it back in Zuora."
    option = "deleted_invoiced_orders" if through else "deleted_orders"
    ways = "cancel its subscriptions" if through else "cancel, revert or delete it"
    remedy = (
        f"Decide what shall become of it: {ways} in Zuora, or set the option `{option}`; or restore it in Salesforce."
    )
    return message, remedy


def _invoiced_through(removal: Removal, held: Row) -> str | None:
    """Return the first day that is not invoiced of what an order did; None when nothing of it is invoiced."""
    found = []
    for entry in held.get("subscriptions") or ():
        since = "" if _creates(entry) else _day(entry)
        found += [
            through
            for segment in _segments(removal.subscriptions.get(entry["subscriptionNumber"]) or {})
            if (through := str(segment.get("chargedThroughDate") or "")) > since
        ]
    return max(found, default=None)


def _segments(subscription: Row) -> Iterator[Row]:
    for charge in _charges(subscription):
        yield from charge.get("chargeSegments") or (charge,)


def _charges(subscription: Row) -> Iterator[Row]:
    for plan in subscription.get("ratePlans") or ():
        yield from plan.get("ratePlanCharges") or ()


Reason = tuple[str, str | None]
"""Why an order cannot be taken back, to follow `but`, and what would help."""


def _why_not(draft: Draft, removal: Removal, held: Row, policy: str) -> Reason | None:
    """Return why Zuora would not let an order be taken back in a way, or would do more than that."""
    entries = [entry for entry in held.get("subscriptions") or () if _has_entry_effect(removal, entry)]
    numbers = [entry["subscriptionNumber"] for entry in entries]
    later = [one for number in numbers for one in removal.later.get(number, ()) if one.sold is not None]
    blocking = [one for one in later if one.sold] if policy == "cancel" else later
    if blocking:
        named = ", ".join(dict.fromkeys(one.number for one in blocking))
        return f"what it sold was changed by order {named} since", f"Take order {named} back first."
    if policy == "revert" and len(numbers) > 1:
        return f"Zuora reverts no order of several subscriptions ({len(numbers)} here)", None
    if policy != "cancel":
        return None
    amended = [entry["subscriptionNumber"] for entry in entries if not _creates(entry)]
    if amended:
        why = f"it changed {', '.join(amended[:5])}: cancelling would end what other orders sold"
        return why, "Revert or delete it in Zuora, or set the option `deleted_orders` to `revert` or `delete`."
    if held.get("status") == PENDING:
        return "it waits for a date in Zuora, where nothing of it can be cancelled", "Delete the order in Zuora."
    once = [number for number in numbers if _is_charged_once(removal.subscriptions.get(number) or {})]
    if once and draft.options.one_time_refunds == "hold":
        why = f"the one-time charges of {', '.join(once[:5])} would be billed all the same"
        return why, "Delete the order in Zuora, or set the option `one_time_refunds` to `keep`."
    return None


def _is_charged_once(subscription: Row) -> bool:
    return any(charge.get("type") == "OneTime" for charge in _charges(subscription))


# How


def _cancel(removal: Removal, number: str, held: Row) -> Operation:
    """Return the order that cancels what an order created, from its first day on, and returns its line items."""
    undo = undo_number(number)
    lines: list[Lineage] = []

    def put(pointer: str, value: Any, source: str | None = None) -> Any:
        lines.append(Lineage("", pointer, source, _UNDO_RULE, value))
        return value

    body: dict[str, Any] = {
        "orderNumber": put("/orderNumber", undo, "Order.OrderNumber"),
        "orderDate": put("/orderDate", held["orderDate"]),
        "existingAccountNumber": put("/existingAccountNumber", held["existingAccountNumber"]),
        "description": put("/description", f"Takes order {number} back: it {removal.reason}", removal.source),
    }
    entries = [
        _cancellation(entry["subscriptionNumber"], removal.subscriptions[entry["subscriptionNumber"]])
        for entry in held.get("subscriptions") or ()
        if _has_entry_effect(removal, entry)
    ]
    returns = [_return(number, line, quantity) for line, quantity in _left(held)]
    body |= {"subscriptions": entries} if entries else {}
    body |= {"orderLineItems": returns} if returns else {}
    for place, entry in enumerate(entries):
        action = f"/subscriptions/{place}/orderActions/0/cancelSubscription/cancellationEffectiveDate"
        put(action, entry["orderActions"][0]["cancelSubscription"]["cancellationEffectiveDate"])
    for place, line in enumerate(returns):
        put(f"/orderLineItems/{place}/quantity", line["quantity"])
    return Operation("undo_order", f"order:{undo}", "POST", _orders(len(entries)), body, tuple(lines), {"order": undo})


def _orders(subscriptions: int) -> str:
    """Return the address of orders: one call takes a few subscriptions only, the asynchronous one more."""
    return "/v1/orders" if subscriptions <= MOST_SUBSCRIPTIONS_NOW else "/v1/async/orders"


def _cancellation(number: str, row: Row) -> dict[str, Any]:
    """Return the entry that cancels a subscription from its first day on."""
    day = row["subscriptionStartDate"]
    return {
        "subscriptionNumber": number,
        "orderActions": [
            {
                "type": "CancelSubscription",
                "triggerDates": [{"name": name, "triggerDate": day} for name in _LATER_DATES],
                "cancelSubscription": {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": day},
            }
        ],
    }


_RETURNED = ("itemName", "itemType", "productCode", "productRatePlanChargeId", "amountPerUnit", "listPricePerUnit")
"""Fields of a line item that its return shares with it."""


def _return(number: str, line: Row, quantity: Any) -> dict[str, Any]:
    """Return the line item that returns what is left of another one."""
    day = line.get("billTargetDate") or line.get("transactionStartDate")
    return {
        "itemCategory": "Return",
        "itemState": "SentToBilling",
        "originalOrderNumber": number,
        "originalOrderLineItemNumber": line["itemNumber"],
        "quantity": quantity,
        "billTargetDate": day,
        "transactionStartDate": line.get("transactionStartDate"),
        **{name: line[name] for name in _RETURNED if line.get(name) is not None},
    }


def _revert(removal: Removal, number: str, held: Row) -> Operation:
    lines = (Lineage("", "/orderDate", removal.source, _UNDO_RULE, held["orderDate"]),)
    path = f"/v1/orders/{quoted(number)}/revert"
    body = {"orderDate": held["orderDate"]}
    return Operation("revert_order", f"order-reverted:{number}", "POST", path, body, lines, {"order": number})


def _delete(removal: Removal, number: str, held: Row) -> Operation:
    lines = (Lineage("", "/orderNumber", removal.source, _UNDO_RULE, number),)
    path = f"{_orders(len(held.get('subscriptions') or ()))}/{quoted(number)}"
    return Operation("delete_order", f"order-deleted:{number}", "DELETE", path, {}, lines, {"order": number})


_REMOVALS: Mapping[str, Callable[[Removal, str, Row], Operation]] = {
    "cancel": _cancel,
    "revert": _revert,
    "delete": _delete,
}
"""By policy, what takes one Zuora order back."""
