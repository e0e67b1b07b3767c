"""Every way in which an action on an existing subscription is refused: the code, and that nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change
from tests.sandbox.zuora.conftest import ACCOUNT
from tests.sandbox.zuora.ordering import (
    Body,
    Catalog,
    InProcess,
    make_catalog,
    order,
    plan_override,
    subscription,
    termed,
)
from tests.sandbox.zuora.refused import Refused, check_refused

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions", "jobs")
SPECIFIC = {"cancellationPolicy": "SpecificDate"}


@dataclass(frozen=True)
class World:
    """An account with S-1 (termed, plans of all charges, charge number = name), S-2 (evergreen), S-3 (cancelled)."""

    account: Body
    other: Body
    catalog: Catalog

    def amend(self, *actions: Body, number: str = "S-1", **fields: Any) -> Body:
        return change(self.account, number, *actions, **fields)


def update(plan: str = "Seats", on: str = "2026-05-01", body: Body | None = None, **charge: Any) -> Body:
    """UpdateProduct of the one charge of a plan, to the quantity 9 unless said otherwise."""
    named = {"chargeNumber": plan, "pricing": {"recurringPerUnit": {"quantity": 9}}} | charge
    return act("UpdateProduct", {"externalCatalogPlanId": f"01t-{plan}", "chargeUpdates": [named], **(body or {})}, on)


def terms(**fields: Any) -> Body:
    return act("TermsAndConditions", fields)


def last_term(**fields: Any) -> Body:
    return terms(lastTerm={"termType": "TERMED", **fields})


def priced(plan: str = "Seats", **pricing: Body) -> Body:
    return update(plan, pricing=pricing)


def hours(world: World, **charge: Any) -> Body:
    return plan_override(world.catalog, "Hours", **charge)


def twice(action: Body) -> Body:
    return action | {"triggerDates": action["triggerDates"] * 2}


def ramp(body: Body) -> Body:
    body["subscriptions"][0]["ramp"] = {"name": "r"}
    return body


def two_currencies(world: World) -> Body:
    body = world.amend(update())
    body["subscriptions"].append(subscription(world.catalog, currency="EUR"))
    return body


def cancel(on: str, **changes: Any) -> Body:
    return act("CancelSubscription", SPECIFIC | {"cancellationEffectiveDate": on} | changes)


def transfer(number: str, **more: Any) -> Body:
    return act("OwnerTransfer", {"destinationAccountNumber": number, **more})


def suspend(on: str | None) -> Body:
    return act("Suspend", {"suspendPolicy": "SpecificDate", **({"suspendSpecificDate": on} if on else {})})


def resume(on: str) -> Body:
    return act("Resume", {"resumePolicy": "SpecificDate", "resumeSpecificDate": on})


@dataclass(frozen=True)
class Case:
    """A request, the category of its refusal and a word of the message."""

    name: str
    make: Callable[[World], Body]
    category: int
    words: str
    status: int = 200
    settings: dict[str, Any] = field(default_factory=dict)


SUBSCRIPTION = [
    Case("unknown", lambda w: w.amend(update(), number="S-9"), 40, "S-9"),
    Case("cancelled", lambda w: w.amend(update(), number="S-3"), 30, "Cancelled"),
    Case("cancelled renewal", lambda w: w.amend(act("RenewSubscription", {}), number="S-3"), 30, "Cancelled"),
    Case("resume of the active", lambda w: w.amend(act("Resume", {"resumePolicy": "Today"})), 30, "Active"),
    Case("before it starts", lambda w: w.amend(update(on="2026-01-31")), 30, "before the start"),
    Case("expired by then", lambda w: w.amend(update(on="2027-02-01")), 30, "expired"),
    Case("added after the end", lambda w: w.amend(act("AddProduct", hours(w), "2027-03-01")), 30, "expired"),
    Case("dates twice", lambda w: w.amend(twice(update())), 20, "more than once"),
    Case("ramp", lambda w: ramp(w.amend(update())), 10, "Ramp"),
    Case("two currencies", two_currencies, 20, "currency"),
    Case("wrong body", lambda w: w.amend(act("Suspend", {"suspendPolicy": "Today"}) | {"resume": {}}), 22, "resume"),
    Case("nothing to do", lambda w: w.amend(), 22, "orderActions"),
    Case("bad second action", lambda w: w.amend(update(), update("Base")), 20, "does not fit"),
]

UPDATES = [
    Case("no selector", lambda w: w.amend(act("UpdateProduct", {"chargeUpdates": []})), 22, "ratePlanId"),
    Case("plan unknown", lambda w: w.amend(act("UpdateProduct", {"ratePlanId": "x"})), 40, "'x'"),
    Case("plan elsewhere", lambda w: w.amend(update("Calls", body={"externalCatalogPlanId": "01t-No"})), 40, "01t-No"),
    Case("token of nowhere", lambda w: w.amend(act("UpdateProduct", {"uniqueToken": "t"})), 40, "'t'"),
    Case(
        "selectors of two plans",
        lambda w: w.amend(update(body={"productRatePlanNumber": "PRP-Base"})),
        40,
        "PRP-Base",
    ),
    Case(
        "two plans fit",
        lambda w: w.amend(act("AddProduct", plan_override(w.catalog, "Seats")), update()),
        20,
        "more than one",
    ),
    Case("charge not named", lambda w: w.amend(update(chargeNumber=None)), 22, "chargeNumber"),
    Case("charge unknown", lambda w: w.amend(update(chargeNumber="C-9")), 40, "C-9"),
    Case("charge of another plan", lambda w: w.amend(update(chargeNumber="Base")), 40, "Base"),
    Case("one-time", lambda w: w.amend(update("Setup", pricing=None)), 30, "one-time"),
    Case("two prices", lambda w: w.amend(priced(recurringPerUnit={}, recurringFlatFee={})), 20, "exactly one"),
    Case("price of another model", lambda w: w.amend(priced(recurringFlatFee={"listPrice": 1})), 20, "does not fit"),
    Case("negative", lambda w: w.amend(priced(recurringPerUnit={"quantity": -1})), 20, "negative"),
    Case("text as price", lambda w: w.amend(priced(recurringPerUnit={"listPrice": "1"})), 20, "listPrice"),
    Case("field unknown", lambda w: w.amend(priced(recurringPerUnit={"price": 1})), 21, "price", 400),
    Case(
        "gap in the tiers",
        lambda w: w.amend(
            priced(
                "Storage",
                recurringTiered={
                    "tiers": [
                        {"tier": 1, "startingUnit": 0, "endingUnit": 5, "price": 4, "priceFormat": "PerUnit"},
                        {"tier": 2, "startingUnit": 9, "price": 3, "priceFormat": "PerUnit"},
                    ]
                },
            )
        ),
        20,
        "ends at 5",
    ),
    Case(
        "percentage missing",
        lambda w: w.amend(priced(recurringPerUnit={"priceChangeOption": "SpecificPercentageValue"})),
        22,
        "priceIncreasePercentage",
    ),
    Case("no future update", lambda w: w.amend(update(body={"specificUpdateDate": "2026-05-01"})), 30, "no update"),
    Case("not in time", lambda w: w.amend(update(on="2026-06-01"), update()), 30, "specificUpdateDate"),
    Case(
        "date of the trigger missing",
        lambda w: w.amend(update(effectiveDate={"triggerEvent": "SpecificDate"})),
        22,
        "specificTriggerDate",
    ),
    Case(
        "date for another trigger",
        lambda w: w.amend(
            update(effectiveDate={"triggerEvent": "ServiceActivation", "specificTriggerDate": "2026-06-01"})
        ),
        20,
        "SpecificDate",
    ),
    Case(
        "trigger before the contract",
        lambda w: w.amend(update(effectiveDate={"triggerEvent": "SpecificDate", "specificTriggerDate": "2026-04-01"})),
        30,
        "before the ContractEffective",
    ),
    Case(
        "trigger after the charge",
        lambda w: w.amend(update(effectiveDate={"triggerEvent": "SpecificDate", "specificTriggerDate": "2027-02-01"})),
        30,
        "not in force",
    ),
    Case("prepaid", lambda w: w.amend(update(prepaidQuantity=1)), 10, "prepaidQuantity"),
    Case("hard bundle", lambda w: w.amend(update(body={"chargeRemovals": [{"chargeNumber": "x"}]})), 10, "Removals"),
    Case("custom field unknown", lambda w: w.amend(update(customFields={"No__c": 1})), 21, "No__c", 400),
]

PRODUCTS = [
    Case("plan to add unknown", lambda w: w.amend(act("AddProduct", {"productRatePlanId": "x"})), 40, "'x'"),
    Case("plan to add not named", lambda w: w.amend(act("AddProduct", {})), 22, "productRatePlanId"),
    Case("number taken", lambda w: w.amend(act("AddProduct", hours(w, chargeNumber="Seats"))), 30, "exists already"),
    Case("bundle", lambda w: w.amend(act("AddProduct", hours(w) | {"ratePlanOverrides": [{}]})), 10, "Overrides"),
    Case("plan to remove unknown", lambda w: w.amend(act("RemoveProduct", {"ratePlanId": "x"})), 40, "'x'"),
    Case(
        "removed before it starts",
        lambda w: w.amend(
            act("AddProduct", plan_override(w.catalog, "Hours") | {"uniqueToken": "p"}, "2026-06-01"),
            act("RemoveProduct", {"uniqueToken": "p"}, "2026-05-01"),
        ),
        30,
        "begins on 2026-06-01",
    ),
    Case(
        "removed twice",
        lambda w: w.amend(*[act("RemoveProduct", {"externalCatalogPlanId": "01t-Seats"})] * 2),
        30,
        "was removed",
    ),
    Case(
        "change of plan to one that is not there",
        lambda w: w.amend(
            act("ChangePlan", {"externalCatalogPlanId": "01t-Seats", "newProductRatePlan": {"productRatePlanId": "x"}})
        ),
        40,
        "'x'",
    ),
    Case(
        "change of an unknown plan",
        lambda w: w.amend(act("ChangePlan", {"ratePlanId": "x", "newProductRatePlan": hours(w)})),
        40,
        "'x'",
    ),
]

ENDS = [
    Case("no policy", lambda w: w.amend(act("CancelSubscription", {})), 22, "cancellationPolicy"),
    Case("no date", lambda w: w.amend(act("CancelSubscription", SPECIFIC)), 22, "cancellationEffectiveDate"),
    Case("cancelled before the start", lambda w: w.amend(cancel("2026-01-01")), 30, "before the subscription's start"),
    Case("cancelled after the end", lambda w: w.amend(cancel("2027-02-02")), 30, "expired"),
    Case(
        "date beside another policy",
        lambda w: w.amend(cancel("2026-06-01", cancellationPolicy="EndOfCurrentTerm")),
        20,
        "2027-02-01",
    ),
    Case(
        "evergreen to the end of its term",
        lambda w: w.amend(act("CancelSubscription", {"cancellationPolicy": "EndOfCurrentTerm"}), number="S-2"),
        30,
        "EVERGREEN",
    ),
    Case("changed after cancelling", lambda w: w.amend(cancel("2026-06-01"), update()), 30, "Cancelled"),
    Case("evergreen renewed", lambda w: w.amend(act("RenewSubscription", {}), number="S-2"), 30, "EVERGREEN"),
    Case("renewal without a term", lambda w: w.amend(act("RenewSubscription", {})), 30, "renewal term"),
    Case("term in the renewal", lambda w: w.amend(act("RenewSubscription", {"period": 1})), 21, "period", 400),
]

TERMS = [
    Case("no type", lambda w: w.amend(terms(lastTerm={"period": 1})), 22, "termType"),
    Case("no length", lambda w: w.amend(last_term()), 22, "lastTerm.period"),
    Case("no unit", lambda w: w.amend(last_term(period=1)), 22, "periodType"),
    Case("no time at all", lambda w: w.amend(last_term(period=0, periodType="Month")), 20, "longer"),
    Case("ends early", lambda w: w.amend(last_term(endDate="2026-01-01")), 20, "longer"),
    Case(
        "lengths disagree",
        lambda w: w.amend(last_term(period=1, periodType="Month", endDate="2026-04-01")),
        30,
        "does not agree",
    ),
    Case(
        "earlier start",
        lambda w: w.amend(last_term(startDate="2026-01-01", period=12, periodType="Month")),
        30,
        "before the present term",
    ),
    Case("period of evergreen", lambda w: w.amend(terms(lastTerm={"termType": "EVERGREEN", "period": 1})), 30, "EVER"),
    Case("evergreen renews itself", lambda w: w.amend(terms(autoRenew=True), number="S-2"), 30, "EVERGREEN"),
    Case("renewal without unit", lambda w: w.amend(terms(renewalTerms=[{"period": 1}])), 22, "periodType"),
    Case(
        "renewal term to evergreen",
        lambda w: w.amend(
            terms(renewalSetting="RENEW_TO_EVERGREEN", renewalTerms=[{"period": 1, "periodType": "Month"}])
        ),
        30,
        "RENEW_TO_EVERGREEN",
    ),
    Case("scheduled", lambda w: w.amend(terms(scheduledCancelDate="2026-06-01")), 10, "scheduledCancelDate"),
    Case("contact unknown", lambda w: w.amend(terms(billToContactId="x")), 40, "'x'"),
    Case(
        "contact of another account",
        lambda w: w.amend(terms(soldToContactId=w.other["billToContactId"])),
        30,
        "does not belong",
    ),
    Case("payment term unknown", lambda w: w.amend(terms(paymentTerm="Net 7")), 20, "Net 7"),
    Case("template unknown", lambda w: w.amend(terms(invoiceTemplateId="x")), 40, "invoiceTemplateId"),
    Case(
        "set and cleared",
        lambda w: w.amend(terms(paymentTerm="Net 30", clearingExistingPaymentTerm=True)),
        20,
        "clearingExistingPaymentTerm",
    ),
    Case(
        "without Flexible Billing Attributes",
        lambda w: w.amend(terms(paymentTerm="Net 30")),
        10,
        "Flexible",
        settings={"flexibleBillingAttributes": False},
    ),
]

TRANSFERS = [
    Case("to nobody", lambda w: w.amend(act("OwnerTransfer", {})), 22, "destinationAccountNumber"),
    Case("unknown account", lambda w: w.amend(transfer("A-9")), 40, "A-9"),
    Case(
        "contact of the account that is left",
        lambda w: w.amend(transfer(w.other["accountNumber"], soldToContactId=w.account["billToContactId"])),
        30,
        "does not belong",
    ),
    Case(
        "payment profile", lambda w: w.amend(transfer("A00000002", paymentProfile={"paymentMethodId": "x"})), 10, "Prof"
    ),
]

PAUSES = [
    Case("suspended before the start", lambda w: w.amend(suspend("2026-01-01")), 30, "before the subscription's start"),
    Case("suspended at the end", lambda w: w.amend(suspend("2027-02-01")), 30, "expired"),
    Case("no date to suspend", lambda w: w.amend(suspend(None)), 22, "suspendSpecificDate"),
    Case(
        "no periods to suspend",
        lambda w: w.amend(act("Suspend", {"suspendPolicy": "FixedPeriodsFromToday"})),
        22,
        "suspendPeriods",
    ),
    Case("resumed before", lambda w: w.amend(suspend("2026-06-01"), resume("2026-05-31")), 30, "before the suspend"),
    Case("resumed too late", lambda w: w.amend(suspend("2026-06-01"), resume("2027-02-01")), 30, "expired"),
    Case("suspended twice", lambda w: w.amend(suspend("2026-06-01"), suspend("2026-07-01")), 30, "Suspended"),
    Case("renewed while suspended", lambda w: w.amend(suspend("2026-06-01"), act("RenewSubscription", {})), 30, "Susp"),
]

GROUPS = {
    "subscription": SUBSCRIPTION,
    "updates": UPDATES,
    "products": PRODUCTS,
    "ends": ENDS,
    "terms": TERMS,
    "transfers": TRANSFERS,
    "pauses": PAUSES,
}


@pytest.fixture
def client(tenant: Tenant) -> InProcess:
    return InProcess(tenant, RESOURCES)


@pytest.fixture
def world(tenant: Tenant, client: InProcess) -> World:
    accounts = [client.call("POST", "/v1/accounts", ACCOUNT)[1] for _ in range(2)]
    world = World(accounts[0], accounts[1], make_catalog(tenant))
    plans = [plan_override(world.catalog, name, chargeNumber=name) for name in ("Seats", "Base", "Setup", "Storage")]
    evergreen = {"initialTerm": {"startDate": "2026-02-01", "termType": "EVERGREEN"}, "autoRenew": False}
    entries = [
        subscription(world.catalog, "S-1", subscribeToRatePlans=plans, terms=termed()),
        subscription(world.catalog, "S-2", terms=evergreen),
        subscription(world.catalog, "S-3"),
    ]
    for body in (order(world.account, *entries), world.amend(cancel("2026-06-01"), number="S-3")):
        assert client.call("POST", "/v1/orders", body)[1]["success"]
    return world


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{group}: {case.name}") for group in GROUPS for case in GROUPS[group]]
)
def test_refused_and_nothing_written(tenant: Tenant, client: InProcess, world: World, case: Case) -> None:
    tenant.configure(case.settings)
    check_refused(tenant, client, case.make(world), Refused(case.category, case.words, case.status))


def test_the_change_that_the_cases_break_is_good(client: InProcess, world: World) -> None:
    assert client.call("POST", "/v1/orders", world.amend(update()))[1]["status"] == "Completed"
