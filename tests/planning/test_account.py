"""Accounts: created with their parents first, updated only where they differ, held where Zuora cannot follow."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.planning.account import plan_account
from cpqbridge.planning.plan import Ref, SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r

SHIPPING = {
    "ShippingStreet": "9 Dock Road",
    "ShippingCity": "Oakland",
    "ShippingState": "California",
    "ShippingCountry": "United States",
}
SOLD_TO = {
    "Id": "z-sold-to",
    "AccountId": "z-account",
    "FirstName": "Acme_soldTo",
    "LastName": "Acme_soldTo",
    "Address1": "9 Dock Road",
    "City": "Oakland",
    "State": "California",
    "Country": "United States",
    "CrmId__c": r.ACCOUNT_ID,
}


def planned(
    record: dict[str, Any], *others: dict[str, Any], state: ZuoraState | None = None, contacts: Any = ()
) -> SyncPlan:
    snapshot = Snapshot(
        accounts={one["Id"]: one for one in (record, *others)}, contacts={record["Id"]: contacts} if contacts else {}
    )
    return plan_account(r.draft(r.known_state() if state is None else state, snapshot), record)


def requests(plan: SyncPlan) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one.method, one.path, dict(one.body)) for one in plan.operations]


def code(plan: SyncPlan) -> str:
    assert plan.stop is Outcome.HELD
    assert plan.operations == ()
    return plan.problems[0].code


def test_an_account_that_is_the_same_is_unchanged() -> None:
    plan = planned(r.account())
    assert plan.stop is Outcome.UNCHANGED
    assert plan.zuora == {"accountNumber": "A00000001"}


@pytest.mark.parametrize(
    ("changes", "body"),
    [
        ({"Name": "Acme Corp"}, {"name": "Acme Corp"}),
        ({"Description": "A better customer"}, {"notes": "A better customer"}),
        ({"OwnerId": "005B"}, {"salesRep": "005B"}),
        ({"Description": "New", "OwnerId": "005B"}, {"notes": "New", "salesRep": "005B"}),
    ],
)
def test_only_what_differs_is_written(changes: dict[str, Any], body: dict[str, Any]) -> None:
    plan = planned(r.account(**changes))
    updates = [one for one in requests(plan) if one[1].startswith("/v1/accounts")]
    assert updates == [("PUT", "/v1/accounts/A00000001", body)]
    update = next(one for one in plan.operations if one.name == "update_account")
    assert {line.target for line in update.lineage} == {f"/{name}" for name in body}


def test_what_salesforce_leaves_empty_is_not_emptied() -> None:
    assert planned(r.account(Description=None, BillingStreet=None)).stop is Outcome.UNCHANGED


@pytest.mark.parametrize("name", ["Currency", "BillCycleDay", "AutoPay"])
def test_what_only_creates_is_never_overwritten(name: str) -> None:
    state = r.known_state(accounts={r.ACCOUNT_ID: r.account_row(**{name: None})})
    assert planned(r.account(), state=state).stop is Outcome.UNCHANGED


def test_an_edited_address_changes_its_contact() -> None:
    plan = planned(r.account(BillingCity="Oakland", BillingPostalCode="94607"))
    assert requests(plan) == [("PUT", "/v1/contacts/z-bill-to", {"city": "Oakland", "zipCode": "94607"})]


def test_a_renamed_account_renames_the_contact_of_its_address() -> None:
    plan = planned(r.account(Name="Acme Corp"))
    renamed = {"firstName": "Acme Corp_billTo", "lastName": "Acme Corp_billTo"}
    assert ("PUT", "/v1/contacts/z-bill-to", renamed) in requests(plan)


def test_a_person_chosen_as_bill_to_is_not_overwritten_by_the_address() -> None:
    person = r.bill_to_row(FirstName="Ada", LastName="Lovelace", CrmId__c="003000000000001AAA", City="London")
    assert planned(r.account(), state=r.known_state(contacts={"z-account": [person]})).stop is Outcome.UNCHANGED


def test_a_shipping_address_added_later_becomes_the_sold_to_contact() -> None:
    create, update = planned(r.account(**SHIPPING)).operations
    assert (create.name, create.body["lastName"], create.body["address1"]) == (
        "create_contact",
        "Acme_soldTo",
        "9 Dock Road",
    )
    assert create.body["accountId"] == "z-account"
    assert update.body == {"soldToContactId": Ref(create.key, "id")}
    assert [line.target for line in update.lineage] == ["/soldToContactId"]


def test_a_sold_to_contact_made_by_an_earlier_run_is_found() -> None:
    state = r.known_state(contacts={"z-account": [r.bill_to_row(), SOLD_TO]})
    plan = planned(r.account(**SHIPPING), state=state)
    assert requests(plan) == [("PUT", "/v1/accounts/A00000001", {"soldToContactId": "z-sold-to"})]


def test_a_sold_to_contact_that_is_the_same_is_unchanged_and_follows_its_address() -> None:
    state = r.known_state(
        accounts={r.ACCOUNT_ID: r.account_row(SoldToId="z-sold-to")},
        contacts={"z-account": [r.bill_to_row(), SOLD_TO]},
    )
    assert planned(r.account(**SHIPPING), state=state).stop is Outcome.UNCHANGED
    moved = planned(r.account(**(SHIPPING | {"ShippingCity": "Alameda"})), state=state)
    assert requests(moved) == [("PUT", "/v1/contacts/z-sold-to", {"city": "Alameda"})]


def test_a_new_account_carries_both_contacts_in_one_request() -> None:
    (operation,) = planned(r.account(**SHIPPING), state=ZuoraState()).operations
    assert operation.name == "create_account"
    assert operation.body["billToContact"]["city"] == "San Francisco"
    assert operation.body["soldToContact"]["city"] == "Oakland"
    assert "accountId" not in operation.body["billToContact"]
    assert {line.target for line in operation.lineage} >= {"/name", "/billToContact/city", "/soldToContact/city"}


def test_parents_are_made_first() -> None:
    top, middle = r.account(Id="001T", Name="Top"), r.account(Id="001M", Name="Middle", ParentId="001T")
    plan = planned(r.account(ParentId="001M"), middle, top, state=ZuoraState())
    assert [one.body["name"] for one in plan.operations] == ["Top", "Middle", "Acme"]
    assert [one.body.get("parentId") for one in plan.operations] == [
        None,
        Ref("account:001T", "accountId"),
        Ref("account:001M", "accountId"),
    ]


def test_a_parent_that_zuora_has_is_named_by_its_id() -> None:
    state = ZuoraState(accounts={"001T": r.account_row(Id="z-top", CrmId="001T")})
    (operation,) = planned(r.account(ParentId="001T"), state=state).operations
    assert operation.body["parentId"] == "z-top"


def test_a_parent_given_later_is_made_and_written() -> None:
    plan = planned(r.account(ParentId="001T"), r.account(Id="001T", Name="Top"))
    create, update = plan.operations
    assert (create.name, create.body["name"]) == ("create_account", "Top")
    assert update.body == {"parentId": Ref("account:001T", "accountId")}


@pytest.mark.parametrize(
    ("record", "others", "expected"),
    [
        (r.account(ParentId=r.ACCOUNT_ID), (), "CPQ-409"),
        (r.account(ParentId="001T"), (r.account(Id="001T", ParentId=r.ACCOUNT_ID),), "CPQ-409"),
        (r.account(ParentId="001T"), (), "CPQ-408"),
        (r.account(ParentId="001T"), (r.account(Id="001T", BillingState=None),), "CPQ-404"),
    ],
    ids=["its own parent", "a circle", "unreadable", "incomplete"],
)
def test_a_wrong_parent_holds_the_account(record: dict[str, Any], others: Any, expected: str) -> None:
    assert code(planned(record, *others, state=ZuoraState())) == expected


def test_a_circle_is_shown() -> None:
    plan = planned(r.account(ParentId="001T"), r.account(Id="001T", ParentId=r.ACCOUNT_ID), state=ZuoraState())
    assert f"{r.ACCOUNT_ID} → 001T → {r.ACCOUNT_ID}" in plan.problems[0].message


def test_a_currency_that_differs_is_held() -> None:
    plan = planned(r.account(CurrencyIsoCode="EUR"))
    assert code(plan) == "CPQ-410"
    assert plan.problems[0].field == "Account.CurrencyIsoCode"


def test_an_org_without_currencies_compares_none() -> None:
    state = r.known_state(accounts={r.ACCOUNT_ID: r.account_row(Currency="EUR")})
    assert planned(r.account(CurrencyIsoCode=None), state=state).stop is Outcome.UNCHANGED


NO_ADDRESS = dict.fromkeys(
    ("BillingStreet", "BillingCity", "BillingState", "BillingPostalCode", "BillingCountry"), None
)


@pytest.mark.parametrize("state", [ZuoraState(), r.known_state()], ids=["new", "known"])
@pytest.mark.parametrize(
    ("changes", "expected", "field"),
    [
        (NO_ADDRESS, "CPQ-403", "Account.BillingAddress"),
        ({"BillingState": None}, "CPQ-404", "Account.BillingState"),
        ({"BillingCountry": ""}, "CPQ-404", "Account.BillingCountry"),
        ({"BillingCountry": "Untied States"}, "CPQ-402", "Account.BillingCountry"),
        ({"BillingState": "Californai"}, "CPQ-402", "Account.BillingState"),
        ({"Name": None}, "CPQ-401", "Account.Name"),
        ({"Name": "N" * 256}, "CPQ-402", "Account.Name"),
        ({"BillingPostalCode": "9" * 21}, "CPQ-402", "Account.BillingPostalCode"),
    ],
)
def test_a_wrong_account_is_held(state: ZuoraState, changes: dict[str, Any], expected: str, field: str) -> None:
    plan = planned(r.account(**changes), state=state)
    assert code(plan) == expected
    assert plan.problems[0].field == field


def test_country_and_state_may_be_codes() -> None:
    record = r.account(BillingCountry=None, BillingCountryCode="US", BillingState=None, BillingStateCode="CA")
    assert planned(record).stop is Outcome.UNCHANGED


def test_each_contact_is_created_once_updated_where_it_differs_or_left() -> None:
    known = {
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
    state = r.known_state(contacts={"z-account": [r.bill_to_row(), known, {**known, "Id": "z-b", "CrmId__c": "003B"}]})
    people = [r.contact(), r.contact(Id="003B", Email="new@example.com"), r.contact(Id="003C", LastName="Hopper")]
    plan = planned(r.account(), state=state, contacts=people)
    assert [(one.name, one.path) for one in plan.operations] == [
        ("update_contact", "/v1/contacts/z-b"),
        ("create_contact", "/v1/contacts"),
    ]
    assert plan.operations[0].body == {"workEmail": "new@example.com"}
    assert plan.operations[1].body["crmId__c"] == "003C"


def test_contacts_of_a_new_account_wait_for_its_id() -> None:
    plan = planned(r.account(), state=ZuoraState(), contacts=[r.contact()])
    assert plan.operations[1].body["accountId"] == Ref(f"account:{r.ACCOUNT_ID}", "accountId")


def test_a_wrong_contact_holds_the_account() -> None:
    plan = planned(r.account(), contacts=[r.contact(MailingCountry="Atlantis", MailingState="Deep")])
    assert code(plan) == "CPQ-402"
    assert plan.problems[0].field == "Contact.MailingCountry"


def test_each_problem_is_told_once() -> None:
    plan = planned(r.account(BillingState=None, BillingCountry=None), state=ZuoraState())
    assert [problem.field for problem in plan.problems] == ["Account.BillingState", "Account.BillingCountry"]


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ({"ShippingStreet": "1 Road", "ShippingCity": "Oslo"}, True),
        ({"ShippingStreet": "1 Road", "ShippingCountry": "Norway"}, False),
        ({}, False),
    ],
)
def test_a_shipping_address_needs_its_country_once_it_is_begun(address: dict[str, str], held: bool) -> None:
    record = r.account(**address)
    plan = plan_account(r.draft(ZuoraState(), Snapshot(accounts={record["Id"]: record})), record)
    reasons = [(problem.code, problem.field) for problem in plan.problems]
    assert reasons == ([("CPQ-404", "Account.ShippingCountry")] if held else [])
