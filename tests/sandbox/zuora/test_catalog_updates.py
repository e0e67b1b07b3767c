"""Updates of products, rate plans and charges: what changes, what is locked, where it can be read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import Body, make_charge, make_plan, make_product, tiers
from tests.sandbox.zuora.conftest import ZuoraClient, zoql

RESOURCES = ("auth", "catalog", "zoql")

USD, EUR = {"Currency": "USD", "Price": 10}, {"Currency": "EUR", "Price": 9}


def put(zuora: ZuoraClient, kind: str, row_id: str, body: Body) -> Any:
    return zuora.json("PUT", f"/v1/object/{kind}/{row_id}", body)


def error(response: Any) -> tuple[str, str]:
    assert response.status_code == 400
    [found] = response.json()["Errors"]
    return found["Code"], found["Message"]


def ask(zuora: ZuoraClient, fields: str, source: str, row_id: str, key: str = "Id") -> list[Body]:
    text = zoql(fields, source, f"{key} = '{row_id}'")
    records: list[Body] = zuora.call("POST", "/v1/action/query", {"queryString": text})["records"]
    return records


@pytest.fixture
def product(zuora: ZuoraClient) -> str:
    return make_product(zuora)


@pytest.fixture
def plan(zuora: ZuoraClient, product: str) -> str:
    return make_plan(zuora, product)


@pytest.fixture
def charge(zuora: ZuoraClient, plan: str) -> str:
    return make_charge(zuora, plan, ProductRatePlanChargeTierData=tiers(USD))


def use(tenant: Tenant, charge: str) -> str:
    """Have a subscription use a charge; the id of its own charge."""
    row = {"productRatePlanChargeId": charge, "accountingCode": "Accounts Receivable", "name": "Seats"}
    return str(tenant.store.insert("ratePlanCharge", row)["id"])


def test_names_and_descriptions(zuora: ZuoraClient, product: str, plan: str, charge: str) -> None:
    changes = {"Name": "Switch", "Description": "new"}
    for kind, row_id, source in (
        ("product", product, "Product"),
        ("product-rate-plan", plan, "ProductRatePlan"),
        ("product-rate-plan-charge", charge, "ProductRatePlanCharge"),
    ):
        assert put(zuora, kind, row_id, changes).json() == {"Success": True, "Id": row_id}
        assert ask(zuora, "Name, Description", source, row_id) == [{"Id": row_id, **changes}]
    assert put(zuora, "product", product, {"Description": ""}).json()["Success"] is True
    assert ask(zuora, "Name, Description", "Product", product) == [{"Id": product, "Name": "Switch"}]


def test_tax_and_accounting_codes(zuora: ZuoraClient, tenant: Tenant, charge: str) -> None:
    tenant.configure({"taxCodes": ["Standard", "SaaS"]})
    codes = {
        "Taxable": True,
        "TaxCode": "SaaS",
        "TaxMode": "TaxInclusive",
        "AccountingCode": "Subscription Revenue",
        "DeferredRevenueAccount": "Deferred Revenue",
        "RecognizedRevenueAccount": "Recognized Revenue",
    }
    assert put(zuora, "product-rate-plan-charge", charge, codes).json()["Success"] is True
    assert ask(zuora, ", ".join(codes), "ProductRatePlanCharge", charge) == [{"Id": charge, **codes}]
    read = zuora.call("GET", f"/v1/object/product-rate-plan-charge/{charge}")
    assert read | codes == read


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"TaxCode": "Nope", "Taxable": True, "TaxMode": "TaxInclusive"}, "INVALID_VALUE", "tax code 'Nope'"),
        ({"Taxable": True}, "MISSING_REQUIRED_VALUE", "TaxCode"),
        ({"TaxMode": "Gross"}, "INVALID_VALUE", "TaxInclusive"),
        ({"AccountingCode": "Nope"}, "INVALID_VALUE", "accounting code 'Nope'"),
        ({"DeferredRevenueAccount": "Nope"}, "INVALID_VALUE", "DeferredRevenueAccount"),
        ({"RecognizedRevenueAccount": "Nope"}, "INVALID_VALUE", "RecognizedRevenueAccount"),
        ({"UOM": "Barrel"}, "INVALID_VALUE", "unit of measure 'Barrel'"),
        ({"Name": ""}, "MISSING_REQUIRED_VALUE", "Name"),
        ({"Name": "x" * 101}, "INVALID_VALUE", "100"),
        ({"Description": "x" * 501}, "INVALID_VALUE", "500"),
        ({"ChargeModel": "Flat Fee Pricing"}, "INVALID_VALUE", "ChargeModel cannot be changed"),
        ({"ChargeType": "Usage"}, "INVALID_VALUE", "ChargeType cannot be changed"),
        ({"ProductRatePlanChargeTierData": tiers({"Currency": "GBP", "Price": 1})}, "INVALID_VALUE", "GBP"),
    ],
)
def test_refused_changes_of_a_charge(
    zuora: ZuoraClient, tenant: Tenant, charge: str, changes: Body, code: str, words: str
) -> None:
    before = tenant.store.get("productRatePlanCharge", charge)
    found = error(put(zuora, "product-rate-plan-charge", charge, changes))
    assert found[0] == code
    assert words in found[1]
    assert tenant.store.get("productRatePlanCharge", charge) == before


LOCKED = {
    "UOM": "User",
    "BillingPeriod": "Quarter",
    "BillCycleType": "ChargeTriggerDay",
    "ListPriceBase": "Per Month",
}


@pytest.mark.parametrize("name", LOCKED)
def test_what_a_price_rests_on_is_locked_in_use(zuora: ZuoraClient, tenant: Tenant, charge: str, name: str) -> None:
    change = {name: LOCKED[name]}
    use(tenant, charge)
    code, message = error(put(zuora, "product-rate-plan-charge", charge, change))
    assert (code, message) == (
        "INVALID_VALUE",
        f"{name} cannot be changed because 'Seats' is used by a subscription.",
    )
    same = zuora.call("GET", f"/v1/object/product-rate-plan-charge/{charge}")[name]
    assert put(zuora, "product-rate-plan-charge", charge, {name: same, "Name": "Chairs"}).json()["Success"] is True


@pytest.mark.parametrize("name", LOCKED)
def test_it_may_change_before(zuora: ZuoraClient, charge: str, name: str) -> None:
    assert put(zuora, "product-rate-plan-charge", charge, {name: LOCKED[name]}).json()["Success"] is True
    assert ask(zuora, name, "ProductRatePlanCharge", charge)[0][name] == LOCKED[name]


def test_subscriptions_follow_the_accounting_code_and_keep_the_rest(
    zuora: ZuoraClient, tenant: Tenant, charge: str
) -> None:
    used = use(tenant, charge)
    before = tenant.store.get("ratePlanCharge", used)
    assert before is not None
    changes = {"AccountingCode": "Subscription Revenue", "Name": "Chairs"}
    assert put(zuora, "product-rate-plan-charge", charge, changes).json()["Success"] is True
    assert tenant.store.get("ratePlanCharge", used) == {**before, "accountingCode": "Subscription Revenue"}


def test_a_currency_more(zuora: ZuoraClient, plan: str, charge: str) -> None:
    added = {"ActiveCurrencies": ["USD", "EUR", "GBP"]}
    assert put(zuora, "product-rate-plan", plan, added).json()["Success"] is True
    assert ask(zuora, "ActiveCurrencies", "ProductRatePlan", plan)[0]["ActiveCurrencies"] == "USD,EUR,GBP"
    pounds = {"Currency": "GBP", "Price": 8}
    data = {"ProductRatePlanChargeTierData": tiers(USD, EUR, pounds)}
    assert put(zuora, "product-rate-plan-charge", charge, data).json()["Success"] is True
    records = ask(zuora, "Currency, Price", "ProductRatePlanChargeTier", charge, "ProductRatePlanChargeId")
    assert [(record["Currency"], record["Price"]) for record in records] == [("USD", 10), ("EUR", 9), ("GBP", 8)]


@pytest.mark.parametrize(
    ("currencies", "words"),
    [
        (["USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY"], "at most 4"),
        (["GBP", "CAD", "AUD"], "at most 4"),
        (["USD", "XXX"], "XXX"),
    ],
)
def test_refused_currencies(zuora: ZuoraClient, plan: str, currencies: list[str], words: str) -> None:
    code, message = error(put(zuora, "product-rate-plan", plan, {"ActiveCurrencies": currencies}))
    assert code == "INVALID_VALUE"
    assert words in message
    assert ask(zuora, "ActiveCurrencies", "ProductRatePlan", plan)[0]["ActiveCurrencies"] == "USD,EUR"


def test_every_column_that_updates_concern_is_read_by_zoql(zuora: ZuoraClient, charge: str) -> None:
    fields = "Name, Taxable, AccountingCode, UOM, BillingPeriod, ChargeModel, ChargeType, TriggerEvent, BillCycleType"
    [record] = ask(zuora, fields, "ProductRatePlanCharge", charge)
    assert record == {
        "Id": charge,
        "Name": "Seats",
        "Taxable": False,
        "AccountingCode": "Accounts Receivable",
        "UOM": "Each",
        "BillingPeriod": "Month",
        "ChargeModel": "Per Unit Pricing",
        "ChargeType": "Recurring",
        "TriggerEvent": "ContractEffective",
        "BillCycleType": "DefaultFromCustomer",
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (zoql("Name, ActiveCurrencies", "ProductRatePlan", "Id = 'x'"), "together with Id"),
        (zoql("Price, DiscountPercentage", "ProductRatePlanChargeTier"), "Can only use Price"),
    ],
)
def test_what_zoql_does_not_give_together(zuora: ZuoraClient, text: str, words: str) -> None:
    response = zuora.json("POST", "/v1/action/query", {"queryString": text})
    assert (response.status_code, response.json()["FaultCode"]) == (400, "INVALID_VALUE")
    assert words in response.json()["FaultMessage"]


def tier_of(tenant: Tenant, charge: str) -> str:
    return str(tenant.store.find("productRatePlanChargeTier", productRatePlanChargeId=charge)[0]["id"])


def test_the_price_of_one_tier(zuora: ZuoraClient, tenant: Tenant, charge: str) -> None:
    path = f"/v1/object/product-rate-plan-charge-tier/{tier_of(tenant, charge)}"
    assert zuora.call("PUT", path, {"Price": Decimal("12.125")})["Success"] is True
    found = zuora.call("GET", path)
    assert (found["Price"], found["Currency"], found["Tier"]) == (Decimal("12.125"), "USD", 1)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"Price": 1, "Currency": "EUR"}, "INVALID_FIELD", "Currency"),
        ({}, "MISSING_REQUIRED_VALUE", "Price"),
        ({"Price": "1"}, "INVALID_VALUE", "number"),
        ({"Price": Decimal("0.1234567891")}, "INVALID_VALUE", "more than 9"),
    ],
)
def test_refused_changes_of_a_tier(
    zuora: ZuoraClient, tenant: Tenant, charge: str, body: Body, code: str, words: str
) -> None:
    tier = tier_of(tenant, charge)
    found = error(put(zuora, "product-rate-plan-charge-tier", tier, body))
    assert found[0] == code
    assert words in found[1]


def test_tiers_that_are_none_or_without_price(zuora: ZuoraClient, tenant: Tenant, plan: str) -> None:
    assert put(zuora, "product-rate-plan-charge-tier", "0" * 32, {"Price": 1}).status_code == 404
    discount = make_charge(
        zuora,
        plan,
        ChargeModel="Discount-Percentage",
        UOM=None,
        ApplyDiscountTo="RECURRING",
        DiscountLevel="rateplan",
        ProductRatePlanChargeTierData=tiers({"Currency": "USD", "DiscountPercentage": 10}),
    )
    found = error(put(zuora, "product-rate-plan-charge-tier", tier_of(tenant, discount), {"Price": 1}))
    assert "no price" in found[1]
