"""Describe: the keys clients read, caching, and paging of queries over HTTP."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.conftest import API, Client, Clock


def test_global_describe_names_every_object(client: Client, org: Org) -> None:
    listed = client.get(f"{API}/sobjects/").json()["sobjects"]
    assert {row["name"] for row in listed} == {table.name for table in org.store.catalogue.objects()}
    order = next(row for row in listed if row["name"] == "Order")
    assert (order["keyPrefix"], order["custom"], order["queryable"]) == ("801", False, True)
    assert order["urls"]["describe"] == f"{API}/sobjects/Order/describe"
    assert client.get(f"{API}/sobjects/Order").json()["objectDescribe"] == order


def test_fields_have_what_clients_read(client: Client) -> None:
    body = client.get(f"{API}/sobjects/orderitem/describe/").json()
    fields = {field["name"]: field for field in body["fields"]}
    price = fields["UnitPrice"]
    assert (price["type"], price["soapType"], price["precision"], price["scale"]) == ("currency", "xsd:double", 18, 2)
    lookup = fields["SBQQ__Subscription__c"]
    assert lookup["referenceTo"] == ["SBQQ__Subscription__c"]
    assert (lookup["relationshipName"], lookup["custom"]) == ("SBQQ__Subscription__r", True)
    assert fields["OrderItemNumber"]["autoNumber"] is True
    assert fields["CurrencyIsoCode"]["picklistValues"][0]["validFor"] is None
    assert {"SBQQ__OrderItems__r"} <= {child["relationshipName"] for child in body["childRelationships"]}
    start = client.get(f"{API}/sobjects/SBQQ__Subscription__c/describe").json()["fields"]
    formula = next(field for field in start if field["name"] == "SBQQ__StartDate__c")
    assert (formula["calculated"], formula["createable"], formula["filterable"]) == (True, False, True)


@pytest.mark.parametrize("header", ["If-None-Match", "If-Modified-Since"])
def test_unchanged_describe_is_not_sent_again(client: Client, clock: Clock, header: str) -> None:
    path = f"{API}/sobjects/Account/describe"
    first = client.get(path)
    known = first.headers["ETag" if header == "If-None-Match" else "Last-Modified"]
    again = client.get(path, headers={header: known})
    assert (again.status_code, again.content) == (304, b"")
    clock.forward(minutes=1)
    field = {"sobject": "Account", "name": f"New_{header.replace('-', '')}__c", "type": "date"}
    client.post("/_sandbox/settings", json={"customFields": [field]})
    changed = client.get(path, headers={header: known})
    assert changed.status_code == 200
    assert field["name"] in {entry["name"] for entry in changed.json()["fields"]}


def test_query_pages(client: Client, org: Org) -> None:
    for number in range(450):
        org.store.insert("Account", {"Name": f"A{number:03}"})
    options = {"Sforce-Query-Options": "batchSize=200"}
    page = client.get(f"{API}/query/", params={"q": "SELECT Name FROM Account ORDER BY Name"}, headers=options).json()
    seen = [page]
    while not page["done"]:
        page = client.get(page["nextRecordsUrl"]).json()
        seen.append(page)
    assert [len(part["records"]) for part in seen] == [200, 200, 50]
    assert {part["totalSize"] for part in seen} == {450}
    lost = client.get(f"{API}/query/0r8000000000000-200")
    assert (lost.status_code, lost.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_query_refusals_and_deleted_rows(client: Client) -> None:
    client.delete(f"{API}/sobjects/Account/{client.create('Account', Name='a')}")
    assert client.get(f"{API}/query", params={"q": "SELECT Id FROM Account"}).json()["totalSize"] == 0
    assert client.get(f"{API}/queryAll", params={"q": "SELECT Id FROM Account"}).json()["totalSize"] == 1
    for text, code in (("SELECT Id FROM Nope", "INVALID_TYPE"), ("SELECT", "MALFORMED_QUERY"), ("", "MALFORMED_QUERY")):
        answer = client.get(f"{API}/query", params={"q": text})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    tooling = client.get(f"{API}/tooling/query", params={"q": "SELECT Id FROM ApexClass"})
    assert tooling.json()[0]["errorCode"] == "INVALID_TYPE"
