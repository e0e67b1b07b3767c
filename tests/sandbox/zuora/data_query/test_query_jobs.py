"""Query jobs over HTTP: states, limits, wrong requests, and the files of their results."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import Clock, ZuoraClient
from tests.sandbox.zuora.data_query.conftest import RESULTS, Ask

QUERY = "select accountnumber, balance, autopay from account order by accountnumber"


def submit(zuora: ZuoraClient, **body: Any) -> httpx.Response:
    return zuora.json("POST", "/query/jobs", {"query": QUERY, **RESULTS, **body})


def look(zuora: ZuoraClient, job: str) -> dict[str, Any]:
    return dict(zuora.json("GET", f"/query/jobs/{job}").json()["data"])


@pytest.mark.usefixtures("rows")
def test_a_job_goes_through_its_states(zuora: ZuoraClient) -> None:
    job = submit(zuora).json()["data"]
    assert {name: job[name] for name in ("query", "queryStatus", "sourceData", "useIndexJoin", "remainingRetries")} == {
        "query": QUERY,
        "queryStatus": "accepted",
        "sourceData": "LIVE",
        "useIndexJoin": False,
        "remainingRetries": 3,
    }
    assert len(job["id"]) == len(job["createdBy"]) == 36
    running = look(zuora, job["id"])
    assert running["queryStatus"] == "in_progress"
    assert "dataFile" not in running
    done = look(zuora, job["id"])
    assert (done["queryStatus"], done["outputRows"]) == ("completed", 2)
    assert done["dataFile"].startswith("http")
    assert look(zuora, job["id"])["outputRows"] == 2


def test_jobs_are_listed_newest_first(zuora: ZuoraClient, tenant: Tenant) -> None:
    tenant.configure({"asyncJobPolls": 9})
    first, second = (submit(zuora).json()["data"]["id"] for _ in range(2))
    zuora.json("DELETE", f"/query/jobs/{first}")

    def listed(**params: str) -> list[str]:
        return [job["id"] for job in zuora.get("/query/jobs", params=params).json()["data"]]

    assert listed() == [second, first]
    assert listed(pageSize="1") == [second]
    assert listed(queryStatus="cancelled") == [first]
    assert zuora.get("/query/jobs", params={"pageSize": "41"}).status_code == 400


def test_a_job_is_cancelled_before_its_end_only(zuora: ZuoraClient) -> None:
    job = submit(zuora).json()["data"]["id"]
    assert zuora.json("DELETE", f"/query/jobs/{job}").json()["data"]["queryStatus"] == "cancelled"
    refused = zuora.json("DELETE", f"/query/jobs/{job}")
    assert (refused.status_code, refused.json()["code"]) == (400, 400)
    assert look(zuora, job)["queryStatus"] == "cancelled"


def test_few_jobs_run_and_few_wait(zuora: ZuoraClient, tenant: Tenant) -> None:
    tenant.configure({"dataQueryLimits": {"running": 1, "queued": 2}, "asyncJobPolls": 3})
    first = submit(zuora).json()["data"]["id"]
    assert look(zuora, first)["queryStatus"] == "in_progress"
    waiting = [submit(zuora).json()["data"]["id"] for _ in range(2)]
    assert submit(zuora).status_code == 429
    zuora.json("DELETE", f"/query/jobs/{first}")
    assert look(zuora, waiting[0])["queryStatus"] == "in_progress"
    assert look(zuora, waiting[1])["queryStatus"] == "accepted"
    assert submit(zuora).status_code == 200


def test_a_key_makes_one_job(zuora: ZuoraClient) -> None:
    body = {"query": QUERY, **RESULTS}
    jobs = {
        zuora.json("POST", "/query/jobs", body, headers={"Idempotency-Key": "k"}).json()["data"]["id"] for _ in "12"
    }
    assert len(jobs) == 1


@pytest.mark.usefixtures("rows")
def test_the_official_client_runs_a_query(sdk: Any) -> None:
    from zuora_sdk.models import SubmitDataQueryRequest

    api = sdk.data_queries_api()
    job = api.post_data_query_job(SubmitDataQueryRequest(**RESULTS, query=QUERY)).data
    while job.query_status in {"accepted", "in_progress"}:
        job = api.get_data_query_job(job.id).data
    assert (job.query_status, job.output_rows) == ("completed", 2)
    assert len(httpx.get(job.data_file).text.splitlines()) == 2
    assert [listed.id for listed in api.get_data_query_jobs().data] == [job.id]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"query": None}, "query"),
        ({"query": ""}, "query"),
        ({"query": 1}, "query"),
        ({"query": "select 1" + " " * 1_000_000}, "1000000"),
        ({"compression": None}, "compression"),
        ({"compression": "BROTLI"}, "NONE, GZIP, ZIP"),
        ({"outputFormat": "XML"}, "JSON, CSV, TSV, DSV"),
        ({"outputFormat": "DSV"}, "columnSeparator"),
        ({"output": {"target": "FTP"}}, "S3"),
        ({"output": "S3"}, "S3"),
        ({"sourceData": "WAREHOUSE"}, "Warehouse"),
        ({"sourceData": "DEAD"}, "LIVE"),
        ({"encryptionKey": "AAAA"}, "encryptionKey"),
    ],
)
def test_wrong_requests_are_refused(zuora: ZuoraClient, change: dict[str, Any], said: str) -> None:
    refused = submit(zuora, **change)
    assert (refused.status_code, set(refused.json())) == (400, {"code", "message"})
    assert said in refused.json()["message"]


def test_a_request_names_its_media_type(zuora: ZuoraClient) -> None:
    refused = zuora.post("/query/jobs", content=b"{}", headers={"content-type": "text/plain"})
    assert (refused.status_code, refused.json()) == (415, {"code": 415, "message": "HTTP 415 Unsupported Media Type"})
    broken = zuora.post("/query/jobs", content=b"{", headers={"content-type": "application/json"})
    assert (broken.status_code, broken.json()["code"]) == (400, 400)


def test_other_jobs_are_not_found(zuora: ZuoraClient) -> None:
    for method in ("GET", "DELETE"):
        assert zuora.json(method, "/query/jobs/5948abde-b875-4d06-ad07-c2138853d8bc").status_code == 404


def test_without_the_feature_nothing_is_answered(zuora: ZuoraClient, tenant: Tenant) -> None:
    tenant.configure({"dataQuery": False})
    for refused in (submit(zuora), zuora.json("GET", "/query/jobs"), zuora.json("GET", "/query/jobs/x")):
        assert (refused.status_code, refused.json()["code"]) == (403, 50000010)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(
    ("options", "content"),
    [
        ({"outputFormat": "CSV"}, "accountnumber,balance,autopay\nA1,10.500000000,\nA2,,\n"),
        ({"outputFormat": "TSV"}, "accountnumber\tbalance\tautopay\nA1\t10.500000000\t\nA2\t\t\n"),
        ({"outputFormat": "DSV", "columnSeparator": "|"}, "accountnumber|balance|autopay\nA1|10.500000000|\nA2||\n"),
        (
            {},
            (
                '{"accountnumber":"A1","balance":10.500000000,"autopay":null}\n'
                '{"accountnumber":"A2","balance":null,"autopay":null}\n'
            ),
        ),
    ],
)
def test_results_come_in_every_format(ask: Ask, options: dict[str, str], content: str) -> None:
    plain = ask(QUERY, **options)["dataFile"]
    assert httpx.get(plain).text == content
    packed = ask(QUERY, **options, compression="GZIP")["dataFile"]
    assert packed.partition("?")[0].endswith(".gz")
    assert gzip.decompress(httpx.get(packed).content).decode() == content
    zipped = ask(QUERY, **options, compression="ZIP")["dataFile"]
    with zipfile.ZipFile(io.BytesIO(httpx.get(zipped).content)) as archive:
        assert archive.read(archive.namelist()[0]).decode() == content


@pytest.mark.usefixtures("rows")
def test_a_file_needs_its_own_permission_and_no_other(ask: Ask, zuora: ZuoraClient, clock: Clock) -> None:
    job = ask(QUERY)
    address = httpx.URL(job["dataFile"])
    assert httpx.get(address).status_code == 200
    both = zuora.get(address)
    assert (both.status_code, "Only one auth mechanism allowed" in both.text) == (400, True)
    forged = address.copy_set_param("X-Amz-Signature", "0" * 64)
    assert (httpx.get(forged).status_code, "SignatureDoesNotMatch" in httpx.get(forged).text) == (403, True)
    older = address.copy_set_param("X-Amz-Date", "20200101T000000Z")
    assert httpx.get(older).status_code == 403
    clock.move(timedelta(minutes=61))
    assert "Request has expired" in httpx.get(address).text
    assert look_again(zuora, job["id"]) == 200


def look_again(zuora: ZuoraClient, job: str) -> int:
    """The status of the file at the address that the job gives now, with a new session."""
    from cpqbridge.sandbox.credentials import ZUORA

    form = {"client_id": ZUORA.client_id, "client_secret": ZUORA.client_secret, "grant_type": "client_credentials"}
    token = zuora.post("/oauth/token", data=form).json()["access_token"]
    answer = zuora.json("GET", f"/query/jobs/{job}", headers={"authorization": f"Bearer {token}"})
    return httpx.get(answer.json()["data"]["dataFile"]).status_code


@pytest.mark.usefixtures("rows")
def test_a_part_of_a_file_can_be_had(ask: Ask) -> None:
    address = ask(QUERY)["dataFile"]
    whole = httpx.get(address)
    etag = whole.headers["etag"]
    part = httpx.get(address, headers={"Range": "bytes=5-", "If-Match": etag})
    assert (part.status_code, part.content) == (206, whole.content[5:])
    assert part.headers["content-range"] == f"bytes 5-{len(whole.content) - 1}/{len(whole.content)}"
    assert httpx.get(address, headers={"Range": "bytes=2-3"}).content == whole.content[2:4]
    assert httpx.get(address, headers={"Range": "bytes=99999-"}).status_code == 416
    assert httpx.get(address, headers={"Range": "bytes=5-", "If-Match": '"other"'}).status_code == 412


def test_files_do_not_outlive_a_reset(ask: Ask, zuora: ZuoraClient, tenant: Tenant) -> None:
    job = ask("show tables")
    tenant.store.clear()
    assert zuora.json("GET", f"/query/jobs/{job['id']}").status_code == 404
