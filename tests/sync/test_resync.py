"""What a later sync of the same order does when something changed in between."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.sync.result import SyncResult
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line
from tests.zuora_schema import check_request


def sync(both: Both, number: str, wiring: Wiring | None = None, **options: Any) -> SyncResult:
    async def do() -> SyncResult:
        async with both.service(wiring, **options) as service:
            [result] = await service.orders([number])
            return result

    return asyncio.run(do())


def sync_account(both: Both, account: str, wiring: Wiring | None = None) -> SyncResult:
    async def do() -> SyncResult:
        async with both.service(wiring) as service:
            [result] = await service.accounts([account])
            return result

    return asyncio.run(do())


def change(both: Both, sobject: str, record: str, **values: Any) -> None:
    both.world.org.store.update(sobject, record, values, system=True)


def contact_of(both: Both, account: str, **values: Any) -> str:
    record = {"LastName": "Lovelace", "FirstName": "Ada", "AccountId": account, "MailingCity": "London", **values}
    return both.world.org.store.insert("Contact", record, system=True)


def test_other_content_is_held_with_the_difference_and_nothing_is_written(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product(), 5)])
    sync(both, number)
    [order] = both.world.org.store.find("Order", "OrderNumber", number)
    [item] = both.world.org.store.find("OrderItem", "OrderId", order["Id"])
    change(both, "OrderItem", item["Id"], Quantity=Decimal(7))
    before = len(both.writes())
    result = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-416")
    assert "subscription SUB-0000001 (Seat), quantity: Salesforce 7, Zuora 5" in result.reasons[0].message
    assert len(both.writes()) == before


def test_a_product_that_was_renamed_later_does_not_hold_the_orders_that_it_was_sold_in(both: Both) -> None:
    router, seat = both.world.product("Router", subscription=False), both.world.product("Seat")
    number = both.world.order(both.world.account(), [Line(router, 2), Line(seat)])
    assert sync(both, number).outcome is Outcome.SYNCED
    for product in (router, seat):
        change(both, "Product2", product, Name="Another name")
    assert sync(both, number).outcome is Outcome.UNCHANGED


def test_an_edited_contact_of_the_order_is_updated(both: Both) -> None:
    account = both.world.account()
    contact = contact_of(both, account)
    number = both.world.order(account, [Line(both.world.product())], BillToContactId=contact)
    sync(both, number)
    change(both, "Contact", contact, MailingCity="Bath")
    before = len(both.writes())
    result = sync(both, number)
    assert result.outcome is Outcome.SYNCED
    [write] = both.writes()[before:]
    assert (write["method"], write["body"]) == ("PUT", {"city": "Bath"})
    assert sync(both, number).outcome is Outcome.UNCHANGED


def test_an_edited_address_of_the_order_is_followed_by_its_contact(both: Both) -> None:
    address = {"BillingCity": "Reno", "BillingState": "NV", "BillingCountry": "US"}
    number = both.world.order(both.world.account(), [Line(both.world.product())], **address)
    sync(both, number)
    [order] = both.world.org.store.find("Order", "OrderNumber", number)
    change(both, "Order", order["Id"], BillingCity="Elko")
    result = sync(both, number)
    assert result.outcome is Outcome.SYNCED
    [contact] = [row for row in both.sandbox.tenant.store.rows("contact") if row.get("crmOrderId__c") == order["Id"]]
    assert (contact["city"], contact["lastName"]) == ("Elko", "Acme_billTo")


def test_a_contact_that_belongs_to_another_account_is_held_where_owners_are_named(both: Both) -> None:
    account, owner = both.world.account(), both.world.account("Owner")
    stranger = contact_of(both, account)
    lines = [Line(both.world.product())]
    number = both.world.order(account, lines, BillToContactId=stranger, InvoiceOwner__c=owner)
    result = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-407")
    assert both.writes() == []


def test_an_order_that_was_deleted_in_zuora_is_made_again(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    sync(both, number)
    zuora, secret = both.sandbox.zuora_url, both.sandbox.credentials["zuora"]
    form = {name: secret[name] for name in ("client_id", "client_secret")} | {"grant_type": "client_credentials"}
    token = httpx.post(f"{zuora}/oauth/token", data=form).json()["access_token"]
    deleted = httpx.delete(f"{zuora}/v1/orders/{number}", headers={"Authorization": f"Bearer {token}"})
    assert deleted.json()["success"] is True
    again = sync(both, number)
    assert again.outcome is Outcome.SYNCED
    assert both.counts()["order"] == 1


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
@pytest.mark.parametrize("path", ["/v1/accounts/*", "/v1/contacts/*"])
def test_a_lost_update_is_made_good_by_the_next_run(both: Both, path: str, fault: str) -> None:
    account = both.world.account()
    contact = contact_of(both, account)
    sync_account(both, account)
    change(both, "Account", account, Description="Pays late")
    change(both, "Contact", contact, MailingCity="Bath")
    both.fault(fault, method="PUT", path=path)
    assert sync_account(both, account, Wiring(policy=NEVER)).outcome is Outcome.FAILED
    assert sync_account(both, account).outcome in (Outcome.SYNCED, Outcome.UNCHANGED)
    assert sync_account(both, account).outcome is Outcome.UNCHANGED
    [row] = both.sandbox.tenant.store.find("account", crmId=account)
    [person] = both.sandbox.tenant.store.find("contact", crmId__c=contact)
    assert (row["notes"], person["city"]) == ("Pays late", "Bath")


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
def test_a_lost_asynchronous_order_is_neither_lost_nor_doubled(both: Both, fault: str) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())] * 60)
    both.fault(fault, path="/v1/async/orders")
    first = sync(both, number, Wiring(policy=NEVER))
    assert first.outcome is Outcome.FAILED
    assert sync(both, number).outcome in (Outcome.SYNCED, Outcome.UNCHANGED)
    counts = both.counts()
    assert (counts["order"], counts["subscription"]) == (1, 60)


def test_an_expired_token_is_renewed_in_the_middle_of_a_run(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    both.fault("status", path="/v1/orders", status=401, body={"message": "Authentication error"})
    assert sync(both, number).outcome is Outcome.SYNCED
    assert both.counts()["order"] == 1


def test_an_org_that_cannot_be_read_is_a_permission_not_a_custom_field(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    url = f"{both.sandbox.salesforce_url}/_sandbox/settings"
    httpx.post(url, json={"hiddenFields": ["Organization.TimeZoneSidKey"]}, timeout=30).raise_for_status()
    [reason] = sync(both, number).reasons
    assert (reason.code, reason.field) == ("CPQ-303", "Organization.Id")
    assert "View Setup and Configuration" in reason.remedy


UPDATE = {"changed_orders": "update"}


def changed(both: Both) -> tuple[str, dict[str, Any]]:
    """Return the number of an order in Zuora, whose contract is another one now and whose line has another purpose."""
    router, seat = both.world.product("Router", subscription=False), both.world.product("Seat")
    number = both.world.order(both.world.account(), [Line(router, 2), Line(seat)])
    [order] = both.world.org.store.find("Order", "OrderNumber", number)
    items = both.world.org.store.find("OrderItem", "OrderId", order["Id"])
    by_kind = {bool(item["SBQQ__Subscription__c"]): item for item in items}
    change(both, "OrderItem", by_kind[False]["Id"], Description="For the roof")
    assert sync(both, number).outcome is Outcome.SYNCED
    change(both, "OrderItem", by_kind[False]["Id"], Description="For the cellar")
    [contract] = both.world.org.store.find("Contract", "SBQQ__Order__c", order["Id"])
    fields = ("AccountId", "Status", "StartDate", "EndDate", "ContractTerm")
    other = both.world.org.store.insert("Contract", {name: contract[name] for name in fields}, system=True)
    change(both, "SBQQ__Subscription__c", by_kind[True]["SBQQ__Subscription__c"], SBQQ__Contract__c=other)
    return number, {"contract": other}


def test_what_zuora_lets_be_updated_is_held_unless_the_option_is_set(both: Both) -> None:
    number, _ = changed(both)
    result = sync(both, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-416")
    assert "subscription SUB-0000001 (Seat), SFDC_Contract__c: Salesforce" in result.reasons[0].message


def test_custom_fields_and_line_items_are_updated_where_the_option_is_set(both: Both) -> None:
    number, now = changed(both)
    result = sync(both, number, **UPDATE)
    assert result.outcome is Outcome.SYNCED, result.reasons
    names = {operation.name: operation for operation in result.operations}
    assert set(names) == {"update_subscription_fields", "update_order_line_item"}
    for operation in result.operations:
        check_request("PUT", operation.path, dict(operation.body))
    [line] = names["update_order_line_item"].lineage
    assert (line.target, line.source, line.value) == ("/description", "OrderItem.Description", "For the cellar")
    tenant = both.sandbox.tenant.store
    [subscription] = tenant.rows("subscription")
    [item] = tenant.rows("orderLineItem")
    assert (subscription["SFDC_Contract__c"], item["description"]) == (now["contract"], "For the cellar")
    before = len(both.writes())
    assert sync(both, number, **UPDATE).outcome is Outcome.UNCHANGED
    assert len(both.writes()) == before


def test_what_zuora_never_updates_holds_the_whole_order(both: Both) -> None:
    number, _ = changed(both)
    [order] = both.world.org.store.find("Order", "OrderNumber", number)
    change(both, "Order", order["Id"], Description="Another")
    before = len(both.writes())
    result = sync(both, number, **UPDATE)
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-416")
    assert "description: Salesforce Another" in result.reasons[0].message
    assert "SFDC_Contract__c" not in result.reasons[0].message
    assert len(both.writes()) == before


@pytest.mark.parametrize("fault", ["drop_request", "drop_response"])
@pytest.mark.parametrize("path", ["/v1/subscriptions/*", "/v1/order-line-items/*"])
def test_a_lost_update_of_an_order_is_made_good(both: Both, path: str, fault: str) -> None:
    number, now = changed(both)
    both.fault(fault, method="PUT", path=path)
    assert sync(both, number, Wiring(policy=NEVER), **UPDATE).outcome is Outcome.FAILED
    assert sync(both, number, **UPDATE).outcome in (Outcome.SYNCED, Outcome.UNCHANGED)
    assert sync(both, number, **UPDATE).outcome is Outcome.UNCHANGED
    [subscription] = both.sandbox.tenant.store.rows("subscription")
    assert subscription["SFDC_Contract__c"] == now["contract"]
