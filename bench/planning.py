"""What planning costs: processor time and peak memory for many orders, and of changes beside new ones."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

from rich.console import Group
from rich.table import Table
from tests.planning import chains, records

from bench.memory import peak
from cpqbridge.mapping import dates
from cpqbridge.planning.order import plan_order
from cpqbridge.sync.batch import BATCH

ORDERS = 10_000
LINES = 3
CHANGES = 500
"""Changes of each kind that are planned."""
LONG = 200
"""Amendments of the longest contract."""


def planning_table() -> Group:
    """Return processor time and memory of planning in batches, as a sync does, and what changes cost beside it."""
    done = subprocess.run([sys.executable, "-m", "bench.planning"], capture_output=True, check=True, text=True)
    measured = json.loads(done.stdout)
    table = Table("measure", "value", "goal", title=f"Planning {ORDERS:,} orders of {LINES} lines")
    table.add_row("processor time per order", f"{measured['ms']:.2f} ms", "≤ 1 ms")
    table.add_row("peak memory, process", f"{measured['peak_mib']:.0f} MiB", "")
    table.add_row("of that for the orders as read and one batch of plans", f"{measured['grown_mib']:.0f} MiB", "")
    ratios = Table("order of one line", "times a new order", "goal", title="Planning of changes")
    for name, goal in (("amendment", "≤ 4"), ("renewal", "≤ 4"), (f"amendment {LONG}", "")):
        ratios.add_row(name, f"{measured[name] / measured['new']:.1f}", goal)
    return Group(table, ratios)


def measure() -> dict[str, float]:
    """Return milliseconds for each order and each change of a kind, and MiB."""
    return {**_many(), **_changes()}


def _changes() -> dict[str, float]:
    """Plan one order many times: new, amended, renewed, and the last of many amendments."""
    sale, more, again = chains.sale(), chains.revision(2, 1, "2026-09-01", 5), chains.renewal(2, 1)
    day = dates.parse(chains.START)
    long = [chains.revision(at + 2, 1, str(day + (at + 1) * dates.ONE_DAY), 1, **_turn(at)) for at in range(LONG)]
    held = [(day + at * dates.ONE_DAY, 10 + at) for at in range(LONG)]
    ends = [*(str(start) for start, _ in held[1:]), "2027-02-01"]
    billed = [(str(start), end, units, 120) for (start, units), end in zip(held, ends, strict=True)]
    plan = chains.held_plan("802-1", chains.held_charge(*billed))
    cases = {
        "new": ([sale], None),
        "amendment": ([sale, more], chains.as_sold()),
        "renewal": ([sale, again], chains.as_sold()),
        f"amendment {LONG}": ([sale, *long], chains.held_subscription(plan)),
    }
    return {name: _time(items, subscription) for name, (items, subscription) in cases.items()}


def _turn(at: int) -> dict[str, Any]:
    moment = f"2026-01-02T{at // 60:02}:{at % 60:02}:00.000+0000"
    return {"subscription": {"CreatedDate": moment, "SBQQ__NetPrice__c": None}}


def _time(items: list[chains.Row], subscription: chains.Row | None) -> float:
    """Return milliseconds for one plan of the last item's order, from records as they were read."""
    sent = [item["Order"]["OrderNumber"] for item in items[:-1]]
    state = chains.known_state(*([subscription] if subscription else []), sent=sent)
    order = {**items[-1]["Order"], "OrderItems": {"records": [items[-1]]}}
    drafts = [chains.draft_of(items, state) for _ in range(CHANGES)]
    started = time.process_time()
    plans = [plan_order(draft, order) for draft in drafts]
    seconds = time.process_time() - started
    if any(plan.problems or not plan.operations for plan in plans):
        raise SystemExit(f"the benchmark's changes are not planned: {plans[0].problems}")
    return seconds / CHANGES * 1000


def _many() -> dict[str, float]:
    """Plan all orders in batches."""
    before = peak()
    draft = records.draft()
    orders = [
        records.order(*(records.item(Id=f"802{number:06}{line}") for line in range(LINES)), Id=f"801{number:06}")
        for number in range(ORDERS)
    ]
    started = time.process_time()
    for start in range(0, ORDERS, BATCH):
        some = orders[start : start + BATCH]
        plans = [plan_order(records.draft(draft.state, draft.snapshot), order) for order in some]
        if any(plan.problems for plan in plans):
            raise SystemExit("the benchmark's orders have problems")
    seconds = time.process_time() - started
    return {"ms": seconds / ORDERS * 1000, "peak_mib": peak(), "grown_mib": peak() - before}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
