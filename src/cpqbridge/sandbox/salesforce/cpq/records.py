"""How the verbs find and write records: orders by number or id, their items, the currency rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.addresses import derived
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.ids import is_id

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]


def order_of(org: Org, order_id: str) -> dict[str, Any]:
    """Return the order with that id.

    Raises:
        SalesforceError: 404 `NOT_FOUND`, or `ENTITY_IS_DELETED` for one in the recycle bin.
    """
    row = org.store.get("Order", order_id) if is_id(order_id) else None
    if row is None:
        raise SalesforceError(404, "NOT_FOUND", f"There is no order with the id {order_id}.")
    if row.get("IsDeleted"):
        raise SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted")
    return row


def order_id_of_number(org: Org, number: str) -> str:
    """Return the id of the order with that number.

    Raises:
        SalesforceError: 404 `NOT_FOUND`.
    """
    for row in org.store.find("Order", "OrderNumber", number):
        return str(row["Id"])
    raise SalesforceError(404, "NOT_FOUND", f"There is no order with the number {number}.")


def named_order(org: Org, order_id: str | None, number: str | None) -> str:
    """Return the id of the order that is named by either its id, which is not looked up, or its number.

    Raises:
        SalesforceError: 400 `INVALID_INPUT` when it is not named once, or 404 `NOT_FOUND`.
    """
    if order_id is not None and number is None:
        return order_id
    if number is None or order_id is not None:
        raise SalesforceError(400, "INVALID_INPUT", "Name the order by either 'orderId' or 'orderNumber'.")
    return order_id_of_number(org, number)


def named_contract(org: Org, contract_id: str | None, number: str | None) -> dict[str, Any]:
    """Return the contract that is named by either its id or its number, whatever its status.

    Raises:
        SalesforceError: 400 `INVALID_INPUT` when it is not named once, or 404 `NOT_FOUND`.
    """
    if (contract_id is None) == (number is None):
        raise SalesforceError(400, "INVALID_INPUT", "Name the contract by either 'contractId' or 'contractNumber'.")
    field, value = ("ContractNumber", number) if contract_id is None else ("Id", contract_id)
    rows = org.store.find("Contract", field, value) if contract_id is None or is_id(contract_id) else []
    if not rows:
        raise SalesforceError(404, "NOT_FOUND", f"There is no contract {value}.")
    return rows[0]


def items_of(org: Org, order_id: str) -> list[dict[str, Any]]:
    """Return the order's items that are not deleted, in the order of their numbers."""
    return sorted(org.store.find("OrderItem", "OrderId", order_id), key=lambda row: str(row["OrderItemNumber"]))


def add(org: Org, sobject: str, values: Mapping[str, Any]) -> str:
    """Insert a record as the package does and return its id; the currency is dropped in a single-currency org."""
    fields = org.store.catalogue.require(sobject)
    kept = {
        name: value for name, value in values.items() if name != "CurrencyIsoCode" or fields.field(name, hidden=True)
    }
    return org.store.insert(sobject, derived(fields, kept), system=True)


def copied(source: Row, names: Iterable[str]) -> dict[str, Any]:
    """Return the named fields of a row that are filled."""
    return {name: source[name] for name in names if source.get(name) is not None}


def day(value: str | None) -> date | None:
    """Read a date field."""
    return date.fromisoformat(value) if value else None
