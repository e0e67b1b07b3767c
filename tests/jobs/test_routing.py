"""Every order of an org belongs to one connection at most, whatever its fields hold, and stays where it was carried."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from cpqbridge.errors import FixData
from cpqbridge.history.database import Database, open_database
from cpqbridge.history.destinations import Destinations
from cpqbridge.history.ledger import History
from cpqbridge.jobs.routing import extra_condition, left_alone, route
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings import Settings, load
from cpqbridge.sync.connect import destinations, open_clients, open_history, scope_of
from tests.world import Line, World

CONDITIONS = (
    "Type = 'New'",
    "Type != 'New'",
    "Type IN ('New', 'Renewal')",
    "Type NOT IN ('New')",
    "Type LIKE 'N%'",
    "NOT Type LIKE 'N%'",
    "Account.BillingCountry = 'Germany'",
    "Account.BillingCountry != 'Germany'",
    "Account.AnnualRevenue > 100",
    "Account.AnnualRevenue <= 100",
    "PoNumber = null",
    "IsReductionOrder = false",
    "Type = 'New' AND Account.AnnualRevenue > 100",
    "NOT (Type = 'New' OR Account.BillingCountry = null)",
    "EffectiveDate >= 2025-02-01",
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as running:
        world = World(running.org)
        seat = world.product()
        world.price(seat, "USD", 10)
        accounts = [
            world.account("German", BillingCountry="Germany", AnnualRevenue=1000),
            world.account("Small", BillingCountry="Germany", AnnualRevenue=1),
            world.account("Unknown", BillingCountry=None, BillingState=None),
        ]
        for account in accounts:
            for kind in ("New", None):
                start, end = ("2025-01-01", "2025-12-31") if kind else ("2025-03-01", "2026-02-28")
                world.order(account, [Line(seat)], start=start, end=end, Type=kind)
        yield running


@pytest.fixture
def write(sandbox: LocalSandbox, tmp_path: Path, database_url: str):
    """Give a function that makes settings with one connection for each condition, all in this org."""

    def written(*conditions: str | None) -> Settings:
        org, tenant = sandbox.credentials["salesforce"], sandbox.credentials["zuora"]
        keys = ("client_id", "client_secret")
        document: dict[str, Any] = {
            "allow_clear_secrets": True,
            "database": {"url": database_url},
            "salesforce": {"login_url": org["login_url"], **{key: org[key] for key in keys}},
            "zuora": {"base_url": tenant["base_url"], **{key: tenant[key] for key in keys}},
            "connections": {
                f"c{number}": {"zuora": {"entity_id": str(number)}} | ({"when": when} if when else {})
                for number, when in enumerate(conditions)
            },
        }
        file = tmp_path / "cpqbridge.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        return load(file, {})

    return written


def query(settings: Settings, *queries: str) -> list[set[str]]:
    async def do() -> list[set[str]]:
        async with open_clients(settings.connection(settings.connection_names()[0])) as clients:
            return [{row["Id"] for row in page} for page in await clients.salesforce.query_many(queries)]

    return asyncio.run(do())


def orders_where(condition: str | None) -> str:
    return " WHERE ".join(filter(None, ("SELECT Id FROM Order", condition)))


def guard(settings: Settings, name: str, database: Database) -> Destinations:
    found = destinations(settings.connection(name), database)
    assert found is not None
    return found


async def carried(history: History, order: str) -> None:
    """Write something for an order, as a sync does."""
    run = await history.start_run("sync order", {})
    attempt = await history.begin_record(run, f"Order:{order}", "00000100")
    call = {"method": "POST", "path": "/v1/orders", "body": {}, "idempotency_key": None}
    await history.intend(attempt, position=0, name="create order", key="k", **call)


class TestConditions:
    def test_one_connection_takes_all(self, write) -> None:
        settings = write(None)
        assert extra_condition(settings, "c0") is None
        assert left_alone(settings, "c0") is None

    def test_a_file_without_connections_takes_all(self, write) -> None:
        settings = write(None).model_copy(update={"connections": {}})
        assert extra_condition(settings, "default") is None
        assert left_alone(settings, "default") is None

    def test_the_one_without_a_condition_comes_last(self, write) -> None:
        settings = write(None, "Type = 'New'")
        assert extra_condition(settings, "c0") == "(Type != 'New' OR Type = null)"
        assert extra_condition(settings, "c1") == "Type = 'New'"

    def test_other_objects_belong_to_every_connection(self, write) -> None:
        settings = write("Type = 'New'", None)
        assert extra_condition(settings, "c1", "Account") is None
        assert extra_condition(settings, "c0", "Product2") is None

    def test_a_connection_knows_it_too(self, write) -> None:
        settings = write("Type = 'New'", None)
        assert extra_condition(settings.connection("c1"), "c1") == extra_condition(settings, "c1")

    def test_another_org_has_no_say(self, write) -> None:
        settings = write("Type = 'New'", None)
        other = settings.connections["c0"].model_copy(
            update={"salesforce": settings.salesforce.model_copy(update={"login_url": "https://b.my.salesforce.com"})}
        )
        apart = settings.model_copy(update={"connections": {**settings.connections, "c0": other}})
        assert extra_condition(apart, "c1") is None

    def test_every_order_has_one_place(self, write) -> None:
        """Each pair of conditions, with and without a third connection, splits the org's orders."""
        for first, second in combinations(CONDITIONS, 2):
            settings = write(first, second)
            own = [extra_condition(settings, name) for name in settings.connection_names()]
            everything, plain, *parts = query(
                settings, *map(orders_where, (None, first, *own, left_alone(settings, "c0")))
            )
            assert parts[0] == plain, first
            assert sum(map(len, parts)) == len(everything), (first, second)
            assert set().union(*parts) == everything, (first, second)


class TestRoute:
    def test_by_id_and_by_number(self, write, sandbox: LocalSandbox) -> None:
        settings = write("Type = 'New'", "Account.BillingCountry = 'Germany'")
        rows = sandbox.org.store.query("SELECT Id, OrderNumber FROM Order").records

        async def do() -> tuple[dict[str, str], dict[str, str]]:
            async with open_clients(settings.connection("c0")) as clients:
                by_id = await route(clients.salesforce, settings, "c1", [row["Id"] for row in rows])
                numbers = [row["OrderNumber"] for row in rows]
                return by_id, await route(clients.salesforce, settings, "c0", [*numbers, "none"], "OrderNumber")

        by_id, by_number = asyncio.run(do())
        assert sorted(by_id.values()) == ["c0", "c0", "c0", "c1", "c1"]
        assert by_number == {row["OrderNumber"]: by_id[row["Id"]] for row in rows if row["Id"] in by_id}

    def test_nothing_to_ask(self, write) -> None:
        settings = write("Type = 'New'", None)

        async def do() -> dict[str, str]:
            async with open_clients(settings.connection("c0")) as clients:
                return await route(clients.salesforce, settings, "c0", [])

        assert asyncio.run(do()) == {}


class TestDestinations:
    @pytest.fixture
    def settings(self, write) -> Settings:
        return write("Type = 'New'", None)

    def test_the_first_keeps_it(self, settings: Settings) -> None:
        async def do() -> None:
            async with open_database(settings.database) as database:
                first, second = (guard(settings, name, database) for name in ("c0", "c1"))
                assert await first.claim(["801A", "801B", "801A"]) == {}
                assert await second.claim(["801B", "801C"]) == {"801B": scope_of(settings.connection("c0"))}
                assert await first.claim(["801A", "801B", "801C"]) == {"801C": scope_of(settings.connection("c1"))}
                assert await second.claim(["801A"], "Account") == {}
                await second.release(["801A", "801C"])
                assert await first.claim(["801A", "801C"]) == {}
                assert await first.claim([]) == {}

        asyncio.run(do())

    def test_of_many_at_once_one_gets_it(self, settings: Settings) -> None:
        async def do() -> None:
            async with open_database(settings.database) as database:
                both = [Destinations(database, "org", scope) for scope in ("here", "there")]
                ids = [f"801{number:03}" for number in range(200)]
                ways = (ids, ids[::-1])
                lost = await asyncio.gather(
                    *(one.claim(part) for _ in range(5) for one, part in zip(both, ways, strict=True))
                )
                for number in range(0, 10, 2):
                    assert set(lost[number]) | set(lost[number + 1]) == set(ids)
                    assert not set(lost[number]) & set(lost[number + 1])

        asyncio.run(do())

    def test_what_the_ledger_has_from_before_is_kept(self, settings: Settings) -> None:
        """A second connection is added to a file whose first one has carried orders without any destination."""

        async def do() -> None:
            first = settings.connection("c0")
            async with open_history(first) as history, open_database(settings.database) as database:
                await carried(history, "801A")
                late = guard(settings, "c1", database)
                assert await late.claim(["801A", "801B"]) == {"801A": scope_of(first)}
                with pytest.raises(
                    FixData, match="carried by the connection `c0` before; `c1` leaves it alone"
                ) as held:
                    await late.keep("801A", "00000100")
                assert (held.value.code, held.value.record) == ("CPQ-443", "Order 00000100")
                await late.keep("801B", "00000101")

        asyncio.run(do())

    def test_one_alone_asks_nobody(self, write, settings: Settings) -> None:
        async def do() -> None:
            async with open_database(settings.database) as database:
                assert destinations(write("Type = 'New'").connection("c0"), database) is None

        asyncio.run(do())
