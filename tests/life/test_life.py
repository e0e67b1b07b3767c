"""Random lives of contracts end in Zuora as they were sold. `make soak` plays many more, and longer ones."""

from __future__ import annotations

import random
import sys

import pytest

from tests.life.invoiced import Elsewhere, Invoiced
from tests.life.machine import Life, NewOrders
from tests.life.play import play
from tests.life.stage import Stage

ALWAYS = 1
"""The seed of the lives that are the same in every run."""


@pytest.mark.parametrize(("machine", "lives"), [(NewOrders, 2), (Life, 4)])
def test_lives_end_as_sold(stage: Stage, machine: type[NewOrders], lives: int) -> None:
    play(stage, machine, seed=ALWAYS, lives=lives, steps=12)


def test_other_lives_end_as_sold_too(stage: Stage) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    sys.stdout.write(f"seed {seed}\n")
    play(stage, Life, seed=seed, lives=3, steps=12)


@pytest.mark.parametrize("machine", [Invoiced, Elsewhere])
def test_lives_are_invoiced_as_proved(stage: Stage, machine: type[Invoiced]) -> None:
    play(stage, machine, seed=ALWAYS, lives=2, steps=10)
