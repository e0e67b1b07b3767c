from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.errors import (
    CallForHelp,
    CpqBridgeError,
    FixConfiguration,
    FixData,
    RetryLater,
    SignInRefused,
)
from cpqbridge.salesforce.client import SalesforceClient, Subrequest
from cpqbridge.salesforce.dialect import ApiUsage
from cpqbridge.salesforce.literals import among
from tests.salesforce.org import ROOT, composite, described, errors, page, play, record, sent
from tests.transport.stage import Answer, html, reply


def test_all_pages_of_rows_and_of_children_are_read() -> None:
    items = {
        "totalSize": 3,
        "done": False,
        "nextRecordsUrl": f"{ROOT}/query/items-2",
        "records": [record("OrderItem", Id="i1")],
    }
    deep = {
        "totalSize": 2,
        "done": False,
        "nextRecordsUrl": f"{ROOT}/query/rates-2",
        "records": [record("Rate", Id="r1")],
    }
    answers = {
        f"{ROOT}/query": page(record("Order", Id="o1", OrderItems=items), more="orders-2"),
        f"{ROOT}/query/orders-2": page(
            record("Order", Id="o2", OrderItems=None, Account=record("Account", Name="Acme"))
        ),
        f"{ROOT}/query/items-2": page(record("OrderItem", Id="i2", Rates=deep), record("OrderItem", Id="i3")),
        f"{ROOT}/query/rates-2": page(record("Rate", Id="r2")),
    }
    stage_answers = [reply(answers[path]) for path in (f"{ROOT}/query", f"{ROOT}/query/items-2")]
    stage_answers += [reply(answers[path]) for path in (f"{ROOT}/query/orders-2", f"{ROOT}/query/rates-2")]
    rows, stage = play(stage_answers, lambda client: client.query("SELECT Id FROM Order"))
    assert stage.paths()[2:] == [f"GET {ROOT}/query/{name}" for name in ("items-2", "orders-2", "rates-2")]
    assert [row["Id"] for row in rows] == ["o1", "o2"]
    assert [item["Id"] for item in rows[0]["OrderItems"]] == ["i1", "i2", "i3"]
    assert rows[0]["OrderItems"][1]["Rates"] == [{"Id": "r1"}, {"Id": "r2"}]
    assert rows[1] == {"Id": "o2", "OrderItems": None, "Account": {"Name": "Acme"}}


def test_money_is_decimal_and_the_client_names_itself() -> None:
    answer = httpx.Response(
        200, content=b'{"totalSize":1,"done":true,"records":[{"UnitPrice":0.1000000,"Quantity":3.0}]}'
    )
    rows, stage = play([answer], lambda client: client.query("SELECT UnitPrice FROM OrderItem WHERE Name = 'A & B'"))
    assert str(rows[0]["UnitPrice"]) == "0.1000000"
    assert rows[0]["Quantity"] == Decimal("3.0")
    assert stage.requests[1].headers["Sforce-Call-Options"] == "client=cpqbridge"
    assert stage.requests[1].url.params["q"] == "SELECT UnitPrice FROM OrderItem WHERE Name = 'A & B'"


def test_a_query_too_long_for_an_address_goes_in_a_body() -> None:
    condition = among("Id", (f"{number:018}" for number in range(800)))
    soql = " ".join(["SELECT Id FROM Order WHERE", condition])
    rows, stage = play([reply(composite(page(record("Order", Id="o1"))))], lambda client: client.query(soql))
    assert rows == [{"Id": "o1"}]
    assert stage.paths()[1] == f"POST {ROOT}/composite"


QUERIES = [" ".join(["SELECT Id FROM", name]) for name in ("A0", "A1", "A2", "A3", "A4", "A5")]


def test_five_queries_go_in_one_call() -> None:
    first = composite(*(page(record("A", Id=f"a{number}")) for number in range(5)))
    second = composite(page(record("A", Id="a5")))
    rows, stage = play([reply(first), reply(second)], lambda client: client.query_many(QUERIES))
    assert [found[0]["Id"] for found in rows] == [f"a{number}" for number in range(6)]
    assert len(stage.requests) == 3
    body = sent(stage.requests[1])
    assert body["collateSubrequests"] is False
    assert [part["url"] for part in body["compositeRequest"]][:1] == [f"{ROOT}/query?q=SELECT%20Id%20FROM%20A0"]


def test_a_part_that_fails_for_a_moment_is_repeated_with_its_call() -> None:
    locked = composite(errors("QUERY_TIMEOUT"), status=400)
    rows, _ = play([reply(locked), reply(composite(page()))], lambda client: client.query_many(["SELECT Id FROM A"]))
    assert rows == [[]]


def test_a_part_that_is_refused_raises() -> None:
    refused = composite(errors("MALFORMED_QUERY", "unexpected token"), status=400)
    with pytest.raises(CallForHelp, match="unexpected token"):
        play([reply(refused)], lambda client: client.query_many(["SELECT"]))


async def ask(client: SalesforceClient) -> Any:
    try:
        return await client.query("SELECT Id FROM A")
    except CpqBridgeError as error:
        return error


async def write(client: SalesforceClient) -> Any:
    parts = [Subrequest("POST", "sobjects/A", "a", {"Name": "x"})]
    try:
        return await client.composite(parts, all_succeed=True)
    except CpqBridgeError as error:
        return error


REFUSED = [
    (400, "UNABLE_TO_LOCK_ROW", RetryLater, "CPQ-105"),
    (403, "REQUEST_LIMIT_EXCEEDED", RetryLater, "CPQ-103"),
    (503, "SERVER_UNAVAILABLE", RetryLater, "CPQ-104"),
    (400, "QUERY_TIMEOUT", RetryLater, "CPQ-104"),
    (400, "MALFORMED_QUERY", CallForHelp, "CPQ-902"),
    (400, "QUERY_TOO_COMPLICATED", CallForHelp, "CPQ-902"),
    (400, "INVALID_FIELD", FixConfiguration, "CPQ-305"),
    (400, "INVALID_TYPE", FixConfiguration, "CPQ-303"),
    (403, "INSUFFICIENT_ACCESS", FixConfiguration, "CPQ-303"),
    (400, "INSUFFICIENT_ACCESS_OR_READONLY", FixConfiguration, "CPQ-303"),
    (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", FixConfiguration, "CPQ-303"),
    (403, "API_DISABLED_FOR_ORG", FixConfiguration, "CPQ-303"),
    (400, "INVALID_FIELD_FOR_INSERT_UPDATE", FixConfiguration, "CPQ-303"),
    (410, "UNSUPPORTED_API_VERSION", FixConfiguration, "CPQ-301"),
    (404, "NOT_FOUND", FixData, "CPQ-419"),
    (404, "ENTITY_IS_DELETED", FixData, "CPQ-419"),
    (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", FixData, "CPQ-421"),
    (400, "FIELD_INTEGRITY_EXCEPTION", FixData, "CPQ-421"),
    (400, "DUPLICATES_DETECTED", FixData, "CPQ-421"),
    (400, "REQUIRED_FIELD_MISSING", FixData, "CPQ-421"),
    (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", FixData, "CPQ-421"),
    (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", FixData, "CPQ-421"),
    (400, "SOMETHING_NEW", CallForHelp, "CPQ-901"),
    (403, "SOMETHING_NEW", FixConfiguration, "CPQ-303"),
    (500, "SOMETHING_NEW", RetryLater, "CPQ-104"),
    (414, "URI_TOO_LONG", CallForHelp, "CPQ-902"),
    (401, "INVALID_SESSION_ID", SignInRefused, "CPQ-202"),
]


@pytest.mark.parametrize(("status", "name", "kind", "code"), REFUSED, ids=str)
def test_each_error_code_in_the_error_tree(status: int, name: str, kind: type[CpqBridgeError], code: str) -> None:
    error, _ = play([reply(errors(name, fields=["Name"]), status)] * 20, ask)
    assert type(error) is kind
    assert error.code == code
    if kind is not SignInRefused:
        assert error.detail["code"] == name
        assert error.detail["status"] == str(status)
        assert "what was wrong" in error.message
    if kind in {FixData, FixConfiguration}:
        assert error.field == "Name"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_page_of_a_gateway_is_a_passing_fault_and_an_unknown_result_for_writes(status: int) -> None:
    error, stage = play([html(status)] * 20, ask)
    assert (error.code, error.unknown_result) == ("CPQ-104", False)
    error, stage = play([html(status)] * 20, write)
    assert (error.code, error.unknown_result) == ("CPQ-104", True)
    assert len(stage.requests) == 2


def test_a_page_with_status_200_is_not_understood() -> None:
    error, _ = play([html(200)], ask)
    assert error.code == "CPQ-901"


def test_the_daily_limit_stops_everything_and_says_when_to_come_back() -> None:
    async def twice(client: SalesforceClient) -> list[Any]:
        return [await ask(client), await ask(client)]

    found, stage = play([reply(errors("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), 403)], twice)
    assert [(error.code, error.retry_after) for error in found] == [("CPQ-103", 300), ("CPQ-103", 300)]
    assert len(stage.requests) == 2


def test_the_limit_of_calls_at_once_is_only_waited_for() -> None:
    limited = errors("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API) Limit exceeded.")
    rows, stage = play([reply(limited, 403), reply(page())], ask)
    assert rows == []
    assert 0 < sum(stage.slept) < 10


@pytest.mark.parametrize("text", ["api-usage=18/5000", "api-usage=18/5000; per-app-api-usage=17/250(appName=x)"])
def test_usage_is_followed(text: str) -> None:
    async def usage(client: SalesforceClient) -> ApiUsage | None:
        await client.query("SELECT Id FROM A")
        return client.api_usage

    found, _ = play([reply(page(), Sforce_Limit_Info=text)], usage)
    assert found == ApiUsage(18, 5000)


def test_describes_are_read_together_and_once() -> None:
    async def twice(client: SalesforceClient) -> Any:
        await client.describe_many(["Account", "Nope"])
        return await client.describe_many(["account", "Order"])

    account, order = (
        described("Account", {"Id": "id"}),
        described("Order", {"Id": "id", "AccountId": ("Account", "Account")}),
    )
    first = composite(account, errors("NOT_FOUND"), names=["d0", "d1"])
    first["compositeResponse"][1]["httpStatusCode"] = 404
    found, stage = play([reply(first), reply(composite(order, names=["d0"]))], twice)
    assert found["account"].name == "Account"
    assert found["Order"].parents["account"].reference_to == ("Account",)
    assert len(stage.requests) == 3


def test_a_describe_that_is_refused_is_not_remembered_as_absent() -> None:
    async def twice(client: SalesforceClient) -> Any:
        with pytest.raises(FixConfiguration):
            await client.describe("Account")
        return await client.describe("Account")

    refused = composite(errors("INSUFFICIENT_ACCESS"), status=403, names=["d0"])
    found, _ = play([reply(refused), reply(composite(described("Account", {"Id": "id"}), names=["d0"]))], twice)
    assert found.name == "Account"


def ok(record_id: str) -> dict[str, Any]:
    return {"id": record_id, "success": True, "errors": []}


def bad(code: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": "no", "fields": []}]}


def test_collections_go_in_calls_of_two_hundred_and_only_locked_rows_are_repeated() -> None:
    records = [{"Id": f"o{number}", "Status__c": "Synced"} for number in range(201)]
    first = [ok(f"o{number}") for number in range(200)]
    first[3], first[7] = bad("UNABLE_TO_LOCK_ROW"), bad("FIELD_CUSTOM_VALIDATION_EXCEPTION")
    results, stage = play(
        [reply(first), reply([ok("o3")]), reply([ok("o200")])],
        lambda client: client.update_collection("Order", records),
    )
    assert [result.id for result in results] == [f"o{n}" if n != 7 else None for n in range(201)]
    assert [number for number, result in enumerate(results) if result.error] == [7]
    assert isinstance(results[7].error, FixData)
    bodies = [sent(request) for request in stage.requests[1:]]
    assert [len(body["records"]) for body in bodies] == [200, 1, 1]
    assert bodies[1]["records"] == [{"attributes": {"type": "Order"}, "id": "o3", "Status__c": "Synced"}]


def test_rows_that_stay_locked_are_told() -> None:
    results, stage = play(
        [reply([bad("UNABLE_TO_LOCK_ROW")])] * 20, lambda client: client.update_collection("Order", [{"Id": "o"}])
    )
    assert isinstance(results[0].error, RetryLater)
    assert results[0].error.code == "CPQ-105"
    assert len(stage.requests) < 10


@pytest.mark.parametrize("answer", [httpx.ReadTimeout, html(503)])
def test_an_update_may_be_repeated_whatever_became_of_the_first(answer: Answer) -> None:
    results, _ = play(
        [answer, reply([ok("o")])], lambda client: client.update_collection("Order", [{"Id": "o", "Name": "x"}])
    )
    assert results[0].id == "o"


def test_upsert_by_external_id() -> None:
    result, stage = play(
        [reply({"id": "a1", "success": True, "created": True}, 201)],
        lambda client: client.upsert("Account", "Key__c", "a/b", {"Name": "x"}),
    )
    assert result.id == "a1"
    assert stage.requests[1].url.raw_path.decode() == f"{ROOT}/sobjects/Account/Key__c/a%2Fb"


def test_upsert_with_an_ambiguous_key_is_refused() -> None:
    with pytest.raises(FixData, match="HTTP 300"):
        play([reply([f"{ROOT}/sobjects/Account/1"], 300)], lambda client: client.upsert("Account", "Key__c", "a", {}))


def test_global_describe_and_limits() -> None:
    objects, _ = play([reply({"sobjects": [{"name": "Order"}]})], lambda client: client.global_describe())
    assert objects == [{"name": "Order"}]
    limits, _ = play([reply({"DailyApiRequests": {"Max": 5, "Remaining": 4}})], lambda client: client.limits())
    assert limits["DailyApiRequests"]["Remaining"] == 4
