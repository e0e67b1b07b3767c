"""`cpqbridge reconcile`: CPQ's amounts against Zuora's, line by line, with the cause of every difference."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.files import save
from cpqbridge.cli.options import MOST, AsJson, Config, Connection, refuse_above
from cpqbridge.cli.output import DONE, HELD, out, print_json
from cpqbridge.cli.reconcile_documents import amount, as_document, write_csv
from cpqbridge.cli.reconcile_picture import picture, sparks
from cpqbridge.cli.reconcile_table import lines_table
from cpqbridge.money.reconciliation.causes import CAUSES
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.reconcile.line import Line, totals
from cpqbridge.sync.reconcile.reconciler import Reconciler, Reconciliation

LINES = 50
"""Lines that the table of `--since` shows, unless told otherwise."""

app = typer.Typer(
    help="Compare what CPQ sold with what Zuora bills, line by line, with the cause of every difference.",
    invoke_without_command=True,
)

DRAWN = 12
"""Lines that are drawn in the terminal, those that differ first."""

Work = Callable[[Reconciler], Awaitable[list[Reconciliation]]]
Numbers = Annotated[list[str], typer.Argument(metavar="NUMBER…", help="Salesforce order numbers")]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Salesforce account ids")]
Csv = Annotated[
    Path | None,
    typer.Option(
        "--csv", metavar="FILE", help="Write a row for each line and period to this file too; its folder is made."
    ),
]
Picture = Annotated[
    Path | None,
    typer.Option("--picture", metavar="FILE.svg", help="Draw the billing schedule against the quote as an SVG."),
]


@app.command("order")
def reconcile_order(
    numbers: Numbers,
    csv_file: Csv = None,
    picture_file: Picture = None,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Compare orders: before they are sent with what they would bill, afterwards with what is and will be billed.

    An order in Zuora is compared with all that changed and renewed what it sold. Nothing is written. Exit status: 0 all
    lines are within the options' tolerances, 3 a line is not or an order may not be sent, 4 a side cannot be read.
    """

    async def work(reconciler: Reconciler) -> list[Reconciliation]:
        return [await reconciler.order(number) for number in dict.fromkeys(numbers)]

    _reconcile(work, csv_file, picture_file, config, connection, as_json)


@app.command("account")
def reconcile_account(
    ids: Ids,
    csv_file: Csv = None,
    picture_file: Picture = None,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Compare all orders of accounts, each line once, with a total."""

    async def work(reconciler: Reconciler) -> list[Reconciliation]:
        return [await reconciler.account(one) for one in dict.fromkeys(ids)]

    _reconcile(work, csv_file, picture_file, config, connection, as_json)


def _reconcile(
    work: Work,
    csv_file: Path | None,
    picture_file: Path | None,
    config: Path | None,
    connection: str | None,
    as_json: bool,
) -> None:
    async def do(settings: Settings) -> list[Reconciliation]:
        async with open_clients(settings) as clients:
            return await work(Reconciler(clients, settings))

    if picture_file and picture_file.suffix.lower() != ".svg":
        raise typer.BadParameter(f"{picture_file} is no name of an SVG: end it with .svg", param_hint="--picture")
    settings = connection_for(config, connection)
    found = asyncio.run(do(settings))
    if csv_file:
        write_csv(csv_file, found)
    if picture_file:
        _save_pictures(picture_file, found)
    if as_json:
        documents = [as_document(one) for one in found]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        _tell(found, settings.options)
    held = any(one.differs(settings.options) or (one.object == "Order" and one.reasons) for one in found)
    raise typer.Exit(HELD if held else DONE)


def _save_pictures(file: Path, found: Sequence[Reconciliation]) -> None:
    """Write a picture for each record; those after the first have its number in their name."""
    for place, one in enumerate(found):
        own = file if place == 0 else file.with_name(f"{file.stem}-{one.record}{file.suffix}")
        save(own, picture(one).encode(), "--picture")


def _tell(found: Sequence[Reconciliation], options: Options) -> None:
    for place, one in enumerate(found):
        if place:
            out.print()
        _tell_one(one, options)


def _tell_one(found: Reconciliation, options: Options) -> None:
    state = "" if found.sent else ", not in Zuora yet: what it would bill"
    out.print(f"[bold]{found.object} {escape(found.name)}[/bold]{state}")
    if not found.lines:
        out.print("Nothing to compare.")
        _tell_reasons(found)
        return
    out.print(lines_table(found.lines, options))
    for one in totals(found.lines):
        sums = (amount(value, one.currency) for value in (one.quoted, one.billed, one.difference))
        quoted, billed, difference = sums
        out.print(f"{one.currency}: quoted {quoted}, Zuora {billed}, difference {difference}", style="bold")
    _tell_remedies(found.lines)
    _draw(found.lines, options)
    _tell_reasons(found)


def _tell_remedies(lines: Sequence[Line]) -> None:
    """Say once of each cause what it means and what mends it."""
    for part in {part.cause: part for line in lines for part in line.parts}.values():
        entry = CAUSES[part.cause]
        note = f" ({escape(part.note)})" if part.note else ""
        out.print(f"\n{part.cause.value.replace('_', ' ')}: {entry.title}{note}.")
        out.print(f"  → {entry.remedy}")


def _draw(lines: Sequence[Line], options: Options) -> None:
    """Draw the lines by period, those that differ first."""
    plain = not out.encoding.lower().startswith("utf")
    drawn = sorted((line for line in lines if len(line.periods) > 1), key=lambda line: not line.differs(options))
    for line in drawn[:DRAWN]:
        first, last = line.periods[0].start, line.periods[-1].end
        out.print(f"\n[dim]{escape(line.proof.product)}, {first} to before {last}[/dim]")
        for row in sparks(line, plain=plain):
            out.print(f"  {row}", markup=False, style="red" if "^" in row else None)


def _tell_reasons(found: Reconciliation) -> None:
    for reason in found.reasons:
        out.print(f"\n{reason.code} {escape(reason.message)}")
        out.print(f"  → {escape(reason.remedy)}")


Since = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"], metavar="DATE", help="All orders changed in Salesforce since this day, in bulk."
    ),
]
Restart = Annotated[bool, typer.Option("--restart", help="With --since: begin anew, whatever a stopped run has read.")]
Lines = Annotated[int, typer.Option("--lines", min=0, max=MOST, help="With --since: lines that the table shows.")]
AllCsv = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="With --since: write all lines to this file; its folder is made."),
]


@app.callback()
def reconcile(
    context: typer.Context,
    since: Since = None,
    restart: Restart = False,
    csv_file: AllCsv = None,
    lines: Lines = LINES,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Compare what CPQ sold with what Zuora bills, line by line, with the cause of every difference.

    With --since, all orders changed since that day are compared by bulk reads of both sides: what is on invoices and
    credit memos, and what is worked out for the days after. The lines that differ most come first. Exit status: 0 all
    lines are within the options' tolerances, 3 a line is not, 4 a side cannot be read.
    """
    if context.invoked_subcommand is not None:
        refuse_above(context)
        return
    if since is None:
        raise typer.BadParameter("give `order NUMBER…`, `account ID…`, or --since DATE")
    day = since.date()
    from cpqbridge.cli.reconcile_since import since as reconcile_since  # numpy is slow to load

    status = reconcile_since(
        day, restart=restart, csv_file=csv_file, lines=lines, config=config, connection=connection, as_json=as_json
    )
    raise typer.Exit(status)
