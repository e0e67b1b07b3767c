"""Changing an order that exists: replace, activate, cancel, set trigger dates."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.create import (
    carry_out,
    check_content,
    order_fields,
    try_out,
    without_blanks,
)
from cpqbridge.sandbox.zuora.orders.find import account_of
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid
from cpqbridge.sandbox.zuora.orders.sizes import SYNCHRONOUS, check_size
from cpqbridge.sandbox.zuora.orders.states import STATES
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

_OPEN = ("Draft", "Scheduled")


def replace(tenant: Tenant, order: Row, body: Body) -> Row:
    """Give a Draft or Scheduled order a new content.

    Raises:
        Refusal: The order is of another status, or the content is refused.
    """
    _require(order, _OPEN, "updated")
    body = without_blanks(body)
    status = body.get("status") or order["status"]
    if status not in _OPEN:
        raise invalid("status: an order is completed by activating it, not by updating it.")
    if body.get("orderNumber") not in {None, order["orderNumber"]}:
        raise invalid("orderNumber cannot be changed.")
    account = account_of(tenant, order)
    if body.get("existingAccountNumber") not in {None, account["accountNumber"]} or body.get("newAccount"):
        raise invalid("The account of an order cannot be changed.")
    check_size(body, SYNCHRONOUS)
    check_content({**body, "status": status})
    with tenant.store.transaction():
        changes = {**order_fields(body), "status": status, "state": STATES[status]}
        changed = tenant.store.update("order", order["id"], changes)
        try_out(tenant, changed, account, body)
    return changed


def activate(tenant: Tenant, order: Row) -> Row:
    """Carry out a Draft order.

    Raises:
        Refusal: It is no Draft, or it can no longer be carried out.
    """
    _require(order, ("Draft",), "activated")
    return carry_out(tenant, order, account_of(tenant, order), order["_body"])


def cancel(tenant: Tenant, order: Row, reason: str | None) -> Row:
    """Cancel a Draft or Scheduled order.

    Raises:
        Refusal: It is of another status.
    """
    _require(order, _OPEN, "cancelled")
    changes = {"status": "Cancelled", "state": STATES["Cancelled"], "cancelReason": reason}
    return tenant.store.update("order", order["id"], changes)


def _require(order: Row, statuses: tuple[str, ...], verb: str) -> None:
    if order["status"] not in statuses:
        number, status = order["orderNumber"], order["status"]
        raise broken(f"Only an order of status {' or '.join(statuses)} can be {verb}; '{number}' is {status}.")
