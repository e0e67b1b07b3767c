"""The state of many subscriptions in few calls, by Object Query, as a connector reads it before it plans changes."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, fields, read, send
from tests.sandbox.zuora.conftest import ACCOUNT, ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, plan_override, subscription

Body = dict[str, Any]

COUNT = 50
START, END = "2026-02-01", "2027-02-01"
BASE = {"listPriceBase": "Per_Specific_Months", "specificListPriceBase": 12}
#: Everything of a subscription below it: its plans, all segments of their charges, the prices of these.
EXPAND = "rateplans.rateplancharges.rateplanchargetiers"


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


@pytest.fixture
def sold(zuora: ZuoraClient, account: Body, catalog: Catalog) -> list[str]:
    """Fifty subscriptions with five seats each, changed twice each; the number of every one."""
    names = [f"SUB-{number:02}" for number in range(COUNT)]
    send(zuora, order(account, *(entry(catalog, name) for name in names), orderNumber="O-1"))
    for number, (on, quantity) in enumerate((("2026-05-01", 8), ("2026-08-01", 9)), 2):
        updates = [{"subscriptionNumber": name, "orderActions": [update(name, on, quantity)]} for name in names]
        send(zuora, order(account, *updates, orderNumber=f"O-{number}"))
    return names


def entry(catalog: Catalog, name: str) -> Body:
    pricing = {"recurringPerUnit": {"listPrice": 120, "quantity": 5, **BASE}}
    plan = plan_override(catalog, "Seats", pricing, chargeNumber=f"C-{name}")
    plan |= {"subscriptionRatePlanNumber": f"SRP-{name}", "externallyManagedPlanId": f"802-{name}"}
    return subscription(catalog, name, subscribeToRatePlans=[plan])


def update(name: str, on: str, quantity: int) -> Body:
    charge = {"chargeNumber": f"C-{name}", "pricing": {"recurringPerUnit": {"quantity": quantity, "listPrice": 110}}}
    return act("UpdateProduct", {"subscriptionRatePlanNumber": f"SRP-{name}", "chargeUpdates": [charge]}, on)


def query(zuora: ZuoraClient, path: str, **params: Any) -> list[Body]:
    asked = {
        name.rstrip("_") + ("[]" if name in {"filter_", "expand_"} else ""): value for name, value in params.items()
    }
    found: list[Body] = zuora.call("GET", f"/object-query/{path}", params=asked)["data"]
    return found


def test_one_call_gives_fifty_subscriptions_with_all_segments_and_prices(zuora: ZuoraClient, sold: list[str]) -> None:
    named = f"name.IN:[{','.join(sold)}]"
    found = query(
        zuora, "subscriptions", filter_=[named, "isLatestVersion.EQ:true"], expand_=[EXPAND, "account"], pageSize=99
    )

    assert sorted(row["name"] for row in found) == sold
    for row in found:
        assert fields(row, "version", "status", "isLatestVersion") == (3, "Active", True)
        plan = row["ratePlans"][0]
        assert plan["externallyManagedPlanId"] == f"802-{row['name']}"
        chain = sorted(plan["ratePlanCharges"], key=lambda charge: int(charge["segment"]))
        assert [fields(charge, "effectiveStartDate", "effectiveEndDate", "quantity") for charge in chain] == [
            (START, "2026-05-01", 5),
            ("2026-05-01", "2026-08-01", 8),
            ("2026-08-01", END, 9),
        ]
        assert [charge["ratePlanChargeTiers"][0]["price"] for charge in chain] == [120, 110, 110]
        assert {fields(charge, "chargeNumber", "listPriceBase", "specificListPriceBase") for charge in chain} == {
            (f"C-{row['name']}", "Per Specific Months", 12)
        }


def test_plans_are_found_by_the_ids_of_another_system(zuora: ZuoraClient, sold: list[str]) -> None:
    wanted = [f"802-{name}" for name in sold[:30]]
    known = f"externallyManagedPlanId.IN:[{','.join(wanted)}]"
    found = query(zuora, "rate-plans", filter_=[known], expand_=["subscription", "rateplancharges"], pageSize=99)

    # Every version has its own row of a plan, so that thirty plans of three versions each are ninety rows.
    assert len(found) == 90
    latest = [row for row in found if row["subscription"]["isLatestVersion"]]
    assert sorted(row["externallyManagedPlanId"] for row in latest) == sorted(wanted)
    assert {len(row["ratePlanCharges"]) for row in latest} == {3}
    one = query(zuora, "rate-plans", filter_=["externallyManagedPlanId.EQ:802-SUB-07"], pageSize=99)
    assert {row["subscriptionRatePlanNumber"] for row in one} == {"SRP-SUB-07"}


def test_orders_and_subscriptions_of_an_account(zuora: ZuoraClient, account: Body, sold: list[str]) -> None:
    orders = query(zuora, "orders", filter_=["orderNumber.IN:[O-1,O-2,O-9]"], pageSize=99)
    assert {fields(row, "orderNumber", "status") for row in orders} == {("O-1", "Completed"), ("O-2", "Completed")}
    owned = [f"accountId.EQ:{account['accountId']}", "isLatestVersion.EQ:true"]
    assert len(query(zuora, "subscriptions", filter_=owned, pageSize=99)) == COUNT
    other = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "name": "Other"})
    transfer = act("OwnerTransfer", {"destinationAccountNumber": other["accountNumber"]})
    send(zuora, change(account, sold[0], transfer))
    assert len(query(zuora, "subscriptions", filter_=owned, pageSize=99)) == COUNT - 1
    payer = [f"invoiceOwnerId.EQ:{account['accountId']}", "isLatestVersion.EQ:true"]
    assert len(query(zuora, "subscriptions", filter_=payer, pageSize=99)) == COUNT


def test_a_read_of_one_subscription_says_the_price_base_once(zuora: ZuoraClient, sold: list[str]) -> None:
    charge = read(zuora, sold[0])["ratePlans"][0]["ratePlanCharges"][0]

    assert fields(charge, "listPriceBase", "specificListPriceBase") == ("Per_Specific_Months", 12)
    assert [fields(segment, "quantity", "price") for segment in charge["chargeSegments"]] == [
        (5, 120),
        (8, 110),
        (9, 110),
    ]
    assert "listPriceBase" not in charge["chargeSegments"][0]
