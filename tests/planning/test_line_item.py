"""Order line items: what contracting gave no subscription, in the same order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Ref, SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import RatePlan, ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r

ONE_TIME = r.plan_row("OneTime", "Per Unit Pricing", None)


def planned(
    *items: dict[str, Any],
    plan: RatePlan = ONE_TIME,
    options: dict[str, Any] | None = None,
    zone: str = "America/Los_Angeles",
    **changes: Any,
) -> SyncPlan:
    state = r.known_state(plans={r.PRODUCT_ID: plan, "01tB": r.plan_row()})
    state.accounts["001O"] = r.account_row(Id="z-owner", AccountNumber="A-OWNER", CrmId="001O")
    snapshot = Snapshot(accounts={r.ACCOUNT_ID: r.account()}, time_zone=zone)
    return plan_order(r.draft(state, snapshot, **(options or {})), r.order(*(items or [r.asset_item()]), **changes))


def lines(plan: SyncPlan) -> list[dict[str, Any]]:
    assert plan.stop is None, plan.problems
    body = plan.operations[-1].body
    made: list[dict[str, Any]] = body["orderLineItems"]
    return made


@pytest.mark.parametrize("kind", ["Recurring", "Usage"])
def test_a_charge_that_is_not_one_time_is_held(kind: str) -> None:
    plan = planned(plan=r.plan_row(kind))
    assert plan.stop is Outcome.HELD
    (problem,) = plan.problems
    assert (problem.code, problem.field) == ("CPQ-412", "OrderItem.Product2Id")
    assert "Cannot find the charge for the Product" in problem.message


def test_another_invoice_owner_is_held() -> None:
    plan = planned(InvoiceOwner__c="001O")
    assert plan.stop is Outcome.HELD
    assert [(problem.code, problem.field) for problem in plan.problems] == [("CPQ-415", "Order.InvoiceOwner__c")]


def test_the_orders_own_account_may_be_named_as_invoice_owner() -> None:
    assert len(lines(planned(InvoiceOwner__c=r.ACCOUNT_ID))) == 1


def test_a_subscription_owner_owns_the_items_too() -> None:
    (line,) = lines(planned(SubscriptionOwner__c="001O"))
    assert line["ownerAccountNumber"] == "A-OWNER"


def test_contacts_are_those_of_the_order() -> None:
    plan = planned(BillToContactId="003", BillToContact=r.contact(), ShipToContactId="003", ShipToContact=r.contact())
    (line,) = lines(plan)
    contact = Ref(plan.operations[0].key, "id")
    assert (line["billTo"], line["soldTo"]) == (contact, contact)


@pytest.mark.parametrize(
    ("zone", "activated", "day"),
    [
        ("America/Los_Angeles", "2026-01-31T07:30:00.000+0000", date(2026, 1, 30)),
        ("UTC", "2026-01-31T07:30:00.000+0000", date(2026, 1, 31)),
        ("Asia/Tokyo", "2026-01-31T15:30:00.000+0000", date(2026, 2, 1)),
        ("Asia/Tokyo", "2026-01-31T15:30:00.000Z", date(2026, 2, 1)),
        ("Asia/Tokyo", None, date(2026, 2, 1)),
    ],
)
def test_it_is_billed_on_the_day_of_activation_in_the_orgs_time_zone(zone: str, activated: Any, day: date) -> None:
    (line,) = lines(planned(zone=zone, ActivatedDate=activated))
    assert line["billTargetDate"] == day


def test_the_purchase_order_number_may_come_from_elsewhere() -> None:
    (line,) = lines(planned(options={"purchase_order_source": "PoNumber"}, PoNumber="PO-77"))
    assert line["purchaseOrderNumber"] == "PO-77"


def test_sold_and_bought_go_in_one_order_in_their_places() -> None:
    seat = r.item(Id="802S", Product2Id="01tB", Product2=r.product(Id="01tB"))
    plan = planned(r.asset_item(Id="802A"), seat, r.asset_item(Id="802B", UnitPrice=7))
    assert [line["amountPerUnit"] for line in lines(plan)] == [120, 7]
    assert len(plan.operations[-1].body["subscriptions"]) == 1
    targets = {line.target for line in plan.operations[-1].lineage}
    assert {"/orderLineItems/0/itemName", "/orderLineItems/1/itemName"} <= targets


def test_what_is_not_contracted_on_purpose_is_a_line_item() -> None:
    plan = planned(r.asset_item(SBQQ__Asset__c=None, SBQQ__Contracted__c=False))
    assert len(lines(plan)) == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"UnitPrice": None}, "CPQ-401", "OrderItem.UnitPrice"),
        ({"Quantity": None}, "CPQ-401", "OrderItem.Quantity"),
        ({"product": {"Name": None}}, "CPQ-401", "OrderItem.Product2.Name"),
    ],
)
def test_a_wrong_item_is_held(changes: dict[str, Any], code: str, field: str) -> None:
    plan = planned(r.asset_item(**changes))
    assert plan.stop is Outcome.HELD
    assert [(problem.code, problem.field) for problem in plan.problems] == [(code, field)]


def test_the_account_of_line_items_is_made_first() -> None:
    state = ZuoraState(plans={r.PRODUCT_ID: ONE_TIME})
    plan = plan_order(r.draft(state), r.order(r.asset_item()))
    assert [one.name for one in plan.operations] == ["create_account", "create_order"]
