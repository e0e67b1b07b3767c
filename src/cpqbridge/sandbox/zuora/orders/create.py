"""Creating an order: all of it, or nothing."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.billing.api_order import bill_order
from cpqbridge.sandbox.zuora.orders import actions
from cpqbridge.sandbox.zuora.orders.held import hold
from cpqbridge.sandbox.zuora.orders.lines import add_line_items
from cpqbridge.sandbox.zuora.orders.new_account import create_account
from cpqbridge.sandbox.zuora.orders.parties import active_account
from cpqbridge.sandbox.zuora.orders.processing import check_processing
from cpqbridge.sandbox.zuora.orders.ramps import check_feature, set_ramp
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, off
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.orders.sizes import SYNCHRONOUS, check_size
from cpqbridge.sandbox.zuora.orders.states import STATES
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]


class _Rollback(Exception):
    """Undoes what a trial run wrote."""


def create_order(tenant: Tenant, body: Body, *, limit: int = SYNCHRONOUS) -> Row:
    """Create an order from a body that was checked against its table, and return its row.

    A Draft or Scheduled order is carried out on trial, undone, and only stored. Null and empty fields count as absent.

    Raises:
        Refusal: Whatever is wrong with it; nothing is written then.
    """
    body = without_blanks(body)
    _check_request(tenant, body, limit)
    status = body.get("status") or "Completed"
    with tenant.store.transaction():
        account = _account(tenant, body)
        order = tenant.store.insert("order", _order_row(tenant, body, account, status))
        if status == "Completed":
            return carry_out(tenant, order, account, body)
        try_out(tenant, order, account, body)
        return order


def without_blanks(value: Any) -> Any:
    """The same JSON without the fields of objects that are null or empty texts."""
    if isinstance(value, dict):
        return {name: without_blanks(item) for name, item in value.items() if item is not None and item != ""}
    return [without_blanks(item) for item in value] if isinstance(value, list) else value


def carry_out(tenant: Tenant, order: Row, account: Row, body: Body) -> Row:
    """Carry out an order whose row exists: its actions, then its line items; returns the order's row.

    An order that changes a subscription and lacks a required trigger date changes nothing yet: it waits as Pending.

    Raises:
        Refusal: Whatever is wrong with it; nothing is written then.
    """
    run = OrderRun(tenant, order, account, body)
    with tenant.store.transaction():
        if _waits(run):
            return hold(run)
        status = "Pending" if run.pending else "Completed"
        changes = {"status": status, "state": STATES[status], "_currency": run.currency, "_body": body, "_held": False}
        return tenant.store.update("order", order["id"], changes | _billed(tenant, order, status, body))


def _billed(tenant: Tenant, order: Row, status: str, body: Body) -> Row:
    """Run billing when the order asks for it; gives row fields that name the documents."""
    options = body.get("processingOptions") or {}
    if status != "Completed" or not options.get("runBilling"):
        return {}
    return bill_order(tenant, order, options.get("billingOptions") or {})


def _waits(run: OrderRun) -> bool:
    """Carry out actions and line items; undo all of it when a change of a subscription waits for a trigger date."""
    try:
        with run.store.transaction():
            for position, entry in enumerate(run.body.get("subscriptions") or [], 1):
                _check_entry(run.tenant, entry)
                run.enter(entry.get("subscriptionNumber"))
                for sequence, action in enumerate(entry["orderActions"]):
                    _carry_out_action(run, entry, action, position, sequence)
                set_ramp(run, entry.get("ramp"))
            add_line_items(run, run.body.get("orderLineItems") or [])
            if run.held:
                raise _Rollback
    except _Rollback:
        return True
    return False


def try_out(tenant: Tenant, order: Row, account: Row, body: Body) -> Row:
    """Carry out an order, but for its billing, and undo it; returns the order's row as it would be.

    Raises:
        Refusal: Whatever is wrong with it.
    """
    try:
        with tenant.store.transaction():
            result = carry_out(tenant, order, account, {**body, "processingOptions": None})
            raise _Rollback
    except _Rollback:
        return result


def order_fields(body: Body) -> Row:
    """Row fields that an order takes from its body."""
    scheduling = body.get("schedulingOptions") or {}
    return {
        "orderDate": body["orderDate"],
        "category": body.get("category") or "NewSales",
        "description": body.get("description"),
        "reasonCode": body.get("reasonCode"),
        "scheduledDate": scheduling.get("scheduledDate"),
        "scheduledDatePolicy": scheduling.get("scheduledDatePolicy"),
        "isScheduled": bool(scheduling),
        "_body": body,
        **(body.get("customFields") or {}),
    }


def check_content(body: Body) -> None:
    """Refuse an order that does nothing, or whose scheduling does not fit its status.

    Raises:
        Refusal: It is empty, or scheduling options and status disagree.
    """
    if not body.get("subscriptions") and not body.get("orderLineItems"):
        raise missing("An order needs at least one of subscriptions and orderLineItems.")
    scheduled = (body.get("schedulingOptions") or {}).get("scheduledDate")
    if body.get("status") == "Scheduled" and not scheduled:
        raise missing("schedulingOptions.scheduledDate is required for an order of status Scheduled.")
    if scheduled and body.get("status") not in {"Scheduled", "Draft"}:
        raise invalid("schedulingOptions is only allowed for an order of status Scheduled or Draft.")
    check_processing(body.get("processingOptions"), billing=True)
    if body.get("commitments"):
        raise off("Commitments are not enabled for this tenant.")


def _check_request(tenant: Tenant, body: Body, limit: int) -> None:
    if not tenant.settings.orders:
        raise off("The Orders feature is not enabled for this tenant.")
    check_size(body, limit)
    check_content(body)


def _account(tenant: Tenant, body: Body) -> Row:
    number, new = body.get("existingAccountNumber"), body.get("newAccount")
    if number and new:
        raise invalid("Only one of existingAccountNumber and newAccount may be given.")
    if number:
        return active_account(tenant, number, "existingAccountNumber")
    if new:
        return create_account(tenant, new)
    raise missing("One of existingAccountNumber and newAccount is required.")


def _order_row(tenant: Tenant, body: Body, account: Row, status: str) -> Row:
    number = body.get("orderNumber") or tenant.number("order")
    if "/" in number:
        raise invalid("orderNumber must not contain a slash.")
    if tenant.store.find("order", orderNumber=number):
        raise broken(f"The order number '{number}' exists already.")
    return {
        "orderNumber": number,
        "accountId": account["id"],
        "status": status,
        "state": STATES[status],
        "createdByMigration": False,
        "reversionOrder": False,
        "externallyManagedBy": body.get("externallyManagedBy"),
        **order_fields(body),
    }


def _check_entry(tenant: Tenant, entry: Body) -> None:
    if entry.get("ramp"):
        check_feature(tenant)
    if not entry["orderActions"]:
        raise missing("subscriptions.orderActions must hold at least one order action.")
    if sum(action["type"] == "CreateSubscription" for action in entry["orderActions"]) > 1:
        raise invalid("A subscription can be created only once in an order.")


def _carry_out_action(run: OrderRun, entry: Body, action: Body, position: int, sequence: int) -> None:
    result = actions.apply(run, entry, action)
    row = {
        "orderId": run.order["id"],
        "type": action["type"],
        "sequence": sequence,
        "changeReason": action.get("changeReason"),
        "_position": position,
        "_entry": {key: value for key, value in entry.items() if key != "orderActions"},
        "_body": action,
        **result,
        **(action.get("customFields") or {}),
    }
    run.actions.append(run.store.insert("orderAction", row))
