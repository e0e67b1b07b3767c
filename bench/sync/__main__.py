"""Measures the speed of the engine: ORDERS, SLOTS, WORKERS and LATENCY (milliseconds) choose; `--json` for machines."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
from dataclasses import asdict
from typing import Any

from rich.console import Console

from bench.sync import arrival, report
from bench.sync.ceiling import replay
from bench.sync.process import Child, child, open_folder
from bench.sync.result import Measured, Scripted
from bench.sync.script import run as run_script
from bench.sync.workload import orders_of, stage

SHARE = 20
"""The user's script works on one order for so many of the engine's: it would take too long on all of them."""

MOST_SCRIPTED = 150


def main() -> None:
    """Measure, and print what was measured."""
    chosen = _arguments()
    scripted = max(3, min(MOST_SCRIPTED, chosen.orders // SHARE))
    with child("org", str(chosen.orders + scripted + 1), str(chosen.latency)) as org:
        measured = [
            asyncio.run(_measure(org, chosen, slots, scripted if slots == chosen.slots[0] else 0))
            for slots in chosen.slots
        ]
    arrivals = [arrival.by_events(chosen.arrivals), arrival.by_poll(chosen.arrivals, 5)] if chosen.arrivals else []
    if chosen.json:
        print(json.dumps({"engine": [asdict(one) for one in measured], "arrivals": [asdict(one) for one in arrivals]}))
        return
    console = Console(width=None if Console().is_terminal else 132)
    for table in report.tables(measured, arrivals):
        console.print(table)


async def _measure(org: Child, chosen: argparse.Namespace, slots: int, scripted: int) -> Measured:
    """Measure the engine with so many slots, against a new tenant and a new database."""
    with open_folder() as folder, child("tenant", "0", str(chosen.latency)) as tenant:
        async with stage(org, tenant, chosen.workers, slots, folder) as on:
            every = await orders_of(on.connection)
            warm, rest = every[:1], every[1:]
            await on.look(warm)
            orders, others = rest[: chosen.orders], rest[chosen.orders :][:scripted]
            first = await on.look(orders)
            outcomes = await on.outcomes()
            again = await on.look(orders)
            script = None
            if others:
                seconds = await asyncio.to_thread(run_script, org.ready, tenant.ready, others)
                script = Scripted(
                    len(others), seconds, sum(tenant.ask("calls").values()), sum(org.ask("calls").values())
                )
            tenant.ask("fast")
            count, seconds = await replay(on.connection.database, tenant.ready)
        return Measured(slots, chosen.workers, chosen.latency / 1000, first, again, outcomes, count / seconds, script)


def _arguments() -> Any:
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m bench.sync", description=__doc__)
    parser.add_argument("--orders", type=int, default=int(given("ORDERS") or 1500), help="orders of three lines")
    parser.add_argument(
        "--slots", type=_numbers, default=_numbers(given("SLOTS") or "40,100"), help="calls to Zuora at once"
    )
    parser.add_argument("--workers", type=int, default=int(given("WORKERS") or 3), help="worker processes")
    parser.add_argument("--latency", type=int, default=int(given("LATENCY") or 100), help="of both systems, in ms")
    parser.add_argument("--arrivals", type=int, default=int(given("ARRIVALS") or 30), help="orders sold one by one")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    main()
