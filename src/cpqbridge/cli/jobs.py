"""`cpqbridge jobs`: what is due, why, when, and what it waits for; look again at once, or not any more."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.given import Account, Code
from cpqbridge.cli.jobs_options import LaneName, ObjectName
from cpqbridge.cli.options import MOST, AsJson, Config, OnlyConnection
from cpqbridge.values import Outcome

app = typer.Typer(help="Look up what is due, and change it.", no_args_is_help=True)


NAMES = "Ids, or numbers of orders"
Names = Annotated[list[str], typer.Argument(metavar="ID|NUMBER…", help=NAMES)]


@app.command("list")
def list_jobs(
    outcome: Annotated[Outcome | None, typer.Option(help="Only those with this outcome the last time.")] = None,
    code: Code = None,
    object_name: Annotated[ObjectName | None, typer.Option("--object", help="Only this object.")] = None,
    account: Account = None,
    lane: Annotated[LaneName | None, typer.Option(help="Only live work, or only that of back-fills.")] = None,
    connection: OnlyConnection = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=MOST)] = 50,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List what is due: what is being worked on first, then by when it is looked at."""
    from cpqbridge.cli.jobs_work import print_list, wish  # the database libraries are loaded only where one is opened

    wanted = wish(outcome, code, object_name, account, lane)
    raise typer.Exit(asyncio.run(print_list(settings_for(config), connection, wanted, limit, as_json)))


@app.command("show")
def show_job(
    name: Annotated[str, typer.Argument(metavar="ID|NUMBER", help="An id, or the number of an order.")],
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show why a record is due and what became of it before."""
    from cpqbridge.cli.jobs_work import print_one

    raise typer.Exit(asyncio.run(print_one(settings_for(config), connection, name, as_json)))


@app.command("retry")
def retry_jobs(
    names: Annotated[list[str] | None, typer.Argument(metavar="[ID|NUMBER…]", help=NAMES)] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that is due, held or failed.")] = False,
    code: Code = None,
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Look at records again now, as if they had never been tried: a service or worker does it, as soon as one runs."""
    if bool(names) + everything + bool(code) != 1:
        raise typer.BadParameter("give ids or numbers, or --code, or --all")
    from cpqbridge.cli.jobs_work import retry

    raise typer.Exit(asyncio.run(retry(settings_for(config), connection, names, code, as_json)))


@app.command("cancel")
def cancel_jobs(
    names: Names, connection: OnlyConnection = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Take records off what is due; they are looked at again when they change. The history says so."""
    from cpqbridge.cli.jobs_work import cancel

    raise typer.Exit(asyncio.run(cancel(settings_for(config), connection, names, as_json)))
