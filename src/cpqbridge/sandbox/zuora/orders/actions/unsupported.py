"""Order actions that this tenant does not carry out: recognised, checked by their tables, refused."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import broken, missing, unknown
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row


def apply(run: OrderRun, entry: dict[str, Any], action: dict[str, Any]) -> Row:
    """Refuse the action: first for what is wrong with it, else because it is not supported.

    Raises:
        Refusal: Always.
    """
    number = entry.get("subscriptionNumber")
    if not number:
        raise missing(f"subscriptionNumber is required for an order action of type {action['type']}.")
    if number not in run.subscriptions and not run.store.find("subscription", name=number, isLatestVersion=True):
        raise unknown(f"The subscription '{number}' does not exist.")
    raise broken(f"The order action '{action['type']}' is not supported by this tenant.")
