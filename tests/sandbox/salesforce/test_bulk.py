"""Bulk 2.0 both ways: states, CSV formats, locators, results of each row, refusals."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import pytest

from tests.sandbox.salesforce.conftest import API, Client

QUERY = "SELECT Id, name, Parent.Name, NumberOfEmployees FROM Account ORDER BY Name"


def poll(client: Client, path: str) -> list[str]:
    """Look at a job until it is over; the states seen come out."""
    seen: list[str] = []
    while not seen or seen[-1] not in {"JobComplete", "Failed", "Aborted"}:
        seen.append(client.get(f"{API}/{path}").json()["state"])
        assert len(seen) < 10
    return seen


def rows(answer: httpx.Response, delimiter: str = ",") -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text), delimiter=delimiter))


def ingest(client: Client, text: str, **job: Any) -> str:
    made = client.post(f"{API}/jobs/ingest", json={"object": "Account", "operation": "insert"} | job).json()
    assert made["state"] == "Open"
    assert made["contentUrl"] == f"services/data/v67.0/jobs/ingest/{made['id']}/batches"
    path = f"{API}/jobs/ingest/{made['id']}"
    assert client.put(f"{path}/batches", content=text.encode(), headers={"Content-Type": "text/csv"}).status_code == 201
    assert client.patch(path, json={"state": "UploadComplete"}).json()["state"] == "UploadComplete"
    return f"jobs/ingest/{made['id']}"


def test_query_in_pages(client: Client) -> None:
    top = client.create("Account", Name='A "quoted", one', NumberOfEmployees=5)
    for name in "BCD":
        client.create("Account", Name=name, ParentId=top)
    made = client.post(f"{API}/jobs/query", json={"operation": "query", "query": QUERY}).json()
    assert (made["state"], made["object"], made["operation"]) == ("UploadComplete", "Account", "query")
    path = f"jobs/query/{made['id']}"
    assert client.get(f"{API}/{path}/results").status_code == 400
    assert poll(client, path) == ["JobComplete"]
    page = client.get(f"{API}/{path}/results", params={"maxRecords": 3})
    assert (page.headers["Sforce-NumberOfRecords"], page.text.splitlines()[0]) == (
        "3",
        '"Id","Name","Parent.Name","NumberOfEmployees"',
    )
    assert rows(page)[0] == {"Id": top, "Name": 'A "quoted", one', "Parent.Name": "", "NumberOfEmployees": "5"}
    rest = client.get(f"{API}/{path}/results", params={"locator": page.headers["Sforce-Locator"], "maxRecords": 3})
    assert rest.headers["Sforce-Locator"] == "null"
    assert rows(rest)[0]["Parent.Name"] == 'A "quoted", one'


def test_states_follow_the_looks(client: Client) -> None:
    client.post("/_sandbox/settings", json={"bulkPolls": 2})
    made = client.post(f"{API}/jobs/query", json={"operation": "query", "query": QUERY}).json()
    assert poll(client, f"jobs/query/{made['id']}") == ["InProgress", "InProgress", "JobComplete"]


def test_deleted_rows_only_with_query_all(client: Client) -> None:
    client.delete(f"{API}/sobjects/Account/{client.create('Account', Name='a')}")
    counts = []
    for operation in ("query", "queryAll"):
        made = client.post(f"{API}/jobs/query", json={"operation": operation, "query": QUERY}).json()
        poll(client, f"jobs/query/{made['id']}")
        counts.append(client.get(f"{API}/jobs/query/{made['id']}/results").headers["Sforce-NumberOfRecords"])
    assert counts == ["0", "1"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Id, (SELECT Id FROM Contacts) FROM Account",
        "SELECT COUNT() FROM Account",
        "SELECT Name, COUNT(Id) FROM Account GROUP BY Name",
        "SELECT Id FROM Account LIMIT 5 OFFSET 5",
        "SELECT Id FROM Nope",
        "SELECT Nope FROM Account",
        "",
    ],
)
def test_refused_queries(client: Client, query: str) -> None:
    answer = client.post(f"{API}/jobs/query", json={"operation": "query", "query": query})
    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"]


def test_a_semi_join_is_no_nested_query(client: Client) -> None:
    text = "SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact)"
    assert client.post(f"{API}/jobs/query", json={"operation": "query", "query": text}).status_code == 200


@pytest.mark.parametrize(
    ("query", "header"),
    [
        (
            "SELECT a.Id, a.parent.NAME, a.Name, a.parent.Id FROM Account a WHERE a.ParentId != null",
            ["Id", "Parent.Name", "Name", "Parent.Id"],
        ),
        (
            "SELECT toLabel(Industry), FORMAT(NumberOfEmployees) staff FROM Account WHERE ParentId != null",
            ["Industry", "staff"],
        ),
    ],
    ids=["aliases, in the order of the query", "functions"],
)
def test_columns_are_those_of_the_query(client: Client, query: str, header: list[str]) -> None:
    top = client.create("Account", Name="top")
    client.create("Account", Name="a", ParentId=top, Industry="Banking", NumberOfEmployees=7)
    job = client.post(f"{API}/jobs/query", json={"operation": "query", "query": query}).json()["id"]
    poll(client, f"jobs/query/{job}")
    [row] = rows(client.get(f"{API}/jobs/query/{job}/results"))
    assert list(row) == header
    assert all(row.values())


def test_ids_of_deleted_jobs_do_not_come_again(client: Client) -> None:
    body = {"operation": "query", "query": "SELECT Id FROM Account"}
    first, second = (client.post(f"{API}/jobs/query", json=body).json()["id"] for _ in range(2))
    poll(client, f"jobs/query/{first}")
    assert client.delete(f"{API}/jobs/query/{first}").status_code == 204
    assert client.post(f"{API}/jobs/query", json=body).json()["id"] not in {first, second}


def test_an_upload_must_be_utf_8(client: Client) -> None:
    job = client.post(f"{API}/jobs/ingest", json={"object": "Account", "operation": "insert"}).json()["id"]
    path = f"{API}/jobs/ingest/{job}/batches"
    answer = client.put(path, content=b"Name\n\xff\n", headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "CLIENTINPUTERROR")


def test_insert_with_failures(client: Client) -> None:
    path = ingest(client, 'Name,NumberOfEmployees\n"Acme, ""Inc""",7\n,8\nBeta,many\n')
    assert poll(client, path) == ["InProgress", "JobComplete"]
    info = client.get(f"{API}/{path}").json()
    assert (info["numberRecordsProcessed"], info["numberRecordsFailed"]) == (3, 2)
    [good] = rows(client.get(f"{API}/{path}/successfulResults"))
    assert (good["sf__Created"], good["Name"]) == ("true", 'Acme, "Inc"')
    assert client.get(f"{API}/sobjects/Account/{good['sf__Id']}").json()["NumberOfEmployees"] == 7
    missing, mistyped = rows(client.get(f"{API}/{path}/failedResults/"))
    assert missing["sf__Error"] == "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name--"
    assert mistyped["sf__Id"] == ""
    assert rows(client.get(f"{API}/{path}/unprocessedrecords")) == []


def test_other_delimiter_and_line_ending(client: Client) -> None:
    path = ingest(client, "Name;Industry\r\nA;Banking\r\n", columnDelimiter="SEMICOLON", lineEnding="CRLF")
    poll(client, path)
    assert rows(client.get(f"{API}/{path}/successfulResults"), ";")[0]["Industry"] == "Banking"


def test_update_upsert_and_delete(client: Client) -> None:
    field = {"sobject": "Account", "name": "Erp_Key__c", "type": "string", "externalId": True}
    client.post("/_sandbox/settings", json={"customFields": [field]})
    account = client.create("Account", Name="a", Industry="Banking", Erp_Key__c="1")
    poll(client, ingest(client, f"Id,Name,Industry\n{account},b,#N/A\n", operation="update"))
    body = client.get(f"{API}/sobjects/Account/{account}").json()
    assert (body["Name"], body["Industry"]) == ("b", None)
    path = ingest(client, "Erp_Key__c,Name\n1,c\n2,d\n", operation="upsert", externalIdFieldName="Erp_Key__c")
    poll(client, path)
    assert [row["sf__Created"] for row in rows(client.get(f"{API}/{path}/successfulResults"))] == ["false", "true"]
    poll(client, ingest(client, f"Id\n{account}\n", operation="delete"))
    assert [row["Name"] for row in client.soql("SELECT Name FROM Account")] == ["d"]


@pytest.mark.parametrize(
    "text", ["Name,Nope\na,b\n", "", "Name\r\nx\r\n"], ids=["unknown field", "empty", "line ending"]
)
def test_a_bad_upload_fails_the_job(client: Client, text: str) -> None:
    path = ingest(client, text)
    assert poll(client, path)[-1] == "Failed"
    assert client.get(f"{API}/{path}").json()["errorMessage"]
    assert client.get(f"{API}/{path}/unprocessedrecords").status_code == 200
    assert client.soql("SELECT Id FROM Account") == []


def test_abort_delete_and_list(client: Client) -> None:
    made = client.post(f"{API}/jobs/ingest", json={"object": "Account", "operation": "insert"}).json()
    path = f"{API}/jobs/ingest/{made['id']}"
    assert client.delete(path).status_code == 400
    assert client.patch(path, json={"state": "Aborted"}).json()["state"] == "Aborted"
    assert client.patch(path, json={"state": "UploadComplete"}).status_code == 400
    assert [job["id"] for job in client.get(f"{API}/jobs/ingest").json()["records"]] == [made["id"]]
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "job",
    [
        {"object": "Nope", "operation": "insert"},
        {"object": "Account", "operation": "guess"},
        {"object": "Account", "operation": "upsert"},
        {"object": "Account", "operation": "insert", "columnDelimiter": "DOT"},
        {"object": "Account", "operation": "insert", "contentType": "JSON"},
    ],
)
def test_refused_jobs(client: Client, job: dict[str, str]) -> None:
    assert client.post(f"{API}/jobs/ingest", json=job).status_code == 400
