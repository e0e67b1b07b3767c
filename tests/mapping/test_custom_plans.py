"""The user's mapping in whole plans: every pair in its request, taken by Zuora's own models."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import OWN_MAPPING
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.values import ValueTables
from tests.planning.records import ACCOUNT_ID, PRODUCT_ID, account, contact, draft, item, order, product
from tests.planning.zuora_answers import requests
from tests.zuora_schema import check_request

WHOLE: dict[str, Any] = {
    "account": {
        "notes": "Customer_Notes__c",
        "taxInfo/VATId": "VAT__c",
        "Segment__c": {"value": "Enterprise"},
        "salesRep": {"off": True},
    },
    "contact": {"nickname": "Nick__c", "Level__c": {"expression": "length(LastName)"}},
    "product": {"Description": "Description", "Family__c": "Family"},
    "product_rate_plan": {"Description": {"expression": "upper(Name)"}, "X__c": "Family"},
    "product_rate_plan_charge": {"ChargeModel": {"value": "flat fee pricing"}, "X__c": "Family"},
    "order": {"description": {"source": "PoNumber", "default": "no purchase order"}, "Po__c": "PoNumber"},
    "order_item": {"itemState": "Zuora_Status__c", "Line__c": "Line__c"},
    "subscription": {"InvoiceGroupNumber": "Group__c", "notes": {"value": "by cpqbridge"}, "X__c": "Group__c"},
    "subscription_rate_plan_charge": {
        "price": "Custom_Price__c",
        "billingPeriod": {"source": "SBQQ__BillingFrequency__c", "values": "billing_frequencies"},
        "taxCode": {"value": "SAAS"},
        "X__c": {"expression": "Custom_Price__c * 2"},
    },
}


def planned(mapping: dict[str, Any], state: ZuoraState | None = None, **options: Any) -> tuple[SyncPlan, ZuoraState]:
    customer = account(Customer_Notes__c="call first", VAT__c="DE123456789")
    goods = product(Family="Software", Description="A seat")
    router = product(
        Id="01t000000000002AAA",
        ProductCode="ROUTER",
        Family="Hardware",
        SBQQ__SubscriptionPricing__c=None,
        SBQQ__ChargeType__c="One-Time",
    )
    buyer = contact(Nick__c="Enchantress")
    sold = [
        item(
            Line__c="first",
            Product2=goods,
            subscription={"Group__c": "G-1", "Custom_Price__c": Decimal("99.90")},
        ),
        item(
            Id="802000000000002AAA",
            OrderItemNumber="0000000002",
            Line__c="second",
            Zuora_Status__c="Booked",
            Product2Id=router["Id"],
            Product2=router,
            subscription=None,
        ),
    ]
    snapshot = Snapshot(
        accounts={ACCOUNT_ID: customer},
        contacts={buyer["Id"]: buyer},
        products={PRODUCT_ID: goods, router["Id"]: router},
        time_zone="America/Los_Angeles",
    )
    state = ZuoraState() if state is None else state
    made = draft(state, snapshot, **options)
    tables = tables_for(MappingSettings.model_validate(mapping), ValueTables())
    known = order(*sold, PoNumber=None, BillToContactId=buyer["Id"], BillToContact=buyer)
    return plan_order(replace(made, tables=tables), known), state


def bodies(plan: SyncPlan) -> dict[str, Any]:
    return {operation.name: operation.body for operation in plan.operations}


@pytest.fixture(scope="module")
def plan() -> SyncPlan:
    made, _ = planned(WHOLE)
    assert made.problems == ()
    return made


def test_zuora_takes_every_request() -> None:
    made, state = planned(WHOLE)
    sent = list(requests(made, state))
    assert len(sent) >= 6
    for method, path, body in sent:
        check_request(method, path, body)


def test_customers(plan: SyncPlan) -> None:
    made = bodies(plan)
    customer = made["create_account"]
    assert (customer["notes"], customer["taxInfo"], customer["Segment__c"]) == (
        "call first",
        {"VATId": "DE123456789"},
        "Enterprise",
    )
    assert "salesRep" not in customer
    assert "nickname" not in customer["billToContact"], "contacts made from addresses do not take the mapping"
    assert (made["create_contact"]["nickname"], made["create_contact"]["Level__c"]) == ("Enchantress", 8)


def test_catalog(plan: SyncPlan) -> None:
    found = [operation.body for operation in plan.operations if "/object/" in operation.path]
    goods = next(body for body in found if "SKU" in body)
    rate_plan = next(body for body in found if "ProductId" in body)
    charge = next(body for body in found if "ChargeType" in body)
    assert (goods["Description"], goods["Family__c"]) == ("A seat", "Software")
    assert (rate_plan["Description"], rate_plan["X__c"]) == ("CLOUD SEAT", "Software")
    assert (charge["ChargeModel"], charge["X__c"]) == ("Flat Fee Pricing", "Software")


def test_order(plan: SyncPlan) -> None:
    body = bodies(plan)["create_order"]
    assert body["description"] == "no purchase order"
    assert "customFields" not in body
    (sold,) = body["subscriptions"]
    create = sold["orderActions"][0]["createSubscription"]
    assert (create["invoiceGroupNumber"], create["notes"], sold["customFields"]["X__c"]) == (
        "G-1",
        "by cpqbridge",
        "G-1",
    )
    (rate_plan,) = create["subscribeToRatePlans"]
    assert rate_plan["customFields"] == {"Line__c": "first"}
    (charge,) = rate_plan["chargeOverrides"]
    assert (charge["taxCode"], charge["customFields"]) == ("SAAS", {"X__c": Decimal("199.8")})
    assert charge["billing"]["billingPeriod"] == "Month"
    (line,) = body["orderLineItems"]
    assert (line["itemState"], line["customFields"]) == ("Booked", {"Line__c": "second"})


def test_lineage_tells_what_is_the_users_own(plan: SyncPlan) -> None:
    own = {
        line.target: line.source
        for operation in plan.operations
        for line in operation.lineage
        if OWN_MAPPING in line.rule
    }
    assert own["/notes"] == "Account.Customer_Notes__c"
    assert own["/orderLineItems/0/itemState"] == "OrderItem.Zuora_Status__c"
    assert own["/subscriptions/0/customFields/X__c"] == "OrderItem.SBQQ__Subscription__r.Group__c"
    assert own["/Segment__c"] is None


def test_without_a_mapping_the_plan_is_the_guides() -> None:
    assert planned({})[0] == planned({"opportunity": {"Source__c": "LeadSource"}})[0]


def test_an_opportunity_that_is_not_there_gives_nothing_not_even_constants() -> None:
    made, _ = planned({"opportunity": {"Source__c": {"value": "web"}}}, sync_opportunity_fields=True)
    assert "customFields" not in bodies(made)["create_order"]


def test_a_value_that_cannot_be_mapped_holds_the_order() -> None:
    made, _ = planned({"order_item": {"itemState": "Line__c"}})
    assert [(problem.code, problem.field) for problem in made.problems] == [("CPQ-402", "OrderItem.Line__c")]
    assert "Zuora knows no itemState 'second'" in made.problems[0].message
    assert made.operations == ()
