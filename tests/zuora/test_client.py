"""Envelopes, the error table, headers, keys, limits, sign-in, jobs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

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
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.zuora import ZuoraSettings
from cpqbridge.zuora.client import Polling, ZuoraClient, part
from cpqbridge.zuora.connection import ZuoraConnection
from cpqbridge.zuora.refusals import NotFound
from tests.transport.stage import Answer, Stage, html, reply
from tests.zuora.tenant import CONNECTION, REQUEST_ID, attempt, play, refused, sent, signed_in

BODY = {"orderDate": "2026-02-01", "amount": Decimal("0.10")}


@attempt
async def post(client: ZuoraClient) -> Any:
    return await client.send("POST", "/v1/orders", body=BODY, idempotency_key="key")


@attempt
async def unkeyed(client: ZuoraClient) -> Any:
    return await client.send("POST", "/v1/orders", body=BODY)


@attempt
async def get(client: ZuoraClient) -> Any:
    return await client.send("GET", "/v1/orders/1")


OK = reply({"success": True, "orderNumber": "1"})


def test_a_call_carries_its_headers_and_exact_numbers() -> None:
    connection = replace(CONNECTION, entity_id="e1", org_ids=("o1", "o2"))

    async def work(client: ZuoraClient) -> Any:
        return await client.send("POST", "/v1/orders", body=BODY, idempotency_key="key", track_id="track")

    document, stage = play([OK], work, connection)
    assert document["orderNumber"] == "1"
    headers = stage.requests[1].headers
    assert {name: headers[name] for name in headers if name.startswith(("zuora", "idem", "auth"))} == {
        "authorization": "Bearer t0ken",
        "zuora-version": "2025-08-12",
        "zuora-entity-ids": "e1",
        "zuora-org-ids": "o1,o2",
        "zuora-working-org": "o1",
        "zuora-track-id": "track",
        "idempotency-key": "key",
    }
    assert "gzip" in headers["accept-encoding"]
    assert stage.requests[1].content == b'{"orderDate":"2026-02-01","amount":0.10}'


@pytest.mark.parametrize("method", ["PUT", "DELETE", "GET"])
def test_keys_go_only_with_post_and_patch(method: str) -> None:
    _, stage = play([OK], lambda client: client.send(method, "/v1/orders/1", idempotency_key="key"))
    assert "idempotency-key" not in stage.requests[1].headers


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        (reply({"success": True, "id": "1"}), {"success": True, "id": "1"}),
        (reply({"Success": True, "Id": "1"}), {"Success": True, "Id": "1"}),
        (reply({"Name": "Router", "Errors": []}), {"Name": "Router", "Errors": []}),
        (reply([{"Success": True, "Id": "1"}]), {"results": [{"Success": True, "Id": "1"}]}),
        (reply({"data": [], "nextPage": None}), {"data": [], "nextPage": None}),
        (reply({"jobId": "j", "success": True}, 202), {"jobId": "j", "success": True}),
        (reply(None, 204), {}),
    ],
)
def test_each_envelope_of_success(answer: Answer, document: Any) -> None:
    assert play([answer], get)[0] == document


SUFFIXES = [
    (10, FixConfiguration, "CPQ-304"),
    (11, SignInRefused, "CPQ-202"),
    (20, FixData, "CPQ-420"),
    (21, FixData, "CPQ-420"),
    (22, FixData, "CPQ-420"),
    (23, CallForHelp, "CPQ-902"),
    (27, CallForHelp, "CPQ-902"),
    (30, FixData, "CPQ-420"),
    (40, NotFound, "CPQ-419"),
    (45, CallForHelp, "CPQ-902"),
    (50, RetryLater, "CPQ-105"),
    (60, RetryLater, "CPQ-104"),
    (61, RetryLater, "CPQ-104"),
    (70, RetryLater, "CPQ-103"),
    (90, CallForHelp, "CPQ-902"),
    (99, RetryLater, "CPQ-104"),
    (77, CallForHelp, "CPQ-901"),
]


@pytest.mark.parametrize("kind_of_code", [int, str])
@pytest.mark.parametrize(("suffix", "kind", "code"), SUFFIXES)
def test_each_category_of_codes(
    suffix: int, kind: type[CpqBridgeError], code: str, kind_of_code: type[int | str]
) -> None:
    error, _ = play([refused(kind_of_code(53100000 + suffix))] * 20, post)
    assert type(error) is kind
    assert error.code == code
    if kind is not SignInRefused:
        assert "what was wrong" in error.message
        assert error.detail["request_id"] == REQUEST_ID
    if code != "CPQ-901" and kind is not SignInRefused:
        assert error.detail["code"] == f"531000{suffix}"
    if isinstance(error, RetryLater):
        assert not error.unknown_result


OTHERS = [
    (refused(53100010, message="You have no permission to do this"), FixConfiguration, "CPQ-303"),
    (refused(53100021, message="Invalid parameter(s): 'crmId__c'."), FixConfiguration, "CPQ-305"),
    (refused(58740021, status=400), FixData, "CPQ-420"),
    (refused(53100050, 53100020), FixData, "CPQ-420"),
    (reply({"Success": False, "Errors": [{"Code": "INVALID_VALUE", "Message": "no"}]}, 400), FixData, "CPQ-420"),
    (reply({"Success": False, "Errors": [{"Code": "LOCK_COMPETITION", "Message": "no"}]}, 400), RetryLater, "CPQ-105"),
    (reply({"Success": False, "Errors": [{"Code": "INVALID_ID", "Message": "no"}]}, 404), NotFound, "CPQ-419"),
    (reply([{"Success": False, "Errors": [{"Code": "DUPLICATE_VALUE", "Message": "no"}]}]), FixData, "CPQ-420"),
    (reply({"FaultCode": "MALFORMED_QUERY", "FaultMessage": "no"}, 400), CallForHelp, "CPQ-902"),
    (reply({"FaultCode": "INVALID_FIELD", "FaultMessage": "Contact.CrmId__c"}, 400), FixConfiguration, "CPQ-305"),
    (reply({"FaultCode": "SERVER_UNAVAILABLE", "FaultMessage": "no"}, 500), RetryLater, "CPQ-104"),
    (reply({"code": "50000010", "message": "Object Query is off"}, 400), FixConfiguration, "CPQ-304"),
    (reply({"code": "ConstraintViolated", "message": "no"}, 400), FixData, "CPQ-420"),
    (reply({"code": "404", "message": "HTTP 404 Not Found"}, 404), NotFound, "CPQ-419"),
    (reply({"message": "no Route matched with those values"}, 404), FixConfiguration, "CPQ-304"),
    (reply({"message": "Unauthorized"}, 401), SignInRefused, "CPQ-202"),
    (reply({"message": "Forbidden"}, 403), FixConfiguration, "CPQ-303"),
    (reply({"message": "Unsupported Media Type"}, 415), CallForHelp, "CPQ-902"),
    (html(404), NotFound, "CPQ-419"),
    (html(200), CallForHelp, "CPQ-901"),
    (reply("text"), CallForHelp, "CPQ-901"),
    (reply({"success": False}), CallForHelp, "CPQ-901"),
]


@pytest.mark.parametrize(("answer", "kind", "code"), OTHERS)
def test_each_envelope_of_failure(answer: httpx.Response, kind: type[CpqBridgeError], code: str) -> None:
    error, _ = play(lambda _: answer, post)
    assert type(error) is kind
    assert error.code == code


def test_a_column_that_no_tenant_has_is_our_fault() -> None:
    fault = reply({"FaultCode": "INVALID_FIELD", "FaultMessage": "invalid field for query: Account.Nope"}, 400)
    error, _ = play([fault], attempt(lambda client: client.zoql("select Nope from Account")))
    assert (type(error), error.code) == (CallForHelp, "CPQ-902")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_page_of_a_gateway_leaves_a_write_in_doubt(status: int) -> None:
    error, stage = play([html(status)] * 20, unkeyed)
    assert (error.code, error.unknown_result) == ("CPQ-104", True)
    assert len(stage.requests) == 2
    assert play([html(status), OK], post)[0]["orderNumber"] == "1"
    error, _ = play([html(status)] * 20, get)
    assert error.unknown_result is False


def keys(stage: Stage) -> list[str]:
    return [request.headers["idempotency-key"] for request in stage.requests[1:]]


def test_a_first_call_that_still_runs_is_waited_for_with_the_same_key() -> None:
    document, stage = play([refused(50000050, status=409), refused(50000050, status=409), OK], post)
    assert document["orderNumber"] == "1"
    assert set(keys(stage)) == {"key"}
    error, _ = play([refused(50000050, status=409)] * 20, post)
    assert (error.code, error.unknown_result) == ("CPQ-105", True)


def test_a_key_used_for_something_else_is_our_fault() -> None:
    error, stage = play([refused(50000030, status=422), OK], post)
    assert (type(error), error.code) == (CallForHelp, "CPQ-902")
    assert len(stage.requests) == 2


def test_a_locked_record_is_tried_again_with_the_next_key() -> None:
    document, stage = play([refused(53100050), OK], post)
    assert document["orderNumber"] == "1"
    assert keys(stage) == ["key", "key-2"]


@pytest.mark.parametrize(
    "answer",
    [
        reply({"reasons": [{"code": 70, "message": "API Rate limit exceeded"}]}, 429, Retry_After="12"),
        refused(50000070, status=429, Retry_After="12"),
        html(429),
    ],
)
def test_a_limit_is_waited_for_without_a_new_key(answer: httpx.Response) -> None:
    document, stage = play([answer, OK], post)
    assert document["orderNumber"] == "1"
    assert keys(stage) == ["key", "key"]
    assert sum(stage.slept) >= (12 if "Retry-After" in answer.headers else 1)


def test_limits_are_read_and_kept_below() -> None:
    limits = {
        "Concurrency_Limit_Type": "Default",
        "Concurrency_Limit_Limit": "40",
        "Concurrency_Limit_Remaining": "3",
        "RateLimit_Limit": "50, 50;w=60",
        "RateLimit_Remaining": "0",
        "RateLimit_Reset": "17",
    }

    async def twice(client: ZuoraClient) -> int:
        await client.send("GET", "/v1/orders/1")
        size = client._channel.limiter.size_of("Default")
        await client.send("GET", "/v1/orders/1")
        return size

    size, stage = play([reply({"success": True}, **limits), OK], twice)
    assert size == 3
    assert stage.slept == [17]


def test_signing_in_is_a_form_without_authorization() -> None:
    _, stage = play([OK], get)
    request = stage.requests[0]
    assert request.url.path == "/oauth/token"
    assert parse_qs(request.content.decode()) == {
        "client_id": ["client"],
        "client_secret": ["s3cret"],
        "grant_type": ["client_credentials"],
    }
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (
            reply({"error": "invalid_client", "error_description": "Bad client credentials"}, 401),
            SignInRefused,
            "CPQ-201",
        ),
        (reply({"message": "Bad credential"}, 400), SignInRefused, "CPQ-201"),
        (reply({"message": "slow down"}, 429, Retry_After="600"), RetryLater, "CPQ-103"),
        (html(502), RetryLater, "CPQ-104"),
        (html(200), CallForHelp, "CPQ-901"),
        (httpx.ConnectError("no such host"), RetryLater, "CPQ-101"),
    ],
)
def test_each_refusal_of_a_sign_in(answer: Answer, kind: type[CpqBridgeError], code: str) -> None:
    stage = Stage(lambda _: answer)

    async def story() -> Any:
        async with ZuoraClient(CONNECTION, stage.wiring()) as client:
            return await post(client)

    error = asyncio.run(story())
    assert type(error) is kind
    assert error.code == code
    assert not getattr(error, "unknown_result", False)
    assert "s3cret" not in str(error.as_dict())


def test_a_token_is_replaced_before_its_end_and_after_a_refusal() -> None:
    stage = Stage(lambda request: signed_in(request) if request.url.path == "/oauth/token" else OK)

    async def story() -> None:
        async with ZuoraClient(CONNECTION, stage.wiring()) as client:
            for seconds in (0, 3400, 200):
                stage.seconds += seconds
                await client.send("GET", "/v1/orders/1")

    asyncio.run(story())
    assert stage.paths().count("POST /oauth/token") == 2

    _, stage = play([reply({"message": "expired"}, 401), OK], post)
    assert stage.paths().count("POST /oauth/token") == 2


def job(status: str, **more: Any) -> httpx.Response:
    return reply({"success": True, "status": status, "errors": None, "result": None, **more})


def test_a_job_is_looked_at_until_it_ends() -> None:
    done = job("Completed", result={"orderNumber": "1"})
    document, stage = play([job("Processing"), job("Pending"), done], lambda client: client.poll_job("j"))
    assert document["result"] == {"orderNumber": "1"}
    assert stage.paths()[1:] == ["GET /v1/async-jobs/j"] * 3
    assert stage.slept == [0.5, 0.8]


@pytest.mark.parametrize(
    ("errors", "kind", "code"),
    [
        ("58730030: The account is not active", FixData, "CPQ-420"),
        ("something went wrong", FixData, "CPQ-420"),
        ("58730050: locked", RetryLater, "CPQ-105"),
        ('[{"code": 58730010, "message": "Feature off"}]', FixConfiguration, "CPQ-304"),
        (None, FixData, "CPQ-420"),
    ],
)
def test_a_failed_job_raises_what_it_says(errors: str | None, kind: type[CpqBridgeError], code: str) -> None:
    error, _ = play([job("Failed", errors=errors)], attempt(lambda client: client.poll_job("j")))
    assert type(error) is kind
    assert error.code == code
    assert (errors or "no reason") in error.message


def test_a_job_that_does_not_end_may_still_do_its_work() -> None:
    polling = Polling(first=1, growth=2, longest=4, most=10)
    error, stage = play(lambda _: job("Processing"), attempt(lambda client: client.poll_job("j", polling)))
    assert (error.code, error.unknown_result) == ("CPQ-106", True)
    assert stage.slept == [1, 2, 4]


def test_pages_of_zoql_are_followed() -> None:
    first = reply({"size": 2, "records": [{"Id": "1"}], "done": False, "queryLocator": "more"})
    second = reply({"size": 1, "records": [{"Id": "2"}], "done": True})
    rows, stage = play([first, httpx.ReadTimeout, second], lambda client: client.zoql("select Id from Account"))
    assert rows == [{"Id": "1"}, {"Id": "2"}]
    assert [sent(request) for request in stage.requests[1:]] == [
        {"queryString": "select Id from Account"},
        {"queryLocator": "more"},
        {"queryLocator": "more"},
    ]
    assert play([reply({"size": 0, "done": True})], lambda client: client.zoql("select Id from Account"))[0] == []


def test_pages_of_object_query_are_followed() -> None:
    pages = [reply({"data": [{"id": "1"}], "nextPage": "c"}), reply({"data": [{"id": "2"}], "nextPage": None})]
    rows, stage = play(
        pages,
        lambda client: client.object_query(
            "orders", filters=["a.EQ:1", "b.IN:[x,y]"], fields=["id", "orderNumber"], expand=["account"], sort="id.ASC"
        ),
    )
    assert [row["id"] for row in rows] == ["1", "2"]
    params = [
        ("pageSize", "99"),
        ("filter[]", "a.EQ:1"),
        ("filter[]", "b.IN:[x,y]"),
        ("fields[]", "id,orderNumber"),
        ("expand[]", "account"),
        ("sort[]", "id.ASC"),
    ]
    assert stage.requests[1].url.params.multi_items() == params
    assert stage.requests[2].url.params.multi_items() == [*params, ("cursor", "c")]


def test_what_is_not_there_is_none() -> None:
    assert play([refused(50000040, status=404)], lambda client: client.get_or_none("/v1/orders/1"))[0] is None
    assert play([refused(50000040)], lambda client: client.get_or_none("/v1/orders/1"))[0] is None
    with pytest.raises(FixConfiguration):
        play([refused(50000010)], lambda client: client.get_or_none("/v1/orders/1"))


@pytest.mark.parametrize("value", ["", ".", ".."])
def test_a_part_of_a_path_is_never_empty(value: str) -> None:
    with pytest.raises(CallForHelp):
        part(value)


def test_a_part_of_a_path_cannot_leave_it() -> None:
    assert part("a/../b?c") == "a%2F..%2Fb%3Fc"


def test_a_connection_from_settings_hides_its_secret() -> None:
    settings = ZuoraSettings(
        base_url="https://rest.test.zuora.com/", client_id="client", client_secret=Secret.of("s3cret"), org_ids=("o1",)
    )
    connection = ZuoraConnection.of(settings)
    assert connection.client_secret == "s3cret"
    assert connection.headers == {"Zuora-Version": "2025-08-12", "Zuora-Org-Ids": "o1", "Zuora-Working-Org": "o1"}
    assert connection.base_url == "https://rest.test.zuora.com"
    assert "s3cret" not in repr(connection)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("1a2b7a373e7d4cb3b0e2883de9e766cc", "1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc"),
        ("1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc", "1a2b7a37-3e7d-4cb3-b0e2-883de9e766cc"),
        ("11", "11"),
    ],
)
def test_an_entity_is_named_with_hyphens(given: str, sent: str) -> None:
    connection = ZuoraConnection("https://rest.zuora.com", "id", "secret", entity_id=given)
    assert connection.headers["Zuora-Entity-Ids"] == sent
