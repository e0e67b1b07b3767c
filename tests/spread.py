"""Which tests go to which worker of pytest-xdist, and when: longest first, and together what shares something dear.

A module is one unit of work, because its fixtures are made once for each worker that runs a part of it. The slow
modules of `SLOW` whose tests share nothing dear are handed out test by test, before all others: a long one that begins
last would leave the other workers without work. Tests with Zuora's official client are one unit over all modules: to
import it takes fifteen seconds of each worker.

The groups of pytest-xdist itself (``xdist_group``) have no effect since pytest 9.2, without a word.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

OFFICIAL = "Zuora's official client"
_USES_OFFICIAL = re.compile(r"tests/sandbox/zuora/.*(_sdk\.py::|::test_(the_)?official_)")

SLOW = (
    "tests/chaos/test_workers.py",
    "tests/chaos/test_kill_points.py",
    "tests/chaos/test_faults.py",
    "tests/chaos/test_harness.py",
    "tests/cli/test_serve.py",
    "tests/chaos/test_outages.py",
    "tests/jobs/backfill/test_running.py",
    "tests/jobs/backfill/test_reading.py",
    "tests/life/test_life.py",
    "tests/jobs/test_adversary_machine.py",
    "tests/cli/test_commands.py",
    "tests/jobs/test_engine.py",
    "tests/sync/test_amendments.py",
    "tests/scenarios/test_amounts.py",
    "tests/scenarios/test_amounts_unsupported.py",
    "tests/life/test_found.py",
    "tests/scenarios/test_amend.py",
)
"""Modules of which each test is a unit of its own; those with the longest tests come first."""

LONG = (
    "tests/sync/test_exactly_once.py",
    "tests/sync/test_amendments_exactly_once.py",
    "tests/guide/test_coverage.py",
    "tests/sync/test_checkup.py",
    "tests/planning/test_generated.py",
)
"""Modules that take long, and whose tests share a fixture that does."""

_FIRST = {path: place for place, path in enumerate((*SLOW[:7], OFFICIAL, *SLOW[7:], *LONG))}


def unit_of(nodeid: str) -> str:
    """Return the name of the unit of work that a test belongs to."""
    if _USES_OFFICIAL.match(nodeid):
        return OFFICIAL
    path = nodeid.partition("::")[0]
    return nodeid if path in SLOW else path


def place_of(nodeid: str) -> int:
    """Return the place of a test's unit in the order of all; those that share a place stay as they were collected."""
    return _FIRST.get(OFFICIAL if unit_of(nodeid) == OFFICIAL else nodeid.partition("::")[0], len(_FIRST))


class Spread(LoadScopeScheduling):
    """Gives a worker the next unit when it has no more than two tests left."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)


def make_scheduler(config: pytest.Config, log: Any) -> Spread:
    """Return the scheduler; units go out in the order in which they were collected, not by their number of tests."""
    config.option.loadscopereorder = False
    return Spread(config, log)


def put_in_order(items: list[pytest.Item]) -> None:
    """Sort the tests of a worker.

    Raises:
        UsageError: A test uses the official client, and its name does not say so.
    """
    for item in items:
        if "sdk" in getattr(item, "fixturenames", ()) and unit_of(item.nodeid) != OFFICIAL:
            raise pytest.UsageError(f"{item.nodeid} uses `sdk`: call it test_the_official_…, see tests/spread.py")
    items.sort(key=lambda item: place_of(item.nodeid))
