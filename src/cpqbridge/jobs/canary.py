"""Whether Zuora still has what was carried there: a tenant that was refreshed or emptied has not.

Records that are as they were when they were carried over are not looked up in Zuora. That is right as long as the
tenant is the same: so a few of the latest orders are looked up when a process begins, and then twice an hour, by one
call.
"""

from __future__ import annotations

import structlog

from cpqbridge.jobs.due import DueStore
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.lookups import orders_by_number

log = structlog.get_logger(__name__)

LOOKED_UP = 40
"""Orders that are looked up."""


class Canary:
    """Forgets what is known of the tenant where it has lost most of what was carried there last.

    Args:
        name: The connection's name, for people.
        zuora: The tenant.
        due: What is known.
    """

    def __init__(self, name: str, zuora: ZuoraClient, due: DueStore) -> None:
        self._name = name
        self._zuora = zuora
        self._due = due

    async def look(self) -> bool:
        """Return whether the tenant has what was carried there; where not, every record is looked at whole again.

        Raises:
            CpqBridgeError: Zuora or the database cannot be asked now.
        """
        numbers = await self._due.latest_carried(LOOKED_UP)
        there = {row["orderNumber"] for row in await orders_by_number(self._zuora, numbers)} if numbers else set()
        if not numbers or 2 * len(there) >= len(numbers):
            return True
        await self._due.forget_fingerprints()
        log.warning(
            f"Zuora lacks {len(numbers) - len(there)} of the {len(numbers)} orders that were carried over last: "
            "the tenant was refreshed or emptied; every order is compared with Zuora again",
            connection=self._name,
        )
        return False
