"""What must hold of the history, whatever the connector's processes went through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg

from tests.chaos.books import Books

FLAWS = {
    "an attempt without an outcome or an end": """
        SELECT id, record_key, attempt FROM cpqbridge.record WHERE outcome IS NULL OR ended_at IS NULL
    """,
    "an attempt that was no success, and that the later success did not close": """
        SELECT earlier.id, earlier.record_key, earlier.attempt FROM cpqbridge.record AS earlier
        JOIN cpqbridge.record AS later USING (scope, record_key)
        WHERE earlier.outcome NOT IN ('synced', 'unchanged') AND earlier.closed_by IS NULL
            AND later.attempt > earlier.attempt AND later.outcome IN ('synced', 'unchanged')
    """,
    "an operation that stays in doubt": """
        SELECT open.id, open.key, open.attempt, open.state FROM cpqbridge.operation AS open
        JOIN cpqbridge.record ON record.id = open.record_id
        WHERE (open.state = 'intended' OR open.unknown_result) AND record.closed_by IS NULL AND NOT EXISTS (
            SELECT FROM cpqbridge.operation AS later
            WHERE later.scope = open.scope AND later.key = open.key AND later.id > open.id AND later.state = 'done'
        )
    """,
    "an attempt number that is not the latest of the fence": """
        SELECT fence.record_key, fence.attempt, max(record.attempt) FROM cpqbridge.fence
        LEFT JOIN cpqbridge.record USING (scope, record_key) GROUP BY fence.scope, fence.record_key, fence.attempt
        HAVING max(record.attempt) IS DISTINCT FROM fence.attempt OR count(*) <> fence.attempt
    """,
    "a record that is still due now, or whose work has not ended": """
        SELECT object, number, begun, outcome FROM cpqbridge.due WHERE begun > 0 OR due_at <= clock_timestamp()
    """,
    "an outcome that is not written back": """
        SELECT object, record_id, fields, message FROM cpqbridge.write_back WHERE fields <> '{}'
    """,
    "an operation done twice": """
        SELECT scope, key, request_hash, count(*) FROM cpqbridge.operation
        WHERE state = 'done' GROUP BY scope, key, request_hash HAVING count(*) > 1
    """,
}
"""Each query finds what must not be there."""

OUTCOMES = """
    SELECT DISTINCT ON (record_key) number, outcome, code, zuora FROM cpqbridge.record
    WHERE kind = 'Order' ORDER BY record_key, attempt DESC
"""

KNOWN = """
    SELECT number, replace(outcome, 'unchanged', 'synced'), fingerprint IS NOT NULL FROM cpqbridge.seen
    WHERE number = ANY(%s)
"""


def flaws(connection: psycopg.Connection[Any]) -> list[str]:
    """Return what is wrong with the history, as lines for people."""
    found = ((what, connection.execute(query.encode()).fetchall()) for what, query in FLAWS.items())
    return [f"{what}: {rows}" for what, rows in found if rows]


def outcomes(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return the latest outcome of each order with its numbers in Zuora."""
    return {number: (outcome, code, zuora) for number, outcome, code, zuora in connection.execute(OUTCOMES)}


def known(connection: psycopg.Connection[Any], orders: Sequence[str]) -> Books:
    """Return what the service knows of orders, by which it leaves them alone when they come up again."""
    rows = connection.execute(KNOWN, [list(orders)]).fetchall()
    return Counter(f"known {number}: {outcome}, {'with' if print_ else 'no'} print" for number, outcome, print_ in rows)


def forget(connection: psycopg.Connection[Any]) -> None:
    """Empty all tables of cpqbridge."""
    named = "SELECT tablename FROM pg_tables WHERE schemaname = 'cpqbridge' AND tablename <> 'alembic_version'"
    tables = [name for (name,) in connection.execute(named)]
    ordered = sorted(tables, key=lambda name: _LINKED.index(name) if name in _LINKED else -1)
    delete = psycopg.sql.SQL("DELETE FROM cpqbridge.{}")
    connection.execute(psycopg.sql.SQL(";").join(delete.format(psycopg.sql.Identifier(name)) for name in ordered))


_LINKED = ("operation", "record", "run")
"""Tables of which one points to the next."""
