"""The client against the sandbox's tenant over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from cpqbridge.errors import (
    CallForHelp,
    CpqBridgeError,
    FixConfiguration,
    FixData,
    RetryLater,
    SignInRefused,
)
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.transport.exchange import Exchange
from cpqbridge.zuora import lookups
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.connection import ZuoraConnection
from cpqbridge.zuora.refusals import NotFound
from tests.transport.systems import FAST, order_faults, requests, writes, zuora

T = TypeVar("T")


@pytest.fixture(scope="module")
def box() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as running:
        yield running


@pytest.fixture
def tenant(box: LocalSandbox) -> LocalSandbox:
    """The tenant without orders for failure left over."""
    order_faults(box.zuora_url)
    return box


def run(box: LocalSandbox, work: Callable[[ZuoraClient], Awaitable[T]], connection: ZuoraConnection | None = None) -> T:
    async def story() -> T:
        async with ZuoraClient(connection or zuora(box), FAST) as client:
            return await work(client)

    return asyncio.run(story())


def account(crm_id: str, **changes: Any) -> dict[str, Any]:
    contact = {"firstName": "Ann", "lastName": "Lee", "country": "United States", "state": "California"}
    return {
        "name": "Acme",
        "currency": "USD",
        "billCycleDay": 1,
        "autoPay": False,
        "crmId": crm_id,
        "billToContact": contact,
        **changes,
    }


def create(crm_id: str, key: str | None = None, **changes: Any) -> Callable[[ZuoraClient], Awaitable[dict[str, Any]]]:
    async def work(client: ZuoraClient) -> dict[str, Any]:
        body = account(crm_id, **changes)
        return await client.send("POST", "/v1/accounts", body=body, idempotency_key=key)

    return work


def found(box: LocalSandbox, crm_id: str) -> list[dict[str, Any]]:
    return run(box, lambda client: lookups.accounts_by_crm_id(client, [crm_id]))


def test_an_account_is_made_and_found_by_its_key(tenant: LocalSandbox) -> None:
    made = run(tenant, create("made", "key-made"))
    rows = found(tenant, "made")
    assert [(row["Id"], row["AccountNumber"]) for row in rows] == [(made["accountId"], made["accountNumber"])]
    contacts = run(tenant, lambda client: lookups.contacts_of(client, [made["accountId"]]))
    assert [contact["LastName"] for contact in contacts] == ["Lee"]


@pytest.mark.parametrize("fault", ["drop_response", "drop_request"])
def test_a_cut_connection_doubles_nothing(tenant: LocalSandbox, fault: str) -> None:
    seen = len(requests(tenant.zuora_url))
    order_faults(tenant.zuora_url, {"match": {"method": "POST", "path": "/v1/accounts"}, "times": 1, "fault": fault})
    made = run(tenant, create(fault, f"key-{fault}"))
    assert made["success"] is True
    assert len(found(tenant, fault)) == 1
    assert writes(tenant.zuora_url, seen) == ["POST /v1/accounts"] * 2


def test_a_cut_write_without_key_is_left_to_the_caller_to_look_up(tenant: LocalSandbox) -> None:
    cut = {"match": {"method": "POST", "path": "/v1/accounts"}, "times": 1, "fault": "drop_response"}
    order_faults(tenant.zuora_url, cut)
    with pytest.raises(RetryLater) as caught:
        run(tenant, create("unkeyed"))
    assert (caught.value.code, caught.value.unknown_result) == ("CPQ-102", True)
    assert len(found(tenant, "unkeyed")) == 1


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (429, {"Retry-After": "1"}, {"reasons": [{"code": 70, "message": "API Rate limit exceeded for the minute"}]}),
        (503, {}, "<html>Service Unavailable</html>"),
        (200, {}, {"success": False, "reasons": [{"code": 58730050, "message": "locked"}]}),
    ],
)
def test_a_passing_refusal_is_repeated(tenant: LocalSandbox, status: int, headers: dict[str, str], body: Any) -> None:
    fault = {"fault": "status", "status": status, "headers": headers, "body": body, "times": 1}
    order_faults(tenant.zuora_url, {"match": {"method": "POST", "path": "/v1/accounts"}, **fault})
    key = f"passing-{status}"
    assert run(tenant, create(key, key))["success"] is True
    assert len(found(tenant, key)) == 1


def test_a_token_that_ends_is_replaced(tenant: LocalSandbox) -> None:
    async def work(client: ZuoraClient) -> Any:
        await lookups.accounts_by_crm_id(client, ["x"])
        tenant.tenant.tokens.clear()
        return await asyncio.gather(*(lookups.accounts_by_crm_id(client, [f"x{number}"]) for number in range(10)))

    seen = len(requests(tenant.zuora_url))
    assert run(tenant, work) == [[]] * 10
    assert sum(one["path"] == "/oauth/token" for one in requests(tenant.zuora_url, seen)) == 2


def test_refusals_are_told_apart(tenant: LocalSandbox) -> None:
    cases: list[tuple[Callable[[ZuoraClient], Awaitable[Any]], type[CpqBridgeError], str]] = [
        (create("x", nope=1), FixData, "CPQ-420"),
        (create("x", nope__c="1"), FixConfiguration, "CPQ-305"),
        (create("x", currency="XXX"), FixData, "CPQ-420"),
        (lambda client: client.send("GET", "/v1/orders/nope"), NotFound, "CPQ-419"),
        (lambda client: client.send("GET", "/v1/object/product/" + "0" * 32), NotFound, "CPQ-419"),
        (lambda client: client.send("POST", "/v1/object/product", body={"Name": "x"}), FixData, "CPQ-420"),
        (lambda client: client.send("GET", "/nowhere"), FixConfiguration, "CPQ-304"),
        (lambda client: client.zoql("select Id, Nope__c from Contact"), FixConfiguration, "CPQ-305"),
        (lambda client: client.zoql("select from"), CallForHelp, "CPQ-902"),
        (lambda client: client.object_query("orders", filters=["nope.EQ:1"]), CallForHelp, "CPQ-902"),
    ]
    for work, kind, code in cases:
        with pytest.raises(kind) as caught:
            run(tenant, work)
        assert caught.value.code == code
        assert caught.value.detail["request_id"]


def test_a_wrong_secret_is_refused_and_not_shown(tenant: LocalSandbox) -> None:
    with pytest.raises(SignInRefused) as caught:
        run(tenant, create("x"), replace(zuora(tenant), client_secret="wr0ng"))
    assert caught.value.code == "CPQ-201"
    assert "wr0ng" not in str(caught.value.as_dict())


def product(sku: str) -> dict[str, Any]:
    return {"Name": sku, "SKU": sku, "EffectiveStartDate": "2020-01-01", "EffectiveEndDate": "2099-01-01"}


def charge(plan_id: str) -> dict[str, Any]:
    return {
        "Name": "Fee",
        "ProductRatePlanId": plan_id,
        "ChargeModel": "Flat Fee Pricing",
        "ChargeType": "Recurring",
        "BillCycleType": "DefaultFromCustomer",
        "BillingPeriod": "Month",
        "TriggerEvent": "ContractEffective",
        "UseDiscountSpecificAccountingCode": False,
        "ProductRatePlanChargeTierData": {"ProductRatePlanChargeTier": [{"Currency": "USD", "Price": 10}]},
    }


def test_the_catalog_is_found_by_its_keys(tenant: LocalSandbox) -> None:
    async def work(client: ZuoraClient) -> Any:
        made = await client.send("POST", "/v1/object/product", body=product("O'Neill"))
        plan = {
            "Name": "Plan",
            "ProductId": made["Id"],
            "EffectiveStartDate": "2020-01-01",
            "EffectiveEndDate": "2099-01-01",
            "ExternalRatePlanIds": ["01t000000000001AAA"],
        }
        plan_id = (await client.send("POST", "/v1/object/product-rate-plan", body=plan))["Id"]
        await client.send("POST", "/v1/object/product-rate-plan-charge", body=charge(plan_id))
        return (
            plan_id,
            await lookups.products_by_sku(client, ["O'Neill", "absent"]),
            await lookups.rate_plans_by_external_id(client, ["01t000000000001AAA", "01t000000000002AAA"]),
            await lookups.charges_of_plans(client, [plan_id]),
            await lookups.plans_of_products(client, [made["Id"]]),
        )

    plan_id, products, plans, charges, rate_plans = run(tenant, work)
    assert [row["SKU"] for row in products] == ["O'Neill"]
    assert {key: [plan["id"] for plan in found] for key, found in plans.items()} == {"01t000000000001AAA": [plan_id]}
    assert [(row["ProductRatePlanId"], row["ChargeType"], row["BillingPeriod"]) for row in charges] == [
        (plan_id, "Recurring", "Month")
    ]
    assert [row["Id"] for row in rate_plans] == [plan_id]


def order(number: str, account_number: str) -> dict[str, Any]:
    line = {"itemName": "Setup", "quantity": 1, "amountPerUnit": 10, "transactionStartDate": "2026-02-01"}
    return {
        "orderNumber": number,
        "orderDate": "2026-02-01",
        "existingAccountNumber": account_number,
        "orderLineItems": [line],
    }


def test_orders_are_found_by_number_and_made_by_jobs(tenant: LocalSandbox) -> None:
    number = run(tenant, create("orders"))["accountNumber"]
    numbers = [f"ORD-{one:03}" for one in range(120)]

    async def work(client: ZuoraClient) -> Any:
        started = await client.send("POST", "/v1/async/orders", body=order(numbers[0], number), idempotency_key="job")
        job = await client.poll_job(started["jobId"])
        await asyncio.gather(
            *(client.send("POST", "/v1/orders", body=order(one, number), idempotency_key=one) for one in numbers[1:])
        )
        rows = await lookups.orders_by_number(client, [*numbers, "absent"])
        return job, rows, await lookups.get_order(client, numbers[5])

    job, rows, one = run(tenant, work)
    assert job["result"]["orderNumber"] == numbers[0]
    assert sorted(row["orderNumber"] for row in rows) == numbers
    assert one["orderNumber"] == numbers[5]


def test_a_failed_job_says_why(tenant: LocalSandbox) -> None:
    async def work(client: ZuoraClient) -> Any:
        started = await client.send("POST", "/v1/async/orders", body=order("ORD-F", "A-absent"))
        return await client.poll_job(started["jobId"])

    with pytest.raises(FixData) as caught:
        run(tenant, work)
    assert "A-absent" in caught.value.message


def test_pages_of_both_query_kinds_are_followed(tenant: LocalSandbox) -> None:
    async def work(client: ZuoraClient) -> Any:
        await asyncio.gather(*(create(f"page-{number}")(client) for number in range(5)))
        rows = await client.object_query("accounts", fields=["id"], page_size=2)
        return rows, await client.zoql("select Id from Account")

    rows, zoql = run(tenant, work)
    assert len(rows) >= 5
    assert {row["id"] for row in rows} == {row["Id"] for row in zoql}


def test_every_call_can_be_counted(tenant: LocalSandbox) -> None:
    told: list[Exchange] = []

    async def work() -> None:
        async with ZuoraClient(zuora(tenant), FAST, on_exchange=told.append) as client:
            await lookups.accounts_by_crm_id(client, ["x"])

    asyncio.run(work())
    assert [(one.system, one.path, one.reads) for one in told] == [
        ("Zuora", "/oauth/token", True),
        ("Zuora", "/v1/action/query", True),
    ]
    assert told[1].request_id
