"""Adoption over both systems of the sandbox: contracts that people entered in Zuora by hand get their ids."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from cpqbridge.sync.adoption.adopter import Adopter, Adoption, open_adopter
from cpqbridge.sync.adoption.csv_file import Line
from cpqbridge.sync.adoption.result import AdoptionResult
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line as Sale

TODAY = date(2026, 7, 1)


def adopt(both: Both, *accounts: str, write: bool = False, **more: Any) -> Adoption:
    return working(both, write, lambda adopter: adopter.accounts(accounts, **more))


def working(both: Both, write: bool, work: Any) -> Adoption:
    async def go() -> Adoption:
        settings = both.settings()
        async with open_adopter(settings, write=write, watch=both.exchanges.append, today=TODAY) as adopter:
            assert isinstance(adopter, Adopter)
            done: Adoption = await work(adopter)
            return done

    return asyncio.run(go())


def sync(both: Both, *numbers: str) -> list[SyncResult]:
    async def go() -> list[SyncResult]:
        async with both.service() as service:
            return await service.orders(numbers)

    return asyncio.run(go())


def by_hand(both: Both, order: str, **names: str) -> None:
    """Leave an order's subscriptions in Zuora as people would have entered them: without ids, under other numbers."""
    [result] = sync(both, order)
    assert result.outcome is Outcome.SYNCED, result.reasons
    store = both.sandbox.tenant.store
    for number in result.zuora["subscriptions"]:
        for row in store.find("subscription", name=number):
            for plan in store.find("ratePlan", subscriptionId=row["id"]):
                store.update("ratePlan", plan["id"], {"externallyManagedPlanId": None})
            store.update("subscription", row["id"], {"name": names.get("name", number)})


def outcomes(adoption: Adoption) -> list[tuple[str | None, str | None, str | None]]:
    return [(_outcome(one), one.match.by if one.match else None, _code(one)) for one in adoption.results]


def _outcome(one: AdoptionResult) -> str | None:
    return one.result.outcome.value if one.result.outcome else "planned"


def _code(one: AdoptionResult) -> str | None:
    return one.result.reasons[0].code if one.result.reasons else None


def carried(both: Both) -> dict[str, list[str | None]]:
    """Return the ids that rate plans of the latest versions carry, by subscription."""
    store = both.sandbox.tenant.store
    found: dict[str, list[str | None]] = {}
    for row in store.rows("subscription"):
        if row["isLatestVersion"]:
            plans = store.find("ratePlan", subscriptionId=row["id"])
            found[row["name"]] = [plan.get("externallyManagedPlanId") for plan in plans]
    return found


def items(both: Both, order: str) -> list[str]:
    [row] = both.world.org.store.find("Order", "OrderNumber", order)
    return [item["Id"] for item in both.world.org.store.find("OrderItem", "OrderId", row["Id"])]


def test_a_contract_is_found_by_its_number_shown_written_and_then_there(both: Both) -> None:
    account = both.world.account()
    order = both.world.order(account, [Sale(both.world.product(), 10)])
    by_hand(both, order)
    before = len(both.writes())
    shown = adopt(both, account)
    assert outcomes(shown) == [("planned", "number", None)]
    assert len(both.writes()) == before
    written = adopt(both, account, write=True)
    assert outcomes(written) == [("synced", "number", None)]
    [call] = both.writes()[before:]
    [key] = items(both, order)
    assert call["path"] == "/v1/action/update"
    assert [one["ExternallyManagedPlanId"] for one in call["body"]["objects"]] == [key]
    assert list(carried(both).values()) == [[key]]
    assert outcomes(adopt(both, account, write=True)) == [("unchanged", "link", None)]
    assert len(both.writes()) == before + 1


def test_a_contract_is_found_by_product_and_dates(both: Both) -> None:
    account = both.world.account()
    seats, storage = both.world.product(), both.world.product("Storage")
    order = both.world.order(account, [Sale(seats, 10), Sale(storage, 3)])
    by_hand(both, order)
    for number, row in enumerate(list(both.sandbox.tenant.store.rows("subscription"))):
        both.sandbox.tenant.store.update("subscription", row["id"], {"name": f"A-S{number}"})
    assert outcomes(adopt(both, account, write=True)) == [("synced", "product and dates", None)] * 2
    assert sorted(key for keys in carried(both).values() for key in keys if key) == sorted(items(both, order))


def test_two_that_look_alike_are_left_to_a_person(both: Both) -> None:
    account = both.world.account()
    seats = both.world.product()
    orders = [both.world.order(account, [Sale(seats, 10)]) for _ in range(2)]
    for number, order in enumerate(orders):
        by_hand(both, order, name=f"A-S{number}")
    held = adopt(both, account, write=True)
    assert outcomes(held) == [("held", "product and dates", "CPQ-440")] * 2
    assert all("A-S0" in one.result.reasons[0].message for one in held.results)
    names = [one.result.record for one in held.results]
    lines = [Line(2, names[0], "A-S1"), Line(3, names[1], "A-S0")]
    done = working(both, True, lambda adopter: adopter.named(lines))
    assert outcomes(done) == [("synced", "csv", None)] * 2
    assert carried(both) == {"A-S1": items(both, orders[0]), "A-S0": items(both, orders[1])}


@pytest.mark.parametrize(
    ("row", "changes", "what"),
    [
        ("ratePlanCharge", {"quantity": 12}, "quantity on 2026-07-01 12 instead of 10"),
        ("subscription", {"subscriptionStartDate": "2026-03-01"}, "start 2026-03-01 instead of 2026-02-01"),
        ("subscription", {"status": "Cancelled"}, "status Cancelled"),
        ("ratePlan", {"externallyManagedPlanId": "something else"}, "externally managed plan id something else"),
        ("account", {"crmId": None}, "CRM id empty"),
    ],
    ids=["quantity", "start", "status", "id", "account"],
)
def test_what_does_not_fit_is_not_linked(both: Both, row: str, changes: dict[str, Any], what: str) -> None:
    account = both.world.account()
    by_hand(both, both.world.order(account, [Sale(both.world.product(), 10)]))
    store = both.sandbox.tenant.store
    [found] = store.rows(row)
    store.update(row, found["id"], changes)
    for charge in list(store.rows("ratePlanCharge")) if "subscriptionStartDate" in changes else ():
        store.update("ratePlanCharge", charge["id"], {"effectiveStartDate": changes["subscriptionStartDate"]})
    held = adopt(both, account, write=True)
    assert outcomes(held) == [("held", "number", "CPQ-441")]
    assert what in held.results[0].result.reasons[0].message


def test_amendments_that_zuora_lacks_are_named(both: Both) -> None:
    account = both.world.account()
    order = both.world.order(account, [Sale(both.world.product(), 10)])
    by_hand(both, order)
    contract = both.world.contract(order)
    first = both.world.amend(contract, "2026-06-01", {"product": "Seat", "quantity": 12})
    second = both.world.amend(contract, "2026-09-01", {"product": "Seat", "quantity": 20})
    [shown] = adopt(both, account).results
    assert (_outcome(shown), shown.as_dict()["missingOrders"]) == ("planned", [first, second])
    [charge] = both.sandbox.tenant.store.rows("ratePlanCharge")
    both.sandbox.tenant.store.update("ratePlanCharge", charge["id"], {"quantity": 12})
    [shown] = adopt(both, account).results
    assert (_outcome(shown), shown.as_dict()["missingOrders"]) == ("planned", [second])
    both.sandbox.tenant.store.update("ratePlanCharge", charge["id"], {"quantity": 20})
    assert outcomes(adopt(both, account)) == [("held", "number", "CPQ-441")]


def test_a_renewed_contract_keeps_the_id_of_its_first_sale(both: Both) -> None:
    account = both.world.account()
    order = both.world.order(account, [Sale(both.world.product(), 10)], start="2025-02-01", end="2026-01-31")
    by_hand(both, order)
    renewal = both.world.renew(both.world.contract(order))
    [result] = (adoption := adopt(both, account, write=True)).results
    assert outcomes(adoption) == [("synced", "number", None)]
    assert list(carried(both).values()) == [items(both, order)]
    assert result.result.record != renewal
    by_renewal = working(both, False, lambda adopter: adopter.orders([renewal]))
    assert outcomes(by_renewal) == [("unchanged", "link", None)]


def test_usage_gets_the_ids_of_its_schedules(both: Both) -> None:
    account, traffic = both.world.account(), both.world.usage_product()
    both.world.schedule(traffic, "Data")
    both.world.schedule(traffic, "Calls", unit="API Call", type="Range")
    order = both.world.order(account, [Sale(traffic)])
    by_hand(both, order, name="OLD-1")
    done = adopt(both, account, write=True)
    assert outcomes(done) == [("synced", "product and dates", None)]
    schedules = both.world.org.store.find(
        "SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", items(both, order)[0]
    )
    assert sorted(carried(both)["OLD-1"]) == sorted(row["Id"] for row in schedules)


def test_what_zuora_has_not(both: Both) -> None:
    account = both.world.account()
    order = both.world.order(account, [Sale(both.world.product(), 10)])
    nowhere = adopt(both, account)
    assert outcomes(nowhere) == [("held", None, "CPQ-419")]
    assert "CRM id" in nowhere.results[0].result.reasons[0].message
    other = both.world.order(account, [Sale(both.world.product("Other"), 1)])
    sync(both, other)
    held = adopt(both, account)
    assert sorted(outcomes(held)) == [("held", None, "CPQ-419"), ("unchanged", "link", None)]
    assert f"sync its order {order}" in next(r for one in held.results for r in one.result.reasons).remedy


def test_what_has_ended_without_counterpart_is_left_out(both: Both) -> None:
    account = both.world.account()
    seats = both.world.product()
    old = both.world.order(account, [Sale(seats, 10)], start="2024-02-01", end="2025-01-31")
    by_hand(both, both.world.order(account, [Sale(seats, 10)]))
    adoption = adopt(both, account)
    assert (outcomes(adoption), adoption.ended) == ([("planned", "number", None)], 1)
    assert outcomes(working(both, False, lambda adopter: adopter.orders([old]))) == [("held", None, "CPQ-419")]


def test_all_accounts(both: Both) -> None:
    seats = both.world.product()
    for name in ("Acme", "Bolt"):
        by_hand(both, both.world.order(both.world.account(name), [Sale(seats, 10)]))
    both.world.account("Nobody")
    assert outcomes(adopt(both, everything=True, write=True)) == [("synced", "number", None)] * 2


def test_what_is_named_and_not_there(both: Both) -> None:
    account = both.world.account()
    waiting = both.world.order(account, [Sale(both.world.product(), 10)], contracted=False)
    done = working(both, True, lambda adopter: adopter.orders([waiting, "99999999"]))
    assert outcomes(done) == [("failed", None, "CPQ-419"), ("waiting", None, "CPQ-502")]
    lines = [Line(2, "SUB-9999999", "A-S1")]
    assert outcomes(working(both, True, lambda adopter: adopter.named(lines))) == [("failed", None, "CPQ-419")]
    assert outcomes(adopt(both, "001000000000000AAA")) == [("failed", None, "CPQ-419")]


def many(both: Both, count: int) -> str:
    account = both.world.account()
    products = [both.world.product(f"Seat {number}") for number in range(count)]
    by_hand(both, both.world.order(account, [Sale(product, 10) for product in products]))
    return account


def updates(both: Both) -> list[Sequence[Any]]:
    return [one["body"]["objects"] for one in both.writes() if one["path"] == "/v1/action/update"]


def test_fifty_go_in_one_call(both: Both) -> None:
    account = many(both, 53)
    assert outcomes(adopt(both, account, write=True)) == [("synced", "number", None)] * 53
    assert [len(objects) for objects in updates(both)] == [50, 3]


def test_a_lost_answer_is_no_failure(both: Both) -> None:
    account = many(both, 2)
    both.fault("drop_response", path="/v1/action/update")
    assert outcomes(adopt(both, account, write=True)) == [("synced", "number", None)] * 2
    assert outcomes(adopt(both, account)) == [("unchanged", "link", None)] * 2


def test_a_refusal_stops_only_what_it_is_about(both: Both) -> None:
    account = many(both, 3)
    refusal = [{"Success": False, "Errors": [{"Code": "INVALID_VALUE", "Message": "no"}]}]
    both.fault("status", path="/v1/action/update", times=2, status=200, body=refusal)
    done = adopt(both, account, write=True)
    assert [one[0] for one in outcomes(done)] == ["failed", "synced", "synced"]
    assert outcomes(adopt(both, account, write=True)) == [
        ("synced", "number", None),
        ("unchanged", "link", None),
        ("unchanged", "link", None),
    ]


def test_what_has_sold_no_subscriptions(both: Both) -> None:
    account = both.world.account()
    order = both.world.order(account, [Sale(both.world.product("Device", subscription=False))])
    assert outcomes(adopt(both, account, write=True)) == [("unchanged", None, None)]
    assert outcomes(working(both, True, lambda adopter: adopter.orders([order]))) == [("unchanged", None, None)]


def test_an_amendment_made_in_between_is_noticed(both: Both) -> None:
    account = many(both, 1)
    store = both.sandbox.tenant.store
    [plan] = store.rows("ratePlan")

    async def go() -> Adoption:
        async with open_adopter(both.settings(), write=True, today=TODAY) as adopter:
            assert adopter._linker is not None
            send = adopter._linker._client.send

            async def amending(method: str, path: str, **more: Any) -> Any:
                answer = await send(method, path, **more)
                if path == "/v1/action/update":
                    store.update("ratePlan", plan["id"], {"externallyManagedPlanId": None})
                return answer

            adopter._linker._client.send = amending
            return await adopter.accounts([account])

    assert outcomes(asyncio.run(go())) == [("failed", "number", "CPQ-105")]


def test_a_csv_file_names_order_products_and_schedules(both: Both) -> None:
    account, traffic = both.world.account(), both.world.usage_product()
    both.world.schedule(traffic, "Data")
    order = both.world.order(account, [Sale(traffic), Sale(both.world.product())])
    by_hand(both, order, name="OLD-1")
    org = both.world.org.store
    items = {row["Product2Id"]: row["Id"] for row in org.find("OrderItem", "OrderId", _id(both, order))}
    usage = items.pop(traffic)
    [schedule] = org.find("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", usage)
    store = both.sandbox.tenant.store
    for number, row in enumerate(sorted(store.rows("subscription"), key=lambda row: str(row["id"]))):
        store.update("subscription", row["id"], {"name": f"OLD-{number}"})
    names = {
        charge["chargeType"]: store.get("subscription", store.get("ratePlan", charge["ratePlanId"])["subscriptionId"])
        for charge in store.rows("ratePlanCharge")
    }
    lines = [
        Line(2, str(schedule["Id"]), names["Usage"]["name"]),
        Line(3, next(iter(items.values())), names["Recurring"]["name"]),
    ]
    done = working(both, True, lambda adopter: adopter.named(lines))
    assert outcomes(done) == [("synced", "csv", None)] * 2


def _id(both: Both, order: str) -> str:
    [row] = both.world.org.store.find("Order", "OrderNumber", order)
    return str(row["Id"])
