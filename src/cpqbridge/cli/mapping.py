"""`cpqbridge mapping`: check, try and test the mapping before anything is written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.files import save
from cpqbridge.cli.mapping_import import import_lists
from cpqbridge.cli.mapping_tests import run_cases
from cpqbridge.cli.options import AsJson, Config, Connection
from cpqbridge.cli.output import DONE, WRONG_USE, exit_status, out, outcome_text, print_json, print_reasons
from cpqbridge.settings.load import DEFAULT_FILE
from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.own_mapping import cases
from cpqbridge.sync.own_mapping.check import MappingFinding, MappingReport, check_mapping
from cpqbridge.sync.own_mapping.trial import MappingTrial, Mark, Tried, TriedOperation, Value
from cpqbridge.sync.result import SyncResult

app = typer.Typer(
    help="Check, try and test your own mapping; nothing is written to either system.", no_args_is_help=True
)
trial = typer.Typer(help="Show plans with your own mapping beside those of the guide.", no_args_is_help=True)
record = typer.Typer(help="Keep records and their plans as cases for `mapping test`.", no_args_is_help=True)
app.add_typer(trial, name="try")
app.add_typer(record, name="record")
app.command("import")(import_lists)
app.command("test")(run_cases)

Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Salesforce account ids")]
Numbers = Annotated[list[str], typer.Argument(metavar="NUMBER…", help="Salesforce order numbers")]
Codes = Annotated[list[str], typer.Argument(metavar="ID_OR_CODE…", help="Salesforce product ids or product codes")]
Everything = Annotated[bool, typer.Option("--all", help="Show values that are the same too.")]
To = Annotated[Path, typer.Option("--to", help="Folder for the cases; made if it is not there.", show_default=False)]

Try = Callable[[MappingTrial], Awaitable[list[Tried]]]
Record = Callable[[MappingTrial], Awaitable[list[cases.Case | SyncResult]]]

_STYLES = {Mark.SAME: "dim", Mark.CHANGED: "yellow", Mark.ADDED: "green", Mark.REMOVED: "red"}
_SIGNS = {Mark.SAME: " ", Mark.CHANGED: "~", Mark.ADDED: "+", Mark.REMOVED: "-"}


@app.command("check")
def check(connection: Connection = None, config: Config = None, as_json: AsJson = False) -> None:
    """Hold every source against the org and every target against the tenant: names, types, lengths, values."""
    report = asyncio.run(check_mapping(connection_for(config, connection)))
    file = str(config or DEFAULT_FILE)
    if as_json:
        print_json({"file": file, **report.as_dict()})
    else:
        _print_report(report, file)
    raise typer.Exit(WRONG_USE if report.problems else DONE)


@trial.command("order")
def try_order(
    numbers: Numbers,
    everything: Everything = False,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show what your own mapping changes in the plans of orders."""
    _try(config, connection, as_json, everything, lambda trial: trial.orders(numbers))


@trial.command("account")
def try_account(
    ids: Ids,
    everything: Everything = False,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show what your own mapping changes in the plans of accounts, without their orders."""
    _try(config, connection, as_json, everything, lambda trial: trial.accounts(ids))


@trial.command("products")
def try_products(
    codes: Codes,
    everything: Everything = False,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show what your own mapping changes in the plans of products."""
    _try(config, connection, as_json, everything, lambda trial: trial.products(codes))


@record.command("order")
def record_order(
    numbers: Numbers, to: To, connection: Connection = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Write a case for each order: what both systems hold of it, and its plan."""
    _record(config, connection, as_json, to, lambda trial: trial.record_orders(numbers))


@record.command("account")
def record_account(
    ids: Ids, to: To, connection: Connection = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Write a case for each account, without its orders."""
    _record(config, connection, as_json, to, lambda trial: trial.record_accounts(ids))


def _try(config: Path | None, connection: str | None, as_json: bool, everything: bool, work: Try) -> None:
    settings = connection_for(config, connection)

    async def do() -> list[Tried]:
        async with open_clients(settings) as clients:
            return await work(MappingTrial(settings, clients))

    results = asyncio.run(do())
    if as_json:
        documents = [result.as_dict() for result in results]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for result in results:
            _print_tried(result, everything)
        print_reasons([result.own for result in results])
    raise typer.Exit(exit_status(result.own for result in results))


def _record(config: Path | None, connection: str | None, as_json: bool, folder: Path, work: Record) -> None:
    settings = connection_for(config, connection)

    async def do() -> list[cases.Case | SyncResult]:
        async with open_clients(settings) as clients:
            return await work(MappingTrial(settings, clients))

    made = asyncio.run(do())
    lost = [one for one in made if isinstance(one, SyncResult)]
    written = {one.record: _write(folder, one) for one in made if isinstance(one, cases.Case)}
    if as_json:
        print_json(
            {"written": {name: str(file) for name, file in written.items()}, "unknown": [one.record for one in lost]}
        )
    else:
        for name, file in written.items():
            out.print(f"{escape(name)} → {escape(str(file))}")
        if written:
            out.print("[dim]Cases hold what both systems say of the customer. They hold no secrets of yours.[/dim]")
        print_reasons(lost)
    raise typer.Exit(exit_status(lost))


def _write(folder: Path, case: cases.Case) -> Path:
    file = folder / case.file
    save(file, cases.write(case), "--to")
    return file


def _print_report(report: MappingReport, file: str) -> None:
    for finding in report.findings:
        _print_finding(finding, file)
    if report.absent:
        out.print(f"\nNot in the org, default used: [dim]{escape(', '.join(report.absent))}[/dim]", soft_wrap=True)
    problems, warnings = len(report.problems), len(report.findings) - len(report.problems)
    mark = "[red]✗[/red]" if problems else "[green]✓[/green]"
    out.print(
        f"\n{mark} {report.rules} rules of your own and {report.sources} fields of the guide: "
        f"{problems} problems, {warnings} warnings."
    )


def _print_finding(finding: MappingFinding, file: str) -> None:
    style = "red" if finding.grade == "problem" else "yellow"
    place = f"{file}:{finding.line}: " if finding.line else ""
    key = f"`{finding.key}` " if finding.key else ""
    code = finding.code if finding.grade == "problem" else f"{finding.code} {finding.grade}"
    source = f" [dim]({escape(finding.source)})[/dim]" if finding.source else ""
    out.print(f"[{style}]{code}[/{style}] {escape(place + key + finding.message)}{source}", soft_wrap=True)
    out.print(f"    → {escape(finding.remedy)}", soft_wrap=True)


def _print_tried(tried: Tried, everything: bool) -> None:
    own, guide = tried.own, tried.guide
    shown = outcome_text(own.outcome)
    if own.outcome is not guide.outcome:
        shown += f" [dim](the guide alone: {outcome_text(guide.outcome)})[/dim]"
    out.print(f"\n[bold]{own.object} {escape(own.record)}[/bold] {shown}")
    for operation in tried.operations:
        _print_operation(operation, everything)
    counts = ", ".join(f"{count} {name}" for name, count in tried.counts.items() if count)
    out.print(f"\n  {counts or 'nothing to write'}")


def _print_operation(tried: TriedOperation, everything: bool) -> None:
    values = [value for value in tried.values if everything or value.mark is not Mark.SAME]
    if not values:
        return
    operation = tried.operation
    mark = f" [{_STYLES[tried.mark]}]{tried.mark.value}[/{_STYLES[tried.mark]}]"
    out.print(f"\n [bold]{operation.name}[/bold]  {operation.method} {escape(operation.path)}{mark}", soft_wrap=True)
    for value in values:
        _print_value(value)


def _print_value(value: Value) -> None:
    style = _STYLES[value.mark]
    shown = escape(str(value.guide if value.mark is Mark.REMOVED else value.own))
    before = f"[dim]{escape(str(value.guide))} →[/dim] " if value.mark is Mark.CHANGED else ""
    line = f"  [{style}]{_SIGNS[value.mark]}[/{style}] {escape(value.target)} = {before}[{style}]{shown}[/{style}]"
    out.print(line, soft_wrap=True)
    if value.rule:
        origin = escape(f"{value.source or 'default'}  ({value.rule})")
        out.print(f"        [dim]← {origin}[/dim]", soft_wrap=True)
