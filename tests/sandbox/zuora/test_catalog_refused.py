"""What the CRUD calls of the catalog refuse: each row a body, the error code and a word of the message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.catalog.charges import CHARGES
from cpqbridge.sandbox.zuora.catalog.crud import change, create
from cpqbridge.sandbox.zuora.catalog.entry import to_crud
from cpqbridge.sandbox.zuora.catalog.plans import PLANS
from cpqbridge.sandbox.zuora.catalog.products import PRODUCTS
from cpqbridge.sandbox.zuora.envelopes import ERRORS, render
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import ONE_TIME, PRODUCT, charge_body, make_product, plan_body, tiers
from tests.sandbox.zuora.conftest import ZuoraClient

RESOURCES = ("auth", "catalog")

PRODUCT_WITHOUT_NAME = {name: value for name, value in PRODUCT.items() if name not in {"Name", "SKU"}}
USD = {"Currency": "USD", "Price": 1}
TIERED: dict[str, Any] = {"ChargeModel": "Tiered Pricing", "UOM": "Each"}
FLAT: dict[str, Any] = {"ChargeModel": "Flat Fee Pricing", "UOM": None}


def tiered(*bounds: tuple[int, int | None], **changes: Any) -> dict[str, Any]:
    chain = [
        {**USD, "StartingUnit": start, **({} if end is None else {"EndingUnit": end}), **changes}
        for start, end in bounds
    ]
    return {**TIERED, "ProductRatePlanChargeTierData": tiers(*chain)}


BAD_PRODUCTS = {
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

BAD_PLANS = {
    "unknown field": ({"Colour": "red"}, "INVALID_FIELD", "Colour"),
    "no product": ({"ProductId": "0" * 32}, "INVALID_ID", "Product"),
    "name too long": ({"Name": "x" * 256}, "INVALID_VALUE", "255"),
    "currency not in the tenant": ({"ActiveCurrencies": ["USD", "XXX"]}, "INVALID_VALUE", "XXX"),
    "too many currencies": ({"ActiveCurrencies": ["USD", "EUR", "GBP", "CAD", "AUD", "CHF"]}, "INVALID_VALUE", "5"),
    "dates": ({"EffectiveStartDate": "2026-02-01", "EffectiveEndDate": "2026-01-31"}, "INVALID_VALUE", "before"),
    "external ids no texts": ({"ExternalRatePlanIds": [5]}, "INVALID_VALUE", "ExternalRatePlanIds"),
}

BAD_CHARGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown field": ({"Colour": "red"}, "INVALID_FIELD", "Colour"),
    "no name": ({"Name": None}, "MISSING_REQUIRED_VALUE", "Name"),
    "no plan": ({"ProductRatePlanId": "0" * 32}, "INVALID_ID", "rate plan"),
    "model of the other spelling": ({"ChargeModel": "PerUnit"}, "INVALID_VALUE", "ChargeModel"),
    "model not activated": ({"ChargeModel": "Delivery Pricing"}, "MISSING_PERMISSION", "Delivery"),
    "model of another type": ({"ChargeModel": "Overage Pricing"}, "INVALID_VALUE", "Recurring"),
    "type not activated": ({"ChargeType": "Others"}, "MISSING_PERMISSION", "Others"),
    "feature off": ({"IsPrepaid": True}, "MISSING_PERMISSION", "IsPrepaid"),
    "week price of a month": ({"ListPriceBase": "Per Week"}, "INVALID_VALUE", "billing period"),
    "month price of a week": (
        {"BillingPeriod": "Week", "ListPriceBase": "Per Month"},
        "INVALID_VALUE",
        "billing period",
    ),
    "day of the week of a month": (
        {"BillCycleType": "SpecificDayofWeek", "WeeklyBillCycleDay": "Monday"},
        "INVALID_VALUE",
        "weekly",
    ),
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


def assert_refused(call: Callable[[], object], path: str, code: str, word: str) -> None:
    """The call is refused with one error, which the CRUD family would show like this."""
    with pytest.raises(ERRORS) as caught:
        call()
    status, body, _ = render(caught.value, f"/v1/object/{path}", "")
    assert body["Success"] is False
    assert status == (404 if code == "INVALID_ID" else 400)
    assert [error["Code"] for error in body["Errors"]] == [code]
    assert word in body["Errors"][0]["Message"]


@pytest.fixture
def product(tenant: Tenant) -> str:
    made: str = create(tenant, PRODUCTS, PRODUCT)["id"]
    return made


@pytest.fixture
def plan(tenant: Tenant, product: str) -> str:
    made: str = create(tenant, PLANS, plan_body(product))["id"]
    return made


@pytest.fixture
def charge(tenant: Tenant, plan: str) -> str:
    made: str = create(tenant, CHARGES, charge_body(plan))["id"]
    return made


@pytest.mark.parametrize(("changes", "code", "word"), BAD_PRODUCTS.values(), ids=BAD_PRODUCTS)
def test_product(tenant: Tenant, changes: dict[str, Any], code: str, word: str) -> None:
    assert_refused(lambda: create(tenant, PRODUCTS, merged(PRODUCT, changes)), "product", code, word)
    assert tenant.store.is_empty()


@pytest.mark.parametrize(("changes", "code", "word"), BAD_PLANS.values(), ids=BAD_PLANS)
def test_plan(tenant: Tenant, product: str, changes: dict[str, Any], code: str, word: str) -> None:
    body = merged(plan_body(product), changes)
    assert_refused(lambda: create(tenant, PLANS, body), "product-rate-plan", code, word)
    assert not tenant.store.rows("productRatePlan")


@pytest.mark.parametrize(("changes", "code", "word"), BAD_CHARGES.values(), ids=BAD_CHARGES)
def test_charge(tenant: Tenant, plan: str, changes: dict[str, Any], code: str, word: str) -> None:
    body = merged(charge_body(plan), changes)
    assert_refused(lambda: create(tenant, CHARGES, body), "product-rate-plan-charge", code, word)
    assert not tenant.store.rows("productRatePlanCharge")
    assert not tenant.store.rows("productRatePlanChargeTier")


@pytest.mark.parametrize("name", ["SKU", "ProductNumber"])
def test_taken_sku_and_number(tenant: Tenant, product: str, name: str) -> None:
    taken = crud_row(tenant, product)[name]
    other = create(tenant, PRODUCTS, {**PRODUCT, "SKU": "R-2"})["id"]
    body = {**PRODUCT, "SKU": "R-3", name: taken}
    assert_refused(lambda: create(tenant, PRODUCTS, body), "product", "DUPLICATE_VALUE", taken)
    assert_refused(lambda: change(tenant, PRODUCTS, other, {name: taken}), "product", "DUPLICATE_VALUE", taken)
    change(tenant, PRODUCTS, product, {name: taken})


def test_taken_plan_name(tenant: Tenant, product: str, plan: str) -> None:
    assert_refused(lambda: create(tenant, PLANS, plan_body(product)), "x", "INVALID_VALUE", "Router plan")
    change(tenant, PLANS, plan, {"Name": "Router plan"})
    create(tenant, PLANS, plan_body(create(tenant, PRODUCTS, {**PRODUCT, "SKU": "R-2"})["id"]))


def test_specific_months_need_the_feature(tenant: Tenant, plan: str) -> None:
    body = charge_body(plan, ListPriceBase="Per Specific Months", SpecificListPriceBase=6)
    create(tenant, CHARGES, body)
    tenant.configure({"specificMonthsListPrice": False})
    assert_refused(lambda: create(tenant, CHARGES, body), "x", "MISSING_PERMISSION", "Specific Months")


@pytest.mark.parametrize(
    ("changes", "code", "word"),
    [
        ({"ChargeModel": "Flat Fee Pricing"}, "INVALID_VALUE", "ChargeModel cannot be changed"),
        ({"ChargeType": "OneTime"}, "INVALID_VALUE", "ChargeType cannot be changed"),
        ({"Name": ""}, "MISSING_REQUIRED_VALUE", "Name"),
        ({"BillingPeriod": None}, "MISSING_REQUIRED_VALUE", "BillingPeriod"),
        ({"UOM": "Barrel"}, "INVALID_VALUE", "Barrel"),
        ({"Colour": "red"}, "INVALID_FIELD", "Colour"),
        (tiered((0, 10), (12, None)) | {"ChargeModel": "Per Unit Pricing"}, "INVALID_VALUE", "one tier per currency"),
    ],
)
def test_change_of_a_charge(tenant: Tenant, charge: str, changes: dict[str, Any], code: str, word: str) -> None:
    before = tenant.store.get("productRatePlanCharge", charge)
    assert_refused(lambda: change(tenant, CHARGES, charge, changes), "product-rate-plan-charge", code, word)
    assert tenant.store.get("productRatePlanCharge", charge) == before


def test_locked_fields_may_be_repeated(tenant: Tenant, plan: str, charge: str) -> None:
    same = {"ChargeModel": "Per Unit Pricing", "ChargeType": "Recurring", "ProductRatePlanId": plan, "Name": "Chairs"}
    assert change(tenant, CHARGES, charge, same)["name"] == "Chairs"


def crud_row(tenant: Tenant, product: str) -> dict[str, Any]:
    row = tenant.store.get("product", product)
    assert row is not None
    return to_crud(row)


def test_errors_over_http(zuora: ZuoraClient) -> None:
    response = zuora.json("POST", "/v1/object/product", {"SKU": "x" * 51, "Colour": "red", **PRODUCT_WITHOUT_NAME})
    assert response.status_code == 400
    assert {error["Code"]: error["Message"] for error in response.json()["Errors"]} == {
        "INVALID_FIELD": "Unknown field 'Colour' in the request.",
        "INVALID_VALUE": "'SKU' exceeds the maximum length of 50 characters.",
        "MISSING_REQUIRED_VALUE": "Missing required field: Name.",
    }


@pytest.mark.parametrize("path", ["product", "product-rate-plan", "product-rate-plan-charge"])
def test_unknown_id(zuora: ZuoraClient, path: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
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
