"""Brings the tables of a database to this version of cpqbridge, by itself, at every opening."""

from __future__ import annotations

from importlib.resources import as_file, files

from sqlalchemy import Connection, Engine, text

from cpqbridge.errors import FixConfiguration
from cpqbridge.history.migrations import HEAD, REVISIONS
from cpqbridge.history.tables import SCHEMA

LOCK = 0x63707162
"""The advisory lock (the letters "cpqb") under which one process migrates and the others wait."""

READ_ONLY = text("SELECT current_setting('transaction_read_only') = 'on'")
"""Gives whether a connection takes no writes."""

_TABLES = text(
    """
    SELECT EXISTS (
        SELECT FROM pg_class
        WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'r' AND relname <> 'alembic_version'
    )
    """
)


def upgrade(engine: Engine) -> None:
    """Run the migrations that are missing; quick when there are none.

    Raises:
        FixConfiguration: CPQ-308, the database was made by a newer cpqbridge; CPQ-306, it takes no writes, or nobody
            knows which version its tables are of.
    """
    with engine.connect() as connection:
        _check_writable(connection)
        if _current(connection) == HEAD:
            return
    with engine.connect().execution_options(isolation_level="READ COMMITTED") as connection, connection.begin():
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        if (current := _current(connection)) != HEAD:
            if current is None:
                _check_empty(connection)
            make_schema(connection, SCHEMA)
            _run_migrations(connection)


def make_schema(connection: Connection, name: str) -> None:
    """Make a schema where it is not there; one that is there needs no right to make any."""
    if connection.scalar(text("SELECT to_regnamespace(:name)"), {"name": name}) is None:
        connection.execute(text(f"CREATE SCHEMA {name}"))


def _check_writable(connection: Connection) -> None:
    if connection.scalar(READ_ONLY):
        raise FixConfiguration(
            "CPQ-306",
            "The database takes no writes: it is a replica, or read-only",
            field="database",
            remedy="Give the address of the primary server.",
        )


def _current(connection: Connection) -> str | None:
    """Return the revision of the database, None when it has none."""
    table = f"{SCHEMA}.alembic_version"
    if connection.scalar(text("SELECT to_regclass(:name)"), {"name": table}) is None:
        return None
    found: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - a constant
    if found is not None and found not in REVISIONS:
        raise FixConfiguration(
            "CPQ-308",
            f"The database has tables of version {found}; this cpqbridge knows them up to {HEAD}",
            field="database",
        )
    return found


def _check_empty(connection: Connection) -> None:
    if connection.scalar(_TABLES, {"schema": SCHEMA}):
        raise FixConfiguration(
            "CPQ-306",
            f"The database has tables of cpqbridge's, and {SCHEMA}.alembic_version does not say of which version",
            field="database",
            remedy="Restore that table from a backup, or use another database. Where this version of cpqbridge has "
            f"made the tables, its one row is version_num = '{HEAD}'.",
        )


def _run_migrations(connection: Connection) -> None:
    from alembic import command  # a slow import that most openings do not need
    from alembic.config import Config

    with as_file(files("cpqbridge.history") / "migrations") as folder:
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.set_main_option("version_locations", str(folder / "versions").replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
