"""Orders carried over by processes that are killed, frozen, and lose their database; and what came of it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.chaos.books import differences
from tests.chaos.service import ledger
from tests.chaos.service.ground import Ground, clean_books
from tests.chaos.service.programs import Crew
from tests.chaos.service.waiting import wait_for

KINDS = ("serve", "serve", "worker", "worker")


LOOK_SECONDS = 1
"""Seconds between two looks for changes."""

QUIET_SECONDS = 3.5
"""Seconds without anything due after which all is done: what a look passed over is looked at again by the next one."""


@dataclass(frozen=True, slots=True)
class Harm:
    """What happens while orders are carried over.

    Attributes:
        orders: How many, of both connections together.
        kills: How often a process is killed; the first one killed stays dead.
        frozen: Seconds that a process stands still; 0 for not at all.
        postgres: How often the database server is killed.
        takeover_seconds: As in the settings.
        latency_ms: Milliseconds that every answer of both systems is held back.
        own: Whether the database stands for one of the user's.
        concurrency: As in the settings.
        seed: Of chance.
        longest: Seconds that all of it may take.
    """

    orders: int
    kills: int = 0
    frozen: float = 0
    postgres: int = 0
    takeover_seconds: int = 10
    latency_ms: int = 100
    own: bool = False
    concurrency: int = 2
    seed: int = 1
    longest: float = 300


@dataclass(slots=True)
class Came:
    """What it came to.

    Attributes:
        seconds: How long it took.
        deaths: When a process ended or stood still, by the database's clock.
        takeovers: Seconds from a death to the next attempt at each record that was in work.
        wrong: What is not as without harm.
        outcomes: How many records came to which outcome and code.
        statuses: Exit statuses of the processes that were told to end.
        said: What all processes said.
    """

    seconds: float = 0
    deaths: list[datetime] = field(default_factory=list)
    takeovers: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    said: str = ""

    def summary(self, harm: Harm) -> str:
        """Return the numbers in one line."""
        slowest = f"{self.takeovers[-1]:.1f} s" if self.takeovers else "nothing in work"
        middle = f", {self.takeovers[len(self.takeovers) // 2]:.1f} s in the middle" if self.takeovers else ""
        harms = f"{harm.kills} kills, {harm.postgres} of the database, frozen for {harm.frozen:.0f} s"
        ended = f"{len(self.wrong)} differences" if self.wrong else "nothing lost, nothing doubled"
        return (
            f"{harm.orders} orders in {self.seconds:.0f} s; {harms}; {len(self.takeovers)} records taken over, "
            f"the last after {slowest}{middle}; {ended}"
        )


def suffer(folder: Path, harm: Harm) -> Came:
    """Carry orders over while the harm is done, and compare with the same without it."""
    top = {
        "worker": {"takeover_seconds": harm.takeover_seconds, "concurrency": harm.concurrency},
        "auto_sync": {"interval_seconds": LOOK_SECONDS},
    }
    wanted = clean_books(folder / "clean", harm.orders)
    ground = Ground(folder, latency_ms=harm.latency_ms, own=harm.own, top=top)
    crew = Crew(ground.config, *KINDS)
    try:
        came = _Play(ground, crew, harm).play()
        came.said = crew.said()
        for name, books in ground.books().items():
            came.wrong += [f"{name}: {line}" for line in differences(wanted[name], books)]
        return came
    finally:
        crew.end()
        ground.close()


class _Play:
    def __init__(self, ground: Ground, crew: Crew, harm: Harm) -> None:
        self._ground = ground
        self._crew = crew
        self._harm = harm
        self._chance = random.Random(harm.seed)
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._came = Came()
        self._quiet: float | None = None

    def play(self) -> Came:
        troubles = self._troubles()
        wait_for(self._followed, what="both connections are followed")
        begun = time.monotonic()
        self._ground.sell(self._harm.orders)
        wait_for(lambda: self._ground.done > 0, what="the first order in Zuora")
        steps = len(troubles) + 1
        while troubles or self._later:
            share = self._ground.done / self._ground.all
            if troubles and share * steps >= steps - len(troubles):
                troubles.pop(0)()
            self._do_later()
            self._in_time(begun)
            time.sleep(0.05)
        while not self._over():
            self._in_time(begun)
            time.sleep(0.1)
        self._came.seconds = (self._quiet or begun) - begun
        self._came.statuses = self._crew.stop()
        self._look()
        return self._came

    def _followed(self) -> bool:
        """Whether the service has begun to follow both orgs: what is changed from now on is found."""
        self._crew.check()
        with self._ground.cluster.connect() as connection:
            return ledger.followed(connection) == len(self._ground.served)

    def _troubles(self) -> list[Callable[[], None]]:
        harm = self._harm
        troubles: list[Callable[[], None]] = [self._kill for _ in range(max(0, harm.kills - 1))]
        troubles += [self._freeze] if harm.frozen else []
        troubles += [self._kill_database for _ in range(harm.postgres)]
        self._chance.shuffle(troubles)
        return [self._kill_for_good, *troubles] if harm.kills else troubles

    def _victim(self) -> int:
        held = {number for number, member in enumerate(self._crew.members) if not member.lives}
        return self._chance.choice([number for number in range(len(self._crew.members)) if number not in held])

    def _note_death(self) -> None:
        with self._ground.cluster.connect() as connection:
            self._came.deaths.append(ledger.now(connection))

    def _kill(self) -> None:
        number = self._victim()
        self._crew.kill(number)
        self._note_death()
        self._later.append((time.monotonic() + self._chance.uniform(0, 2), lambda: self._crew.replace(number)))

    def _kill_for_good(self) -> None:
        self._crew.kill(0)
        self._note_death()

    def _freeze(self) -> None:
        member = self._crew.members[self._victim()]
        member.freeze()
        self._note_death()

        def wake() -> None:
            if member.lives:
                member.wake()

        self._later.append((time.monotonic() + self._harm.frozen, wake))

    def _kill_database(self) -> None:
        self._ground.cluster.kill()
        self._later.append((time.monotonic() + 1, self._ground.cluster.restart))

    def _do_later(self) -> None:
        now = time.monotonic()
        for moment, work in [one for one in self._later if one[0] <= now]:
            self._later.remove((moment, work))
            work()

    def _over(self) -> bool:
        """Whether all orders are in Zuora and nothing has been due for some looks for changes."""
        with self._ground.cluster.connect() as connection:
            busy = self._ground.done < self._ground.all or ledger.left(connection) > 0
        self._quiet = None if busy else self._quiet or time.monotonic()
        return self._quiet is not None and time.monotonic() - self._quiet > QUIET_SECONDS

    def _in_time(self, begun: float) -> None:
        if time.monotonic() - begun > self._harm.longest:
            with self._ground.cluster.connect() as connection:
                left = connection.execute("SELECT * FROM cpqbridge.due").fetchall()
            text = f"{self._ground.done} of {self._ground.all} after {self._harm.longest:.0f} s; due: {left[:5]}"
            raise TimeoutError(f"{text}\n{self._crew.said()}")

    def _look(self) -> None:
        with self._ground.cluster.connect() as connection:
            self._came.wrong += ledger.flaws(connection)
            found = ledger.outcomes(connection)
            self._came.outcomes = {f"{outcome} {code or ''}".strip(): count for (outcome, code), count in found.items()}
            self._came.takeovers = ledger.takeovers(connection, self._came.deaths)
        if any(self._came.statuses):
            self._came.wrong.append(f"exit statuses {self._came.statuses}")
