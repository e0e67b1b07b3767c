"""Finding orders by number, with scheduled orders carried out when their day has come."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.envelopes import Refusal, Refusals, not_found
from cpqbridge.sandbox.zuora.orders.create import carry_out
from cpqbridge.sandbox.zuora.orders.reasons import unknown
from cpqbridge.sandbox.zuora.orders.states import STATES
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant


def order_of(tenant: Tenant, number: str, *, with_body: bool = False) -> Row:
    """The order with that number.

    Args:
        tenant: Whose order it is.
        number: Order number.
        with_body: Whether the request has a body, which decides the resource of the error code.

    Raises:
        Refusal: There is none (HTTP 404).
    """
    rows = tenant.store.find("order", orderNumber=number)
    if not rows:
        if with_body:
            error = unknown(f"The order '{number}' does not exist.")
            raise Refusal(error.code, error.message, 404)
        raise not_found(number)
    return execute_due(tenant, rows[0])


def account_of(tenant: Tenant, order: Row) -> Row:
    """The row of an order's account."""
    account = tenant.store.get("account", order["accountId"])
    if account is None:
        raise unknown(f"The account of order '{order['orderNumber']}' does not exist.")
    return account


def execute_due(tenant: Tenant, order: Row) -> Row:
    """Carry out a Scheduled order whose date has come; any other order is returned as it is."""
    if order["status"] != "Scheduled" or order["scheduledDate"] > tenant.today():
        return order
    try:
        return carry_out(tenant, order, account_of(tenant, order), order["_body"])
    except (Refusal, Refusals) as error:
        first = error.reasons[0] if isinstance(error, Refusals) else error
        changes = {"status": "Failed", "errorCode": str(first.code), "errorMessage": first.message}
        return tenant.store.update("order", order["id"], changes | {"state": STATES["Cancelled"]})
