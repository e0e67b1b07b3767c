"""Bulk queries: pages, going on after a stop, jobs that fail, objects that are read by ordinary queries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, FixData, RetryLater
from cpqbridge.salesforce.bulk import bulk_query, rows_of_csv
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.salesforce.flat_rows import columns, flat
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.transport.pages import BEGINNING, ExpiredResult, Page
from cpqbridge.transport.polling import Polling
from tests.salesforce.org import ROOT, errors, page, play, record
from tests.transport.stage import Answer, Stage, reply

JOB = "750R0000000zlh9IAA"
SOQL = "SELECT Id, Account.Name FROM Order"


def started() -> httpx.Response:
    return reply({"id": JOB, "state": "UploadComplete"})


def seen(state: str, **more: Any) -> httpx.Response:
    return reply({"id": JOB, "state": state, **more})


def table(text: str, locator: str = "null") -> httpx.Response:
    headers = {"Content-Type": "text/csv;charset=UTF-8", "Sforce-Locator": locator}
    return httpx.Response(200, content=text.encode(), headers=headers)


async def gathered(pages: AsyncIterator[Page]) -> list[Page]:
    return [item async for item in pages]


def read(answers: list[Answer], **options: Any) -> tuple[list[Page], Stage]:
    return play(answers, lambda client: gathered(bulk_query(client, SOQL, **options)))


def refused(answers: list[Answer], **options: Any) -> tuple[CpqBridgeError, Stage]:
    async def work(client: SalesforceClient) -> CpqBridgeError:
        with pytest.raises(CpqBridgeError) as caught:
            await gathered(bulk_query(client, SOQL, **options))
        return caught.value

    return play(answers, work)


def asked(stage: Stage) -> list[str]:
    """What was sent after the sign-in, without the version root."""
    return [f"{request.method} {request.url.raw_path.decode().removeprefix(ROOT)}" for request in stage.requests[1:]]


def test_the_pages_of_a_job_are_read_in_order() -> None:
    pages, stage = read(
        [
            started(),
            seen("UploadComplete"),
            seen("InProgress"),
            seen("JobComplete", numberRecordsProcessed=3),
            table('"Id","Account.Name"\n"1","A ""B"", C"\n"2",""\n', "MTo2"),
            table('"Id","Account.Name"\n"3","line\nbreak"\n'),
        ],
        max_records=2,
    )
    assert pages == [
        Page([], JOB, BEGINNING),
        Page([{"Id": "1", "Account.Name": 'A "B", C'}, {"Id": "2", "Account.Name": None}], JOB, "MTo2", 3),
        Page([{"Id": "3", "Account.Name": "line\nbreak"}], JOB, None, 3),
    ]
    assert asked(stage) == [
        "POST /jobs/query",
        *[f"GET /jobs/query/{JOB}"] * 3,
        f"GET /jobs/query/{JOB}/results?maxRecords=2",
        f"GET /jobs/query/{JOB}/results?maxRecords=2&locator=MTo2",
    ]
    assert stage.requests[-1].headers["Accept"] == "text/csv"
    assert len(stage.slept) == 2
    assert stage.slept[1] > stage.slept[0]


def test_a_lone_column_without_rows_is_a_table_and_no_text_of_json() -> None:
    pages, _ = read([started(), seen("JobComplete", numberRecordsProcessed=0), table('"Id"\n')])
    assert pages[1] == Page([], JOB, None, 0)


def test_a_reader_goes_on_where_it_stopped_without_a_new_job() -> None:
    answers: list[Answer] = [seen("JobComplete", numberRecordsProcessed=3), table('"Id"\n"3"\n')]
    pages, stage = read(answers, job=JOB, locator="MTo2")
    assert pages == [Page([{"Id": "3"}], JOB, None, 3)]
    assert asked(stage)[-1].endswith("locator=MTo2")


def test_a_reader_that_was_stopped_before_the_first_row_waits_for_the_same_job() -> None:
    answers: list[Answer] = [seen("InProgress"), seen("JobComplete"), table('"Id"\n"1"\n')]
    pages, stage = read(answers, job=JOB, locator=BEGINNING)
    assert pages == [Page([{"Id": "1"}], JOB, None)]
    assert asked(stage)[-1].endswith("results?maxRecords=10000")


def test_a_page_that_did_not_come_is_asked_for_again() -> None:
    pages, stage = read([started(), seen("JobComplete"), httpx.ReadTimeout, table('"Id"\n"1"\n')])
    assert [row["Id"] for part in pages for row in part.rows] == ["1"]
    assert asked(stage)[-1] == asked(stage)[-2]


@pytest.mark.parametrize(
    "answers",
    [
        [reply(errors("NOT_FOUND", "The requested resource does not exist"), 404)],
        [seen("Failed", errorMessage="later")],
        [seen("Aborted")],
        [seen("JobComplete"), reply(errors("INVALID_QUERY_LOCATOR", "invalid query locator"), 400)],
        [seen("JobComplete"), reply(errors("INVALIDJOB", "The locator is not valid"), 400)],
        [seen("JobComplete"), reply(errors("NOT_FOUND", "gone"), 404)],
    ],
)
def test_what_cannot_be_gone_on_with_must_begin_anew(answers: list[Answer]) -> None:
    error, stage = refused(answers, job=JOB, locator="MTo2")
    assert isinstance(error, ExpiredResult)
    assert error.retryable
    assert JOB in error.message
    assert not stage.slept


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("InvalidBatch : Failed to process query: INVALID_FIELD: No such column 'x__c'", FixConfiguration, "CPQ-305"),
        ("Failed to process query: QUERY_TIMEOUT", RetryLater, "CPQ-104"),
        ("Failed to process query: MALFORMED_QUERY: unexpected token", CallForHelp, "CPQ-902"),
        ("InternalServerError: Retried more than thirty times", FixData, "CPQ-421"),
    ],
)
def test_a_failed_job_says_what_the_org_says(said: str, kind: type[CpqBridgeError], code: str) -> None:
    error, _ = refused([started(), seen("Failed", errorMessage=said)])
    assert (type(error), error.code, error.detail["job"]) == (kind, code, JOB)
    assert said in error.message


def test_an_aborted_job_may_be_tried_again() -> None:
    error, _ = refused([started(), seen("Aborted")])
    assert (type(error), error.code) == (RetryLater, "CPQ-104")


def test_a_job_without_end_is_left_alone_and_can_be_gone_on_with() -> None:
    polling = Polling(first=1, growth=2, longest=4, most=10)
    error, stage = refused([started(), *[seen("InProgress") for _ in range(9)]], polling=polling)
    assert (type(error), error.code, error.detail) == (RetryLater, "CPQ-106", {"job": JOB})
    assert stage.slept == [1, 2, 4]


def test_a_refused_query_is_refused() -> None:
    error, _ = refused([reply(errors("INVALID_FIELD", "No such column 'Nix__c'"), 400)])
    assert (error.code, error.detail["code"]) == ("CPQ-305", "INVALID_FIELD")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("INVALIDENTITY", "Entity 'Order' is not supported by the Bulk API."),
        ("API_ERROR", "Selecting compound data not supported in Bulk Query"),
    ],
)
@pytest.mark.parametrize(("operation", "verb"), [("query", "query"), ("queryAll", "queryAll")])
def test_what_bulk_cannot_read_is_read_by_ordinary_queries(code: str, message: str, operation: str, verb: str) -> None:
    first = page(record("Order", Id="1", Account=record("Account", Name="A")), more="01g-200")
    pages, stage = read(
        [reply(errors(code, message), 400), reply(first), reply(page(record("Order", Id="2", Account=None)))],
        operation=operation,
    )
    assert pages == [
        Page([{"Id": "1", "Account.Name": "A"}], "", f"{ROOT}/query/01g-200", 1),
        Page([{"Id": "2", "Account.Name": None}], "", None, 1),
    ]
    assert asked(stage)[1].startswith(f"GET /{verb}?q=SELECT%20Id")
    assert stage.requests[-1].headers["Sforce-Query-Options"] == "batchSize=2000"


def test_ordinary_pages_are_gone_on_with_by_their_locator() -> None:
    pages, stage = read([reply(page(record("Order", Id="2")))], job="", locator=f"{ROOT}/query/01g-200")
    assert pages == [Page([{"Id": "2", "Account.Name": None}], "", None, 1)]
    assert asked(stage) == ["GET /query/01g-200"]
    lost: list[Answer] = [reply(errors("INVALID_QUERY_LOCATOR", "invalid query locator"), 400)]
    assert isinstance(refused(lost, locator=f"{ROOT}/query/01g-200")[0], ExpiredResult)


def test_flat_rows_are_like_those_of_a_table() -> None:
    names = columns("select Id, name ,\n SBQQ__Account__r.Parent.Name, Active__c, Total__c from X__c where a = 'b'")
    assert names == ["Id", "name", "SBQQ__Account__r.Parent.Name", "Active__c", "Total__c"]
    given = {"Id": "1", "Name": "", "SBQQ__Account__r": {"Parent": None}, "Active__c": True, "Total__c": 12}
    shown = {"Id": "1", "name": None, "SBQQ__Account__r.Parent.Name": None, "Active__c": "true", "Total__c": "12"}
    assert flat(given, names) == shown
    for soql in ("SELECT COUNT() FROM X__c", "SELECT Id, (SELECT Id FROM Ys__r) FROM X__c", "FIND {x}"):
        with pytest.raises(CallForHelp):
            columns(soql)


def test_a_mark_of_the_byte_order_belongs_to_no_column() -> None:
    assert rows_of_csv(b'\xef\xbb\xbf"Id"\r\n"1"\r\n') == [{"Id": "1"}]
    assert rows_of_csv(b"") == []


@pytest.fixture(scope="module")
def sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("demo") as local:
        yield local


def on(sandbox: LocalSandbox, work: Callable[[SalesforceClient], Awaitable[Any]]) -> Any:
    access = sandbox.credentials["salesforce"]
    connection = SalesforceConnection(
        access["login_url"], client_id=access["client_id"], client_secret=access["client_secret"]
    )

    async def story() -> Any:
        async with SalesforceClient(connection) as client:
            return await work(client)

    return asyncio.run(story())


def test_bulk_and_ordinary_queries_of_an_org_give_the_same_rows(sandbox: LocalSandbox) -> None:
    soql = "SELECT Id, OrderItemNumber, Quantity, ServiceDate, Order.Account.Name, Product2.IsActive FROM OrderItem"

    async def work(client: SalesforceClient) -> None:
        rows = [row for item in await gathered(bulk_query(client, soql, max_records=7)) for row in item.rows]
        names = columns(soql)
        assert rows == [flat(found, names) for found in await client.query(soql)]
        assert len(rows) > 14
        assert {row["Product2.IsActive"] for row in rows} == {"true"}

    on(sandbox, work)


def test_a_reading_that_was_cut_short_goes_on_in_an_org(sandbox: LocalSandbox) -> None:
    soql = "SELECT Id FROM OrderItem"

    async def work(client: SalesforceClient) -> None:
        whole = [row for item in await gathered(bulk_query(client, soql)) for row in item.rows]
        kept: list[Page] = []
        async for item in bulk_query(client, soql, max_records=5):
            kept.append(item)
            if len(kept) == 3:
                break
        kept += await gathered(bulk_query(client, soql, max_records=8, job=kept[-1].job, locator=kept[-1].locator))
        assert [row for item in kept for row in item.rows] == whole
        with pytest.raises(ExpiredResult):
            await gathered(bulk_query(client, soql, job="7500000000000001AAA", locator="MTo5"))
        with pytest.raises(ExpiredResult):
            await gathered(bulk_query(client, soql, job=kept[0].job, locator="nonsense"))

    on(sandbox, work)
