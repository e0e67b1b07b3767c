"""The client against the sandbox's org over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from cpqbridge.errors import CpqBridgeError, FixConfiguration, FixData, SignInRefused
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.salesforce.literals import among
from cpqbridge.salesforce.select import Select, build, resolve
from cpqbridge.sandbox.server import LocalSandbox
from tests.transport.systems import FAST, order_faults, requests, salesforce

T = TypeVar("T")


@pytest.fixture(scope="module")
def box() -> Iterator[LocalSandbox]:
    with LocalSandbox("demo") as running:
        yield running


def run(connection: SalesforceConnection, work: Callable[[SalesforceClient], Awaitable[T]]) -> T:
    async def story() -> T:
        async with SalesforceClient(connection, FAST) as client:
            return await work(client)

    return asyncio.run(story())


@pytest.mark.parametrize(
    ("flow", "changes"),
    [
        ("client_credentials", {}),
        ("client_credentials", {"basic": True}),
        ("jwt_bearer", {}),
        ("refresh_token", {}),
        ("access_token", {}),
    ],
)
def test_every_flow_signs_in(box: LocalSandbox, flow: str, changes: dict[str, Any]) -> None:
    user = run(salesforce(box, flow, **changes), lambda client: client.userinfo())
    assert user["preferred_username"] == box.credentials["salesforce"]["username"]


@pytest.mark.parametrize(
    ("flow", "changes", "code"),
    [
        ("client_credentials", {"client_secret": "wrong"}, "CPQ-201"),
        ("jwt_bearer", {"username": "nobody@x"}, "CPQ-201"),
        ("refresh_token", {"refresh_token": "wrong"}, "CPQ-201"),
        ("access_token", {"access_token": "00Dx!wrong"}, "CPQ-202"),
    ],
)
def test_wrong_credentials_are_refused(box: LocalSandbox, flow: str, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(SignInRefused) as caught:
        run(salesforce(box, flow, **changes), lambda client: client.query("SELECT Id FROM Order"))
    assert caught.value.code == code


WISH = Select(
    "Order",
    ("Id", "OrderNumber", "Account.Name", "SBQQ__Quote__r.Name", "Nope__c", "BillingStateCode"),
    children={
        "OrderItems": Select(
            "OrderItem",
            ("Id", "UnitPrice", "Product2.ProductCode", "SBQQ__Subscription__r.SBQQ__Contract__r.StartDate"),
            children={"SBQQ__OrderItems__r": Select("SBQQ__OrderItemConsumptionSchedule__c", ("Id",))},
            order_by="OrderItemNumber",
        )
    },
    order_by="OrderNumber",
)


def test_the_graph_of_all_orders_comes_in_one_read(box: LocalSandbox) -> None:
    seen = len(requests(box.salesforce_url))

    async def work(client: SalesforceClient) -> tuple[list[dict[str, Any]], tuple[str, ...], int]:
        query = await resolve(client, WISH, "OrderNumber != null")
        described = len(requests(box.salesforce_url, seen))
        rows = await client.query(query.soql)
        return rows, query.missing, described

    rows, missing, described = run(salesforce(box), work)
    assert missing == ("Nope__c", "BillingStateCode")
    assert rows
    assert all(isinstance(item["UnitPrice"], (Decimal, int)) for row in rows for item in row["OrderItems"] or ())
    assert "attributes" not in rows[0]["Account"]
    after = requests(box.salesforce_url, seen)[described:]
    assert [one["method"] for one in after] == ["GET"]
    numbers = [row["OrderNumber"] for row in rows]
    assert numbers == sorted(numbers)

    async def some(client: SalesforceClient) -> list[dict[str, Any]]:
        return await client.query(await build(client, WISH, "OrderNumber", numbers[:2]))

    assert run(salesforce(box), some) == rows[:2]


def test_an_address_that_would_be_too_long_goes_in_a_body(box: LocalSandbox) -> None:
    condition = among("OrderNumber", [f"{number:08}" for number in range(2000)])
    rows = run(salesforce(box), lambda client: client.query(f"SELECT Id FROM Order WHERE {condition}"))  # noqa: S608
    assert rows


def test_several_queries_go_in_one_call(box: LocalSandbox) -> None:
    seen = len(requests(box.salesforce_url))
    queries = ["SELECT Id, TimeZoneSidKey FROM Organization", "SELECT Id FROM Account", "SELECT Id FROM Order"]
    found = run(salesforce(box, "access_token"), lambda client: client.query_many(queries))
    assert [len(rows) > 0 for rows in found] == [True, True, True]
    assert len(requests(box.salesforce_url, seen)) == 1


def test_an_unknown_object_is_none_and_a_known_one_has_its_types(box: LocalSandbox) -> None:
    found = run(salesforce(box), lambda client: client.describe_many(["Order", "Nope__c"]))
    assert found["Nope__c"] is None
    order = found["Order"]
    assert order is not None
    number, contracted = order.field("ordernumber"), order.field("SBQQ__Contracted__c")
    assert number is not None
    assert (number.type, number.length) == ("string", 30)
    assert contracted is not None
    assert contracted.type == "boolean"
    assert order.children["orderitems"] == "OrderItem"


@pytest.mark.parametrize(
    ("soql", "kind", "code"),
    [
        ("SELECT Nope FROM Order", FixConfiguration, "CPQ-305"),
        ("SELECT Id FROM Nope", FixConfiguration, "CPQ-303"),
        ("SELECT FROM", CpqBridgeError, "CPQ-902"),
    ],
)
def test_refused_queries(box: LocalSandbox, soql: str, kind: type[CpqBridgeError], code: str) -> None:
    for work in (lambda client: client.query(soql), lambda client: client.query_many([soql])):
        with pytest.raises(kind) as caught:
            run(salesforce(box), work)
        assert caught.value.code == code


def test_collections_and_upserts_write(box: LocalSandbox) -> None:
    async def work(client: SalesforceClient) -> Any:
        rows = await client.query("SELECT Id FROM Account ORDER BY Name LIMIT 2")
        records = [{"Id": row["Id"], "Description": "Synced"} for row in rows]
        results = await client.update_collection("Account", [*records, {"Id": rows[0]["Id"], "Name": "x" * 300}])
        upserted = await client.upsert("Account", "Id", rows[0]["Id"], {"Description": "again"})
        again = await client.query("SELECT Description FROM Account ORDER BY Name LIMIT 2")
        return rows, results, upserted, again

    rows, results, upserted, again = run(salesforce(box), work)
    assert [result.id for result in results[:2]] == [row["Id"] for row in rows]
    assert isinstance(results[2].error, FixData)
    assert upserted.id == rows[0]["Id"]
    assert [row["Description"] for row in again] == ["again", "Synced"]


def test_a_cut_connection_is_repeated_for_reads(box: LocalSandbox) -> None:
    cut = {"match": {"method": "GET", "path": "/services/data/*"}, "times": 1, "fault": "drop_response"}
    order_faults(box.salesforce_url, cut)
    assert run(salesforce(box), lambda client: client.query("SELECT Id FROM Order"))


def test_usage_is_counted(box: LocalSandbox) -> None:
    async def work(client: SalesforceClient) -> Any:
        await client.query("SELECT Id FROM Order")
        return client.api_usage, await client.limits(), await client.global_describe()

    usage, limits, objects = run(salesforce(box), work)
    assert 0 < usage.used < usage.limit
    assert "DailyApiRequests" in limits
    assert "Order" in {entry["name"] for entry in objects}
