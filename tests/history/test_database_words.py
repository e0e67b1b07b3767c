"""What stops a database, in cpqbridge's words: at the start it is told, later it is waited for."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from cpqbridge.errors import CpqBridgeError, FixConfiguration, RetryLater
from cpqbridge.history.clocks import MOST, skew, wrong_clock
from cpqbridge.history.database import _in_own_words
from cpqbridge.history.ledger import History
from cpqbridge.settings.database import DatabaseSettings

PASSING = [
    (psycopg.errors.DiskFull("could not extend file"), "Free space"),
    (psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT"), "primary server"),
    (psycopg.errors.TooManyConnections("too many connections for role"), "connection limit"),
    (psycopg.OperationalError("FATAL:  could not write init file: No space left on device"), "Free space"),
    (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "connection limit"),
    (psycopg.OperationalError("FATAL:  password authentication failed for user"), "the user and the password"),
]


def told(cause: Exception, *, opening: bool) -> CpqBridgeError:
    with pytest.raises(CpqBridgeError) as caught, _in_own_words(opening=opening):
        raise DBAPIError("SELECT 1", {}, cause)
    return caught.value


@pytest.mark.parametrize(("cause", "remedy"), PASSING, ids=lambda value: str(value)[:30])
def test_what_stops_it_is_told_at_the_start_and_waited_for_later(cause: Exception, remedy: str) -> None:
    at_start, later = told(cause, opening=True), told(cause, opening=False)
    assert (type(at_start), at_start.code) == (FixConfiguration, "CPQ-306")
    assert (type(later), later.code) == (RetryLater, "CPQ-101")
    assert remedy in at_start.remedy
    assert at_start.remedy == later.remedy


def test_a_wrong_statement_is_not_waited_for() -> None:
    assert told(psycopg.errors.UndefinedColumn("no such column"), opening=False).code == "CPQ-306"
    assert type(told(psycopg.OperationalError("server closed the connection"), opening=False)) is RetryLater


def test_schemas_that_are_there_need_no_right_to_make_any(bare_database_url: str) -> None:
    role = f"least_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(bare_database_url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{role}'".encode())
        owner.execute(f"REVOKE CREATE ON DATABASE {owner.info.dbname} FROM PUBLIC, {role}".encode())
        for schema in ("cpqbridge", "cpqbridge_jobs"):
            owner.execute(f"CREATE SCHEMA {schema} AUTHORIZATION {role}".encode())

    async def story() -> int:
        address = f"postgresql://{role}:{role}@" + bare_database_url.partition("@")[2]
        async with History.open(DatabaseSettings.at(address)) as history:
            return int(await history.start_run("sync", {}))

    assert asyncio.run(story()) == 1
    with psycopg.connect(bare_database_url, autocommit=True) as owner:
        owner.execute(f"DROP OWNED BY {role}".encode())
        owner.execute(f"DROP ROLE {role}".encode())


def test_the_clocks_are_compared_by_the_middle_of_the_question() -> None:
    asked = datetime(2026, 1, 1, tzinfo=UTC)
    ahead = skew(asked, asked + timedelta(seconds=3602), asked + timedelta(seconds=4))
    assert ahead == 3600
    wrong = wrong_clock(ahead)
    assert wrong is not None
    assert wrong.message == "This machine's clock is 3600 seconds behind the database's: set it right"
    assert wrong_clock(MOST) is None
    assert "ahead of" in str(wrong_clock(-MOST - 1))
