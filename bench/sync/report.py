"""The benchmark's tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from rich.table import Table

from bench.sync.arrival import Arrivals
from bench.sync.result import Measured

PROCESSORS = os.cpu_count() or 1


def tables(measured: Sequence[Measured], arrivals: Sequence[Arrivals]) -> Iterable[Table]:
    """Return all tables."""
    first = measured[0].first
    yield _engine(measured, f"{first.orders} new orders of three lines, {measured[0].latency * 1000:.0f} ms latency")
    if arrivals:
        yield _arrivals(arrivals)


def _engine(measured: Sequence[Measured], title: str) -> Table:
    table = Table("", *(f"{one.slots} slots, {one.workers} workers" for one in measured), "goal", title=title)
    for name, cells, goal in _rows(measured):
        table.add_row(name, *cells, goal)
    return table


def _rows(measured: Sequence[Measured]) -> Iterable[tuple[str, list[str], str]]:
    def row(name: str, cells: Iterable[str], goal: str = "") -> tuple[str, list[str], str]:
        return name, list(cells), goal

    yield row("orders per second", (f"{one.first.orders / one.first.seconds:.0f}" for one in measured))
    yield row("bound: calls × latency ÷ slots, orders per second", (f"{_bound(one):.0f}" for one in measured))
    yield row("part of the bound", (f"{_bound_share(one):.2f}" for one in measured), "≥ 0.8")
    yield row("the sandbox's own ceiling, orders per second", (f"{one.ceiling:.0f}" for one in measured))
    yield row(
        f"what {PROCESSORS} processors allow for all processes, orders per second",
        (f"{_machine(one):.0f}" for one in measured),
    )
    yield row("part of the lowest of the three", (f"{_lowest_share(one):.2f}" for one in measured), "≥ 0.8")
    yield row("calls to Zuora per order", (f"{one.first.zuora / one.first.orders:.2f}" for one in measured), "≤ 1.4")
    yield row(
        "calls to Salesforce per order", (f"{one.first.salesforce / one.first.orders:.3f}" for one in measured), "≤ 0.1"
    )
    yield row("worker: processor ms per order", (f"{_worker_ms(one):.1f}" for one in measured))
    yield row("database: processor ms per order", (f"{_ms(one.first.database, one):.1f}" for one in measured))
    yield row("sandbox: processor ms per order, tenant + org", (_sandbox(one) for one in measured))
    yield row("worker: highest memory, MB each", (_memory(one) for one in measured))
    yield row(
        "the same again: seconds, calls, writes",
        (
            f"{one.again.seconds:.1f} s, {one.again.zuora + one.again.salesforce}, {one.again.writes}"
            for one in measured
        ),
        "≤ 100 calls, 0 writes",
    )
    yield row("outcomes", (", ".join(f"{count} {name}" for name, count in one.outcomes.items()) for one in measured))
    yield row("a user's script: orders per second (8 threads)", (_script(one) for one in measured))


def _script(one: Measured) -> str:
    script = one.script
    if script is None:
        return ""
    calls = (script.zuora + script.salesforce) / script.orders
    return f"{script.orders / script.seconds:.1f} ({script.orders} orders, {calls:.1f} calls each)"


def _bound(one: Measured) -> float:
    return one.first.orders / one.first.bound(one.latency, one.slots) if one.latency else float("inf")


def _bound_share(one: Measured) -> float:
    return one.first.bound(one.latency, one.slots) / one.first.seconds


def _machine(one: Measured) -> float:
    """Return the orders per second that would keep all processors busy: workers, database and sandbox share them."""
    first = one.first
    spent = sum(worker.seconds for worker in first.workers) + first.database + first.tenant + first.org
    return first.orders / spent * PROCESSORS


def _lowest_share(one: Measured) -> float:
    return one.first.orders / one.first.seconds / min(_bound(one), one.ceiling, _machine(one))


def _ms(seconds: float, one: Measured) -> float:
    return seconds / one.first.orders * 1000


def _worker_ms(one: Measured) -> float:
    return _ms(sum(worker.seconds for worker in one.first.workers), one)


def _sandbox(one: Measured) -> str:
    return f"{_ms(one.first.tenant, one):.1f} + {_ms(one.first.org, one):.1f}"


def _memory(one: Measured) -> str:
    return ", ".join(f"{worker.memory:.0f}" for worker in one.again.workers)


def _arrivals(arrivals: Sequence[Arrivals]) -> Table:
    table = Table("found by", "orders", "p50", "p95", "longest", "goal", title="From contracted to synced, no latency")
    goals = {"events": "≤ 2 s, ≤ 5 s"}
    for one in arrivals:
        cells = (f"{one.at(0.5):.2f} s", f"{one.at(0.95):.2f} s", f"{one.seconds[-1]:.2f} s")
        table.add_row(one.way, str(len(one.seconds)), *cells, goals.get(one.way, "≤ 60 s, at 30 s"))
    return table
