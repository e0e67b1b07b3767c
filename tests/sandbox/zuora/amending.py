"""Order actions on existing subscriptions, and what is left of the subscription, for the tests of this folder."""

from __future__ import annotations

from typing import Any

from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Body, order
from tests.zuora_schema import check_request


def act(kind: str, content: Body | None = None, on: str | None = "2026-05-01", **fields: Any) -> Body:
    """An order action that takes effect on a day."""
    key = kind[0].lower() + kind[1:]
    dates = [{"name": "ContractEffective", "triggerDate": on}] if on else []
    return {"type": kind, "triggerDates": dates, **({key: content} if content is not None else {}), **fields}


def change(account: Body, number: str, *actions: Body, **fields: Any) -> Body:
    """An order with actions on one subscription."""
    return order(account, {"subscriptionNumber": number, "orderActions": list(actions)}, **fields)


def send(zuora: ZuoraClient, body: Body) -> str:
    """Create the order, whose body must be what the SDK would send; returns its number."""
    check_request("POST", "/v1/orders", body)
    answer = zuora.call("POST", "/v1/orders", body)
    assert answer["success"], answer["reasons"]
    return str(answer["orderNumber"])


def read(zuora: ZuoraClient, number: str, version: int | None = None) -> Body:
    """A subscription with all its segments."""
    path = f"/v1/subscriptions/{number}" + (f"/versions/{version}" if version else "")
    found: Body = zuora.call("GET", path, params={"charge-detail": "all-segments"})
    return found


def segments(subscription: Body, *fields: str) -> list[tuple[Any, ...]]:
    """Start and end of every segment of every charge, followed by other fields of it."""
    return [
        tuple(segment[name] for name in ("effectiveStartDate", "effectiveEndDate", *fields))
        for plan in subscription["ratePlans"]
        for charge in plan["ratePlanCharges"]
        for segment in charge["chargeSegments"]
    ]


def fields(record: Body, *names: str) -> tuple[Any, ...]:
    """Some fields of a record."""
    return tuple(record[name] for name in names)
