"""Own writes among the changes found: records that say what the sync had read whose outcome was written onto them.

Who wrote last and when says too little: somebody else's change may lie under an own write, or in the same second. So
what was written last by the connector's user is read again, and left out only where all that a sync reads of the record
itself is as it was.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from cpqbridge.errors import CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.jobs.feed.reading import Row
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.literals import chunks
from cpqbridge.salesforce.select import build
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.write_back.marks import Marks
from cpqbridge.sync.write_back.outbox import Outbox

log = structlog.get_logger(__name__)


class Echoes:
    """Finds own writes; whatever cannot be found out now counts as a change of somebody else.

    Args:
        client: The org.
        outbox: Knows the marks of what was written.
        settings: What is read of records, and whether they are written back onto.
    """

    def __init__(self, client: SalesforceClient, outbox: Outbox, settings: Settings) -> None:
        self._client = client
        self._outbox = outbox
        self._marks = Marks(settings) if settings.write_back.enabled else None
        self._user: str | None = None

    async def without(self, sobject: str, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the changed rows of an object without those that only an own write has changed.

        Raises:
            RetryLater: The org cannot be asked for now.
            SignInRefused: It lets nobody in.
        """
        if self._marks is None or not rows or sobject not in self._marks.selects:
            return rows
        try:
            own = await self._own(sobject, rows, self._marks)
        except (RetryLater, SignInRefused):
            raise
        except CpqBridgeError as error:
            log.debug("own writes cannot be told from others", object=sobject, code=error.code, said=error.message)
            return rows
        return [row for row in rows if row["Id"] not in own]

    async def _own(self, sobject: str, rows: Sequence[Row], marks: Marks) -> set[str]:
        """Return the ids of the records that only an own write has changed: with one call, where there may be any."""
        told = await self._outbox.marks(sobject, [row["Id"] for row in rows if not row.get("IsDeleted")])
        if not told:
            return set()
        if self._user is None:
            self._user = str((await self._client.userinfo())["user_id"])
        suspects = [row["Id"] for row in rows if row["Id"] in told and row.get("LastModifiedById") == self._user]
        select = marks.selects[sobject]
        queries = [await build(self._client, select, "Id", some) for some in chunks(suspects)]
        found = await self._client.query_many(queries) if queries else []
        return {row["Id"] for some in found for row in some if marks.of(sobject, row) == told[row["Id"]]}
