"""The platform's own rules for orders, order items and prices, beyond types and required fields.

The first to object wins. A rule may also complete the values, as the platform does (an item's product comes from
its price book entry).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_LOCKED_ORDER_FIELDS: Final = ("AccountId", "ContractId", "Pricebook2Id", "CurrencyIsoCode")
_LOCKED_ITEM_FIELDS: Final = ("Quantity", "UnitPrice")

# What cannot be deleted while an activated order, or any order product, refers to it.
_HOLDERS: Final[dict[str, tuple[str, str]]] = {
    "Account": ("Order", "AccountId"),
    "Pricebook2": ("Order", "Pricebook2Id"),
    "PricebookEntry": ("OrderItem", "PricebookEntryId"),
    "Product2": ("OrderItem", "Product2Id"),
}


@dataclass
class Change:
    """A write of one record: `before` is None on insert, `values` None on delete."""

    org: Org
    sobject: str
    record_id: str | None
    before: Mapping[str, Any] | None
    values: Any

    @property
    def changed(self) -> dict[str, Any]:
        """The written values that differ from the stored ones."""
        before = self.before or {}
        return {name: value for name, value in (self.values or {}).items() if before.get(name) != value}


Rule = Callable[[Change], None]


def apply_rules(change: Change) -> None:
    """Apply every rule of the record's object.

    Raises:
        SalesforceError: a rule objects.
    """
    for rule in _RULES.get(change.sobject, ()):
        rule(change)


def _refuse(code: str, message: str, *fields: str, status: int = 400) -> SalesforceError:
    return SalesforceError(status, code, message, fields)


def _read_only() -> SalesforceError:
    return _refuse("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id", status=403)


def _is_activated(order: Mapping[str, Any] | None) -> bool:
    return order is not None and order.get("StatusCode") == "Activated"


def _not_held(change: Change) -> None:
    """What orders are made of stays as long as they do."""
    if change.values is not None:
        return
    child, link = _HOLDERS[change.sobject]
    holders = change.org.store.find(child, link, change.record_id)
    numbers = [row[f"{child}Number"] for row in holders if child == "OrderItem" or _is_activated(row)]
    if numbers:
        name = (change.before or {}).get("Name")
        message = (
            f"Your attempt to delete {name} could not be completed because it is associated with the following "
            f"{'orders' if child == 'Order' else 'order products'}.: {', '.join(numbers)}"
        )
        raise _refuse("DELETE_FAILED", message)


def _order(change: Change) -> None:
    _order_status(change)
    if change.before is None:
        _reduction_order(change)
        return
    if change.values is None:
        if _is_activated(change.before):
            raise _refuse("DELETE_FAILED", "You can't delete an activated order. Deactivate it first.")
        return
    if _is_activated(change.before):
        _activated_order(change)
    elif change.changed.get("Status") == "Activated":
        _activation(change)


def _reduction_order(change: Change) -> None:
    """A reduction order needs the org's switch, and the activated order that it reduces."""
    values = change.values or {}
    if not values.get("IsReductionOrder"):
        return
    if not change.org.settings.enable_reduction_orders:
        message = "Reduction orders are not enabled for this organization."
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", message, "IsReductionOrder")
    if not _is_activated(change.org.store.get("Order", values.get("OriginalOrderId") or "")):
        message = "A reduction order must have an activated original order."
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", message, "OriginalOrderId")


def _order_status(change: Change) -> None:
    """A new order is a draft; later its status is one that the org has."""
    status = (change.values or {}).get("Status")
    field = change.org.store.catalogue.require("Order").field("Status", hidden=True)
    if status is not None and field and status not in (("Draft",) if change.before is None else field.picklist):
        message = "Choose a valid order status and save your changes. Ask your Salesforce admin for details."
        raise _refuse("FAILED_ACTIVATION", message, "Status")


def _activated_order(change: Change) -> None:
    if not change.org.settings.edit_activated_orders:
        raise _read_only()
    locked = [name for name in _LOCKED_ORDER_FIELDS if name in change.changed]
    if locked:
        message = f"You can't change {', '.join(locked)} of an activated order."
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", message, *locked)


def _activation(change: Change) -> None:
    items = [row for row in change.org.store.find("OrderItem", "OrderId", change.record_id) if not row["IsDeleted"]]
    if not items:
        raise _refuse("FAILED_ACTIVATION", "An order must have at least one product.")


def _order_item_parent(change: Change) -> None:
    order_id = (change.before or change.values)["OrderId"]
    order = change.org.store.get("Order", order_id)
    if not _is_activated(order):
        return
    if change.before is None or change.values is None:
        verb = "add products to" if change.before is None else "delete products from"
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", f"You can't {verb} an activated order.", "OrderId")
    if not change.org.settings.edit_activated_orders:
        raise _read_only()
    locked = [name for name in _LOCKED_ITEM_FIELDS if name in change.changed]
    if locked:
        message = f"You can't change {', '.join(locked)} of a product on an activated order."
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", message, *locked)


def _order_item_quantity(change: Change) -> None:
    quantity = (change.values or {}).get("Quantity")
    if quantity is None:
        return
    settings = change.org.settings
    if quantity == 0 and not settings.enable_zero_quantity:
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", "Quantity: the quantity can't be zero", "Quantity")
    if quantity < 0 and not settings.enable_negative_quantity:
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", "Quantity: the quantity can't be negative", "Quantity")


def _order_item_price(change: Change) -> None:
    """Take product and currency of a new item from its price book entry and order."""
    if change.before is not None or change.values is None:
        return
    store = change.org.store
    order = store.get("Order", change.values["OrderId"])
    entry = store.get("PricebookEntry", change.values.get("PricebookEntryId") or "")
    if order is None or entry is None:
        raise _refuse("REQUIRED_FIELD_MISSING", "Required fields are missing: [PricebookEntryId]", "PricebookEntryId")
    if order.get("Pricebook2Id") != entry["Pricebook2Id"]:
        message = (
            "field integrity exception: PricebookEntryId (pricebook entry is in a different pricebook than the one "
            "assigned to the order)"
        )
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", message, "PricebookEntryId")
    if order.get("CurrencyIsoCode") != entry.get("CurrencyIsoCode"):
        message = "The currency code of the price book entry does not match that of the order."
        raise _refuse("FIELD_INTEGRITY_EXCEPTION", message, "PricebookEntryId")
    change.values["Product2Id"] = entry["Product2Id"]
    if "CurrencyIsoCode" in order:
        change.values["CurrencyIsoCode"] = order["CurrencyIsoCode"]


def _price(change: Change) -> None:
    """A custom price needs a standard price in the same currency."""
    if change.before is not None or change.values is None:
        return
    store = change.org.store
    book = store.get("Pricebook2", change.values["Pricebook2Id"])
    if book is None or book["IsStandard"]:
        return
    currency = change.values.get("CurrencyIsoCode", change.org.settings.corporate_currency)
    for entry in store.find("PricebookEntry", "Product2Id", change.values["Product2Id"]):
        standard = store.get("Pricebook2", entry["Pricebook2Id"])
        if standard and standard["IsStandard"] and entry.get("CurrencyIsoCode", currency) == currency:
            return
    raise _refuse("STANDARD_PRICE_NOT_DEFINED", "Before creating a custom price, create a standard price.")


def _no_loop(change: Change) -> None:
    """An account may not be its own ancestor."""
    parent_id = (change.values or {}).get("ParentId")
    steps = 0
    while parent_id and change.record_id:
        if parent_id == change.record_id or steps > 500:
            raise _refuse("CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints", "ParentId")
        parent_id = (change.org.store.get("Account", parent_id) or {}).get("ParentId")
        steps += 1


def _contract(change: Change) -> None:
    """An activated contract is deleted only by who may."""
    allowed = change.org.settings.delete_activated_contracts
    if change.values is None and not allowed and (change.before or {}).get("StatusCode") == "Activated":
        raise _refuse("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")


def _not_revised(change: Change) -> None:
    """A subscription stays as long as what revises it."""
    if change.values is not None:
        return
    revisions = change.org.store.find(change.sobject, "SBQQ__RevisedSubscription__c", change.record_id)
    if revisions:
        message = (
            f"Your attempt to delete {(change.before or {}).get('Name')} could not be completed because it is "
            f"associated with the following subscriptions.: {', '.join(row['Name'] for row in revisions)}"
        )
        raise _refuse("DELETE_FAILED", message)


_RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "Account": (_no_loop, _not_held),
    "Contract": (_contract,),
    "Order": (_order,),
    "OrderItem": (_order_item_parent, _order_item_quantity, _order_item_price),
    "Pricebook2": (_not_held,),
    "PricebookEntry": (_price, _not_held),
    "Product2": (_not_held,),
    "SBQQ__Subscription__c": (_not_revised,),
}
