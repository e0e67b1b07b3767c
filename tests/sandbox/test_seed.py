from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed import DEMO_LIFE, DEMO_ORDERS, apply_seed
from cpqbridge.sandbox.seed.deals import DEALS
from cpqbridge.sandbox.seed.life import LIFE
from cpqbridge.sandbox.seed.products import CURRENCIES, PRODUCTS
from cpqbridge.sandbox.zuora.tenant import Tenant

LATE = "2026-12-31"


def seeded(name: str) -> tuple[Org, Tenant]:
    org, tenant = Org.open(), Tenant.open()
    apply_seed(org, tenant, name)
    return org, tenant


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[Org, Tenant]]:
    org, tenant = seeded("demo")
    yield org, tenant
    org.close()
    tenant.close()


@pytest.fixture
def org(demo: tuple[Org, Tenant]) -> Org:
    return demo[0]


@pytest.fixture
def tenant(demo: tuple[Org, Tenant]) -> Tenant:
    return demo[1]


def order(org: Org, number: str) -> dict[str, Any]:
    [row] = org.store.find("Order", "OrderNumber", number)
    return row


def named(story: str) -> str:
    [number] = [number for number, entry in DEMO_ORDERS.items() if story in entry.story]
    return number


def items(org: Org, number: str) -> list[dict[str, Any]]:
    return org.store.find("OrderItem", "OrderId", order(org, number)["Id"])


# What there is


def test_the_seed_has_the_size_that_is_promised(org: Org) -> None:
    assert org.store.count("Order") == len(DEMO_ORDERS) >= 12
    assert 25 <= org.store.count("Product2") <= 30
    assert org.store.count("PricebookEntry") == len(PRODUCTS) * len(CURRENCIES)
    assert org.store.count("Account") >= 8
    countries = {row["BillingCountry"] for row in org.store.find("Account", "Type", "Customer - Direct")}
    assert {"United States", "Germany", "France", "United Kingdom", "Japan", "Canada"} <= countries
    assert (
        len(org.store.find("Account", "ParentId", org.store.find("Account", "Name", "Aurora Holdings plc")[0]["Id"]))
        == 2
    )


def test_products_come_in_all_kinds() -> None:
    def kinds(attribute: str) -> set[str | None]:
        return {getattr(product, attribute) for product in PRODUCTS}

    assert kinds("frequency") == {"Monthly", "Quarterly", "Semiannual", "Annual", "Invoice Plan", None}
    assert kinds("pricing") == {"List", "Block", "Percent Of Total"}
    assert kinds("charge_type") == {"Recurring", "One-Time", "Usage"}
    assert kinds("subscription") == {"Renewable", "One-time", "Evergreen", None}
    assert {"Each", "GB", "Hour", "User"} == kinds("unit")
    assert sum(product.tax_code is not None for product in PRODUCTS) > 5
    assert [product.name for product in PRODUCTS if product.code is None] == ["Legacy Connector"]


def test_orders_are_numbered_from_100_in_the_order_of_the_deals_and_the_steps_of_the_life(org: Org) -> None:
    assert list(DEMO_ORDERS) == [f"{100 + n:08d}" for n in range(len(DEALS) + len(LIFE))]
    for number, entry in DEMO_ORDERS.items():
        assert order(org, number)["Description"] == entry.story


@pytest.mark.parametrize("number", DEMO_ORDERS)
def test_the_amount_of_each_order_is_that_of_its_items_and_its_quote(org: Org, number: str) -> None:
    row, entry = order(org, number), DEMO_ORDERS[number]
    [quote] = org.store.find("SBQQ__Quote__c", "Id", row["SBQQ__Quote__c"])
    assert row["TotalAmount"] == entry.amount == quote["SBQQ__NetAmount__c"]
    assert row["CurrencyIsoCode"] == entry.currency


@pytest.mark.parametrize("number", DEMO_ORDERS)
def test_each_order_is_as_far_as_its_outcome_needs(org: Org, number: str) -> None:
    row, waiting = order(org, number), DEMO_ORDERS[number].outcome == "waiting"
    assert row["StatusCode"] == "Activated"
    assert row["SBQQ__Contracted__c"] is not waiting
    for item in items(org, number):
        subscribed = bool(item["SBQQ__SubscriptionPricing__c"])
        assert bool(item["SBQQ__Subscription__c"]) is (subscribed and not waiting)
        assert item["SBQQ__Contracted__c"] is not waiting


def test_every_outcome_is_shown() -> None:
    outcomes = Counter(entry.outcome for entry in DEMO_ORDERS.values())
    assert outcomes["waiting"] == 1
    assert outcomes["held"] == 3
    assert outcomes["synced"] >= 12


# The stories


def test_orders_have_one_to_forty_lines(org: Org) -> None:
    sizes = {len(items(org, number)) for number in DEMO_ORDERS}
    assert {1, 3, 5, 40} <= sizes


def test_hardware_and_services_become_assets_or_nothing(org: Org) -> None:
    mixed, only = items(org, named("mixed with hardware")), items(org, named("Hardware and services only"))
    assert {bool(item["SBQQ__Subscription__c"]) for item in mixed} == {True, False}
    assert [bool(item["SBQQ__Subscription__c"]) for item in only] == [False] * 3
    assert [bool(item["SBQQ__Asset__c"]) for item in only] == [True, True, False]
    [gateway] = [item for item in mixed if item["Quantity"] == 3]
    assert len(org.store.find("Asset", "SBQQ__OrderProduct__c", gateway["Id"])) == 3


def test_bad_input_is_as_its_story_says(org: Org) -> None:
    def account(number: str) -> dict[str, Any]:
        [row] = org.store.find("Account", "Id", order(org, number)["AccountId"])
        return row

    without_address, without_state = account(named("no billing address")), account(named("has no state"))
    assert (without_address["BillingStreet"], without_address["BillingCountry"]) == (None, None)
    assert (without_state["BillingState"], without_state["BillingCountry"]) == (None, "United States")
    [legacy] = items(org, named("without product code"))
    assert org.store.find("Product2", "Id", legacy["Product2Id"])[0]["ProductCode"] is None


def test_owners_contacts_and_order_addresses_are_set(org: Org) -> None:
    owners, contacts = order(org, named("paid by")), order(org, named("bill-to and ship-to"))
    assert len({owners["AccountId"], owners["InvoiceOwner__c"], owners["SubscriptionOwner__c"]}) == 3
    for field in ("BillToContactId", "ShipToContactId"):
        [contact] = org.store.find("Contact", "Id", contacts[field])
        assert contact["AccountId"] == contacts["AccountId"]
    address = order(org, named("on the order itself"))
    assert address["BillingStreet"] == "Service comptable\n3, place Bellecour"


def test_subscriptions_run_whole_months_except_one(org: Org) -> None:
    odd = []
    for number in DEMO_ORDERS:
        for row in _subscriptions(org, number):
            start, end = row["SBQQ__StartDate__c"], row["SBQQ__EndDate__c"]
            if end is not None and not _whole(start, end):
                odd.append(number)
    assert odd == [named("not whole months")]


def _subscriptions(org: Org, number: str) -> list[dict[str, Any]]:
    rows = []
    for item in items(org, number):
        rows += org.store.find("SBQQ__Subscription__c", "SBQQ__OrderProduct__c", item["Id"])
    return rows


def _whole(start: str, end: str) -> bool:
    first, last = int(start[8:]), int(end[8:])
    return last == first - 1 if first > 1 else last >= 28


def test_the_evergreen_order_and_the_bundle_are_real_ones(org: Org) -> None:
    evergreen = _subscriptions(org, named("Evergreen"))
    assert [row["SBQQ__EndDate__c"] for row in evergreen] == [None, None]
    suite, seats, support = _subscriptions(org, named("bundle"))
    assert seats["SBQQ__RequiredById__c"] == support["SBQQ__RequiredById__c"] == suite["Id"]
    assert (support["SBQQ__Bundled__c"], support["SBQQ__NetPrice__c"]) == (True, Decimal(0))


def test_nothing_depends_on_when_it_was_written(org: Org) -> None:
    again, tenant = seeded("demo")
    for sobject in ("Account", "Order", "OrderItem", "SBQQ__Subscription__c", "Contract", "Asset"):
        assert again.store.count(sobject) == org.store.count(sobject)
    for number in DEMO_ORDERS:
        assert order(again, number) == order(org, number)
        assert items(again, number) == items(org, number)
    assert all(order(org, number)["SystemModstamp"] < LATE for number in DEMO_ORDERS)
    again.close()
    tenant.close()


# The life of one contract

NEW, MORE, PRICE, RENEWED, ENDED = DEMO_LIFE


def _sold(org: Org, number: str) -> list[tuple[str, Any, Any, str, str, str | None]]:
    """Product, quantity, net price, first and last day, and the item that each item of an order amends."""
    return [
        (
            org.store.get("Product2", item["Product2Id"])["ProductCode"],
            item["Quantity"],
            item["UnitPrice"],
            item["ServiceDate"],
            item["EndDate"],
            item["SBQQ__RevisedOrderProduct__c"],
        )
        for item in items(org, number)
    ]


def test_the_life_begins_with_three_products_for_a_year(org: Org) -> None:
    year = ("2026-01-01", "2026-12-31", None)
    assert _sold(org, NEW) == [
        ("PLAT-PRO", 25, 1200, *year), ("MOB-SEAT", 50, 120, *year), ("SUP-PREM", 1, 6000, *year),
    ]  # fmt: skip
    assert tuple(DEMO_ORDERS)[-5:] == DEMO_LIFE


def test_its_amendments_name_the_items_that_they_revise(org: Org) -> None:
    seats, mobile, _ = (item["Id"] for item in items(org, NEW))
    assert _sold(org, MORE) == [("PLAT-PRO", 15, 900, "2026-04-01", "2026-12-31", seats)]
    assert _sold(org, PRICE) == [
        ("MOB-SEAT", -50, 60, "2026-07-01", "2026-12-31", mobile),
        ("MOB-SEAT", 50, 48, "2026-07-01", "2026-12-31", None),
    ]


def test_its_renewal_is_a_new_contract_at_a_higher_price(org: Org) -> None:
    year = ("2027-01-01", "2027-12-31", None)
    assert sorted(_sold(org, RENEWED)) == [
        ("MOB-SEAT", 50, Decimal("100.8"), *year), ("PLAT-PRO", 45, 1260, *year), ("SUP-PREM", 1, 6300, *year),
    ]  # fmt: skip
    first, second = (org.store.find("Contract", "SBQQ__Order__c", order(org, one)["Id"])[0] for one in (NEW, RENEWED))
    assert (first["StatusCode"], second["StatusCode"]) == ("Activated", "Activated")
    assert first["AccountId"] == second["AccountId"]
    lines = [org.store.get("SBQQ__QuoteLine__c", item["SBQQ__QuoteLine__c"]) for item in items(org, RENEWED)]
    assert all(line["SBQQ__RenewedSubscription__c"] for line in lines)


def test_it_ends_in_part_by_an_amendment_of_the_renewed_contract(org: Org) -> None:
    [support] = [item["Id"] for item in items(org, RENEWED) if item["Quantity"] == 1]
    assert _sold(org, ENDED) == [("SUP-PREM", -1, 3150, "2027-07-01", "2027-12-31", support)]
    rows = _subscriptions(org, RENEWED)
    assert [row["SBQQ__TerminatedDate__c"] for row in rows if row["SBQQ__TerminatedDate__c"]] == ["2027-07-01"]


def test_its_orders_were_signed_one_after_the_other(org: Org) -> None:
    signed = [order(org, number)["CreatedDate"] for number in DEMO_LIFE]
    assert signed == sorted(signed)
    assert [order(org, number)["Description"] for number in DEMO_LIFE[1:]] == [step.story for step in LIFE]


# The tenant


def test_the_tenant_knows_one_account_and_one_product(org: Org, tenant: Tenant) -> None:
    [account] = tenant.store.rows("account")
    [known] = org.store.find("Account", "Id", account["crmId"])
    assert known["Name"] == "Pine Tree Health Inc." != account["name"]
    assert account["currency"] == known["CurrencyIsoCode"]
    [product] = tenant.store.rows("product")
    assert org.store.find("Product2", "ProductCode", product["sKU"])
    assert list(tenant.store.rows("productRatePlan")) == []


def test_the_tenant_has_what_the_products_and_orders_name(org: Org, tenant: Tenant) -> None:
    settings = tenant.settings
    for product in PRODUCTS:
        [row] = org.store.find("Product2", "Name", product.name)
        assert row["QuantityUnitOfMeasure"] in settings.units_of_measure
        assert row["SBQQ__TaxCode__c"] is None or row["SBQQ__TaxCode__c"] in settings.tax_codes
        for role in ("", "_Deferred_Revenue", "_Recognized_Revenue"):
            name = f"Z{role}_Accounting_Code__c" if not role else f"Z{role}_Account__c"
            assert row[name] in settings.accounting_codes
    assert set(CURRENCIES) <= set(settings.currencies)
    terms = {deal.payment_terms for deal in DEALS}
    assert terms <= set(settings.payment_terms)


# The empty seed


def test_an_empty_org_can_be_signed_in_to_and_sold_from() -> None:
    org, tenant = seeded("empty")
    assert org.store.count("Order") == org.store.count("Account") == org.store.count("Product2") == 0
    assert [row["IsStandard"] for row in org.store.find("Pricebook2", "IsActive", True)] == [True]
    assert org.store.find("User", "Id", org.user_id)[0]["Username"] == org.username
    assert org.store.count("Organization") == 1
    assert {"USD", "EUR", "GBP", "JPY"} <= {row["IsoCode"] for row in org.store.find("CurrencyType", "IsActive", True)}
    assert tenant.store.is_empty()
    org.close()
    tenant.close()


def test_an_unknown_seed_is_refused() -> None:
    org, tenant = Org.open(), Tenant.open()
    with pytest.raises(ValueError, match="Unknown seed 'huge'"):
        apply_seed(org, tenant, "huge")
    assert org.store.count("Pricebook2") == 0
    org.close()
    tenant.close()


# Usage


def _schedules(org: Org, number: str) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
    rows = {}
    for item in items(org, number):
        for row in org.store.find("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", item["Id"]):
            found = org.store.find(
                "SBQQ__OrderItemConsumptionRate__c", "SBQQ__OrderItemConsumptionSchedule__c", row["Id"]
            )
            rows[row["Name"]] = (row, found)
    return rows


def test_the_usage_order_has_tiered_and_volume_prices_on_one_line(org: Org) -> None:
    number = named("tiered data and calls by volume")
    found = _schedules(org, number)
    assert {(row["SBQQ__Type__c"], row["SBQQ__UnitOfMeasure__c"]) for row, _ in found.values()} == {
        ("Slab", "GB"), ("Range", "Each"),
    }  # fmt: skip
    assert len({row["SBQQ__OrderItem__c"] for row, _ in found.values()}) == 1
    assert all(len(rates) == 3 and rates[-1]["SBQQ__UpperBound__c"] is None for _, rates in found.values())
    [usage] = [row for row in _subscriptions(org, number) if row["SBQQ__ChargeType__c"] == "Usage"]
    assert (usage["SBQQ__NetPrice__c"], usage["SBQQ__HasConsumptionSchedule__c"]) == (0, True)


def test_the_usage_order_in_euros_has_rates_of_its_own(org: Org) -> None:
    number = named("Usage in euros")
    account = org.store.get("Account", order(org, number)["AccountId"])
    assert account is not None
    assert account["CurrencyIsoCode"] == order(org, number)["CurrencyIsoCode"] == "EUR"
    [(row, rates)] = _schedules(org, number).values()
    assert {entry["CurrencyIsoCode"] for entry in (row, *rates)} == {"EUR"}
    assert [rate["SBQQ__Price__c"] for rate in rates] == [Decimal(40), Decimal("0.0725")]


def test_demo_accounts_have_a_record_type(org: Org) -> None:
    [account] = org.store.find("Account", "Name", "Northwind Robotics Inc.")
    [kind] = org.store.find("RecordType", "Id", account["RecordTypeId"])
    assert (kind["DeveloperName"], kind["SobjectType"]) == ("Business_Account", "Account")
