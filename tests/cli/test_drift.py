"""`cpqbridge drift`: what it prints, writes and returns."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

ORDERS = ("00000101", "00000102")


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CPQBRIDGE_DATABASE_DATA_DIR", str(tmp_path / "data"))


def _account(sandbox: LocalSandbox) -> str:
    """Sell the first account its orders; return its id."""
    [order] = sandbox.org.store.find("Order", "OrderNumber", ORDERS[0])
    return str(order["AccountId"])


def _break(sandbox: LocalSandbox) -> None:
    """Give a customer another name in Zuora."""
    [account] = sandbox.tenant.store.find("account", crmId=_account(sandbox))
    sandbox.tenant.store.update("account", account["id"], {"name": "Nobody [red]knows[/red]"})


def test_what_has_not_drifted(cli: Cli, sandbox: LocalSandbox) -> None:
    account = _account(sandbox)
    assert cli("sync", "account", account).status in (0, 3)
    ran = cli("drift", "--account", account, "--only", "name", "--json")
    assert ran.status == 0, ran
    assert ran.document["summary"]["differences"] == 0
    assert ran.document["differences"] == []
    assert ran.document["summary"]["read"]["order products"] > 0


def test_what_has_drifted_is_told_in_a_table_and_a_file(cli: Cli, sandbox: LocalSandbox, tmp_path: Path) -> None:
    account = _account(sandbox)
    cli("sync", "account", account)
    _break(sandbox)
    ran = cli("drift", "--account", account, "--only", "name", "--csv", str(tmp_path / "far" / "drift.csv"))
    assert ran.status == 3
    assert "[red]knows" in ran.out, "what looks like markup is data"
    assert f"→ cpqbridge sync account {account} (1)" in ran.out
    with (tmp_path / "far" / "drift.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert (row["kind"], row["field"], row["zuora"]) == ("account", "name", "Nobody [red]knows[/red]")


def test_the_document_has_summary_and_differences(cli: Cli, sandbox: LocalSandbox) -> None:
    cli("sync", "account", _account(sandbox))
    _break(sandbox)
    ran = cli("drift", "--json")
    assert ran.status == 3
    summary = ran.document["summary"]
    assert summary["differences"] == len(ran.document["differences"]) > 1
    assert sum(one["count"] for one in summary["counts"]) == summary["differences"]
    assert {"account", "subscription"} <= {one["kind"] for one in ran.document["differences"]}


@pytest.mark.usefixtures("sandbox")
def test_the_table_shows_as_many_lines_as_are_wanted(cli: Cli) -> None:
    ran = cli("drift", "--lines", "1")
    assert ran.status == 3
    assert ran.out.count("→") == 1
    assert "more: --csv FILE or --json gives all" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--only", "colour"), "There is no field colour"),
        (("--account", "Acme"), "Acme is no id of a Salesforce account"),
        (("--as-of", "yesterday"), "yesterday"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_what_cannot_be_meant_is_refused(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    ran = cli("drift", *arguments, "--json")
    assert ran.status == 2
    assert said in ran.document["error"]["message"]


@pytest.mark.usefixtures("sandbox")
def test_a_file_that_cannot_be_written_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = cli("drift", "--csv", str(tmp_path / "file" / "drift.csv"))
    assert ran.status == 2
    assert "cannot be written" in ran.err


def test_a_side_that_cannot_be_read_ends_with_4(cli: Cli, sandbox: LocalSandbox) -> None:
    sandbox.stop()
    ran = cli("drift", "--json")
    assert ran.status == 4
    assert ran.document["error"]["code"].startswith("CPQ-1")
