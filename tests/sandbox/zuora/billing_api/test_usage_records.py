"""Usage records: create, read, update, delete, list, query; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing_api.conftest import BillingClient
from tests.sandbox.zuora.billing_api.schema import check_request
from tests.sandbox.zuora.conftest import ACCOUNT, zoql
from tests.sandbox.zuora.ordering import Body, Catalog, order, plan_override, subscription

PATH = "/v1/object/usage"


@pytest.fixture
def charge(zuora: BillingClient, account: Body, catalog: Catalog) -> Body:
    """A subscription with a usage charge: its number and the charge."""
    plans = [plan_override(catalog, "Calls"), plan_override(catalog, "Setup")]
    answer = zuora.call("POST", "/v1/orders", order(account, subscription(catalog, "S-1", subscribeToRatePlans=plans)))
    assert answer["success"], answer
    read = zuora.call("GET", "/v1/subscriptions/S-1")
    charges = {item["name"]: item for plan in read["ratePlans"] for item in plan["ratePlanCharges"]}
    return {"usage": charges["Calls"], "oneTime": charges["Setup"], "subscriptionId": read["id"]}


def record(account: Body, **fields: Any) -> Body:
    body = {
        "AccountNumber": account["accountNumber"],
        "UOM": "Each",
        "Quantity": 10,
        "StartDateTime": "2026-02-03T10:00:00+00:00",
        **fields,
    }
    return {name: value for name, value in body.items() if value is not None}


def test_a_record_of_an_account(zuora: BillingClient, account: Body) -> None:
    body = record(account, Description="February", EndDateTime="2026-02-04T10:00:00+00:00")
    check_request("POST", PATH, body)
    made = zuora.call("POST", PATH, body)
    assert made["Success"] is True
    read = zuora.call("GET", f"{PATH}/{made['Id']}")
    assert {name: read[name] for name in body} == body
    assert (read["AccountId"], read["RbeStatus"], read["SourceType"]) == (account["accountId"], "Pending", "API")
    assert read["SubmissionDateTime"]
    assert not [name for name in read if name.startswith("_")]


def test_a_record_of_a_charge(zuora: BillingClient, account: Body, charge: Body) -> None:
    number = charge["usage"]["number"]
    made = zuora.call("POST", PATH, record(account, SubscriptionNumber="S-1", ChargeNumber=number))
    read = zuora.call("GET", f"{PATH}/{made['Id']}")
    assert (read["ChargeNumber"], read["ChargeId"]) == (number, charge["usage"]["id"])
    assert (read["SubscriptionNumber"], read["SubscriptionId"]) == ("S-1", charge["subscriptionId"])
    again = record(account, SubscriptionId=charge["subscriptionId"], ChargeId=charge["usage"]["id"])
    made = zuora.call("POST", PATH, again)
    read = zuora.call("GET", f"{PATH}/{made['Id']}")
    assert (read["ChargeNumber"], read["SubscriptionNumber"]) == (number, "S-1")


def test_change_and_delete(zuora: BillingClient, account: Body, tenant: Tenant) -> None:
    made = zuora.call("POST", PATH, record(account))
    path = f"{PATH}/{made['Id']}"
    change = {"Quantity": 12, "StartDateTime": "2026-02-05T00:00:00+00:00"}
    check_request("PUT", path, change)
    assert zuora.call("PUT", path, change)["Success"] is True
    assert zuora.call("GET", path)["Quantity"] == 12
    assert zuora.call("PUT", path, {"AccountNumber": "A-other"})["Errors"][0]["Code"] == "INVALID_VALUE"
    tenant.store.update("usage", made["Id"], {"rbeStatus": "Processed"})
    for verb, body in (("PUT", {"Quantity": 1}), ("DELETE", None)):
        answer = zuora.call(verb, path, body)
        assert answer["Success"] is False
        assert "processed" in answer["Errors"][0]["Message"]
    tenant.store.update("usage", made["Id"], {"rbeStatus": "Pending"})
    assert zuora.call("DELETE", path) == {"success": True, "id": made["Id"]}
    assert zuora.json("GET", path).status_code == 404


REFUSED: dict[str, tuple[Body, str, str]] = {
    "no account": ({"AccountNumber": None}, "MISSING_REQUIRED_VALUE", "AccountId"),
    "unknown account": ({"AccountNumber": "A-none"}, "INVALID_VALUE", "does not exist"),
    "two accounts": ({"AccountId": "@"}, "INVALID_VALUE", "different accounts"),
    "unknown subscription": ({"SubscriptionNumber": "S-none"}, "INVALID_VALUE", "does not exist"),
    "unknown charge": ({"ChargeNumber": "C-none"}, "INVALID_VALUE", "does not exist"),
    "no unit": ({"UOM": None}, "MISSING_REQUIRED_VALUE", "UOM"),
    "unknown unit": ({"UOM": "Furlong"}, "INVALID_VALUE", "does not exist"),
    "no quantity": ({"Quantity": None}, "MISSING_REQUIRED_VALUE", "Quantity"),
    "negative": ({"Quantity": -1}, "INVALID_VALUE", "greater than 0"),
    "no start": ({"StartDateTime": None}, "MISSING_REQUIRED_VALUE", "StartDateTime"),
    "no moment": ({"StartDateTime": "soon"}, "INVALID_VALUE", "StartDateTime"),
    "ends before it starts": ({"EndDateTime": "2026-02-01T00:00:00+00:00"}, "INVALID_VALUE", "EndDateTime"),
    "unknown field": ({"RatedAmount": 1}, "INVALID_FIELD", "RatedAmount"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(zuora: BillingClient, account: Body, tenant: Tenant, case: str) -> None:
    changes, code, words = REFUSED[case]
    other = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "accountNumber": "A-2"})["accountId"]
    body = record(account, **{name: other if value == "@" else value for name, value in changes.items()})
    response = zuora.json("POST", PATH, body)
    assert response.status_code == 400
    [error] = response.json()["Errors"]
    assert error["Code"] == code, error
    assert words in error["Message"]
    assert tenant.store.find("usage") == []


def test_a_charge_that_does_not_fit(zuora: BillingClient, account: Body, charge: Body) -> None:
    other = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "accountNumber": "A-2"})
    usage = charge["usage"]["number"]
    for body, words in (
        (record(account, ChargeNumber=charge["oneTime"]["number"]), "no usage charge"),
        (record(account, ChargeNumber=usage, UOM="GB"), "not that of the charge"),
        (record({"accountNumber": "A-2"}, ChargeNumber=usage), "does not belong"),
        (record({"accountNumber": "A-2"}, SubscriptionNumber="S-1"), "does not belong"),
    ):
        answer = zuora.call("POST", PATH, body)
        assert answer["Success"] is False
        assert words in answer["Errors"][0]["Message"]
    assert other["success"]


def test_lists_and_queries(zuora: BillingClient, account: Body, charge: Body) -> None:
    number = charge["usage"]["number"]
    for day in (3, 5, 4):
        start = f"2026-02-0{day}T10:00:00+00:00"
        zuora.call("POST", PATH, record(account, ChargeNumber=number, StartDateTime=start, Quantity=day))
    listed = zuora.call("GET", f"/v1/usage/accounts/{account['accountNumber']}?pageSize=2")
    assert [item["quantity"] for item in listed["usage"]] == [5, 4]
    assert listed["usage"][0] | {"chargeNumber": number, "status": "Pending", "sourceName": "API"} == listed["usage"][0]
    rest = zuora.call("GET", f"/v1/usage/accounts/{account['accountNumber']}?page=2&pageSize=2")
    assert "page=2" in listed["nextPage"]
    assert [item["quantity"] for item in rest["usage"]] == [3]
    assert zuora.json("GET", "/v1/usage/accounts/none").status_code == 404

    query = f"filter[]=accountId.EQ:{account['accountId']}&filter[]=quantity.GT:3&sort[]=startDateTime.ASC"
    rows = zuora.call("GET", f"/object-query/usages?{query}")["data"]
    assert [(row["quantity"], row["uOM"]) for row in rows] == [(4, "Each"), (5, "Each")]
    text = zoql("Quantity, UOM, ChargeNumber, RbeStatus", "Usage", f"AccountId = '{account['accountId']}'")
    records = zuora.call("POST", "/v1/action/query", {"queryString": text})["records"]
    assert sorted(row["Quantity"] for row in records) == [3, 4, 5]
    assert {row["ChargeNumber"] for row in records} == {number}
