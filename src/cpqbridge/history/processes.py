"""The processes that use a database: their names, and the runs of those that are gone."""

from __future__ import annotations

import os
import secrets
import socket

from sqlalchemy import Connection

from cpqbridge.history import statements
from cpqbridge.history.database import Database


def process_name() -> str:
    """Return a name for this process that no other one ever has: its host, its number and some chance."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{secrets.token_hex(4)}"


def end_interrupted(connection: Connection, silent: float) -> int:
    """End the runs that their process has left behind, and return how many there were.

    Args:
        connection: A connection to the database.
        silent: Seconds without a sign of life after which a process counts as gone.
    """
    return connection.execute(statements.END_INTERRUPTED, {"silent": silent}).rowcount


async def end_interrupted_runs(database: Database, silent: float) -> int:
    """End the runs of processes that are gone (see `end_interrupted`)."""
    return await database.run(lambda connection: end_interrupted(connection, silent))
