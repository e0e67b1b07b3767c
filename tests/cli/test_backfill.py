"""`cpqbridge backfill`: what it prints, writes and returns."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

SINCE = ("backfill", "--since", "2000-01-01")


def zuora_orders(sandbox: LocalSandbox) -> list[str]:
    return sorted(row["orderNumber"] for row in sandbox.tenant.store.rows("order"))


def test_a_dry_run_writes_nothing(cli: Cli, sandbox: LocalSandbox, tmp_path: Path) -> None:
    ran = cli(*SINCE, "--dry-run", "--csv", str(tmp_path / "far" / "plan.csv"))
    assert ran.status == 3
    assert "24 orders: 20 planned, 1 waiting, 3 held" in ran.out
    assert "CPQ-403 → Fill the account's billing address" in ran.out
    assert "Nothing was written." in ran.out
    assert zuora_orders(sandbox) == []
    with (tmp_path / "far" / "plan.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    assert {row["outcome"] for row in rows} == {"planned", "waiting", "held"}
    assert cli("backfill", "list").out.strip() == "There are no back-fills."


def test_to_the_end_with_a_report(cli: Cli, sandbox: LocalSandbox, tmp_path: Path) -> None:
    ran = cli(*SINCE, "--json", "--csv", str(tmp_path / "done.csv"))
    assert ran.status == 3, ran
    summary, records = ran.document["summary"], ran.document["records"]
    assert (summary["state"], summary["total"], summary["records"]) == ("done", 24, 24)
    assert summary["outcomes"] == {"held": 3, "waiting": 1, "synced": 20}
    assert sum(reason["records"] for reason in summary["reasons"]) == len(records) == 24
    assert [reason["outcome"] for reason in summary["reasons"]] == ["held", "held", "held", "waiting", "synced"]
    with (tmp_path / "done.csv").open(encoding="utf-8", newline="") as file:
        assert sorted(row["number"] for row in csv.DictReader(file)) == sorted(one["number"] for one in records)
    [listed] = cli("backfill", "list", "--json").document
    assert (listed["state"], listed["outcomes"]["synced"]) == ("done", 20)
    shown = cli("backfill", "show", str(listed["id"]))
    assert shown.status == 3
    assert "24 orders: 20 synced, 1 waiting, 3 held" in shown.out
    assert "(starting on or after 2000-01-01) is done." in shown.out
    assert len(zuora_orders(sandbox)) >= 20


def test_paused_shown_and_resumed_by_the_same_command(cli: Cli, sandbox: LocalSandbox) -> None:
    held = cli("backfill", "--orders", "00000101", "--orders", "00000102", "--pause")
    assert held.status == 3
    assert "paused: 2 orders are set aside until `cpqbridge backfill resume" in held.out
    assert zuora_orders(sandbox) == []
    again = cli("backfill", "--orders", "00000101", "--orders", "00000102")
    assert again.status == 0
    assert "was asked for alike and has not ended: it goes on" in again.err
    assert zuora_orders(sandbox) == ["00000101", "00000102"]


def test_resume_pause_and_cancel_by_number(cli: Cli, sandbox: LocalSandbox) -> None:
    number = str(cli("backfill", "--orders", "00000101", "--pause", "--json").document["summary"]["id"])
    assert cli("backfill", "pause", number).status == 0, "it is paused already"
    resumed = cli("backfill", "resume", number)
    assert (resumed.status, zuora_orders(sandbox)) == (0, ["00000101"])
    ended = cli("backfill", "resume", number)
    assert (ended.status, "is done: it cannot be resumed" in ended.err) == (2, True)
    other = str(cli("backfill", "--orders", "00000102", "--pause", "--json").document["summary"]["id"])
    cancelled = cli("backfill", "cancel", other, "--json")
    assert (cancelled.document["state"], cancelled.document["outcomes"]) == ("cancelled", {"cancelled": 1})
    assert cli("backfill", "cancel", other).status == 2
    assert zuora_orders(sandbox) == ["00000101"]
    unknown = cli("backfill", "show", "9999", "--json")
    assert (unknown.status, unknown.document["error"]["code"]) == (2, "CPQ-313")


@pytest.mark.usefixtures("sandbox")
def test_orders_of_a_file_each_have_an_outcome(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("OrderNumber,Name\n00000101,a\n\n99999999,b\n00000101,c\n")
    ran = cli("backfill", "--orders", "orders.csv", "--json")
    assert ran.status == 4
    outcomes = {one["number"]: (one["outcome"], one["code"]) for one in ran.document["records"]}
    assert outcomes == {"00000101": ("synced", None), "99999999": ("failed", "CPQ-419")}


def test_orders_of_accounts(cli: Cli, sandbox: LocalSandbox, tmp_path: Path) -> None:
    [order] = sandbox.org.store.find("Order", "OrderNumber", "00000101")
    (tmp_path / "accounts.txt").write_text(f"Account Id\n{order['AccountId'][:15]}\n")
    ran = cli("backfill", "--accounts", "accounts.txt", "--dry-run", "--json")
    assert "00000101" in [one["number"] for one in ran.document["records"]]
    assert {one["account"] for one in ran.document["records"]} == {order["AccountId"]}
    assert ran.document["summary"]["state"] == "planned"


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say which orders"),
        (("--orders", "1", "--since", "2026-01-01"), "--orders names the orders"),
        (("--accounts", "801x"), "'801x' is no id of a Salesforce account"),
        (("--orders", "missing.csv"), "There is no file missing.csv"),
        (("--since", "soon"), "soon"),
        (("--where", "Foo = 3"), "No such column 'Foo'"),
        (("--where", "Name = 'a' LIMIT 1", "--dry-run"), "MALFORMED_QUERY"),
        (("--all", "--connection", "eu"), "there is no connection `eu`"),
    ],
)
def test_wrong_use_is_told_and_begins_nothing(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    ran = cli("backfill", *arguments)
    assert ran.status == 2
    assert said in " ".join(ran.err.split())
    assert cli("backfill", "list", "--json").document == []
