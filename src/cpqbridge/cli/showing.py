"""What `cpqbridge demo` does: orders go from an org to a tenant, both on this machine, over real HTTP.

One contract's life is among them, and is drawn at the end.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.configure import connection_for, sandbox_settings
from cpqbridge.cli.output import DONE, FAILED, err, out, outcome_text, print_json, print_reasons
from cpqbridge.cli.progress import Watching
from cpqbridge.cli.timeline import as_documents, print_timelines
from cpqbridge.money.contracted import held, sold
from cpqbridge.money.worth import worth
from cpqbridge.planning.snapshot import children
from cpqbridge.planning.timeline.sales import prices_sold
from cpqbridge.planning.timeline.timeline import Timeline
from cpqbridge.sandbox.seed import DEMO_LIFE, DEMO_ORDERS, fingerprint
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import Clients, batch_reader, open_clients, open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.sync.timeline import read_timeline
from cpqbridge.transport.exchange import Exchange
from cpqbridge.transport.together import together
from cpqbridge.values import SUCCESSES
from cpqbridge.zuora.client import Row
from cpqbridge.zuora.subscriptions import subscription_versions

MADE_BY = "seed"
"""File beside the kept systems: the fingerprint of the seed that made them."""


Amounts = Mapping[str, tuple[Decimal, Decimal | None]]
"""By order number: what CPQ sold it for, and what Zuora holds for it; None where that cannot be said."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demo ends with: the results, the amounts, and the life of one contract's subscriptions."""

    results: Sequence[SyncResult]
    amounts: Amounts
    life: Sequence[Timeline]


class Calls:
    """Counts calls to both systems, and which of them write."""

    def __init__(self) -> None:
        self.made = {"Salesforce": 0, "Zuora": 0}
        self.writes = 0

    def count(self, exchange: Exchange) -> None:
        """Count one call."""
        self.made[exchange.system] += 1
        self.writes += exchange.system == "Zuora" and not exchange.reads


def show_demo(data: Path, config: Path | None, *, reset: bool, as_json: bool) -> int:
    """Run the demo and print its table; return the exit status.

    Args:
        data: Folder that keeps both systems and the history.
        config: A configuration file whose options and value tables are used.
        reset: Begin anew.
        as_json: Print one JSON document instead.
    """
    _begin_anew_unless_of_this_version(data / "sandbox", reset=reset)
    calls = Calls()
    with LocalSandbox("demo", data=data / "sandbox") as sandbox:
        (data / "sandbox" / MADE_BY).write_text(fingerprint())
        ports = (_port(sandbox.salesforce_url), _port(sandbox.zuora_url))
        changes: dict[str, Any] = {"database": DatabaseSettings(data_dir=data.resolve() / "history")}
        if config is not None:
            own = connection_for(config, None)
            changes |= {"options": own.options, "values": own.values}
        settings = _without_alerts(sandbox_settings(*ports).model_copy(update=changes))
        shown = asyncio.run(_run(settings, calls, quiet=as_json))
    _show(shown, calls, as_json)
    return DONE if all(_as_expected(result) for result in shown.results) else FAILED


def _begin_anew_unless_of_this_version(sandbox: Path, *, reset: bool) -> None:
    """Throw the demo's systems away when that is asked for, or when another version of the seed made them."""
    made_by = sandbox / MADE_BY
    of_this_version = made_by.exists() and made_by.read_text() == fingerprint()
    if sandbox.exists() and not of_this_version and not reset:
        err.print("The demo's data is of another version of cpqbridge: it begins anew.")
    if reset or not of_this_version:
        shutil.rmtree(sandbox, ignore_errors=True)


def _without_alerts(settings: Settings) -> Settings:
    """Return settings with which nobody gets e-mails about the demo's records."""
    return settings.model_copy(update={"options": settings.options.model_copy(update={"customer_alert_email": None})})


async def _run(settings: Settings, calls: Calls, *, quiet: bool) -> Shown:
    numbers = list(DEMO_ORDERS)
    with Watching(len(numbers), quiet=quiet) as watching:
        async with open_service(settings, progress=watching.done, watch=calls.count) as service:
            # the life first, so that its customer gets the same account number each time
            synced = [
                *await service.orders(DEMO_LIFE),
                *await service.orders([one for one in numbers if one not in DEMO_LIFE]),
            ]
    results = sorted(synced, key=lambda result: numbers.index(result.record))
    async with open_clients(settings) as clients:
        batch = await batch_reader(settings, clients).orders(numbers)
        orders, prices = batch.orders(), prices_sold(batch.snapshot)
        versions = await _versions(clients, results)
        quoted = {number: sold(children(orders[number], "OrderItems")) for number in numbers}
        held = {result.record: await _held(clients, versions, result) for result in results}
        amounts = {number: (quoted[number], held[number]) for number in numbers}
        life = await together(read_timeline(clients.zuora, one, prices) for one in versions)
        return Shown(results, amounts, life)


async def _versions(clients: Clients, results: Sequence[SyncResult]) -> list[list[Row]]:
    """Return all versions of the subscriptions that have the contract's life."""
    lived = [result for result in results if result.record in DEMO_LIFE]
    numbers = dict.fromkeys(number for result in lived for number in result.zuora.get("subscriptions") or ())
    found = await together(subscription_versions(clients.zuora, number) for number in numbers)
    return [rows for rows in found if rows]


async def _held(clients: Clients, versions: Sequence[Sequence[Row]], result: SyncResult) -> Decimal | None:
    """Return what Zuora holds for an order, read anew; for a step of the contract's life, what the step changed."""
    if result.outcome not in SUCCESSES:
        return None
    if result.record in DEMO_LIFE:
        return _changed(versions, result.record)
    subscriptions = await together(
        clients.zuora.send("GET", f"/v1/subscriptions/{number}") for number in result.zuora["subscriptions"]
    )
    order = (await clients.zuora.send("GET", f"/v1/orders/{result.zuora['orderNumber']}"))["order"]
    lines = (Decimal(line["amountPerUnit"]) * Decimal(line["quantity"]) for line in order.get("orderLineItems") or ())
    return sum((held(one) for one in subscriptions), Decimal(0)) + sum(lines, Decimal(0))


def _changed(versions: Sequence[Sequence[Row]], number: str) -> Decimal | None:
    """Return by how much an order changed what its subscriptions are worth."""
    total = Decimal(0)
    for rows in versions:
        for before, after in zip([None, *rows], rows, strict=False):
            if after.get("orderNumber") == number:
                old, new = (worth(before) if before else Decimal(0)), worth(after)
                if old is None or new is None:
                    return None
                total += new - old
    return total


def _as_expected(result: SyncResult) -> bool:
    expected = DEMO_ORDERS[result.record].outcome
    return result.outcome in SUCCESSES if expected == "synced" else result.outcome == expected


def _show(shown: Shown, calls: Calls, as_json: bool) -> None:
    results, amounts = shown.results, shown.amounts
    if as_json:
        orders = [_row(result, amounts) for result in results]
        life = as_documents(shown.life)
        print_json({"orders": orders, "life": life, "calls": calls.made, "writes": calls.writes})
        return
    out.print(_table(results, amounts))
    print_reasons(results)
    if shown.life:
        out.print(f"\nThe life of one contract, orders {DEMO_LIFE[0]} to {DEMO_LIFE[-1]}, as Zuora holds it\n")
        print_timelines(shown.life)
    made = ", ".join(f"{count} to {system}" for system, count in calls.made.items())
    out.print(f"\n{len(results)} orders, calls: {made}, of which {calls.writes} wrote.")


def _table(results: Sequence[SyncResult], amounts: Amounts) -> Table:
    table = Table("record", "outcome", "Zuora number", "CPQ amount", "Zuora amount", "story", box=None)
    for name in ("CPQ amount", "Zuora amount"):
        next(column for column in table.columns if column.header == name).justify = "right"
    for result in results:
        quoted, billed = amounts[result.record]
        story = DEMO_ORDERS[result.record]
        unsaid = "–" if result.outcome in SUCCESSES else ""
        table.add_row(
            result.record,
            outcome_text(result.outcome),
            str(result.zuora.get("orderNumber") or ""),
            f"{quoted:,.2f} {story.currency}",
            unsaid if billed is None else f"{billed:,.2f} {story.currency}",
            escape(story.story),
        )
    return table


def _row(result: SyncResult, amounts: Amounts) -> dict[str, Any]:
    quoted, billed = amounts[result.record]
    story = DEMO_ORDERS[result.record]
    row = result.as_dict(lineage=False)
    return {**row, "currency": story.currency, "cpqAmount": quoted, "zuoraAmount": billed, "story": story.story}


def _port(url: str) -> int:
    return int(url.rstrip("/").rpartition(":")[2])
