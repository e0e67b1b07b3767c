"""Ramp deals: a subscription's time, or a part of it, cut into intervals over some of its charges.

The intervals only say which stretches belong together (Zuora makes metrics of them). What differs between them is said
by the actions of the order, such as one UpdateProduct on the first day of each interval.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.orders.dates import day
from cpqbridge.sandbox.zuora.orders.reasons import broken, invalid, missing, off, unknown
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.ramp_view import ramp_view
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

_DISCOUNTS = {"DiscountFixedAmount", "DiscountPercentage"}
_INTERVAL = ("name", "description", "startDate", "endDate")


def check_feature(tenant: Tenant) -> None:
    """Refuse ramps where the tenant does not have them.

    Raises:
        Refusal: The feature is off.
    """
    if not tenant.settings.ramps:
        raise off("Ramp deals are not enabled for this tenant.")


def set_ramp(run: OrderRun, body: Body | None) -> None:
    """Give the subscription of the present entry a ramp, another one, or none, after all its actions.

    Args:
        run: The order.
        body: ``ramp`` of the entry, checked against its table; None leaves what there is.

    Raises:
        Refusal: The intervals do not follow each other inside the subscription, or a charge is not one of it.
    """
    subscription = run.store.get("subscription", run.subscriptions.get(run.current or "", "")) if body else None
    if not body or subscription is None:
        return
    old = run.store.get("ramp", subscription.get("rampId") or "")
    if body.get("delete"):
        if old is None:
            raise broken(f"The subscription '{subscription['name']}' has no ramp that could be deleted.")
        run.store.update("subscription", subscription["id"], {"rampId": None})
        return
    row = {
        "number": old["number"] if old else run.tenant.number("ramp"),
        "name": body.get("name"),
        "description": body.get("description"),
        "intervals": _intervals(subscription, body.get("intervals") or []),
        "charges": _charges(run, subscription, body.get("charges")),
        "subscriptionNumber": subscription["name"],
        "orderId": run.order["id"],
    }
    made = run.store.insert("ramp", row)
    run.store.update("subscription", subscription["id"], {"rampId": made["id"]})


def ramp_of_order(tenant: Tenant, action: Row) -> Body:
    """The ramp that an order made for the subscription of one of its actions, as ``ramp`` of a read; else nothing."""
    number = action["subscriptionNumber"]
    rows = tenant.store.find("ramp", orderId=action["orderId"], subscriptionNumber=number)
    return {"ramp": ramp_view(rows[-1])} if rows else {}


def planned_ramp(body: Body | None) -> Body | None:
    """The ramp of an order that was not carried out, or that takes the ramp away, as a read shows it."""
    return {name: value for name, value in body.items() if name != "charges"} if body else None


def _intervals(subscription: Row, given: list[Body]) -> list[Body]:
    if not given:
        raise missing("ramp.intervals is required to create or update a ramp.")
    if not subscription["subscriptionEndDate"]:
        raise broken("ramp: an EVERGREEN subscription cannot have a ramp.")
    intervals = sorted(given, key=lambda item: str(item["startDate"]))
    for item in intervals:
        if item["endDate"] < item["startDate"]:
            raise broken(f"ramp.intervals: an interval ends on {item['endDate']}, before it starts.")
    for one, two in pairwise(intervals):
        if day(two["startDate"]) != day(one["endDate"]) + timedelta(days=1):
            raise broken(
                f"ramp.intervals must not have any overlap or gap: {one['endDate']} is not followed by "
                f"{two['startDate']}."
            )
    first, last = intervals[0]["startDate"], intervals[-1]["endDate"]
    if first < subscription["subscriptionStartDate"] or last >= subscription["subscriptionEndDate"]:
        raise broken(f"ramp.intervals: {first} to {last} lies beyond the subscription '{subscription['name']}'.")
    return [{name: item.get(name) for name in _INTERVAL} for item in intervals]


def _charges(run: OrderRun, subscription: Row, given: list[Body] | None) -> list[str]:
    """Numbers of the ramp's charges: those that are named, else all one-time and recurring regular ones."""
    rows = run.store.find("ratePlanCharge", subscriptionId=subscription["id"])
    regular = {
        row["chargeNumber"]: row
        for row in rows
        if row["chargeType"] in {"OneTime", "Recurring"} and stored("chargeModel", row["chargeModel"]) not in _DISCOUNTS
    }
    return list(regular) if given is None else [_named(run, regular, item) for item in given]


def _named(run: OrderRun, regular: dict[str, Row], item: Body) -> str:
    number, token = item.get("chargeNumber"), item.get("uniqueToken")
    if bool(number) == bool(token):
        raise invalid("ramp.charges: either chargeNumber or uniqueToken must be given.")
    for key, row in regular.items():
        if key == number or (token and token in run.tokens and row.get("_uniqueToken") == token):
            return key
    raise unknown(f"ramp.charges: the subscription has no one-time or recurring charge '{number or token}'.")
