"""Creating orders over HTTP: what is written, and what is answered."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, line, make_catalog, order, plan_override, seats, subscription, termed
from tests.zuora_schema import check_request

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions", "line_items", "jobs", "catalog", "zoql")


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


def create(zuora: ZuoraClient, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    check_request("POST", "/v1/orders", body)
    answer: dict[str, Any] = zuora.call("POST", "/v1/orders", body, **options)
    assert answer["success"], answer
    return answer


def test_a_subscription_with_rate_plan_charge_and_segment(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    answer = create(zuora, order(account, subscription(catalog, "SUB-1"), orderNumber="00000105"))

    assert answer["orderNumber"] == "00000105"
    assert answer["status"] == "Completed"
    assert answer["subscriptions"] == [
        {"subscriptionNumber": "SUB-1", "subscriptionOwnerNumber": account["accountNumber"], "status": "Active"}
    ]
    read = zuora.call("GET", "/v1/subscriptions/SUB-1")
    assert (read["version"], read["status"], read["orderNumber"]) == (1, "Active", "00000105")
    assert (read["termStartDate"], read["termEndDate"], read["subscriptionEndDate"]) == (
        "2026-02-01",
        "2027-02-01",
        "2027-02-01",
    )
    assert read["contractEffectiveDate"] == read["customerAcceptanceDate"] == "2026-02-01"
    [plan] = read["ratePlans"]
    assert (plan["ratePlanName"], plan["productSku"], plan["lastChangeType"]) == ("Seats plan", "R-1", "Add")
    [charge] = plan["ratePlanCharges"]
    assert (charge["type"], charge["model"], charge["billingPeriod"]) == ("Recurring", "PerUnit", "Month")
    assert (charge["price"], charge["quantity"], charge["segment"]) == (120, 5, 1)
    assert (charge["effectiveStartDate"], charge["effectiveEndDate"]) == ("2026-02-01", "2027-02-01")
    assert charge["listPriceBase"] == "Per_Billing_Period"


def test_numbers_are_made_when_none_are_given(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    answer = create(zuora, order(account, subscription(catalog)))

    assert answer["orderNumber"] == "O-00000001"
    assert answer["subscriptions"][0]["subscriptionNumber"] == "A-S00000001"


def test_the_answer_follows_the_version_and_return_ids(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    old = create(zuora, order(account, subscription(catalog, "S-1")), headers={"Zuora-Version": "206.0"})
    ids = create(zuora, order(account, subscription(catalog, "S-2")), params={"returnIds": "true"})

    assert old["subscriptionNumbers"] == ["S-1"]
    assert "subscriptions" not in old
    assert ids["accountId"] == account["accountId"]
    assert ids["orderId"]
    [entry] = ids["subscriptions"]
    assert entry["subscriptionId"] == zuora.call("GET", "/v1/subscriptions/S-2")["id"]
    assert entry["OrderActions"][0]["type"] == "CreateSubscription"


def test_everything_an_order_says_about_itself_can_be_read_again(
    tenant: Tenant, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    tenant.configure({"customFields": {"order": ["Deal__c"]}})
    entry = subscription(catalog, "SUB-1", paymentTerm="Net 30", invoiceGroupNumber="PO-1")
    entry["customFields"] = {"SFDC_Contract__c": "800X"}
    entry["quote"] = {"QuoteNumber__QT": "Q-1", "QuoteType__QT": "New Subscription"}
    entry["orderActions"][0]["createSubscription"]["subscribeToRatePlans"][0]["externallyManagedPlanId"] = "802X"
    items = [line(relatedSubscriptionNumber="SUB-1")]
    body = order(
        account,
        entry,
        description="d",
        category="NewSales",
        customFields={"Deal__c": "D"},
        orderLineItems=items,
    )
    number = create(zuora, body)["orderNumber"]

    read = zuora.call("GET", f"/v1/orders/{number}")["order"]
    assert (read["description"], read["category"], read["status"], read["currency"]) == (
        "d",
        "NewSales",
        "Completed",
        "USD",
    )
    assert read["customFields"] == {"Deal__c": "D"}
    [shown] = read["subscriptions"]
    assert (shown["subscriptionNumber"], shown["newVersion"]) == ("SUB-1", 1)
    assert shown["customFields"] == {"SFDC_Contract__c": "800X"}
    assert shown["quote"]["QuoteNumber__QT"] == "Q-1"
    [action] = shown["orderActions"]
    assert {entry["name"] for entry in action["triggerDates"]} == {
        "ContractEffective",
        "ServiceActivation",
        "CustomerAcceptance",
    }
    [plan] = action["createSubscription"]["subscribeToRatePlans"]
    assert plan["externallyManagedPlanId"] == "802X"
    assert plan["productRatePlanId"] == catalog.plans["Seats"]
    assert read["orderLineItems"][0]["relatedSubscriptionNumber"] == "SUB-1"
    subscribed = zuora.call("GET", "/v1/subscriptions/SUB-1")
    assert subscribed["SFDC_Contract__c"] == "800X"
    assert subscribed["QuoteNumber__QT"] == "Q-1"
    assert (subscribed["paymentTerm"], subscribed["invoiceGroupNumber"]) == ("Net 30", "PO-1")


def test_a_plan_may_be_named_by_external_id_or_number(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    plans = [{"externalCatalogPlanId": "01t-Base"}, {"productRatePlanNumber": "PRP-Setup"}]
    create(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=plans)))

    read = zuora.call("GET", "/v1/subscriptions/S-1")
    assert [plan["productRatePlanId"] for plan in read["ratePlans"]] == [
        catalog.plans["Base"],
        catalog.plans["Setup"],
    ]
    base, setup = (plan["ratePlanCharges"][0] for plan in read["ratePlans"])
    assert (base["price"], base["billingPeriod"]) == (10, "Annual")
    assert (setup["type"], setup["effectiveStartDate"], setup["effectiveEndDate"]) == (
        "OneTime",
        "2026-02-01",
        "2026-02-02",
    )


def test_prices_for_the_whole_term_and_tiers(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    base = {"listPrice": Decimal("99.95"), "listPriceBase": "Per_Specific_Months", "specificListPriceBase": 12}
    tiers = [
        {"tier": 1, "startingUnit": 0, "endingUnit": 100, "price": 2, "priceFormat": "PerUnit"},
        {"tier": 2, "startingUnit": Decimal("100.01"), "price": 1, "priceFormat": "FlatFee"},
    ]
    plans = [
        plan_override(catalog, "Base", {"recurringFlatFee": base}, billing={"billCycleType": "ChargeTriggerDay"}),
        plan_override(catalog, "Storage", {"recurringTiered": {"quantity": 150, "tiers": tiers}}),
    ]
    create(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=plans)))

    read = zuora.call("GET", "/v1/subscriptions/S-1", params={"charge-detail": "all-segments"})
    flat, tiered = (plan["ratePlanCharges"][0] for plan in read["ratePlans"])
    assert (flat["listPriceBase"], flat["specificListPriceBase"]) == ("Per_Specific_Months", 12)
    assert flat["billingDay"] == "ChargeTriggerDay"
    assert flat["chargeSegments"][0]["price"] == Decimal("99.95")
    [segment] = tiered["chargeSegments"]
    assert [tier["startingUnit"] for tier in segment["tiers"]] == [0, Decimal("100.01")]
    assert (segment["price"], segment["quantity"]) == (None, 150)


def test_an_evergreen_subscription_has_no_end(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    terms = {"initialTerm": {"termType": "EVERGREEN", "startDate": "2026-02-01"}}
    create(zuora, order(account, subscription(catalog, "S-1", terms=terms)))

    read = zuora.call("GET", "/v1/subscriptions/S-1")
    assert (read["termType"], read["termEndDate"], read["subscriptionEndDate"]) == ("EVERGREEN", None, None)
    assert read["ratePlans"][0]["ratePlanCharges"][0]["effectiveEndDate"] is None


def test_a_term_in_days_may_say_its_end(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    initial = {
        "termType": "TERMED",
        "startDate": "2026-02-01",
        "period": 45,
        "periodType": "Day",
        "endDate": "2026-03-18",
    }
    create(zuora, order(account, subscription(catalog, "S-1", terms={"initialTerm": initial})))

    assert zuora.call("GET", "/v1/subscriptions/S-1")["termEndDate"] == "2026-03-18"


def test_owners_contacts_and_currency(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    other = zuora.call(
        "POST", "/v1/accounts", {"name": "Payer", "currency": "USD", "billCycleDay": 1, "billToContact": _contact()}
    )
    entry = subscription(
        catalog,
        "S-1",
        currency="EUR",
        invoiceOwnerAccountNumber=other["accountNumber"],
        billToContactId=other["billToContactId"],
        soldToContactId=account["billToContactId"],
    )
    create(zuora, order(account, entry))

    read = zuora.call("GET", "/v1/subscriptions/S-1")
    assert read["accountNumber"] == account["accountNumber"]
    assert read["invoiceOwnerAccountNumber"] == other["accountNumber"]
    assert read["currency"] == "EUR"
    assert read["billToContact"]["id"] == other["billToContactId"]
    listed = zuora.call("GET", f"/v1/orders/invoiceOwner/{other['accountNumber']}")
    assert len(listed["orders"]) == 1


def test_a_new_account_in_the_order(tenant: Tenant, zuora: ZuoraClient, catalog: Catalog) -> None:
    contact = _contact()
    contact["postalCode"] = contact.pop("zipCode")
    new = {"name": "New", "currency": "USD", "billCycleDay": 1, "crmId": "001X", "billToContact": contact}
    answer = create(zuora, {"orderDate": "2026-02-01", "newAccount": new, "subscriptions": [subscription(catalog)]})

    [row] = tenant.store.find("account", crmId="001X")
    assert answer["accountNumber"] == row["accountNumber"]


@pytest.mark.parametrize(
    ("settings", "dates", "status", "order_status"),
    [
        ({"requireServiceActivation": True}, [], "Pending Activation", "Pending"),
        ({"requireCustomerAcceptance": True}, [], "Pending Acceptance", "Pending"),
        ({"requireServiceActivation": True, "requireCustomerAcceptance": True}, [], "Pending Activation", "Pending"),
        ({"requireServiceActivation": True}, ["ServiceActivation"], "Active", "Completed"),
        ({}, [], "Active", "Completed"),
    ],
)
def test_required_trigger_dates_hold_the_order(
    tenant: Tenant,
    zuora: ZuoraClient,
    account: dict[str, Any],
    catalog: Catalog,
    settings: dict[str, bool],
    dates: list[str],
    status: str,
    order_status: str,
) -> None:
    tenant.configure(settings)
    entry = subscription(catalog, "S-1")
    entry["orderActions"][0]["triggerDates"] = [{"name": name, "triggerDate": "2026-02-10"} for name in dates]
    answer = create(zuora, order(account, entry))

    assert answer["status"] == order_status
    assert answer["subscriptions"][0]["status"] == status


def test_order_line_items_alone(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    items = [
        line(UOM="Each", transactionStartDate="2026-03-01"),
        {"productRatePlanChargeId": catalog.charges["Hours"], "quantity": 3},
        line(
            quantity=1,
            listPricePerUnit=100,
            inlineDiscountType="Percentage",
            inlineDiscountPerUnit=Decimal("12.5"),
            amountPerUnit=None,
        ),
    ]
    answer = create(zuora, order(account, orderLineItems=items))

    assert [item["itemNumber"] for item in answer["orderLineItems"]] == ["1", "2", "3"]
    read = zuora.call("GET", f"/v1/orders/{answer['orderNumber']}")["order"]["orderLineItems"]
    assert [(item["itemName"], item["amount"]) for item in read] == [
        ("Router", 100),
        ("Hours", 30),
        ("Router", Decimal("87.5")),
    ]
    assert read[0]["transactionEndDate"] == read[0]["billTargetDate"] == "2026-03-01"
    assert read[1]["transactionStartDate"] == "2026-02-01"
    assert read[2]["discount"] == Decimal("12.5")


def test_subscriptions_and_seats_up_to_the_limit(zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    answer = create(zuora, order(account, *(subscription(catalog) for _ in range(50))))

    assert len(answer["subscriptions"]) == 50


def test_catalog_values_stand_where_no_override_is(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    plan = {"productRatePlanId": catalog.plans["Seats"]}
    create(zuora, order(account, subscription(catalog, "S-1", subscribeToRatePlans=[plan])))

    [charge] = zuora.call("GET", "/v1/subscriptions/S-1")["ratePlans"][0]["ratePlanCharges"]
    assert (charge["price"], charge["quantity"], charge["uom"]) == (10, 1, "User")


def test_the_terms_start_when_the_contract_is_effective(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    terms = termed()
    del terms["initialTerm"]["startDate"]
    entry = subscription(catalog, "S-1", terms=terms, subscribeToRatePlans=[seats(catalog)])
    entry["orderActions"][0]["triggerDates"] = [{"name": "ContractEffective", "triggerDate": "2026-01-31"}]
    create(zuora, order(account, entry))

    read = zuora.call("GET", "/v1/subscriptions/S-1")
    assert (read["subscriptionStartDate"], read["termEndDate"]) == ("2026-01-31", "2027-01-31")


def test_the_catalog_made_over_http_can_be_sold(zuora: ZuoraClient, account: dict[str, Any]) -> None:
    product = {"Name": "P", "SKU": "P-1", "EffectiveStartDate": "2020-01-01", "EffectiveEndDate": "2036-01-01"}
    product_id = zuora.call("POST", "/v1/object/product", product)["Id"]
    plan = {"Name": "Plan", "ProductId": product_id, "ExternalRatePlanIds": ["01tX"]}
    plan_id = zuora.call("POST", "/v1/object/product-rate-plan", plan)["Id"]
    charge = {
        "Name": "Charge",
        "ProductRatePlanId": plan_id,
        "ChargeModel": "Per Unit Pricing",
        "ChargeType": "Recurring",
        "BillCycleType": "DefaultFromCustomer",
        "BillingPeriod": "Semi-Annual",
        "TriggerEvent": "ContractEffective",
        "UOM": "Each",
        "UseDiscountSpecificAccountingCode": False,
        "ProductRatePlanChargeTierData": {"ProductRatePlanChargeTier": [{"Currency": "USD", "Price": 7}]},
    }
    charge_id = zuora.call("POST", "/v1/object/product-rate-plan-charge", charge)["Id"]
    pricing = {"recurringPerUnit": {"listPrice": 9, "listPriceBase": "Per_Month", "quantity": 2}}
    override = {
        "externalCatalogPlanId": "01tX",
        "chargeOverrides": [{"productRatePlanChargeId": charge_id, "pricing": pricing}],
    }
    terms = {"terms": termed(), "subscriptionNumber": "S-1", "subscribeToRatePlans": [override]}
    entry = {"orderActions": [{"type": "CreateSubscription", "createSubscription": terms}]}
    create(zuora, order(account, entry))

    read = zuora.call("GET", "/v1/subscriptions/S-1")["ratePlans"][0]["ratePlanCharges"][0]
    assert (read["billingPeriod"], read["listPriceBase"], read["price"]) == ("Semi_Annual", "Per_Month", 9)
    zoql = "select BillingPeriod, ListPriceBase, ChargeModel, Quantity from RatePlanCharge where ChargeNumber = '{}'"
    [row] = zuora.json("POST", "/v1/action/query", {"queryString": zoql.format(read["number"])}).json()["records"]
    assert (row["BillingPeriod"], row["ListPriceBase"], row["ChargeModel"]) == (
        "Semi-Annual",
        "Per Month",
        "Per Unit Pricing",
    )


def _contact() -> dict[str, Any]:
    return {
        "firstName": "Ada",
        "lastName": "Lovelace",
        "country": "United States",
        "state": "California",
        "zipCode": "94105",
    }
