"""`cpqbridge jobs`: what is due, and changing it."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

WAITS, NO_ADDRESS = "00000109", "00000110"


pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture
def carried(sandbox: LocalSandbox, cli: Cli) -> Cli:
    """Some orders carried over: two of them are looked at again later."""
    assert sandbox.org
    numbers = ("00000101", WAITS, NO_ADDRESS)
    cli("backfill", *(part for number in numbers for part in ("--orders", number)))
    return cli


def test_nothing_is_due(cli: Cli) -> None:
    assert "Nothing is due." in cli("jobs", "list").out
    assert cli("jobs", "list", "--json").document == {"records": [], "counts": {}, "trouble": []}


def test_what_is_due_with_the_reason(carried: Cli) -> None:
    document = carried("jobs", "list", "--json").document
    assert document["counts"] == {"later": 2}
    found = {one["number"]: one for one in document["records"]}
    assert {number: (one["outcome"], one["code"]) for number, one in found.items()} == {
        WAITS: ("waiting", "CPQ-502"),
        NO_ADDRESS: ("held", "CPQ-403"),
    }
    assert found[WAITS]["due_at"] < found[NO_ADDRESS]["due_at"]
    assert "2 records: 2 later" in carried("jobs", "list").out


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        (("--outcome", "held"), [NO_ADDRESS]),
        (("--code", "CPQ-502"), [WAITS]),
        (("--code", "cpq-502"), [WAITS]),
        (("--object", "Account"), []),
        (("--object", "Order", "--lane", "live", "--limit", "1"), [WAITS]),
        (("--lane", "backfill"), []),
        (("--account", "001000000000000"), []),
    ],
)
def test_only_some(carried: Cli, filters: tuple[str, ...], numbers: list[str]) -> None:
    records = carried("jobs", "list", "--json", *filters).document["records"]
    assert [one["number"] for one in records] == numbers


def test_one_with_what_became_of_it_before(carried: Cli) -> None:
    ran = carried("jobs", "show", NO_ADDRESS)
    assert ran.status == 0
    assert "CPQ-403 Account" in ran.out
    assert "→ Fill the account's billing address" in ran.out
    shown = carried("jobs", "show", NO_ADDRESS, "--json").document
    assert (shown["job"]["state"], [one["outcome"] for one in shown["earlier"]]) == ("later", ["held"])
    unknown = carried("jobs", "show", "00000101", "--json")
    assert (unknown.status, unknown.document["error"]["code"]) == (2, "CPQ-313")


def test_look_again_at_once(carried: Cli, sandbox: LocalSandbox) -> None:
    [order] = sandbox.org.store.find("Order", "OrderNumber", "00000101")
    again = carried("jobs", "retry", NO_ADDRESS, order["Id"][:15], "--json").document["records"]
    assert [one["number"] for one in again] == [NO_ADDRESS, "00000101"], "also what is due no more"
    due = {one["number"]: one for one in carried("jobs", "list", "--json").document["records"]}
    assert {number: one["state"] for number, one in due.items()} == {
        NO_ADDRESS: "due",
        "00000101": "due",
        WAITS: "later",
    }
    assert due[NO_ADDRESS]["attempts"] == 0
    carried("jobs", "retry", "--code", "CPQ-502")
    assert carried("jobs", "list", "--json").document["counts"] == {"due": 3}


def test_by_a_code_in_any_case(carried: Cli) -> None:
    again = carried("jobs", "retry", "--code", "cpq-403", "--json").document["records"]
    assert [one["number"] for one in again] == [NO_ADDRESS]


def test_all_are_those_of_the_history_too(carried: Cli) -> None:
    carried("jobs", "cancel", WAITS)
    carried("sync", "order", "00000116")
    ran = carried("jobs", "retry", "--all", "--json")
    numbers = sorted(one["number"] for one in ran.document["records"])
    assert numbers == [WAITS, NO_ADDRESS, "00000116"], "those that were held by a command, and a cancelled one"
    assert carried("jobs", "list", "--json").document["counts"] == {"due": 3}


def test_take_off(carried: Cli) -> None:
    ran = carried("jobs", "cancel", WAITS)
    assert (ran.status, "1 record is due no more: 00000109" in ran.out) == (0, True)
    assert [one["number"] for one in carried("jobs", "list", "--json").document["records"]] == [NO_ADDRESS]
    [latest, *_] = carried("history", "list", "--record", WAITS, "--json").document
    assert (latest["outcome"], latest["message"].startswith("Taken off")) == ("held", True)
    shown = carried("history", "show", str(latest["id"])).out
    assert latest["message"] in " ".join(shown.split())
    assert "→ `cpqbridge jobs retry`" in shown
    again = carried("jobs", "cancel", WAITS, NO_ADDRESS)
    assert (again.status, "00000109: not due" in again.err) == (2, True)
    assert carried("jobs", "list", "--json").document["counts"] == {"later": 1}, "all or none"


@pytest.mark.parametrize("arguments", [(), ("--all", "--code", "CPQ-403"), ("00000101", "--all")])
def test_wrong_use(cli: Cli, arguments: tuple[str, ...]) -> None:
    ran = cli("jobs", "retry", *arguments)
    assert (ran.status, "give ids or numbers, or --code, or --all" in ran.err) == (2, True)


def test_a_stranger(cli: Cli) -> None:
    ran = cli("jobs", "retry", "12345", "--json")
    assert (ran.status, ran.document["error"]["message"]) == (2, "12345: neither due nor in Salesforce")
