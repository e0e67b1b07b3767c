"""Who an order is billed and sold to: contact before address before the account's own, always of the right owner."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Operation, Ref, SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r

BILLING = {
    "BillingStreet": "5 Order Lane",
    "BillingCity": "Reno",
    "BillingState": "Nevada",
    "BillingPostalCode": "89501",
    "BillingCountry": "United States",
}
SHIPPING = {name.replace("Billing", "Shipping"): value for name, value in BILLING.items()}
ADA: dict[str, Any] = {"BillToContactId": "003000000000001AAA", "BillToContact": r.contact()}
ADA_SHIP: dict[str, Any] = {"ShipToContactId": "003000000000001AAA", "ShipToContact": r.contact()}
ADA_ROW = {
    "Id": "z-ada",
    "AccountId": "z-account",
    "FirstName": "Ada",
    "LastName": "Lovelace",
    "Address1": "12 St James's Square",
    "City": "London",
    "PostalCode": "SW1Y 4JH",
    "Country": "United Kingdom",
    "WorkEmail": "ada@example.com",
    "MobilePhone": "+44 20 7946 0000",
    "CrmId__c": "003000000000001AAA",
}
OWNER = r.account_row(Id="z-owner", AccountNumber="A-OWNER", CrmId="001O")


def order_address_row(role: str = "billTo", **changes: Any) -> dict[str, Any]:
    return {
        "Id": f"z-{role}",
        "FirstName": f"Acme_{role}",
        "LastName": f"Acme_{role}",
        "Address1": "5 Order Lane",
        "City": "Reno",
        "State": "Nevada",
        "PostalCode": "89501",
        "Country": "United States",
        "CrmId__c": r.ACCOUNT_ID,
        "CrmOrderId__c": r.ORDER_ID,
        **changes,
    }


def planned(*rows: dict[str, Any], account: str = "z-account", **changes: Any) -> SyncPlan:
    state = r.known_state()
    state.accounts["001O"] = OWNER
    state.contacts.setdefault(account, []).extend(rows)
    return plan_order(r.draft(state), r.order(**changes))


def named(plan: SyncPlan) -> tuple[Any, Any]:
    """The bill-to and the sold-to contact of the created subscription."""
    assert plan.stop is None, plan.problems
    order = plan.operations[-1]
    assert order.name == "create_order"
    created = order.body["subscriptions"][0]["orderActions"][0]["createSubscription"]
    return created.get("billToContactId"), created.get("soldToContactId")


def made(plan: SyncPlan) -> list[Operation]:
    return [one for one in plan.operations if one.name == "create_contact"]


def test_the_accounts_own_contacts_stay_when_the_order_names_none() -> None:
    plan = planned()
    assert named(plan) == (None, None)
    assert made(plan) == []


def test_a_contact_goes_before_an_address() -> None:
    assert named(planned(ADA_ROW, **ADA, **BILLING))[0] == "z-ada"
    assert named(planned(ADA_ROW, **ADA_SHIP, **SHIPPING))[1] == "z-ada"


def test_a_contact_that_zuora_lacks_is_made_in_the_account() -> None:
    plan = planned(**ADA)
    (contact,) = made(plan)
    assert contact.body["accountId"] == "z-account"
    assert contact.body["crmId__c"] == "003000000000001AAA"
    assert named(plan)[0] == Ref(contact.key, "id")


def test_a_contact_that_differs_is_updated() -> None:
    plan = planned(ADA_ROW | {"City": "Bath"}, **ADA)
    assert [(one.name, dict(one.body)) for one in plan.operations[:-1]] == [("update_contact", {"city": "London"})]


def test_one_contact_in_both_roles_is_made_once() -> None:
    plan = planned(**ADA, **ADA_SHIP)
    (contact,) = made(plan)
    assert named(plan) == (Ref(contact.key, "id"), Ref(contact.key, "id"))


def test_one_contact_in_both_roles_is_updated_once() -> None:
    plan = planned(ADA_ROW | {"City": "Bath"}, **ADA, **ADA_SHIP)
    assert [one.name for one in plan.operations] == ["update_contact", "create_order"]


def test_addresses_become_contacts_of_this_order() -> None:
    plan = planned(**BILLING, **SHIPPING)
    bill_to, sold_to = made(plan)
    assert (bill_to.body["lastName"], sold_to.body["lastName"]) == ("Acme_billTo", "Acme_soldTo")
    assert {one.body["crmOrderId__c"] for one in (bill_to, sold_to)} == {r.ORDER_ID}
    assert {one.body["crmId__c"] for one in (bill_to, sold_to)} == {r.ACCOUNT_ID}
    assert named(plan) == (Ref(bill_to.key, "id"), Ref(sold_to.key, "id"))


def test_the_contact_of_an_address_is_found_again_by_order_and_role() -> None:
    rows = (order_address_row("soldTo"), order_address_row("billTo"))
    plan = planned(*rows, **BILLING, **SHIPPING)
    assert named(plan) == ("z-billTo", "z-soldTo")
    assert [one.name for one in plan.operations] == ["create_order"]


@pytest.mark.parametrize(
    "row",
    [
        order_address_row(CrmOrderId__c="801000000000009AAA"),
        order_address_row(CrmOrderId__c=None),
        order_address_row("soldTo"),
        order_address_row(CrmId__c="001X"),
    ],
    ids=["another order's", "the account's own", "another role's", "another account's"],
)
def test_the_contact_of_another_address_is_not_taken(row: dict[str, Any]) -> None:
    assert len(made(planned(row, **BILLING))) == 1


def test_an_edited_address_is_followed() -> None:
    plan = planned(order_address_row(), **(BILLING | {"BillingCity": "Sparks"}))
    assert [(one.name, dict(one.body)) for one in plan.operations[:-1]] == [("update_contact", {"city": "Sparks"})]
    assert named(plan)[0] == "z-billTo"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"InvoiceOwner__c": "001O", **ADA}, "Order.BillToContactId"),
        ({"SubscriptionOwner__c": "001O", **ADA_SHIP}, "Order.ShipToContactId"),
    ],
)
def test_a_contact_of_another_account_than_the_owner_is_held(changes: dict[str, Any], field: str) -> None:
    plan = planned(**changes)
    assert plan.stop is Outcome.HELD
    assert [(problem.code, problem.field) for problem in plan.problems] == [("CPQ-407", field)]
    assert "belongs to account" in plan.problems[0].message


def test_each_role_looks_at_its_own_owner_only() -> None:
    ada = r.contact(AccountId="001O")
    plan = planned(InvoiceOwner__c="001O", BillToContactId="x", BillToContact=ada, **ADA_SHIP)
    assert [(one.body["crmId__c"], one.body["accountId"]) for one in made(plan)] == [
        ("003000000000001AAA", "z-owner"),
        ("003000000000001AAA", "z-account"),
    ]


def test_addresses_become_contacts_of_their_owners() -> None:
    plan = planned(InvoiceOwner__c="001O", **BILLING, **SHIPPING)
    assert [one.body["accountId"] for one in made(plan)] == ["z-owner", "z-account"]


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        (BILLING | {"BillingState": None}, ["CPQ-404"]),
        (BILLING | {"BillingCountry": None, "BillingState": None}, ["CPQ-404", "CPQ-404"]),
        (BILLING | {"BillingCountry": "Atlantis"}, ["CPQ-402"]),
        (SHIPPING | {"ShippingCountry": "Atlantis"}, ["CPQ-402"]),
    ],
)
def test_a_wrong_address_holds_the_order(changes: dict[str, Any], codes: list[str]) -> None:
    plan = planned(**changes)
    assert plan.stop is Outcome.HELD
    assert [problem.code for problem in plan.problems] == codes


def test_a_shipping_address_needs_its_country_but_no_state() -> None:
    (contact,) = made(planned(ShippingStreet="9 Dock Road", ShippingCountry="Norway"))
    assert contact.body["address1"] == "9 Dock Road"
    assert [problem.code for problem in planned(ShippingStreet="9 Dock Road").problems] == ["CPQ-404"]


def owned(*ids: str, **changes: Any) -> SyncPlan:
    """An order whose accounts Zuora lacks."""
    names = {r.ACCOUNT_ID: "Acme", "001O": "Payer", "001S": "User"}
    accounts = {one: r.account(Id=one, Name=names[one]) for one in ids}
    state = ZuoraState(plans={r.PRODUCT_ID: r.plan_row()})
    return plan_order(r.draft(state, Snapshot(accounts=accounts)), r.order(**changes))


def test_owners_that_zuora_lacks_are_made_first() -> None:
    plan = owned(r.ACCOUNT_ID, "001O", "001S", InvoiceOwner__c="001O", SubscriptionOwner__c="001S")
    assert [one.body.get("name") for one in plan.operations] == ["Acme", "Payer", "User", None]
    created = plan.operations[-1].body["subscriptions"][0]["orderActions"][0]["createSubscription"]
    assert created["invoiceOwnerAccountNumber"] == Ref("account:001O", "accountNumber")
    assert created["subscriptionOwnerAccountNumber"] == Ref("account:001S", "accountNumber")


def test_an_owner_in_both_roles_is_made_once() -> None:
    plan = owned(r.ACCOUNT_ID, "001O", InvoiceOwner__c="001O", SubscriptionOwner__c="001O")
    assert [one.name for one in plan.operations] == ["create_account", "create_account", "create_order"]


def test_an_owner_that_cannot_be_read_holds_the_order() -> None:
    plan = owned(r.ACCOUNT_ID, InvoiceOwner__c="001O")
    assert plan.stop is Outcome.HELD
    assert [problem.code for problem in plan.problems] == ["CPQ-408"]


def test_the_contact_of_a_new_account_waits_for_its_id() -> None:
    plan = owned(r.ACCOUNT_ID, **ADA)
    (contact,) = made(plan)
    assert contact.body["accountId"] == Ref(f"account:{r.ACCOUNT_ID}", "accountId")
