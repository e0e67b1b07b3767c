"""What is due: one row per record that is to be looked at, until it has its outcome.

A row goes only when its record has come to an outcome, and not when a later reason to look came in meanwhile: nothing
is lost whatever dies. The queue's jobs carry no work of their own; each works through what is due of one account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from cpqbridge.history.database import Database
from cpqbridge.values import JSON


class Lane(IntEnum):
    """What goes first: the lower."""

    LIVE = 0
    BACKFILL = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A record that is to be looked at.

    Attributes:
        object: `Order`, `Account` or `Product2`.
        record_id: Its Salesforce id, of 18 characters.
        account: What it is worked on together with, one after the other: the id of its account; a product's own id.
        number: The order's number, where it is known.
        reason: Why: `poll`, `event`, `backfill`, `request`.
        lane: What goes first.
        backfill_id: The back-fill that asks.
    """

    object: str
    record_id: str
    account: str
    number: str | None = None
    reason: str = "request"
    lane: Lane = Lane.LIVE
    backfill_id: int | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """A row of what is due; `version` tells whether a later reason to look has come in."""

    wanted: Wanted
    version: int
    attempts: int
    begun: int
    due_at: datetime


class DueStore:
    """What is due of one pair of systems.

    Args:
        database: The database of the history.
        scope: The pair of systems.
    """

    def __init__(self, database: Database, scope: str) -> None:
        self._database = database
        self._scope = scope

    async def add(self, wanted: Sequence[Wanted], cursors: Mapping[str, JSON] | None = None) -> int:
        """Note records that are to be looked at, and move cursors, all in one transaction; returns how many are new.

        A record that is due already is due now, in the better of both lanes, and its version grows.
        """
        raise NotImplementedError

    async def cursor(self, name: str) -> JSON:
        """Return where a cursor stands, or None."""
        raise NotImplementedError

    async def known(self, object_name: str, ids: Sequence[str]) -> set[str]:
        """Return which of these records have come to an outcome before (`seen`)."""
        raise NotImplementedError
