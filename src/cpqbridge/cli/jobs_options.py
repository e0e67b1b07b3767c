"""What `cpqbridge jobs` can be narrowed down to."""

from __future__ import annotations

from enum import StrEnum


class LaneName(StrEnum):
    """Lanes by name: live work goes first."""

    LIVE = "live"
    BACKFILL = "backfill"


class ObjectName(StrEnum):
    """Objects that are worked on."""

    ORDER = "Order"
    ACCOUNT = "Account"
    PRODUCT = "Product2"
