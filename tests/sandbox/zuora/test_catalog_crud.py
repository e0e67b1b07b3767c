"""CRUD of products, rate plans and charges over HTTP, by hand and through the official SDK."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import (
    ONE_TIME,
    PRODUCT,
    charge_body,
    make_charge,
    make_plan,
    make_product,
    plan_body,
    tiers,
)
from tests.sandbox.zuora.conftest import ZuoraClient

CHARGE = "/v1/object/product-rate-plan-charge"
PLAN = "/v1/object/product-rate-plan"


def test_product_is_created_read_changed_and_deleted(zuora: ZuoraClient, tenant: Tenant) -> None:
    product_id = make_product(zuora, Description="Fast")
    path = f"/v1/object/product/{product_id}"

    made = zuora.json("GET", path).json()
    assert {name: made[name] for name in PRODUCT} == PRODUCT
    assert made["Id"] == product_id
    assert made["ProductNumber"] == "PC-00000001"

    assert zuora.call("PUT", path, {"Name": "Switch", "Description": ""}) == {"Success": True, "Id": product_id}
    changed = zuora.json("GET", path).json()
    assert (changed["Name"], changed["SKU"], "Description" in changed) == ("Switch", "R-1", False)

    assert zuora.call("DELETE", path) == {"success": True, "id": product_id}
    assert zuora.json("GET", path).status_code == 404
    assert tenant.store.is_empty()


def test_only_the_wanted_fields_are_read(zuora: ZuoraClient) -> None:
    path = f"/v1/object/product/{make_product(zuora)}"
    assert zuora.json("GET", f"{path}?fields=Name,SKU").json() == {"Name": "Router", "SKU": "R-1"}


def test_product_without_sku_gets_one(zuora: ZuoraClient, tenant: Tenant) -> None:
    body = {name: value for name, value in PRODUCT.items() if name != "SKU"}
    made = zuora.call("POST", "/v1/object/product", body)["Id"]
    row = tenant.store.get("product", made)
    assert row is not None
    assert row["sKU"] == "SKU-00000001"


def test_plan_takes_both_names_and_both_forms_of_external_ids(zuora: ZuoraClient) -> None:
    product_id = make_product(zuora)
    first = make_plan(zuora, product_id, ExternalRatePlanIds=["01t1", "01t2"])
    second = make_plan(
        zuora, product_id, Name="Second", ActiveCurrencies=None, ExternallyManagedPlanIds=["01t3", "01t1"]
    )
    third = zuora.json(
        "POST",
        PLAN,
        {"Name": "Third", "ProductId": product_id, "ActiveCurrencies": "USD,EUR", "ExternalRatePlanIds": "01t4, 01t5"},
    ).json()["Id"]

    def ids(plan: str) -> Any:
        return zuora.call("GET", f"/v1/product-rate-plans/{plan}")["externallyManagedPlanIds"]

    assert [ids(first), ids(second), ids(third)] == [["01t1", "01t2"], ["01t3", "01t1"], ["01t4", "01t5"]]
    zuora.json("PUT", f"{PLAN}/{first}", {"ExternalRatePlanIds": ["01t2", "01t9"]})
    assert ids(first) == ["01t2", "01t9"]
    zuora.call("PUT", f"{PLAN}/{first}", {"Name": "Renamed"})
    assert ids(first) == ["01t2", "01t9"]


def test_plan_has_the_dates_of_its_product_and_the_home_currency(zuora: ZuoraClient, tenant: Tenant) -> None:
    body = {"Name": "Plain", "ProductId": make_product(zuora)}
    row = tenant.store.get("productRatePlan", zuora.call("POST", PLAN, body)["Id"])
    assert row is not None
    assert (row["effectiveStartDate"], row["effectiveEndDate"]) == ("2000-01-01", "3000-01-01")
    assert row["activeCurrencies"] == ["USD"]
    assert row["productRatePlanNumber"] == "PRP-00000001"


def test_charge_gets_the_defaults_of_its_type(zuora: ZuoraClient, tenant: Tenant) -> None:
    plan_id = make_plan(zuora, make_product(zuora))
    recurring = zuora.call("GET", f"{CHARGE}/{make_charge(zuora, plan_id, BillingPeriod='Semi-Annual')}")
    assert recurring["ChargeModel"] == "Per Unit Pricing"
    assert recurring["BillingPeriod"] == "Semi-Annual"
    assert recurring["BillingPeriodAlignment"] == "AlignToCharge"
    assert recurring["BillingTiming"] == "In Advance"
    assert recurring["ListPriceBase"] == "Per Billing Period"
    assert recurring["EndDateCondition"] == "SubscriptionEnd"
    assert recurring["DefaultQuantity"] == 1
    one_time = zuora.call("GET", f"{CHARGE}/{make_charge(zuora, plan_id, **ONE_TIME)}")
    assert one_time["EndDateCondition"] == "OneTime"
    assert "BillingPeriod" not in one_time
    row = tenant.store.get("productRatePlanCharge", recurring["Id"])
    assert row is not None
    assert (row["chargeModel"], row["billingPeriod"], row["listPriceBase"]) == (
        "PerUnit",
        "Semi_Annual",
        "Per_Billing_Period",
    )


def test_new_tiers_replace_the_old_and_keep_their_ids(zuora: ZuoraClient, tenant: Tenant) -> None:
    plan_id = make_plan(zuora, make_product(zuora))
    both = tiers({"Currency": "USD", "Price": 10}, {"Currency": "EUR", "Price": Decimal("9.125")})
    charge_id = make_charge(zuora, plan_id, ProductRatePlanChargeTierData=both)

    def stored() -> dict[str, tuple[str, Decimal]]:
        rows = tenant.store.find("productRatePlanChargeTier", productRatePlanChargeId=charge_id)
        return {row["currency"]: (row["id"], row["price"]) for row in rows}

    before = stored()
    assert before["EUR"][1] == Decimal("9.125")
    data = {"ProductRatePlanChargeTierData": tiers({"Currency": "USD", "Price": 12})}
    zuora.call("PUT", f"{CHARGE}/{charge_id}", data)
    assert stored() == {"USD": (before["USD"][0], 12)}


def test_tier_chains_by_the_decimals_of_the_unit(zuora: ZuoraClient, tenant: Tenant) -> None:
    plan_id = make_plan(zuora, make_product(zuora))
    chain = tiers(
        {"Price": 10, "StartingUnit": 0, "EndingUnit": Decimal("9.99")},
        {"Price": 8, "StartingUnit": 10, "EndingUnit": 20, "PriceFormat": "Flat Fee"},
        {"Price": 7, "StartingUnit": Decimal("20.01")},
    )
    changes: dict[str, Any] = {"ChargeModel": "Tiered Pricing", "UOM": "GB"}
    charge_id = make_charge(zuora, plan_id, **changes, ProductRatePlanChargeTierData=chain)
    rows = tenant.store.find("productRatePlanChargeTier", productRatePlanChargeId=charge_id)
    assert [(row["tier"], row["startingUnit"], row["endingUnit"], row["priceFormat"]) for row in rows] == [
        (1, 0, Decimal("9.99"), "PerUnit"),
        (2, 10, 20, "FlatFee"),
        (3, Decimal("20.01"), None, "PerUnit"),
    ]
    assert {row["currency"] for row in rows} == {"USD"}


def test_deleting_a_product_deletes_all_below_it(zuora: ZuoraClient, tenant: Tenant) -> None:
    product_id = make_product(zuora)
    make_charge(zuora, make_plan(zuora, product_id, ExternalRatePlanIds=["01t1"]))
    zuora.call("DELETE", f"/v1/object/product/{product_id}")
    assert tenant.store.is_empty()


def test_what_is_used_cannot_be_deleted(zuora: ZuoraClient, tenant: Tenant) -> None:
    product_id = make_product(zuora)
    plan_id = make_plan(zuora, product_id)
    charge_id = make_charge(zuora, plan_id)
    tenant.store.insert("orderLineItem", {"productRatePlanChargeId": charge_id})
    for path in (f"product/{product_id}", f"product-rate-plan/{plan_id}", f"product-rate-plan-charge/{charge_id}"):
        refused = zuora.json("DELETE", f"/v1/object/{path}")
        assert refused.status_code == 400
        assert "used by an order line item" in refused.json()["Errors"][0]["Message"]
    assert tenant.store.get("productRatePlanCharge", charge_id)


def test_the_official_sdk_makes_and_reads_a_catalog(sdk: Any) -> None:
    import zuora_sdk

    product = zuora_sdk.ProductsApi(sdk.api_client).create_product(zuora_sdk.CreateProductRequest.from_dict(PRODUCT))
    plans = zuora_sdk.ProductRatePlansApi(sdk.api_client)
    plan_request = plan_body(product.id, ExternalRatePlanIds=["01tSDK"])
    plan = plans.create_product_rate_plan(zuora_sdk.CreateProductRatePlanRequest.from_dict(plan_request))
    charges = zuora_sdk.ProductRatePlanChargesApi(sdk.api_client)
    request = zuora_sdk.CreateProductRatePlanChargeRequest.from_dict(charge_body(plan.id))
    charge = charges.create_product_rate_plan_charge(request)

    assert charges.get_product_rate_plan_charge(charge.id).charge_model == "Per Unit Pricing"
    found = plans.get_product_rate_plans_by_external_id("01tSDK")
    assert [item.id for item in found.product_rate_plans] == [plan.id]
    renamed = zuora_sdk.UpdateProductRequest.from_dict({"Name": "Switch"})
    assert zuora_sdk.ProductsApi(sdk.api_client).update_product(product.id, renamed).success
    assert zuora_sdk.ProductsApi(sdk.api_client).get_product("R-1").name == "Switch"
    assert charges.delete_product_rate_plan_charge(charge.id).success
