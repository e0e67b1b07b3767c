"""`cpqbridge reconcile`: what it prints, writes and returns."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from cpqbridge.cli.reconcile_documents import COLUMNS, amount
from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli

SENT, OTHER = "00000101", "00000102"


@pytest.fixture(autouse=True)
def _folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CPQBRIDGE_DATABASE_DATA_DIR", str(tmp_path / "data"))


def _account(sandbox: LocalSandbox) -> str:
    [order] = sandbox.org.store.find("Order", "OrderNumber", SENT)
    return str(order["AccountId"])


def _bill(sandbox: LocalSandbox, until: str) -> None:
    httpx.post(f"{sandbox.zuora_url}/_sandbox/bill-run", json={"targetDate": until}, timeout=60).raise_for_status()


def _total(document: Any, name: str) -> Decimal:
    return sum((Decimal(line[name]) for line in document["lines"] if line[name] is not None), Decimal(0))


def test_an_order_before_and_after_it_is_sent(cli: Cli, sandbox: LocalSandbox) -> None:
    before = cli("reconcile", "order", SENT, "--json")
    assert (before.status, before.document["sent"]) == (0, False), before
    assert {line["source"] for line in before.document["lines"]} <= {"computed", "preview"}
    assert cli("sync", "order", SENT).status == 0
    _bill(sandbox, "2030-01-01")
    after = cli("reconcile", "order", SENT, "--json")
    assert (after.status, after.document["sent"]) == (0, True), after
    for name in ("quoted", "billed", "difference"):
        assert Decimal(after.document[name]) == _total(after.document, name)
    assert after.document["quoted"] == before.document["quoted"]
    documents = {one["document"] for line in after.document["lines"] for one in line["periods"]}
    assert any(str(one).startswith("INV") for one in documents)


@pytest.mark.usefixtures("sandbox")
def test_a_person_is_told_table_totals_and_a_drawing(cli: Cli) -> None:
    ran = cli("reconcile", "order", SENT)
    assert ran.status == 0, ran
    assert f"Order {SENT}, not in Zuora yet: what it would bill" in ran.out
    assert "difference 0.00" in ran.out
    assert "CPQ   " in ran.out
    assert "Zuora " in ran.out


def test_what_is_not_synced_is_told_with_what_mends_it(cli: Cli, sandbox: LocalSandbox) -> None:
    ran = cli("reconcile", "account", _account(sandbox))
    assert ran.status == 3
    assert "not synced: Zuora has no charge for it." in ran.out
    assert "→ Sync the order." in ran.out


@pytest.mark.usefixtures("sandbox")
def test_csv_and_picture_are_written(cli: Cli, tmp_path: Path) -> None:
    table, drawn = tmp_path / "far" / "lines.csv", tmp_path / "far" / "lines.svg"
    ran = cli("reconcile", "order", SENT, "--json", "--csv", str(table), "--picture", str(drawn))
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    billed = sum((Decimal(row["billed"]) for row in rows if row["billed"]), Decimal(0))
    assert billed == Decimal(ran.document["billed"])
    picture = drawn.read_text(encoding="utf-8")
    root = ET.fromstring(picture)  # noqa: S314 - our own file
    assert root.tag.endswith("svg")
    assert "prefers-color-scheme: dark" in picture
    assert "<script" not in picture
    assert f"Order {SENT}" in picture


@pytest.mark.usefixtures("sandbox")
def test_several_orders_are_a_list_with_a_picture_each(cli: Cli, tmp_path: Path) -> None:
    ran = cli("reconcile", "order", SENT, OTHER, "--json", "--picture", str(tmp_path / "p.svg"))
    assert [one["record"] for one in ran.document] == [SENT, OTHER]
    assert sorted(one.name for one in tmp_path.glob("p*.svg")) == [f"p-{OTHER}.svg", "p.svg"]


@pytest.mark.usefixtures("sandbox")
def test_all_orders_since_a_day(cli: Cli, tmp_path: Path) -> None:
    assert cli("sync", "order", SENT).status == 0
    table = tmp_path / "all.csv"
    ran = cli("reconcile", "--since", "2020-01-01", "--json", "--csv", str(table))
    assert ran.status == 3
    summary, lines = ran.document["summary"], ran.document["lines"]
    assert (summary["lines"], summary["causes"][0]["cause"]) == (len(lines), "not_synced")
    sizes = [abs(Decimal(line["difference"] or 0)) for line in lines]
    assert sizes == sorted(sizes, reverse=True)
    with table.open(encoding="utf-8", newline="") as file:
        assert len(list(csv.DictReader(file))) == len(lines)
    told = cli("reconcile", "--since", "2020-01-01", "--lines", "1")
    assert told.status == 3
    assert "not synced" in told.out
    assert cli("reconcile", "--since", "2099-01-01").out.strip() == "No order was changed since 2099-01-01."


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--since", "soon"),
        ("--since", "2020-01-01", "order", SENT),
        ("order",),
        ("order", SENT, "--picture", "a.png"),
    ],
    ids=["nothing", "no day", "both", "no number", "no SVG"],
)
def test_wrong_use(cli: Cli, words: tuple[str, ...]) -> None:
    assert cli("reconcile", *words).status == 2


@pytest.mark.usefixtures("sandbox")
def test_what_salesforce_lacks_fails(cli: Cli) -> None:
    for words in (("order", "99999999"), ("account", "001000000000000AAA")):
        ran = cli("reconcile", *words, "--json")
        assert (ran.status, ran.document["error"]["code"]) == (4, "CPQ-419")


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        ("5", "EUR", "5.00"),
        ("5", "JPY", "5"),
        ("5.125", "EUR", "5.125"),
        ("1E+2", "USD", "100.00"),
        ("5", "KWD", "5.000"),
    ],
)
def test_amounts_have_the_decimals_of_their_currency(value: str, currency: str, shown: str) -> None:
    assert amount(Decimal(value), currency) == shown
