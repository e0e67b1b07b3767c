"""Account sync end to end: create, update only what differs, hierarchy, contacts, orders."""

from __future__ import annotations

import asyncio
from typing import Any

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line


def sync(both: Both, *ids: str) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with both.service() as service:
            return await service.accounts(ids)

    return asyncio.run(do())


def change(both: Both, sobject: str, record: str, **values: Any) -> None:
    both.world.org.store.update(sobject, record, values, system=True)


def test_a_new_account_comes_with_contacts_and_all_its_orders(both: Both) -> None:
    account = both.world.account()
    contact = {"LastName": "Lovelace", "AccountId": account, "Email": "ada@example.com"}
    both.world.org.store.insert("Contact", contact, system=True)
    product = both.world.product()
    numbers = [both.world.order(account, [Line(product)]) for _ in range(2)]
    [result] = sync(both, account)
    assert result.outcome is Outcome.SYNCED
    assert [order.record for order in result.orders or ()] == numbers
    assert {order.outcome for order in result.orders or ()} == {Outcome.SYNCED}
    [row] = both.sandbox.tenant.store.find("account", crmId=account)
    assert result.zuora["accountNumber"] == row["accountNumber"]
    assert both.counts()["contact"] == 2


def test_a_second_sync_writes_nothing(both: Both) -> None:
    account = both.world.account(ShippingCity="Oakland", ShippingState="CA", ShippingCountry="US")
    both.world.order(account, [Line(both.world.product())])
    sync(both, account)
    before = len(both.writes())
    [again] = sync(both, account)
    assert again.outcome is Outcome.UNCHANGED
    assert [order.outcome for order in again.orders or ()] == [Outcome.UNCHANGED]
    assert len(both.writes()) == before


def test_only_what_differs_is_written(both: Both) -> None:
    account = both.world.account()
    sync(both, account)
    change(both, "Account", account, Description="Pays late", BillingCity="Oakland")
    before = len(both.writes())
    [result] = sync(both, account)
    assert result.outcome is Outcome.SYNCED
    contact, own = both.writes()[before:]
    assert contact["body"] == {"city": "Oakland"}
    assert own["body"] == {"notes": "Pays late"}


def test_an_existing_account_gets_its_new_orders_only(both: Both) -> None:
    account, product = both.world.account(), both.world.product()
    both.world.order(account, [Line(product)])
    sync(both, account)
    number = both.world.order(account, [Line(product)])
    before = len(both.writes())
    [result] = sync(both, account)
    assert [(one.record, one.outcome) for one in result.orders or ()][-1] == (number, Outcome.SYNCED)
    assert [write["path"] for write in both.writes()[before:]] == ["/v1/orders"]


def test_parents_come_first_and_without_their_orders(both: Both) -> None:
    top = both.world.account("Top")
    middle = both.world.account("Middle", ParentId=top)
    child = both.world.account("Child", ParentId=middle)
    both.world.order(top, [Line(both.world.product())])
    [result] = sync(both, child)
    assert result.outcome is Outcome.SYNCED
    rows = {row["name"]: row for row in both.sandbox.tenant.store.rows("account")}
    assert list(rows) == ["Top", "Middle", "Child"]
    assert rows["Child"]["parentId"] == rows["Middle"]["id"]
    assert rows["Middle"]["parentId"] == rows["Top"]["id"]
    assert both.counts()["order"] == 0


def test_a_shipping_address_that_comes_later_makes_the_sold_to_contact(both: Both) -> None:
    account = both.world.account()
    sync(both, account)
    change(both, "Account", account, ShippingCity="Reno", ShippingState="Nevada", ShippingCountry="United States")
    [result] = sync(both, account)
    assert result.outcome is Outcome.SYNCED
    [row] = both.sandbox.tenant.store.find("account", crmId=account)
    sold_to = both.sandbox.tenant.store.get("contact", row["soldToId"])
    assert sold_to is not None
    assert (sold_to["lastName"], sold_to["city"]) == ("Acme_soldTo", "Reno")
    assert row["soldToId"] != row["billToId"]
    [again] = sync(both, account)
    assert again.outcome is Outcome.UNCHANGED


def test_siblings_make_their_parent_once(both: Both) -> None:
    top = both.world.account("Top")
    children = [both.world.account(f"Child {number}", ParentId=top) for number in range(6)]
    results = sync(both, *children)
    assert {result.outcome for result in results} == {Outcome.SYNCED}
    assert both.counts()["account"] == 7


def test_an_account_without_billing_address_is_held_and_nothing_is_sent(both: Both) -> None:
    account = both.world.account(
        BillingStreet=None, BillingCity=None, BillingState=None, BillingPostalCode=None, BillingCountry=None
    )
    [result] = sync(both, account)
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-403")
    assert both.writes() == []


def test_an_unknown_account_fails(both: Both) -> None:
    [result] = sync(both, "001000000000000AAA")
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-419")
