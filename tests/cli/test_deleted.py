"""`cpqbridge sync deleted` and `plan deleted`."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli
from tests.world import World

NUMBER = "00000101"


def test_deleted_orders_are_shown_then_held(cli: Cli, sandbox: LocalSandbox) -> None:
    assert cli("sync", "order", NUMBER).status == 0
    assert cli("sync", "deleted", "--json").document == []
    World(sandbox.org).undo(NUMBER, delete=True)
    planned = cli("plan", "deleted", "--since", "2000-01-01", "--json")
    swept = cli("sync", "deleted", "--json")
    named = cli("sync", "order", NUMBER, "--json")
    for ran in (planned, cli("plan", "deleted", "--json"), swept, named):
        assert (ran.document["record"], ran.document["outcome"], ran.document["code"]) == (NUMBER, "held", "CPQ-438")
        assert ran.status == 3
    assert "CPQ-438" in cli("sync", "deleted", "--since", "2000-01-01").out


@pytest.mark.parametrize("command", ["plan", "sync"])
@pytest.mark.parametrize("since", [(), ("--since", "2000-01-01")])
def test_without_any_nothing_is_done_and_that_is_said(
    cli: Cli, sandbox: LocalSandbox, command: str, since: tuple[str, ...]
) -> None:
    del sandbox
    ran = cli(command, "deleted", *since)
    assert (ran.status, ran.out.strip()) == (0, "Nothing to do.")


def test_what_was_done_about_a_deleted_order_is_said(
    cli: Cli, sandbox: LocalSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CPQBRIDGE_OPTIONS_DELETED_ORDERS", "delete")
    assert cli("sync", "order", NUMBER).status == 0
    World(sandbox.org).undo(NUMBER, delete=True)
    assert "delete_order" in cli("plan", "deleted").out
    assert f"{NUMBER} Order {NUMBER} was deleted in Zuora: it is deleted in Salesforce" in cli("sync", "deleted").out
    again = cli("sync", "order", NUMBER, "--json").document
    assert (again["outcome"], "code" in again) == ("unchanged", False)
    assert "nothing of it is billed" in again["note"]


def test_a_day_is_a_day(cli: Cli, sandbox: LocalSandbox) -> None:
    del sandbox
    assert cli("sync", "deleted", "--since", "yesterday").status == 2
    assert cli("plan", "deleted", "--since", "yesterday").status == 2
