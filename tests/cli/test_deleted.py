"""`cpqbridge sync deleted` and `plan deleted`."""

from __future__ import annotations

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
    for ran in (planned, swept, named):
        assert (ran.document["record"], ran.document["outcome"], ran.document["code"]) == (NUMBER, "held", "CPQ-438")
        assert ran.status == 3
    assert "CPQ-438" in cli("sync", "deleted", "--since", "2000-01-01").out


def test_without_any_the_sweep_says_nothing_and_succeeds(cli: Cli, sandbox: LocalSandbox) -> None:
    del sandbox
    ran = cli("sync", "deleted")
    assert (ran.status, ran.out.strip()) == (0, "Nothing to do.")


def test_a_day_is_a_day(cli: Cli, sandbox: LocalSandbox) -> None:
    del sandbox
    assert cli("sync", "deleted", "--since", "yesterday").status == 2
    assert cli("plan", "deleted").status == 2
