"""`cpqbridge alerts`: what people are told of, and whether they can be."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.options import MOST, AsJson, Config, OnlyConnection

app = typer.Typer(help="Look up what people are told of, and try whether they can be.", no_args_is_help=True)


@app.command("list")
def list_alerts(
    hours: Annotated[int, typer.Option(help="Also what began within so many hours and is over.", min=0, max=MOST)] = 24,
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List what goes on that people should know of, and who was told."""
    from cpqbridge.cli.alerts_work import print_list  # the database libraries are loaded only where one is opened

    raise typer.Exit(asyncio.run(print_list(settings_for(config), connection, hours, as_json)))


@app.command("test")
def try_channels(
    channel: Annotated[str | None, typer.Option(metavar="NAME", help="Only this channel.")] = None,
    connection: OnlyConnection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Send a test message by each channel."""
    from cpqbridge.cli.alerts_work import send_tests

    raise typer.Exit(asyncio.run(send_tests(settings_for(config), connection, channel, as_json)))
