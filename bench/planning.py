"""What planning costs: processor time and peak memory for many orders, in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

from rich.table import Table
from tests.planning import records

from cpqbridge.planning.order import plan_order
from cpqbridge.sync.batch import BATCH

ORDERS = 10_000
LINES = 3


def planning_table() -> Table:
    """Return processor time and memory of planning in batches, as a sync does."""
    done = subprocess.run([sys.executable, "-m", "bench.planning"], capture_output=True, check=True, text=True)
    measured = json.loads(done.stdout)
    table = Table("measure", "value", "goal", title=f"Planning {ORDERS:,} orders of {LINES} lines")
    table.add_row("processor time per order", f"{measured['ms']:.2f} ms", "≤ 1 ms")
    table.add_row("peak memory, process", f"{measured['peak_mib']:.0f} MiB", "")
    table.add_row("of that for the orders as read and one batch of plans", f"{measured['grown_mib']:.0f} MiB", "")
    return table


def measure() -> dict[str, float]:
    """Plan all orders and return milliseconds per order and MiB."""
    before = _peak()
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
    return {"ms": seconds / ORDERS * 1000, "peak_mib": _peak(), "grown_mib": _peak() - before}


def _peak() -> float:
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
