"""The options that several commands take, and the bounds of their numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

MOST = 1_000_000
"""What a number that is given at the command line may be at most, unless there is a better reason: what is listed is
in memory, and so many hours are a hundred years."""

PORTS = 65_535
"""The highest port."""

LARGEST_ID = 2**63 - 1
"""No id in the database is larger: a number above it is that of nothing, and the database does not even take it."""

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


def refuse_above(context: typer.Context) -> None:
    """Refuse options that stand before a command below this one: it has its own, and would not know of them.

    Raises:
        BadParameter: There are some.
    """
    given = [
        parameter
        for parameter in context.command.params
        if parameter.name and (source := context.get_parameter_source(parameter.name)) and source.name == "COMMANDLINE"
    ]
    if given and context.invoked_subcommand:
        below = context.invoked_subcommand
        raise typer.BadParameter(f"{given[0].opts[0]} stands before `{below}`, which takes its options after it")
