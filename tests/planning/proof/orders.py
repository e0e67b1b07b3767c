"""Builders of planned orders with all that decides an amount."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.custom import tables_for
from cpqbridge.money.billing.rules import BillingRules, ProrationUnit
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Proof, SyncPlan
from cpqbridge.planning.state import Charge, RatePlan, ZuoraState
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.values import ValueTables
from tests.planning import records as r

PER_UNIT, FLAT = "Per Unit Pricing", "Flat Fee Pricing"
MONTH_FIRST = BillingRules(proration_unit=ProrationUnit.MONTH_FIRST)
FEBRUARY, YEAR_LATER = "2026-02-01", "2027-01-31"

Row = dict[str, Any]


def seat(units: Any = 5, net: str = "120.00", **changes: Any) -> Row:
    """An order product of the year from February 2026; `start`, `end` (inclusive) and `year`, the unprorated price."""
    own = {
        "SBQQ__StartDate__c": changes.pop("start", FEBRUARY),
        "SBQQ__EndDate__c": changes.pop("end", YEAR_LATER),
        "SBQQ__NetPrice__c": Decimal(net),
        **changes.pop("subscription", {}),
    }
    own["SBQQ__Contract__r"] = {"StartDate": own["SBQQ__StartDate__c"]}
    year = changes.pop("year", None)
    more = {"SBQQ__UnproratedNetPrice__c": None if year is None else Decimal(year)}
    return r.item(**{"Quantity": Decimal(units), "subscription": own, **more, **changes})


def tenant(
    *, day: int | None = 1, rules: BillingRules | None = MONTH_FIRST, kind: str = "Recurring", model: str = PER_UNIT,
    period: str | None = "Month", **attributes: Any,
) -> ZuoraState:  # fmt: skip
    """A tenant with the account and a charge; `attributes` by the names of the Orders API."""
    charge = Charge("z-charge", kind, model, period, attributes={"billCycleType": "DefaultFromCustomer", **attributes})
    return r.known_state(
        accounts={r.ACCOUNT_ID: r.account_row(BillCycleDay=day)},
        plans={r.PRODUCT_ID: RatePlan("z-plan", (charge,))},
        rules=rules,
    )


def draft_of(
    state: ZuoraState | None = None, mapping: Row | None = None, account: Row | None = None, **options: Any
) -> Draft:
    """A draft with the user's own mapping of `subscription_rate_plan_charge`, and of `account`."""
    made = r.draft(tenant() if state is None else state, **options)
    settings = MappingSettings.model_validate(
        {"subscription_rate_plan_charge": mapping or {}, "account": account or {}}
    )
    return replace(made, tables=tables_for(settings, ValueTables()))


def planned(*items: Row, state: ZuoraState | None = None, order: Row | None = None, **more: Any) -> SyncPlan:
    """The plan of an order from its first product's first day; `more` as of `draft_of`."""
    sold = items or (seat(),)
    start = (sold[0]["SBQQ__Subscription__r"] or {}).get("SBQQ__StartDate__c", FEBRUARY)
    return plan_order(draft_of(state, **more), r.order(*sold, **{"EffectiveDate": start, **(order or {})}))


def proof_of(plan: SyncPlan) -> Proof:
    """The proof of a plan's only line."""
    [proof] = plan.proofs
    return proof


def amounts(plan: SyncPlan) -> tuple[Decimal, Decimal]:
    """What the only line of a plan was quoted, and what Zuora would bill."""
    found = proof_of(plan).explained
    assert found is not None, proof_of(plan).unknown
    return found.quoted, found.billed


def causes(plan: SyncPlan) -> dict[str, Decimal]:
    """The parts of the difference of a plan's only line."""
    found = proof_of(plan).explained
    assert found is not None, proof_of(plan).unknown
    assert sum((part.amount for part in found.parts), Decimal(0)) == found.difference
    return {part.cause.value: part.amount for part in found.parts}


def codes(plan: SyncPlan) -> list[str]:
    """The codes of a plan's problems."""
    return [problem.code for problem in plan.problems]


def pricing(plan: SyncPlan) -> Row:
    """What the only charge of a plan is priced with."""
    assert plan.stop is None, plan.problems
    body = plan.operations[-1].body["subscriptions"][0]["orderActions"][0]["createSubscription"]
    [found] = body["subscribeToRatePlans"][0]["chargeOverrides"][0]["pricing"].values()
    made: Row = found
    return made


def sent(plan: SyncPlan, state: ZuoraState) -> ZuoraState:
    """The tenant when it has taken the order of a plan."""
    [body] = [dict(one.body) for one in plan.operations if one.name == "create_order"]
    number = body["orderNumber"]
    rows = [
        {**one, "subscriptionNumber": one["orderActions"][0]["createSubscription"]["subscriptionNumber"]}
        for one in body.get("subscriptions", ())
    ]
    lines = [{**one, "itemNumber": str(place)} for place, one in enumerate(body.get("orderLineItems", ()), 1)]
    order = {**body, "status": "Completed", "subscriptions": rows, "orderLineItems": lines}
    return replace(state, orders={**state.orders, number: order})
