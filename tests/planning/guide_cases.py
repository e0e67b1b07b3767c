"""What the cases of the mapping guide are made of: a row, and plans that show it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from cpqbridge.planning.account import plan_account
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from tests.planning import records as r

ABSENT = object()
CREATE = "/subscriptions/0/orderActions/0/createSubscription"
TERMS = f"{CREATE}/terms"
PLAN = f"{CREATE}/subscribeToRatePlans/0"
CHARGE = f"{PLAN}/chargeOverrides/0"
PER_UNIT = f"{CHARGE}/pricing/recurringPerUnit"
DATES = "/subscriptions/0/orderActions/0/triggerDates"
LINE = "/orderLineItems/0"


class Row(NamedTuple):
    """One case: the guide's row, the plan that shows it, the operation and place in it, and the value."""

    name: str
    plan: Callable[[], SyncPlan]
    operation: str
    target: str
    value: Any


def new_account(**changes: Any) -> Callable[[], SyncPlan]:
    record = r.account(**changes)
    return lambda: plan_account(r.draft(ZuoraState(), Snapshot(accounts={record["Id"]: record})), record)


def child_account() -> SyncPlan:
    child = r.account(Id="001C", Name="Acme Child", ParentId=r.ACCOUNT_ID)
    return plan_account(r.draft(r.known_state(), Snapshot(accounts={"001C": child})), child)


def new_contact(**changes: Any) -> Callable[[], SyncPlan]:
    record = r.account()
    snapshot = Snapshot(accounts={record["Id"]: record}, contacts={record["Id"]: [r.contact(**changes)]})
    return lambda: plan_account(r.draft(r.known_state(), snapshot), record)


def sold(
    options: dict[str, Any] | None = None, state: ZuoraState | None = None, **changes: Any
) -> Callable[[], SyncPlan]:
    """An order of one contracted product; keywords change the order, `item=` its item, `subscription=` that one's."""
    item = r.item(subscription=changes.pop("subscription", {}), **changes.pop("item", {}))
    return lambda: plan_order(r.draft(state, **(options or {})), r.order(item, **changes))


def bought(state: ZuoraState | None = None, **changes: Any) -> Callable[[], SyncPlan]:
    """An order of one asset: an order line item."""
    held = state or r.known_state(plans={r.PRODUCT_ID: r.plan_row("OneTime", "Per Unit Pricing", None)})
    item = r.asset_item(**changes.pop("item", {}))
    return lambda: plan_order(r.draft(held), r.order(item, **changes))


def new_product(**changes: Any) -> Callable[[], SyncPlan]:
    record = r.product(**changes)
    snapshot = Snapshot(accounts={r.ACCOUNT_ID: r.account()}, products={r.PRODUCT_ID: record})
    item = r.item(Product2=record)
    return lambda: plan_order(r.draft(r.known_state(plans={}), snapshot), r.order(item))


def owners(**changes: Any) -> Callable[[], SyncPlan]:
    state = r.known_state()
    state.accounts["001O"] = r.account_row(Id="z-owner", AccountNumber="A-OWNER", CrmId="001O")
    return sold(state=state, **changes)


def with_contact(state: ZuoraState | None = None, **changes: Any) -> Callable[[], SyncPlan]:
    state = state or r.known_state()
    state.contacts["z-account"].append({**r.bill_to_row(), "Id": "z-ada", "CrmId__c": "003000000000001AAA"})
    return sold(state=state, BillToContact=r.contact(), BillToContactId="003000000000001AAA", **changes)


DAYS = {"sfdc_use_list_price_base": False, "subscription_term_in_days": True}
DATED = {"CompanyAuthorizedDate": "2026-02-03", "CustomerAuthorizedDate": "2026-02-04"}
EVERGREEN = {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__EndDate__c": None}
SHIPPING = {
    "ShippingStreet": "9 Dock Road",
    "ShippingCity": "Oakland",
    "ShippingState": "California",
    "ShippingCountry": "US",
}
ADDRESS = {
    "BillingStreet": "5 Order Lane",
    "BillingCity": "Reno",
    "BillingState": "Nevada",
    "BillingPostalCode": "89501",
    "BillingCountry": "USA",
}
LONG_NAME = "A" * 250
