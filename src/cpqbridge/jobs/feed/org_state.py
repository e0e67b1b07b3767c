"""What must hold of the org before changes are read: it is the same org as ever, and its clock is known."""

from __future__ import annotations

from typing import Any

import structlog

from cpqbridge.errors import CallForHelp, FixConfiguration
from cpqbridge.jobs.feed.position import stamp
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.organization import organization
from cpqbridge.transport.clock import Clock

log = structlog.get_logger(__name__)

CURSOR = "poll"
"""The cursor that holds which org was read."""

SKEW = 60.0
"""Seconds that this machine's clock may differ from the org's before it is said."""


async def same_organization(client: SalesforceClient, kept: Any) -> str:
    """Return the id of the org.

    Args:
        client: The org.
        kept: `{"organization"}` of the org that was read before; None the first time.

    Raises:
        FixConfiguration: CPQ-312, it is another one than before, such as after a refresh of a sandbox.
    """
    found = str((await organization(client))["Id"])
    before = kept["organization"] if kept else found
    if found != before:
        raise FixConfiguration(
            "CPQ-312",
            f"Salesforce at this address is another org than before: {found}, before {before}",
            field="salesforce.login_url",
            remedy="A refreshed sandbox has new records under the old address. Use a new database for it, or a tenant "
            "without the old org's records; if the address is wrong, mend it.",
        )
    return found


def org_now(client: SalesforceClient) -> str:
    """Return the org's time as of its last answer, as stamps are kept; it is never later than that.

    Raises:
        CallForHelp: CPQ-901, the org's answers have no date.
    """
    if client.server_time is None:
        raise CallForHelp("CPQ-901", "Salesforce's answers have no Date header; without it, changes cannot be read")
    return stamp(client.server_time)


class SkewWatch:
    """Says once when this machine's clock and the org's differ by much; changes are read by the org's clock alone.

    Args:
        clock: This machine's time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._said = False

    def look(self, client: SalesforceClient) -> None:
        """Compare both clocks; to be called just after an answer."""
        if self._said or client.server_time is None:
            return
        skew = (self._clock.now() - client.server_time).total_seconds()
        if abs(skew) > SKEW:
            self._said = True
            log.warning(
                "this machine's clock differs from Salesforce's",
                seconds=round(skew),
                code="CPQ-312",
                remedy="Let the machine set its clock by NTP. Changes are read by Salesforce's clock and are not lost.",
            )
