"""What an administrator changes in Setup: custom fields, record types, field-level security."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.app import create_app
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sandbox.salesforce.cpq.records import order_id_of_number
from cpqbridge.sandbox.salesforce.cpq.triggers import install
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.salesforce.visibility import reshape
from cpqbridge.sandbox.seed.foundation import lay_foundation
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandbox.salesforce.conftest import API, Client, serving
from tests.world import Line, World


@pytest.fixture
def world() -> Iterator[World]:
    org = Org.open()
    lay_foundation(org)
    yield World(org)
    org.close()


def described(client: Client, sobject: str, name: str) -> dict[str, Any]:
    fields = client.get(f"{API}/sobjects/{sobject}/describe").json()["fields"]
    return next((field for field in fields if field["name"] == name), {})


# Custom fields

CUSTOM = {
    "Account": [
        {"name": "Text_One__c", "type": "string", "length": 40},
        {"name": "Long_One__c", "type": "textarea"},
        {"name": "Pick_One__c", "type": "picklist", "values": ["A", "B"], "restricted": True},
        {"name": "Number_One__c", "type": "double", "precision": 9, "scale": 3},
        {"name": "Money_One__c", "type": "currency"},
        {"name": "Percent_One__c", "type": "percent"},
        {"name": "Flag_One__c", "type": "boolean"},
        {"name": "Day_One__c", "type": "date"},
        {"name": "Moment_One__c", "type": "datetime"},
        {"name": "Mail_One__c", "type": "email"},
        {"name": "Phone_One__c", "type": "phone"},
        {"name": "Url_One__c", "type": "url"},
    ],
    "Order": [{"name": "Payer_One__c", "type": "reference", "referenceTo": "Account"}],
}
WRITTEN = {
    "Text_One__c": "x",
    "Long_One__c": "a\nb",
    "Pick_One__c": "B",
    "Number_One__c": 1.125,
    "Money_One__c": 9.5,
    "Percent_One__c": 12.5,
    "Flag_One__c": True,
    "Day_One__c": "2026-05-01",
    "Moment_One__c": "2026-05-01T10:00:00.000+0000",
    "Mail_One__c": "a@b.example",
    "Phone_One__c": "1",
    "Url_One__c": "https://b.example",
}


FOUND = "SELECT {} FROM Account WHERE Pick_One__c = 'b' AND Number_One__c > 1"


def test_custom_fields_by_object_are_written_queried_and_described(client: Client) -> None:
    assert client.post("/_sandbox/settings", json={"customFields": CUSTOM}).status_code == 200
    client.create("Account", Name="a", **WRITTEN)
    names = list(WRITTEN)
    [row] = client.soql(FOUND.format(", ".join(names)))
    assert {name: row[name] for name in names} == WRITTEN
    assert {name: described(client, "Account", name)["custom"] for name in names} == dict.fromkeys(names, True)
    assert described(client, "Account", "Text_One__c")["length"] == 40
    lookup = described(client, "Order", "Payer_One__c")
    assert (lookup["referenceTo"], lookup["relationshipName"]) == (["Account"], "Payer_One__r")
    refused = client.post(f"{API}/sobjects/Account", json={"Name": "b", "Pick_One__c": "C"})
    assert refused.json()[0]["errorCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_custom_fields_are_shown_as_they_were_set() -> None:
    org = Org.open()
    with serving(create_app(org)) as url, Client(base_url=url) as client:
        assert client.get("/_sandbox/settings").json()["customFields"] == {}
        shown = client.post("/_sandbox/settings", json={"customFields": CUSTOM}).json()
        lookup = {"name": "Payer_One__c", "type": "reference", "referenceTo": ["Account"]}
        assert shown["customFields"] == {"Account": CUSTOM["Account"], "Order": [lookup]}
        assert client.post("/_sandbox/settings", json=shown).json() == shown
        hidden = client.post("/_sandbox/settings", json={"hiddenFields": ["Order.Payer_One__c"]}).json()
        assert hidden["customFields"] == shown["customFields"]
    org.close()


def test_an_unknown_setting_is_refused_with_the_known_ones(client: Client) -> None:
    refused = client.post("/_sandbox/settings", json={"customField": {}})
    assert refused.status_code == 400
    assert {"multiCurrency", "customFields", "expireSessions"} <= set(re.findall(r"\w+", refused.json()[0]["message"]))


@pytest.mark.parametrize("wrong", [{"Account": {}}, {"Account": ["x"]}, {"Nope": [{"name": "A__c", "type": "date"}]}])
def test_wrong_custom_fields_by_object_are_refused(client: Client, wrong: dict[str, Any]) -> None:
    assert client.post("/_sandbox/settings", json={"customFields": wrong}).status_code == 400


METADATA = [
    ("Text", {"length": 40, "externalId": True}, {"type": "string", "length": 40, "externalId": True}),
    ("TextArea", {}, {"type": "textarea", "length": 255}),
    ("LongTextArea", {"length": 500, "visibleLines": 3}, {"type": "textarea", "length": 500}),
    ("Number", {"precision": 10, "scale": 4}, {"type": "double", "precision": 10, "scale": 4}),
    ("Checkbox", {"defaultValue": "true"}, {"type": "boolean", "defaultValue": True, "nillable": False}),
    ("Lookup", {"referenceTo": "Contact"}, {"type": "reference", "referenceTo": ["Contact"]}),
    ("Date", {"required": True}, {"type": "date", "nillable": False}),
    (
        "Picklist",
        {"valueSet": {"restricted": True, "valueSetDefinition": {"value": [{"fullName": "A"}, {"fullName": "B"}]}}},
        {"type": "picklist", "restrictedPicklist": True},
    ),
]


@pytest.mark.parametrize(("kind", "more", "expected"), METADATA, ids=[kind for kind, _, _ in METADATA])
def test_the_tooling_api_adds_fields(client: Client, kind: str, more: dict[str, Any], expected: dict[str, Any]) -> None:
    name = f"Tooling_{kind}__c"
    body = {"FullName": f"Opportunity.{name}", "Metadata": {"label": f"My {kind}", "type": kind, **more}}
    made = client.post(f"{API}/tooling/sobjects/CustomField", json=body)
    assert (made.status_code, made.json()["success"]) == (201, True)
    field = described(client, "Opportunity", name)
    assert {key: field[key] for key in expected} == expected
    assert field["label"] == f"My {kind}"
    again = client.post(f"{API}/tooling/sobjects/CustomField", json=body)
    assert (again.status_code, again.json()[0]["errorCode"]) == (400, "DUPLICATE_DEVELOPER_NAME")


def test_the_tooling_api_refuses_what_it_cannot_make(client: Client) -> None:
    path = f"{API}/tooling/sobjects/CustomField"
    for body in (
        {"FullName": "Account.A__c", "Metadata": {"type": "Location"}},
        {"FullName": "Nope.A__c", "Metadata": {"type": "Date"}},
        {"FullName": "Account.A__c"},
        {"FullName": "Account.Plain", "Metadata": {"type": "Date"}},
    ):
        assert client.post(path, json=body).status_code == 400
    assert client.get(path).status_code == 405


def test_a_reset_takes_custom_fields_away() -> None:
    with LocalSandbox("empty") as sandbox, Client(base_url=sandbox.salesforce_url) as client:
        client.headers["Authorization"] = f"Bearer {sandbox.credentials['salesforce']['access_token']}"
        sandbox.org.add_custom_field("Account", name="VAT__c", type="string", length=40, external_id=True)
        assert described(client, "Account", "VAT__c")["externalId"] is True
        client.post("/_sandbox/reset", json={"seed": "empty"})
        assert described(client, "Account", "VAT__c") == {}


# Record types


def test_record_types_are_described_queried_and_checked(client: Client, org: Org) -> None:
    lay_foundation(org)
    [kind] = client.soql("SELECT Id FROM RecordType WHERE DeveloperName = 'Partner_Account' AND IsActive = true")
    client.create("Account", Name="a", RecordTypeId=kind["Id"])
    [row] = client.soql("SELECT RecordType.DeveloperName, RecordType.Name FROM Account")
    assert (row["RecordType"]["DeveloperName"], row["RecordType"]["Name"]) == ("Partner_Account", "Partner Account")
    infos = client.get(f"{API}/sobjects/Account/describe").json()["recordTypeInfos"]
    assert [(info["developerName"], info["master"]) for info in infos] == [
        ("Business_Account", False), ("Partner_Account", False), ("Master", True),
    ]  # fmt: skip
    wrong = client.post(f"{API}/sobjects/Contact", json={"LastName": "b", "RecordTypeId": kind["Id"]})
    assert (wrong.status_code, wrong.json()[0]["errorCode"]) == (400, "INVALID_CROSS_REFERENCE_KEY")


@pytest.mark.parametrize("sobject", ["Account", "Contact", "Product2", "Opportunity", "Order", "SBQQ__Quote__c"])
def test_main_objects_have_record_types(client: Client, org: Org, sobject: str) -> None:
    lay_foundation(org)
    assert described(client, sobject, "RecordTypeId")["referenceTo"] == ["RecordType"]
    assert len(client.get(f"{API}/sobjects/{sobject}/describe").json()["recordTypeInfos"]) > 1


# Field-level security


def test_hidden_fields_still_count_in_formulas_and_for_the_package(world: World) -> None:
    org = world.org
    hidden = ("Order.Status", "OrderItem.Quantity", "OrderItem.UnitPrice", "OrderItem.OrderId", "Contact.LastName")
    account = world.account()
    world.contact(account, "Buyer", FirstName="Ann")
    org.settings.apply({"hiddenFields": list(hidden)})
    reshape(org.store, org.settings)
    number = world.order(account, [Line(world.product(), 3)])
    [order] = org.store.query("SELECT OrderNumber, StatusCode, TotalAmount FROM Order").records
    assert order["OrderNumber"] == number
    assert (order["StatusCode"], order["TotalAmount"]) == ("Activated", 360)
    [item] = org.store.query("SELECT TotalPrice, SBQQ__Subscription__r.SBQQ__Quantity__c FROM OrderItem").records
    assert (item["TotalPrice"], item["SBQQ__Subscription__r"]["SBQQ__Quantity__c"]) == (360, 3)
    assert org.store.query("SELECT Name FROM Contact").records[0]["Name"] == "Ann Buyer"


@pytest.mark.parametrize(
    ("hidden", "query"),
    [
        ("Order.Status", "SELECT Status FROM Order"),
        ("OrderItem.OrderId", "SELECT Id, (SELECT Id FROM OrderItems) FROM Order"),
        ("Order.AccountId", "SELECT Account.Name FROM Order"),
    ],
)
def test_hidden_fields_cannot_be_queried_described_or_written(client: Client, hidden: str, query: str) -> None:
    assert client.get(f"{API}/query", params={"q": query}).status_code == 200
    assert client.post("/_sandbox/settings", json={"hiddenFields": [hidden]}).status_code == 200
    refused = client.get(f"{API}/query", params={"q": query})
    assert (refused.status_code, refused.json()[0]["errorCode"]) in ((400, "INVALID_FIELD"), (400, "INVALID_TYPE"))
    sobject, _, name = hidden.partition(".")
    assert described(client, sobject, name) == {}
    assert client.post(f"{API}/sobjects/{sobject}", json={name: "x"}).json()[0]["errorCode"] == "INVALID_FIELD"
    client.post("/_sandbox/settings", json={"hiddenFields": []})
    assert described(client, sobject, name)["name"] == name


def test_hidden_required_fields_make_an_insert_fail_cleanly(client: Client, draft_order: Any) -> None:
    made = draft_order()
    client.post("/_sandbox/settings", json={"hiddenFields": ["Order.Status", "OrderItem.OrderId"]})
    entry = {"PricebookEntryId": made["entry"], "Quantity": 1, "UnitPrice": 1}
    for path, body in (
        ("Order", {"AccountId": made["account"], "EffectiveDate": "2026-01-01"}), ("OrderItem", entry),
    ):  # fmt: skip
        refused = client.post(f"{API}/sobjects/{path}", json=body)
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "REQUIRED_FIELD_MISSING")
    path = f"{API}/sobjects/Order/{made['order']}"
    assert client.patch(path, json={"Description": "x"}).status_code == 204
    assert "Status" not in client.get(path).json()


# Background jobs


def test_contracting_goes_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "org.sqlite"
    org = Org.open(path)
    lay_foundation(org)
    world = World(org)
    number = world.order(world.account(), [Line(world.product())], contracted=False)
    contract(org, order_id_of_number(org, number), polls=2)
    org.tick()
    org.close()
    opened = Org.open(path)
    opened.tick()
    assert opened.store.count("SBQQ__Subscription__c") == 0
    install(opened)
    opened.tick()
    assert opened.store.count("SBQQ__Subscription__c") == 1
    assert opened.store.noted("jobs") == []
    opened.close()


def test_a_field_may_be_made_and_hidden_at_once_and_stays_hidden_when_it_is_made_anew(client: Client) -> None:
    def change(**settings: Any) -> None:
        assert client.post("/_sandbox/settings", json=settings).status_code == 200

    secret = {"name": "Secret__c", "type": "string", "length": 20}
    change(customFields={"Account": [secret]}, hiddenFields=["Account.Secret__c"])
    assert described(client, "Account", "Secret__c") == {}
    change(customFields={"Account": [secret | {"length": 10}]})
    assert described(client, "Account", "Secret__c") == {}
    change(hiddenFields=[])
    assert described(client, "Account", "Secret__c")["length"] == 10
