"""What the database says after it: how fast work was taken over, and what is not as it must be."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import psycopg

from tests.chaos import ledger

CUT_OFF = """
    SELECT earlier.record_key, earlier.started_at, later.started_at
    FROM cpqbridge.record AS earlier
    JOIN cpqbridge.record AS later USING (scope, record_key)
    WHERE earlier.code = 'CPQ-107' AND later.attempt = earlier.attempt + 1
"""
"""Attempts that were cut off, each with the attempt that took its record over."""

OUTCOMES = """
    SELECT outcome, code, count(*) FROM (
        SELECT DISTINCT ON (scope, record_key) outcome, code FROM cpqbridge.record
        ORDER BY scope, record_key, attempt DESC
    ) AS latest GROUP BY outcome, code
"""

LEFT = "SELECT count(*) FROM cpqbridge.due WHERE due_at <= clock_timestamp() OR begun > 0"


FOLLOWED = "SELECT count(DISTINCT scope) FROM cpqbridge.cursor WHERE name = 'poll:Order'"


def followed(connection: psycopg.Connection[Any]) -> int:
    """Return how many connections are followed."""
    try:
        row = connection.execute(FOLLOWED).fetchone()
    except psycopg.errors.UndefinedTable:
        return 0
    return int(row[0]) if row else 0


def flaws(connection: psycopg.Connection[Any]) -> list[str]:
    """Return what is wrong with the history, as lines for people."""
    return ledger.flaws(connection)


def takeovers(connection: psycopg.Connection[Any], deaths: list[datetime]) -> list[float]:
    """Return the seconds from each death to the next attempt at each record that was in work then.

    Args:
        connection: A session.
        deaths: When processes ended, or stood still, by the database's clock.
    """
    found = []
    for _, begun, again in connection.execute(CUT_OFF):
        cause = max((at for at in deaths if begun <= at <= again), default=None)
        if cause is not None:
            found.append((again - cause).total_seconds())
    return sorted(found)


def outcomes(connection: psycopg.Connection[Any]) -> Counter[tuple[str | None, str | None]]:
    """Return how many records came to which outcome and code in their latest attempt."""
    return Counter({(outcome, code): count for outcome, code, count in connection.execute(OUTCOMES)})


def now(connection: psycopg.Connection[Any]) -> datetime:
    """Return the database's time."""
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    found: datetime = row[0]
    return found


def left(connection: psycopg.Connection[Any]) -> int:
    """Return how many records are due now or in work."""
    row = connection.execute(LEFT).fetchone()
    assert row is not None
    return int(row[0])


TIME_PASSES = """
    UPDATE cpqbridge.due SET due_at = clock_timestamp()
    WHERE due_at > clock_timestamp() AND begun = 0 AND due_at < 'infinity' AND outcome IS NULL AND attempts > 0
"""
"""What is tried again later as something was wrong for a while."""

CALLS = "SELECT coalesce(sum(calls), 0) FROM cpqbridge.api_calls"

DUE = """
    SELECT object, number, record_id, account, begun, attempts, outcome, code, message, due_at - clock_timestamp()
    FROM cpqbridge.due WHERE due_at <= clock_timestamp() OR begun > 0 LIMIT 5
"""


def let_time_pass(connection: psycopg.Connection[Any]) -> None:
    """Make due now what is tried again later."""
    connection.execute(TIME_PASSES)


def calls(connection: psycopg.Connection[Any]) -> int:
    """Return how many calls of Salesforce were counted."""
    row = connection.execute(CALLS).fetchone()
    assert row is not None
    return int(row[0])


def unread(connection: psycopg.Connection[Any], since: datetime) -> int:
    """Return how many objects were not looked at for changes since a time of the database's."""
    row = connection.execute(
        "SELECT count(*) FROM cpqbridge.cursor WHERE name LIKE 'poll:%%' AND moved_at < %s", [since]
    ).fetchone()
    assert row is not None
    return int(row[0])


def due(connection: psycopg.Connection[Any]) -> list[Any]:
    """Return some of what is due or in work."""
    return connection.execute(DUE).fetchall()
