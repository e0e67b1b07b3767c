"""Bodies of catalog calls and a small catalog made through them."""

from __future__ import annotations

from typing import Any

from tests.sandbox.zuora.conftest import ZuoraClient

Body = dict[str, Any]

PRODUCT: Body = {
    "Name": "Router",
    "SKU": "R-1",
    "EffectiveStartDate": "2000-01-01",
    "EffectiveEndDate": "3000-01-01",
}


def plan_body(product_id: str, **changes: Any) -> Body:
    return {"Name": "Router plan", "ProductId": product_id, "ActiveCurrencies": ["USD", "EUR"], **changes}


def tiers(*prices: Body) -> Body:
    return {"ProductRatePlanChargeTier": list(prices)}


def charge_body(plan_id: str, **changes: Any) -> Body:
    """A recurring charge per unit; a change to None takes a field away."""
    body = {
        "Name": "Seats",
        "ProductRatePlanId": plan_id,
        "ChargeModel": "Per Unit Pricing",
        "ChargeType": "Recurring",
        "BillCycleType": "DefaultFromCustomer",
        "BillingPeriod": "Month",
        "TriggerEvent": "ContractEffective",
        "UOM": "Each",
        "ProductRatePlanChargeTierData": tiers({"Currency": "USD", "Price": 10}),
        "UseDiscountSpecificAccountingCode": False,
        "AccountingCode": "Accounts Receivable",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


ONE_TIME: Body = {"ChargeType": "OneTime", "BillingPeriod": None}


def make_product(zuora: ZuoraClient, **changes: Any) -> str:
    made: str = zuora.call("POST", "/v1/object/product", {**PRODUCT, **changes})["Id"]
    return made


def make_plan(zuora: ZuoraClient, product_id: str, **changes: Any) -> str:
    made: str = zuora.call("POST", "/v1/object/product-rate-plan", plan_body(product_id, **changes))["Id"]
    return made


def make_charge(zuora: ZuoraClient, plan_id: str, **changes: Any) -> str:
    made: str = zuora.call("POST", "/v1/object/product-rate-plan-charge", charge_body(plan_id, **changes))["Id"]
    return made
