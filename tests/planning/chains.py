"""Builders of order products that follow one another, and of what Zuora holds of them, for planning tests.

The order product `n` belongs to order `O-n` and subscription `SUB-n`, and was contracted as the n-th; its quantity
is what it adds, its price is for its own days.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import Chain, stretches
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.sold import Sold
from cpqbridge.planning.state import ZuoraState
from cpqbridge.settings.options import Options
from tests.planning import records as r

Row = dict[str, Any]

START, END = "2026-02-01", "2027-01-31"
CONTRACT = "800000000000001AAA"
PLAN_NUMBER, CHARGE_NUMBER = "SRP-1", "C-1"


def order_of(number: int, **changes: Any) -> Row:
    """The order of an order product, without its products."""
    order = r.order(Id=f"801-{number}", OrderNumber=f"O-{number}", **changes)
    return {name: value for name, value in order.items() if name != "OrderItems"}


def sale(number: int = 1, start: str = START, quantity: Any = 10, end: str | None = END, **changes: Any) -> Row:
    """An order product that was sold; `subscription=` changes its subscription, `order=` its order."""
    order = order_of(changes.pop("of_order", number), **{"EffectiveDate": start, **changes.pop("order", {})})
    own = {
        "Name": f"SUB-{number}",
        "CreatedDate": f"2026-01-{number:02}T00:00:00.000+0000",
        "SBQQ__StartDate__c": start,
        "SBQQ__EndDate__c": end,
        **changes.pop("subscription", {}),
    }
    return r.item(
        **{
            "Id": f"802-{number}",
            "OrderItemNumber": f"OI-{number}",
            "OrderId": order["Id"],
            "Order": order,
            "Quantity": Decimal(quantity),
            "SBQQ__Subscription__c": f"a0-{number}",
            "subscription": own,
            **changes,
        }
    )


def evergreen(number: int = 1, start: str = START, quantity: Any = 10, **changes: Any) -> Row:
    """A sale without end."""
    own = {"SBQQ__SubscriptionType__c": "Evergreen", **changes.pop("subscription", {})}
    return sale(number, start, quantity, None, subscription=own, **changes)


def revision(number: int, of: int, start: str, quantity: Any, **changes: Any) -> Row:
    """What an amendment adds to a sale (less than nothing takes away), at the same price for the months left."""
    own = {"SBQQ__RevisedSubscription__c": f"a0-{of}", **changes.pop("subscription", {})}
    if "SBQQ__NetPrice__c" not in own:
        months = dates.months_between(dates.parse(start), dates.parse(changes.get("end") or END))
        own["SBQQ__NetPrice__c"] = (Decimal(10) * months).quantize(Decimal("0.01"))
    return sale(
        number, start, quantity, **{"SBQQ__RevisedOrderProduct__c": f"802-{of}", "subscription": own, **changes}
    )


def renewal(number: int, of: int, start: str = "2027-02-01", quantity: Any = 10, **changes: Any) -> Row:
    """A sale that renews another one."""
    line = {"SBQQ__RenewedSubscription__c": f"a0-{of}"}
    return sale(number, start, quantity, **{"end": "2028-01-31", "SBQQ__QuoteLine__r": line, **changes})


def segment(number: int, start: str, end: str, quantity: Any = 10, price: str = "120.00", **changes: Any) -> Row:
    """A segment of a sale of order `O-1`; `key=` tells segments of different products apart."""
    own = {
        "SBQQ__StartDate__c": start,
        "SBQQ__EndDate__c": end,
        "SBQQ__SegmentStartDate__c": start,
        "SBQQ__SegmentEndDate__c": end,
        "SBQQ__NetPrice__c": Decimal(price),
        **changes.pop("subscription", {}),
    }
    more = {"of_order": 1, "SBQQ__SegmentKey__c": changes.pop("key", "K"), **changes}
    return sale(number, start, quantity, end, subscription=own, **more)


def sold(*items: Row, **options: bool) -> Sold:
    """What was read of the chains."""
    rows: dict[str, Record] = {item["Id"]: item for item in items}
    assets = {key: item for key, item in rows.items() if not item["SBQQ__Subscription__c"]}
    return Sold({key: item for key, item in rows.items() if key not in assets}, assets, **options)


def steps(chain: Chain | None) -> list[tuple[str, str | None, int]]:
    """The stretches of a chain: first day, first day after it, quantity."""
    return [(str(one.start), str(one.end) if one.end else None, int(one.quantity)) for one in stretches(chain)]


# Zuora


def held_charge(*segments: tuple[str, str | None, Any, Any], **changes: Any) -> Row:
    """A charge with segments: first day, first day after it, quantity, price."""
    names = ("effectiveStartDate", "effectiveEndDate", "quantity", "price")
    return {
        "number": CHARGE_NUMBER,
        "productRatePlanChargeId": "z-charge",
        "listPriceBase": "Per_Specific_Months",
        "specificListPriceBase": 12,
        "billingPeriod": "Month",
        "chargeSegments": [dict(zip(names, one, strict=True)) for one in segments],
        **changes,
    }


def held_plan(external_id: str | None, charge: Row, number: str = PLAN_NUMBER, **changes: Any) -> Row:
    """A rate plan of a subscription."""
    return {
        "id": f"z-{number}",
        "subscriptionRatePlanNumber": number,
        "productRatePlanId": "z-plan",
        "ratePlanName": "Cloud seat",
        "externallyManagedPlanId": external_id,
        "ratePlanCharges": [charge],
        **changes,
    }


def held_subscription(*plans: Row, number: str = "SUB-1", **changes: Any) -> Row:
    """A subscription as `GET /v1/subscriptions/{n}?charge-detail=all-segments` gives it."""
    head = {"subscriptionNumber": number, "accountNumber": "A00000001", "status": "Active"}
    return {**head, "termEndDate": "2027-02-01", "ratePlans": list(plans), **changes}


def as_sold(quantity: Any = 10, price: Any = 120, **changes: Any) -> Row:
    """The subscription of `sale()` as nobody has touched it."""
    return held_subscription(held_plan("802-1", held_charge((START, "2027-02-01", quantity, price))), **changes)


def known_state(*subscriptions: Row, sent: Iterable[str] = (), **changes: Any) -> ZuoraState:
    """A tenant with the account, the product and these subscriptions."""
    state = r.known_state(**changes)
    for one in subscriptions:
        state.subscriptions[one["subscriptionNumber"]] = one
        for plan in one["ratePlans"]:
            if plan["externallyManagedPlanId"]:
                row = {"id": plan["id"], "subscription": {"name": one["subscriptionNumber"]}}
                state.subscribed.setdefault(plan["externallyManagedPlanId"], []).append(row)
    state.sent |= {f"O-{number}" for number in range(1, 10)} | set(sent)
    state.present |= state.sent
    return state


def draft_of(items: Iterable[Row], state: ZuoraState, **options: Any) -> Draft:
    """A draft that knows these order products and this tenant."""
    chosen = Options(**options)
    known = sold(
        *items,
        rebooked=chosen.price_changes == "in_place",
        hosted=chosen.added_products == "existing_subscription",
    )
    accounts = {r.ACCOUNT_ID: r.account()}
    return Draft(Snapshot(accounts=accounts, products={r.PRODUCT_ID: r.product()}, sold=known), state, chosen)


def planned(*items: Row, state: ZuoraState | None = None, **options: Any) -> SyncPlan:
    """The plan of the order of the last of these order products, when the others were carried before."""
    last = items[-1]["Order"]
    own = [item for item in items if item["OrderId"] == last["Id"]]
    draft = draft_of(items, known_state(as_sold()) if state is None else state, **options)
    return plan_order(draft, {**last, "OrderItems": {"records": own}})


def body_of(plan: SyncPlan) -> Row:
    """The body of the order that a plan sends."""
    assert plan.problems == (), plan.problems
    [operation] = [one for one in plan.operations if one.name == "create_order"]
    return dict(operation.body)


def actions(plan: SyncPlan) -> list[tuple[str, str, Row]]:
    """The actions of a plan's only subscription: type, day, and what is below the action's own key."""
    [subscription] = body_of(plan)["subscriptions"]
    found = []
    for action in subscription["orderActions"]:
        days = {str(one["triggerDate"]) for one in action["triggerDates"]}
        names = [one["name"] for one in action["triggerDates"]]
        assert names == ["ContractEffective", "ServiceActivation", "CustomerAcceptance"]
        assert len(days) == 1
        [key] = {*action} - {"type", "triggerDates"}
        found.append((action["type"], days.pop(), action[key]))
    return found


def codes(plan: SyncPlan) -> list[str]:
    """The codes of a plan's problems."""
    return [problem.code for problem in plan.problems]
