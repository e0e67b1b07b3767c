"""What people are told: a notice, in words and as data. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Phase(StrEnum):
    """Which of its notices an incident gives."""

    BEGAN = "began"
    REMINDER = "reminder"
    OVER = "over"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Item:
    """One of several things that a notice lists: a line, more lines under it, and a page about it."""

    title: str
    lines: Sequence[str] = ()
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to people.

    Attributes:
        id: The same for every attempt to deliver it, and for no other notice.
        kind: What it is about: `upstream_down` and so on.
        phase: Whether that began, goes on or is over.
        connection: The name of the connection.
        since: When it began.
        title: It all in one line.
        lines: More of it, in sentences.
        items: What it lists.
        detail: The same as data, for programs.
    """

    id: str
    kind: str
    phase: Phase
    connection: str
    since: datetime
    title: str
    lines: Sequence[str]
    items: Sequence[Item]
    detail: Mapping[str, Any]
