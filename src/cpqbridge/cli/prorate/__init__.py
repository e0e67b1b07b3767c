"""`cpqbridge prorate`: the money rules of both systems as calculators."""

from __future__ import annotations

import typer

from cpqbridge.cli.prorate.cpq import cpq
from cpqbridge.cli.prorate.zuora import zuora

app = typer.Typer(help="Compute what CPQ quotes or Zuora bills for a term.", no_args_is_help=True)
app.command("cpq")(cpq)
app.command("zuora")(zuora)
