"""Several calls or records in one request: composite, graph, collections, tree, batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.salesforce.conftest import API, Client

Make = Callable[..., dict[str, str]]
KEY = {
    "customFields": [{"sobject": "Account", "name": "Erp_Key__c", "type": "string", "length": 20, "externalId": True}]
}


def sub(method: str, path: str, reference: str, body: Any = None) -> dict[str, Any]:
    entry = {"method": method, "url": f"{API}/{path}", "referenceId": reference}
    return entry | ({"body": body} if body is not None else {})


def composite(client: Client, *entries: dict[str, Any], all_or_none: bool = False) -> list[dict[str, Any]]:
    answer = client.post(f"{API}/composite", json={"allOrNone": all_or_none, "compositeRequest": list(entries)})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["compositeResponse"])


def collection(client: Client, method: str, path: str = "", **body: Any) -> httpx.Response:
    return client.request(method, f"{API}/composite/sobjects{path}", json=body)


def record(kind: str = "Account", **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind}, **fields}


def names(client: Client) -> list[str]:
    return [row["Name"] for row in client.soql("SELECT Name FROM Account ORDER BY Name")]


class TestComposite:
    def test_references_carry_ids_and_values(self, client: Client) -> None:
        answers = composite(
            client,
            sub("POST", "sobjects/Account", "acc", {"Name": "Acme", "NumberOfEmployees": 7}),
            sub("POST", "sobjects/Contact", "con", {"LastName": "Doe", "AccountId": "@{acc.id}"}),
            sub("GET", "sobjects/Account/@{acc.id}?fields=Name,NumberOfEmployees", "read"),
            sub(
                "POST",
                "sobjects/Account",
                "twin",
                {"Name": "@{read.Name} 2", "NumberOfEmployees": "@{read.NumberOfEmployees}"},
            ),
            sub("GET", "query?q=SELECT+Id,AccountId+FROM+Contact", "q"),
            sub("PATCH", "sobjects/Account/@{q.records[0].AccountId}", "last", {"Name": "Acme 3"}),
        )
        assert [answer["httpStatusCode"] for answer in answers] == [201, 201, 200, 201, 200, 204]
        assert answers[0]["httpHeaders"]["Location"].endswith(answers[0]["body"]["id"])
        assert answers[4]["body"]["records"][0]["Id"] == answers[1]["body"]["id"]
        assert names(client) == ["Acme 2", "Acme 3"]

    def test_one_call_is_counted(self, client: Client) -> None:
        composite(client, *[sub("POST", "sobjects/Account", f"r{n}", {"Name": "a"}) for n in range(25)])
        assert client.get(f"{API}/limits").headers["Sforce-Limit-Info"] == "api-usage=2/15000"

    def test_all_or_none_undoes_and_halts(self, client: Client) -> None:
        answers = composite(
            client,
            sub("POST", "sobjects/Account", "good", {"Name": "a"}),
            sub("POST", "sobjects/Account", "bad", {}),
            sub("POST", "sobjects/Account", "after", {"Name": "b"}),
            all_or_none=True,
        )
        codes = [answer["body"][0]["errorCode"] for answer in answers]
        assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING", "PROCESSING_HALTED"]
        assert names(client) == []

    def test_without_it_only_dependants_halt(self, client: Client) -> None:
        answers = composite(
            client,
            sub("POST", "sobjects/Account", "bad", {}),
            sub("POST", "sobjects/Contact", "child", {"LastName": "x", "AccountId": "@{bad.id}"}),
            sub("POST", "sobjects/Account", "good", {"Name": "a"}),
        )
        assert [answer["httpStatusCode"] for answer in answers] == [400, 400, 201]
        assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"
        assert names(client) == ["a"]

    def test_collections_inside_obey_the_outer_flag(self, client: Client) -> None:
        rows = {"allOrNone": False, "records": [record(Name="a"), record()]}
        entries = [
            sub("POST", "composite/sobjects", "rows", rows),
            sub("POST", "sobjects/Account", "one", {"Name": "b"}),
        ]
        loose = composite(client, *entries)
        assert [row["success"] for row in loose[0]["body"]] == [True, False]
        assert names(client) == ["a", "b"]
        composite(client, *entries, all_or_none=True)
        assert names(client) == ["a", "b"]

    def test_no_row_says_done_when_the_outer_flag_undoes_it(self, client: Client) -> None:
        kept = client.create("Account", Name="kept")
        made = {"records": [record(Name="a"), record()]}
        [answer] = composite(client, sub("POST", "composite/sobjects", "rows", made), all_or_none=True)
        codes = [row["errors"][0]["statusCode"] for row in answer["body"]]
        assert codes == ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"]
        [answer] = composite(client, sub("DELETE", f"composite/sobjects?ids={kept},x", "rows"), all_or_none=True)
        assert [row["success"] for row in answer["body"]] == [False, False]
        assert names(client) == ["kept"]

    def test_a_refused_row_halts_only_those_that_need_it(self, client: Client) -> None:
        answers = composite(
            client,
            sub("POST", "composite/sobjects", "rows", {"records": [record(Name="a"), record()]}),
            sub("POST", "sobjects/Contact", "first", {"LastName": "x", "AccountId": "@{rows[0].id}"}),
            sub("POST", "sobjects/Contact", "second", {"LastName": "y", "AccountId": "@{rows[1].id}"}),
        )
        assert [answer["httpStatusCode"] for answer in answers] == [200, 201, 400]
        assert answers[2]["body"][0]["errorCode"] == "PROCESSING_HALTED"

    def test_references_into_a_collection(self, client: Client) -> None:
        rows = {"records": [record(Name="a"), record(Name="b")]}
        answers = composite(
            client,
            sub("POST", "composite/sobjects", "rows", rows),
            sub("GET", "sobjects/Account/@{rows[1].id}", "second"),
        )
        assert answers[1]["body"]["Name"] == "b"

    @pytest.mark.parametrize(
        ("entries", "code"),
        [
            ([sub("GET", "limits", f"r{n}") for n in range(26)], "LIMIT_EXCEEDED"),
            ([sub("GET", "query?q=SELECT+Id+FROM+Account", f"r{n}") for n in range(6)], "LIMIT_EXCEEDED"),
            ([sub("GET", "limits", "same"), sub("GET", "limits", "same")], "INVALID_INPUT"),
            ([sub("GET", "sobjects/Account/@{nobody.id}", "r")], "INVALID_INPUT"),
            ([{"method": "GET", "url": f"{API}/limits"}], "INVALID_INPUT"),
            ([sub("BREW", "limits", "r")], "INVALID_INPUT"),
            ([], "INVALID_INPUT"),
            ([{"method": "GET", "url": "http://[bad/", "referenceId": "r"}], "INVALID_INPUT"),
            ([sub("GET", "limits", "r") | {"httpHeaders": "x"}], "JSON_PARSER_ERROR"),
        ],
        ids=["26", "six queries", "same id", "no such reference", "no id", "method", "none", "url", "headers"],
    )
    def test_refused_as_a_whole(self, client: Client, entries: list[dict[str, Any]], code: str) -> None:
        answer = client.post(f"{API}/composite", json={"compositeRequest": entries})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)

    def test_wrong_paths_fail_alone(self, client: Client) -> None:
        answers = composite(
            client,
            sub("GET", "sobjects/Account/@{q.records[3].Id}", "r2") | {"url": f"{API}/nope"},
            sub("GET", "query?q=SELECT+Id+FROM+Nope", "q"),
            sub("POST", "composite/tree/Account", "tree", {}),
        )
        assert [answer["httpStatusCode"] for answer in answers] == [404, 400, 400]
        assert answers[1]["body"][0]["errorCode"] == "INVALID_TYPE"

    def test_missing_value_behind_a_reference(self, client: Client) -> None:
        answers = composite(
            client,
            sub("GET", "query?q=SELECT+Id+FROM+Account", "q"),
            sub("GET", "sobjects/Account/@{q.records[0].Id}", "r"),
        )
        assert answers[1]["httpStatusCode"] == 400
        assert answers[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


class TestGraph:
    def graph(self, identifier: str, *entries: dict[str, Any]) -> dict[str, Any]:
        return {"graphId": identifier, "compositeRequest": list(entries)}

    def test_each_graph_stands_alone(self, client: Client) -> None:
        body = {
            "graphs": [
                self.graph(
                    "1",
                    sub("POST", "sobjects/Account", "acc", {"Name": "kept"}),
                    sub("POST", "sobjects/Contact", "con", {"LastName": "x", "AccountId": "@{acc.id}"}),
                ),
                self.graph(
                    "2",
                    sub("POST", "sobjects/Account", "acc", {"Name": "undone"}),
                    sub("POST", "sobjects/Contact", "con", {"AccountId": "@{acc.id}"}),
                ),
            ]
        }
        first, second = client.post(f"{API}/composite/graph", json=body).json()["graphs"]
        assert (first["graphId"], first["isSuccessful"]) == ("1", True)
        assert [row["httpStatusCode"] for row in first["graphResponse"]["compositeResponse"]] == [201, 201]
        assert second["isSuccessful"] is False
        rows = second["graphResponse"]["compositeResponse"]
        assert [row["body"][0]["errorCode"] for row in rows] == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
        assert names(client) == ["kept"]

    @pytest.mark.parametrize("case", ["nodes", "graphs", "depth", "same id", "query"])
    def test_limits(self, client: Client, case: str) -> None:
        node = sub("POST", "sobjects/Account", "r", {"Name": "a"})
        chain = [node | {"referenceId": "r0"}]
        chain += [sub("PATCH", f"sobjects/Account/@{{r{n}.id}}", f"r{n + 1}", {}) for n in range(15)]
        graphs = {
            "nodes": [self.graph(str(n), *[node | {"referenceId": f"r{i}"} for i in range(251)]) for n in range(2)],
            "graphs": [self.graph(str(n), node) for n in range(76)],
            "depth": [self.graph("1", *chain)],
            "same id": [self.graph("1", node), self.graph("1", node)],
            "query": [self.graph("1", sub("GET", "query?q=SELECT+Id+FROM+Account", "q"))],
        }[case]
        answer = client.post(f"{API}/composite/graph", json={"graphs": graphs})
        assert answer.status_code == 400
        assert names(client) == []


class TestCollections:
    def test_rows_fail_alone_in_their_own_dialect(self, client: Client) -> None:
        answer = collection(client, "POST", records=[record(Name="a"), record(), record("Contact", LastName="c")])
        assert answer.status_code == 200
        good, bad, contact = answer.json()
        assert good == {"id": good["id"], "success": True, "errors": []}
        message = "Required fields are missing: [Name]"
        error = {"statusCode": "REQUIRED_FIELD_MISSING", "message": message, "fields": ["Name"]}
        assert bad == {"success": False, "errors": [error]}
        assert contact["id"].startswith("003")

    def test_all_or_none(self, client: Client) -> None:
        rows = collection(client, "POST", allOrNone=True, records=[record(Name="a"), record()]).json()
        assert [row["errors"][0]["statusCode"] for row in rows] == [
            "ALL_OR_NONE_OPERATION_ROLLED_BACK",
            "REQUIRED_FIELD_MISSING",
        ]
        assert names(client) == []

    def test_update_and_delete(self, client: Client) -> None:
        first, second = client.create("Account", Name="a"), client.create("Account", Name="b")
        ghost = "001gK0000zzzzzz"
        rows = collection(
            client, "PATCH", records=[record(id=first, Name="A"), record(Id=ghost, Name="x"), record(Name="y")]
        ).json()
        assert rows[0] == {"id": first, "success": True, "errors": []}
        codes = [row["errors"][0]["statusCode"] for row in rows[1:]]
        assert codes == ["INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT"]
        gone = client.delete(
            f"{API}/composite/sobjects", params={"ids": f"{first},nope,{second}", "allOrNone": "false"}
        )
        assert [row["success"] for row in gone.json()] == [True, False, True]
        assert gone.json()[1]["errors"][0]["statusCode"] == "MALFORMED_ID"
        again = client.delete(f"{API}/composite/sobjects", params={"ids": first})
        assert again.json()[0]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"

    def test_upsert(self, client: Client) -> None:
        client.post("/_sandbox/settings", json=KEY)
        rows = [record(Name="a", Erp_Key__c="1"), record(Name="b", Erp_Key__c="2")]
        first = collection(client, "PATCH", "/Account/Erp_Key__c", records=rows).json()
        assert [row["created"] for row in first] == [True, True]
        again = collection(client, "PATCH", "/Account/Erp_Key__c", records=[*rows, record(Name="c")]).json()
        assert [row.get("created") for row in again] == [False, False, None]
        assert again[2]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"

    def test_retrieve(self, client: Client) -> None:
        first = client.create("Account", Name="a")
        params = {"ids": f"{first},001gK0000zzzzzz", "fields": "id,name"}
        rows = client.get(f"{API}/composite/sobjects/Account", params=params).json()
        assert (rows[0]["Name"], rows[1]) == ("a", None)
        posted = client.post(f"{API}/composite/sobjects/Account", json={"ids": [first], "fields": ["Name"]}).json()
        assert posted[0]["Name"] == "a"

    @pytest.mark.parametrize(
        ("rows", "code"),
        [
            ([record(Name="a")] * 201, "EXCEEDED_ID_LIMIT"),
            ([record("Account" if n % 2 else "Contact", Name="a") for n in range(11)], "LIMIT_EXCEEDED"),
            ([record(Name="a", NumberOfEmployees="many")], "JSON_PARSER_ERROR"),
            (["text"], "JSON_PARSER_ERROR"),
        ],
        ids=["201", "chunks", "mistyped", "no object"],
    )
    def test_refused_as_a_whole(self, client: Client, rows: list[Any], code: str) -> None:
        answer = collection(client, "POST", records=rows)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
        assert names(client) == []


class TestTree:
    def test_parents_with_children(self, client: Client) -> None:
        children = {"records": [{"attributes": {"type": "Contact", "referenceId": "c"}, "LastName": "Doe"}]}
        body = {
            "records": [{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "Acme", "Contacts": children}]
        }
        answer = client.post(f"{API}/composite/tree/Account/", json=body)
        assert answer.status_code == 201
        assert [row["referenceId"] for row in answer.json()["results"]] == ["a", "c"]
        [contact] = client.soql("SELECT Account.Name FROM Contact")
        assert contact["Account"]["Name"] == "Acme"

    def test_nothing_is_kept_when_one_fails(self, client: Client) -> None:
        rows = [
            {"attributes": {"type": "Account", "referenceId": "good"}, "Name": "a"},
            {"attributes": {"type": "Account", "referenceId": "bad"}},
        ]
        answer = client.post(f"{API}/composite/tree/Account", json={"records": rows})
        assert answer.status_code == 400
        assert answer.json()["hasErrors"] is True
        [result] = answer.json()["results"]
        assert (result["referenceId"], result["errors"][0]["statusCode"]) == ("bad", "REQUIRED_FIELD_MISSING")
        assert names(client) == []

    @pytest.mark.parametrize("children", [1, {"records": 1}, {"records": [1]}], ids=["number", "records", "record"])
    def test_children_of_the_wrong_shape(self, client: Client, children: Any) -> None:
        root = {"attributes": {"type": "Account", "referenceId": "r"}, "Name": "a", "Contacts": children}
        assert client.post(f"{API}/composite/tree/Account", json={"records": [root]}).status_code == 400
        assert names(client) == []


class TestBatch:
    def batch(self, client: Client, *, halt: bool) -> dict[str, Any]:
        entries = [
            {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "a"}},
            {"method": "POST", "url": "/v67.0/sobjects/Account", "richInput": {}},
            {"method": "GET", "url": "v67.0/query?q=SELECT+Name+FROM+Account"},
        ]
        answer = client.post(f"{API}/composite/batch", json={"haltOnError": halt, "batchRequests": entries})
        assert answer.status_code == 200
        return dict(answer.json())

    def test_independent(self, client: Client) -> None:
        body = self.batch(client, halt=False)
        assert body["hasErrors"] is True
        assert [row["statusCode"] for row in body["results"]] == [201, 400, 200]
        assert body["results"][2]["result"]["records"][0]["Name"] == "a"

    def test_halting(self, client: Client) -> None:
        last = self.batch(client, halt=True)["results"][2]
        assert (last["statusCode"], last["result"][0]["errorCode"]) == (412, "BATCH_PROCESSING_HALTED")
