"""Whether this machine's clock goes like the database's."""

from __future__ import annotations

from datetime import datetime

from cpqbridge.errors import FixConfiguration

MOST = 30.0
"""Seconds by which they may differ before it is said."""


def skew(asked: datetime, there: datetime, answered: datetime) -> float:
    """Return the seconds that the database's clock is ahead, from its time and when it was asked and answered here."""
    return (there - (asked + (answered - asked) / 2)).total_seconds()


def wrong_clock(ahead: float) -> FixConfiguration | None:
    """Return what is wrong with this machine's clock where the database's is so many seconds ahead."""
    if abs(ahead) <= MOST:
        return None
    which = "ahead of" if ahead < 0 else "behind"
    message = f"This machine's clock is {abs(ahead):.0f} seconds {which} the database's: set it right"
    return FixConfiguration("CPQ-312", message, remedy="Let this machine take its time from a time server (NTP).")
