"""Plays random lives from a seed: the same seed plays the same lives again."""

from __future__ import annotations

import traceback

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from structlog.testing import capture_logs

from tests.life.machine import NewOrders
from tests.life.minimal import Step, smallest
from tests.life.stage import Stage


class LifeFailed(AssertionError):
    """A life did not end as sold; the text tells the smallest one found, and how to play it again."""


def play(
    stage: Stage,
    machine: type[NewOrders],
    *,
    seed: int,
    lives: int,
    steps: int,
    shrink: bool = True,
) -> None:
    """Play random lives.

    Args:
        stage: Where to play.
        machine: What may happen.
        seed: Chooses what does.
        lives: How many.
        steps: Most steps of each.
        shrink: Look for the smallest life that fails.

    Raises:
        LifeFailed: A life did not end as sold.
    """
    # A class of its own: Hypothesis keeps the seed on it.
    playing: type[NewOrders] = type(machine.__name__, (machine,), {"stage": stage})
    wanted = settings(
        max_examples=lives,
        stateful_step_count=steps,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    with capture_logs():
        try:
            run_state_machine_as_test(hypothesis.seed(seed)(playing), settings=wanted)
        except Exception as error:
            failed = playing.latest.steps if playing.latest else []
            again = f"make soak SEED={seed} LIVES={lives} STEPS={steps}"
            raise LifeFailed(_told(error, playing, failed, again, shrink=shrink)) from error


def replay(machine: type[NewOrders], steps: list[Step]) -> str | None:
    """Play a life with given steps; returns what went wrong, or None."""
    life = machine()
    try:
        for name, given in steps:
            getattr(life, name)(**given)
        life.teardown()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is looked for
        return _words(error)
    return None


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, AssertionError) else "".join(traceback.format_exception(error)[-2:])


def _told(error: Exception, machine: type[NewOrders], steps: list[Step], again: str, *, shrink: bool) -> str:
    failure = _words(error)
    if shrink and steps:
        steps, failure = smallest(steps, failure, lambda fewer: replay(machine, fewer))
    called = [f"life.{name}({', '.join(f'{one}={value!r}' for one, value in given.items())})" for name, given in steps]
    blob = [note for note in getattr(error, "__notes__", ()) if "reproduce" in note]
    return "\n".join([failure, "", "AS STEPS", *called, "", *blob, f"To play these lives again: {again}"])
