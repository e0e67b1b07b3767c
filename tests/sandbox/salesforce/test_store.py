"""The record store."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from cpqbridge.sandbox.salesforce.catalogue.columns import BadValue
from cpqbridge.sandbox.salesforce.catalogue.dictionary import number, text
from cpqbridge.sandbox.salesforce.ids import MalformedId, checksum, is_id, make_id, to_18
from cpqbridge.sandbox.salesforce.store import NoSuchRecord, NotWritable, Store

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class Ticking:
    """A clock that stands still until it is moved."""

    now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Ticking()


@pytest.fixture
def store(clock):
    made = Store(clock=clock)
    yield made
    made.close()


def account(store, name="Acme", **more):
    return store.insert("Account", {"Name": name, **more})


def order(store, **more):
    return store.insert(
        "Order", {"AccountId": account(store), "EffectiveDate": "2026-01-01", "Status": "Draft", **more}
    )


def item(store, order_id, quantity=1, price=10):
    book = store.insert("Pricebook2", {"Name": "Book"})
    product = store.insert("Product2", {"Name": "Widget"})
    entry = store.insert("PricebookEntry", {"Pricebook2Id": book, "Product2Id": product, "UnitPrice": price})
    values = {
        "OrderId": order_id,
        "PricebookEntryId": entry,
        "Product2Id": product,
        "Quantity": quantity,
        "UnitPrice": price,
    }
    return store.insert("OrderItem", values)


# Ids


@pytest.mark.parametrize(
    ("short", "suffix"), [("001A0000006Vm9u", "IAC"), ("a0000000000000A", "AAQ"), ("001D000000IRFma", "IAH")]
)
def test_checksum_of_known_ids(short, suffix):
    assert checksum(short) == suffix
    assert to_18(short) == short + suffix


def test_18_characters_get_their_case_back():
    assert to_18("001A0000006VM9UIAC".lower()[:15] + "IAC") == "001A0000006Vm9uIAC"


@pytest.mark.parametrize(
    "text_", ["", "001", "001A0000006Vm9", "001A0000006Vm9u!", "001A0000006Vm9uI", "001A0000006Vm9uIA9"]
)
def test_no_ids(text_):
    assert not is_id(text_)
    with pytest.raises(MalformedId):
        to_18(text_)


def test_ids_are_valid_distinct_and_sorted_by_number():
    ids = [make_id("801", number_) for number_ in (1, 61, 62, 3843, 3844, 10**6)]
    assert all(is_id(i) and i.startswith("801") and len(i) == 18 for i in ids)
    assert sorted(ids) == ids


# Writing and reading


def test_insert_sets_what_the_platform_sets(store):
    record = store.get("Account", account(store))
    assert record["CreatedDate"] == record["SystemModstamp"] == "2026-03-01T12:00:00.000+0000"
    assert record["OwnerId"] == record["CreatedById"] == store.user_id
    assert record["CurrencyIsoCode"] == "USD"
    assert record["IsDeleted"] is False


def test_15_and_18_characters_name_the_same_record(store):
    record_id = account(store)
    assert store.get("account", record_id[:15]) == store.get("Account", record_id)
    assert store.get("Account", "nonsense") is None
    assert store.get("Account", make_id("001", 999)) is None


def test_auto_numbers_count_up_in_their_format(store):
    orders = [store.get("Order", order(store))["OrderNumber"] for _ in range(2)]
    quote = store.get("SBQQ__Quote__c", store.insert("SBQQ__Quote__c", {}))
    subscription = store.get("SBQQ__Subscription__c", store.insert("SBQQ__Subscription__c", {"SBQQ__Quantity__c": 1}))
    assert orders == ["00000100", "00000101"]
    assert (quote["Name"], subscription["Name"]) == ("Q-00001", "SUB-0000001")


def test_system_may_set_auto_numbers_and_counting_goes_on_behind_them(store):
    values = {"AccountId": account(store), "EffectiveDate": "2026-01-01", "Status": "Draft", "OrderNumber": "00000500"}
    store.insert("Order", values, system=True)
    assert store.get("Order", order(store))["OrderNumber"] == "00000501"


def test_numbers_stay_exact(store):
    schedule = store.insert("SBQQ__OrderItemConsumptionSchedule__c", {"Name": "s"})
    values = {
        "SBQQ__OrderItemConsumptionSchedule__c": schedule,
        "SBQQ__LowerBound__c": 0,
        "SBQQ__Price__c": Decimal("0.0000001"),
    }
    rate = store.get("SBQQ__OrderItemConsumptionRate__c", store.insert("SBQQ__OrderItemConsumptionRate__c", values))
    assert rate["SBQQ__Price__c"] == Decimal("0.0000001")
    assert str(rate["SBQQ__LowerBound__c"]) == "0.0"


def test_update_changes_and_stamps(store, clock):
    record_id = account(store)
    clock.now += timedelta(hours=1)
    store.update("account", record_id, {"name": "New", "BillingCity": ""})
    record = store.get("Account", record_id)
    assert record["Name"] == "New"
    assert record["BillingCity"] is None
    assert record["CreatedDate"] == "2026-03-01T12:00:00.000+0000"
    assert record["SystemModstamp"] == record["LastModifiedDate"] == "2026-03-01T13:00:00.000+0000"


@pytest.mark.parametrize(
    "values", [{"Nope": 1}, {"StatusCode": "Draft"}, {"OrderNumber": "1"}, {"TotalAmount": 1}, {"Id": "x"}]
)
def test_what_is_not_ones_own_cannot_be_written(store, values):
    with pytest.raises(NotWritable):
        order(store, **values)


@pytest.mark.parametrize("values", [{"EffectiveDate": "tomorrow"}, {"AccountId": "12"}, {"BillingLatitude": "north"}])
def test_values_of_the_wrong_type_are_refused(store, values):
    with pytest.raises(BadValue):
        order(store, **values)


def test_unknown_records_cannot_be_changed(store):
    with pytest.raises(NoSuchRecord):
        store.update("Account", make_id("001", 77), {"Name": "x"})
    with pytest.raises(NoSuchRecord):
        store.delete("Account", "x")


def test_addresses_are_made_of_their_parts(store):
    record = store.get("Account", account(store, BillingStreet="1 Main St\nFloor 2", BillingCity="Köln"))
    assert record["BillingAddress"]["street"] == "1 Main St\nFloor 2"
    assert record["BillingAddress"]["city"] == "Köln"
    assert record["BillingAddress"]["postalCode"] is None
    assert record["ShippingAddress"] is None


def test_find(store):
    first = account(store, "Änder AG", AccountNumber="7")
    account(store, "Other")
    assert [row["Id"] for row in store.find("Account", "Name", "Änder AG")] == [first]
    assert [row["Id"] for row in store.find("Account", "accountnumber", "7")] == [first]
    assert len(store.find("Account", "BillingCity", None)) == 2
    with pytest.raises(KeyError):
        store.find("Account", "Nope", 1)


# Formulas


def test_subscription_dates_fall_back_on_the_contract(store):
    contract = store.insert(
        "Contract", {"AccountId": account(store), "StartDate": "2026-01-01", "EndDate": "2026-12-31"}
    )
    values = {"SBQQ__Quantity__c": 1, "SBQQ__Contract__c": contract, "SBQQ__SubscriptionStartDate__c": "2026-02-01"}
    subscription = store.insert("SBQQ__Subscription__c", values)
    record = store.get("SBQQ__Subscription__c", subscription)
    assert (record["SBQQ__StartDate__c"], record["SBQQ__EndDate__c"]) == ("2026-02-01", "2026-12-31")
    assert record["SBQQ__ContractNumber__c"] == "00000100"


def test_a_formula_moves_without_touching_the_stamp_of_its_record(store, clock):
    contract = store.insert("Contract", {"AccountId": account(store), "EndDate": "2026-12-31"})
    subscription = store.insert("SBQQ__Subscription__c", {"SBQQ__Quantity__c": 1, "SBQQ__Contract__c": contract})
    clock.now += timedelta(days=1)
    store.update("Contract", contract, {"EndDate": "2027-12-31"})
    record = store.get("SBQQ__Subscription__c", subscription)
    assert record["SBQQ__EndDate__c"] == "2027-12-31"
    assert record["SystemModstamp"] == "2026-03-01T12:00:00.000+0000"


def test_totals_follow_the_items(store):
    order_id = order(store)
    item(store, order_id, quantity="1.5", price="9.99")
    second = item(store, order_id, quantity=-2, price="0.01")
    assert store.get("OrderItem", second)["TotalPrice"] == Decimal("-0.02")
    assert store.get("Order", order_id)["TotalAmount"] == Decimal("14.97")
    store.delete("OrderItem", second)
    assert store.get("Order", order_id)["TotalAmount"] == Decimal("14.99")


# Deleting, transactions, keeping


def test_delete_takes_details_along_and_undelete_brings_them_back(store):
    order_id = order(store)
    item_id = item(store, order_id)
    store.delete("Order", order_id)
    assert store.get("Order", order_id)["IsDeleted"]
    assert store.get("OrderItem", item_id)["IsDeleted"]
    assert store.count("OrderItem") == 0
    store.undelete("Order", order_id)
    assert store.count("OrderItem") == 1


def test_inner_transactions_can_fail_alone(store):
    def failing():
        with store.transaction():
            account(store, "lost")
            raise RuntimeError

    with store.transaction():
        account(store, "kept")
        with pytest.raises(RuntimeError):
            failing()
    assert [row["Name"] for row in store.find("Account", "BillingCity", None)] == ["kept"]


def test_outer_transactions_undo_inner_ones(store):
    def failing():
        with store.transaction():
            with store.transaction():
                account(store)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert store.count("Account") == 0


def test_threads_take_turns(store):
    def work():
        for _ in range(20):
            with store.transaction():
                account(store)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count("Account") == 80


def test_a_file_keeps_records_numbers_and_added_fields(tmp_path, clock):
    path = tmp_path / "org.sqlite"
    first = Store(path=path, clock=clock)
    first.add_field("Order", text("Zuora_Number__c", 40, label="Zuora Number"))
    order_id = order(first, Zuora_Number__c="O-1")
    first.close()
    second = Store(path=path, clock=clock)
    assert second.get("Order", order_id)["Zuora_Number__c"] == "O-1"
    assert second.catalogue.require("Order").field("Zuora_Number__c").label == "Zuora Number"
    next_id = order(second)
    assert next_id > order_id
    assert second.get("Order", next_id)["OrderNumber"] == "00000101"
    second.close()


def test_ids_are_not_used_twice_after_a_rollback_and_a_restart(tmp_path, clock):
    path = tmp_path / "org.sqlite"
    first = Store(path=path, clock=clock)

    def failing():
        with first.transaction():
            account(first)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    kept = account(first)
    first.close()
    second = Store(path=path, clock=clock)
    assert account(second) != kept
    second.close()


def test_added_fields_work_at_once(store):
    record_id = account(store)
    store.get("Account", record_id)
    store.add_field("Account", number("Score__c", 6, 3))
    store.update("Account", record_id, {"Score__c": "1.2345"})
    assert store.get("Account", record_id)["Score__c"] == Decimal("1.235")
    assert store.query("SELECT Id FROM Account WHERE Score__c = 1.235").total_size == 1


def test_clear_starts_afresh(store):
    order(store)
    store.clear()
    assert store.count("Order") == 0
    assert store.get("Order", order(store))["OrderNumber"] == "00000100"
