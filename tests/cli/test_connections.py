"""`--connection`, and orders that go where the conditions send them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli
from tests.several import section, write_file
from tests.world import Line, World

ENTITIES = [
    {"id": "1a2b7a37-3e7d-4cb3-b0e2-883de9e766c1", "name": "Acme"},
    {"id": "1a2b7a37-3e7d-4cb3-b0e2-883de9e766c2", "name": "Acme-DE"},
]
OF_GERMANY = "Type = 'Germany'"


@pytest.fixture
def both() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as running:
        httpx.post(f"{running.zuora_url}/_sandbox/settings", json={"entities": ENTITIES}).raise_for_status()
        yield running


@pytest.fixture
def orders(both: LocalSandbox) -> list[str]:
    """One order for each of two entities, of one customer."""
    world = World(both.org)
    customer, seat = world.account(), world.product()
    return [world.order(customer, [Line(seat)], Type=kind) for kind in ("Germany", "New")]


@pytest.fixture
def configured(both: LocalSandbox, tmp_path: Path, database_url: str):
    """Give a function that writes the file: the conditions of `home` and `de`."""

    def write(home: str | None, de: str | None = OF_GERMANY) -> None:
        connections = {
            name: {"zuora": {"entity_id": one["id"]}} | ({"when": when} if when else {})
            for name, one, when in zip(("home", "de"), ENTITIES, (home, de), strict=True)
        }
        systems = {name: section(both, name) for name in ("salesforce", "zuora")}
        write_file(tmp_path, database_url, connections, **systems)

    return write


def test_orders_go_where_they_belong(cli: Cli, both: LocalSandbox, configured, orders: list[str]) -> None:
    configured(None)
    done = cli("sync", "order", *orders, "--json")
    assert done.status == 0, done.err
    assert {row["record"]: row["outcome"] for row in done.document} == dict.fromkeys(orders, "synced")
    home, germany = both.tenant, both.tenant.entity(ENTITIES[1]["id"])
    assert [[row["orderNumber"] for row in one.store.rows("order")] for one in (germany, home)] == [
        [one] for one in orders
    ]
    shown = cli("history", "list", "--connection", "de", "--json").document
    assert {row["number"] for row in shown if row["number"]} >= {orders[0]}
    assert orders[1] not in {row["number"] for row in shown}


def test_a_plan_of_one_connection(cli: Cli, configured, orders: list[str]) -> None:
    configured(None)
    assert cli("plan", "order", orders[0], "--connection", "de", "--json").document["record"] == orders[0]


def test_one_of_several_must_be_named(cli: Cli, configured) -> None:
    configured(None)
    for command in (("sync", "account", "001000000000001AAA"), ("doctor",), ("sync", "deleted")):
        done = cli(*command, "--json")
        assert done.status == 2, command
        assert done.document["error"]["code"] == "CPQ-311"
        assert "home, de" in done.document["error"]["message"]


def test_the_history_of_all_connections(cli: Cli, configured, orders: list[str]) -> None:
    configured(None)
    cli("sync", "order", *orders, "--json")
    for what in ("list", "runs"):
        rows = cli("history", what, "--json").document
        assert {row["connection"] for row in rows} == {"home", "de"}
        assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
        assert [row["id"] for row in cli("history", what, "--limit", "1", "--json").document] == [rows[0]["id"]]
        only = cli("history", what, "--connection", "de", "--json").document
        assert only == [row for row in rows if row["connection"] == "de"]
        assert "connection" in cli("history", what).out.splitlines()[0]
        for row in rows:
            assert cli("history", "show", str(row["id"]), "--json").status == 0


def test_an_unknown_connection(cli: Cli, configured, orders: list[str]) -> None:
    configured(None)
    done = cli("sync", "order", orders[0], "--connection", "fr", "--json")
    assert (done.status, done.document["error"]["code"]) == (2, "CPQ-311")
    assert "`fr`" in done.document["error"]["message"]


def test_an_order_that_no_connection_takes(cli: Cli, configured, orders: list[str]) -> None:
    configured("Type = 'Sweden'")
    done = cli("sync", "order", *orders, "--json")
    assert (done.status, done.document["error"]["code"]) == (2, "CPQ-311")
    assert orders[1] in done.document["error"]["message"]
    assert orders[0] not in done.document["error"]["message"]


def test_a_number_that_two_orgs_have(cli: Cli, tmp_path: Path, database_url: str) -> None:
    with LocalSandbox("empty") as here, LocalSandbox("empty") as there:
        for sandbox in (here, there):
            world = World(sandbox.org)
            number = world.order(world.account(), [Line(world.product())])
        pairs = {"here": here, "there": there}
        connections = {
            name: {system: section(one, system) for system in ("salesforce", "zuora")} for name, one in pairs.items()
        }
        write_file(tmp_path, database_url, connections)
        done = cli("sync", "order", number, "--json")
        assert (done.status, done.document["error"]["code"]) == (2, "CPQ-311")
        assert "here, there" in done.document["error"]["message"]
        assert cli("sync", "order", number, "--connection", "there", "--json").status == 0
