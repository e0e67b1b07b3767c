"""Records one at a time: CRUD, upsert, validation in the real words, locked orders, versions and limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from cpqbridge.sandbox.salesforce.app import create_app
from cpqbridge.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import API, Client, Clock, serving

Make = Callable[..., dict[str, str]]
KEY = {
    "customFields": [{"sobject": "Account", "name": "Erp_Key__c", "type": "string", "length": 20, "externalId": True}]
}


def refusal(answer: httpx.Response) -> tuple[int, str, str, list[str] | None]:
    [entry] = answer.json()
    return answer.status_code, entry["errorCode"], entry["message"], entry.get("fields")


def read_only(field: str) -> str:
    return (
        f"Unable to create/update fields: {field}. Please check the security settings of this field and verify that "
        "it is read/write for your profile or permission set."
    )


def test_a_record_s_life(client: Client) -> None:
    made = client.post(f"{API}/sobjects/Account/", json={"Name": "Acme", "BillingCity": "Köln"})
    record_id = made.json()["id"]
    assert made.json() == {"id": record_id, "success": True, "errors": []}
    assert made.headers["Location"] == f"{API}/sobjects/Account/{record_id}"
    path = f"{API}/sobjects/Account/{record_id}"
    body = client.get(path).json()
    assert body["attributes"] == {"type": "Account", "url": path}
    assert body["BillingAddress"]["city"] == "Köln"
    assert body["CreatedDate"] == "2026-03-01T12:00:00.000+0000"
    assert client.patch(path, json={"Name": "Acme AG", "BillingCity": None}).status_code == 204
    few = client.get(path, params={"fields": "name,BillingCity"}).json()
    assert {name: few[name] for name in ("Name", "BillingCity")} == {"Name": "Acme AG", "BillingCity": None}
    assert client.get(path[:-3]).json()["Id"] == record_id
    assert client.delete(path).status_code == 204
    gone = (404, "ENTITY_IS_DELETED", "entity is deleted", [])
    assert refusal(client.delete(path)) == gone
    assert refusal(client.patch(path, json={"Name": "x"})) == gone


def test_deleted_and_updated_lists(client: Client) -> None:
    first, second = client.create("Account", Name="A"), client.create("Account", Name="B")
    client.delete(f"{API}/sobjects/Account/{first}")
    window = {"start": "2026-03-01T00:00:00+00:00", "end": "2026-03-02T00:00:00+00:00"}
    assert [
        row["id"] for row in client.get(f"{API}/sobjects/Account/deleted/", params=window).json()["deletedRecords"]
    ] == [first]
    assert client.get(f"{API}/sobjects/Account/updated/", params=window).json()["ids"] == [second]


@pytest.mark.parametrize(
    ("sobject", "fields", "code", "message", "names"),
    [
        ("Account", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        ("Account", {"Name": ""}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]", ["Name"]),
        (
            "Account",
            {"Name": "a", "Nope": 1},
            "INVALID_FIELD",
            "No such column 'Nope' on sobject of type Account",
            None,
        ),
        (
            "Account",
            {"Name": "a", "BillingCity": "n" * 41},
            "STRING_TOO_LONG",
            f"Billing City: data value too large: {'n' * 41} (max length=40)",
            ["BillingCity"],
        ),
        (
            "Account",
            {"Name": "a", "CreatedDate": "2026-01-01T00:00:00Z"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            read_only("CreatedDate"),
            ["CreatedDate"],
        ),
        (
            "Account",
            {"Name": "a", "Id": "001000000000001AAA"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            "cannot specify Id in an insert call",
            ["Id"],
        ),
        (
            "Account",
            {"Name": "a", "ParentId": "rubbish"},
            "MALFORMED_ID",
            "Parent Account ID: id value of incorrect type: rubbish",
            ["ParentId"],
        ),
        (
            "Account",
            {"Name": "a", "ParentId": "003000000000001AAA"},
            "FIELD_INTEGRITY_EXCEPTION",
            "Parent Account ID: id value of incorrect type: 003000000000001AAA",
            ["ParentId"],
        ),
        (
            "Account",
            {"Name": "a", "ParentId": "001000000000001AAA"},
            "INVALID_CROSS_REFERENCE_KEY",
            "invalid cross reference id",
            [],
        ),
        (
            "Account",
            {"Name": "a", "CurrencyIsoCode": "XXX"},
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "Currency ISO Code: bad value for restricted picklist field: XXX",
            ["CurrencyIsoCode"],
        ),
        (
            "Contact",
            {"LastName": "a", "Email": "nobody"},
            "INVALID_EMAIL_ADDRESS",
            "Email: invalid email address: nobody",
            ["Email"],
        ),
        (
            "Product2",
            {"Name": "a", "SBQQ__SubscriptionTerm__c": 10**9},
            "NUMBER_OUTSIDE_VALID_RANGE",
            "Subscription Term: value outside of valid range on numeric field: 1000000000",
            ["SBQQ__SubscriptionTerm__c"],
        ),
        (
            "SBQQ__Subscription__c",
            {"SBQQ__Quantity__c": 1, "SBQQ__StartDate__c": "2026-01-01"},
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            read_only("SBQQ__StartDate__c"),
            ["SBQQ__StartDate__c"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isupper() else "",
)
def test_refused_inserts(
    client: Client, sobject: str, fields: dict[str, Any], code: str, message: str, names: list[str] | None
) -> None:
    assert refusal(client.post(f"{API}/sobjects/{sobject}", json=fields)) == (400, code, message, names)


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"NumberOfEmployees": "many"}, "Cannot deserialize instance of int from VALUE_STRING value many"),
        ({"AnnualRevenue": True}, "Cannot deserialize instance of currency from VALUE_TRUE value True"),
        ({"Name": ["a"]}, "Cannot deserialize instance of string from START_ARRAY"),
    ],
)
def test_mistyped_values_refuse_the_request(client: Client, fields: dict[str, Any], start: str) -> None:
    status, code, message, _ = refusal(client.post(f"{API}/sobjects/Account", json={"Name": "a"} | fields))
    assert (status, code) == (400, "JSON_PARSER_ERROR")
    assert message.startswith(start)


def test_broken_json_and_wrong_media_type(client: Client) -> None:
    headers = {"Content-Type": "application/json"}
    assert refusal(client.post(f"{API}/sobjects/Account", content=b"{", headers=headers))[1] == "JSON_PARSER_ERROR"
    plain = client.post(f"{API}/sobjects/Account", content=b"{}", headers={"Content-Type": "text/plain"})
    assert refusal(plain)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_addresses_of_nothing(client: Client) -> None:
    missing = (404, "NOT_FOUND", "The requested resource does not exist", None)
    account = client.create("Account", Name="a")
    other = account[:14] + ("x" if account[14] != "x" else "y")
    assert refusal(client.get(f"{API}/sobjects/Nope")) == missing
    assert refusal(client.get(f"{API}/nope")) == missing
    assert refusal(client.get(f"{API}/sobjects/Account/{other}")) == missing
    assert refusal(client.patch(f"{API}/sobjects/Account/{other}", json={"Name": "b"})) == missing
    assert refusal(client.get(f"{API}/sobjects/Account/nope"))[1] == "NOT_FOUND"
    assert refusal(client.patch(f"{API}/sobjects/Contact/{account}", json={}))[:2] == (400, "MALFORMED_ID")
    assert refusal(client.put(f"{API}/sobjects/Account/{account}"))[:3] == (
        405,
        "METHOD_NOT_ALLOWED",
        "HTTP Method 'PUT' not allowed. Allowed are DELETE,GET,HEAD,PATCH",
    )
    assert refusal(client.patch(f"{API}/sobjects/Account/{account}", json={"Id": account}))[1] == "INVALID_FIELD"


@pytest.mark.parametrize(
    ("version", "status"), [("58.0", 200), ("68.0", 200), ("25.0", 410), ("99.0", 404), ("x", 404)]
)
def test_versions(client: Client, version: str, status: int) -> None:
    assert client.get(f"/services/data/v{version}/limits/").status_code == status


def test_version_list_and_root(client: Client, org: Org) -> None:
    newest = client.get("/services/data/").json()[-1]
    assert newest == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    root = client.get(f"{API}/").json()
    assert root["identity"] == f"{client.base_url!s}".rstrip("/") + f"/id/{org.organization_id}/{org.user_id}"
    assert root["sobjects"] == f"{API}/sobjects"


def test_upsert_creates_updates_and_forbids(client: Client) -> None:
    client.post("/_sandbox/settings", json=KEY)
    path = f"{API}/sobjects/Account/Erp_Key__c/A%2F1"
    assert client.patch(path, params={"updateOnly": "true"}, json={"Name": "x"}).status_code == 404
    made = client.patch(path, json={"Name": "Acme"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = client.patch(path, json={"Name": "Acme 2"})
    assert again.status_code == 200
    assert again.json() == {"id": made.json()["id"], "success": True, "errors": [], "created": False}
    assert client.get(path).json()["Name"] == "Acme 2"
    old = client.patch(path.replace("v67.0", "v45.0"), json={"Name": "Acme 3"})
    assert (old.status_code, old.content) == (204, b"")
    assert client.patch(path, json={"Erp_Key__c": "B"}).json()[0]["errorCode"] == "INVALID_FIELD"
    client.create("Account", Name="Twin", Erp_Key__c="A/1")
    several = client.patch(path, json={"Name": "x"})
    assert several.status_code == 300
    assert len(several.json()) == 2
    assert client.patch(f"{API}/sobjects/Account/Name/x", json={}).status_code == 404


def test_parent_by_external_id(client: Client) -> None:
    client.post("/_sandbox/settings", json=KEY)
    parent = client.create("Account", Name="Parent", Erp_Key__c="P")
    child = client.create("Account", Name="Child", Parent={"Erp_Key__c": "P"})
    assert client.get(f"{API}/sobjects/Account/{child}").json()["ParentId"] == parent
    answer = client.post(f"{API}/sobjects/Account", json={"Name": "x", "Parent": {"Erp_Key__c": "no"}})
    assert refusal(answer)[2] == "Foreign key external ID: no not found for field Erp_Key__c in entity Account"


def test_unique_fields(client: Client) -> None:
    field = {"sobject": "Account", "name": "Only__c", "type": "string", "externalId": True, "unique": True}
    assert client.post("/_sandbox/settings", json={"customFields": [field]}).status_code == 200
    first = client.create("Account", Name="a", Only__c="x")
    status, code, message, names = refusal(client.post(f"{API}/sobjects/Account", json={"Name": "b", "Only__c": "X"}))
    assert (status, code, names) == (400, "DUPLICATE_VALUE", [])
    assert message == f"duplicate value found: Only__c duplicates value on record with id: {first[:15]}"
    assert client.patch(f"{API}/sobjects/Account/{first}", json={"Only__c": "x"}).status_code == 204


def test_account_hierarchy_has_no_loop(client: Client) -> None:
    top = client.create("Account", Name="top")
    below = client.create("Account", Name="below", ParentId=top)
    answer = client.patch(f"{API}/sobjects/Account/{top}", json={"ParentId": below})
    assert refusal(answer)[:2] == (400, "CIRCULAR_DEPENDENCY")


def test_order_must_start_as_draft_and_have_products(client: Client, draft_order: Make) -> None:
    ids = draft_order()
    fields = {"AccountId": ids["account"], "EffectiveDate": "2026-01-01", "Status": "Activated"}
    assert refusal(client.post(f"{API}/sobjects/Order", json=fields))[:2] == (400, "FAILED_ACTIVATION")
    status, code, message, _ = refusal(
        client.patch(f"{API}/sobjects/Order/{ids['order']}", json={"Status": "Activated"})
    )
    assert (status, code, message) == (400, "FAILED_ACTIVATION", "An order must have at least one product.")


def test_activated_order_is_locked(client: Client, org: Org, draft_order: Make) -> None:
    ids = draft_order()
    path = f"{API}/sobjects/Order/{ids['order']}"
    item = {"OrderId": ids["order"], "PricebookEntryId": ids["entry"], "Quantity": 2, "UnitPrice": 90}
    item_id = client.create("OrderItem", **item)
    assert client.get(f"{API}/sobjects/OrderItem/{item_id}").json()["Product2Id"] == ids["product"]
    assert client.patch(path, json={"Status": "Activated"}).status_code == 204
    row = client.get(path).json()
    assert row["StatusCode"] == "Activated"
    assert row["ActivatedDate"]
    assert refusal(client.post(f"{API}/sobjects/OrderItem", json=item))[1] == "FIELD_INTEGRITY_EXCEPTION"
    item_path = f"{API}/sobjects/OrderItem/{item_id}"
    assert refusal(client.delete(item_path))[1] == "FIELD_INTEGRITY_EXCEPTION"
    assert refusal(client.patch(item_path, json={"Quantity": 3}))[1] == "FIELD_INTEGRITY_EXCEPTION"
    assert client.patch(item_path, json={"Description": "note"}).status_code == 204
    other = client.create("Account", Name="Other")
    assert refusal(client.patch(path, json={"AccountId": other}))[1] == "FIELD_INTEGRITY_EXCEPTION"
    assert client.patch(path, json={"PoNumber": "4711"}).status_code == 204
    org.settings.edit_activated_orders = False
    read_only = (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert refusal(client.patch(path, json={"PoNumber": "4712"}))[:2] == read_only
    assert refusal(client.patch(item_path, json={"Description": "x"}))[:2] == read_only
    assert refusal(client.delete(path))[:2] == (400, "DELETE_FAILED")


@pytest.mark.parametrize("status", ["Bogus", "activated"])
def test_an_order_has_a_status_of_the_org(client: Client, draft_order: Make, status: str) -> None:
    ids = draft_order()
    client.create("OrderItem", OrderId=ids["order"], PricebookEntryId=ids["entry"], Quantity=1, UnitPrice=90)
    path = f"{API}/sobjects/Order/{ids['order']}"
    for before in ("Draft", "Activated"):
        assert client.patch(path, json={"Status": before}).status_code == 204
        assert refusal(client.patch(path, json={"Status": status}))[:2] == (400, "FAILED_ACTIVATION")
        assert client.get(path).json()["Status"] == before


def test_what_orders_are_made_of_cannot_be_deleted(client: Client, draft_order: Make) -> None:
    ids = draft_order()
    client.create("OrderItem", OrderId=ids["order"], PricebookEntryId=ids["entry"], Quantity=1, UnitPrice=90)
    client.patch(f"{API}/sobjects/Order/{ids['order']}", json={"Status": "Activated"})
    held = {"Account": "account", "Product2": "product", "PricebookEntry": "entry", "Pricebook2": "book"}
    for sobject, name in held.items():
        status, code, message, _ = refusal(client.delete(f"{API}/sobjects/{sobject}/{ids[name]}"))
        assert (status, code) == (400, "DELETE_FAILED")
        assert "associated with the following order" in message
    free = client.create("Account", Name="free")
    assert client.delete(f"{API}/sobjects/Account/{free}").status_code == 204


@pytest.mark.parametrize(
    ("switch", "quantity"), [("enableNegativeQuantity", -1), ("enableZeroQuantity", 0)], ids=["negative", "zero"]
)
def test_quantity_switches(client: Client, draft_order: Make, switch: str, quantity: int) -> None:
    ids = draft_order()
    item = {"OrderId": ids["order"], "PricebookEntryId": ids["entry"], "Quantity": quantity, "UnitPrice": 90}
    assert client.post(f"{API}/sobjects/OrderItem", json=item).status_code == 201
    client.post("/_sandbox/settings", json={switch: False})
    assert refusal(client.post(f"{API}/sobjects/OrderItem", json=item))[3] == ["Quantity"]


def test_prices_of_another_book_or_without_standard_price(client: Client, draft_order: Make) -> None:
    ids = draft_order()
    book = client.create("Pricebook2", Name="Partner", IsActive=True)
    entry = client.create("PricebookEntry", Pricebook2Id=book, Product2Id=ids["product"], UnitPrice=80, IsActive=True)
    item = {"OrderId": ids["order"], "PricebookEntryId": entry, "Quantity": 1, "UnitPrice": 80}
    assert refusal(client.post(f"{API}/sobjects/OrderItem", json=item))[3] == ["PricebookEntryId"]
    naked = client.create("Product2", Name="No price")
    price = {"Pricebook2Id": book, "Product2Id": naked, "UnitPrice": 1}
    assert refusal(client.post(f"{API}/sobjects/PricebookEntry", json=price))[1] == "STANDARD_PRICE_NOT_DEFINED"


def test_usage_is_counted_and_limited(client: Client, clock: Clock) -> None:
    assert client.get(f"{API}/sobjects").headers["Sforce-Limit-Info"] == "api-usage=1/15000"
    assert client.get(f"{API}/limits").json()["DailyApiRequests"] == {"Max": 15000, "Remaining": 14998}
    client.post("/_sandbox/settings", json={"maxDailyApiRequests": 3})
    assert client.get(f"{API}/limits").headers["Sforce-Limit-Info"] == "api-usage=3/3"
    assert refusal(client.get(f"{API}/limits"))[:3] == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    clock.forward(hours=25)
    assert client.get(f"{API}/limits").headers["Sforce-Limit-Info"] == "api-usage=1/3"


def test_too_long_addresses(client: Client) -> None:
    assert client.get(f"{API}/query", params={"q": "x" * 17_000}).status_code == 414


def test_settings_are_checked(client: Client) -> None:
    assert client.get("/_sandbox/settings").json()["multiCurrency"] is True
    for wrong in ({"nope": 1}, {"multiCurrency": "yes"}, {"customFields": "x"}, {"customFields": [1]}):
        assert client.post("/_sandbox/settings", json=wrong).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "x"},
        {"name": "a b__c"},
        {"type": "blob"},
        {"length": "ten"},
        {"type": "picklist", "picklist": "A|B"},
        {"type": "reference"},
        {"type": "reference", "referenceTo": ["Nope"]},
    ],
    ids=str,
)
def test_custom_fields_are_checked(client: Client, wrong: dict[str, Any]) -> None:
    field = {"sobject": "Account", "name": "Wrong__c", "type": "string"} | wrong
    assert client.post("/_sandbox/settings", json={"customFields": [field]}).status_code == 400
    described = client.get(f"{API}/sobjects/Account/describe").json()
    assert field["name"] not in {item["name"] for item in described["fields"]}


def test_fields_come_and_go_with_the_settings(client: Client) -> None:
    account = client.create("Account", Name="a", CurrencyIsoCode="EUR")
    text = "SELECT CurrencyIsoCode FROM Account"
    client.post("/_sandbox/settings", json={"multiCurrency": False, "hiddenFields": ["Account.Industry"]})
    gone = client.get(f"{API}/query", params={"q": text})
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
    names = {field["name"] for field in client.get(f"{API}/sobjects/Account/describe").json()["fields"]}
    assert not names & {"CurrencyIsoCode", "Industry", "BillingStateCode"}
    assert client.get(f"{API}/sobjects/Account/{account}").status_code == 200
    client.post("/_sandbox/settings", json={"multiCurrency": True, "hiddenFields": [], "stateCountryCodes": True})
    assert client.soql(text)[0]["CurrencyIsoCode"] == "EUR"
    coded = client.create("Account", Name="b", BillingCountryCode="DE")
    assert client.get(f"{API}/sobjects/Account/{coded}").json()["BillingCountryCode"] == "DE"


def test_a_kept_org_opens_with_its_settings(tmp_path: Path) -> None:
    changes = {"multiCurrency": False, "stateCountryCodes": True, "hiddenFields": ["Order.PoNumber"]}
    path = tmp_path / "org.sqlite"
    made = Org.open(path)
    with serving(create_app(made)) as url:
        assert httpx.post(f"{url}/_sandbox/settings", json=changes).status_code == 200
    made.close()
    opened = Org.open(path)
    assert {name: opened.settings.as_json()[name] for name in changes} == changes | {
        "hiddenFields": ("Order.PoNumber",)
    }
    fields = opened.store.catalogue.require("Order").fields
    assert [name in fields for name in ("currencyisocode", "billingstatecode", "ponumber")] == [False, True, False]
    opened.close()


def test_foreign_method_by_parameter(client: Client) -> None:
    account = client.create("Account", Name="a")
    path = f"{API}/sobjects/Account/{account}"
    assert client.post(path, params={"_HttpMethod": "PATCH"}, json={"Name": "b"}).status_code == 204
    assert client.get(path).json()["Name"] == "b"


def test_number_keys_and_blank_text(client: Client) -> None:
    field = {"sobject": "Account", "name": "Erp_Number__c", "type": "double", "scale": 0, "externalId": True}
    client.post("/_sandbox/settings", json={"customFields": [field]})
    assert client.patch(f"{API}/sobjects/Account/Erp_Number__c/7", json={"Name": " a "}).status_code == 201
    assert client.get(f"{API}/sobjects/Account/Erp_Number__c/7").json()["Name"] == "a"
    assert client.get(f"{API}/sobjects/Account/Erp_Number__c/x").status_code == 400
    assert refusal(client.post(f"{API}/sobjects/Account", json={"Name": "  "}))[1] == "REQUIRED_FIELD_MISSING"


def test_single_currency_org_has_no_currency_table(client: Client) -> None:
    client.post("/_sandbox/settings", json={"multiCurrency": False})
    assert client.get(f"{API}/sobjects/CurrencyType/describe").status_code == 404
    assert "CurrencyType" not in {row["name"] for row in client.get(f"{API}/sobjects").json()["sobjects"]}
