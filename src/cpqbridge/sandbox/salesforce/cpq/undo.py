"""Undo: take an order back wholly, as an administrator does.

What contracting made is deleted (subscriptions, assets, contracts), what it noted on earlier subscriptions is cleared,
the boxes are unticked, the order is a draft again, and may then be deleted. What was built on it must be undone first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.activate import after_deactivation
from cpqbridge.sandbox.salesforce.cpq.bodies import Undoing
from cpqbridge.sandbox.salesforce.cpq.chains import SUBSCRIPTION, chain_of, segments_of
from cpqbridge.sandbox.salesforce.cpq.records import items_of, named_order, order_of
from cpqbridge.sandbox.salesforce.deletion import remove
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

_NOT_RENEWED: Mapping[str, Any] = {
    "SBQQ__RenewalForecast__c": False,
    "SBQQ__RenewalQuoted__c": False,
    "SBQQ__RenewalOpportunity__c": None,
    "SBQQ__ExpirationDate__c": None,
}


@dataclass(frozen=True)
class _Made:
    """What contracting an order made."""

    subscriptions: list[dict[str, Any]]
    assets: list[dict[str, Any]]
    contracts: list[dict[str, Any]]


def undo(org: Org, body: Undoing) -> dict[str, Any]:
    """Take an order back.

    Returns:
        `{"status": "Draft"|"Deleted", "orderId", "orderNumber", "subscriptions", "assets", "contracts"}`, the last
        three naming what is gone.

    Raises:
        SalesforceError: `NOT_FOUND`, or `FIELD_CUSTOM_VALIDATION_EXCEPTION` when something was built on the order.
    """
    order = order_of(org, named_order(org, body.order_id, body.order_number))
    items = items_of(org, order["Id"])
    made = _made(org, order, items)
    later = sorted(_built_on(org, items, made))
    if later:
        message = f"Order {order['OrderNumber']} cannot be undone before {', '.join(later)}."
        raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message)
    with org.store.transaction():
        _forget_endings(org, items)
        for sobject, rows in ((SUBSCRIPTION, made.subscriptions), ("Asset", made.assets), ("Contract", made.contracts)):
            for row in rows:
                remove(org, sobject, row["Id"])
        _deactivate(org, order, items)
        if body.delete:
            _unorder(org, order)
    return {
        "status": "Deleted" if body.delete else "Draft",
        "orderId": order["Id"],
        "orderNumber": order["OrderNumber"],
        "subscriptions": [row["Name"] for row in made.subscriptions],
        "assets": [row["Id"] for row in made.assets],
        "contracts": [row["ContractNumber"] for row in made.contracts],
    }


def _made(org: Org, order: Row, items: Iterable[Row]) -> _Made:
    ids = [str(item["Id"]) for item in items]
    return _Made(
        [row for item in ids for row in org.store.find(SUBSCRIPTION, "SBQQ__OrderProduct__c", item)],
        [row for item in ids for row in org.store.find("Asset", "SBQQ__OrderProduct__c", item)],
        org.store.find("Contract", "SBQQ__Order__c", order["Id"]),
    )


def _built_on(org: Org, items: Iterable[Row], made: _Made) -> set[str]:
    """Return the numbers of the orders that revise, renew or share what an order made."""
    own = {str(item["Id"]) for item in items}
    find = org.store.find
    later = [row for item in own for row in find("OrderItem", "SBQQ__RevisedOrderProduct__c", item)]
    renewing = [("SBQQ__RenewedSubscription__c", row["Id"]) for row in made.subscriptions]
    renewing += [("SBQQ__RenewedAsset__c", row["Id"]) for row in made.assets]
    lines = [line for field, sold in renewing for line in find("SBQQ__QuoteLine__c", field, sold)]
    later += [row for line in lines for row in find("OrderItem", "SBQQ__QuoteLine__c", line["Id"])]
    later += [row for one in made.contracts for row in find("OrderItem", "SBQQ__Contract__c", one["Id"])]
    parts = [row for sold in made.subscriptions for row in find(SUBSCRIPTION, "SBQQ__RequiredById__c", sold["Id"])]
    later += [org.store.get("OrderItem", row["SBQQ__OrderProduct__c"] or "") or {} for row in parts]
    ids = {str(row["OrderId"]) for row in later if row and row["Id"] not in own}
    orders = [order for one in ids if (order := org.store.get("Order", one))]
    return {str(order["OrderNumber"]) for order in orders if order["StatusCode"] != "Draft"}


def _forget_endings(org: Org, items: Iterable[Row]) -> None:
    """Take back what contracting noted on the subscriptions that the order ended or renewed."""
    for item in items:
        line = org.store.get("SBQQ__QuoteLine__c", item.get("SBQQ__QuoteLine__c") or "") or {}
        ended = chain_of(org, line.get("SBQQ__UpgradedSubscription__c") or "")
        if ended and item.get("SBQQ__TerminatedDate__c"):
            for piece in ended.pieces:
                org.store.update(SUBSCRIPTION, piece.id, {"SBQQ__TerminatedDate__c": None}, system=True)
            if ended.item:
                clear = {"SBQQ__TerminatedDate__c": None, "SBQQ__TerminatedBy__c": None}
                org.store.update("OrderItem", ended.item, clear, system=True)
        renewed = chain_of(org, line.get("SBQQ__RenewedSubscription__c") or "")
        for segment in segments_of(org, renewed) if renewed else ():
            for piece in segment.pieces:
                org.store.update(SUBSCRIPTION, piece.id, {"SBQQ__RenewedDate__c": None}, system=True)
        if renewed:
            org.store.update("Contract", renewed.original["SBQQ__Contract__c"], _NOT_RENEWED, system=True)


def _deactivate(org: Org, order: Row, items: Iterable[Row]) -> None:
    for item in items:
        org.store.update("OrderItem", item["Id"], {"SBQQ__Contracted__c": False}, system=True)
    org.store.update("Order", order["Id"], {"SBQQ__Contracted__c": False, "Status": "Draft"}, system=True)
    after_deactivation(org, order["Id"])


def _unorder(org: Org, order: Row) -> None:
    """Delete the order; its quote and opportunity are not ordered any more."""
    remove(org, "Order", order["Id"])
    for sobject, identifier in (("SBQQ__Quote__c", order["SBQQ__Quote__c"]), ("Opportunity", order["OpportunityId"])):
        if identifier:
            org.store.update(sobject, identifier, {"SBQQ__Ordered__c": False}, system=True)
