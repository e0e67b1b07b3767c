"""`cpqbridge adopt`: link contracts that both systems have had since before cpqbridge."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.options import AsJson, Config, Connection
from cpqbridge.cli.output import err, exit_status, out, outcome_text, print_json, print_reasons
from cpqbridge.cli.plans import readable
from cpqbridge.cli.progress import Watching
from cpqbridge.cli.records import Numbers
from cpqbridge.sync.adoption.adopter import Adopter, Adoption, open_adopter
from cpqbridge.sync.adoption.csv_file import Line, read_csv
from cpqbridge.sync.adoption.result import AdoptionResult

app = typer.Typer(
    help="Link contracts that both systems have had since before cpqbridge, so that their amendments find them.",
    no_args_is_help=True,
)

Work = Callable[[Adopter], Awaitable[Adoption]]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Salesforce account ids")]
AllAccounts = Annotated[bool, typer.Option("--all", help="All accounts with subscriptions.")]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", help="File that says what belongs together; where it does, nothing is looked for."),
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="Columns subscription, zuora_subscription, rate_plan")]
Write = Annotated[bool, typer.Option("--write", help="Write the ids; without it they are only shown.")]


@app.command("account")
def adopt_account(
    ids: Ids = None,
    everything: AllAccounts = False,
    csv: Csv = None,
    write: Write = False,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Link all that accounts were sold."""
    if bool(ids) == everything:
        raise typer.BadParameter("give ids of accounts, or --all for all that have subscriptions")
    lines = _lines(csv)
    _adopt(
        config,
        connection,
        as_json,
        write,
        lambda adopter: adopter.accounts(ids or [], everything=everything, lines=lines),
    )


@app.command("order")
def adopt_order(
    numbers: Numbers,
    csv: Csv = None,
    write: Write = False,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Link what orders have sold, amended or renewed."""
    lines = _lines(csv)
    _adopt(config, connection, as_json, write, lambda adopter: adopter.orders(numbers, lines=lines))


@app.command("csv")
def adopt_csv(
    file: File, write: Write = False, connection: Connection = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Link what a CSV file names, and nothing else."""
    lines = _lines(file)
    _adopt(config, connection, as_json, write, lambda adopter: adopter.named(lines))


def _lines(file: Path | None) -> list[Line]:
    return read_csv(file) if file else []


def _adopt(config: Path | None, connection: str | None, as_json: bool, write: bool, work: Work) -> None:
    async def do() -> Adoption:
        with Watching(None, quiet=as_json) as watching:
            async with open_adopter(connection_for(config, connection), write=write, progress=watching.done) as adopter:
                return await work(adopter)

    adoption = asyncio.run(do())
    results = [one.result for one in adoption.results]
    if as_json:
        print_json({"records": [one.as_dict() for one in adoption.results], "ended": adoption.ended, "written": write})
    else:
        out.print(_table(adoption.results))
        print_reasons(results)
        _tell(adoption, write=write)
    raise typer.Exit(exit_status(results))


def _table(results: list[AdoptionResult]) -> Table:
    """Return the table: what was sold, what bills it, and how they were paired; narrow enough for any terminal."""
    table = Table("Salesforce", "Zuora", "link", box=None, padding=(0, 2, 1, 0))
    for one in results:
        document = one.as_dict()
        outcome = outcome_text(one.result.outcome)
        by = f"by {document['matchedBy']}" if document["matchedBy"] else ""
        for pair in document["pairs"] or [{"salesforce": {"subscription": one.result.record}}]:
            sold, billed, currency = pair["salesforce"], pair.get("zuora") or {}, pair.get("currency")
            link = "\n".join(filter(None, [outcome, by, pair.get("writes")]))
            table.add_row(
                _side(sold, sold.get("product"), currency), _side(billed, billed.get("ratePlan"), currency), link
            )
    return table


def _side(row: Mapping[str, Any], what: str | None, currency: str | None) -> str:
    """Return one side of a pair: number, product or rate plan, days and units, price for the term."""
    days = f"{row['start']} to {row['end'] or 'open'}" if row.get("start") else ""
    units = f" × {readable(row['quantity'])}" if row.get("quantity") is not None else ""
    price = f"at {row['price']:,.2f} {currency or ''}".rstrip() if row.get("price") is not None else ""
    return "\n".join(escape(line) for line in (row.get("subscription"), what, f"{days}{units}", price) if line)


def _tell(adoption: Adoption, *, write: bool) -> None:
    """Say what was left out, and what comes next."""
    if not adoption.results:
        out.print("There is nothing to link.")
    for one in adoption.results:
        document = one.as_dict()
        for pair in document["pairs"]:
            if pair["priceUnknown"]:
                out.print(f"\n{one.result.record}: prices were not compared: {escape(pair['priceUnknown'])}")
        if document["missingOrders"]:
            orders = ", ".join(document["missingOrders"])
            out.print(f"\n{one.result.record}: not in Zuora yet: {orders}. Sync this after the adoption.")
    if adoption.ended:
        out.print(f"\nSubscriptions that have ended and have no counterpart in Zuora are left out: {adoption.ended}.")
    if not write and any(one.match and one.match.writes for one in adoption.results):
        err.print("\nNothing was written. The same command with --write writes the ids.")
