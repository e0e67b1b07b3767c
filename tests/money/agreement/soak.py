"""`make soak`: a million random charges on both sides, spread over the processors.

The first that differs is shown, made small. Cases are made in heaps. Each heap has a seed of its own, so that the same
seed makes the same cases however many processors there are.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.money.agreement.case import Case
from tests.money.agreement.compare import difference, first_difference, smallest

HEAP = 2_000
"""Cases of one heap."""

_REPORT_EVERY = 5.0
"""Seconds between two lines of progress."""


def main(arguments: list[str] | None = None) -> int:
    """Compare; returns 1 when both sides differ on a case."""
    wanted = _arguments(arguments)
    _say(f"{wanted.cases:,} charges on both sides from seed {wanted.seed}, {wanted.workers} at a time")
    begun, done, said = time.monotonic(), 0, time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted.workers, context) as pool:
        running = {pool.submit(_heap, seed, cases): cases for seed, cases in _heaps(wanted.seed, wanted.cases)}
        for one in as_completed(running):
            found = one.result()
            if found:
                pool.shutdown(cancel_futures=True)
                _say(f"\n{found}\n\nTo see it again: make soak SEED={wanted.seed} CASES={wanted.cases}")
                return 1
            done += running[one]
            if time.monotonic() - said > _REPORT_EVERY:
                said = time.monotonic()
                _say(f"{done:>11,} charges agree ({said - begun:.0f} s)")
    _say(f"both sides agree on all {done:,} charges ({time.monotonic() - begun:.0f} s)")
    return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.money.agreement", description=__doc__)
    parser.add_argument("--seed", default="", help="by default a new one each time")
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=min(4, os.cpu_count() or 1))
    wanted = parser.parse_args(arguments)
    wanted.seed = wanted.seed or str(random.SystemRandom().randrange(1_000_000))
    return wanted


def _heaps(seed: str, cases: int) -> Iterator[tuple[str, int]]:
    """Yield seed and number of cases of each heap."""
    for begun in range(0, cases, HEAP):
        yield f"{seed}-{begun // HEAP}", min(HEAP, cases - begun)


def _heap(seed: str, cases: int) -> str:
    """Compare the cases of a heap; returns what differs, or nothing."""
    found = first_difference(seed, cases)
    return "" if found is None else told(smallest(found))


def told(case: Case) -> str:
    """Return a case that differs, and how, as a person reads it."""
    named = [f"  {name}: {getattr(case, name)}" for name in case.__slots__]
    return "\n".join(["Both sides differ on this charge:", *named, difference(case) or "(it differs no more)"])
