"""Activate: the order and its products leave Draft, and are locked from then on; a contract may be amended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.records import items_of, order_of
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def activate(org: Org, order_id: str, *, moment: datetime | None = None) -> dict[str, Any]:
    """Do what the button Activate does.

    Args:
        org: The org.
        order_id: A draft order with at least one product.
        moment: When it happens, UTC; by default now.

    Returns:
        `{"orderId", "orderNumber", "status": "Activated"}`.

    Raises:
        SalesforceError: `NOT_FOUND`, or `FAILED_ACTIVATION` when it has no product or is no draft.
    """
    order = order_of(org, order_id)
    if order["StatusCode"] != "Draft":
        raise _refusal(f"Order {order['OrderNumber']} is not a draft: its status is {order['Status']}.")
    with org.store.transaction():
        org.store.update("Order", order["Id"], {"Status": "Activated"}, system=True)
        after_activation(org, order["Id"], moment=moment)
    return {"orderId": order["Id"], "orderNumber": order["OrderNumber"], "status": "Activated"}


def activate_contract(org: Org, contract_id: str, *, moment: datetime | None = None) -> dict[str, Any]:
    """Activate a contract, which amending and renewing wait for; once more does no harm.

    Returns:
        `{"contractId", "contractNumber", "status": "Activated"}`.

    Raises:
        SalesforceError: `NOT_FOUND`.
    """
    row = org.store.get("Contract", contract_id)
    if row is None or row["IsDeleted"]:
        raise SalesforceError(404, "NOT_FOUND", f"There is no contract with the id {contract_id}.")
    if row["StatusCode"] != "Activated":
        org.store.update("Contract", row["Id"], {"Status": "Activated"}, system=True)
        after_contract_activation(org, row["Id"], moment=moment)
    return {"contractId": row["Id"], "contractNumber": row["ContractNumber"], "status": "Activated"}


def after_contract_activation(org: Org, contract_id: str, *, moment: datetime | None = None) -> None:
    """Note who activated a contract, and when."""
    org.store.update("Contract", contract_id, _stamp(org, moment), system=True)


def _stamp(org: Org, moment: datetime | None) -> dict[str, Any]:
    return {
        "ActivatedDate": (moment or org.clock()).isoformat(timespec="seconds"),
        "ActivatedById": org.user_id or None,
    }


def after_activation(org: Org, order_id: str, *, moment: datetime | None = None) -> None:
    """Do what follows once the order's status says Activated: the date, and the products.

    Raises:
        SalesforceError: `FAILED_ACTIVATION` for an order without products.
    """
    items = items_of(org, order_id)
    if not items:
        raise _refusal("An order must have at least one product.")
    org.store.update("Order", order_id, _stamp(org, moment), system=True)
    _mark(org, items, {"SBQQ__Activated__c": True, "SBQQ__Status__c": "Activated"})


def after_deactivation(org: Org, order_id: str) -> None:
    """Do what follows once an activated order is a draft again: its products are drafts too.

    Raises:
        SalesforceError: A product is contracted; its box must be cleared first, as that of the order.
    """
    items = items_of(org, order_id)
    contracted = [str(item["OrderItemNumber"]) for item in items if item["SBQQ__Contracted__c"]]
    if contracted:
        message = f"An order with contracted products can't be deactivated: {', '.join(contracted)}."
        raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ("Status",))
    org.store.update("Order", order_id, {"ActivatedDate": None, "ActivatedById": None}, system=True)
    _mark(org, items, {"SBQQ__Activated__c": False, "SBQQ__Status__c": "Draft"})


def _mark(org: Org, items: list[dict[str, Any]], values: Mapping[str, Any]) -> None:
    for item in items:
        org.store.update("OrderItem", item["Id"], values, system=True)


def _refusal(message: str) -> SalesforceError:
    return SalesforceError(400, "FAILED_ACTIVATION", message, ("Status",))
