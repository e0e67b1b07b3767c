"""`make soak`: many random lives, a few at a time on each processor; prints progress, and the smallest life that fails.

Lives are played in heaps. Each heap has a seed of its own, so that one that fails can be played again alone.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.context import BaseContext
from pathlib import Path

import psycopg

from cpqbridge.history.postgres import EmbeddedPostgres
from tests.life.invoiced import Elsewhere, Invoiced
from tests.life.machine import Life, NewOrders
from tests.life.play import LifeFailed, play
from tests.life.stage import Stage

HEAP = 10
"""Lives that are played with one seed."""

MACHINES: tuple[type[NewOrders], ...] = (Life, Invoiced, Elsewhere)
"""What lives are played, in turn; the seed chooses."""

_stages: list[Stage] = []
"""The stage of this process."""


def main() -> int:
    """Play; returns 1 when a life did not end as sold."""
    wanted = _arguments()
    heaps = list(_heaps(wanted.seed, wanted.lives))
    _say(f"{wanted.lives} lives of {wanted.steps} steps from seed {wanted.seed}, {wanted.workers} at a time")
    begun = time.monotonic()
    failures = 0
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "cluster") as dsn:
        addresses = _databases(context, dsn, Path(folder) / "cluster", wanted.workers)
        with ProcessPoolExecutor(wanted.workers, context, _open, (addresses,)) as pool:
            running = {
                pool.submit(_play, seed, lives, wanted.steps, wanted.shrink): (seed, lives) for seed, lives in heaps
            }
            for number, done in enumerate(as_completed(running), 1):
                seed, lives = running[done]
                failure = done.result()
                failures += bool(failure)
                ended = "FAILED" if failure else "as sold"
                passed = time.monotonic() - begun
                _say(f"{number:>4} of {len(heaps)}: seed {seed}, {lives} lives: {ended} ({passed:.0f} s)")
                if failure:
                    _say(f"\n{failure}\n")
    _say(f"{failures} of {len(heaps)} heaps failed" if failures else "all ended as sold")
    return 1 if failures else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.life.soak", description=__doc__)
    parser.add_argument("--seed", type=_seed, default=None, help="by default a new one each time")
    parser.add_argument("--lives", type=int, default=200)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--no-shrink", dest="shrink", action="store_false", help="do not look for the smallest life")
    wanted = parser.parse_args()
    if wanted.seed is None:
        wanted.seed = random.SystemRandom().randrange(1_000_000)
    return wanted


def _seed(text: str) -> int | None:
    return int(text) if text else None


def _heaps(seed: int, lives: int) -> Iterator[tuple[int, int]]:
    """Yield seed and number of lives of each heap."""
    for place, begun in enumerate(range(0, lives, HEAP)):
        yield seed + place, min(HEAP, lives - begun)


def _databases(context: BaseContext, dsn: str, cluster: Path, workers: int) -> multiprocessing.Queue[str]:
    """Make a database for each worker; returns the queue that they take their addresses from."""
    addresses: multiprocessing.Queue[str] = context.Queue()
    with psycopg.connect(dsn, autocommit=True) as connection:
        for worker in range(workers):
            connection.execute(f"CREATE DATABASE soak{worker}")
            addresses.put(EmbeddedPostgres(cluster).dsn(f"soak{worker}"))
    return addresses


def _open(addresses: multiprocessing.Queue[str]) -> None:
    _stages.append(Stage(addresses.get()))


def _play(seed: int, lives: int, steps: int, shrink: bool) -> str:
    """Play a heap; returns what went wrong, or nothing."""
    try:
        machine = MACHINES[seed % len(MACHINES)]
        play(_stages[0], machine, seed=seed, lives=lives, steps=steps, shrink=shrink)
    except LifeFailed as failed:
        return str(failed)
    return ""


if __name__ == "__main__":
    sys.exit(main())
