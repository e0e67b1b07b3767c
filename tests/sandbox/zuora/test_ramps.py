"""Ramp deals: intervals over the charges of a subscription, and the segments that its actions make of them."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, fields, read, segments, send
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, plan_override, subscription, termed

Body = dict[str, Any]

YEARS = (("2026-02-01", "2027-01-31"), ("2027-02-01", "2028-01-31"), ("2028-02-01", "2029-01-31"))
END = "2029-02-01"


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    tenant.configure({"ramps": True})
    return make_catalog(tenant)


def intervals(*spans: tuple[str, str]) -> list[Body]:
    return [{"name": f"Year {at}", "startDate": first, "endDate": last} for at, (first, last) in enumerate(spans, 1)]


def deal(catalog: Catalog, **ramp: Any) -> Body:
    """S-1 over three years with 10, 20 and 30 seats, a setup fee and usage, as one element of ``subscriptions``."""
    pricing = {"recurringPerUnit": {"listPrice": 120, "quantity": 10}}
    plan = plan_override(catalog, "Seats", pricing, chargeNumber="C-1", uniqueToken="charge") | {"uniqueToken": "plan"}
    plans = [plan, plan_override(catalog, "Setup", chargeNumber="C-2"), plan_override(catalog, "Calls")]
    entry = subscription(catalog, "S-1", subscribeToRatePlans=plans, terms=termed(period=36))
    for (start, _), quantity in zip(YEARS[1:], (20, 30), strict=True):
        charge = {"uniqueToken": "charge", "pricing": {"recurringPerUnit": {"quantity": quantity}}}
        entry["orderActions"].append(act("UpdateProduct", {"uniqueToken": "plan", "chargeUpdates": [charge]}, start))
    return entry | {"ramp": {"name": "Three years", "intervals": intervals(*YEARS)} | ramp}


@pytest.fixture
def sold(zuora: ZuoraClient, account: Body, catalog: Catalog) -> Body:
    """The answer to the order of the deal."""
    answer: Body = zuora.call("POST", "/v1/orders", order(account, deal(catalog), orderNumber="O-1"))
    assert answer["success"], answer
    return answer


def amend(zuora: ZuoraClient, account: Body, ramp: Body, *actions: Body) -> Body:
    body = change(account, "S-1", *(actions or [act("TermsAndConditions", {"autoRenew": True})]), orderNumber="O-2")
    body["subscriptions"][0]["ramp"] = ramp
    answer: Body = zuora.call("POST", "/v1/orders", body)
    return answer


def code(answer: Body) -> int:
    return int(answer["reasons"][0]["code"])


def test_a_deal_that_ramps_up(zuora: ZuoraClient, sold: Body) -> None:
    assert sold["ramps"] == [{"rampNumber": "R-00000001", "subscriptionNumber": "S-1"}]
    now = read(zuora, "S-1")
    assert segments({"ratePlans": now["ratePlans"][:1]}, "quantity") == [
        ("2026-02-01", "2027-02-01", 10),
        ("2027-02-01", "2028-02-01", 20),
        ("2028-02-01", END, 30),
    ]
    assert fields(now["ramp"], "number", "name") == ("R-00000001", "Three years")
    assert [fields(item, "name", "startDate", "endDate") for item in now["ramp"]["intervals"]] == [
        (f"Year {at}", *span) for at, span in enumerate(YEARS, 1)
    ]
    # Charges of usage are no part of a ramp.
    assert now["ramp"]["charges"] == [{"chargeNumber": "C-1"}, {"chargeNumber": "C-2"}]
    shown = zuora.call("GET", "/v1/orders/O-1")["order"]["subscriptions"][0]["ramp"]
    assert shown == now["ramp"] | {"subscriptionNumber": "S-1"}
    assert zuora.call("GET", "/v1/ramps/R-00000001")["ramp"] == shown
    assert zuora.call("GET", "/v1/subscriptions/S-1/ramps")["ramps"] == [shown]
    row = zuora.call("GET", "/object-query/subscriptions/S-1")
    assert row["rampId"] == shown["id"]


@pytest.mark.usefixtures("sold")
def test_a_ramp_is_made_longer_with_its_term_and_taken_away(zuora: ZuoraClient, account: Body) -> None:
    longer = {"lastTerm": {"termType": "TERMED", "period": 48, "periodType": "Month"}}
    four = intervals(*YEARS, ("2029-02-01", "2030-01-31"))
    assert code(amend(zuora, account, {"intervals": four})) == 53100030
    assert amend(zuora, account, {"intervals": four}, act("TermsAndConditions", longer))["success"]
    ramp = read(zuora, "S-1")["ramp"]
    assert (ramp["number"], len(ramp["intervals"])) == ("R-00000001", 4)
    assert len(read(zuora, "S-1", 1)["ramp"]["intervals"]) == 3
    send(zuora, change(account, "S-1", act("TermsAndConditions", {"autoRenew": True})))
    assert read(zuora, "S-1")["ramp"]["id"] == ramp["id"]
    gone = change(account, "S-1", act("TermsAndConditions", {"autoRenew": False}))
    gone["subscriptions"][0]["ramp"] = {"delete": True}
    number = send(zuora, gone)

    assert "ramp" not in read(zuora, "S-1")
    assert zuora.call("GET", "/v1/subscriptions/S-1/ramps")["ramps"] == []
    assert code(zuora.call("POST", "/v1/orders", gone)) == 53100030
    assert zuora.call("DELETE", f"/v1/orders/{number}")["success"]
    assert read(zuora, "S-1")["ramp"]["number"] == "R-00000001"


@pytest.mark.usefixtures("sold")
def test_a_ramp_goes_with_its_order(zuora: ZuoraClient, tenant: Tenant) -> None:
    assert zuora.call("DELETE", "/v1/orders/O-1")["success"]

    assert not list(tenant.store.rows("ramp"))
    assert code(zuora.call("GET", "/v1/ramps/R-00000001")) == 50000040


@pytest.mark.parametrize(
    ("ramp", "category"),
    [
        ({"intervals": []}, 22),
        ({"intervals": intervals(YEARS[0], YEARS[2])}, 30),
        ({"intervals": intervals(YEARS[0], ("2027-01-31", "2029-01-31"))}, 30),
        ({"intervals": intervals(("2027-02-01", "2026-02-01"))}, 30),
        ({"intervals": intervals(("2026-01-01", "2027-01-31"))}, 30),
        ({"intervals": intervals(("2026-02-01", "2029-02-01"))}, 30),
        ({"charges": [{}]}, 20),
        ({"charges": [{"chargeNumber": "C-1", "uniqueToken": "charge"}]}, 20),
        ({"charges": [{"chargeNumber": "C-9"}]}, 40),
        ({"charges": [{"uniqueToken": "plan"}]}, 40),
        ({"delete": True}, 30),
    ],
)
def test_a_ramp_that_is_none(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant, ramp: Body, category: int
) -> None:
    answer = zuora.call("POST", "/v1/orders", order(account, deal(catalog, **ramp)))

    assert code(answer) == 53100000 + category
    assert not list(tenant.store.rows("ramp"))
    assert not list(tenant.store.rows("subscription"))


def test_charges_of_a_ramp_can_be_named(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    send(zuora, order(account, deal(catalog, charges=[{"uniqueToken": "charge"}])))

    assert read(zuora, "S-1")["ramp"]["charges"] == [{"chargeNumber": "C-1"}]


def test_an_evergreen_subscription_has_no_ramp(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    terms = {"initialTerm": {"startDate": "2026-02-01", "termType": "EVERGREEN"}, "autoRenew": False}
    entry = subscription(catalog, terms=terms) | {"ramp": {"intervals": intervals(*YEARS)}}

    assert code(zuora.call("POST", "/v1/orders", order(account, entry))) == 53100030


def test_a_draft_shows_the_ramp_that_it_plans(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    body = order(account, deal(catalog, charges=[{"uniqueToken": "charge"}]), status="Draft", orderNumber="D-1")
    send(zuora, body)
    shown = zuora.call("GET", "/v1/orders/D-1")["order"]["subscriptions"][0]["ramp"]
    assert (shown["name"], len(shown["intervals"])) == ("Three years", 3)
    zuora.call("PUT", "/v1/orders/D-1/activate")

    assert zuora.call("GET", "/v1/orders/D-1")["order"]["subscriptions"][0]["ramp"]["charges"] == [
        {"chargeNumber": "C-1"}
    ]


def test_no_ramps_without_the_feature(zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant) -> None:
    tenant.configure({"ramps": False})

    assert code(zuora.call("POST", "/v1/orders", order(account, deal(catalog)))) == 53100010
    assert code(zuora.call("GET", "/v1/ramps/R-00000001")) == 50000010
    assert code(zuora.call("GET", "/v1/subscriptions/S-1/ramps")) == 50000010
