"""ChangePlan: one rate plan takes the place of another one."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, fields, read, segments, send
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, plan_override, seats, subscription

Body = dict[str, Any]

START, END = "2026-02-01", "2027-02-01"
OLD = {"externalCatalogPlanId": "01t-Seats"}


@pytest.fixture
def catalog(tenant: Tenant, zuora: ZuoraClient, account: Body) -> Catalog:
    """The catalog, of which S-1 has five seats."""
    catalog = make_catalog(tenant)
    send(zuora, order(account, subscription(catalog, "S-1"), orderNumber="O-1"))
    return catalog


def base(catalog: Catalog, **plan: Any) -> Body:
    """The rate plan that comes instead."""
    return plan_override(catalog, "Base", {"recurringFlatFee": {"listPrice": 900}}) | plan


def exchange(zuora: ZuoraClient, account: Body, body: Body, on: str | None = "2026-05-01") -> str:
    return send(zuora, change(account, "S-1", act("ChangePlan", body, on)))


def refused(zuora: ZuoraClient, account: Body, body: Body, on: str | None = "2026-05-01") -> int:
    answer = zuora.call("POST", "/v1/orders", change(account, "S-1", act("ChangePlan", body, on)))
    return int(answer["reasons"][0]["code"])


def test_one_plan_ends_where_the_other_begins(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    new = base(catalog, externallyManagedPlanId="802-2", uniqueToken="n", subscriptionRatePlanNumber="SRP-9")
    number = exchange(zuora, account, OLD | {"newProductRatePlan": new})

    now = read(zuora, "S-1")
    assert [fields(plan, "lastChangeType", "ratePlanName") for plan in now["ratePlans"]] == [
        ("Remove", "Seats plan"),
        ("Add", "Base plan"),
    ]
    assert segments(now, "price") == [(START, "2026-05-01", 120), ("2026-05-01", END, 900)]
    assert fields(now["ratePlans"][1], "externallyManagedPlanId", "subscriptionRatePlanNumber") == ("802-2", "SRP-9")
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"][0]["changePlan"]
    assert fields(shown, "subType", "effectivePolicy") == ("PlanChanged", "SpecificDate")
    assert fields(shown["newProductRatePlan"], "productRatePlanId", "uniqueToken") == (catalog.plans["Base"], "n")
    row = zuora.call("GET", f"/object-query/orders/{number}?expand[]=orderactions")["orderActions"][0]
    assert fields(row, "type", "subType", "effectivePolicy") == ("ChangePlan", "PlanChanged", "SpecificDate")


def test_the_new_plan_can_be_changed_in_the_same_order(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    swap = act("ChangePlan", OLD | {"newProductRatePlan": base(catalog, uniqueToken="n")})
    charge = {"productRatePlanChargeId": catalog.charges["Base"], "pricing": {"recurringFlatFee": {"listPrice": 950}}}
    update = act("UpdateProduct", {"uniqueToken": "n", "chargeUpdates": [charge]}, "2026-08-01")
    send(zuora, change(account, "S-1", swap, update))

    assert segments(read(zuora, "S-1"), "price")[1:] == [
        ("2026-05-01", "2026-08-01", 900),
        ("2026-08-01", END, 950),
    ]


def test_it_takes_effect_when_what_is_invoiced_ends(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    body = OLD | {"newProductRatePlan": base(catalog), "subType": "Downgrade"}
    assert refused(zuora, account, body, None) == 53100010
    zuora.json("POST", "/_sandbox/charged-through", {"subscriptionNumber": "S-1", "date": "2026-03-01"})
    assert refused(zuora, account, body) == 53100020
    number = exchange(zuora, account, body, None)

    assert segments(read(zuora, "S-1")) == [(START, "2026-03-01"), ("2026-03-01", END)]
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"][0]
    assert shown["changePlan"]["effectivePolicy"] == "EffectiveEndOfBillingPeriod"
    assert {entry["triggerDate"] for entry in shown["triggerDates"]} == {"2026-03-01"}


def test_the_day_of_the_bill_cycle_follows_when_asked(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    body = OLD | {"newProductRatePlan": base(catalog), "resetBcd": True, "subType": "Upgrade"}
    number = exchange(zuora, account, body, "2026-05-17")

    billing = zuora.call("GET", f"/v1/accounts/{account['accountNumber']}")["billingAndPayment"]
    assert billing["billCycleDay"] == 17
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"][0]["changePlan"]
    assert shown["effectivePolicy"] == "EffectiveImmediately"


def test_what_is_wrong_with_a_change_of_plan(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    new = {"newProductRatePlan": base(catalog)}
    assert refused(zuora, account, {**OLD, "productRatePlanId": catalog.plans["Seats"], **new}) == 53100020
    assert refused(zuora, account, OLD) == 53100022
    assert refused(zuora, account, new) == 53100022
    assert refused(zuora, account, OLD | new, END) == 53100030
    assert refused(zuora, account, OLD | {"newProductRatePlan": {"productRatePlanId": "x"}}) == 53100040
    end_of_period = OLD | new | {"effectivePolicy": "EffectiveEndOfBillingPeriod"}
    tenant.configure({"requireServiceActivation": True})
    assert refused(zuora, account, end_of_period, None) == 53100030


def test_a_changed_plan_is_taken_back_with_its_order(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    number = exchange(zuora, account, OLD | {"newProductRatePlan": seats(catalog, 9)})

    assert zuora.call("DELETE", f"/v1/orders/{number}")["success"]
    assert segments(read(zuora, "S-1"), "quantity") == [(START, END, 5)]
