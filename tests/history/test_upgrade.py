"""The migrations: from nothing, again, at once from several sides, and never backwards."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import cpqbridge.history
from cpqbridge.errors import FixConfiguration
from cpqbridge.history import service_tables  # noqa: F401 - its tables belong to the metadata
from cpqbridge.history.ledger import History
from cpqbridge.history.migrations import HEAD, REVISIONS
from cpqbridge.history.tables import SCHEMA, metadata
from cpqbridge.history.upgrade import upgrade
from cpqbridge.settings import DatabaseSettings


def engine_of(url: str):
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")


def test_the_tables_are_what_the_code_takes_them_for(database_url: str) -> None:
    engine = engine_of(database_url)
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        options = {
            "include_schemas": True,
            "version_table_schema": SCHEMA,
            "include_name": lambda name, kind, _: kind != "schema" or name == SCHEMA,
            "compare_type": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert context.get_current_heads() == (HEAD,)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_list_of_revisions_is_that_of_the_modules() -> None:
    folder = Path(cpqbridge.history.__file__).parent / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS


def test_several_open_an_empty_database_at_once(database_url: str) -> None:
    engines = [engine_of(database_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(upgrade, engines))
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT version_num FROM cpqbridge.alembic_version").fetchall() == [(HEAD,)]
    for engine in engines:
        engine.dispose()


def test_a_newer_database_is_left_alone(database_url: str) -> None:
    engine = engine_of(database_url)
    upgrade(engine)
    engine.dispose()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE cpqbridge.alembic_version SET version_num = '9999'")

    async def main() -> None:
        async with History.open(DatabaseSettings.at(database_url)):
            raise AssertionError("opened")

    with pytest.raises(FixConfiguration, match="version 9999; this cpqbridge knows them up to") as caught:
        asyncio.run(main())
    assert caught.value.code == "CPQ-308"


@pytest.mark.parametrize("lost", ["DELETE FROM cpqbridge.alembic_version", "DROP TABLE cpqbridge.alembic_version"])
def test_tables_of_an_unknown_version_are_left_alone(database_url: str, lost: str) -> None:
    engine = engine_of(database_url)
    upgrade(engine)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(lost.encode())
    with pytest.raises(FixConfiguration, match="does not say of which version") as caught:
        upgrade(engine)
    engine.dispose()
    assert caught.value.code == "CPQ-306"
    assert f"version_num = '{HEAD}'" in caught.value.remedy


def test_what_was_written_is_still_there_after_reopening(database: DatabaseSettings) -> None:
    async def main() -> None:
        async with History.open(database) as history:
            run = await history.start_run("sync", {"tolerance": Decimal("0.010")})
        async with History.open(database) as history:
            shown = await history.show(run)
        assert shown is not None
        assert str(shown.options["tolerance"]) == "0.010"

    asyncio.run(main())
