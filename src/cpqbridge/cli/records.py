"""`cpqbridge plan` and `cpqbridge sync`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.options import AsJson, Config, Connection
from cpqbridge.cli.output import exit_status, out, print_json, print_reasons, results_table
from cpqbridge.cli.plans import print_plan
from cpqbridge.cli.progress import Watching
from cpqbridge.cli.routed import Part, parts_of
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_clients, open_history, open_planner, open_service, removal_reader
from cpqbridge.sync.planner import Planner
from cpqbridge.sync.result import SyncResult, planned
from cpqbridge.sync.service import DELETED, SyncService

if TYPE_CHECKING:
    from cpqbridge.history.database import Database
    from cpqbridge.transport.channel import Wiring

plan = typer.Typer(help="Show what would be written; nothing is.", no_args_is_help=True)
sync = typer.Typer(help="Carry records over now.", no_args_is_help=True)

Plan = Callable[[Planner, list[str]], Awaitable[list[SyncResult]]]
Work = Callable[[SyncService, list[str]], Awaitable[list[SyncResult]]]
Parts = Awaitable[list[Part]]
Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Salesforce account ids")]
Numbers = Annotated[list[str], typer.Argument(metavar="NUMBER…", help="Salesforce order numbers")]

Products = Annotated[
    list[str] | None, typer.Argument(metavar="[ID_OR_CODE…]", help="Salesforce product ids or product codes")
]
Since = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Orders changed in Salesforce on or after this day (UTC); by default those that the history knows.",
    ),
]
AllProducts = Annotated[bool, typer.Option("--all", help="All active products.")]


@plan.command("account")
def plan_account(ids: Ids, connection: Connection = None, config: Config = None, as_json: AsJson = False) -> None:
    """Show what would be written for accounts and their orders."""
    _plan(parts_of(config, connection), as_json, lambda planner, _: planner.accounts(ids))


@plan.command("order")
def plan_order(numbers: Numbers, connection: Connection = None, config: Config = None, as_json: AsJson = False) -> None:
    """Show what would be written for orders."""
    _plan(parts_of(config, connection, numbers), as_json, lambda planner, some: planner.orders(some))


@plan.command("products")
def plan_products(
    names: Products = None,
    everything: AllProducts = False,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show what would be written to the catalog for products."""
    wanted = _products(names, everything)
    _plan(parts_of(config, connection), as_json, lambda planner, _: planner.products(wanted, everything=everything))


@sync.command("account")
def sync_account(ids: Ids, connection: Connection = None, config: Config = None, as_json: AsJson = False) -> None:
    """Sync accounts with their contacts and orders."""
    _sync(parts_of(config, connection), as_json, len(ids), lambda service, _: service.accounts(ids))


@sync.command("order")
def sync_order(numbers: Numbers, connection: Connection = None, config: Config = None, as_json: AsJson = False) -> None:
    """Sync orders, with the accounts, contacts and products that they need."""
    parts = parts_of(config, connection, numbers)
    _sync(parts, as_json, len(numbers), lambda service, some: service.orders(some))


@plan.command("deleted")
def plan_deleted(
    since: Since = None, connection: Connection = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Show what would be done in Zuora about orders that were deleted or taken back in Salesforce."""
    _show(asyncio.run(_removals(connection_for(config, connection), since.date() if since else None)), as_json)


@sync.command("deleted")
def sync_deleted(
    since: Since = None, connection: Connection = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Take back in Zuora what was deleted or taken back in Salesforce, by the options for deleted orders."""
    day = since.date() if since else None
    _sync(parts_of(config, connection), as_json, None, lambda service, _: service.deleted(day))


@sync.command("products")
def sync_products(
    names: Products = None,
    everything: AllProducts = False,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Sync the catalog by itself: make what is missing and update what has changed."""
    wanted = _products(names, everything)
    records = None if everything else len(wanted)
    parts = parts_of(config, connection)
    _sync(parts, as_json, records, lambda service, _: service.products(wanted, everything=everything))


def _products(names: list[str] | None, everything: bool) -> list[str]:
    """Return the products that were named.

    Raises:
        BadParameter: Neither products nor `--all` were given, or both.
    """
    if bool(names) == everything:
        raise typer.BadParameter("give ids or codes of products, or --all for all active ones")
    return names or []


def _plan(parts: Parts, as_json: bool, work: Plan) -> None:
    async def do() -> list[SyncResult]:
        results: list[SyncResult] = []
        for settings, orders in await parts:
            async with open_planner(settings) as planner:
                results += await work(planner, orders)
        return results

    _show(asyncio.run(do()), as_json)


async def _removals(settings: Settings, since: date | None) -> list[SyncResult]:
    """Return what would be done about the orders that `sync deleted` would look at; only the history is opened."""
    async with open_clients(settings) as clients:
        reader = removal_reader(settings, clients)
        if since is not None:
            removals = await reader.since(since)
        else:
            async with open_history(settings) as history:
                removals = await reader.known(await history.known_orders(but_done_by=DELETED))
        return [planned(plan) for plan in await reader.plans(removals)]


def _show(results: list[SyncResult], as_json: bool) -> None:
    """Print plans, and end with the exit status."""
    if as_json:
        _print_documents(results)
    elif not results:
        out.print("Nothing to do.")
    for result in () if as_json else _flat(results):
        print_plan(result)
    _leave(results, as_json)


def _sync(parts: Parts, as_json: bool, records: int | None, work: Work) -> None:
    async def do() -> list[SyncResult]:
        results: list[SyncResult] = []
        with Watching(records, quiet=as_json) as watching:
            for settings, orders in await parts:
                opening = open_service(settings, progress=watching.done, shared=_shared, say=watching.say)
                async with opening as service:
                    results += await work(service, orders)
        return results

    results = asyncio.run(do())
    if as_json:
        _print_documents(results)
    else:
        out.print(results_table(_flat(results)) if results else "Nothing to do.")
    _leave(results, as_json)


async def _shared(settings: Settings, database: Database, wiring: Wiring | None) -> Wiring:
    """Return what the clients are plugged into; loaded only where a database is open."""
    from cpqbridge.jobs.limits.command import shared_wiring

    return await shared_wiring(settings, database, wiring)


def _print_documents(results: list[SyncResult]) -> None:
    """Print one result as an object, several as a list."""
    documents = [result.as_dict() for result in results]
    print_json(documents[0] if len(documents) == 1 else documents)


def _leave(results: list[SyncResult], as_json: bool) -> None:
    """Say why what is held, and end with the exit status."""
    flat = _flat(results)
    if not as_json:
        print_reasons(flat)
    raise typer.Exit(exit_status(flat))


def _flat(results: list[SyncResult]) -> list[SyncResult]:
    """Return the results of accounts and their orders in one list."""
    return [one for result in results for one in result.all()]
