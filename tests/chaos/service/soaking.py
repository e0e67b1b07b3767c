"""The soak: what happens at random, when all is calm, and what must hold then and in the end."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import yaml

from cpqbridge.settings.load import load
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_service
from tests.chaos.books import differences
from tests.chaos.service import ledger
from tests.chaos.service.cluster import Cluster
from tests.chaos.service.programs import Crew
from tests.chaos.service.remote import Remote
from tests.chaos.service.town import DAILY_CALLS, Town
from tests.chaos.service.waiting import wait_for

NAMES = ("east", "west")
KINDS = ("serve", "serve", "worker", "worker")

HTML = "<html><body><h1>503 Service Unavailable</h1></body></html>"

FAULTS: dict[str, dict[str, Any]] = {
    "503 with HTML": {"fault": "status", "status": 503, "body": HTML},
    "500": {"fault": "status", "status": 500, "body": "Internal error"},
    "429": {"fault": "status", "status": 429, "headers": {"Retry-After": "1"}, "body": {"message": "Too many"}},
    "requests lost": {"fault": "drop_request"},
    "answers lost": {"fault": "drop_response"},
    "slow": {"fault": "delay", "delay_ms": 3000},
    "401": {"fault": "status", "status": 401, "body": {"message": "Session expired"}},
}
ONCE = ("401",)

TROUBLED = 0.12
"""How often it is not the customers that something happens by."""

STOPPED = {0, -signal.SIGTERM}
"""How processes end that are told to: at once, where they have only just begun."""

LONGEST_CALM = 180.0
"""Seconds in which everything due must come to its outcome, once nothing is wrong any more."""

QUIET_SECONDS = 6.0
"""Seconds without anything due after which it is calm."""

GROWTH_MEGABYTES = 40.0
"""Memory by which a process may grow after its first calm."""


class Soak:
    """Two connections, four processes, a database, and chance.

    Args:
        folder: For everything.
        seed: Of chance.
        say: Takes what happens.
        own: Whether the database stands for one of the user's.
    """

    def __init__(self, folder: Path, seed: int, say: Callable[[str], None], *, own: bool) -> None:
        self._folder = folder
        self._say = say
        self._chance = random.Random(seed)
        self._towns = {name: Remote(Town, seed * 10 + number, 10) for number, name in enumerate(NAMES)}
        self._cluster = Cluster(folder / "database", own=own)
        self._config = self._write("cpqbridge.yaml", self._cluster.section())
        self._crew = Crew(self._config, *KINDS)
        self._later: list[tuple[float, Callable[[], None]]] = []
        self._backfills: list[subprocess.Popen[bytes]] = []
        self._down: set[str] = set()
        self._memory: dict[int, float] = {}
        self._troubles: Counter[str] = Counter()
        self._say(f"the database is {'like one of the user' if own else 'that of cpqbridge itself'}")

    def _write(self, name: str, database: dict[str, Any]) -> Path:
        document = {
            "allow_clear_secrets": True,
            "database": database,
            "connections": {name: town.call("sections") for name, town in self._towns.items()},
            "worker": {"takeover_seconds": 5, "concurrency": 5},
            "auto_sync": {"interval_seconds": 2},
            "limits": {"salesforce": {"daily_calls": DAILY_CALLS // 2}},
        }
        path = self._folder / name
        path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        return path

    def run(self, seconds: float, calm: float) -> list[str]:
        """Let things happen for some time, and return what is wrong in the end."""
        wait_for(self._followed, what="both connections are followed")
        end = time.monotonic() + seconds
        wrong: list[str] = []
        while time.monotonic() < end and not wrong:
            self._happen(min(end, time.monotonic() + calm))
            wrong = self._calm()
        statuses = self._crew.stop()
        wrong += [f"exit statuses {statuses}"] if {*statuses} - STOPPED else []
        for name in NAMES if not wrong else ():
            wrong += [f"{name}: {line}" for line in self._unlike_clean(name)]
        self._say(f"troubles: {dict(self._troubles)}")
        return wrong

    # What happens

    def _happen(self, end: float) -> None:
        while time.monotonic() < end:
            self._do_later()
            if self._chance.random() < TROUBLED:
                trouble = self._chance.choice(TROUBLES)
                self._troubles[trouble.__name__.strip("_")] += 1
                trouble(self)
            else:
                self._towns[self._chance.choice(NAMES)].call("act")
            time.sleep(self._chance.uniform(0, 0.6))

    def _do_later(self, *, all_: bool = False) -> None:
        now = time.monotonic()
        for one in [one for one in self._later if all_ or one[0] <= now]:
            self._later.remove(one)
            one[1]()

    def _soon(self, least: float, most: float, work: Callable[[], None]) -> None:
        self._later.append((time.monotonic() + self._chance.uniform(least, most), work))

    def _victim(self) -> int | None:
        living = [number for number, member in enumerate(self._crew.members) if member.lives]
        return self._chance.choice(living) if len(living) > 1 else None

    def _kill(self) -> None:
        if (number := self._victim()) is not None:
            self._crew.kill(number)
            self._soon(0, 15, lambda: self._crew.replace(number))

    def _stop_program(self) -> None:
        if (number := self._victim()) is not None:
            status = self._crew.members[number].stop()
            if status not in STOPPED:
                raise AssertionError(f"a process that was told to end did so with {status}")
            self._soon(0, 10, lambda: self._crew.replace(number))

    def _freeze(self) -> None:
        if (number := self._victim()) is not None:
            member = self._crew.members[number]
            member.freeze()
            self._soon(1, 20, lambda: member.wake() if member.lives else None)

    def _kill_database(self) -> None:
        self._cluster.kill()
        self._soon(0, 5, self._cluster.restart)

    def _outage(self) -> None:
        name = self._chance.choice(NAMES)
        if name not in self._down:
            self._down.add(name)
            self._towns[name].call("stop")
            self._soon(1, 20, lambda: self._up(name))

    def _up(self, name: str) -> None:
        if name in self._down:
            self._down.discard(name)
            self._towns[name].call("start")

    def _fault(self) -> None:
        name, kind = self._chance.choice(NAMES), self._chance.choice(list(FAULTS))
        if name not in self._down:
            times = 1 if kind in ONCE else self._chance.randint(1, 30)
            system = self._chance.choice(("salesforce", "zuora"))
            self._towns[name].call("fault", system, {**FAULTS[kind], "times": times})

    def _backfill(self) -> None:
        command = ["backfill", "--since", "2020-01-01", "--connection", self._chance.choice(NAMES)]
        with (self._folder / "backfill.log").open("ab") as said:
            started = [sys.executable, "-m", "cpqbridge", *command, "--config", str(self._config)]
            self._backfills.append(subprocess.Popen(started, stdin=subprocess.DEVNULL, stdout=said, stderr=said))

    # When all is calm

    def _calm(self) -> list[str]:
        """Take all troubles away, wait until nothing is left to be done, and return what is wrong."""
        self._do_later(all_=True)
        for name in NAMES:
            self._towns[name].call("heal")
        for number, member in enumerate(self._crew.members):
            if not member.lives:
                self._crew.replace(number)
        with self._cluster.connect() as connection:
            since = ledger.now(connection)
        begun = quiet = time.monotonic()
        found: tuple[list[str], Counter[tuple[str | None, str | None]]] | None = None
        while found is None:
            with self._cluster.connect() as connection:
                ledger.let_time_pass(connection)
                busy = ledger.left(connection) or ledger.unread(connection, since) or self._filling()
                quiet = time.monotonic() if busy else quiet
                if time.monotonic() - begun > LONGEST_CALM:
                    return [f"still due after {LONGEST_CALM:.0f} s of calm: {ledger.due(connection)}"]
                if time.monotonic() - quiet >= QUIET_SECONDS:
                    found = self._at_rest(connection)
            time.sleep(0.2)
        wrong, outcomes = found
        wrong += self._grown()
        wrong += [f"{count} {outcome} {code}" for (outcome, code), count in outcomes.items() if _is_fault(code)]
        acts = sum((Counter(town.call("known")["acts"]) for town in self._towns.values()), Counter())
        said = f"{acts.total()} acts; outcomes {_shown(outcomes)}; memory {self._now()} MB"
        self._say(f"calm after {quiet - begun:.0f} s; {said}")
        return wrong

    def _at_rest(
        self, connection: psycopg.Connection[Any]
    ) -> tuple[list[str], Counter[tuple[str | None, str | None]]] | None:
        """Return what is wrong, and the outcomes, of one moment; None when a look has just begun again."""
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        if ledger.left(connection):
            connection.execute("ROLLBACK")
            return None
        wrong, outcomes = ledger.flaws(connection), ledger.outcomes(connection)
        connection.execute("ROLLBACK")
        return wrong + self._over_budget(connection), outcomes

    def _filling(self) -> bool:
        return any(one.poll() is None for one in self._backfills)

    def _over_budget(self, connection: psycopg.Connection[Any]) -> list[str]:
        asked = sum(town.call("asked") for town in self._towns.values())
        counted = ledger.calls(connection)  # later: each call is counted before it is made
        return [f"the org had {asked} calls, and {counted} were counted"] if asked > counted else []

    def _grown(self) -> list[str]:
        grown = []
        for member in self._crew.members:
            if member.lives:
                first = self._memory.setdefault(member.pid, member.megabytes())
                if member.megabytes() > first + GROWTH_MEGABYTES:
                    grown.append(f"{member.kind} {member.pid} grew from {first:.0f} to {member.megabytes():.0f} MB")
        return grown

    def _now(self) -> list[int]:
        return [round(member.megabytes()) for member in self._crew.members if member.lives]

    def _followed(self) -> bool:
        self._crew.check()
        with self._cluster.connect() as connection:
            return ledger.followed(connection) == len(NAMES)

    # In the end

    def _unlike_clean(self, name: str) -> list[str]:
        """Return in what a tenant is unlike an empty one to which the final org is carried over without harm."""
        town = self._towns[name]
        found, known = town.call("books"), town.call("known")
        with self._cluster.connect() as connection:
            connection.execute(f"CREATE DATABASE clean_{name}".encode())
        town.call("empty_tenant")
        settings = load(self._write(f"clean-{name}.yaml", {"url": self._cluster.address_of(f"clean_{name}")}), {})
        assert isinstance(settings, Settings)
        clean = Counter(asyncio.run(_sync(settings.connection(name), known)).values())
        wrong = differences(town.call("books"), found)
        self._say(f"{name}: {dict(clean)} without harm; {json.dumps(known['acts'])}")
        return wrong

    def close(self) -> None:
        """End everything."""
        for one in self._backfills:
            one.kill()
            one.wait()
        self._crew.end()
        for town in self._towns.values():
            town.close()
        self._cluster.close()


async def _sync(settings: Settings, known: dict[str, Any]) -> dict[str, Any]:
    async with open_service(settings) as service:
        results = await service.orders(known["orders"])
        await service.accounts(known["accounts"])
        await service.products(known["products"])
    return {result.record: result.outcome for result in results}


def _is_fault(code: str | None) -> bool:
    """Say whether a code stands for a fault of cpqbridge's own, or for a record that is taken to end its workers."""
    return code is not None and code.startswith("CPQ-9")


def _shown(outcomes: Counter[tuple[str | None, str | None]]) -> str:
    return ", ".join(f"{count} {outcome} {code or ''}".strip() for (outcome, code), count in outcomes.most_common())


TROUBLES: tuple[Callable[[Soak], None], ...] = (
    Soak._kill,
    Soak._kill,
    Soak._stop_program,
    Soak._freeze,
    Soak._kill_database,
    Soak._outage,
    Soak._fault,
    Soak._fault,
    Soak._fault,
    Soak._fault,
    Soak._backfill,
)
"""What may go wrong; some more often than others."""
