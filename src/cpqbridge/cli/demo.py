"""`cpqbridge demo`: real orders from a Salesforce org to a Zuora tenant, both on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cpqbridge.cli.options import AsJson, Config


def demo(
    data: Annotated[
        Path,
        typer.Option(help="Folder that keeps both systems and the history; data of another version is thrown away."),
    ] = Path(".demo"),
    reset: Annotated[bool, typer.Option(help="Begin anew.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Start the sandbox and sync its orders; a second run finds everything done.

    Of a configuration file only the options and value tables count.
    """
    from cpqbridge.cli.showing import show_demo  # the sandbox is slow to import, and no other command needs it

    raise typer.Exit(show_demo(data, config, reset=reset, as_json=as_json))
