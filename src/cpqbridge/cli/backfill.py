"""`cpqbridge backfill`: carries orders of the past over, as many as there are, below live work."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import typer

from cpqbridge.cli import backfill_options as given
from cpqbridge.cli.configure import connection_for, settings_for
from cpqbridge.cli.options import AsJson, Config, Connection, OnlyConnection, refuse_above

LISTED = 20
"""Back-fills that are listed, unless told otherwise."""

app = typer.Typer(help="Carry orders of the past over; may be stopped anywhere.", invoke_without_command=True)


@app.callback()
def backfill(
    context: typer.Context,
    since: given.Since = None,
    where: given.Where = None,
    accounts: given.Accounts = None,
    orders: given.Orders = None,
    everything: given.Everything = False,
    limit: given.Limit = None,
    dry_run: given.DryRun = False,
    pause: given.Held = False,
    csv_file: given.Csv = None,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Carry activated orders of the past over: those that start since a day, of accounts, or that meet a condition.

    Live work goes first. A back-fill that is stopped goes on where it was when the same command is given again, and
    earlier orders of the same contract are carried first, whatever was asked for. Where a service runs on the database,
    it does the work, and this command shows how far it is. Exit status: 0 all are in Zuora, 3 some are held or wait,
    4 some failed.
    """
    if context.invoked_subcommand:
        refuse_above(context)
        return
    if dry_run and pause:
        raise typer.BadParameter("--dry-run writes nothing, so there is nothing to --pause: leave one of them away")
    asked = given.asked_for(since, where, accounts, orders, everything, limit, pause)
    own = connection_for(config, connection)
    asked = given.of_connection(asked, own)
    if dry_run:
        from cpqbridge.cli.backfill_plan import plan

        _leave(plan(own, asked, csv_file, as_json))
    from cpqbridge.cli.backfill_work import start  # the database libraries are loaded only where one is opened

    _leave(start(own, own.name, asked, csv_file, as_json))


@app.command("list")
def list_backfills(
    limit: given.Listed = LISTED,
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List back-fills, the latest first."""
    from cpqbridge.cli.backfill_work import list_all

    _leave(list_all(settings_for(config), connection, limit, as_json))


@app.command("show")
def show_backfill(
    number: given.Number, csv_file: given.Csv = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Show what has become of the orders of a back-fill so far."""
    from cpqbridge.cli.backfill_work import show

    _leave(show(settings_for(config), number, csv_file, as_json))


@app.command("pause")
def pause_backfill(number: given.Number, config: Config = None, as_json: AsJson = False) -> None:
    """Set aside what is still to be done; what is being worked on comes to its outcome."""
    from cpqbridge.cli.backfill_work import change

    _leave(change(settings_for(config), number, "pause", as_json))


@app.command("cancel")
def cancel_backfill(number: given.Number, config: Config = None, as_json: AsJson = False) -> None:
    """Take away what is still to be done; what is being worked on comes to its outcome."""
    from cpqbridge.cli.backfill_work import change

    _leave(change(settings_for(config), number, "cancel", as_json))


@app.command("resume")
def resume_backfill(
    number: given.Number, csv_file: given.Csv = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Go on with a back-fill that was paused or stopped."""
    from cpqbridge.cli.backfill_work import resume

    _leave(resume(settings_for(config), number, csv_file, as_json))


def _leave(work: Coroutine[Any, Any, int]) -> None:
    """Do the work, and end with its exit status; Ctrl-C and SIGTERM end it, once what is in flight is finished."""

    async def do() -> int:
        task = asyncio.current_task()
        with suppress(NotImplementedError):  # Windows has no signals of this kind
            for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: shells have it ignored in the background
                asyncio.get_running_loop().add_signal_handler(number, task.cancel if task else lambda: None)
        return await work

    try:
        status = asyncio.run(do())
    except asyncio.CancelledError:
        raise typer.Abort from None
    raise typer.Exit(status)
