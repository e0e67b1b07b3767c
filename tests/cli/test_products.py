"""`sync products` and `plan products`: what they print and how they end."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Cli


@pytest.mark.usefixtures("sandbox")
def test_products_by_code(cli: Cli) -> None:
    planned = cli("plan", "products", "--all", "--json")
    code = next(one["record"] for one in planned.document if one["outcome"] == "planned")
    ran = cli("sync", "products", code, "--json")
    assert ran.status == 0
    assert (ran.document["object"], ran.document["record"], ran.document["outcome"]) == ("Product2", code, "synced")
    assert {one["operation"] for one in ran.document["operations"]} >= {"create_product_rate_plan_charge"}
    again = cli("sync", "products", code)
    assert again.status == 0
    assert "unchanged" in again.out
    shown = cli("history", "list")
    assert code in shown.out


@pytest.mark.usefixtures("sandbox")
def test_an_unknown_product(cli: Cli) -> None:
    ran = cli("sync", "products", "NOTHING")
    assert ran.status == 4
    assert "CPQ-419" in ran.out


@pytest.mark.parametrize("arguments", [(), ("SEAT", "--all")], ids=["nothing", "both"])
@pytest.mark.parametrize("command", ["plan", "sync"])
def test_either_products_or_all(cli: Cli, command: str, arguments: tuple[str, ...]) -> None:
    ran = cli(command, "products", *arguments)
    assert ran.status == 2
    assert "CPQ-307" in ran.err
