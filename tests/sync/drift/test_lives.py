"""After random lives nothing has drifted, but for what held orders have not carried over."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from structlog.testing import capture_logs

from cpqbridge.values import Outcome
from tests.emptying import empty
from tests.life.machine import Life, NewOrders
from tests.life.play import play
from tests.life.reckoning import ROUNDS
from tests.life.stage import Stage
from tests.sync.drift.looking import Found, look


@pytest.fixture(scope="module")
def stage(worker_database: str) -> Iterator[Stage]:
    empty(worker_database)
    with capture_logs():
        made = Stage(worker_database)
        yield made
        made.close()


class Looking(Life):
    """A life after which drift is looked for."""

    folder: ClassVar[Path]
    options: ClassVar[dict[str, Any]] = Life.options

    def teardown(self) -> None:
        """Sync everything to the end; then look for drift."""
        if hasattr(self, "sales"):
            held = _settle(self)
            wrong = _unexpected(self, held, look(self.stage.both, self.folder, options=self.options))
            assert not wrong, "\n".join(["", *map(str, wrong), "", *self.sales.story, f"held: {sorted(held)}"])


def _settle(life: NewOrders) -> set[str]:
    """Sync all orders until nothing changes any more; return the numbers of those that are held."""
    for _ in range(ROUNDS):
        results = life.stage.sync([*life.sales.taken_back, *life.sales.orders])
    return {one.record for one in results if one.outcome is not Outcome.UNCHANGED}


def _unexpected(life: NewOrders, held: set[str], found: Found) -> Found:
    """Return the differences of what no held order touches."""
    touched = {one.number for one in life.sales.sold.values() if one.touching & held}
    return [one for one in found if one["subscription"] not in touched and one["order"] not in held]


@pytest.mark.parametrize(("seed", "lives"), [(1, 4), (None, 2)])
def test_after_a_life_nothing_has_drifted(stage: Stage, tmp_path: Path, seed: int | None, lives: int) -> None:
    chosen = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    sys.stdout.write(f"seed {chosen}\n")
    playing = type("LookingHere", (Looking,), {"folder": tmp_path})
    play(stage, playing, seed=chosen, lives=lives, steps=12, shrink=False)
