"""Changes what is due: looks at records again at once, or not any more; said in the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cpqbridge.errors import FixConfiguration
from cpqbridge.history.ledger import History
from cpqbridge.history.rows import Ending
from cpqbridge.jobs.backfill.asked import COLUMNS
from cpqbridge.jobs.due import DueStore, Wanted
from cpqbridge.jobs.listing import Job, JobList, Named, Wish, spellings
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.ids import to_18
from cpqbridge.salesforce.literals import among, chunks
from cpqbridge.values import Outcome

TAKEN_OFF = "Taken off what is due with `cpqbridge jobs cancel`; it is looked at again when it changes"
"""What the history says of a record that was cancelled."""

PREFIXES = {"001": "Account", "01t": "Product2"}
"""How the ids of objects begin that are worked on by themselves."""


class JobControl:
    """Changes what is due of one pair of systems.

    Args:
        jobs: What is due.
        due: Where it is noted.
        history: Where it is said.
        client: The org, asked for records that are not due.
    """

    def __init__(self, jobs: JobList, due: DueStore, history: History, client: SalesforceClient) -> None:
        self._jobs = jobs
        self._due = due
        self._history = history
        self._client = client

    async def retry(self, wish: Wish) -> list[Named]:
        """Look at records again now: those that are due; those of the history that are held or failed; those named.

        Returns:
            The records, but for those that are being worked on.

        Raises:
            FixConfiguration: CPQ-313, a record that was named is neither due nor in Salesforce.
        """
        if wish.names is None:
            more = await self._by_id(await self._jobs.unsettled(wish))
        else:
            due = {key for job in await self._jobs.find(wish.names) for key in (job.record_id, job.number)}
            more = await self._by_name([name for name in wish.names if not spellings(name) & due])
        hurried = await self._jobs.hurry(wish)
        await self._due.add(more)
        return [*hurried, *(Named(one.object, one.record_id, one.number) for one in more)]

    async def cancel(self, names: Sequence[str]) -> list[Job]:
        """Take records off what is due, and say so in the history; returns them.

        Raises:
            FixConfiguration: CPQ-313, one of them is not due, or is being worked on; the others are left as they are.
        """
        found = await self._jobs.find(names)
        known = {key for job in found for key in (job.record_id, job.number)}
        if strangers := [name for name in names if not spellings(name) & known]:
            raise FixConfiguration("CPQ-313", f"{', '.join(strangers)}: not due")
        if busy := [job.name for job in found if job.is_running]:
            remedy = "Wait until it has come to its outcome; it can be cancelled if it is due again."
            raise FixConfiguration("CPQ-313", f"{', '.join(busy)}: being worked on", remedy=remedy)
        gone = await self._jobs.take_off(found)
        if gone:
            await self._say(gone)
        return gone

    async def _say(self, gone: Sequence[Job]) -> None:
        run = await self._history.start_run("jobs cancel", {"records": [one.name for one in gone]})
        keys = {f"{one.object}:{one.record_id}": one.number for one in gone}
        attempts = await self._history.begin_records(run, keys)
        endings = [
            Ending(attempt, Outcome.HELD, message=TAKEN_OFF, remedy="`cpqbridge jobs retry`") for attempt in attempts
        ]
        await self._history.finish_records(endings)
        await self._history.end_run(run)

    async def _by_name(self, names: Sequence[str]) -> list[Wanted]:
        """Return records that people named, as the org has them."""
        ids = [full for name in names if (full := to_18(name))]
        wanted = [Wanted(kind, one, one) for one in ids if (kind := PREFIXES.get(one[:3]))]
        rows = await self._orders("Id", [one for one in ids if one[:3] not in PREFIXES])
        rows += await self._orders("OrderNumber", [name for name in names if not to_18(name)])
        wanted += [_wanted(row) for row in rows]
        known = {key for one in wanted for key in (one.record_id, one.number)}
        if strangers := [name for name in names if not spellings(name) & known]:
            raise FixConfiguration("CPQ-313", f"{', '.join(strangers)}: neither due nor in Salesforce")
        return wanted

    async def _by_id(self, records: Iterable[Named]) -> list[Wanted]:
        """Return records of the history, as far as the org still has them."""
        records = list(records)
        alone = [one for one in records if one.object != "Order" and to_18(one.record_id)]
        wanted = [Wanted(one.object, one.record_id, one.record_id) for one in alone]
        ids = [full for one in records if one.object == "Order" and (full := to_18(one.record_id))]
        return wanted + [_wanted(row) for row in await self._orders("Id", ids)]

    async def _orders(self, field: str, keys: Sequence[str]) -> list[dict[str, Any]]:
        queries = [f"{COLUMNS} WHERE {among(field, some)}" for some in chunks(keys)]
        return [row for soql in queries for row in await self._client.query(soql)]


def _wanted(row: dict[str, Any]) -> Wanted:
    return Wanted("Order", row["Id"], row["AccountId"], row["OrderNumber"])
