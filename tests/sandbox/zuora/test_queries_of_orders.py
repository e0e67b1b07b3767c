"""What an order on a catalog made by CRUD calls leaves behind, read by Object Query and ZOQL."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.zuora.catalogs import ONE_TIME, make_charge, make_plan, make_product
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import line, order, termed

CHARGES: dict[str, dict[str, Any]] = {
    "Seats": {"BillingPeriod": "Semi-Annual"},
    "Trial": {"EndDateCondition": "FixedPeriod", "UpToPeriods": 3, "UpToPeriodsType": "Months"},
    "Setup": {**ONE_TIME, "ChargeModel": "Flat Fee Pricing", "UOM": None},
}


@pytest.fixture
def ordered(zuora: ZuoraClient, account: dict[str, Any]) -> dict[str, Any]:
    product_id = make_product(zuora)
    plans = {name: make_plan(zuora, product_id, Name=name, ExternalRatePlanIds=[f"01t{name}"]) for name in CHARGES}
    charges = {name: make_charge(zuora, plans[name], Name=name, **fields) for name, fields in CHARGES.items()}
    adds = [
        {"externalCatalogPlanId": f"01t{name}", "externallyManagedPlanId": f"802{name}", "chargeOverrides": [
            {"productRatePlanChargeId": charges[name]}
        ]}
        for name in CHARGES
    ]  # fmt: skip
    create = {"subscriptionNumber": "S-1", "terms": termed(), "subscribeToRatePlans": adds}
    action = {"orderActions": [{"type": "CreateSubscription", "createSubscription": create}]}
    body = order(account, action, orderNumber="00000105", orderLineItems=[line(itemNumber="1")])
    answer: dict[str, Any] = zuora.call("POST", "/v1/orders", body)
    assert answer["success"], answer
    return {"plans": plans, "charges": charges, "account": account["accountId"]}


def test_every_kind_of_row_is_what_the_sdk_knows(zuora: ZuoraClient, ordered: dict[str, Any]) -> None:
    expand = "orderactions.subscription.rateplans.rateplancharges"
    [read] = zuora.call("GET", f"/object-query/orders?filter[]=orderNumber.EQ:00000105&expand[]={expand}")["data"]
    assert read["accountId"] == ordered["account"]
    plans = read["orderActions"][0]["subscription"]["ratePlans"]
    assert {plan["name"]: plan["externallyManagedPlanId"] for plan in plans} == {name: f"802{name}" for name in CHARGES}
    charges = {plan["name"]: plan["ratePlanCharges"][0] for plan in plans}
    assert charges["Seats"]["billingPeriod"] == "Semi-Annual"
    assert (charges["Trial"]["endDateCondition"], charges["Trial"]["effectiveEndDate"]) == ("FixedPeriod", "2026-05-01")
    assert charges["Setup"]["endDateCondition"] == "OneTime"
    kinds = ("order-line-items", "order-actions", "subscriptions", "rate-plans", "rate-plan-charges")
    for kind in (*kinds, "rate-plan-charge-tiers", "contacts", "accounts"):
        assert zuora.call("GET", f"/object-query/{kind}")["data"]
    assert zuora.call("GET", "/object-query/rate-plans?filter[]=externallymanagedplanid.EQ:802seats")["data"]


def test_zoql_reads_subscriptions_down_to_their_prices(zuora: ZuoraClient, ordered: dict[str, Any]) -> None:
    def ask(fields: str, source: str, key: str, value: str) -> Any:
        text = " ".join(["select", fields, "from", source, "where", key, "=", f"'{value}'"])
        return zuora.call("POST", "/v1/action/query", {"queryString": text})["records"]

    [subscription] = ask("Id, Status, TermEndDate", "Subscription", "Name", "S-1")
    assert (subscription["Status"], subscription["TermEndDate"]) == ("Active", "2027-02-01")
    [plan] = ask("Id, Name", "RatePlan", "ProductRatePlanId", ordered["plans"]["Seats"])
    [charge] = ask("ChargeModel, Quantity", "RatePlanCharge", "RatePlanId", plan["Id"])
    assert (charge["ChargeModel"], charge["Quantity"]) == ("Per Unit Pricing", 1)
    [tier] = ask("Price, Currency", "RatePlanChargeTier", "RatePlanChargeId", charge["Id"])
    assert (tier["Price"], tier["Currency"]) == (10, "USD")


def test_a_sold_product_cannot_be_deleted(zuora: ZuoraClient, ordered: dict[str, Any]) -> None:
    refused = zuora.json("DELETE", f"/v1/object/product-rate-plan-charge/{ordered['charges']['Seats']}")
    assert refused.status_code == 400
    assert "used by a subscription" in refused.json()["Errors"][0]["Message"]
