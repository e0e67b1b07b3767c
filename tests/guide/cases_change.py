"""Cases of what amendments, renewals and cancellations send: the additions to the guide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from tests.guide.making import ABSENT, CHARGE, LINE, PLAN, Case, link, metered_order, rate, schedule, usage_plan
from tests.planning import records as r
from tests.planning.chains import (
    CHARGE_NUMBER,
    END,
    PLAN_NUMBER,
    START,
    as_sold,
    draft_of,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    order_of,
    planned,
    renewal,
    revision,
    sale,
    segment,
)

AUTUMN, WINTER, NEXT = "2026-09-01", "2026-12-01", "2027-02-01"
DAY = date(2026, 9, 1)
SUBSCRIPTION = "/subscriptions/0"
FIRST, SECOND = f"{SUBSCRIPTION}/orderActions/0", f"{SUBSCRIPTION}/orderActions/1"
OTHERS_FIRST = "/subscriptions/1/orderActions/0"
UPDATE = f"{FIRST}/updateProduct"
UPDATED = f"{UPDATE}/chargeUpdates/0"
OTHER = "001000000000009AAA"
DISK = "01t000000000002AAA"

Plan = Callable[[], SyncPlan]


def amended(*, quantity: int = 5, **changes: Any) -> Plan:
    """An amendment of ten seats; keywords change its order."""
    return lambda: planned(sale(), revision(2, 1, AUTUMN, quantity, order=changes))


def back_dated() -> SyncPlan:
    segments = held_charge((START, WINTER, 10, 120), (WINTER, NEXT, 12, 120))
    state = known_state(held_subscription(held_plan("802-1", segments)))
    return planned(sale(), revision(2, 1, WINTER, 2), revision(3, 1, AUTUMN, 5), state=state)


def dearer() -> SyncPlan:
    """Sold again at another price, in place."""
    own = {"SBQQ__NetPrice__c": Decimal("60.00")}
    ended = revision(2, 1, AUTUMN, -10, SBQQ__ContractAction__c="Cancel")
    return planned(sale(), ended, sale(3, AUTUMN, of_order=2, subscription=own), price_changes="in_place")


def renewed(*, early: bool = False, quantity: int = 10, **order: Any) -> Plan:
    days = {"start": AUTUMN, "end": "2027-08-31"} if early else {}
    again = renewal(2, 1, quantity=quantity, order=order, subscription={"SBQQ__Contract__c": "800N"}, **days)
    return lambda: planned(sale(), again)


def kept_terms() -> SyncPlan:
    """Renewed for the renewal term that Zuora has."""
    terms = {"renewalSetting": "RENEW_WITH_SPECIFIC_TERM", "renewalTerm": 12, "renewalTermPeriodType": "Month"}
    return planned(sale(), renewal(2, 1), state=known_state(as_sold(**terms)))


def renewed_by_zuora() -> SyncPlan:
    """Renewed for two years, when Zuora has begun one more year by itself."""
    went_on = held_plan("802-1", held_charge((START, "2028-02-01", 10, 120)))
    state = known_state(held_subscription(went_on, termStartDate=NEXT, termEndDate="2028-02-01"))
    own = {"SBQQ__NetPrice__c": Decimal(240)}
    return planned(sale(), renewal(2, 1, end="2029-01-31", subscription=own), state=state, auto_renew=True)


def left_out() -> SyncPlan:
    """Of two subscriptions of a contract that Zuora would renew one is renewed in Salesforce."""
    seats = held_plan("802-1", held_charge((START, NEXT, 10, 120)))
    disks = held_plan("802-2", held_charge((START, NEXT, 10, 120), number="C-2"), "SRP-2")
    state = known_state(
        held_subscription(seats, autoRenew=True), held_subscription(disks, number="SUB-2", autoRenew=True)
    )
    return planned(sale(), sale(2, of_order=1), renewal(3, 1), state=state, auto_renew=True)


def with_contact(name: str, item: dict[str, Any]) -> Plan:
    """An order that names a contact, which Zuora has."""
    state = known_state(as_sold())
    state.contacts["z-account"].append({**r.bill_to_row(), "Id": "z-ada", "CrmId__c": "003A"})
    item["Order"].update({f"{name}ContactId": "003A", f"{name}Contact": r.contact(Id="003A")})
    return lambda: planned(sale(), item, state=state)


def transferred(**owners: str) -> Plan:
    state = known_state(as_sold())
    state.accounts[OTHER] = r.account_row(Id="z-other", AccountNumber="A-OTHER", CrmId=OTHER)
    state.contacts["z-other"] = [{**r.bill_to_row(), "Id": "z-ada", "AccountId": "z-other", "CrmId__c": "003A"}]
    people: dict[str, Any] = {f"{name}ContactId": "003A" for name in ("BillTo", "ShipTo")}
    people |= {f"{name}Contact": r.contact(Id="003A", AccountId=OTHER) for name in ("BillTo", "ShipTo")}
    item = revision(2, 1, AUTUMN, 0, order={**owners, **people})
    return lambda: planned(sale(), item, state=state)


def segmented() -> SyncPlan:
    """Two segments of a multi-dimensional quote, the second with more units at another price."""
    first = segment(1, START, END, subscription={"SBQQ__EndDate__c": "2028-01-31"})
    second = segment(2, NEXT, "2028-01-31", 20, "132.00")
    return planned(first, second, state=known_state())


def on_one_subscription(ends: bool = False) -> SyncPlan:
    """A disk that an amendment adds to the subscription of the seats, or that the next one ends."""
    disk = r.product(Id=DISK, Name="Disk", ProductCode="DISK")
    amendment = {"SBQQ__Quote__r": {"Name": "Q", "SBQQ__Type__c": "Amendment"}}
    added = sale(2, AUTUMN, 3, Product2Id=DISK, Product2=disk, order=amendment)
    seats = held_plan("802-1", held_charge((START, NEXT, 10, 120)))
    disks = held_plan("802-2", held_charge((AUTUMN, NEXT, 3, 288), number="C-2"), "SRP-2")
    state = known_state(held_subscription(seats, *([disks] if ends else [])))
    state.plans[DISK] = r.plan_row()
    gone = [revision(3, 2, WINTER, -3, Product2Id=DISK, Product2=disk)] if ends else []
    return planned(sale(), added, *gone, state=state, added_products="existing_subscription")


def other_rates() -> SyncPlan:
    """Usage at other rates from a day on, in place."""
    order = metered_order()
    [used] = order["OrderItems"]["records"]
    sold_by = {name: used[name] for name in ("Product2", "SBQQ__OrderItems__r")}
    cheaper = {"records": [schedule([rate(0, None, "0.02")], Id="a2S000000000002AAA")]}
    free = {"SBQQ__NetPrice__c": Decimal(0)}
    items = (
        sale(subscription=free, **sold_by),
        revision(2, 1, AUTUMN, -10, SBQQ__ContractAction__c="Cancel", subscription=free, **sold_by),
        sale(3, AUTUMN, of_order=2, subscription=free, **{**sold_by, "SBQQ__OrderItems__r": cheaper}),
    )
    charge = held_charge((START, NEXT, None, None), productRatePlanChargeId="z-usage-charge")
    plan = held_plan(schedule()["Id"], charge, productRatePlanId="z-usage-plan")
    state = known_state(held_subscription(plan), plans={link()["Id"]: usage_plan()}, units={"GB": 2})
    return _with_schedules(items, state)


def _with_schedules(items: tuple[Any, ...], state: Any) -> SyncPlan:
    draft = draft_of(items, state, price_changes="in_place")
    schedules = {r.PRODUCT_ID: [link()]}
    draft.snapshot = replace(draft.snapshot, schedules=schedules)
    return plan_order(draft, {**items[-1]["Order"], "OrderItems": {"records": list(items[1:])}})


def returned() -> SyncPlan:
    """An asset of which an amendment takes two back."""
    sold = {**r.asset_item(Id="802-1"), "Order": {"Id": "801-1", "OrderNumber": "O-1"}, "OrderId": "801-1"}
    back = r.asset_item(Id="802-2", Quantity=Decimal(-2), SBQQ__RevisedOrderProduct__c="802-1")
    last = {**order_of(2), "OrderItems": {"records": [back]}}
    state = known_state(plans={r.PRODUCT_ID: r.plan_row("OneTime", "Per Unit Pricing", None)})
    line = {"itemNumber": "0000000001", "productCode": r.PRODUCT_ID, "itemCategory": "Sales"}
    state.orders["O-1"] = {"orderNumber": "O-1", "status": "Completed", "orderLineItems": [line]}
    back = {**back, "Order": order_of(2), "OrderId": "801-2"}
    return plan_order(draft_of((sold, back), state), last)


KINDS: dict[str, tuple[Plan, str, str, date]] = {
    "update": (amended(), FIRST, "UpdateProduct", DAY),
    "addition": (on_one_subscription, FIRST, "AddProduct", DAY),
    "removal": (lambda: on_one_subscription(ends=True), FIRST, "RemoveProduct", date(2026, 12, 1)),
    "cancellation": (amended(quantity=-10), FIRST, "CancelSubscription", DAY),
    "terms": (renewed(early=True), FIRST, "TermsAndConditions", DAY),
    "extent": (renewed_by_zuora, FIRST, "TermsAndConditions", date(2027, 2, 1)),
    "stop": (left_out, OTHERS_FIRST, "TermsAndConditions", date(2027, 2, 1)),
    "renewal": (renewed(), SECOND, "RenewSubscription", date(2027, 2, 1)),
    "transfer": (transferred(InvoiceOwner__c=OTHER), FIRST, "OwnerTransfer", DAY),
}
"""Word of an action in the names of rows: a plan with it, where it stands, its type and its day."""


def _actions() -> list[Case]:
    found = []
    for word, (plan, place, kind, day) in KINDS.items():
        found.append(Case(f"Change: {word} Order Action", plan, "create_order", f"{place}/type", kind))
        for position, name in enumerate(("", ", service activation", ", customer acceptance")):
            row = f"Change: {word} Trigger Dates{name}"
            found.append(Case(row, plan, "create_order", f"{place}/triggerDates/{position}/triggerDate", day))
    return found


ROWS: list[tuple[str, Plan, str, Any]] = [
    ("subscription Subscription Number", amended(), f"{SUBSCRIPTION}/subscriptionNumber", "SUB-1"),
    ("subscription Quote Number", amended(), f"{SUBSCRIPTION}/quote/QuoteNumber__QT", "Q-00001"),
    ("subscription Quote Business Type", amended(), f"{SUBSCRIPTION}/quote/QuoteBusinessType__QT", "Quote"),
    ("subscription Quote Type", amended(), f"{SUBSCRIPTION}/quote/QuoteType__QT", "Quote"),
    ("subscription Contract ID", renewed(), f"{SUBSCRIPTION}/customFields/SFDC_Contract__c", "800N"),
    ("subscription Contract ID, not renewed", amended(), f"{SUBSCRIPTION}/customFields", ABSENT),
    ("update Subscription Rate Plan Number", amended(), f"{UPDATE}/subscriptionRatePlanNumber", PLAN_NUMBER),
    ("update Charge Number", amended(), f"{UPDATED}/chargeNumber", CHARGE_NUMBER),
    ("update Unique Token", segmented, f"{SECOND}/updateProduct/uniqueToken", "segments-802-1"),
    ("update Unique Token, there before", amended(), f"{UPDATE}/uniqueToken", ABSENT),
    (
        "update Charge Unique Token",
        segmented,
        f"{SECOND}/updateProduct/chargeUpdates/0/uniqueToken",
        "segments-802-1-charge",
    ),
    ("update Charge Unique Token, there before", amended(), f"{UPDATED}/uniqueToken", ABSENT),
    ("update Specific Update Date", back_dated, f"{UPDATE}/specificUpdateDate", DAY),
    ("update Specific Update Date, the last one", amended(), f"{UPDATE}/specificUpdateDate", ABSENT),
    ("update Quantity", amended(), f"{UPDATED}/pricing/recurringPerUnit/quantity", 15),
    (
        "update Quantity, of a later one",
        back_dated,
        f"{SECOND}/updateProduct/chargeUpdates/0/pricing/recurringPerUnit/quantity",
        17,
    ),
    ("update Quantity, the same", dearer, f"{UPDATED}/pricing/recurringPerUnit/quantity", ABSENT),
    ("update List Price", dearer, f"{UPDATED}/pricing/recurringPerUnit/listPrice", 144),
    ("update List Price, the same", amended(), f"{UPDATED}/pricing/recurringPerUnit/listPrice", ABSENT),
    ("update Tiers", other_rates, f"{UPDATED}/pricing/usageTiered/tiers/0/price", Decimal("0.02")),
    ("update Tiers, none", amended(), f"{UPDATED}/pricing/recurringPerUnit/tiers", ABSENT),
    (
        "removal Subscription Rate Plan Number",
        lambda: on_one_subscription(ends=True),
        f"{FIRST}/removeProduct/subscriptionRatePlanNumber",
        "SRP-2",
    ),
    (
        "cancellation Cancellation Policy",
        amended(quantity=-10),
        f"{FIRST}/cancelSubscription/cancellationPolicy",
        "SpecificDate",
    ),
    (
        "cancellation Cancellation Effective Date",
        amended(quantity=-10),
        f"{FIRST}/cancelSubscription/cancellationEffectiveDate",
        DAY,
    ),
    ("terms Term Type", renewed(early=True), f"{FIRST}/termsAndConditions/lastTerm/termType", "TERMED"),
    ("terms Term End Date", renewed(early=True), f"{FIRST}/termsAndConditions/lastTerm/endDate", DAY),
    ("terms Term End Date, not early", renewed(), f"{FIRST}/termsAndConditions/lastTerm", ABSENT),
    ("terms Renewal Setting", renewed(), f"{FIRST}/termsAndConditions/renewalSetting", "RENEW_WITH_SPECIFIC_TERM"),
    ("terms Renewal Term", renewed(), f"{FIRST}/termsAndConditions/renewalTerms/0/period", 12),
    ("terms Renewal Term, as Zuora has it", kept_terms, f"{FIRST}/termsAndConditions", ABSENT),
    ("terms Renewal Period Type", renewed(), f"{FIRST}/termsAndConditions/renewalTerms/0/periodType", "Month"),
    ("extent Term Type", renewed_by_zuora, f"{FIRST}/termsAndConditions/lastTerm/termType", "TERMED"),
    ("extent Term End Date", renewed_by_zuora, f"{FIRST}/termsAndConditions/lastTerm/endDate", date(2029, 2, 1)),
    ("extent Term End Date, nothing is renewed", renewed_by_zuora, SECOND, ABSENT),
    ("stop Auto Renew", left_out, f"{OTHERS_FIRST}/termsAndConditions/autoRenew", False),
    ("stop Auto Renew, of what is renewed", left_out, f"{FIRST}/termsAndConditions/autoRenew", ABSENT),
    ("renewal Payment Term", renewed(), f"{SECOND}/renewSubscription/paymentTerm", "Net 30"),
    (
        "renewal Bill To Contact",
        with_contact("BillTo", renewal(2, 1)),
        f"{SECOND}/renewSubscription/billToContactId",
        "z-ada",
    ),
    ("renewal Bill To Contact, none", renewed(), f"{SECOND}/renewSubscription/billToContactId", ABSENT),
    (
        "renewal Sold To Contact",
        with_contact("ShipTo", renewal(2, 1)),
        f"{SECOND}/renewSubscription/soldToContactId",
        "z-ada",
    ),
    ("renewal Sold To Contact, none", renewed(), f"{SECOND}/renewSubscription/soldToContactId", ABSENT),
    (
        "transfer Subscription Owner Account",
        transferred(SubscriptionOwner__c=OTHER),
        f"{FIRST}/ownerTransfer/destinationAccountNumber",
        "A-OTHER",
    ),
    (
        "transfer Subscription Owner Account, the same",
        transferred(InvoiceOwner__c=OTHER),
        f"{FIRST}/ownerTransfer/destinationAccountNumber",
        ABSENT,
    ),
    (
        "transfer Invoice Owner Account",
        transferred(InvoiceOwner__c=OTHER),
        f"{FIRST}/ownerTransfer/destinationInvoiceAccountNumber",
        "A-OTHER",
    ),
    (
        "transfer Bill To Contact",
        transferred(InvoiceOwner__c=OTHER),
        f"{FIRST}/ownerTransfer/billToContactId",
        "z-ada",
    ),
    (
        "transfer Sold To Contact",
        transferred(SubscriptionOwner__c=OTHER),
        f"{FIRST}/ownerTransfer/soldToContactId",
        "z-ada",
    ),
    (
        "transfer Sold To Contact, the owner stays",
        transferred(InvoiceOwner__c=OTHER),
        f"{FIRST}/ownerTransfer/soldToContactId",
        ABSENT,
    ),
]

CASES = [
    *_actions(),
    *(Case(f"Change: {row}", plan, "create_order", target, value) for row, plan, target, value in ROWS),
    Case("Subscription: plan Unique Token", segmented, "create_order", f"{PLAN}/uniqueToken", "segments-802-1"),
    Case(
        "Subscription: charge Charge Unique Token",
        segmented,
        "create_order",
        f"{CHARGE}/uniqueToken",
        "segments-802-1-charge",
    ),
    Case(
        "Subscription: plan Unique Token, one segment",
        lambda: planned(segment(1, START, END), state=known_state()),
        "create_order",
        f"{PLAN}/uniqueToken",
        ABSENT,
    ),
    Case("Order line item: LINE CATEGORY, taken back", returned, "create_order", f"{LINE}/itemCategory", "Return"),
    Case("Order line item: Quantity, taken back", returned, "create_order", f"{LINE}/quantity", 2),
    Case("Order line item: Original Order Number", returned, "create_order", f"{LINE}/originalOrderNumber", "O-1"),
    Case(
        "Order line item: Original Order Line Item Number",
        returned,
        "create_order",
        f"{LINE}/originalOrderLineItemNumber",
        "0000000001",
    ),
]
