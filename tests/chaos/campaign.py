"""Everything that is tried, and what it came to, as documents that can be printed."""

from __future__ import annotations

import gc
import os
import secrets
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg

from cpqbridge.history.postgres import EmbeddedPostgres
from cpqbridge.sandbox.seed import DEMO_ORDERS
from cpqbridge.sandbox.server import Systems
from tests.chaos.drivers import DRIVERS
from tests.chaos.faults import FAULTS, Suffered, suffered, suffering
from tests.chaos.kill import (
    PHASES,
    Choice,
    Covered,
    Died,
    Point,
    Undisturbed,
    dying,
    every_point,
    kill_everywhere,
    writes_of,
)
from tests.chaos.lab import Came, Lab, Trouble, warm_up
from tests.chaos.processes import Child, Ended, Record, Tokens

ORDERS = tuple(DEMO_ORDERS)
CLUSTER = "CPQBRIDGE_TEST_CLUSTER"

STRIDES = (71, 83, 131, 199)
"""After so many writes each process dies, when one dies after the other: more than it takes to find all orders done."""

WARM = ("00000100", "00000119", "00000120")
"""Orders that need about all that the connector has: new things, and changes."""


@contextmanager
def open_lab(driver: str, *, parallel: int = 0) -> Iterator[Lab]:
    """Give a lab at the beginning of the demo, with databases of its own.

    Args:
        driver: One of `DRIVERS`.
        parallel: How many trials run at once; 0 for as many as there are processors, but four at the most.
    """
    count = parallel or min(4, os.cpu_count() or 1)
    with ExitStack() as stack:
        folder = os.environ.get(CLUSTER) or stack.enter_context(tempfile.TemporaryDirectory(prefix="cpqbridge-chaos-"))
        yield from _opened(EmbeddedPostgres(Path(folder)), driver, count)


def _opened(cluster: EmbeddedPostgres, driver: str, count: int) -> Iterator[Lab]:
    names = [f"chaos_{secrets.token_hex(4)}_{number}" for number in range(count + 1)]
    with cluster as address:
        for name in names:
            _make(address, name)
        lab = Lab(Systems("demo"), [cluster.dsn(name) for name in names], Tokens(count), DRIVERS[driver])
        warm_up(lab, WARM)
        gc.collect()
        gc.freeze()
        try:
            yield lab
        finally:
            for name in names:
                with psycopg.connect(address, autocommit=True) as connection:
                    connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _make(address: str, name: str) -> None:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        # the processes of the connector die here, not the database
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off".encode())


def kills(lab: Lab, orders: Sequence[str] = ORDERS, chosen: Choice = every_point) -> dict[str, Any]:
    """Kill at the chosen points of every order; return how many there are and were covered, and what was wrong."""
    record = Record()
    kill_everywhere(lab, orders, record.note, chosen)
    clean = [one for one in record.read() if isinstance(one, Undisturbed)]
    tried = [one for one in record.read() if isinstance(one, Covered)]
    points = {
        (one.order, Point(number, phase)): chosen(Point(number, phase), len(one.writes))
        for one in clean
        for number in range(len(one.writes))
        for phase in PHASES
    }
    return {
        "orders": len(clean),
        "outcomes": {one.order: one.outcome for one in clean},
        "writes": dict(Counter(what for one in clean for what in one.writes)),
        "points": len(points),
        "chosen": sum(points.values()),
        "covered": len({(one.order, one.point) for one in tried if not one.wrong}),
        "wrong": [asdict(one) for one in clean if one.wrong] + [asdict(one) for one in tried if one.wrong],
    }


SUFFERINGS = tuple((name, lasting) for name in FAULTS for lasting in (False, True))
"""Every fault, once and lasting."""


def faults(
    lab: Lab, orders: Sequence[str] = ORDERS, sufferings: Sequence[tuple[str, bool]] = SUFFERINGS
) -> dict[str, Any]:
    """Let every write suffer every fault, all orders in one command."""
    clean = undisturbed(lab, orders)
    wanted = {number: outcome[0] for number, outcome in clean.outcomes.items()}

    def trial(name: str, lasting: bool) -> Child:
        trouble = suffering(name, lasting=lasting, wanted=wanted)
        return lab.trial(orders, trouble, lambda came: suffered(name, came, clean, lasting=lasting))

    trials = [trial(*one) for one in sufferings]
    results: list[Suffered] = [_told(trial) for trial in trials]
    return {
        "writes": sum(write.what.partition(" ")[0].isupper() for write in writes_of(clean)),
        "trials": [
            {"fault": one.fault, "lasting": one.lasting, "struck": one.struck.total(), "lives": one.lives}
            for one in results
        ],
        "wrong": [{"fault": one.fault, "lasting": one.lasting, "wrong": one.wrong} for one in results if one.wrong],
    }


def again_and_again(lab: Lab, orders: Sequence[str] = ORDERS, strides: Sequence[int] = STRIDES) -> dict[str, Any]:
    """Let process after process die after so many writes, all orders in one command, until one comes through."""
    clean = undisturbed(lab, orders)

    def mortal(stride: int) -> Callable[[Sequence[Ended]], Trouble | None]:
        def next_one(lives: Sequence[Ended]) -> Trouble | None:
            if lives and lives[-1].killed_by != signal.SIGKILL:
                return None
            return dying(Point(stride - 1, ("before", "after")[len(lives) % 2]))

        return next_one

    def judge(came: Came) -> tuple[int, list[str]]:
        deaths = [told for life in came.lives for told in life.told if isinstance(told, Died)]
        wrong = came.wrong(clean) + [str(life) for life in came.lives if life.error]
        return len(deaths), wrong if deaths else [*wrong, "nothing died"]

    trials = [(stride, lab.trial(orders, mortal(stride), judge)) for stride in strides]
    results = [(stride, *_told(trial)) for stride, trial in trials]
    return {
        "deaths": {stride: deaths for stride, deaths, _ in results},
        "wrong": [{"stride": stride, "wrong": wrong} for stride, _, wrong in results if wrong],
    }


def undisturbed(lab: Lab, orders: Sequence[str]) -> Came:
    """Carry orders over in one command, on a copy, without any harm."""
    came: Came = _told(Child(lambda tell: tell(lab.clean(orders, dying(None)))))
    if came.flaws:
        raise AssertionError(came.flaws)
    return came


def _told(trial: Child) -> Any:
    ended = trial.ended()
    if not ended.told:
        raise ChildProcessError(f"a trial fell: {ended.error or ended.killed_by}")
    return ended.told[0]
