"""What creating or activating an order answers, by the API version of the call."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.billing.api_order import documents_of
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Result = dict[str, Any]

#: Oldest minor version, whose answers hold ``subscriptionNumbers``.
FIRST_VERSION = "186.0"

#: First numbered minor version that answers ``subscriptions`` instead of ``subscriptionNumbers``.
FIRST_WITH_SUBSCRIPTIONS = 223.0


def lists_subscriptions(version: str) -> bool:
    """Whether a minor version answers ``subscriptions``; dated versions do."""
    try:
        return float(version) >= FIRST_WITH_SUBSCRIPTIONS
    except ValueError:
        return True


def order_result(tenant: Tenant, order: Row, *, version: str, return_ids: bool = False) -> Result:
    """The answer's fields, without the envelope.

    Args:
        tenant: Whose order it is.
        order: The order's row.
        version: Minor version of the call.
        return_ids: Whether the ids are asked for too.
    """
    store = tenant.store
    account = store.get("account", order["accountId"]) or {}
    result: Result = {"orderNumber": order["orderNumber"], "accountNumber": account.get("accountNumber")}
    if return_ids:
        result |= {"orderId": order["id"], "accountId": order["accountId"]}
    result["status"] = order["status"]
    rows = store.find("orderAction", orderId=order["id"])
    subscriptions = {row["subscriptionNumber"]: row["subscriptionId"] for row in rows}
    if lists_subscriptions(version):
        result["subscriptions"] = [_subscription(tenant, key, rows, return_ids) for key in subscriptions.values()]
    else:
        result["subscriptionNumbers"] = list(subscriptions)
        if return_ids:
            result["subscriptionIds"] = list(subscriptions.values())
    ramps = store.find("ramp", orderId=order["id"])
    if ramps:
        result["ramps"] = [
            {"rampNumber": ramp["number"], "subscriptionNumber": ramp["subscriptionNumber"]} for ramp in ramps
        ]
    lines = store.find("orderLineItem", orderId=order["id"])
    if lines:
        result["orderLineItems"] = [{"id": line["id"], "itemNumber": line["itemNumber"]} for line in lines]
    return result | documents_of(tenant, order, return_ids=return_ids)


def _subscription(tenant: Tenant, subscription_id: str, actions: list[Row], return_ids: bool) -> Result:
    row = tenant.store.get("subscription", subscription_id) or {}
    owner = tenant.store.get("account", row.get("accountId", "")) or {}
    result: Result = {
        "subscriptionNumber": row.get("name"),
        "subscriptionOwnerNumber": owner.get("accountNumber"),
        "status": row.get("status"),
    }
    if return_ids:
        mine = [action for action in actions if action["subscriptionId"] == subscription_id]
        result |= {
            "subscriptionId": subscription_id,
            "subscriptionOwnerId": owner.get("id"),
            "OrderActions": [{"id": action["id"], "type": action["type"]} for action in mine],
        }
    return result
