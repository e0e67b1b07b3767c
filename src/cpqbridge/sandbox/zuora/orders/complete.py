"""``triggerDates`` of a Pending order: fill in what is missing, complete it when nothing is."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.create import carry_out
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.find import account_of
from cpqbridge.sandbox.zuora.orders.held import forget_actions, with_dates
from cpqbridge.sandbox.zuora.orders.periods import effective_period
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, off, unknown
from cpqbridge.sandbox.zuora.orders.states import STATES
from cpqbridge.sandbox.zuora.orders.triggers import TriggerDates, complete
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

_FIELDS = {"ServiceActivation": "serviceActivationDate", "CustomerAcceptance": "customerAcceptanceDate"}


def set_trigger_dates(tenant: Tenant, order: Row, body: Body) -> Row:
    """Set trigger dates of a Pending order's actions and return the order's row.

    Raises:
        Refusal: The order is not Pending, or a subscription, action or date in the body does not fit.
    """
    if order["status"] != "Pending":
        raise broken(
            f"Trigger dates can be set on a Pending order only; '{order['orderNumber']}' is {order['status']}."
        )
    if order.get("_held"):
        return _carry_out_held(tenant, order, body)
    with tenant.store.transaction():
        for entry in body.get("subscriptions") or []:
            for given in entry.get("orderActions") or []:
                _set(tenant, order, entry["subscriptionNumber"], given)
        actions = tenant.store.find("orderAction", orderId=order["id"])
        versions = [tenant.store.get("subscription", action["subscriptionId"]) for action in actions]
        if any(row and row["status"].startswith("Pending") for row in versions):
            return tenant.store.update("order", order["id"], {})
        return tenant.store.update("order", order["id"], {"status": "Completed", "state": STATES["Completed"]})


def _set(tenant: Tenant, order: Row, number: str, given: Body) -> None:
    action = _action(tenant, order, number, given)
    changes = {_FIELDS[name]: when for name, when in _given_dates(given).items()}
    action = tenant.store.update("orderAction", action["id"], changes)
    dates = complete(
        day(action["contractEffectiveDate"]),
        _day(action["serviceActivationDate"]),
        _day(action["customerAcceptanceDate"]),
        tenant.settings,
    )
    _complete_action(tenant, action, dates)


def _action(tenant: Tenant, order: Row, number: str, given: Body) -> Row:
    """The action that an element of the body names."""
    if given.get("charges"):
        raise off("triggerDates.charges: charges with dates to be determined are not enabled for this tenant.")
    sequence = given["sequence"]
    actions = tenant.store.find("orderAction", orderId=order["id"], subscriptionNumber=number, sequence=sequence)
    if not actions:
        raise unknown(f"The order has no action {sequence} on subscription '{number}'.")
    return actions[0]


def _given_dates(given: Body) -> dict[str, Any]:
    dates: dict[str, Any] = {}
    for entry in given.get("triggerDates") or []:
        name = entry.get("name")
        if name not in _FIELDS:
            raise invalid("triggerDates: only ServiceActivation and CustomerAcceptance can be set on a Pending order.")
        dates[name] = entry.get("triggerDate")
    return dates


def _carry_out_held(tenant: Tenant, order: Row, body: Body) -> Row:
    """Carry out an order that waited, as far as its dates are there now."""
    dates: dict[tuple[str, int], dict[str, str]] = {}
    for entry in body.get("subscriptions") or []:
        for given in entry.get("orderActions") or []:
            action = _action(tenant, order, entry["subscriptionNumber"], given)
            key = (action["subscriptionNumber"], action["sequence"])
            dates.setdefault(key, {}).update(_given_dates(given))
    with tenant.store.transaction():
        completed = with_dates(tenant, order, dates)
        forget_actions(tenant, order)
        return carry_out(tenant, order, account_of(tenant, order), completed)


def _complete_action(tenant: Tenant, action: Row, dates: TriggerDates) -> None:
    activation, acceptance = (_text(dates.service_activation), _text(dates.customer_acceptance))
    tenant.store.update(
        "orderAction", action["id"], {"serviceActivationDate": activation, "customerAcceptanceDate": acceptance}
    )
    subscription = tenant.store.update(
        "subscription",
        action["subscriptionId"],
        {"status": dates.status, "serviceActivationDate": activation, "contractAcceptanceDate": acceptance},
    )
    for charge in tenant.store.find("ratePlanCharge", subscriptionId=subscription["id"]):
        if charge["effectiveStartDate"] is None:
            tenant.store.update("ratePlanCharge", charge["id"], _period(charge, subscription, dates))


def _period(charge: Row, subscription: Row, dates: TriggerDates) -> Row:
    end = {} if charge["chargeType"] == "OneTime" else {"specificEndDate": charge.get("specificEndDate")}
    return effective_period(charge, subscription, dates, {"endDate": end})


def _day(text: str | None) -> Any:
    return day(text) if text else None


def _text(value: Any) -> str | None:
    return value.isoformat() if value else None
