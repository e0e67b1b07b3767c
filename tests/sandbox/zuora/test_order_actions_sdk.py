"""The official SDK sends order actions and reads what they made; a tenant kept in a file remembers them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, read, segments, send
from tests.sandbox.zuora.conftest import ACCOUNT, Clock, ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, InProcess, make_catalog, order, subscription, termed

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zuora_sdk"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
]

RESOURCES = ("auth", "accounts", "contacts", "orders", "subscriptions", "line_items", "jobs", "updates")
SUSPEND = act("Suspend", {"suspendPolicy": "SpecificDate", "suspendSpecificDate": "2026-06-01"})
RESUME = act("Resume", {"resumePolicy": "SpecificDate", "resumeSpecificDate": "2026-07-01", "extendsTerm": True})


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


def update(**pricing: Any) -> dict[str, Any]:
    charge = {"productRatePlanChargeNumber": "PRPC-Seats", "pricing": {"recurringPerUnit": pricing}}
    return act("UpdateProduct", {"externalCatalogPlanId": "01t-Seats", "chargeUpdates": [charge]})


def test_a_life_through_the_sdk(sdk: Any, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog) -> None:
    from zuora_sdk import CreateOrderRequest

    terms = termed() | {"renewalTerms": [{"period": 12, "periodType": "Month"}]}
    send(zuora, order(account, subscription(catalog, "S-1", terms=terms)))
    cancellation = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2027-06-01"}
    actions = [
        update(quantity=8),
        act("RenewSubscription", {}),
        SUSPEND,
        RESUME,
        act("OwnerTransfer", {"destinationAccountNumber": account["accountNumber"]}),
        act("TermsAndConditions", {"autoRenew": True}),
        act("CancelSubscription", cancellation),
    ]
    for action in actions:
        request = CreateOrderRequest.from_dict(change(account, "S-1", action))
        assert sdk.orders_api().create_order(request).success

    found = sdk.subscriptions_api().get_subscription_by_key("S-1", charge_detail="all-segments")
    assert (found.version, found.status) == (8, "Cancelled")
    kept = found.rate_plans[0].rate_plan_charges[0].charge_segments
    assert [(str(item.effective_start_date), str(item.effective_end_date)) for item in kept] == [
        ("2026-02-01", "2026-05-01"),
        ("2026-05-01", "2026-06-01"),
        ("2026-07-01", "2027-06-01"),
    ]
    orders = sdk.orders_api().get_orders_by_subscription_number("S-1").orders
    assert {item.subscriptions[0].order_actions[0].type for item in orders} == {
        "CreateSubscription",
        *(action["type"] for action in actions),
    }


def test_a_suspension_survives_in_the_file(tmp_path: Path, clock: Clock) -> None:
    def opened() -> tuple[Tenant, InProcess]:
        tenant = Tenant.open(clock=clock, path=tmp_path / "tenant.db")
        return tenant, InProcess(tenant, RESOURCES)

    tenant, client = opened()
    _, account = client.call("POST", "/v1/accounts", ACCOUNT)
    client.call("POST", "/v1/orders", order(account, subscription(make_catalog(tenant), "S-1")))
    for action in (update(listPrice=Decimal("99.5")), SUSPEND):
        assert client.call("POST", "/v1/orders", change(account, "S-1", action))[1]["success"]
    tenant.store.close()

    _, client = opened()
    assert client.call("POST", "/v1/orders", change(account, "S-1", RESUME))[1]["success"]

    _, found = client.call("GET", "/v1/subscriptions/S-1?charge-detail=all-segments")
    assert segments(found, "price")[1:] == [
        ("2026-05-01", "2026-06-01", Decimal("99.5")),
        ("2026-07-01", "2027-03-03", Decimal("99.5")),
    ]


def test_reads_of_every_action_are_those_of_the_sdk(
    zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog
) -> None:
    send(zuora, order(account, subscription(catalog, "S-1")))
    contact = account["billToContactId"]
    actions = [
        update(quantity=8, listPrice=1, priceChangeOption="SpecificPercentageValue", priceIncreasePercentage=3),
        act("AddProduct", {"externalCatalogPlanId": "01t-Base", "uniqueToken": "b"}),
        act("RemoveProduct", {"uniqueToken": "b"}, "2026-06-01"),
        act("TermsAndConditions", {"renewalTerms": [{"period": 1, "periodType": "Year"}], "soldToContactId": contact}),
        act("RenewSubscription", {"clearingExistingSoldToContact": True}),
        SUSPEND,
        RESUME,
    ]
    number = send(zuora, change(account, "S-1", *actions))

    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"]
    assert [action["type"] for action in shown] == [action["type"] for action in actions]
    assert shown[2]["removeProduct"]["ratePlanId"] == read(zuora, "S-1")["ratePlans"][1]["id"]
    assert shown[0]["updateProduct"]["chargeUpdates"][0]["pricing"]["recurringPerUnit"]["quantity"] == 8


def test_orders_are_taken_back_and_plans_relabelled_through_the_sdk(
    sdk: Any, zuora: ZuoraClient, account: dict[str, Any], catalog: Catalog, tenant: Tenant
) -> None:
    from zuora_sdk import ProxyActionupdateRequest, RevertOrderRequest

    tenant.configure({"orderRevert": True})
    send(zuora, order(account, subscription(catalog, "S-1")))
    send(zuora, change(account, "S-1", update(quantity=8), orderNumber="O-2"))
    reverted = sdk.orders_api().revert_order("O-2", RevertOrderRequest.from_dict({"orderDate": "2026-03-01"}))
    assert (reverted.status, reverted.subscription_numbers) == ("Completed", ["S-1"])
    plan = read(zuora, "S-1")["ratePlans"][0]["id"]

    body = {"objects": [{"Id": plan, "ExternallyManagedPlanId": "802-7"}], "type": "RatePlan"}
    saved = sdk.actions_api().action_postupdate(ProxyActionupdateRequest.from_dict(body))

    assert [(item.success, item.id) for item in saved] == [(True, plan)]
    assert read(zuora, "S-1")["ratePlans"][0]["externallyManagedPlanId"] == "802-7"
    assert segments(read(zuora, "S-1"), "quantity") == [("2026-02-01", "2027-02-01", 5)]
