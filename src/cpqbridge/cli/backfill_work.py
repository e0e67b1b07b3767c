"""What the commands of `cpqbridge backfill` do."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.backfill_progress import BackfillProgress, outcomes
from cpqbridge.cli.backfill_report import COLUMNS, backfill_document, print_report, rows, status, summary
from cpqbridge.cli.files import save_csv
from cpqbridge.cli.output import DONE, HELD, err, out, print_json, print_json_lines
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.jobs.backfill.opening import Carrying, open_backfills, open_carrying
from cpqbridge.jobs.backfill.store import Backfill, BackfillStore, State
from cpqbridge.settings.settings import Settings


async def list_all(settings: Settings, connection: str | None, limit: int, as_json: bool) -> int:
    """List back-fills, the latest first; return the exit status."""
    async with open_backfills(settings, connection) as opened:
        found = [
            {"connection": name, **backfill_document(one), "outcomes": await _outcomes(store, one)}
            for name, store in opened.stores.items()
            for one in await store.latest(limit)
        ]
    found = sorted(found, key=lambda one: -one["id"])[:limit]
    if as_json:
        print_json(found)
    elif not found:
        out.print("There are no back-fills.")
    else:
        out.print(_table(found, with_connection=len(settings.connection_names()) > 1))
    return DONE


async def show(settings: Settings, number: int, csv_file: Path | None, as_json: bool) -> int:
    """Tell what has become of the orders of a back-fill so far; return the exit status."""
    async with open_backfills(settings) as opened:
        _, store, found = await opened.find(number)
        return await _tell(store, await store.settle(found), csv_file, as_json)


async def change(settings: Settings, number: int, what: str, as_json: bool) -> int:
    """Pause or cancel a back-fill; return the exit status."""
    async with open_backfills(settings) as opened:
        _, store, _ = await opened.find(number)
        found = await (store.pause(number) if what == "pause" else store.cancel(number))
        if as_json:
            print_json({**backfill_document(found), "outcomes": await _outcomes(store, found)})
        else:
            await _print_state(store, found)
    return DONE


async def resume(settings: Settings, number: int, csv_file: Path | None, as_json: bool) -> int:
    """Go on with a back-fill to its end; return the exit status."""
    async with open_backfills(settings) as opened:
        name, store, _ = await opened.find(number)
        found = await store.resume(number)
    async with open_carrying(settings, name) as carrying:
        return await _carry(carrying, found, csv_file, as_json)


async def start(settings: Settings, connection: str, asked: Asked, csv_file: Path | None, as_json: bool) -> int:
    """Carry what is asked for to its end; return the exit status."""
    async with open_carrying(settings, connection) as carrying:
        await carrying.reader.check(asked)
        found, new = await carrying.store.open(asked)
        if not new:
            rests = found.state is State.PAUSED and asked.held
            said = "is still paused" if rests else "goes on"
            err.print(f"Back-fill {found.id} was asked for alike and has not ended: it {said}.")
            if found.state is State.PAUSED and not rests:
                found = await carrying.store.resume(found.id)
        return await _carry(carrying, found, csv_file, as_json)


async def _carry(carrying: Carrying, backfill: Backfill, csv_file: Path | None, as_json: bool) -> int:
    try:
        with BackfillProgress(quiet=as_json) as progress:
            ended = await carrying.carry(backfill, progress.standing)
    except asyncio.CancelledError:
        err.print(f"Back-fill {backfill.id} goes on with `cpqbridge backfill resume {backfill.id}`.")
        raise
    return await _tell(carrying.store, ended, csv_file, as_json)


async def _tell(store: BackfillStore, backfill: Backfill, csv_file: Path | None, as_json: bool) -> int:
    """Tell what became of a back-fill's orders, and return the exit status."""
    report = await store.report(backfill)
    if csv_file:
        await store.read_records(backfill, lambda records: save_csv(csv_file, COLUMNS, rows(records)))
    if as_json:
        document = summary(report, backfill)
        await store.read_records(backfill, lambda records: print_json_lines(document, "records", rows(records)))
    else:
        if report.groups or not backfill.total:
            print_report(report)
        await _print_state(store, backfill)
    return max(status(report), HELD if backfill.state is not State.DONE else 0)


async def _print_state(store: BackfillStore, backfill: Backfill) -> None:
    left = (await store.counts(backfill)).get(None, 0)
    said = f"Back-fill {backfill.id} ({backfill.asked}) is {backfill.state.value}"
    if backfill.state is State.PAUSED:
        said += f": {left:,} orders are set aside until `cpqbridge backfill resume {backfill.id}`"
    elif left:
        said += f": {left:,} orders are still to be looked at"
    out.print(escape(said + "."), soft_wrap=True)


async def _outcomes(store: BackfillStore, backfill: Backfill) -> dict[str, int]:
    """Return how many records have each outcome; `open` for those without one."""
    return {outcome or "open": records for outcome, records in (await store.counts(backfill)).items()}


def _table(found: list[dict[str, Any]], *, with_connection: bool) -> Table:
    table = Table("id", *(["connection"] if with_connection else []), "asked for", "state", "orders", "done", "begun",
                  "outcomes", box=None)  # fmt: skip
    for one in found:
        counts: dict[str, int] = one["outcomes"]
        done = sum(counts.values()) - counts.get("open", 0)
        total = "" if one["total"] is None else f"{one['total']:,}"
        begun = f"{one['startedAt']:%Y-%m-%d %H:%M}"
        name = [one["connection"]] if with_connection else []
        asked = escape(str(Asked.of_dict(one["asked"])))
        table.add_row(str(one["id"]), *name, asked, one["state"], total, f"{done:,}", begun, outcomes(counts))
    return table
