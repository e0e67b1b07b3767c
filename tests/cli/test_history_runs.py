"""`cpqbridge history runs`, and what began since a day."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli


@pytest.mark.usefixtures("sandbox")
def test_runs_with_what_became_of_their_records(cli: Cli) -> None:
    cli("sync", "order", "00000101", "00000110")
    cli("sync", "order", "00000101")
    second, first = cli("history", "runs", "--json").document
    assert (first["command"], first["outcomes"]) == ("sync order", {"synced": 1, "held": 1})
    assert second["outcomes"] == {"unchanged": 1}
    assert "1 held, 1 synced" in cli("history", "runs", "--limit", "2").out
    assert len(cli("history", "runs", "--limit", "1", "--json").document) == 1


@pytest.mark.usefixtures("sandbox")
def test_only_what_began_since_a_day(cli: Cli) -> None:
    cli("sync", "order", "00000101")
    for what in ("list", "runs"):
        assert len(cli("history", what, "--since", "2020-01-01", "--json").document) == 1
        assert cli("history", what, "--since", "2999-01-01", "--json").document == []


@pytest.mark.parametrize("length", [15, 18])
def test_a_record_by_either_form_of_its_id(cli: Cli, sandbox: LocalSandbox, length: int) -> None:
    [order] = sandbox.org.store.find("Order", "OrderNumber", "00000101")
    cli("sync", "order", "00000101", "00000110")
    [found] = cli("history", "list", "--record", order["Id"][:length], "--json").document
    assert (found["number"], found["salesforce_id"]) == ("00000101", order["Id"])
