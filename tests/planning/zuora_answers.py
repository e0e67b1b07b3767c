"""What Zuora answers to the operations of a plan, and how it shows an order that it has made."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from decimal import Decimal
from typing import Any

import msgspec

from cpqbridge.planning.plan import Operation, SyncPlan, resolve
from cpqbridge.planning.state import ZuoraState

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def wire(body: Any) -> Any:
    """The body as it comes out of the wire."""
    return _decoder.decode(_encoder.encode(body))


def answer(operation: Operation, number: int) -> dict[str, Any]:
    """The answer to an operation, with ids that no other has."""
    if operation.name == "create_account":
        names = ("accountId", "billToContactId", "soldToContactId")
        ids = {name: f"{number}{at:031}" for at, name in enumerate(names)}
        return {"success": True, **ids, "accountNumber": f"A-{number}"}
    if operation.name == "create_order":
        return {"success": True, "orderNumber": operation.body["orderNumber"], "status": "Completed"}
    zuora_id = f"{number:032}"
    return {"success": True, "id": zuora_id, "Id": zuora_id, "Success": True}


def requests(plan: SyncPlan, state: ZuoraState) -> list[tuple[str, str, Any]]:
    """Carry a plan out in the state; return method, path and body of each request as they go over the wire."""
    answers: dict[str, Mapping[str, Any]] = {}
    sent = []
    for number, planned in enumerate(plan.operations):
        operation = Operation(
            planned.name,
            planned.key,
            planned.method,
            planned.path,
            resolve(planned.body, answers),
            (),
            resolve(planned.known, answers),
        )
        body = wire(operation.body)
        sent.append((operation.method, operation.path, body))
        answers[operation.key] = answer(operation, number)
        state.learn(operation, answers[operation.key])
        if operation.name == "create_order":
            state.orders[body["orderNumber"]] = shown(body)
    return sent


def shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """The order as `GET /v1/orders/{n}` gives it: some fields are left out, others are derived."""
    order: dict[str, Any] = {"status": "Completed", "currency": "USD", "description": None, **deepcopy(dict(body))}
    for sequence, subscription in enumerate(order.setdefault("subscriptions", [])):
        action = subscription["orderActions"][0]
        created = action["createSubscription"]
        subscription |= {"subscriptionNumber": created["subscriptionNumber"], "sequence": sequence, "ramp": None}
        action |= {"id": f"z-action-{sequence}", "sequence": 0, "orderItems": []}
        for plan in created["subscribeToRatePlans"]:
            del plan["externalCatalogPlanId"]
            for charge in plan["chargeOverrides"]:
                charge["productRateplanChargeId"] = charge.pop("productRatePlanChargeId")
    for number, line in enumerate(order.setdefault("orderLineItems", []), 1):
        line |= {"id": f"z-line-{number}", "itemNumber": str(number), "UOM": None}
        line.setdefault("description", None)
    return order
