"""Usage charges and tiers of all charge types, from the catalog through an order to every read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import ONE_TIME, Body, charge_body, make_charge, make_plan, make_product, tiers
from tests.sandbox.zuora.conftest import ZuoraClient, zoql
from tests.sandbox.zuora.ordering import order, termed
from tests.zuora_schema import check_request

RESOURCES = ("auth", "accounts", "orders", "subscriptions", "catalog", "zoql", "object_query")

PLACEHOLDER = tiers({"Currency": "USD", "Price": 0, "StartingUnit": 0, "EndingUnit": 1})
ONE_PRICE = tiers({"Currency": "USD", "Price": Decimal("0.5")})
USAGE: Body = {"ChargeType": "Usage", "DefaultQuantity": 1, "UOM": "API Call"}


@pytest.fixture
def product(zuora: ZuoraClient) -> str:
    return make_product(zuora)


def charge_of(zuora: ZuoraClient, product: str, model: str, name: str = "Calls", **changes: Any) -> tuple[str, str]:
    """Ids of a plan and its only charge; tiered models have the placeholder tier."""
    data = PLACEHOLDER if model in {"Tiered Pricing", "Volume Pricing"} else ONE_PRICE
    plan = make_plan(zuora, product, Name=f"{name} {model}")
    fields = {**USAGE, "Name": name, "ChargeModel": model, "ProductRatePlanChargeTierData": data, **changes}
    return plan, make_charge(zuora, plan, **fields)


def tier(number: int, start: Any, end: Any = None, price: Any = 1, kind: str = "PerUnit", **more: Any) -> Body:
    body = {"tier": number, "startingUnit": start, "price": price, "priceFormat": kind, **more}
    return body if end is None else {**body, "endingUnit": end}


def subscribed(plan: tuple[str, str], pricing: Body | None = None) -> Body:
    override: Body = {"productRatePlanChargeId": plan[1], **({"pricing": pricing} if pricing else {})}
    return {"productRatePlanId": plan[0], "chargeOverrides": [override]}


def placed(account: Body, *plans: Body) -> Body:
    create = {"subscriptionNumber": "SUB-1", "terms": termed(), "subscribeToRatePlans": list(plans)}
    return order(account, {"orderActions": [{"type": "CreateSubscription", "createSubscription": create}]})


def send(zuora: ZuoraClient, body: Body) -> Body:
    answer: Body = zuora.json("POST", "/v1/orders", body).json()
    return answer


def refusal(zuora: ZuoraClient, body: Body) -> tuple[int, str]:
    response = zuora.json("POST", "/v1/orders", body)
    answer = response.json()
    assert answer["success"] is False, answer
    [reason] = answer["reasons"]
    assert response.status_code == (400 if reason["code"] % 100 == 21 else 200)
    return reason["code"] % 100, reason["message"]


def charges(zuora: ZuoraClient) -> list[Body]:
    read = zuora.call("GET", "/v1/subscriptions/SUB-1")
    return [charge for plan in read["ratePlans"] for charge in plan["ratePlanCharges"]]


@pytest.mark.parametrize("model", ["Tiered Pricing", "Volume Pricing", "Per Unit Pricing", "Flat Fee Pricing"])
def test_a_usage_charge_of_each_model(
    zuora: ZuoraClient, account: Body, product: str, model: str, tenant: Tenant
) -> None:
    plan = charge_of(zuora, product, model)
    stored = zuora.call("GET", f"/v1/object/product-rate-plan-charge/{plan[1]}")
    assert (stored["ChargeType"], stored["ChargeModel"], stored["UOM"]) == ("Usage", model, "API Call")
    assert (stored["DefaultQuantity"], stored["RatingGroup"]) == (1, "ByBillingPeriod")
    assert send(zuora, placed(account, subscribed(plan)))["success"] is True
    [charge] = charges(zuora)
    assert (charge["type"], charge["quantity"], charge["uom"]) == ("Usage", None, "API Call")
    assert charge["ratingGroup"] == "ByBillingPeriod"
    [row] = tenant.store.find("ratePlanChargeTier")
    assert row["currency"] == "USD"


@pytest.mark.parametrize(("model", "key"), [("Tiered Pricing", "usageTiered"), ("Volume Pricing", "usageVolume")])
def test_tiers_are_read_back_exactly(zuora: ZuoraClient, account: Body, product: str, model: str, key: str) -> None:
    plan = charge_of(zuora, product, model, UOM="GB")
    given = [
        tier(1, 0, Decimal("184.99"), Decimal("0.123456789")),
        tier(2, 185, 999, Decimal("12.50"), "FlatFee"),
        tier(3, Decimal("999.01"), price=Decimal("0.1")),
    ]
    body = placed(account, subscribed(plan, {key: {"tiers": given, "ratingGroup": "ByUsageStartDate"}}))
    check_request("POST", "/v1/orders", body)
    number = send(zuora, body)["orderNumber"]

    [charge] = charges(zuora)
    assert [{name: value for name, value in item.items() if value is not None} for item in charge["tiers"]] == given
    assert (charge["price"], charge["ratingGroup"]) == (None, "ByUsageStartDate")
    [entry] = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"]
    [shown] = entry["orderActions"][0]["createSubscription"]["subscribeToRatePlans"]
    assert shown["chargeOverrides"][0]["pricing"][key]["tiers"] == given
    path = f"/object-query/rate-plan-charge-tiers?filter[]=ratePlanChargeId.EQ:{charge['id']}&sort[]=id.ASC"
    rows = sorted(zuora.call("GET", path)["data"], key=lambda row: row["tier"])
    assert [row["price"] for row in rows] == [item["price"] for item in given]
    fields = "Tier, StartingUnit, EndingUnit, Price, PriceFormat, Currency"
    text = zoql(fields, "RatePlanChargeTier", f"RatePlanChargeId = '{charge['id']}'")
    found = zuora.call("POST", "/v1/action/query", {"queryString": text})["records"]
    [second] = [record for record in found if record["Tier"] == 2]
    assert (second["StartingUnit"], second["EndingUnit"], second["PriceFormat"]) == (185, 999, "Flat Fee")
    assert "EndingUnit" not in next(record for record in found if record["Tier"] == 3)


@pytest.mark.parametrize("last", [None, -1, 999], ids=["open", "minus one", "closed"])
def test_the_last_tier_may_be_open_or_closed(zuora: ZuoraClient, account: Body, product: str, last: int | None) -> None:
    plan = charge_of(zuora, product, "Tiered Pricing")
    chain = [tier(1, 0, 184), tier(2, 185, last)]
    assert send(zuora, placed(account, subscribed(plan, {"usageTiered": {"tiers": chain}})))["success"] is True
    assert charges(zuora)[0]["tiers"][-1]["endingUnit"] == (999 if last == 999 else None)


REFUSED_TIERS: dict[str, tuple[list[Body], int, str]] = {
    "gap": ([tier(1, 0, 10), tier(2, 12)], 20, "starts at 12"),
    "overlap": ([tier(1, 0, 10), tier(2, 10)], 20, "ends at 10"),
    "numbered from 0": ([tier(0, 0, 10), tier(1, 11)], 20, "numbered from 1"),
    "does not start at 0": ([tier(1, 5)], 20, "must start at 0"),
    "open in the middle": ([tier(1, 0), tier(2, 11)], 22, "endingUnit"),
    "ends before it starts": ([tier(1, 0, 10), tier(2, 11, 9)], 20, "before startingUnit"),
    "decimals of a bound": ([tier(1, 0, Decimal("10.5"))], 20, "decimal places than the unit"),
    "decimals of a start": ([tier(1, 0, 10), tier(2, Decimal("10.5"))], 20, "decimal places than the unit"),
    "decimals of a price": ([tier(1, 0, price=Decimal("0.1234567891"))], 20, "more than 9"),
    "without price": ([{"tier": 1, "startingUnit": 0, "priceFormat": "PerUnit"}], 22, "price"),
    "price format": ([tier(1, 0, kind="Per Unit")], 20, "PerUnit"),
    "negative bound": ([tier(1, -1, 5)], 20, "must start at 0"),
    "cap without the feature": ([tier(1, 0, cap=5)], 21, "cap"),
}


@pytest.mark.parametrize("case", REFUSED_TIERS)
def test_refused_tiers(zuora: ZuoraClient, account: Body, product: str, case: str) -> None:
    chain, category, words = REFUSED_TIERS[case]
    plan = charge_of(zuora, product, "Tiered Pricing")
    found = refusal(zuora, placed(account, subscribed(plan, {"usageTiered": {"tiers": chain}})))
    assert found[0] == category
    assert words in found[1]


@pytest.mark.parametrize(
    ("pricing", "category", "words"),
    [
        ({"usageTiered": {"tiers": [tier(1, 0)], "quantity": 1}}, 21, "quantity"),
        ({"usageTiered": {"tiers": [tier(1, 0)], "listPriceBase": "Per_Month"}}, 21, "listPriceBase"),
        ({"usageVolume": {"tiers": [tier(1, 0)]}}, 20, "Usage Tiered"),
        ({"recurringTiered": {"tiers": [tier(1, 0)]}}, 20, "Usage Tiered"),
        ({"usageTiered": {"tiers": [tier(1, 0)], "uom": "Barrel"}}, 20, "Barrel"),
        ({"usageTiered": {"tiers": [tier(1, 0)], "ratingGroup": "ByMood"}}, 20, "ratingGroup"),
    ],
)
def test_refused_pricing(
    zuora: ZuoraClient, account: Body, product: str, pricing: Body, category: int, words: str
) -> None:
    plan = charge_of(zuora, product, "Tiered Pricing")
    found = refusal(zuora, placed(account, subscribed(plan, pricing)))
    assert found[0] == category
    assert words in found[1]


def test_bounds_follow_the_unit_of_the_override(zuora: ZuoraClient, account: Body, product: str) -> None:
    plan = charge_of(zuora, product, "Tiered Pricing")
    chain = [tier(1, 0, Decimal("9.99")), tier(2, 10)]
    body = placed(account, subscribed(plan, {"usageTiered": {"tiers": chain, "uom": "GB"}}))
    assert send(zuora, body)["success"] is True
    assert charges(zuora)[0]["uom"] == "GB"


def test_several_usage_plans_and_one_plan_twice(zuora: ZuoraClient, account: Body, product: str) -> None:
    first, second = charge_of(zuora, product, "Tiered Pricing"), charge_of(zuora, product, "Volume Pricing", "Storage")
    plans = [
        subscribed(first, {"usageTiered": {"tiers": [tier(1, 0, price=1)]}}),
        subscribed(second, {"usageVolume": {"tiers": [tier(1, 0, price=2)]}}),
        subscribed(first, {"usageTiered": {"tiers": [tier(1, 0, price=3)]}}),
    ]
    assert send(zuora, placed(account, *plans))["success"] is True
    read = zuora.call("GET", "/v1/subscriptions/SUB-1")["ratePlans"]
    assert [plan["productRatePlanId"] for plan in read] == [first[0], second[0], first[0]]
    assert [charge["tiers"][0]["price"] for charge in charges(zuora)] == [1, 2, 3]
    assert len({charge["number"] for charge in charges(zuora)}) == 3


def test_a_cap_is_kept_when_the_tenant_has_capping(
    zuora: ZuoraClient, account: Body, product: str, tenant: Tenant
) -> None:
    tenant.configure({"chargeModifiers": True})
    plan = charge_of(zuora, product, "Tiered Pricing")
    chain = [tier(1, 0, 10, cap=Decimal("7.25")), tier(2, 11)]
    number = send(zuora, placed(account, subscribed(plan, {"usageTiered": {"tiers": chain}})))["orderNumber"]
    [plan_read] = zuora.json("GET", "/v1/subscriptions/SUB-1").json()["ratePlans"]
    first, second = plan_read["ratePlanCharges"][0]["tiers"]
    assert first["cap"] == 7.25
    assert "cap" not in second
    shown = zuora.json("GET", f"/v1/orders/{number}").text
    assert '"cap":7.25' in shown


@pytest.mark.parametrize(("cap", "words"), [(-1, "at least 0"), ("5", "number")])
def test_refused_caps(zuora: ZuoraClient, account: Body, product: str, tenant: Tenant, cap: Any, words: str) -> None:
    tenant.configure({"chargeModifiers": True})
    plan = charge_of(zuora, product, "Tiered Pricing")
    found = refusal(zuora, placed(account, subscribed(plan, {"usageTiered": {"tiers": [tier(1, 0, cap=cap)]}})))
    assert found[0] == 20
    assert words in found[1]


def test_only_usage_is_capped(zuora: ZuoraClient, account: Body, product: str, tenant: Tenant) -> None:
    tenant.configure({"chargeModifiers": True})
    plan = charge_of(zuora, product, "Tiered Pricing", ChargeType="Recurring", UOM="Each")
    pricing = {"recurringTiered": {"tiers": [tier(1, 0, cap=1)], "quantity": 2}}
    assert refusal(zuora, placed(account, subscribed(plan, pricing)))[1].endswith("cannot have a cap.")


@pytest.mark.parametrize("kind", ["OneTime", "Recurring"])
@pytest.mark.parametrize("model", ["Tiered", "Volume"])
def test_tiers_of_one_time_and_recurring_charges(
    zuora: ZuoraClient, account: Body, product: str, kind: str, model: str
) -> None:
    changes = ONE_TIME if kind == "OneTime" else {"ChargeType": "Recurring"}
    plan = charge_of(zuora, product, f"{model} Pricing", UOM="Each", **changes)
    blocks = [tier(1, 0, 10, 100, "FlatFee"), tier(2, 11, 50, 400, "FlatFee"), tier(3, 51, price=7)]
    key = f"{kind[0].lower()}{kind[1:]}{model}"
    body = placed(account, subscribed(plan, {key: {"tiers": blocks, "quantity": 20}}))
    check_request("POST", "/v1/orders", body)
    assert send(zuora, body)["success"] is True
    [charge] = charges(zuora)
    assert (charge["type"], charge["model"], charge["quantity"]) == (kind, model, 20)
    assert [item["priceFormat"] for item in charge["tiers"]] == ["FlatFee", "FlatFee", "PerUnit"]


def test_a_catalog_charge_with_fine_bounds_is_refused(zuora: ZuoraClient, product: str) -> None:
    plan = make_plan(zuora, product)
    for bad, words in (
        ({"Price": 1, "StartingUnit": 0, "EndingUnit": Decimal("0.5")}, "decimal places than the unit"),
        ({"Price": Decimal("0.1234567891"), "StartingUnit": 0, "EndingUnit": 1}, "more than 9"),
    ):
        fields = {**USAGE, "ChargeModel": "Tiered Pricing", "ProductRatePlanChargeTierData": tiers(bad)}
        response = zuora.json("POST", "/v1/object/product-rate-plan-charge", charge_body(plan, **fields))
        assert response.status_code == 400
        [error] = response.json()["Errors"]
        assert error["Code"] == "INVALID_VALUE"
        assert words in error["Message"]
