"""The request that takes one order back in Zuora: by a cancelling order of its own, by reverting or by deleting it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cpqbridge.mapping.rule import Lineage
from cpqbridge.planning.existing import MOST_SUBSCRIPTIONS_NOW
from cpqbridge.planning.numbers import quoted, undo_number
from cpqbridge.planning.plan import Operation
from cpqbridge.planning.removal.effect import entry_has_effect, left_of
from cpqbridge.planning.removal.taken import Removal
from cpqbridge.planning.state import Row

_UNDO_RULE = "an order taken back"
_TRIGGER_DATES = ("ContractEffective", "ServiceActivation", "CustomerAcceptance")


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
        if entry_has_effect(removal, entry)
    ]
    returns = [_return(number, line, quantity) for line, quantity in left_of(held)]
    body |= {"subscriptions": entries} if entries else {}
    body |= {"orderLineItems": returns} if returns else {}
    for place, entry in enumerate(entries):
        action = f"/subscriptions/{place}/orderActions/0/cancelSubscription/cancellationEffectiveDate"
        put(action, entry["orderActions"][0]["cancelSubscription"]["cancellationEffectiveDate"])
    for place, line in enumerate(returns):
        put(f"/orderLineItems/{place}/quantity", line["quantity"])
    known = _known(removal, number, undo)
    return Operation("undo_order", f"order:{undo}", "POST", _orders(len(entries)), body, tuple(lines), known)


def _known(removal: Removal, number: str, order: str) -> dict[str, str]:
    """Return what is known of an operation: the order that it makes or changes, the one it takes back, and by what."""
    return {"order": order, "takes_back": number, "field": removal.source}


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
                "triggerDates": [{"name": name, "triggerDate": day} for name in _TRIGGER_DATES],
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
    known = _known(removal, number, number)
    return Operation("revert_order", f"order-reverted:{number}", "POST", path, body, lines, known)


def _delete(removal: Removal, number: str, held: Row) -> Operation:
    lines = (Lineage("", "/orderNumber", removal.source, _UNDO_RULE, number),)
    path = f"{_orders(len(held.get('subscriptions') or ()))}/{quoted(number)}"
    known = _known(removal, number, number)
    return Operation("delete_order", f"order-deleted:{number}", "DELETE", path, {}, lines, known)


UNDO: Mapping[str, Callable[[Removal, str, Row], Operation]] = {
    "cancel": _cancel,
    "revert": _revert,
    "delete": _delete,
}
"""By policy, what takes one Zuora order back."""
