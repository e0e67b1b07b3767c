"""What the CRUD calls of the catalog refuse: each row a body, the error code and a word of the message."""

from __future__ import annotations

from typing import Any

import pytest

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

RESOURCES = ("auth", "catalog")

USD = {"Currency": "USD", "Price": 1}
TIERED: dict[str, Any] = {"ChargeModel": "Tiered Pricing", "UOM": "Each"}
FLAT: dict[str, Any] = {"ChargeModel": "Flat Fee Pricing", "UOM": None}


def tiered(*bounds: tuple[int, int | None], **changes: Any) -> dict[str, Any]:
    chain = [
        {**USD, "StartingUnit": start, **({} if end is None else {"EndingUnit": end}), **changes}
        for start, end in bounds
    ]
    return {**TIERED, "ProductRatePlanChargeTierData": tiers(*chain)}


PRODUCTS = {
    "unknown field": ({"Colour": "red"}, "INVALID_FIELD", "Colour"),
    "no name": ({"Name": None}, "MISSING_REQUIRED_VALUE", "Name"),
    "empty name": ({"Name": ""}, "MISSING_REQUIRED_VALUE", "Name"),
    "no start": ({"EffectiveStartDate": None}, "MISSING_REQUIRED_VALUE", "EffectiveStartDate"),
    "SKU too long": ({"SKU": "x" * 51}, "INVALID_VALUE", "50"),
    "name too long": ({"Name": "x" * 101}, "INVALID_VALUE", "100"),
    "category": ({"Category": "Cars"}, "INVALID_VALUE", "Category"),
    "no date": ({"EffectiveEndDate": "soon"}, "INVALID_VALUE", "EffectiveEndDate"),
    "wrong type": ({"Name": 5}, "INVALID_VALUE", "string"),
    "ends before it starts": ({"EffectiveEndDate": "1999-12-31"}, "INVALID_VALUE", "before"),
    "custom field not of the tenant": ({"Colour__c": "red"}, "INVALID_FIELD", "Colour__c"),
}

PLANS = {
    "unknown field": ({"Colour": "red"}, "INVALID_FIELD", "Colour"),
    "no product": ({"ProductId": "0" * 32}, "INVALID_ID", "Product"),
    "name too long": ({"Name": "x" * 256}, "INVALID_VALUE", "255"),
    "currency not in the tenant": ({"ActiveCurrencies": ["USD", "XXX"]}, "INVALID_VALUE", "XXX"),
    "too many currencies": ({"ActiveCurrencies": ["USD", "EUR", "GBP", "CAD", "AUD", "CHF"]}, "INVALID_VALUE", "5"),
    "dates": ({"EffectiveStartDate": "2026-02-01", "EffectiveEndDate": "2026-01-31"}, "INVALID_VALUE", "before"),
    "external ids no texts": ({"ExternalRatePlanIds": [5]}, "INVALID_VALUE", "ExternalRatePlanIds"),
}

CHARGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown field": ({"Colour": "red"}, "INVALID_FIELD", "Colour"),
    "no name": ({"Name": None}, "MISSING_REQUIRED_VALUE", "Name"),
    "no plan": ({"ProductRatePlanId": "0" * 32}, "INVALID_ID", "rate plan"),
    "model of the other spelling": ({"ChargeModel": "PerUnit"}, "INVALID_VALUE", "ChargeModel"),
    "model not activated": ({"ChargeModel": "Delivery Pricing"}, "MISSING_PERMISSION", "Delivery"),
    "model of another type": ({"ChargeModel": "Overage Pricing"}, "INVALID_VALUE", "Recurring"),
    "type not activated": ({"ChargeType": "Others"}, "MISSING_PERMISSION", "Others"),
    "feature off": ({"IsPrepaid": True}, "MISSING_PERMISSION", "IsPrepaid"),
    "no bill cycle type": ({"BillCycleType": None}, "MISSING_REQUIRED_VALUE", "BillCycleType"),
    "no trigger": ({"TriggerEvent": None}, "MISSING_REQUIRED_VALUE", "TriggerEvent"),
    "trigger": ({"TriggerEvent": "SpecificDate"}, "INVALID_VALUE", "TriggerEvent"),
    "no discount flag": (
        {"UseDiscountSpecificAccountingCode": None},
        "MISSING_REQUIRED_VALUE",
        "UseDiscountSpecificAccountingCode",
    ),
    "recurring without period": ({"BillingPeriod": None}, "MISSING_REQUIRED_VALUE", "BillingPeriod"),
    "period of the other spelling": ({"BillingPeriod": "Semi_Annual"}, "INVALID_VALUE", "BillingPeriod"),
    "one-time with period": ({"ChargeType": "OneTime"}, "INVALID_VALUE", "BillingPeriod"),
    "one-time with alignment": (
        {**ONE_TIME, "BillingPeriodAlignment": "AlignToCharge"},
        "INVALID_VALUE",
        "BillingPeriodAlignment",
    ),
    "one-time with end": ({**ONE_TIME, "EndDateCondition": "SubscriptionEnd"}, "INVALID_VALUE", "end date"),
    "one-time with end period": ({**ONE_TIME, "UpToPeriods": 3}, "INVALID_VALUE", "UpToPeriods"),
    "recurring ends like one-time": ({"EndDateCondition": "OneTime"}, "INVALID_VALUE", "OneTime"),
    "fixed period without length": ({"EndDateCondition": "FixedPeriod"}, "MISSING_REQUIRED_VALUE", "UpToPeriods"),
    "length without fixed period": ({"UpToPeriods": 3}, "INVALID_VALUE", "UpToPeriods"),
    "specific months without number": (
        {"BillingPeriod": "Specific Months"},
        "MISSING_REQUIRED_VALUE",
        "SpecificBillingPeriod",
    ),
    "number without specific months": ({"SpecificBillingPeriod": 4}, "INVALID_VALUE", "SpecificBillingPeriod"),
    "day of month without day": ({"BillCycleType": "SpecificDayofMonth"}, "MISSING_REQUIRED_VALUE", "BillCycleDay"),
    "day beyond the month": ({"BillCycleType": "SpecificDayofMonth", "BillCycleDay": 32}, "INVALID_VALUE", "31"),
    "list price of the other spelling": ({"ListPriceBase": "Per_Month"}, "INVALID_VALUE", "ListPriceBase"),
    "list price per validity period": ({"ListPriceBase": "Per Validity Period"}, "MISSING_PERMISSION", "Validity"),
    "specific list price without number": (
        {"ListPriceBase": "Per Specific Months"},
        "MISSING_REQUIRED_VALUE",
        "SpecificListPriceBase",
    ),
    "unit missing": ({"UOM": None}, "MISSING_REQUIRED_VALUE", "UOM"),
    "unit not in the tenant": ({"UOM": "Barrel"}, "INVALID_VALUE", "Barrel"),
    "accounting code": ({"AccountingCode": "Nonsense"}, "INVALID_VALUE", "Nonsense"),
    "deferred revenue account": ({"DeferredRevenueAccount": "Nonsense"}, "INVALID_VALUE", "DeferredRevenueAccount"),
    "taxable without code": ({"Taxable": True, "TaxMode": "TaxExclusive"}, "MISSING_REQUIRED_VALUE", "TaxCode"),
    "taxable without mode": ({"Taxable": True, "TaxCode": "Standard"}, "MISSING_REQUIRED_VALUE", "TaxMode"),
    "tax code": ({"Taxable": True, "TaxCode": "Odd", "TaxMode": "TaxExclusive"}, "INVALID_VALUE", "Odd"),
    "quantities": ({"MinQuantity": 5, "MaxQuantity": 2}, "INVALID_VALUE", "MinQuantity"),
    "default quantity": ({"MinQuantity": 5, "DefaultQuantity": 2}, "INVALID_VALUE", "DefaultQuantity"),
    "discount without scope": (
        {"ChargeModel": "Discount-Percentage", "ApplyDiscountTo": "RECURRING"},
        "MISSING_REQUIRED_VALUE",
        "DiscountLevel",
    ),
    "no tiers": ({"ProductRatePlanChargeTierData": None}, "MISSING_REQUIRED_VALUE", "TierData"),
    "empty tiers": ({"ProductRatePlanChargeTierData": tiers()}, "MISSING_REQUIRED_VALUE", "Tier"),
    "unknown field in a tier": (
        {"ProductRatePlanChargeTierData": tiers({**USD, "Tier": 1})},
        "INVALID_FIELD",
        "ProductRatePlanChargeTier[0].Tier",
    ),
    "tier without price": (
        {"ProductRatePlanChargeTierData": tiers({"Currency": "USD"})},
        "MISSING_REQUIRED_VALUE",
        "Price",
    ),
    "currency not of the plan": (
        {"ProductRatePlanChargeTierData": tiers({"Currency": "GBP", "Price": 1})},
        "INVALID_VALUE",
        "GBP",
    ),
    "two prices in a currency": ({**FLAT, "ProductRatePlanChargeTierData": tiers(USD, USD)}, "INVALID_VALUE", "USD"),
    "flat price up to a unit": (
        {**FLAT, "ProductRatePlanChargeTierData": tiers({**USD, "EndingUnit": 5})},
        "INVALID_VALUE",
        "EndingUnit",
    ),
    "first tier starts late": (tiered((5, 10)), "INVALID_VALUE", "start at 0"),
    "gap between tiers": (tiered((0, 10), (12, None)), "INVALID_VALUE", "ends at 10"),
    "tiers overlap": (tiered((0, 10), (10, None)), "INVALID_VALUE", "ends at 10"),
    "open tier in the middle": (tiered((0, None), (11, None)), "MISSING_REQUIRED_VALUE", "EndingUnit"),
    "tier ends before it starts": (tiered((0, 10), (11, 5)), "INVALID_VALUE", "before it starts"),
    "overage in a tiered charge": (tiered((0, None), IsOveragePrice=True), "INVALID_VALUE", "IsOveragePrice"),
}


def merged(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def assert_refused(
    zuora: ZuoraClient, path: str, body: dict[str, Any], code: str, word: str, method: str = "POST"
) -> None:
    response = zuora.json(method, path, body)
    answer = response.json()
    assert answer["Success"] is False
    assert response.status_code == (404 if code == "INVALID_ID" else 400)
    assert [error["Code"] for error in answer["Errors"]] == [code]
    assert word in answer["Errors"][0]["Message"]


@pytest.mark.parametrize(("changes", "code", "word"), PRODUCTS.values(), ids=PRODUCTS)
def test_product(zuora: ZuoraClient, tenant: Tenant, changes: dict[str, Any], code: str, word: str) -> None:
    assert_refused(zuora, "/v1/object/product", merged(PRODUCT, changes), code, word)
    assert tenant.store.is_empty()


@pytest.mark.parametrize(("changes", "code", "word"), PLANS.values(), ids=PLANS)
def test_plan(zuora: ZuoraClient, tenant: Tenant, changes: dict[str, Any], code: str, word: str) -> None:
    body = merged(plan_body(make_product(zuora)), changes)
    assert_refused(zuora, "/v1/object/product-rate-plan", body, code, word)
    assert not tenant.store.rows("productRatePlan")


@pytest.mark.parametrize(("changes", "code", "word"), CHARGES.values(), ids=CHARGES)
def test_charge(zuora: ZuoraClient, tenant: Tenant, changes: dict[str, Any], code: str, word: str) -> None:
    body = merged(charge_body(make_plan(zuora, make_product(zuora))), changes)
    assert_refused(zuora, "/v1/object/product-rate-plan-charge", body, code, word)
    assert not tenant.store.rows("productRatePlanCharge")
    assert not tenant.store.rows("productRatePlanChargeTier")


def test_taken_sku_and_numbers(zuora: ZuoraClient) -> None:
    product_id = make_product(zuora, ProductNumber="P-1")
    second = make_product(zuora, SKU="R-2")
    assert_refused(zuora, "/v1/object/product", PRODUCT, "DUPLICATE_VALUE", "R-1")
    body = {**PRODUCT, "SKU": "R-3", "ProductNumber": "P-1"}
    assert_refused(zuora, "/v1/object/product", body, "DUPLICATE_VALUE", "P-1")
    assert_refused(zuora, f"/v1/object/product/{second}", {"SKU": "R-1"}, "DUPLICATE_VALUE", "R-1", "PUT")
    make_plan(zuora, product_id)
    assert_refused(zuora, "/v1/object/product-rate-plan", plan_body(product_id), "INVALID_VALUE", "Router plan")


def test_specific_months_need_the_feature(zuora: ZuoraClient, tenant: Tenant) -> None:
    tenant.configure({"specificMonthsListPrice": False})
    body = charge_body(
        make_plan(zuora, make_product(zuora)), ListPriceBase="Per Specific Months", SpecificListPriceBase=6
    )
    assert_refused(zuora, "/v1/object/product-rate-plan-charge", body, "MISSING_PERMISSION", "Specific Months")


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"ChargeModel": "Flat Fee Pricing"}, "INVALID_VALUE", "ChargeModel cannot be changed"),
        ({"ChargeType": "OneTime"}, "INVALID_VALUE", "ChargeType cannot be changed"),
        ({"Name": ""}, "MISSING_REQUIRED_VALUE", "Name"),
        ({"BillingPeriod": None}, "MISSING_REQUIRED_VALUE", "BillingPeriod"),
        ({"UOM": "Barrel"}, "INVALID_VALUE", "Barrel"),
        ({"Colour": "red"}, "INVALID_FIELD", "Colour"),
    ],
)
def test_change_of_a_charge(zuora: ZuoraClient, changes: dict[str, Any], code: str, word: str) -> None:
    charge_id = make_charge(zuora, make_plan(zuora, make_product(zuora)))
    path = f"/v1/object/product-rate-plan-charge/{charge_id}"
    before = zuora.call("GET", path)
    assert_refused(zuora, path, changes, code, word, "PUT")
    assert zuora.call("GET", path) == before


def test_locked_fields_may_be_repeated(zuora: ZuoraClient) -> None:
    plan_id = make_plan(zuora, make_product(zuora))
    charge_id = make_charge(zuora, plan_id)
    same = {
        "ChargeModel": "Per Unit Pricing",
        "ChargeType": "Recurring",
        "ProductRatePlanId": plan_id,
        "Name": "Chairs",
    }
    zuora.call("PUT", f"/v1/object/product-rate-plan-charge/{charge_id}", same)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["product", "product-rate-plan", "product-rate-plan-charge"])
def test_unknown_id(zuora: ZuoraClient, method: str, path: str) -> None:
    response = zuora.json(method, f"/v1/object/{path}/{'0' * 32}", {} if method == "PUT" else None)
    assert response.status_code == 404
    assert response.json()["Errors"][0]["Code"] == "INVALID_ID"


def test_unknown_fields_by_the_flag(zuora: ZuoraClient) -> None:
    body = {**PRODUCT, "Colour": "red"}
    refused = zuora.json("POST", "/v1/object/product?rejectUnknownFields=true", body)
    assert (refused.status_code, refused.json()) == (400, {"message": "Error - unrecognised fields"})
    assert zuora.json("POST", "/v1/object/product?rejectUnknownFields=false", body).json()["Success"] is True


def test_custom_fields_of_the_tenant(zuora: ZuoraClient, tenant: Tenant) -> None:
    tenant.configure({"customFields": {"product": ["Colour__c"]}})
    made = make_product(zuora, Colour__c="red")
    assert zuora.json("GET", f"/v1/object/product/{made}").json()["Colour__c"] == "red"
