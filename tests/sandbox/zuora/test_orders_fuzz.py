"""Whatever stands in a field of an order: an order or a refusal comes back, never a fault of the tenant."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ACCOUNT
from tests.sandbox.zuora.ordering import InProcess, line, make_catalog, order, plan_override, subscription, termed
from tests.zuora_schema import check_response

RESOURCES = ("auth", "accounts", "orders")
VALUES: list[Any] = [None, "", -1, [], {}, "x", 10**9, "2026-99-99", [None], Decimal("1.5")]
TIERS = [
    {"tier": 1, "startingUnit": 0, "endingUnit": 10, "price": 1, "priceFormat": "PerUnit"},
    {"tier": 2, "startingUnit": Decimal("10.01"), "price": 1, "priceFormat": "PerUnit"},
]

Path = tuple[str | int, ...]


def full_order(tenant: Tenant, account: dict[str, Any]) -> dict[str, Any]:
    """An order that uses many fields."""
    catalog = make_catalog(tenant)
    per_unit = {"listPrice": 1, "quantity": 2, "listPriceBase": "Per_Specific_Months", "specificListPriceBase": 12}
    seats = plan_override(
        catalog,
        "Seats",
        {"recurringPerUnit": per_unit},
        billing={"billingPeriod": "Specific_Months", "specificBillingPeriod": 2},
        startDate={"triggerEvent": "SpecificDate", "specificTriggerDate": "2026-03-01"},
        endDate={"endDateCondition": "Fixed_Period", "upToPeriods": 2, "upToPeriodsType": "Billing_Periods"},
    )
    storage = plan_override(catalog, "Storage", {"recurringTiered": {"quantity": 1, "tiers": TIERS}})
    terms = termed() | {"renewalTerms": [{"period": 12, "periodType": "Month"}]}
    entry = subscription(catalog, terms=terms, subscribeToRatePlans=[seats, storage])
    entry["orderActions"][0]["triggerDates"] = [{"name": "ContractEffective", "triggerDate": "2026-02-01"}]
    item = line(listPricePerUnit=60, inlineDiscountType="Percentage", inlineDiscountPerUnit=10)
    del item["amountPerUnit"]
    return order(account, entry, orderLineItems=[item])


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value, but the whole."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def replaced(value: Any, path: Path, new: Any) -> Any:
    """The same JSON with another value in one place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@pytest.mark.parametrize("new", VALUES, ids=repr)
def test_an_order_or_a_refusal(tenant: Tenant, new: Any) -> None:
    client = InProcess(tenant, RESOURCES)
    _, account = client.call("POST", "/v1/accounts", ACCOUNT)
    body = full_order(tenant, account)
    assert client.call("POST", "/v1/orders", body)[1]["success"]
    for path in paths(body):
        status, answer = client.call("POST", "/v1/orders", replaced(body, path, new))
        check_response("POST", "/v1/orders", answer)
        assert status in {200, 400}, (path, answer)
        if answer["success"]:
            number = answer["orderNumber"]
            check_response("GET", f"/v1/orders/{number}", client.call("GET", f"/v1/orders/{number}")[1])
