"""Who owns what: contracts that move, accounts that are merged, owners that orders name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.salesforce.conftest import API, Client
from tests.sandbox.salesforce.cpq_life import items, order, sold, subscriptions
from tests.world import Line, World


def owners(world: World, contract: str, day: str) -> tuple[str, str, str]:
    [held] = world.active(contract, day).values()
    return held.account, held.subscription_owner, held.invoice_owner


def test_the_latest_order_that_names_an_owner_decides(sales: World) -> None:
    buyer, payer, other = (sales.account(name) for name in ("Buyer", "Payer", "Other"))
    first = sales.order(buyer, [Line(sales.product(), 3)], start="2026-01-01", end="2026-12-31", InvoiceOwner__c=payer)
    contract = sales.contract(first)
    assert owners(sales, contract, "2026-02-01") == (buyer, buyer, payer)
    change = {"product": "SEAT", "quantity": 4}
    sales.amend(contract, "2026-03-01", change, orderFields={"SubscriptionOwner__c": other})
    sales.amend(contract, "2026-04-01", {**change, "quantity": 5})
    assert owners(sales, contract, "2026-05-01") == (buyer, other, payer)
    renewed = sales.contract(sales.renew(contract))
    assert owners(sales, renewed, "2027-05-01") == (buyer, other, payer)
    assert next(iter(sales.active(renewed, "2027-05-01").values())).first == subscriptions(sales, first)[0]["Name"]


@pytest.mark.parametrize("orders", [False, True])
def test_a_contract_goes_to_another_account(sales: World, orders: bool) -> None:
    first, contract = sold(sales, Line(sales.product(), 3), Line(sales.product("Router", subscription=False)))
    old, new = order(sales, first)["AccountId"], sales.account("New owner")
    sales.move(contract, new, orders=orders)
    assert owners(sales, contract, "2026-05-01") == (new, new, new)
    assert order(sales, first)["AccountId"] == (new if orders else old)
    [asset] = sales.org.store.find("Asset", "AccountId", new)
    number = sales.amend(
        contract, "2026-06-01", {"product": "SEAT", "quantity": 5}, {"assetId": asset["Id"], "quantity": 2}
    )
    assert order(sales, number)["AccountId"] == new


def test_merged_accounts_are_one(sales: World, client: Client) -> None:
    first, contract = sold(sales, Line(sales.product(), 3))
    loser, master = order(sales, first)["AccountId"], sales.account("Master")
    contact, child = sales.contact(loser), sales.account("Child", ParentId=loser)
    paid = sales.order(master, [Line(sales.product("Other"))], InvoiceOwner__c=loser)
    body = {"sobject": "Account", "master": master, "duplicates": [loser]}
    answer = client.post("/_sandbox/merge", json=body)
    assert (answer.status_code, answer.json()["mergedRecordIds"]) == (200, [loser])
    assert {contact, child, order(sales, first)["Id"]} <= set(answer.json()["updatedRelatedIds"])
    assert loser not in {row["Id"] for row in client.soql("SELECT Id FROM Account")}
    text = "SELECT Id, MasterRecordId FROM Account WHERE IsDeleted = true AND MasterRecordId != null"
    [row] = client.get(f"{API}/queryAll", params={"q": text}).json()["records"]
    assert (row["Id"], row["MasterRecordId"]) == (loser, master)
    assert (order(sales, first)["AccountId"], order(sales, paid)["InvoiceOwner__c"]) == (master, master)
    assert owners(sales, contract, "2026-05-01") == (master, master, master)
    assert order(sales, sales.amend(contract, "2026-06-01", {"product": "SEAT", "quantity": 5}))["AccountId"] == master
    undelete = client.post("/_sandbox/undelete", json={"sobject": "Account", "ids": [loser]})
    assert undelete.json()[0]["errorCode"] == "UNDELETE_FAILED"


def test_contacts_can_be_merged_too(sales: World) -> None:
    account = sales.account()
    kept, gone = sales.contact(account), sales.contact(account, "Twin")
    number = sales.order(account, [Line(sales.product())], BillToContactId=gone)
    sales.merge(kept, gone, sobject="Contact")
    assert order(sales, number)["BillToContactId"] == kept


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"duplicates": []}, "INVALID_INPUT"),
        ({"duplicates": "three"}, "INVALID_INPUT"),
        ({"duplicates": "master"}, "INVALID_INPUT"),
        ({"duplicates": ["001000000000000AAA"]}, "NOT_FOUND"),
        ({"duplicates": ["nonsense"]}, "MALFORMED_ID"),
        ({"duplicates": "parent"}, "CIRCULAR_DEPENDENCY"),
        ({"sobject": "Order"}, "INVALID_TYPE"),
        ({"more": 1}, "INVALID_INPUT"),
    ],
)
def test_merges_that_are_refused(sales: World, client: Client, change: dict[str, Any], code: str) -> None:
    parent, other = sales.account("Parent"), sales.account("Other")
    master = sales.account("Master", ParentId=parent)
    named = {"three": [parent, other, sales.account("Third")], "master": [master], "parent": [other, parent]}
    if isinstance(change.get("duplicates"), str):
        change = {"duplicates": named[change["duplicates"]]}
    body = {"sobject": "Account", "master": master, "duplicates": [other], **change}
    answer = client.post("/_sandbox/merge", json=body)
    assert answer.json()[0]["errorCode"] == code
    assert sales.org.store.find("Account", "Name", "Other")


def test_assets_are_amended_and_renewed_for_their_new_owner(sales: World) -> None:
    router = sales.product("Router", subscription=False, SBQQ__AssetAmendmentBehavior__c="Allow Refund")
    first, contract = sold(sales, Line(sales.product()), Line(router, 4, 450))
    up = sales.amend(contract, "2026-03-01", {"product": "ROUTER", "quantity": 6})
    down = sales.amend(contract, "2026-04-01", {"product": "ROUTER", "quantity": 1})
    sale = items(sales, first)[1]
    assert [(i["Quantity"], i["SBQQ__RevisedOrderProduct__c"]) for one in (up, down) for i in items(sales, one)] == [
        (2, sale["Id"]), (-5, sale["Id"]),
    ]  # fmt: skip
    renewal = sales.renew(contract, includeAssets=True)
    assert [(i["Quantity"], i["SBQQ__ContractAction__c"], i["EndDate"]) for i in items(sales, renewal)] == [
        (1, "Renew", "2027-12-31"), (1, "Renew", None),
    ]  # fmt: skip
