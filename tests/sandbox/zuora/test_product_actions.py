"""UpdateProduct, AddProduct and RemoveProduct: versions, segments and what each way of reading shows of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, fields, read, segments, send
from tests.sandbox.zuora.conftest import ZuoraClient, zoql
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, plan_override, seats, subscription

Body = dict[str, Any]

START, END = "2026-02-01", "2027-02-01"


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


@pytest.fixture
def sold(zuora: ZuoraClient, account: Body, catalog: Catalog) -> Body:
    """Subscription S-1 with five seats for 120 under charge number C-1, a year from February 2026 on."""
    plan = seats(catalog) | {"subscriptionRatePlanNumber": "SRP-1", "externallyManagedPlanId": "802-1"}
    plan["chargeOverrides"][0]["chargeNumber"] = "C-1"
    send(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=[plan]), orderNumber="O-1"))
    return read(zuora, "S-1")


def update(on: str = "2026-05-01", plan: Body | None = None, charge: Body | None = None, **pricing: Any) -> Body:
    """UpdateProduct of the seats."""
    updated = {"chargeNumber": "C-1", "pricing": {"recurringPerUnit": pricing}, **(charge or {})}
    return act("UpdateProduct", {**(plan or {"subscriptionRatePlanNumber": "SRP-1"}), "chargeUpdates": [updated]}, on)


def test_an_update_makes_a_version_and_a_segment(zuora: ZuoraClient, account: Body, sold: Body) -> None:
    send(zuora, change(account, "S-1", update(quantity=8), orderNumber="O-2", orderDate="2026-04-01"))

    now, before = read(zuora, "S-1"), read(zuora, "S-1", 1)
    assert fields(now, "version", "isLatestVersion", "status", "orderNumber") == (2, True, "Active", "O-2")
    assert fields(before, "version", "isLatestVersion", "orderNumber") == (1, False, "O-1")
    assert segments(before, "quantity", "segment") == [(START, END, 5, 1)]
    assert segments(now, "quantity", "price", "segment", "isLastSegment") == [
        (START, "2026-05-01", 5, 120, 1, False),
        ("2026-05-01", END, 8, 120, 2, True),
    ]
    plan, charge = now["ratePlans"][0], now["ratePlans"][0]["ratePlanCharges"][0]
    assert fields(plan, "lastChangeType", "externallyManagedPlanId") == ("Update", "802-1")
    old = before["ratePlans"][0]["ratePlanCharges"][0]
    assert fields(charge, "number", "originalChargeId") == fields(old, "number", "originalChargeId")
    assert len({item["id"] for item in (*charge["chargeSegments"], *old["chargeSegments"])}) == 3
    assert charge["chargeSegments"][1]["amendedByOrderOn"] == "2026-04-01"
    assert before["id"] == sold["id"] != now["id"]


@pytest.mark.usefixtures("sold")
def test_one_segment_is_shown_unless_all_are_asked_for(zuora: ZuoraClient, account: Body) -> None:
    send(zuora, change(account, "S-1", update(quantity=8)))

    def quantity(**params: str) -> Any:
        found = zuora.call("GET", "/v1/subscriptions/S-1", params=params)
        return found["ratePlans"][0]["ratePlanCharges"][0]["quantity"]

    assert quantity() == 8
    assert quantity(**{"charge-detail": "current-segment"}) == 5
    specific = {"charge-detail": "specific-segment"}
    days = ("2026-04-30", "2026-05-01")
    assert [quantity(**specific, **{"as-of-date": day}) for day in days] == [5, 8]


@pytest.mark.parametrize(
    "selector",
    ["ratePlanId", "subscriptionRatePlanNumber", "externalCatalogPlanId", "productRatePlanNumber"],
)
@pytest.mark.parametrize("charge", ["chargeNumber", "productRatePlanChargeId", "productRatePlanChargeNumber"])
def test_ways_to_name_what_is_updated(
    zuora: ZuoraClient, account: Body, sold: Body, catalog: Catalog, selector: str, charge: str
) -> None:
    plans = {
        "ratePlanId": sold["ratePlans"][0]["id"],
        "subscriptionRatePlanNumber": "SRP-1",
        "externalCatalogPlanId": "01t-Seats",
        "productRatePlanNumber": "PRP-Seats",
    }
    charges = {
        "chargeNumber": "C-1",
        "productRatePlanChargeId": catalog.charges["Seats"],
        "productRatePlanChargeNumber": "PRPC-Seats",
    }
    for quantity, on in ((6, "2026-05-01"), (7, "2026-06-01")):
        named = {"pricing": {"recurringPerUnit": {"quantity": quantity}}, charge: charges[charge]}
        body = {selector: plans[selector], "chargeUpdates": [named]}
        send(zuora, change(account, "S-1", act("UpdateProduct", body, on)))

    assert segments(read(zuora, "S-1"), "quantity") == [
        (START, "2026-05-01", 5),
        ("2026-05-01", "2026-06-01", 6),
        ("2026-06-01", END, 7),
    ]


@pytest.mark.usefixtures("sold")
def test_quantity_and_price_at_once_with_other_fields(zuora: ZuoraClient, account: Body, tenant: Tenant) -> None:
    tenant.configure({"customFields": {"ratePlan": ["Plan__c"], "ratePlanCharge": ["Charge__c"]}})
    charge = {"description": "more", "customFields": {"Charge__c": "c"}}
    action = update(charge=charge, quantity=3, listPrice=Decimal("99.5"))
    action["updateProduct"]["customFields"] = {"Plan__c": "p"}
    send(zuora, change(account, "S-1", action))

    plan = read(zuora, "S-1")["ratePlans"][0]
    first, last = plan["ratePlanCharges"][0]["chargeSegments"]
    assert (plan["Plan__c"], first["Charge__c"], last["Charge__c"]) == ("p", None, "c")
    assert fields(last, "quantity", "price", "description") == (3, Decimal("99.5"), "more")
    assert fields(first, "quantity", "price", "description") == (5, 120, None)


def test_tiers_are_replaced_from_the_day_on(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    plan = plan_override(catalog, "Storage", {"recurringTiered": {"quantity": 10}}, chargeNumber="C-1")
    send(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=[plan])))
    tiers = [
        {"tier": 1, "startingUnit": 0, "endingUnit": 5, "price": 4, "priceFormat": "PerUnit"},
        {"tier": 2, "startingUnit": Decimal("5.01"), "price": 3, "priceFormat": "PerUnit"},
    ]
    updates = [{"chargeNumber": "C-1", "pricing": {"recurringTiered": {"quantity": 20, "tiers": tiers}}}]
    body = {"externalCatalogPlanId": "01t-Storage", "chargeUpdates": updates}
    send(zuora, change(account, "S-1", act("UpdateProduct", body)))

    first, last = read(zuora, "S-1")["ratePlans"][0]["ratePlanCharges"][0]["chargeSegments"]
    assert [tier["price"] for tier in first["tiers"]] == [10]
    assert [fields(tier, "startingUnit", "endingUnit", "price") for tier in last["tiers"]] == [
        (0, 5, 4),
        (Decimal("5.01"), None, 3),
    ]
    assert (first["quantity"], last["quantity"]) == (10, 20)


@pytest.mark.usefixtures("sold")
def test_an_update_of_the_same_day_replaces_the_segment(zuora: ZuoraClient, account: Body) -> None:
    for quantity in (8, 9):
        send(zuora, change(account, "S-1", update(quantity=quantity)))
    send(zuora, change(account, "S-1", update("2026-05-01", listPrice=100)))

    now = read(zuora, "S-1")
    assert now["version"] == 4
    assert segments(now, "quantity", "price", "segment") == [
        (START, "2026-05-01", 5, 120, 1),
        ("2026-05-01", END, 9, 100, 2),
    ]


@pytest.mark.usefixtures("sold")
def test_an_update_before_a_future_one(zuora: ZuoraClient, account: Body) -> None:
    send(zuora, change(account, "S-1", update("2026-07-01", quantity=20)))
    action = update("2026-05-01", {"subscriptionRatePlanNumber": "SRP-1"}, quantity=15)
    refused = zuora.call("POST", "/v1/orders", change(account, "S-1", action))
    assert refused["reasons"][0]["code"] == 53100030
    assert "specificUpdateDate" in refused["reasons"][0]["message"]

    action["updateProduct"]["specificUpdateDate"] = "2026-05-01"
    send(zuora, change(account, "S-1", action))

    assert segments(read(zuora, "S-1"), "quantity", "segment", "isLastSegment") == [
        (START, "2026-05-01", 5, 1, False),
        ("2026-05-01", "2026-07-01", 15, 2, False),
        ("2026-07-01", END, 20, 3, True),
    ]


@pytest.mark.usefixtures("sold")
def test_a_charge_may_begin_its_change_later_than_the_contract(zuora: ZuoraClient, account: Body) -> None:
    later = {"effectiveDate": {"triggerEvent": "SpecificDate", "specificTriggerDate": "2026-06-15"}}
    send(zuora, change(account, "S-1", update(charge=later, quantity=8)))

    assert segments(read(zuora, "S-1"), "quantity")[1] == ("2026-06-15", END, 8)


@pytest.mark.usefixtures("sold")
def test_a_product_is_added_until_the_end_of_the_term(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    override = plan_override(catalog, "Base", {"recurringFlatFee": {"listPrice": 50}}, chargeNumber="C-2")
    number = send(zuora, change(account, "S-1", act("AddProduct", override | {"externallyManagedPlanId": "802-2"})))

    now = read(zuora, "S-1")
    assert now["version"] == 2
    assert [fields(plan, "lastChangeType", "externallyManagedPlanId") for plan in now["ratePlans"]] == [
        ("Add", "802-1"),
        ("Add", "802-2"),
    ]
    assert segments(now, "price") == [(START, END, 120), ("2026-05-01", END, 50)]
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]
    assert fields(shown, "subscriptionNumber", "baseVersion", "newVersion") == ("S-1", 1, 2)
    added = shown["orderActions"][0]["addProduct"]
    assert added["newRatePlanId"] == now["ratePlans"][1]["id"]
    assert added["subscriptionRatePlanNumber"] == now["ratePlans"][1]["subscriptionRatePlanNumber"]


def test_a_product_is_removed(zuora: ZuoraClient, account: Body, sold: Body, catalog: Catalog) -> None:
    send(zuora, change(account, "S-1", act("AddProduct", plan_override(catalog, "Base"))))
    send(zuora, change(account, "S-1", update("2026-09-01", quantity=9)))
    removal = act("RemoveProduct", {"ratePlanId": sold["ratePlans"][0]["id"]}, "2026-08-01")
    send(zuora, change(account, "S-1", removal))

    now = read(zuora, "S-1")
    assert [plan["lastChangeType"] for plan in now["ratePlans"]] == ["Remove", "Add"]
    assert segments(now, "isLastSegment") == [(START, "2026-08-01", True), ("2026-05-01", END, True)]
    assert len(segments(read(zuora, "S-1", 3))) == 3
    found = zuora.call(
        "POST", "/v1/action/query", {"queryString": zoql("Id", "RatePlan", f"SubscriptionId = '{now['id']}'")}
    )
    assert [record["Id"] for record in found["records"]] == [now["ratePlans"][1]["id"]]
    again = zuora.call("POST", "/v1/orders", change(account, "S-1", removal))
    assert (again["reasons"][0]["code"], "removed" in again["reasons"][0]["message"]) == (53100030, True)


@pytest.mark.usefixtures("sold")
def test_several_actions_make_one_version(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    override = plan_override(catalog, "Seats", {"recurringPerUnit": {"quantity": 2}}, uniqueToken="c")
    added = act("AddProduct", override | {"uniqueToken": "p"})
    by_token = {
        "uniqueToken": "p",
        "chargeUpdates": [{"uniqueToken": "c", "pricing": {"recurringPerUnit": {"quantity": 4}}}],
    }
    actions = [
        update(quantity=8),
        added,
        act("UpdateProduct", by_token, "2026-06-01"),
        update("2026-07-01", quantity=1),
    ]
    number = send(zuora, change(account, "S-1", *actions))

    now = read(zuora, "S-1")
    assert now["version"] == 2
    assert segments(now, "quantity") == [
        (START, "2026-05-01", 5),
        ("2026-05-01", "2026-07-01", 8),
        ("2026-07-01", END, 1),
        ("2026-05-01", "2026-06-01", 2),
        ("2026-06-01", END, 4),
    ]
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"]
    assert [fields(action, "sequence", "type") for action in shown] == [
        (0, "UpdateProduct"),
        (1, "AddProduct"),
        (2, "UpdateProduct"),
        (3, "UpdateProduct"),
    ]
    assert [action["triggerDates"][0]["triggerDate"] for action in shown][2:] == ["2026-06-01", "2026-07-01"]


def test_create_and_change_in_one_order(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    entry = subscription(catalog, "S-1")
    entry["orderActions"][0]["createSubscription"]["subscribeToRatePlans"][0]["uniqueToken"] = "p"
    charge = {"productRatePlanChargeId": catalog.charges["Seats"], "pricing": {"recurringPerUnit": {"quantity": 6}}}
    entry["orderActions"].append(act("UpdateProduct", {"uniqueToken": "p", "chargeUpdates": [charge]}))
    send(zuora, order(account, entry))

    now = read(zuora, "S-1")
    assert now["version"] == 1
    assert segments(now, "quantity") == [(START, "2026-05-01", 5), ("2026-05-01", END, 6)]


@pytest.mark.usefixtures("sold")
def test_queries_show_versions_and_segments(zuora: ZuoraClient, account: Body) -> None:
    number = send(zuora, change(account, "S-1", update(quantity=8), orderDate="2026-04-01"))
    now = read(zuora, "S-1")

    versions = zuora.call("GET", "/object-query/subscriptions?filter[]=name.EQ:S-1&sort[]=version.ASC")["data"]
    assert [fields(row, "version", "isLatestVersion") for row in versions] == [(1, False), (2, True)]
    assert versions[1]["previousSubscriptionId"] == versions[0]["id"]
    plans = zuora.call("GET", "/object-query/rate-plans?filter[]=externallyManagedPlanId.EQ:802-1")["data"]
    assert {plan["subscriptionId"] for plan in plans} == {row["id"] for row in versions}
    assert len({plan["originalRatePlanId"] for plan in plans}) == 1
    charges = zuora.call("GET", f"/object-query/rate-plan-charges?filter[]=subscriptionId.EQ:{now['id']}")["data"]
    assert sorted(fields(row, "segment", "version", "quantity") for row in charges) == [(1, 1, 5), (2, 2, 8)]
    records = zoql("ChargeNumber, Segment, EffectiveStartDate, Quantity", "RatePlanCharge", "ChargeNumber = 'C-1'")
    assert zuora.call("POST", "/v1/action/query", {"queryString": records})["size"] == 3
    order_id = zuora.call("GET", f"/object-query/orders/{number}")["id"]
    action = zuora.call("GET", f"/object-query/order-actions?filter[]=orderId.EQ:{order_id}")["data"][0]
    assert fields(action, "type", "subscriptionId", "contractEffectiveDate") == (
        "UpdateProduct",
        now["id"],
        "2026-05-01",
    )


@pytest.mark.usefixtures("sold")
def test_quote_and_custom_fields_of_the_entry(zuora: ZuoraClient, account: Body) -> None:
    body = change(account, "S-1", update(quantity=8))
    body["subscriptions"][0] |= {
        "customFields": {"SFDC_Contract__c": "800-1"},
        "quote": {"QuoteNumber__QT": "Q-2"},
        "notes": "amended",
    }
    send(zuora, body)

    now = read(zuora, "S-1")
    assert fields(now, "SFDC_Contract__c", "QuoteNumber__QT", "notes") == ("800-1", "Q-2", "amended")
    assert read(zuora, "S-1", 1)["SFDC_Contract__c"] is None


def test_deleting_the_orders_from_the_last_on(zuora: ZuoraClient, account: Body, sold: Body, tenant: Tenant) -> None:
    send(zuora, change(account, "S-1", update(quantity=8), orderNumber="O-2"))
    send(zuora, change(account, "S-1", update("2026-06-01", quantity=9), orderNumber="O-3"))
    for early in ("O-1", "O-2"):
        assert zuora.call("DELETE", f"/v1/orders/{early}")["reasons"][0]["code"] == 53100030

    assert zuora.call("DELETE", "/v1/orders/O-3")["success"]
    assert fields(read(zuora, "S-1"), "version", "isLatestVersion") == (2, True)
    assert zuora.call("DELETE", "/v1/orders/O-2")["success"]
    assert read(zuora, "S-1") == sold | {"updateTime": read(zuora, "S-1")["updateTime"]}
    assert zuora.call("DELETE", "/v1/orders/O-1")["success"]
    assert not list(tenant.store.rows("ratePlanChargeTier"))
