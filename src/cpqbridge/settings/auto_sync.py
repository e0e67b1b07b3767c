"""What the service carries over by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from cpqbridge.settings.events import EventSettings
from cpqbridge.settings.section import Section

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

Followed = Literal["Order", "Account", "Product2"]
"""What is carried over by itself; changes of anything else lead to one of these."""


def _day(value: Any) -> Any:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("must be a day such as 2026-01-31")
    return value


Day = Annotated[date, BeforeValidator(_day), Field(strict=False)]
"""A day, written as 2026-01-31."""

Condition = Annotated[str, Field(min_length=1, pattern=r"\S")]
"""What may stand after `WHERE` in SOQL."""


class AutoSyncSettings(Section):
    """What the service looks for in Salesforce, and how often."""

    enabled: bool = True
    """Look for changes in Salesforce while the service runs."""
    interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """Seconds from one look for changes to the next; each takes one API call, so 30 seconds take 2,880 calls a day."""
    overlap_seconds: Annotated[int, Field(ge=60, le=3600)] = 300
    """Seconds that each look goes back behind the one before: the longest that a change takes in Salesforce from its
    time stamp until it can be read."""
    orders: Literal["all", "none"] = "all"
    """Orders that are carried over by themselves once they are activated: all that meet the condition, or none."""
    accounts: Literal["known", "all", "none"] = "known"
    """Changed accounts that are carried over: those that are in Zuora already, all that meet the condition, or none."""
    products: Literal["known", "all", "none"] = "known"
    """Changed products that are carried over: those that are in Zuora already, all that meet the condition, or none."""
    conditions: Mapping[Followed, Condition] = Field(default_factory=dict)
    """SOQL conditions by object, such as `Order: Type = 'New'`; what was carried over before needs to meet none. They
    should stand on fields of the record itself: a change of its parents alone does not bring it up."""
    start: Day | None = None
    """Orders that start before this day are left alone, unless they were carried over before."""
    events: EventSettings = Field(default_factory=EventSettings)
    """Events of Salesforce, which make the service look at once."""
