"""The order actions: one module for each, a registry of all eleven.

An action is a function ``(run, entry, action) -> orderAction row fields``, where `entry` is the element of
``subscriptions`` and `action` the element of its ``orderActions``. It writes into the store inside the order's
transaction and raises a refusal when it cannot be carried out; everything is then rolled back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.orders.actions import (
    add_product,
    cancel_subscription,
    change_plan,
    create_subscription,
    owner_transfer,
    remove_product,
    renew_subscription,
    resume,
    suspend,
    terms_and_conditions,
    update_product,
)
from cpqbridge.sandbox.zuora.orders.reasons import invalid, missing
from cpqbridge.sandbox.zuora.orders.run import OrderRun
from cpqbridge.sandbox.zuora.store import Row

Body = dict[str, Any]
Apply = Callable[[OrderRun, Body, Body], Row]


@dataclass(frozen=True, slots=True)
class ActionType:
    """One type of order action.

    Attributes:
        body_key: Field of the action that holds its body.
        apply: Carries it out.
        may_be_absent: Whether the body may be left out.
    """

    body_key: str
    apply: Apply
    may_be_absent: bool = False


#: By ``type``.
REGISTRY: dict[str, ActionType] = {
    "CreateSubscription": ActionType("createSubscription", create_subscription.apply),
    "AddProduct": ActionType("addProduct", add_product.apply),
    "UpdateProduct": ActionType("updateProduct", update_product.apply),
    "RemoveProduct": ActionType("removeProduct", remove_product.apply),
    "CancelSubscription": ActionType("cancelSubscription", cancel_subscription.apply),
    "RenewSubscription": ActionType("renewSubscription", renew_subscription.apply, may_be_absent=True),
    "TermsAndConditions": ActionType("termsAndConditions", terms_and_conditions.apply),
    "OwnerTransfer": ActionType("ownerTransfer", owner_transfer.apply),
    "Suspend": ActionType("suspend", suspend.apply),
    "Resume": ActionType("resume", resume.apply),
    "ChangePlan": ActionType("changePlan", change_plan.apply),
}

_BODY_KEYS = {action.body_key for action in REGISTRY.values()}


def apply(run: OrderRun, entry: Body, action: Body) -> Row:
    """Carry out one action; returns row fields for its ``orderAction``.

    Raises:
        Refusal: The action's body is missing or is that of another type, or the action cannot be carried out.
    """
    kind = REGISTRY[action["type"]]
    present = {name for name in _BODY_KEYS if action.get(name) is not None}
    if present - {kind.body_key}:
        raise invalid(f"An order action of type {action['type']} must not hold {', '.join(sorted(present))}.")
    if not present and not kind.may_be_absent:
        raise missing(f"{kind.body_key} is required for an order action of type {action['type']}.")
    return kind.apply(run, entry, action)
