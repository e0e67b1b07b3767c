"""``POST /v1/action/update``: the id under which another system knows a rate plan is set anew."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, read, send
from tests.sandbox.zuora.conftest import ZuoraClient, zoql
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, seats, subscription
from tests.zuora_schema import check_request

Body = dict[str, Any]

PATH = "/v1/action/update"
AUTO_RENEW = act("TermsAndConditions", {"autoRenew": True})


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


@pytest.fixture
def plan(zuora: ZuoraClient, account: Body, catalog: Catalog) -> str:
    """Id of the only rate plan of S-1, which another system knows as 802-1."""
    sold = seats(catalog) | {"externallyManagedPlanId": "802-1", "subscriptionRatePlanNumber": "SRP-1"}
    send(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=[sold])))
    return str(read(zuora, "S-1")["ratePlans"][0]["id"])


def update(zuora: ZuoraClient, *objects: Body, kind: str = "RatePlan") -> list[Body]:
    body = {"objects": list(objects), "type": kind}
    check_request("POST", PATH, body)
    answer: list[Body] = zuora.call("POST", PATH, body)
    return answer


def external_id(zuora: ZuoraClient, version: int | None = None) -> str | None:
    found: str | None = read(zuora, "S-1", version)["ratePlans"][0]["externallyManagedPlanId"]
    return found


def test_the_id_changes_on_the_latest_version_and_stays_in_later_ones(
    zuora: ZuoraClient, account: Body, plan: str
) -> None:
    assert update(zuora, {"Id": plan, "ExternallyManagedPlanId": "802000000000001AAA"}) == [
        {"Success": True, "Id": plan}
    ]

    assert external_id(zuora) == "802000000000001AAA"
    found = zuora.call("GET", "/object-query/rate-plans?filter[]=externallyManagedPlanId.EQ:802000000000001AAA")["data"]
    assert [row["id"] for row in found] == [plan]
    assert zuora.call("GET", "/object-query/rate-plans?filter[]=externallyManagedPlanId.EQ:802-1")["data"] == []
    records = zuora.call("POST", "/v1/action/query", {"queryString": zoql("ExternallyManagedPlanId", "RatePlan")})
    assert records["records"] == [{"Id": plan, "ExternallyManagedPlanId": "802000000000001AAA"}]
    send(zuora, change(account, "S-1", AUTO_RENEW))
    assert (external_id(zuora), external_id(zuora, 1)) == ("802000000000001AAA", "802000000000001AAA")


def test_an_old_version_keeps_its_own(zuora: ZuoraClient, account: Body, plan: str) -> None:
    send(zuora, change(account, "S-1", AUTO_RENEW))
    latest = read(zuora, "S-1")["ratePlans"][0]["id"]
    assert latest != plan
    update(zuora, {"Id": latest, "ExternallyManagedPlanId": "802-2"})

    assert (external_id(zuora), external_id(zuora, 1)) == ("802-2", "802-1")


@pytest.mark.parametrize("given", [{"ExternallyManagedPlanId": ""}, {"fieldsToNull": ["ExternallyManagedPlanId"]}])
def test_the_id_can_be_emptied(zuora: ZuoraClient, plan: str, given: Body) -> None:
    assert update(zuora, {"Id": plan, **given})[0]["Success"]
    assert external_id(zuora) is None


def test_custom_fields_and_fields_that_do_not_exist(zuora: ZuoraClient, plan: str, tenant: Tenant) -> None:
    tenant.configure({"customFields": {"ratePlan": ["Deal__c", {"name": "Rank__c", "type": "Integer"}]}})
    given = {"Id": plan, "Deal__c": "D-1", "Rank__c": 3, "ExternalyManagedPlanId": "typo"}
    assert update(zuora, given)[0]["Success"]

    shown = read(zuora, "S-1")["ratePlans"][0]
    assert (shown["Deal__c"], shown["Rank__c"], shown["externallyManagedPlanId"]) == ("D-1", 3, "802-1")
    response = zuora.json("POST", f"{PATH}?rejectUnknownFields=true", {"objects": [given], "type": "RatePlan"})
    assert (response.status_code, response.json()) == (400, {"message": "Error - unrecognised fields"})
    wrong = update(zuora, {"Id": plan, "Rank__c": "high"})[0]
    assert (wrong["Success"], wrong["Errors"][0]["Code"]) == (False, "INVALID_VALUE")


def test_each_object_has_its_own_answer(zuora: ZuoraClient, plan: str) -> None:
    answers = update(
        zuora,
        {"Id": "8a00", "ExternallyManagedPlanId": "a"},
        {"Id": plan, "ExternallyManagedPlanId": "x" * 33},
        {"Id": plan, "Name": "Gold"},
        {"Id": plan, "fieldsToNull": ["Nope"]},
        {"Id": "", "ExternallyManagedPlanId": "a"},
        {"Id": plan, "ExternallyManagedPlanId": "802-9"},
    )

    codes = [answer["Errors"][0]["Code"] for answer in answers[:-1]]
    assert codes == ["INVALID_ID", "INVALID_VALUE", "INVALID_FIELD", "INVALID_FIELD", "MISSING_REQUIRED_VALUE"]
    assert "32" in answers[1]["Errors"][0]["Message"]
    assert answers[-1] == {"Success": True, "Id": plan}
    assert external_id(zuora) == "802-9"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"objects": [], "type": "RatePlan"}, "INVALID_VALUE"),
        ({"objects": [None], "type": "RatePlan"}, "INVALID_VALUE"),
        ({"objects": [{"Id": "x"}] * 51, "type": "RatePlan"}, "MAX_RECORDS_EXCEEDED"),
        ({"objects": [{"Id": "x"}], "type": "Gadget"}, "INVALID_TYPE"),
        ({"objects": [{"Id": "x"}]}, "INVALID_TYPE"),
    ],
)
def test_a_call_that_is_wrong_as_a_whole(zuora: ZuoraClient, body: Body, code: str) -> None:
    response = zuora.json("POST", PATH, body)

    assert (response.status_code, response.json()["FaultCode"]) == (400, code)


def test_other_objects_are_not_updated_this_way(zuora: ZuoraClient, account: Body) -> None:
    body = {"objects": [{"Id": account["accountId"], "Name": "Other"}], "type": "Account"}
    answer = zuora.json("POST", PATH, body).json()

    assert [item["Success"] for item in answer] == [False]
    assert answer[0]["Errors"][0]["Code"] == "MISSING_PERMISSION"
    assert zuora.call("GET", f"/v1/accounts/{account['accountNumber']}")["basicInfo"]["name"] == "Acme"
