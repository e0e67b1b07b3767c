"""What the commands of `cpqbridge jobs` do."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.jobs_options import LaneName, ObjectName
from cpqbridge.cli.output import DONE, HELD, counted, out, outcome_text, print_json
from cpqbridge.errors import ERRORS, FixConfiguration
from cpqbridge.history.database import open_database
from cpqbridge.history.ledger import History
from cpqbridge.jobs.control import JobControl
from cpqbridge.jobs.due import DueStore, Lane, queue_of
from cpqbridge.jobs.limits.keys import upstream_keys
from cpqbridge.jobs.listing import Job, JobList, Named, Wish
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_clients, scope_of
from cpqbridge.values import Outcome

EARLIER = 10
"""Earlier outcomes that are shown with a record."""


class Opened:
    """What is due of one connection, and its history.

    Args:
        name: The connection.
        settings: Its settings.
        database: The open database.
    """

    def __init__(self, name: str, settings: Settings, database: Any) -> None:
        scope = scope_of(settings)
        self.name = name
        self.settings = settings
        self.jobs = JobList(database, scope)
        self.due = DueStore(database, scope, queue_of(scope))
        self.history = History(database, scope)

    @asynccontextmanager
    async def control(self) -> AsyncIterator[JobControl]:
        """Open what changes what is due; Salesforce is asked only where it must be."""
        async with open_clients(self.settings) as clients:
            yield JobControl(self.jobs, self.due, self.history, clients.salesforce)


@asynccontextmanager
async def opened(settings: Settings, connection: str | None) -> AsyncIterator[list[Opened]]:
    """Open the database for one connection, or for all."""
    chosen = settings.chosen(connection)
    async with open_database(settings.database) as database:
        yield [Opened(name, own, database) for name, own in chosen.items()]


def wish(
    outcome: Outcome | None, code: str | None, object_name: ObjectName | None, account: str | None,
    lane: LaneName | None,
) -> Wish:  # fmt: skip
    """Return what the options of `jobs list` wish for."""
    chosen = Lane[lane.name] if lane else None
    return Wish(outcome, code, object_name.value if object_name else None, account, chosen)


async def print_list(settings: Settings, connection: str | None, wanted: Wish, limit: int, as_json: bool) -> int:
    """List what is due; return the exit status."""
    counts: Counter[str] = Counter()
    jobs: list[tuple[str, Job]] = []
    async with opened(settings, connection) as connections:
        for one in connections:
            jobs += [(one.name, job) for job in await one.jobs.rows(wanted, limit)]
            counts.update({state.value: records for state, records in (await one.jobs.counts(wanted)).items()})
        upstreams = {key for one in connections for key in upstream_keys(one.settings)}
        trouble = await connections[0].jobs.trouble(upstreams)
    jobs = sorted(jobs, key=_place)[:limit]
    if as_json:
        records = [{"connection": name, **job.as_dict()} for name, job in jobs]
        print_json({"records": records, "counts": counts, "trouble": trouble})
        return DONE
    if jobs:
        out.print(_table(jobs, with_connection=len(settings.connection_names()) > 1))
    said = ", ".join(f"{records:,} {state}" for state, records in sorted(counts.items()))
    out.print(f"\n{counted(sum(counts.values()), 'record')}: {said}" if counts else _nothing(wanted))
    for why in trouble:
        out.print(escape(why), soft_wrap=True)
    return DONE


def _nothing(wanted: Wish) -> str:
    return "Nothing is due." if wanted == Wish() else "Nothing of the kind is due."


def _place(one: tuple[str, Job]) -> tuple[bool, float]:
    job = one[1]
    return not job.is_running, job.due_at.timestamp() if job.due_at else float("inf")


def _table(jobs: Sequence[tuple[str, Job]], *, with_connection: bool) -> Table:
    named = ["connection"] if with_connection else []
    table = Table(*named, "record", "lane", "reason", "state", "looked at", "tries", "last time", "because", box=None)
    for name, job in jobs:
        last = outcome_text(Outcome(job.outcome)) if job.outcome else ""
        table.add_row(
            *([name] if with_connection else []),
            escape(job.name if job.object == "Order" else f"{job.object} {job.name}"),
            job.lane.name.lower(),
            job.reason,
            job.state.value + (f" (after {escape(job.blocked_by)})" if job.blocked_by else ""),
            _moment(job.due_at),
            str(job.attempts or ""),
            f"{last} {job.code or ''}".strip(),
            escape(job.message or ""),
        )
    return table


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


async def print_one(settings: Settings, connection: str | None, name: str, as_json: bool) -> int:
    """Show a record that is due, with what became of it before; return the exit status.

    Raises:
        FixConfiguration: CPQ-313, it is not due.
    """
    found: list[dict[str, Any]] = []
    async with opened(settings, connection) as connections:
        for one in connections:
            for job in await one.jobs.find([name]):
                earlier = await one.history.list_records(limit=EARLIER, record=job.record_id)
                found.append({"connection": one.name, "job": job, "earlier": earlier})
    if not found:
        remedy = f"See what became of it with `cpqbridge history list --record {name}`; look again with `jobs retry`."
        raise FixConfiguration("CPQ-313", f"{name} is not due", remedy=remedy)
    if as_json:
        shown = [_document(one) for one in found]
        print_json(shown[0] if len(shown) == 1 else shown)
        return DONE
    for record in found:
        _print_job(record["job"])
        for row in record["earlier"]:
            last = outcome_text(row.outcome) if row.outcome else "cut off"
            said = escape(" ".join(filter(None, (row.code, row.message))))
            out.print(f"  {_moment(row.ended_at or row.started_at)}  {row.id}  {last}  {said}", soft_wrap=True)
    return DONE


def _document(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "job": record["job"].as_dict(), "earlier": [asdict(row) for row in record["earlier"]]}


def _print_job(job: Job) -> None:
    out.print(f"[bold]{job.object} {escape(job.name)}[/bold] ({job.record_id}, account {job.account})")
    when = f", looked at {_moment(job.due_at)}" if job.due_at and job.state.value == "later" else ""
    after = f", after {escape(job.blocked_by)} of the same account" if job.blocked_by else ""
    out.print(f"  {job.state.value}{when}{after}; asked for by {job.reason} at {_moment(job.asked_at)}")
    if job.backfill_id:
        out.print(f"  of back-fill {job.backfill_id}")
    if said := " ".join(filter(None, (job.code, job.message))):
        out.print(f"  {escape(said)}", soft_wrap=True)
    if job.code in ERRORS:
        out.print(f"  → {escape(ERRORS[job.code].remedy)}", soft_wrap=True)


async def retry(
    settings: Settings, connection: str | None, names: Sequence[str] | None, code: str | None, as_json: bool
) -> int:
    """Look at records again now; return the exit status."""
    hurried: list[Named] = []
    own = settings.connection(connection) if connection else settings.single() if names else settings
    async with opened(settings, connection or (own.name if names else None)) as connections:
        for one in connections:
            async with one.control() as control:
                hurried += await control.retry(Wish(names=names, code=code))
    if as_json:
        print_json({"records": [asdict(one) for one in hurried]})
    else:
        out.print(_said(hurried, "looked at again as soon as a service or worker runs"))
    return DONE


async def cancel(settings: Settings, connection: str | None, names: Sequence[str], as_json: bool) -> int:
    """Take records off what is due; return the exit status."""
    own = settings.connection(connection) if connection else settings.single()
    async with opened(settings, own.name) as connections, connections[0].control() as control:
        gone = await control.cancel(names)
    if as_json:
        print_json({"records": [job.as_dict() for job in gone]})
    else:
        out.print(_said([Named(job.object, job.record_id, job.number) for job in gone], "due no more"))
    return DONE if gone else HELD


def _said(records: Sequence[Named], what: str) -> str:
    shown = ", ".join(escape(one.name) for one in records[:EARLIER])
    more = f" and {len(records) - EARLIER:,} more" if len(records) > EARLIER else ""
    count = "1 record is" if len(records) == 1 else f"{len(records):,} records are"
    return f"{count} {what}: {shown}{more}" if records else "No record was found."
