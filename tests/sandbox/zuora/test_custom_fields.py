"""Custom fields of every kind of record: definitions, values in every write, every read, describe."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import XML

import pytest

from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import PRODUCT, charge_body, make_charge, make_plan, make_product, plan_body
from tests.sandbox.zuora.conftest import ACCOUNT, CONTACT, ZuoraClient, zoql
from tests.sandbox.zuora.ordering import line, termed

Body = dict[str, Any]

RESOURCES = (
    "auth", "accounts", "contacts", "catalog", "orders", "subscriptions", "line_items", "zoql", "object_query",
    "describe",
)  # fmt: skip

#: Kind of record -> its object in describe.
OBJECTS = {
    "account": "Account",
    "contact": "Contact",
    "product": "Product",
    "productRatePlan": "ProductRatePlan",
    "productRatePlanCharge": "ProductRatePlanCharge",
    "order": "Order",
    "orderLineItem": "OrderLineItem",
    "subscription": "Subscription",
    "ratePlan": "RatePlan",
    "ratePlanCharge": "RatePlanCharge",
}

DEFINITIONS: list[Any] = [
    "Plain__c",
    {"name": "Code__c", "type": "Text", "maxlength": 5},
    {"name": "Score__c", "type": "Number"},
    {"name": "Count__c", "type": "Integer"},
    {"name": "Vip__c", "type": "Boolean"},
    {"name": "Since__c", "type": "Date"},
    {"name": "Tier__c", "type": "Picklist", "options": ["Gold", "Silver"]},
]

GOOD: Body = {
    "Plain__c": "x" * 255,
    "Code__c": "12345",
    "Score__c": Decimal("1.25"),
    "Count__c": 7,
    "Vip__c": True,
    "Since__c": "2026-02-01",
    "Tier__c": "Gold",
}

BAD: dict[str, tuple[Body, str]] = {
    "text too long": ({"Plain__c": "x" * 256}, "255 characters"),
    "shorter text too long": ({"Code__c": "123456"}, "5 characters"),
    "number as text": ({"Plain__c": 5}, "type string"),
    "text as number": ({"Score__c": "1"}, "type number"),
    "fraction as integer": ({"Count__c": Decimal("1.5")}, "type integer"),
    "text as boolean": ({"Vip__c": "true"}, "type boolean"),
    "no date": ({"Since__c": "2026-02-30"}, "type date"),
    "no option": ({"Tier__c": "Bronze"}, "Gold, Silver"),
    "no value at all": ({"Plain__c": {"a": 1}}, "type string"),
}


@pytest.fixture
def typed(tenant: Tenant) -> Tenant:
    tenant.configure({"customFields": dict.fromkeys(OBJECTS, DEFINITIONS)})
    return tenant


class World:
    """Makes one record of each kind with the custom fields that are given."""

    def __init__(self, zuora: ZuoraClient) -> None:
        self.zuora = zuora
        self.account = zuora.call("POST", "/v1/accounts", ACCOUNT)["accountNumber"]
        self.product = make_product(zuora)
        self.plan = make_plan(zuora, self.product)
        self.charge = make_charge(zuora, self.plan)

    def write(self, kind: str, fields: Body) -> Any:
        """Send the creation of a record of that kind."""
        name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind)
        path, body = getattr(self, f"_{name}")(fields)
        return self.zuora.json("POST", path, body)

    def _account(self, fields: Body) -> tuple[str, Body]:
        return "/v1/accounts", {**ACCOUNT, "accountNumber": "ACC-1", **fields}

    def _contact(self, fields: Body) -> tuple[str, Body]:
        return "/v1/contacts", {**CONTACT, "accountNumber": self.account, "nickname": "made", **fields}

    def _product(self, fields: Body) -> tuple[str, Body]:
        return "/v1/object/product", {**PRODUCT, "SKU": "R-2", **fields}

    def _product_rate_plan(self, fields: Body) -> tuple[str, Body]:
        return "/v1/object/product-rate-plan", plan_body(self.product, Name="made", **fields)

    def _product_rate_plan_charge(self, fields: Body) -> tuple[str, Body]:
        return "/v1/object/product-rate-plan-charge", charge_body(self.plan, Name="made", **fields)

    def _order(self, fields: Body) -> tuple[str, Body]:
        return self._ordered(customFields=fields)

    def _order_line_item(self, fields: Body) -> tuple[str, Body]:
        return self._ordered(orderLineItems=[line(customFields=fields)])

    def _subscription(self, fields: Body) -> tuple[str, Body]:
        path, body = self._ordered()
        body["subscriptions"][0]["customFields"] = fields
        return path, body

    def _rate_plan(self, fields: Body) -> tuple[str, Body]:
        return self._ordered(plan={"customFields": fields})

    def _rate_plan_charge(self, fields: Body) -> tuple[str, Body]:
        return self._ordered(
            plan={"chargeOverrides": [{"productRatePlanChargeId": self.charge, "customFields": fields}]}
        )

    def _ordered(self, plan: Body | None = None, **fields: Any) -> tuple[str, Body]:
        plans = [{"productRatePlanId": self.plan, **(plan or {})}]
        create = {"subscriptionNumber": "S-1", "terms": termed(), "subscribeToRatePlans": plans}
        action = {"type": "CreateSubscription", "createSubscription": create}
        body = {"orderDate": "2026-02-01", "orderNumber": "O-1", "existingAccountNumber": self.account}
        return "/v1/orders", {**body, "subscriptions": [{"orderActions": [action]}], **fields}


def succeeded(response: Any) -> bool:
    body = response.json()
    return response.status_code == 200 and (body.get("success") or body.get("Success")) is True


def reason(response: Any) -> tuple[str, str]:
    """Category or symbolic code, and message."""
    body = response.json()
    if "Errors" in body:
        [error] = body["Errors"]
        return error["Code"], error["Message"]
    [fault] = body["reasons"]
    return str(fault["code"])[-2:], fault["message"]


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.usefixtures("typed")
def test_values_of_every_type_are_kept_and_bad_ones_refused(zuora: ZuoraClient, tenant: Tenant, kind: str) -> None:
    world = World(zuora)
    for fields, words in BAD.values():
        response = world.write(kind, fields)
        found = reason(response)
        assert found[0] in {"20", "INVALID_VALUE"}
        assert words in found[1]
        assert response.status_code == (400 if found[0] == "INVALID_VALUE" else 200)
    refused = world.write(kind, {"Undefined__c": "x"})
    assert (refused.status_code, reason(refused)[0] in {"21", "INVALID_FIELD"}) == (400, True)
    assert succeeded(world.write(kind, GOOD))
    assert [row for row in tenant.store.rows(kind) if GOOD.items() <= row.items()]


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.usefixtures("typed")
def test_null_and_empty_texts_are_good_for_every_type(zuora: ZuoraClient, kind: str) -> None:
    assert succeeded(World(zuora).write(kind, {"Plain__c": "", "Score__c": None, "Since__c": "", "Tier__c": None}))


READS = {
    "account": ("/v1/accounts/ACC-1", ("basicInfo",)),
    "product": ("/v1/catalog/product/R-2", ()),
    "productRatePlan": ("/v1/rateplan/R-1/productRatePlan", ("productRatePlans", -1)),
    "productRatePlanCharge": ("/v1/rateplan/R-1/productRatePlan", ("productRatePlans", 0, "productRatePlanCharges", 1)),
    "order": ("/v1/orders/O-1", ("order", "customFields")),
    "orderLineItem": ("/v1/orders/O-1", ("order", "orderLineItems", 0, "customFields")),
    "subscription": ("/v1/subscriptions/S-1", ()),
    "ratePlan": ("/v1/subscriptions/S-1", ("ratePlans", 0)),
    "ratePlanCharge": ("/v1/subscriptions/S-1", ("ratePlans", 0, "ratePlanCharges", 0)),
}


@pytest.mark.parametrize("kind", READS)
@pytest.mark.usefixtures("typed")
def test_rest_reads(zuora: ZuoraClient, kind: str) -> None:
    assert succeeded(World(zuora).write(kind, GOOD))
    path, steps = READS[kind]
    found = zuora.json("GET", path).json()
    for step in steps:
        found = found[step]
    assert found | GOOD == found


@pytest.mark.usefixtures("typed")
def test_contacts_are_read(zuora: ZuoraClient) -> None:
    made = World(zuora).write("contact", GOOD).json()["id"]
    found = zuora.call("GET", f"/v1/contacts/{made}")
    assert found | GOOD == found
    emptied = zuora.call("PUT", f"/v1/contacts/{made}", {"Since__c": "", "Score__c": ""})
    assert (emptied["Since__c"], emptied["Score__c"], emptied["Code__c"]) == (None, None, "12345")


PATHS = {
    "account": "accounts",
    "contact": "contacts",
    "product": "products",
    "productRatePlan": "product-rate-plans",
    "productRatePlanCharge": "product-rate-plan-charges",
    "order": "orders",
    "orderLineItem": "order-line-items",
    "subscription": "subscriptions",
    "ratePlan": "rate-plans",
    "ratePlanCharge": "rate-plan-charges",
}


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.usefixtures("typed")
def test_queries(zuora: ZuoraClient, kind: str) -> None:
    assert succeeded(World(zuora).write(kind, GOOD))
    rows = zuora.json("GET", f"/object-query/{PATHS[kind]}").json()["data"]
    [row] = [row for row in rows if row.get("Code__c") == "12345"]
    assert (row["Score__c"], row["Vip__c"], row["Since__c"]) == (1.25, True, "2026-02-01")
    conditions = "Score__c > 1 and Vip__c = true and Since__c >= '2026-01-01' and Tier__c = 'Gold' and Count__c = 7"
    text = zoql("Code__c", OBJECTS[kind], conditions)
    response = zuora.json("POST", "/v1/action/query", {"queryString": text})
    if kind in {"order", "orderLineItem"}:
        assert response.json()["FaultCode"] == "INVALID_TYPE"
    else:
        assert [record["Code__c"] for record in response.json()["records"]] == ["12345"]


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.usefixtures("typed")
def test_describe(zuora: ZuoraClient, kind: str) -> None:
    root = XML(zuora.get(f"/v1/describe/{OBJECTS[kind]}").content)
    known = {item.findtext("name"): item for item in root.findall("fields/field")}
    types = {name: known[name].findtext("type") for name in GOOD}
    assert types == {
        "Plain__c": "text",
        "Code__c": "text",
        "Score__c": "decimal",
        "Count__c": "integer",
        "Vip__c": "boolean",
        "Since__c": "date",
        "Tier__c": "picklist",
    }
    assert [known[name].findtext("maxlength") for name in ("Plain__c", "Code__c", "Vip__c")] == ["255", "5", ""]
    assert [option.text for option in known["Tier__c"].findall("options/option")] == ["Gold", "Silver"]
    assert {known[name].findtext("custom") for name in GOOD} == {"true"}


@pytest.mark.parametrize(
    ("definitions", "words"),
    [
        ({"account": ["Segment"]}, "__c"),
        ({"account": [{"type": "Text"}]}, "__c"),
        ({"account": [{"name": "A__c", "type": "Colour"}]}, "one of Text"),
        ({"account": [{"name": "A__c", "length": 5}]}, "no 'length'"),
        ({"account": [{"name": "A__c", "maxlength": 0}]}, "maxlength"),
        ({"account": [{"name": "A__c", "type": "Date", "maxlength": 5}]}, "maxlength"),
        ({"account": [{"name": "A__c", "type": "Picklist"}]}, "options"),
        ({"account": [{"name": "A__c", "options": ["x"]}]}, "options"),
        ({"account": [{"name": "A__c", "type": "Picklist", "options": [""]}]}, "list of texts"),
        ({"account": ["A__c", {"name": "A__c"}]}, "twice"),
        ({"invoice": ["A__c"]}, "invoice"),
        ({"account": [5]}, "customFields"),
    ],
)
def test_refused_definitions(definitions: Body, words: str) -> None:
    settings = TenantSettings()
    with pytest.raises(ValueError, match=words):
        settings.change({"customFields": definitions})
    assert settings.custom_fields == TenantSettings().custom_fields


def test_definitions_by_the_control_call(zuora: ZuoraClient) -> None:
    field = {"name": "Tier__c", "type": "Picklist", "options": ["Gold"]}
    answer = zuora.post("/_sandbox/settings", json={"customFields": {"order": [field, "Plain__c"]}})
    assert answer.json()["customFields"]["order"] == [field, "Plain__c"]
    refused = zuora.post("/_sandbox/settings", json={"customFields": {"order": [{**field, "options": []}]}})
    assert refused.status_code == 400
    assert "options" in refused.text


def test_definitions_are_shown_and_kept_in_the_file(tmp_path: Any) -> None:
    tenant = Tenant.open(tmp_path / "zuora.db")
    shown = tenant.configure({"customFields": {"account": DEFINITIONS}})
    assert shown["customFields"]["account"] == DEFINITIONS
    tenant.close()
    again = Tenant.open(tmp_path / "zuora.db")
    assert [field.type for field in again.custom_fields("account")] == [
        "Text", "Text", "Number", "Integer", "Boolean", "Date", "Picklist",
    ]  # fmt: skip
    again.close()


def test_tax_info_of_an_account(zuora: ZuoraClient) -> None:
    tax = {"VATId": "DE123456789", "companyCode": "C1", "exemptStatus": "No"}
    number = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "taxInfo": tax})["accountNumber"]
    found = zuora.call("GET", f"/v1/accounts/{number}")["taxInfo"]
    assert found | tax == found
    text = zoql("VATId, TaxCompanyCode, TaxExemptStatus", "Account", "VATId = 'DE123456789'")
    [record] = zuora.call("POST", "/v1/action/query", {"queryString": text})["records"]
    assert (record["VATId"], record["TaxCompanyCode"], record["TaxExemptStatus"]) == ("DE123456789", "C1", "No")
    zuora.call("PUT", f"/v1/accounts/{number}", {"taxInfo": {"VATId": "DE2"}})
    found = zuora.call("GET", f"/v1/accounts/{number}")["taxInfo"]
    assert (found["VATId"], found["companyCode"]) == ("DE2", "C1")
    refused = zuora.json("POST", "/v1/accounts", {**ACCOUNT, "taxInfo": {"VATId": "x" * 26, "Vat": "y"}})
    assert refused.status_code == 400
    assert [item["code"] % 100 for item in refused.json()["reasons"]] == [21, 20]
