"""Data queries: pages, windows, going on after a stop, files that break off, jobs that fail."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, RetryLater
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.transport.pages import BEGINNING, ExpiredResult, Page
from cpqbridge.transport.polling import Polling
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.connection import ZuoraConnection
from cpqbridge.zuora.data_query import data_query, windowed
from cpqbridge.zuora.result_file import rows_of
from tests.transport.stage import Answer, Stage, reply
from tests.zuora.tenant import play, sent

JOB = "5948abde-b875-4d06-ad07-c2138853d8bc"
FILE = "https://results.example.com/5948.jsonl.gz?X-Amz-Signature=s3cret"
SQL = "select id, quantity from rateplancharge"
LINES = b'{"id":"a","quantity":1.50}\n{"id":"b","quantity":null}\n{"id":"c","quantity":""}\n'
ROWS: list[dict[str, Any]] = [
    {"id": "a", "quantity": Decimal("1.50")},
    {"id": "b", "quantity": None},
    {"id": "c", "quantity": None},
]


def job(status: str, **more: Any) -> httpx.Response:
    return reply({"data": {"id": JOB, "queryStatus": status, **more}})


def completed(rows: int = 3) -> httpx.Response:
    return job("completed", outputRows=rows, dataFile=FILE)


class Body(httpx.AsyncByteStream):
    """A body that comes as a stream, and perhaps breaks off."""

    def __init__(self, content: bytes, breaks: bool) -> None:
        self._content = content
        self._breaks = breaks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content
        if self._breaks:
            raise httpx.ReadError("cut")


def stored(content: bytes = LINES, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=Body(content, breaks=False), headers={"ETag": '"e"'})


def broken(content: bytes, status: int = 200) -> httpx.Response:
    return httpx.Response(status, stream=Body(content, breaks=True), headers={"ETag": '"e"'})


async def gathered(pages: AsyncIterator[Page]) -> list[Page]:
    return [page async for page in pages]


def read(answers: list[Answer], **options: Any) -> tuple[list[Page], Stage]:
    return play(answers, lambda client: gathered(data_query(client, SQL, **options)))


def refused(answers: list[Answer], **options: Any) -> tuple[CpqBridgeError, Stage]:
    async def work(client: ZuoraClient) -> CpqBridgeError:
        with pytest.raises(CpqBridgeError) as caught:
            await gathered(data_query(client, SQL, **options))
        return caught.value

    return play(answers, work)


def asked(stage: Stage) -> list[str]:
    return stage.paths()[1:]


def test_the_rows_of_a_job_are_read_in_pages() -> None:
    answers: list[Answer] = [job("accepted"), job("accepted"), job("in_progress"), completed(), completed()]
    pages, stage = read([*answers, stored(gzip.compress(LINES))], max_records=2)
    assert pages == [Page([], JOB, BEGINNING), Page(ROWS[:2], JOB, "2", 3), Page(ROWS[2:], JOB, None, 3)]
    assert asked(stage) == ["POST /query/jobs", *[f"GET /query/jobs/{JOB}"] * 4, "GET /5948.jsonl.gz"]
    request = {"query": SQL, "outputFormat": "JSON", "compression": "GZIP", "output": {"target": "S3"}}
    assert sent(stage.requests[1]) == request
    assert stage.requests[1].headers["Idempotency-Key"]
    assert len(stage.slept) == 2
    assert stage.slept[1] > stage.slept[0]


def test_the_token_never_goes_to_the_store_of_files() -> None:
    _, stage = read([job("accepted"), completed(), completed(), stored()])
    assert all("authorization" in request.headers for request in stage.requests[1:-1])
    assert stage.requests[-1].url == FILE
    assert "authorization" not in stage.requests[-1].headers
    assert not any("zuora" in name for name in stage.requests[-1].headers)


def test_the_address_of_the_file_is_told_to_nobody() -> None:
    error, _ = refused([job("accepted"), completed(), completed(), *[stored(b"", 503) for _ in range(9)]])
    assert isinstance(error, RetryLater)
    assert "s3cret" not in f"{error} {error.detail} {error.remedy}"


def test_no_rows_are_no_file() -> None:
    pages, stage = read([job("accepted"), completed(0)])
    assert pages == [Page([], JOB, BEGINNING), Page([], JOB, None, 0)]
    assert asked(stage)[-1] == f"GET /query/jobs/{JOB}"


def test_a_reader_goes_on_after_the_rows_that_it_has() -> None:
    pages, stage = read([completed(), completed(), stored()], job=JOB, locator="2")
    assert pages == [Page(ROWS[2:], JOB, None, 3)]
    assert "POST /query/jobs" not in asked(stage)
    assert read([completed()], job=JOB, locator="3")[0] == [Page([], JOB, None, 3)]


def test_a_reader_that_was_stopped_before_the_first_row_waits_for_the_same_job() -> None:
    pages, stage = read([job("in_progress"), completed(), completed(), stored()], job=JOB, locator=BEGINNING)
    assert [row for page in pages for row in page.rows] == ROWS
    assert "POST /query/jobs" not in asked(stage)


def test_a_file_that_breaks_off_is_taken_up_where_it_broke() -> None:
    packed = gzip.compress(LINES)
    answers: list[Answer] = [job("accepted"), completed(), completed()]
    answers += [broken(packed[:9]), broken(packed[9:20], 206), stored(packed[20:], 206)]
    pages, stage = read(answers)
    assert [row for page in pages for row in page.rows] == ROWS
    ranges = [request.headers.get("range") for request in stage.requests[-3:]]
    assert ranges == [None, "bytes=9-", "bytes=20-"]
    assert stage.requests[-1].headers["if-match"] == '"e"'


def test_a_store_that_knows_no_parts_gives_the_file_again() -> None:
    answers: list[Answer] = [job("accepted"), completed(), completed(), broken(LINES[:30]), stored()]
    pages, _ = read(answers)
    assert [row for page in pages for row in page.rows] == ROWS


def test_an_address_that_is_too_old_is_replaced() -> None:
    fresh = job("completed", outputRows=3, dataFile=FILE.replace("s3cret", "fresh"))
    answers: list[Answer] = [job("accepted"), completed(), completed(), stored(b"", 403), fresh, stored()]
    pages, stage = read(answers)
    assert [row for page in pages for row in page.rows] == ROWS
    assert stage.requests[-1].url.params["X-Amz-Signature"] == "fresh"


@pytest.mark.parametrize(
    "answers",
    [
        [reply({"code": 404, "message": "Query job is not found."}, 404)],
        [job("failed", errorMessage="line 1:8: Column 'x' cannot be resolved")],
        [job("cancelled")],
        [completed(), completed(), stored(b"", 404)],
        [completed(), completed(), stored(b"", 403), completed(), stored(b"", 403)],
        [completed(), completed(), broken(LINES[:30]), stored(b"", 412)],
    ],
)
def test_what_cannot_be_gone_on_with_must_begin_anew(answers: list[Answer]) -> None:
    error, _ = refused(answers, job=JOB, locator="1")
    assert isinstance(error, ExpiredResult)
    assert JOB in error.message


@pytest.mark.parametrize(
    ("said", "kind", "code"),
    [
        ("line 1:8: Column 'crmid__c' cannot be resolved", FixConfiguration, "CPQ-305"),
        ("line 1:8: Column 'x' cannot be resolved", CallForHelp, "CPQ-902"),
        ("Query exceeded the maximum time limit of 3600.00s", RetryLater, "CPQ-104"),
        ("something else", CallForHelp, "CPQ-901"),
    ],
)
def test_a_failed_job_says_what_zuora_says(said: str, kind: type[CpqBridgeError], code: str) -> None:
    error, _ = refused([job("accepted"), job("failed", errorMessage=said)])
    assert (type(error), error.code, error.detail) == (kind, code, {"job": JOB})
    assert said in error.message


def test_a_missing_custom_field_is_named() -> None:
    error, _ = refused([job("accepted"), job("failed", errorMessage="line 1:8: Column 'a.tier__c' cannot be resolved")])
    assert error.field == "a.tier__c"


def test_a_cancelled_job_may_be_tried_again() -> None:
    error, _ = refused([job("accepted"), job("cancelled")])
    assert (type(error), error.code) == (RetryLater, "CPQ-104")


def test_a_job_without_end_is_left_alone_and_can_be_gone_on_with() -> None:
    polling = Polling(first=1, growth=2, longest=4, most=10)
    error, stage = refused([job("accepted"), *[job("in_progress") for _ in range(9)]], polling=polling)
    assert (type(error), error.code, error.detail) == (RetryLater, "CPQ-106", {"job": JOB})
    assert stage.slept == [1, 2, 4]


@pytest.mark.parametrize(
    "content",
    [LINES[:30], LINES * 2, gzip.compress(LINES)[:-9], b"<html>", b"\x1f\x8b\x00\x00"],
    ids=["short", "long", "cut", "page", "damaged"],
)
def test_a_file_that_is_not_what_zuora_counted_is_refused(content: bytes) -> None:
    error, _ = refused([job("accepted"), completed(), completed(), stored(content)])
    assert (type(error), error.code) == (CallForHelp, "CPQ-901")


def test_windows_go_on_after_the_last_key() -> None:
    first, second = LINES[: LINES.index(b"\n", 40) + 1], LINES[LINES.index(b"\n", 40) + 1 :]
    answers: list[Answer] = [job("accepted"), completed(2), completed(2), stored(first)]
    answers += [job("accepted"), completed(1), completed(1), stored(second)]
    pages, stage = read(answers, key="id", window=2, max_records=1)
    assert [row for page in pages for row in page.rows] == ROWS
    assert [page.locator for page in pages] == [BEGINNING, "a", "b", "b", None]
    queries = [sent(request)["query"] for request in stage.requests if request.url.path == "/query/jobs"]
    assert queries == [
        "SELECT w.* FROM (select id, quantity from rateplancharge) w ORDER BY w.id LIMIT 2",
        "SELECT w.* FROM (select id, quantity from rateplancharge) w WHERE w.id > 'b' ORDER BY w.id LIMIT 2",
    ]


def test_a_key_goes_on_without_the_old_job() -> None:
    answers: list[Answer] = [job("accepted"), completed(0)]
    pages, stage = read(answers, key="id", job="gone", locator="c")
    assert pages == [Page([], JOB, "c"), Page([], JOB, None)]
    assert sent(stage.requests[1])["query"].endswith("WHERE w.id > 'c' ORDER BY w.id LIMIT 400000")


def test_nothing_in_a_key_ends_the_text() -> None:
    assert windowed("select 1", "name", "O'Brien", 5).endswith("WHERE w.name > 'O''Brien' ORDER BY w.name LIMIT 5")


def test_a_key_must_be_among_the_columns() -> None:
    error, _ = refused([job("accepted"), completed(), completed(), stored()], key="name")
    assert (type(error), error.code) == (CallForHelp, "CPQ-902")


async def _pieces(count: int) -> AsyncGenerator[bytes]:
    line = b'{"id":"8a52bfdeaf4b440784aa3475b207c982","name":"Platform Standard","quantity":12.5,"deleted":false}\n'
    packed = gzip.compress(line * 1000)
    for _ in range(count // 1000):
        yield packed


def test_a_long_file_needs_no_more_memory_than_a_short_one() -> None:
    async def work() -> int:
        number = 0
        async for rows in rows_of(_pieces(60_000), 1000):
            number += len(rows)
        return number

    tracemalloc.start()
    try:
        assert asyncio.run(work()) == 60_000
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as local:
        for number in range(25):
            row = {"name": f"Product {number:02}", "sKU": f"SKU-{number}", "effectiveStartDate": "2026-01-01"}
            local.tenant.store.insert("product", row)
        yield local


def on(sandbox: LocalSandbox, work: Callable[[ZuoraClient], Awaitable[Any]]) -> Any:
    access = sandbox.credentials["zuora"]
    connection = ZuoraConnection(access["base_url"], access["client_id"], access["client_secret"])

    async def story() -> Any:
        async with ZuoraClient(connection) as client:
            return await work(client)

    return asyncio.run(story())


@pytest.mark.parametrize("key", [None, "id"])
def test_a_reading_that_was_cut_short_goes_on_in_a_tenant(sandbox: LocalSandbox, key: str | None) -> None:
    sql = "select id, name from product" if key else "select id, name from product order by id"

    async def work(client: ZuoraClient) -> None:
        whole = [row for page in await gathered(data_query(client, sql, key=key, window=9)) for row in page.rows]
        assert [row["id"] for row in whole] == sorted(row["id"] for row in sandbox.tenant.store.rows("product"))
        kept: list[Page] = []
        async for page in data_query(client, sql, key=key, max_records=4, window=9):
            kept.append(page)
            if len(kept) == 3:
                break
        last = kept[-1]
        kept += await gathered(data_query(client, sql, key=key, max_records=6, job=last.job, locator=last.locator))
        assert [row for page in kept for row in page.rows] == whole

    on(sandbox, work)


def test_a_tenant_without_the_feature_says_so(sandbox: LocalSandbox) -> None:
    async def work(client: ZuoraClient) -> None:
        with pytest.raises(FixConfiguration) as caught:
            await gathered(data_query(client, "select id from account"))
        assert caught.value.code == "CPQ-304"

    sandbox.tenant.configure({"dataQuery": False})
    try:
        on(sandbox, work)
    finally:
        sandbox.tenant.configure({"dataQuery": True})
