from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.cpq_sales import (
    EVERGREEN,
    HARDWARE,
    RECURRING,
    RENEWABLE,
    Sold,
    contracts,
    items,
    order_row,
    sell,
    subscriptions,
)

LINKS = ("SBQQ__Subscription__c", "SBQQ__Contract__c", "SBQQ__Asset__c")


def sold_and_activated(org: Org, *solds: Sold, **more: Any) -> str:
    order = sell(org, *solds, **more)
    activate(org, order)
    return order


def contracted(org: Org, *solds: Sold, **more: Any) -> str:
    order = sold_and_activated(org, *solds, **more)
    assert contract(org, order, wait=True)["status"] == "Completed"
    return order


# Ordering


def test_an_ordered_quote_becomes_a_draft_order_with_an_item_per_line(org: Org) -> None:
    address = {"SBQQ__BillingStreet__c": "1 Quay", "SBQQ__BillingCity__c": "Cork", "SBQQ__BillingCountry__c": "Ireland"}
    order_id = sell(
        org, Sold("Seat", "5", "120"), Sold("Fee", "1", "30"), quote=address | {"SBQQ__PaymentTerms__c": "Net 45"}
    )
    order = order_row(org, order_id)
    assert (order["Status"], order["EffectiveDate"], order["SBQQ__PaymentTerm__c"]) == ("Draft", "2026-01-01", "Net 45")
    assert (order["BillingStreet"], order["BillingCity"], order["BillingCountry"]) == ("1 Quay", "Cork", "Ireland")
    assert order["TotalAmount"] == 630
    seat, fee = items(org, order_id)
    assert (seat["Quantity"], seat["UnitPrice"], seat["ServiceDate"], seat["EndDate"]) == (
        5,
        120,
        "2026-01-01",
        "2026-12-31",
    )
    assert (seat["SBQQ__ContractAction__c"], seat["SBQQ__Status__c"], seat["SBQQ__Activated__c"]) == (
        "New",
        "Draft",
        False,
    )
    assert fee["TotalPrice"] == 30
    assert org.store.find("SBQQ__Quote__c", "Id", order["SBQQ__Quote__c"])[0]["SBQQ__Ordered__c"] is True


def test_the_item_of_a_block_price_adds_up_to_the_line(org: Org) -> None:
    block = RENEWABLE | RECURRING | {"SBQQ__PricingMethod__c": "Block"}
    order = contracted(org, Sold("Pack", "4", "1000", block, {"SBQQ__EffectiveQuantity__c": 1}))
    [item] = items(org, order)
    [subscription] = subscriptions(org, order)
    assert (item["Quantity"], item["UnitPrice"], item["TotalPrice"]) == (4, 250, 1000)
    assert (subscription["SBQQ__NetPrice__c"], subscription["SBQQ__Quantity__c"]) == (1000, 4)


# Activating


def test_activating_sets_the_date_and_the_items(org: Org) -> None:
    order_id = sold_and_activated(org, Sold("Seat"))
    order = order_row(org, order_id)
    assert (order["Status"], order["StatusCode"], order["ActivatedDate"][:10]) == (
        "Activated",
        "Activated",
        "2026-03-01",
    )
    assert [(i["SBQQ__Activated__c"], i["SBQQ__Status__c"]) for i in items(org, order_id)] == [(True, "Activated")]


def test_only_a_draft_with_products_can_be_activated(org: Org) -> None:
    empty, activated = sell(org), sold_and_activated(org, Sold("Seat"))
    for order in (empty, activated):
        with pytest.raises(SalesforceError) as refused:
            activate(org, order)
        assert (refused.value.status, refused.value.code) == (400, "FAILED_ACTIVATION")
    assert order_row(org, empty)["Status"] == "Draft"


# Contracting


def test_links_are_null_until_the_background_job_has_run(org: Org) -> None:
    order = sold_and_activated(org, Sold("Seat"))
    report = contract(org, order)
    assert (report["status"], report["remaining"], report["subscriptions"]) == ("Queued", 1, [])
    assert order_row(org, order)["SBQQ__Contracted__c"] is True
    [item] = items(org, order)
    assert [item[name] for name in LINKS] == [None, None, None]
    assert item["SBQQ__Contracted__c"] is False

    org.tick()
    assert items(org, order)[0]["SBQQ__Subscription__c"] is None
    org.tick()
    [item] = items(org, order)
    assert item["SBQQ__Contracted__c"] is True
    assert item["SBQQ__Subscription__c"]
    assert item["SBQQ__Contract__c"] == contracts(org, order)[0]["Id"]


def test_the_job_waits_for_its_delay(org: Org, clock: Any) -> None:
    order = sold_and_activated(org, Sold("Seat"))
    contract(org, order, polls=0, delay=timedelta(seconds=30))
    org.tick()
    assert items(org, order)[0]["SBQQ__Subscription__c"] is None
    clock.forward(seconds=31)
    org.tick()
    assert items(org, order)[0]["SBQQ__Subscription__c"] is not None


def test_all_background_jobs_can_be_run_at_once(org: Org) -> None:
    orders = [sold_and_activated(org, Sold("Seat")) for _ in range(3)]
    for order in orders:
        contract(org, order, polls=99, delay=timedelta(days=1))
    org.run_background_jobs()
    assert all(items(org, order)[0]["SBQQ__Subscription__c"] for order in orders)


def test_a_subscription_carries_price_quantity_dates_and_kinds(org: Org) -> None:
    line = {"SBQQ__ListPrice__c": 150, "SBQQ__ProrateMultiplier__c": Decimal("0.7500"), "SBQQ__Discount__c": 20}
    order = contracted(org, Sold("Seat", "2.50", "90.10", line=line), start="2026-01-01", end="2026-09-30")
    [subscription] = subscriptions(org, order)
    [item] = items(org, order)
    [made] = contracts(org, order)
    expected = {
        "SBQQ__Quantity__c": Decimal("2.50"),
        "SBQQ__NetPrice__c": Decimal("90.10"),
        "SBQQ__ListPrice__c": 150,
        "SBQQ__ProrateMultiplier__c": Decimal("0.75"),
        "SBQQ__StartDate__c": "2026-01-01",
        "SBQQ__EndDate__c": "2026-09-30",
        "SBQQ__SubscriptionType__c": "Renewable",
        "SBQQ__ChargeType__c": "Recurring",
        "SBQQ__BillingFrequency__c": "Annual",
        "SBQQ__PricingMethod__c": "List",
        "SBQQ__OrderProduct__c": item["Id"],
        "SBQQ__QuoteLine__c": item["SBQQ__QuoteLine__c"],
        "SBQQ__Contract__c": made["Id"],
        "SBQQ__Product__c": item["Product2Id"],
        "SBQQ__RevisedSubscription__c": None,
        "SBQQ__RootId__c": subscription["Id"],
        "SBQQ__RequiredById__c": None,
    }
    assert {name: subscription[name] for name in expected} == expected
    assert (made["StartDate"], made["EndDate"], made["ContractTerm"]) == ("2026-01-01", "2026-09-30", 9)


def test_the_dates_of_a_subscription_follow_its_contract_unless_they_are_its_own(org: Org) -> None:
    late = Sold("Late", line={"SBQQ__StartDate__c": "2026-04-01", "SBQQ__EndDate__c": "2026-12-31"})
    order = contracted(org, Sold("Early"), late)
    [made] = contracts(org, order)
    org.store.update("Contract", made["Id"], {"EndDate": "2027-06-30"}, system=True)
    early, late_one = subscriptions(org, order)
    assert (early["SBQQ__SubscriptionStartDate__c"], early["SBQQ__SubscriptionEndDate__c"]) == (None, None)
    assert (early["SBQQ__StartDate__c"], early["SBQQ__EndDate__c"]) == ("2026-01-01", "2027-06-30")
    assert (late_one["SBQQ__StartDate__c"], late_one["SBQQ__EndDate__c"]) == ("2026-04-01", "2027-06-30")


THREE_ENDS = (
    Sold("Year"),
    Sold("Half", line={"SBQQ__EndDate__c": "2026-06-30"}),
    Sold("Year too"),
    Sold("For ever", product=EVERGREEN | RECURRING),
)


def test_a_contract_for_each_end_date_and_one_for_evergreen(org: Org) -> None:
    order = contracted(org, *THREE_ENDS)
    assert [(c["StartDate"], c["EndDate"], c["SBQQ__Evergreen__c"]) for c in contracts(org, order)] == [
        ("2026-01-01", "2026-12-31", False),
        ("2026-01-01", "2026-06-30", False),
        ("2026-01-01", None, True),
    ]
    of = [item["SBQQ__Contract__c"] for item in items(org, order)]
    assert of[0] == of[2]
    assert len(set(of)) == 3


def test_a_single_contract_ends_with_its_last_subscription(org: Org) -> None:
    order = contracted(org, *THREE_ENDS, quote={"SBQQ__ContractingMethod__c": "Single Contract"})
    assert [(c["EndDate"], c["SBQQ__Evergreen__c"]) for c in contracts(org, order)] == [
        ("2026-12-31", False),
        (None, True),
    ]
    assert [s["SBQQ__EndDate__c"] for s in subscriptions(org, order)] == [
        "2026-12-31",
        "2026-06-30",
        "2026-12-31",
        None,
    ]


def test_segments_share_a_contract_and_the_first_spans_it(org: Org) -> None:
    years = ("2026", "2027", "2028")
    dates = [{"SBQQ__StartDate__c": f"{year}-01-01", "SBQQ__EndDate__c": f"{year}-12-31"} for year in years]
    segments = [
        Sold("Ramp", line=of_year | {"SBQQ__SegmentKey__c": "ramp", "SBQQ__SegmentIndex__c": index})
        for index, of_year in enumerate(dates, start=1)
    ]
    order = contracted(org, *segments, Sold("Whole", line=dates[0] | {"SBQQ__EndDate__c": "2028-12-31"}))
    [made] = contracts(org, order)
    assert (made["StartDate"], made["EndDate"], made["ContractTerm"]) == ("2026-01-01", "2028-12-31", 36)
    first, second, third, _ = subscriptions(org, order)
    assert [(s["SBQQ__StartDate__c"], s["SBQQ__EndDate__c"]) for s in (first, second, third)] == [
        ("2026-01-01", "2028-12-31"),
        ("2027-01-01", "2027-12-31"),
        ("2028-01-01", "2028-12-31"),
    ]
    assert (first["SBQQ__SegmentStartDate__c"], first["SBQQ__SegmentEndDate__c"]) == ("2026-01-01", "2026-12-31")


def test_an_item_may_be_contracted_separately_or_not_at_all(org: Org) -> None:
    apart = Sold("Apart", line={"SBQQ__ContractingMethod__c": "Contract Separately"})
    never = Sold("Never", line={"SBQQ__ContractingMethod__c": "Do Not Contract"})
    order = contracted(org, Sold("One"), apart, never, Sold("Two"))
    one, apart_item, never_item, two = items(org, order)
    assert one["SBQQ__Contract__c"] == two["SBQQ__Contract__c"] != apart_item["SBQQ__Contract__c"]
    assert [never_item[name] for name in LINKS] == [None, None, None]
    assert never_item["SBQQ__Contracted__c"] is False
    assert len(contracts(org, order)) == 2


def test_an_evergreen_subscription_has_no_end(org: Org) -> None:
    order = contracted(org, Sold("For ever", "3", "8", EVERGREEN | RECURRING))
    [subscription] = subscriptions(org, order)
    [made] = contracts(org, order)
    assert items(org, order)[0]["EndDate"] is None
    assert (subscription["SBQQ__SubscriptionType__c"], subscription["SBQQ__EndDate__c"]) == ("Evergreen", None)
    assert (made["SBQQ__Evergreen__c"], made["EndDate"], made["ContractTerm"]) == (True, None, 1)


@pytest.mark.parametrize(
    ("product", "line", "kind"),
    [
        ("Renewable", {}, "Renewable"),
        ("One-time", {}, "One-time"),
        ("Renewable/Evergreen", {"SBQQ__SubscriptionType__c": "Renewable"}, "Renewable"),
        ("Renewable/Evergreen", {"SBQQ__SubscriptionType__c": "Evergreen"}, "Evergreen"),
        ("Renewable/Evergreen", {"SBQQ__SubscriptionType__c": None}, "Renewable"),
        (None, {}, "Renewable"),
    ],
)
def test_the_kind_of_a_subscription(org: Org, product: str | None, line: dict[str, Any], kind: str) -> None:
    sold = RENEWABLE | {"SBQQ__SubscriptionType__c": product}
    order = contracted(org, Sold("Seat", product=sold, line={"SBQQ__SubscriptionType__c": None} | line))
    assert subscriptions(org, order)[0]["SBQQ__SubscriptionType__c"] == kind


@pytest.mark.parametrize(
    ("conversion", "quantities"),
    [("One per quote line", [Decimal(3)]), ("One per unit", [Decimal(1)] * 3), (None, [])],
)
def test_products_without_subscription_pricing_become_assets(
    org: Org, conversion: str | None, quantities: list[Decimal]
) -> None:
    order = contracted(org, Sold("Router", "3", "450", HARDWARE | {"SBQQ__AssetConversion__c": conversion}))
    [item] = items(org, order)
    assets = org.store.find("Asset", "SBQQ__OrderProduct__c", item["Id"])
    assert [asset["Quantity"] for asset in assets] == quantities
    assert all((asset["Name"], asset["Price"]) == ("Router", 450) for asset in assets)
    assert item["SBQQ__Asset__c"] == (assets[0]["Id"] if assets else None)
    assert (item["SBQQ__Subscription__c"], item["SBQQ__Contract__c"], item["SBQQ__Contracted__c"]) == (None, None, True)
    assert contracts(org, order) == []


def test_a_bundle_keeps_its_shape(org: Org) -> None:
    hardware = HARDWARE | {"SBQQ__AssetConversion__c": "One per quote line"}
    order = contracted(
        org,
        Sold("Suite"),
        Sold("Seat", "10", under=0),
        Sold("Add-on", under=1, line={"SBQQ__Bundled__c": True, "SBQQ__NetPrice__c": 0}),
        Sold("Router", product=hardware, under=0),
        Sold("Alone"),
    )
    suite, seat, addon, router, alone = items(org, order)
    assert [i["SBQQ__RequiredBy__c"] for i in (suite, seat, addon, router)] == [
        None,
        suite["Id"],
        seat["Id"],
        suite["Id"],
    ]
    assert {i["SBQQ__BundleRoot__c"] for i in (suite, seat, addon, router)} == {suite["Id"]}
    assert alone["SBQQ__BundleRoot__c"] is None
    root, part, included, other = subscriptions(org, order)
    assert [s["SBQQ__RequiredById__c"] for s in (root, part, included, other)] == [None, root["Id"], part["Id"], None]
    assert [s["SBQQ__RootId__c"] for s in (root, part, included, other)] == [root["Id"]] * 3 + [other["Id"]]
    assert (included["SBQQ__Bundled__c"], included["SBQQ__NetPrice__c"]) == (True, 0)
    asset = org.store.get("Asset", router["SBQQ__Asset__c"])
    assert asset is not None
    assert (asset["SBQQ__RequiredById__c"], asset["SBQQ__RootId__c"]) == (root["Id"], root["Id"])


def test_percent_of_total_keeps_its_pricing(org: Org) -> None:
    plan = {"SBQQ__SubscriptionPricing__c": "Percent Of Total", "SBQQ__PricingMethod__c": "Percent Of Total"}
    order = contracted(org, Sold("Plan", "1", "312.50", plan))
    [subscription] = subscriptions(org, order)
    assert (subscription["SBQQ__SubscriptionPricing__c"], subscription["SBQQ__PricingMethod__c"]) == (
        "Percent Of Total",
        "Percent Of Total",
    )
    assert subscription["SBQQ__NetPrice__c"] == Decimal("312.50")


def test_a_job_that_breaks_down_leaves_the_rest_untouched_and_can_be_repeated(org: Org) -> None:
    order = sold_and_activated(org, *(Sold(f"Seat {n}") for n in range(5)))
    broken = contract(org, order, wait=True, fail_after=2)
    assert (broken["status"], broken["remaining"], len(broken["subscriptions"])) == ("Failed", 3, 2)
    assert [bool(item["SBQQ__Subscription__c"]) for item in items(org, order)] == [True, True, False, False, False]
    assert order_row(org, order)["SBQQ__Contracted__c"] is True

    repeated = contract(org, order, wait=True)
    assert (repeated["status"], repeated["remaining"], len(repeated["subscriptions"])) == ("Completed", 0, 5)
    assert repeated["subscriptions"][:2] == broken["subscriptions"]
    assert len(contracts(org, order)) == 1
    assert org.store.count("SBQQ__Subscription__c") == 5


def test_contracting_again_changes_nothing(org: Org) -> None:
    order = contracted(org, Sold("Seat"), Sold("Router", product=HARDWARE))
    before = subscriptions(org, order)
    assert contract(org, order, wait=True)["status"] == "Completed"
    assert subscriptions(org, order) == before
    assert org.store.count("Contract") == 1


@pytest.mark.parametrize("spoil", ["draft", "asset based", "no quote line"])
def test_preconditions_of_contracting(org: Org, spoil: str) -> None:
    account = {"SBQQ__RenewalModel__c": "Asset Based"} if spoil == "asset based" else {}
    order = sell(org, Sold("Seat"), account=account)
    if spoil != "draft":
        activate(org, order)
    if spoil == "no quote line":
        org.store.update("OrderItem", items(org, order)[0]["Id"], {"SBQQ__QuoteLine__c": None}, system=True)
    with pytest.raises(SalesforceError) as refused:
        contract(org, order)
    assert (refused.value.status, refused.value.code) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert order_row(org, order)["SBQQ__Contracted__c"] is False


def test_what_the_order_does_not_say_comes_from_line_and_product(org: Org) -> None:
    order = sold_and_activated(org, Sold("Seat", product=RENEWABLE | RECURRING | {"SBQQ__SubscriptionTerm__c": 6}))
    [item] = items(org, order)
    blank = dict.fromkeys(
        ("SBQQ__SubscriptionPricing__c", "SBQQ__SubscriptionType__c", "SBQQ__BillingFrequency__c", "EndDate")
    )
    org.store.update("OrderItem", item["Id"], blank, system=True)
    line = {"SBQQ__SubscriptionPricing__c": None, "SBQQ__NetPrice__c": None, "SBQQ__EndDate__c": None}
    org.store.update("SBQQ__QuoteLine__c", item["SBQQ__QuoteLine__c"], line, system=True)
    contract(org, order, wait=True)
    [subscription] = subscriptions(org, order)
    assert (subscription["SBQQ__EndDate__c"], subscription["SBQQ__NetPrice__c"]) == ("2026-06-30", 100)
    assert subscription["SBQQ__BillingFrequency__c"] == "Annual"


def test_a_job_for_an_order_that_is_gone_does_no_harm(org: Org) -> None:
    order = sold_and_activated(org, Sold("Seat"))
    contract(org, order)
    org.store.delete("Order", order)
    org.run_background_jobs()
    assert org.store.count("SBQQ__Subscription__c") == 0
