"""Every way in which an order is refused: the code, and that nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ACCOUNT
from tests.sandbox.zuora.ordering import (
    Catalog,
    InProcess,
    line,
    make_catalog,
    order,
    plan_override,
    seats,
    subscription,
    termed,
)
from tests.sandbox.zuora.refused import Refused, check_refused

RESOURCES = ("auth", "accounts", "contacts", "orders", "jobs")

Body = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What the cases change: a good order with one subscription, and what it refers to."""

    tenant: Tenant
    account: Body
    catalog: Catalog

    def good(self, **fields: Any) -> Body:
        return order(self.account, subscription(self.catalog, "S-1"), **fields)

    def lines(self, *items: Body, **fields: Any) -> Body:
        return order(self.account, orderLineItems=list(items), **fields)

    def create(self, **changes: Any) -> Body:
        return order(self.account, subscription(self.catalog, "S-1", **changes))

    def terms(self, **initial: Any) -> Body:
        terms = termed()
        terms["initialTerm"] |= initial
        return self.create(terms=terms)

    def plan(self, **changes: Any) -> Body:
        return self.create(subscribeToRatePlans=[seats(self.catalog) | changes])

    def charge(self, name: str, pricing: Body | None = None, **changes: Any) -> Body:
        return self.create(subscribeToRatePlans=[plan_override(self.catalog, name, pricing, **changes)])

    def dates(self, *entries: tuple[str, str]) -> Body:
        body = self.good()
        body["subscriptions"][0]["orderActions"][0]["triggerDates"] = [
            {"name": name, "triggerDate": value} for name, value in entries
        ]
        return body

    def action(self, kind: str, content: Body | None, number: str | None = "S-0") -> Body:
        key = kind[0].lower() + kind[1:]
        entry: Body = {"orderActions": [{"type": kind, key: content} if content is not None else {"type": kind}]}
        return order(self.account, entry | ({"subscriptionNumber": number} if number else {}))


Make = Callable[[World], Body]


def tiers(*bounds: tuple[int, int | None]) -> Body:
    made = [
        {"tier": at, "startingUnit": low, "price": 1, "priceFormat": "PerUnit"}
        | ({"endingUnit": high} if high is not None else {})
        for at, (low, high) in enumerate(bounds, 1)
    ]
    return {"recurringTiered": {"quantity": 1, "tiers": made}}


def without(body: Body, *names: str) -> Body:
    return {name: value for name, value in body.items() if name not in names}


def base(**fields: Any) -> Body:
    return {"recurringFlatFee": {"listPrice": 1, **fields}}


@dataclass(frozen=True)
class Case:
    """A name, the body, the code's category, words of the message, the HTTP status, and tenant settings."""

    name: str
    make: Make
    category: int
    words: str
    status: int = 200
    settings: Body = field(default_factory=dict)


NEW = {
    "name": "New",
    "currency": "XXX",
    "billCycleDay": 1,
    "billToContact": {"firstName": "A", "lastName": "B", "country": "Germany"},
}
SCHEDULE = {"scheduledDate": "2026-03-01", "scheduledDatePolicy": "SpecificDate"}
EVERGREEN = {"initialTerm": {"termType": "EVERGREEN"}}


def cancelled(world: World) -> Body:
    world.tenant.store.update("account", world.account["accountId"], {"status": "Canceled"})
    return world.good()


def stranger(world: World) -> str:
    row = world.tenant.store.insert("contact", {"accountId": "another", "firstName": "A", "lastName": "B"})
    return str(row["id"])


def two_bodies(world: World) -> Body:
    body = world.good()
    body["subscriptions"][0]["orderActions"][0]["addProduct"] = seats(world.catalog)
    return body


def two_currencies(world: World) -> Body:
    return order(
        world.account, subscription(world.catalog, currency="USD"), subscription(world.catalog, currency="EUR")
    )


def ambiguous(world: World) -> Body:
    link = {"externalProductRatePlanId": "01t-Base", "ratePlanId": world.catalog.plans["Setup"]}
    world.tenant.store.insert("externalProductRatePlan", link)
    return world.create(subscribeToRatePlans=[{"externalCatalogPlanId": "01t-Base"}])


def expired(world: World, kind: str) -> Body:
    row_id = world.catalog.product if kind == "product" else world.catalog.plans["Seats"]
    world.tenant.store.update(kind, row_id, {"effectiveEndDate": "2025-12-31"})
    return world.good()


def inactive(world: World) -> Body:
    world.tenant.store.update("productRatePlan", world.catalog.plans["Seats"], {"activeCurrencies": ["GBP"]})
    return world.good()


FIELDS = [
    Case("unknown field", lambda w: w.good(orderNumbr="x"), 21, "orderNumbr", 400),
    Case("unknown nested field", lambda w: w.create(term={}), 21, "createSubscription.term'", 400),
    Case("quantity of a flat fee", lambda w: w.charge("Base", base(quantity=2)), 21, "quantity", 400),
    Case("unknown custom field", lambda w: w.good(customFields={"Nope__c": 1}), 21, "Nope__c", 400),
    Case(
        "object in a custom field",
        lambda w: w.create() | {"customFields": {"Y__c": {"a": 1}}},
        20,
        "Y__c",
        settings={"customFields": {"order": ["Y__c"]}},
    ),
    Case("no order date", lambda w: without(w.good(), "orderDate"), 22, "orderDate"),
    Case("bad order date", lambda w: w.good() | {"orderDate": "01.02.2026"}, 20, "orderDate"),
    Case("long description", lambda w: w.good(description="x" * 501), 20, "500"),
    Case("bad category", lambda w: w.good(category="Sales"), 20, "category"),
    Case("bad status", lambda w: w.good(status="Executing"), 20, "status"),
    Case("number as text", lambda w: w.charge("Base", base(listPrice="1")), 20, "listPrice"),
    Case("bad period type", lambda w: w.terms(periodType="Months"), 20, "periodType"),
    Case("bad billing period", lambda w: w.charge("Base", billing={"billingPeriod": "Monthly"}), 20, "billingPeriod"),
    Case("bad bill cycle type", lambda w: w.charge("Base", billing={"billCycleType": "Day"}), 20, "billCycleType"),
    Case("bad list price base", lambda w: w.charge("Base", base(listPriceBase="Per Month")), 20, "listPriceBase"),
    Case("bad trigger name", lambda w: w.dates(("Contract", "2026-02-01")), 20, "triggerDates"),
    Case("no action type", lambda w: order(w.account, {"orderActions": [{}]}), 22, "type"),
    Case("no actions", lambda w: order(w.account, {}), 22, "orderActions"),
    Case("no price of a flat fee", lambda w: w.charge("Setup", {"oneTimeFlatFee": {}}), 22, "listPrice"),
]

ORDERS = [
    Case("empty order", lambda w: order(w.account), 22, "at least one"),
    Case("no account", lambda w: without(w.good(), "existingAccountNumber"), 22, "newAccount"),
    Case("two accounts", lambda w: w.good(newAccount=NEW), 20, "Only one"),
    Case("bad new account", lambda w: without(w.good(newAccount=NEW), "existingAccountNumber"), 20, "currency"),
    Case("account unknown", lambda w: w.good() | {"existingAccountNumber": "A-0"}, 40, "A-0"),
    Case("account canceled", cancelled, 30, "not active"),
    Case("number used", lambda w: w.good(orderNumber="O-0"), 30, "O-0"),
    Case("number with a slash", lambda w: w.good(orderNumber="a/b"), 20, "slash"),
    Case("number too long", lambda w: w.good(orderNumber="x" * 101), 20, "100"),
    Case("51 subscriptions", lambda w: order(w.account, *[subscription(w.catalog)] * 51), 30, "50 subscriptions"),
    Case("101 line items", lambda w: w.lines(*[line()] * 101), 30, "100 order line items"),
    Case("payment without bill run", lambda w: w.good(processingOptions={"collectPayment": True}), 20, "runBilling"),
    Case(
        "payment with bill run",
        lambda w: w.good(processingOptions={"runBilling": True, "collectPayment": True}),
        10,
        "collectPayment",
    ),
    Case("refund", lambda w: w.good(processingOptions={"refund": True}), 10, "refund"),
    Case("commitments", lambda w: w.good(commitments=[{"a": 1}]), 10, "Commitments"),
    Case("scheduled without date", lambda w: w.good(status="Scheduled"), 22, "scheduledDate"),
    Case("scheduling of a completed order", lambda w: w.good(schedulingOptions=SCHEDULE), 20, "schedulingOptions"),
    Case("Orders off", lambda w: w.good(), 10, "Orders", settings={"orders": False}),
]

SUBSCRIPTIONS = [
    Case("number used", lambda w: order(w.account, subscription(w.catalog, "S-0")), 30, "S-0"),
    Case("number twice", lambda w: order(w.account, *[subscription(w.catalog, "S-2")] * 2), 30, "S-2"),
    Case(
        "number outside",
        lambda w: order(w.account, subscription(w.catalog) | {"subscriptionNumber": "S-3"}),
        20,
        "empty",
    ),
    Case("no body", lambda w: w.action("CreateSubscription", None, None), 22, "createSubscription"),
    Case("two bodies", two_bodies, 20, "addProduct"),
    Case("no terms", lambda w: w.create(terms=None), 22, "terms"),
    Case("no rate plan", lambda w: w.create(subscribeToRatePlans=[]), 22, "subscribeToRatePlans"),
    Case("plans in two lists", lambda w: w.create(subscribeToProducts=[seats(w.catalog)]), 20, "not both"),
    Case("two currencies", two_currencies, 20, "same currency"),
    Case("currency unknown", lambda w: w.create(currency="XXX"), 20, "XXX"),
    Case("currency without prices", lambda w: w.create(currency="JPY"), 30, "JPY"),
    Case("other currency", lambda w: w.create(currency="EUR"), 10, "Multiple", settings={"multicurrency": False}),
    Case("owner unknown", lambda w: w.create(subscriptionOwnerAccountNumber="A-0"), 40, "subscriptionOwner"),
    Case("payer unknown", lambda w: w.create(invoiceOwnerAccountNumber="A-0"), 40, "invoiceOwner"),
    Case("contact unknown", lambda w: w.create(billToContactId="0"), 40, "billToContactId"),
    Case("contact of another", lambda w: w.create(soldToContactId=stranger(w)), 30, "soldToContactId"),
    Case("payment term unknown", lambda w: w.create(paymentTerm="Net 7"), 20, "Net 7"),
    Case("template unknown", lambda w: w.create(invoiceTemplateId="0"), 40, "invoiceTemplateId"),
    Case(
        "no flexible billing",
        lambda w: w.create(paymentTerm="Net 30"),
        10,
        "Flexible",
        settings={"flexibleBillingAttributes": False},
    ),
    Case(
        "no flexible billing, group",
        lambda w: w.create(invoiceGroupNumber="1"),
        10,
        "Flexible",
        settings={"flexibleBillingAttributes": False},
    ),
    Case("new owner account", lambda w: w.create(newSubscriptionOwnerAccount=NEW), 10, "newSubscriptionOwnerAccount"),
    Case("ramp", lambda w: order(w.account, subscription(w.catalog) | {"ramp": {"name": "r"}}), 10, "Ramp"),
    Case(
        "date twice",
        lambda w: w.dates(("ServiceActivation", "2026-02-01"), ("ServiceActivation", "2026-02-01")),
        20,
        "more than once",
    ),
    Case("activation before contract", lambda w: w.dates(("ServiceActivation", "2026-01-01")), 30, "ContractEffective"),
    Case(
        "acceptance before activation",
        lambda w: w.dates(("ServiceActivation", "2026-03-01"), ("CustomerAcceptance", "2026-02-02")),
        30,
        "ServiceActivation",
    ),
]

TERMS = [
    Case("no type", lambda w: w.terms(termType=None), 22, "termType"),
    Case("no period", lambda w: w.terms(period=None), 22, "period"),
    Case("no period type", lambda w: w.terms(periodType=None), 22, "periodType"),
    Case("no length", lambda w: w.terms(period=0), 20, "longer"),
    Case("end disagrees", lambda w: w.terms(endDate="2027-01-31"), 30, "endDate"),
    Case("evergreen with period", lambda w: w.terms(termType="EVERGREEN"), 30, "period"),
    Case(
        "evergreen with renewal",
        lambda w: w.create(terms=EVERGREEN | {"renewalTerms": [{"period": 1, "periodType": "Month"}]}),
        30,
        "renewalTerms",
    ),
    Case("evergreen with auto-renewal", lambda w: w.create(terms=EVERGREEN | {"autoRenew": True}), 30, "autoRenew"),
    Case(
        "renewal without unit",
        lambda w: w.create(terms=termed() | {"renewalTerms": [{"period": 1}]}),
        22,
        "renewalTerms",
    ),
]

PLANS = [
    Case("no plan", lambda w: w.plan(productRatePlanId=None), 22, "externalCatalogPlanId"),
    Case("plan unknown", lambda w: w.plan(productRatePlanId="0"), 40, "productRatePlanId"),
    Case("external id unknown", lambda w: w.plan(externalCatalogPlanId="01t0"), 40, "externalCatalogPlanId"),
    Case(
        "external id of another plan", lambda w: w.plan(externalCatalogPlanId="01t-Base"), 20, "same product rate plan"
    ),
    Case("ambiguous external id", ambiguous, 20, "more than one"),
    Case("plan not effective", lambda w: expired(w, "productRatePlan"), 30, "rate plan"),
    Case("product not effective", lambda w: expired(w, "product"), 30, "product"),
    Case("plan not in currency", inactive, 30, "currency"),
    Case("features", lambda w: w.plan(isAddingSubsetCharges=True), 10, "isAddingSubsetCharges"),
    Case(
        "token twice",
        lambda w: w.create(uniqueToken="t", subscribeToRatePlans=[seats(w.catalog) | {"uniqueToken": "t"}]),
        20,
        "uniqueToken",
    ),
]

CHARGES = [
    Case(
        "charge of another plan",
        lambda w: w.plan(chargeOverrides=[{"productRatePlanChargeId": w.catalog.charges["Base"]}]),
        20,
        "belong",
    ),
    Case(
        "charge twice", lambda w: w.plan(chargeOverrides=seats(w.catalog)["chargeOverrides"] * 2), 20, "more than once"
    ),
    Case("charge number used", lambda w: w.charge("Seats", chargeNumber="C-0"), 30, "C-0"),
    Case(
        "charge number of the catalog disagrees",
        lambda w: w.charge("Seats", productRatePlanChargeNumber="PRPC-Base"),
        20,
        "PRPC-Base",
    ),
    Case("no price", lambda w: w.charge("Seats", {}), 20, "exactly one"),
    Case("two prices", lambda w: w.charge("Base", base() | {"recurringPerUnit": {}}), 20, "exactly one"),
    Case("price of another model", lambda w: w.charge("Seats", base()), 20, "recurringFlatFee"),
    Case("price of another type", lambda w: w.charge("Setup", base()), 20, "OneTime"),
    Case("model off", lambda w: w.charge("Base", {"recurringDelivery": {}}), 20, "recurringDelivery"),
    Case(
        "specific months without number",
        lambda w: w.charge("Base", base(listPriceBase="Per_Specific_Months")),
        22,
        "specificListPriceBase",
    ),
    Case(
        "specific months out of range",
        lambda w: w.charge("Base", base(listPriceBase="Per_Specific_Months", specificListPriceBase=121)),
        20,
        "120",
    ),
    Case("months without base", lambda w: w.charge("Base", base(specificListPriceBase=12)), 20, "Per_Specific_Months"),
    Case(
        "specific months off",
        lambda w: w.charge("Base", base(listPriceBase="Per_Specific_Months", specificListPriceBase=12)),
        10,
        "Per_Specific_Months",
        settings={"specificMonthsListPrice": False},
    ),
    Case("negative quantity", lambda w: w.charge("Seats", {"recurringPerUnit": {"quantity": -1}}), 20, "negative"),
    Case("price out of range", lambda w: w.charge("Base", base(listPrice=10**13)), 20, "range"),
    Case("price with a great exponent", lambda w: w.charge("Base", base(listPrice=Decimal("1E+400"))), 20, "range"),
    Case("week price of a year", lambda w: w.charge("Base", base(listPriceBase="Per_Week")), 30, "billing period"),
    Case(
        "month price of a week",
        lambda w: w.charge("Base", base(listPriceBase="Per_Month"), billing={"billingPeriod": "Week"}),
        30,
        "billing period",
    ),
    Case(
        "specific months price of a week",
        lambda w: w.charge(
            "Base",
            base(listPriceBase="Per_Specific_Months", specificListPriceBase=12),
            billing={"billingPeriod": "Week"},
        ),
        30,
        "billing period",
    ),
    Case(
        "increase without percentage",
        lambda w: w.charge("Base", base(priceChangeOption="SpecificPercentageValue")),
        22,
        "priceIncreasePercentage",
    ),
    Case("increase too great", lambda w: w.charge("Base", base(priceIncreasePercentage=101)), 20, "100"),
    Case(
        "day of the week of a year",
        lambda w: w.charge("Base", billing={"billCycleType": "SpecificDayofWeek", "weeklyBillCycleDay": "Monday"}),
        30,
        "weekly",
    ),
    Case(
        "start before the contract",
        lambda w: w.charge("Base", startDate={"triggerEvent": "SpecificDate", "specificTriggerDate": "2026-01-31"}),
        30,
        "before its contract",
    ),
    Case("unit unknown", lambda w: w.charge("Seats", {"recurringPerUnit": {"uom": "Mile"}}), 20, "Mile"),
    Case(
        "period of a one-time charge",
        lambda w: w.charge("Setup", billing={"billingPeriod": "Month"}),
        30,
        "billingPeriod",
    ),
    Case(
        "alignment of a one-time charge",
        lambda w: w.charge("Setup", billing={"billingPeriodAlignment": "AlignToCharge"}),
        30,
        "Alignment",
    ),
    Case(
        "end of a one-time charge",
        lambda w: w.charge("Setup", endDate={"endDateCondition": "Subscription_End"}),
        30,
        "endDate",
    ),
    Case(
        "day without number",
        lambda w: w.charge("Base", billing={"billCycleType": "SpecificDayofMonth"}),
        22,
        "billCycleDay",
    ),
    Case("number without day", lambda w: w.charge("Base", billing={"billCycleDay": 3}), 30, "billCycleDay"),
    Case(
        "day 32",
        lambda w: w.charge("Base", billing={"billCycleType": "SpecificDayofMonth", "billCycleDay": 32}),
        20,
        "31",
    ),
    Case(
        "date without trigger",
        lambda w: w.charge("Base", startDate={"triggerEvent": "SpecificDate"}),
        22,
        "specificTriggerDate",
    ),
    Case(
        "start after the end",
        lambda w: w.charge("Base", startDate={"triggerEvent": "SpecificDate", "specificTriggerDate": "2030-01-01"}),
        30,
        "after",
    ),
    Case(
        "end before the start",
        lambda w: w.charge("Base", endDate={"endDateCondition": "Specific_End_Date", "specificEndDate": "2026-01-01"}),
        30,
        "before",
    ),
    Case(
        "fixed period without length",
        lambda w: w.charge("Base", endDate={"endDateCondition": "Fixed_Period"}),
        22,
        "upToPeriods",
    ),
    Case("prepayment", lambda w: w.charge("Base", isPrepaid=True), 10, "isPrepaid"),
    Case("tax code unknown", lambda w: w.charge("Base", taxCode="x"), 20, "taxCode"),
    Case(
        "accounting code unknown",
        lambda w: w.charge("Base", recognizedRevenueAccountingCode="x"),
        20,
        "recognizedRevenueAccountingCode",
    ),
    Case("tiers with a gap", lambda w: w.charge("Storage", tiers((0, 10), (12, None))), 20, "Tier 2"),
    Case("tiers that overlap", lambda w: w.charge("Storage", tiers((0, 10), (10, None))), 20, "Tier 2"),
    Case("open middle tier", lambda w: w.charge("Storage", tiers((0, None), (11, None))), 22, "endingUnit"),
    Case("tiers that start late", lambda w: w.charge("Storage", tiers((5, None))), 20, "first tier"),
    Case("tier the wrong way round", lambda w: w.charge("Storage", tiers((0, -5))), 20, "before"),
]

LINES = [
    Case("feature off", lambda w: w.lines(line()), 10, "Order Line Items", settings={"orderLineItems": False}),
    Case("number on some", lambda w: w.lines(line(itemNumber="1"), line()), 20, "itemNumber"),
    Case("number twice", lambda w: w.lines(line(itemNumber="1"), line(itemNumber="1")), 20, "unique"),
    Case(
        "discount and amount",
        lambda w: w.lines(line(listPricePerUnit=9, inlineDiscountType="FixedAmount", inlineDiscountPerUnit=1)),
        20,
        "amountPerUnit",
    ),
    Case(
        "discount without amount",
        lambda w: w.lines(line(amountPerUnit=None, listPricePerUnit=9, inlineDiscountType="FixedAmount")),
        22,
        "inlineDiscountPerUnit",
    ),
    Case(
        "discount too large",
        lambda w: w.lines(
            line(amountPerUnit=None, listPricePerUnit=9, inlineDiscountType="FixedAmount", inlineDiscountPerUnit=10)
        ),
        20,
        "range",
    ),
    Case("no price", lambda w: w.lines(line(amountPerUnit=None)), 22, "amountPerUnit"),
    Case("no name", lambda w: w.lines(line(itemName=None)), 22, "itemName"),
    Case("no quantity", lambda w: w.lines(line(quantity=0)), 20, "quantity"),
    Case("amount out of range", lambda w: w.lines(line(amountPerUnit=10**9, quantity=10**9)), 20, "range"),
    Case(
        "recurring charge", lambda w: w.lines(line(productRatePlanChargeId=w.catalog.charges["Base"])), 30, "one-time"
    ),
    Case("charge unknown", lambda w: w.lines(line(productRatePlanChargeId="0")), 40, "charge"),
    Case("end before start", lambda w: w.lines(line(transactionEndDate="2026-01-01")), 30, "transactionEndDate"),
    Case("owner unknown", lambda w: w.lines(line(ownerAccountNumber="A-0")), 40, "ownerAccountNumber"),
    Case("bill-to unknown", lambda w: w.lines(line(billTo="0")), 40, "billTo"),
    Case("sold-to of another", lambda w: w.lines(line(soldTo=stranger(w))), 30, "soldTo"),
    Case("subscription unknown", lambda w: w.lines(line(relatedSubscriptionNumber="S-9")), 40, "relatedSubscription"),
    Case("return of nothing", lambda w: w.lines(line(itemCategory="Return")), 22, "originalOrderNumber"),
    Case(
        "return of the unknown",
        lambda w: w.lines(line(itemCategory="Return", originalOrderNumber="O-0", originalOrderLineItemNumber="9")),
        40,
        "not sold",
    ),
    Case(
        "return of too many",
        lambda w: w.lines(
            line(quantity=3, itemCategory="Return", originalOrderNumber="O-0", originalOrderLineItemNumber="1")
        ),
        30,
        "Only 2",
    ),
    Case("unit unknown", lambda w: w.lines(line(UOM="Mile")), 20, "Mile"),
    Case("tax code unknown", lambda w: w.lines(line(taxCode="x")), 20, "taxCode"),
    Case("accounting code unknown", lambda w: w.lines(line(accountingCode="x")), 20, "accountingCode"),
    Case("payment term unknown", lambda w: w.lines(line(paymentTerm="x")), 20, "payment term"),
    Case("other currency", lambda w: w.lines(line(currency="EUR")), 10, "Multiple", settings={"multicurrency": False}),
    Case("prepaid", lambda w: w.lines(line(prepaidQuantity=1)), 10, "prepaidQuantity"),
]

ACTIONS = [
    Case("body against its table", lambda w: w.action("Suspend", {"policy": "Today"}), 21, "policy", 400),
    Case("required field of a body", lambda w: w.action("CancelSubscription", {}), 22, "cancellationPolicy"),
    Case("no number", lambda w: w.action("AddProduct", seats(w.catalog), None), 22, "subscriptionNumber"),
    Case("subscription unknown", lambda w: w.action("AddProduct", seats(w.catalog), "S-9"), 40, "S-9"),
    Case("unknown type", lambda w: order(w.account, {"orderActions": [{"type": "Explode"}]}), 20, "type"),
]

GROUPS = {
    "fields": FIELDS,
    "orders": ORDERS,
    "subscriptions": SUBSCRIPTIONS,
    "terms": TERMS,
    "plans": PLANS,
    "charges": CHARGES,
    "lines": LINES,
    "actions": ACTIONS,
}


@pytest.fixture
def client(tenant: Tenant) -> InProcess:
    return InProcess(tenant, RESOURCES)


@pytest.fixture
def world(tenant: Tenant, client: InProcess) -> World:
    """A catalog, and order O-0 with subscription S-0, charge C-0 and a line item."""
    _, account = client.call("POST", "/v1/accounts", ACCOUNT)
    world = World(tenant, account, make_catalog(tenant))
    plan = plan_override(world.catalog, "Base", chargeNumber="C-0")
    entry = subscription(world.catalog, "S-0", subscribeToRatePlans=[plan])
    body = order(world.account, entry, orderNumber="O-0", orderLineItems=[line(itemState="SentToBilling")])
    assert client.call("POST", "/v1/orders", body)[1]["success"]
    return world


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{group}: {case.name}") for group in GROUPS for case in GROUPS[group]]
)
def test_refused_and_nothing_written(tenant: Tenant, client: InProcess, world: World, case: Case) -> None:
    tenant.configure(case.settings)
    check_refused(tenant, client, case.make(world), Refused(case.category, case.words, case.status))


def test_the_order_that_the_cases_change_is_good(client: InProcess, world: World) -> None:
    assert client.call("POST", "/v1/orders", world.good())[1]["status"] == "Completed"
