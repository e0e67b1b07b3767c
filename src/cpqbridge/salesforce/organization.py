"""The org itself: its id and its time zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cpqbridge.errors import FixConfiguration
from cpqbridge.salesforce.client import SalesforceClient

QUERY = "SELECT Id, TimeZoneSidKey FROM Organization"


async def organization(client: SalesforceClient) -> dict[str, Any]:
    """Return the org's `Id` and `TimeZoneSidKey`.

    Raises:
        FixConfiguration: CPQ-303, the user may not read them.
    """
    try:
        rows = await client.query(QUERY)
    except FixConfiguration as refused:
        if refused.code != "CPQ-305":
            raise
        rows = []  # a field that is hidden looks like one that is not there
    if not rows:
        remedy = (
            "Give the integration user the permission View Setup and Configuration, and read access to "
            "Organization.Id and Organization.TimeZoneSidKey."
        )
        raise FixConfiguration("CPQ-303", "Organization.Id cannot be read", field="Organization.Id", remedy=remedy)
    return dict(rows[0])


async def today(client: SalesforceClient) -> date:
    """Return the day that it is in the org.

    Raises:
        FixConfiguration: CPQ-303, the user may not read the time zone.
    """
    zone = (await organization(client)).get("TimeZoneSidKey") or "UTC"
    return datetime.now(ZoneInfo(zone)).date()
