"""Validation rules and locks stand in the way of writes, as in a real org."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.app import create_app
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed.status_fields import STATUS_FIELDS
from cpqbridge.sandbox.server import LocalSandbox
from tests.sandbox.salesforce.conftest import API, Client, serving

RULE = {"sobject": "Account", "condition": "Type = 'Partner'", "message": "No partners here", "field": "Type"}


@pytest.fixture(autouse=True)
def no_rules_left(client: Client) -> Iterator[None]:
    """The store is shared with other tests."""
    yield
    client.post("/_sandbox/validation-rules", json=[])


def update(client: Client, record_id: str, **fields: Any) -> tuple[int, str, list[str]]:
    """Return status, code and fields of the refusal of a single write."""
    answer = client.patch(f"{API}/sobjects/Account/{record_id}", json=fields)
    error = answer.json()[0] if answer.content else {}
    return answer.status_code, error.get("errorCode", ""), error.get("fields", [])


def update_row(client: Client, record_id: str, **fields: Any) -> dict[str, Any]:
    """Return the result of a record in a collection."""
    record = {"attributes": {"type": "Account"}, "id": record_id, **fields}
    [row] = client.patch(f"{API}/composite/sobjects", json={"records": [record]}).json()
    result: dict[str, Any] = row
    return result


def test_a_validation_rule_refuses_what_would_meet_its_condition(client: Client) -> None:
    account = client.create("Account", Name="a")
    assert client.post("/_sandbox/validation-rules", json=[RULE]).json() == [RULE]
    assert update(client, account, Type="Partner") == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", ["Type"])
    assert update(client, account, Type="Customer") == (204, "", [])
    assert client.soql("SELECT Type FROM Account")[0]["Type"] == "Customer"
    refused = client.post(f"{API}/sobjects/Account", json={"Name": "b", "Type": "Partner"})
    assert refused.json()[0]["message"] == "No partners here"
    assert update_row(client, account, Type="Partner")["errors"][0]["statusCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    client.post("/_sandbox/validation-rules", json=[])
    assert update(client, account, Type="Partner")[0] == 204


@pytest.mark.parametrize(
    "wrong", [{}, [{"sobject": "Account"}], [RULE | {"sobject": "Nope"}], [RULE | {"condition": "Nope = 1"}]]
)
def test_wrong_validation_rules_are_refused(client: Client, wrong: Any) -> None:
    assert client.post("/_sandbox/validation-rules", json=wrong).status_code == 400


def test_validation_rules_outlive_a_restart(tmp_path: Path) -> None:
    for start in (1, 2):
        org = Org.open(tmp_path / "org.sqlite")
        with serving(create_app(org)) as url, Client(base_url=url) as client:
            client.headers["Authorization"] = f"Bearer {SALESFORCE.access_token}"
            if start == 1:
                client.post("/_sandbox/validation-rules", json=[RULE])
            else:
                refused = client.post(f"{API}/sobjects/Account", json={"Name": "b", "Type": "Partner"})
                assert refused.json()[0]["errorCode"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
        org.close()


def test_a_locked_record_refuses_so_many_writes(client: Client) -> None:
    account = client.create("Account", Name="a")
    client.post("/_sandbox/locks", json={"ids": [account], "times": 2})
    assert update(client, account, Name="b")[:2] == (400, "UNABLE_TO_LOCK_ROW")
    row = update_row(client, account, Name="b")
    assert row["errors"][0]["message"] == (f"unable to obtain exclusive access to this record or 1 records: {account}")
    assert update(client, account, Name="b")[0] == 204


def test_an_approval_locks_until_it_ends(client: Client) -> None:
    account = client.create("Account", Name="a")
    client.post("/_sandbox/locks", json={"ids": [account[:15]], "approval": True})
    assert [update(client, account, Name="b")[1] for _ in range(3)] == ["ENTITY_IS_LOCKED"] * 3
    client.post("/_sandbox/locks", json={"ids": [account], "times": 0})
    assert update(client, account, Name="b")[0] == 204
    assert client.post("/_sandbox/locks", json={"ids": ["nope"]}).json()[0]["errorCode"] == "MALFORMED_ID"


def test_the_demo_has_status_fields_and_an_empty_org_has_none() -> None:
    with LocalSandbox("demo") as sandbox, Client(base_url=sandbox.salesforce_url) as client:
        shown = client.get("/_sandbox/settings").json()["customFields"]
        assert {sobject: {one["name"] for one in shown[sobject]} for sobject in STATUS_FIELDS} == {
            sobject: set(fields) for sobject, fields in STATUS_FIELDS.items()
        }
        client.post("/_sandbox/reset", json={"seed": "empty"})
        assert client.get("/_sandbox/settings").json()["customFields"] == {}
        client.post("/_sandbox/reset", json={"seed": "demo"})
        assert client.get("/_sandbox/settings").json()["customFields"] == shown
