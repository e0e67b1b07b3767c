"""`cpqbridge adopt`: what it prints, what it takes and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

ORDER = "00000100"


@pytest.fixture
def unlinked(sandbox: LocalSandbox, cli: Cli) -> str:
    """The account of an order whose subscriptions are in Zuora without ids, as people enter them."""
    ran = cli("sync", "order", ORDER, "--json")
    assert ran.status == 0
    store = sandbox.tenant.store
    for plan in list(store.rows("ratePlan")):
        store.update("ratePlan", plan["id"], {"externallyManagedPlanId": None})
    [row] = sandbox.org.store.find("Order", "OrderNumber", ORDER)
    return str(row["AccountId"])


def test_shown_then_written_then_there(unlinked: str, cli: Cli) -> None:
    shown = cli("adopt", "order", ORDER)
    assert shown.status == 0
    assert "number" in shown.out
    assert "--write" in shown.err
    planned = cli("adopt", "order", ORDER, "--json").document
    assert planned["written"] is False
    assert {one["outcome"] for one in planned["records"]} == {"planned"}
    [pair], record = planned["records"][0]["pairs"], planned["records"][0]["record"]
    assert pair["writes"] == pair["salesforce"]["id"]
    assert pair["salesforce"]["quantity"] == pair["zuora"]["quantity"]
    assert (pair["salesforce"]["start"], pair["salesforce"]["end"]) == (pair["zuora"]["start"], pair["zuora"]["end"])
    written = cli("adopt", "order", ORDER, "--write", "--json")
    assert written.status == 0
    assert {one["outcome"] for one in written.document["records"]} == {"synced"}
    again = cli("adopt", "order", ORDER, "--write")
    assert again.status == 0
    assert "unchanged" in again.out
    rows = cli("history", "list", "--json", "--outcome", "synced", "--record", record).document
    detail = cli("history", "show", str(rows[0]["id"]), "--json").document
    assert [(one["name"], one["state"], one["status"]) for one in detail["operations"]] == [
        ("link_rate_plan", "done", 200)
    ]
    assert "adopt order" in cli("history", "show", str(rows[0]["run_id"])).out
    everything = cli("adopt", "account", unlinked, "--json")
    assert everything.status in (0, 3)
    assert {one["outcome"] for one in everything.document["records"]} >= {"unchanged"}


@pytest.mark.usefixtures("unlinked")
def test_a_csv_file(cli: Cli, tmp_path: Path) -> None:
    [record, *_] = cli("adopt", "order", ORDER, "--json").document["records"]
    number, there = record["record"], record["zuora"]["subscriptions"][0]
    file = tmp_path / "pairs.csv"
    file.write_text(f"\ufeffsubscription;zuora_subscription\n{number};{there}\n\n", "utf-8")
    ran = cli("adopt", "csv", str(file), "--json")
    assert ran.status == 0
    assert [(one["record"], one["matchedBy"]) for one in ran.document["records"]] == [(number, "csv")]
    file.write_text(f"subscription,zuora_subscription\n{number},A-S-nowhere\n", "utf-8")
    held = cli("adopt", "order", ORDER, "--csv", str(file))
    assert held.status == 3
    assert "line 2" in held.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"", "lacks the column subscription, zuora_subscription"),
        (b"subscription,zuora_subscription,colour\n", "has a column colour"),
        (b"subscription,zuora_subscription\nSUB-1\n", "line 2 has no zuora_subscription"),
        (b"subscription,zuora_subscription\nSUB-1,A\nSUB-1,B\n", "line 3 names SUB-1 again, after line 2"),
        (b"\xff\xfe\x00", "not written in UTF-8"),
    ],
    ids=["absent", "empty", "column", "value", "twice", "encoding"],
)
def test_a_wrong_csv_file(cli: Cli, tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "pairs.csv"
    if content is not None:
        file.write_bytes(content)
    ran = cli("adopt", "csv", str(file))
    assert ran.status == 2
    assert said in " ".join(ran.err.split())


@pytest.mark.parametrize("arguments", [(), ("001000000000001AAA", "--all")], ids=["nothing", "both"])
def test_either_accounts_or_all(cli: Cli, arguments: tuple[str, ...]) -> None:
    ran = cli("adopt", "account", *arguments)
    assert ran.status == 2
    assert "CPQ-307" in ran.err


@pytest.mark.usefixtures("sandbox")
def test_what_is_not_in_zuora_yet_is_held_with_the_next_step(cli: Cli) -> None:
    ran = cli("adopt", "order", ORDER)
    assert ran.status == 3
    assert "CPQ-419" in ran.out
    assert cli("adopt", "order", "99999999").status == 4
