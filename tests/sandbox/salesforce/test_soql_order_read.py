"""The read that the connector lives by: whole order graphs, many in one call, quickly."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cpqbridge.sandbox.salesforce.store import Store

GRAPH = """SELECT Id, OrderNumber, Status, StatusCode, Type, EffectiveDate, EndDate, ActivatedDate,
  CustomerAuthorizedDate, CompanyAuthorizedDate, Description, PoNumber, SystemModstamp, AccountId,
  BillToContactId, ShipToContactId, BillingStreet, BillingCity, BillingState, BillingPostalCode, BillingCountry,
  ShippingStreet, ShippingCity, ShippingState, ShippingPostalCode, ShippingCountry,
  SBQQ__PaymentTerm__c, SBQQ__Contracted__c, SBQQ__Quote__c, SBQQ__Quote__r.Name, SBQQ__Quote__r.SBQQ__Type__c,
  ContractId, Contract.StartDate, Account.Name, Account.ParentId, Account.OwnerId,
  BillToContact.LastName, BillToContact.MailingStreet,
  (SELECT Id, OrderItemNumber, Quantity, UnitPrice, TotalPrice, ServiceDate, EndDate, Description,
     Product2Id, Product2.Name, Product2.ProductCode, Product2.SBQQ__ChargeType__c, Product2.SBQQ__PricingMethod__c,
     SBQQ__ContractAction__c, SBQQ__RevisedOrderProduct__c, SBQQ__Contracted__c, SBQQ__TerminatedDate__c,
     SBQQ__SegmentKey__c, SBQQ__SegmentIndex__c, SBQQ__RequiredBy__c, SBQQ__BundleRoot__c, SBQQ__Asset__c,
     SBQQ__Subscription__c, SBQQ__Subscription__r.Name, SBQQ__Subscription__r.SBQQ__StartDate__c,
     SBQQ__Subscription__r.SBQQ__EndDate__c, SBQQ__Subscription__r.SBQQ__SubscriptionType__c,
     SBQQ__Subscription__r.SBQQ__NetPrice__c, SBQQ__Subscription__r.SBQQ__Quantity__c,
     SBQQ__Subscription__r.SBQQ__BillingFrequency__c, SBQQ__Subscription__r.SBQQ__RevisedSubscription__c,
     SBQQ__Subscription__r.SBQQ__RevisedSubscription__r.Name, SBQQ__Subscription__r.SBQQ__RootId__c,
     SBQQ__Subscription__r.SBQQ__TerminatedDate__c, SBQQ__Subscription__r.SBQQ__Contract__r.StartDate,
     (SELECT Id, SBQQ__ConsumptionSchedule__c, SBQQ__Type__c, SBQQ__UnitOfMeasure__c,
        SBQQ__BillingTerm__c, SBQQ__BillingTermUnit__c,
        (SELECT Id, SBQQ__ProcessingOrder__c, SBQQ__LowerBound__c, SBQQ__UpperBound__c, SBQQ__Price__c,
           SBQQ__PricingMethod__c FROM SBQQ__OrderItemConsumptionRates__r ORDER BY SBQQ__LowerBound__c)
      FROM SBQQ__OrderItems__r)
   FROM OrderItems ORDER BY OrderItemNumber)
FROM Order WHERE """


@pytest.fixture(scope="module")
def store():
    made = Store(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    yield made
    made.close()


@pytest.fixture(scope="module")
def order_id(store):
    account = store.insert("Account", {"Name": "Acme"})
    quote = store.insert("SBQQ__Quote__c", {"SBQQ__Account__c": account})
    contract = store.insert("Contract", {"AccountId": account, "StartDate": "2026-01-01", "EndDate": "2026-12-31"})
    contact = store.insert("Contact", {"AccountId": account, "LastName": "Buyer", "MailingStreet": "1 Main St"})
    order = store.insert("Order", {"AccountId": account, "EffectiveDate": "2026-01-01", "Status": "Draft",
                                   "SBQQ__Quote__c": quote, "BillToContactId": contact})  # fmt: skip
    book = store.insert("Pricebook2", {"Name": "Standard"})
    product = store.insert("Product2", {"Name": "Traffic", "ProductCode": "T-1", "SBQQ__ChargeType__c": "Usage"})
    entry = store.insert("PricebookEntry", {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": 1})
    subscription = store.insert("SBQQ__Subscription__c", {"SBQQ__Contract__c": contract, "SBQQ__Quantity__c": 2})
    line = {"OrderId": order, "PricebookEntryId": entry, "Product2Id": product, "Quantity": 2, "UnitPrice": "0.5"}
    item = store.insert("OrderItem", line | {"SBQQ__Subscription__c": subscription})
    store.insert("OrderItem", line)
    schedule = store.insert("SBQQ__OrderItemConsumptionSchedule__c", {"SBQQ__OrderItem__c": item, "Name": "S"})
    for bound, price in ((100, "0.0000001"), (0, "0.0000002")):
        store.insert("SBQQ__OrderItemConsumptionRate__c", {"SBQQ__OrderItemConsumptionSchedule__c": schedule,
                     "SBQQ__LowerBound__c": bound, "SBQQ__Price__c": price})  # fmt: skip
    return order


def test_one_call_reads_the_whole_order(store, order_id):
    [order] = store.query(f"{GRAPH} Id = '{order_id}'").records
    first, second = order["OrderItems"]["records"]
    assert (order["Account"]["Name"], order["SBQQ__Quote__r"]["Name"], order["Contract"]) == ("Acme", "Q-00001", None)
    assert order["BillToContact"]["MailingStreet"] == "1 Main St"
    assert first["SBQQ__Subscription__r"]["SBQQ__StartDate__c"] == "2026-01-01"
    assert first["SBQQ__Subscription__r"]["SBQQ__Contract__r"]["StartDate"] == "2026-01-01"
    assert first["SBQQ__Subscription__r"]["SBQQ__RevisedSubscription__r"] is None
    [schedule] = first["SBQQ__OrderItems__r"]["records"]
    prices = [rate["SBQQ__Price__c"] for rate in schedule["SBQQ__OrderItemConsumptionRates__r"]["records"]]
    assert prices == [Decimal("0.0000002"), Decimal("0.0000001")]
    assert second["SBQQ__Subscription__r"] is None
    assert second["SBQQ__OrderItems__r"] is None


def test_the_number_of_statements_does_not_grow_with_the_orders(store, order_id, monkeypatch):
    sent = []
    fetch = store.fetch
    monkeypatch.setattr(store, "fetch", lambda sql, arguments: sent.append(sql) or fetch(sql, arguments))
    store.query(f"{GRAPH} Id = '{order_id}'").page()
    one = len(sent)
    copies = [f"'{order_id}'"]
    account = store.find("Account", "Name", "Acme")[0]["Id"]
    for _ in range(50):
        made = store.insert("Order", {"AccountId": account, "EffectiveDate": "2026-01-01", "Status": "Draft"})
        copies.append(f"'{made}'")
    sent.clear()
    assert store.query(f"{GRAPH} Id IN ({', '.join(copies)})").page()["totalSize"] == 51
    assert len(sent) == one == 4


def test_two_thousand_orders_out_of_many_come_in_well_under_a_second(store):
    account = store.insert("Account", {"Name": "Crowd"})
    entry = store.query("SELECT Id, Product2Id FROM PricebookEntry").records or [{"Id": None, "Product2Id": None}]
    line = {"PricebookEntryId": entry[0]["Id"], "Product2Id": entry[0]["Product2Id"], "Quantity": 1, "UnitPrice": 1}
    with store.transaction():
        for n in range(10_000):
            wanted = {"PoNumber": "bulk"} if n % 5 == 0 else {}
            base = {"AccountId": account, "EffectiveDate": "2026-01-01", "Status": "Draft"}
            order = store.insert("Order", base | wanted)
            for _ in range(3 if wanted else 0):
                store.insert("OrderItem", line | {"OrderId": order})
    started = time.perf_counter()
    page = store.query(
        "SELECT Id, Account.Name, (SELECT Id, Quantity FROM OrderItems) FROM Order WHERE PoNumber = 'bulk'"
    ).page()
    taken = time.perf_counter() - started
    assert len(page["records"]) == 2000
    assert all(row["OrderItems"]["totalSize"] == 3 for row in page["records"])
    assert taken < 1
