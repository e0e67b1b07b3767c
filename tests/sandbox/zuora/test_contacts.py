import pytest

from tests.sandbox.zuora.conftest import ACCOUNT, CONTACT

RESOURCES = ("auth", "accounts", "contacts", "settings_api")


@pytest.fixture
def contact(zuora, account):
    return zuora.call("POST", "/v1/contacts", {"accountId": account["accountId"], **CONTACT, "crmId__c": "003x"})


def test_create_gives_all_fields(contact, account):
    assert contact["accountId"] == account["accountId"]
    assert contact["accountNumber"] == account["accountNumber"]
    assert contact["zipCode"] == contact["postalCode"] == "94105"
    assert contact["crmId__c"] == "003x"
    assert contact["asBillTo"] is True


def test_read(zuora, contact):
    assert zuora.call("GET", f"/v1/contacts/{contact['id']}") == contact


def test_account_by_number(zuora, account):
    body = {"accountNumber": account["accountNumber"], "firstName": "A", "lastName": "B"}
    assert zuora.call("POST", "/v1/contacts", body)["accountId"] == account["accountId"]


@pytest.mark.parametrize(
    ("change", "suffix"),
    [
        ({"accountId": None}, 22),
        ({"accountId": "0" * 32}, 40),
        ({"accountNumber": "A00000099"}, 20),
        ({"firstName": ""}, 22),
        ({"lastName": "x" * 101}, 20),
        ({"state": "Ontario"}, 20),
        ({"country": "Nowhere"}, 20),
        ({"postalCode": "1"}, 21),
        ({"other__c": "1"}, 21),
        ({"workEmail": "x" * 81}, 20),
    ],
)
def test_create_refusals(zuora, tenant, account, change, suffix):
    body = {"accountId": account["accountId"], **CONTACT, **change}
    answer = zuora.call("POST", "/v1/contacts", {name: value for name, value in body.items() if value is not None})
    assert [reason["code"] % 100 for reason in answer["reasons"]] == [suffix]
    assert len(tenant.store.rows("contact")) == 1


def test_update_is_partial(zuora, contact):
    changed = zuora.call("PUT", f"/v1/contacts/{contact['id']}", {"city": "Oakland", "workEmail": ""})
    assert changed["city"] == "Oakland"
    assert changed["workEmail"] is None
    assert changed["lastName"] == contact["lastName"]


@pytest.mark.parametrize(
    ("body", "suffix"),
    [({"lastName": ""}, 22), ({"accountId": "x"}, 21), ({"country": "Canada"}, 20), ({"state": ""}, 22)],
)
def test_update_refusals(zuora, contact, body, suffix):
    answer = zuora.call("PUT", f"/v1/contacts/{contact['id']}", body)
    assert answer["reasons"][0]["code"] % 100 == suffix
    assert zuora.call("GET", f"/v1/contacts/{contact['id']}") == contact


def test_delete(zuora, contact):
    path = f"/v1/contacts/{contact['id']}"
    assert zuora.call("DELETE", path) == {"success": True}
    assert zuora.json("GET", path).status_code == 404
    assert zuora.json("DELETE", path).status_code == 404


@pytest.mark.parametrize("kind", ["account", "subscription", "orderLineItem"])
def test_used_contact_is_not_deleted(zuora, tenant, account, contact, kind):
    used = account["billToContactId"] if kind == "account" else contact["id"]
    if kind != "account":
        tenant.store.insert(kind, {"soldToContactId": used} if kind == "subscription" else {"soldTo": used})
    answer = zuora.call("DELETE", f"/v1/contacts/{used}")
    assert answer["reasons"][0]["code"] == 50000030


def test_transfer_inside_of_a_hierarchy_only(zuora, account, contact):
    child = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "parentId": account["accountId"]})
    stranger = zuora.call("POST", "/v1/accounts", ACCOUNT)
    path = f"/v1/contacts/{contact['id']}/transfer"
    assert zuora.call("PUT", path, {"destinationAccountKey": stranger["accountId"]})["success"] is False
    assert zuora.call("PUT", path, {})["success"] is False
    assert zuora.call("PUT", path, {"destinationAccountKey": child["accountNumber"]}) == {"success": True}
    assert zuora.call("GET", f"/v1/contacts/{contact['id']}")["accountId"] == child["accountId"]


def test_scrub(zuora, contact):
    assert zuora.call("PUT", f"/v1/contacts/{contact['id']}/scrub") == {"success": True}
    shown = zuora.call("GET", f"/v1/contacts/{contact['id']}")
    assert shown["workEmail"] is None
    assert shown["address1"] is None
    assert shown["lastName"] != contact["lastName"]
