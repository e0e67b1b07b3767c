"""The options that every command takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Config = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file [default: cpqbridge.yaml, else the sandbox]", show_default=False),
]
AnyConfig = Annotated[
    Path | None,
    typer.Option("--config", help="Taken as everywhere; the sandbox needs no configuration.", show_default=False),
]
Connection = Annotated[
    str | None,
    typer.Option("--connection", help="One of the `connections` of the configuration; needed where there are several."),
]
OnlyConnection = Annotated[str | None, typer.Option("--connection", metavar="NAME", help="Only this connection.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output, nothing else.")]
