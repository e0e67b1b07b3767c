from decimal import Decimal

import pytest

from tests.sandbox.zuora.conftest import ACCOUNT, CONTACT
from tests.zuora_schema import check_request

RESOURCES = ("auth", "accounts", "contacts", "settings_api")


def create(zuora, **changes):
    body = {name: value for name, value in {**ACCOUNT, **changes}.items() if value is not None}
    return zuora.call("POST", "/v1/accounts", body)


def read(zuora, key):
    return zuora.call("GET", f"/v1/accounts/{key}")


def test_the_bodies_of_these_tests_are_good():
    check_request("POST", "/v1/accounts", ACCOUNT)


def test_create_and_read_back(zuora):
    tax = {"VATId": "DE123", "exemptStatus": "No"}
    created = create(
        zuora,
        crmId="001xx000003DGb2AAG",
        notes="n",
        salesRep="Ann",
        paymentTerm="Net 30",
        taxInfo=tax,
        soldToContact={**CONTACT, "lastName": "Sold", "nickname": "S", "contactDescription": "d"},
        additionalEmailAddresses=["a@b.example", "c@d.example"],
    )
    assert created["accountNumber"] == "A00000001"
    assert created["billToContactId"] != created["soldToContactId"]
    shown = read(zuora, created["accountNumber"])
    assert shown == read(zuora, created["accountId"])
    basic, billing = shown["basicInfo"], shown["billingAndPayment"]
    assert (basic["crmId"], basic["status"], basic["salesRep"]) == ("001xx000003DGb2AAG", "Active", "Ann")
    assert (billing["paymentTerm"], billing["billCycleDay"], billing["currency"]) == ("Net 30", 1, "USD")
    assert billing["additionalEmailAddresses"] == ["a@b.example", "c@d.example"]
    assert shown["taxInfo"]["VATId"] == "DE123"
    assert shown["billToContact"]["zipCode"] == "94105"
    assert (shown["soldToContact"]["nickname"], shown["soldToContact"]["contactDescription"]) == ("S", "d")
    assert shown["metrics"]["balance"] == 0
    summary = zuora.call("GET", f"/v1/accounts/{created['accountNumber']}/summary")
    assert summary["subscriptions"] == []


def test_rows_have_the_names_of_object_query(zuora, tenant):
    created = create(zuora, salesRep="Ann", taxInfo={"VATId": "X"})
    row = tenant.store.get("account", created["accountId"])
    assert row["salesRepName"] == "Ann"
    assert row["vATId"] == "X"
    assert isinstance(row["balance"], Decimal)
    contact = tenant.store.get("contact", row["billToId"])
    assert contact["postalCode"] == "94105"
    assert contact["accountId"] == row["id"]


def test_sold_to_defaults_to_bill_to(account):
    assert account["soldToContactId"] == account["billToContactId"] == account["shipToContactId"]


@pytest.mark.parametrize(("given", "kept"), [("US", "United States"), ("usa", "United States"), ("DE", "Germany")])
def test_country_is_kept_by_its_name(zuora, given, kept):
    created = create(zuora, billToContact={**CONTACT, "country": given, "state": "CA"})
    contact = read(zuora, created["accountId"])["billToContact"]
    assert contact["country"] == kept
    assert contact["state"] == ("California" if kept == "United States" else "CA")


REFUSALS = [
    ({"name": None}, 22, "name"),
    ({"currency": None}, 22, "currency"),
    ({"billToContact": None}, 22, "billToContact"),
    ({"billCycleDay": None}, 22, "billCycleDay"),
    ({"billToContact": {"firstName": "x"}}, 22, "billToContact.lastName"),
    ({"billToContact": {**CONTACT, "zipcode": "1"}}, 21, "billToContact.zipcode"),
    ({"billToContact": {**CONTACT, "firstName": "x" * 101}}, 20, "billToContact.firstName"),
    ({"billToContact": {**CONTACT, "country": "Atlantis"}}, 20, "billToContact.country"),
    ({"billToContact": {**CONTACT, "state": "Bavaria"}}, 20, "billToContact.state"),
    ({"billToContact": {**CONTACT, "state": ""}}, 22, "billToContact.state"),
    ({"billToContact": {**CONTACT, "country": "Canada", "state": "CA"}}, 20, "billToContact.state"),
    ({"billToContact": {**CONTACT, "unknown__c": "x"}}, 21, "unknown__c"),
    ({"unknown__c": "x"}, 21, "unknown__c"),
    ({"salesRep": "x" * 51}, 20, "salesRep"),
    ({"billCycleDay": 32}, 20, "billCycleDay"),
    ({"billCycleDay": "1"}, 20, "billCycleDay"),
    ({"currency": "XXX"}, 20, "currency"),
    ({"paymentTerm": "Net 31"}, 20, "paymentTerm"),
    ({"batch": "Batch99"}, 20, "batch"),
    ({"invoiceTemplateId": "0" * 32}, 20, "invoiceTemplateId"),
    ({"sequenceSetId": "0" * 32}, 20, "sequenceSetId"),
    ({"parentId": "0" * 32}, 20, "parent"),
    ({"parentAccountNumber": "A9"}, 20, "parent"),
    ({"accountNumber": "A00000077"}, 20, "prefix"),
    ({"autoPay": True}, 30, "autoPay"),
    ({"soldToSameAsBillTo": True, "soldToContact": CONTACT}, 20, "soldToContact"),
    ({"subscription": {"termType": "EVERGREEN"}}, 10, "subscription"),
    ({"creditCard": {}}, 10, "creditCard"),
    ({"runBilling": True}, 10, "runBilling"),
]


@pytest.mark.parametrize(("change", "suffix", "word"), REFUSALS)
def test_refusals(zuora, tenant, change, suffix, word):
    answer = create(zuora, **change)
    assert answer["success"] is False
    (reason,) = answer["reasons"]
    assert reason["code"] == 53100000 + suffix
    assert word in reason["message"]
    assert not tenant.store.rows("account")
    assert not tenant.store.rows("contact")


def test_unknown_fields_are_http_400(zuora):
    assert zuora.json("POST", "/v1/accounts", {**ACCOUNT, "nonsense": 1}).status_code == 400
    assert zuora.json("POST", "/v1/accounts", {**ACCOUNT, "currency": "XXX"}).status_code == 200


def test_every_fault_is_reported_at_once(zuora):
    answer = create(zuora, name=None, salesRep="x" * 51, nonsense=1)
    assert [reason["code"] % 100 for reason in answer["reasons"]] == [21, 22, 20]


def test_custom_fields_of_the_tenant_are_kept(zuora):
    zuora.post("/_sandbox/settings", json={"customFields": {"account": ["Segment__c"]}})
    created = create(zuora, Segment__c="SMB", billToContact={**CONTACT, "crmId__c": "003x"})
    shown = read(zuora, created["accountId"])
    assert shown["basicInfo"]["Segment__c"] == "SMB"
    assert shown["billToContact"]["crmId__c"] == "003x"
    zuora.call("PUT", f"/v1/accounts/{created['accountId']}", {"Segment__c": ""})
    assert read(zuora, created["accountId"])["basicInfo"]["Segment__c"] is None


def test_account_number_is_unique(zuora):
    assert create(zuora, accountNumber="ACME-1")["accountNumber"] == "ACME-1"
    assert create(zuora, accountNumber="ACME-1")["reasons"][0]["code"] == 53100030


def test_hierarchy_without_circles(zuora):
    top = create(zuora)
    middle = create(zuora, parentId=top["accountId"])
    low = create(zuora, parentAccountNumber=middle["accountNumber"])
    assert read(zuora, low["accountId"])["basicInfo"]["parentId"] == middle["accountId"]
    for parent in (top, low):
        answer = zuora.call("PUT", f"/v1/accounts/{top['accountId']}", {"parentId": parent["accountId"]})
        assert answer["reasons"][0]["code"] == 53100030
    assert zuora.call("PUT", f"/v1/accounts/{low['accountId']}", {"parentId": ""})["success"]
    assert read(zuora, low["accountId"])["basicInfo"]["parentId"] is None


def test_update_changes_only_what_is_named(zuora, account):
    path = f"/v1/accounts/{account['accountNumber']}"
    zuora.call("PUT", path, {"notes": "n", "salesRep": "Ann"})
    zuora.call("PUT", path, {"salesRep": "", "billCycleDay": 15, "billToContact": {"city": "Oakland"}})
    shown = zuora.call("GET", path)
    assert (shown["basicInfo"]["notes"], shown["basicInfo"]["salesRep"]) == ("n", None)
    assert shown["billingAndPayment"]["billCycleDay"] == 15
    assert (shown["billToContact"]["city"], shown["billToContact"]["state"]) == ("Oakland", "California")


@pytest.mark.parametrize(
    ("body", "suffix"),
    [
        ({"currency": "EUR"}, 21),
        ({"accountNumber": "X"}, 21),
        ({"name": ""}, 22),
        ({"paymentTerm": "Net 31"}, 20),
        ({"billToContactId": "0" * 32}, 20),
        ({"notes": "kept?", "billToContact": {"country": "Atlantis"}}, 20),
        ({"notes": "kept?", "billToContact": {"lastName": ""}}, 22),
    ],
)
def test_update_refusals_change_nothing(zuora, account, body, suffix):
    path = f"/v1/accounts/{account['accountId']}"
    before = zuora.call("GET", path)
    assert zuora.call("PUT", path, body)["reasons"][0]["code"] % 100 == suffix
    assert zuora.call("GET", path) == before


def test_contact_of_another_account_is_refused(zuora, account):
    other = create(zuora, name="Other")
    path = f"/v1/accounts/{account['accountId']}"
    answer = zuora.call("PUT", path, {"soldToContactId": other["billToContactId"]})
    assert answer["reasons"][0]["code"] == 53100020


def test_sold_to_gets_a_contact_of_its_own(zuora, account):
    path = f"/v1/accounts/{account['accountId']}"
    zuora.call("PUT", path, {"soldToContact": {"lastName": "Sold", "city": "Oakland"}})
    shown = zuora.call("GET", path)
    assert shown["billToContact"]["city"] == "San Francisco"
    assert (shown["soldToContact"]["lastName"], shown["soldToContact"]["city"]) == ("Sold", "Oakland")
    assert shown["soldToContact"]["id"] != shown["billToContact"]["id"]


def test_delete_cancels(zuora, account):
    path = f"/v1/accounts/{account['accountId']}"
    assert zuora.call("DELETE", path)["jobStatus"] == "Pending"
    assert zuora.call("GET", path)["basicInfo"]["status"] == "Canceled"


def test_account_with_orders_is_not_deleted(zuora, tenant, account):
    tenant.store.insert("order", {"accountId": account["accountId"], "orderNumber": "O-1"})
    assert zuora.call("DELETE", f"/v1/accounts/{account['accountId']}")["success"] is False


def test_not_found(zuora):
    response = zuora.get("/v1/accounts/A404")
    assert response.status_code == 404
    assert response.json()["reasons"][0]["code"] == 50000040


def test_official_sdk(sdk):
    from zuora_sdk import (
        AccountsApi,
        ApiException,
        ContactsApi,
        CreateAccountContact,
        CreateAccountRequest,
        CreateContactRequest,
        UpdateAccountRequest,
    )

    accounts, contacts = AccountsApi(sdk.api_client), ContactsApi(sdk.api_client)
    bill_to = CreateAccountContact(
        first_name="Ann", last_name="Lee", country="United States", state="California", zip_code="94105"
    )
    created = accounts.create_account(
        CreateAccountRequest(name="Acme", currency="USD", bill_cycle_day=1, bill_to_contact=bill_to, crm_id="001x")
    )
    assert created.success
    shown = accounts.get_account(created.account_number)
    assert shown.basic_info.crm_id == "001x"
    assert shown.bill_to_contact.zip_code == "94105"
    assert accounts.update_account(created.account_id, UpdateAccountRequest(notes="from the SDK")).success
    assert accounts.get_account_summary(created.account_id).basic_info.name == "Acme"
    contact = contacts.create_contact(
        CreateContactRequest(account_id=created.account_id, first_name="Bo", last_name="Yi", country="Germany")
    )
    assert contacts.get_contact(contact.id).country == "Germany"
    refused = accounts.create_account(CreateAccountRequest(name="No currency", bill_to_contact=bill_to))
    assert refused.success is False
    assert refused.reasons
    with pytest.raises(ApiException) as caught:
        accounts.get_account("A404")
    assert caught.value.status == 404
