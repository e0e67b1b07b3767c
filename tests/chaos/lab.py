"""Both systems with a history, and lives of the connector in processes that can be killed.

A trial forks three times: the *systems* serve the org and the tenant as they stand, the *house* starts the connector
again and again, and each *life* of the connector is a process. Nothing that a trial does outlives it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import psycopg

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.history.database import open_database
from cpqbridge.sandbox.server import Systems
from cpqbridge.sandbox.serving import BackgroundServers
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.settings import Settings
from tests.chaos import ledger
from tests.chaos.books import Books, differences, org_books, tenant_books
from tests.chaos.processes import Child, Ended, Tokens

Tell = Callable[[Any], None]
Driver = Callable[[Settings, Sequence[str]], Mapping[str, str]]
"""Carries orders over, as a command or a worker does, and returns their outcomes by number."""

Trouble = Callable[[Tell, Settings], None]
"""Prepares a process of the connector for what shall happen to it."""

MOST_LIVES = 60
"""So often is the connector started again at the most."""


@dataclass(frozen=True, slots=True)
class Came:
    """What a trial came to: how each life ended, and what it left behind."""

    lives: Sequence[Ended]
    tenant: Books = field(repr=False)
    org: Books = field(repr=False)
    known: Books = field(repr=False)
    outcomes: Mapping[str, Any]
    flaws: Sequence[str]

    def wrong(self, wanted: Came) -> list[str]:
        """Return what is other than in a trial that nothing happened in."""
        pairs = ((wanted.tenant, self.tenant), (wanted.org, self.org), (wanted.known, self.known))
        found = [*self.flaws, *(line for both in pairs for line in differences(*both))]
        for number, outcome in wanted.outcomes.items():
            if _settled(self.outcomes.get(number)) != _settled(outcome):
                found.append(f"order {number} ended as {self.outcomes.get(number)}, not as {outcome}")
        return found


def _settled(outcome: Any) -> Any:
    """Return an outcome as far as a second run comes to the same."""
    if outcome is None:
        return None
    state, code, zuora = outcome
    numbers = [(zuora or {}).get(name) for name in _NUMBERS]
    return "done" if state == "unchanged" else state.replace("synced", "done"), code, numbers


_NUMBERS = ("orderNumber", "subscriptions")
"""What is the same in each trial; the numbers of accounts depend on which is made first."""


def nothing(_tell: Tell, _settings: Settings) -> None:
    """Let a process live."""


@dataclass(frozen=True, slots=True)
class Lab:
    """Both systems as they stand, the databases that trials may take, and how the connector is run.

    Attributes:
        systems: The org and the tenant; not served but in trials.
        databases: Addresses; the last one is not for trials.
        tokens: One for each database that is free.
        driver: What a process of the connector does.
    """

    systems: Systems
    databases: Sequence[str]
    tokens: Tokens
    driver: Driver

    def clean(self, orders: Sequence[str], trouble: Trouble = nothing) -> Came:
        """Carry orders over without any harm; the systems and the last database stand there after it."""
        servers = BackgroundServers([0, 0])
        came = self._play(servers, self.databases[-1], orders, lambda lives: None if lives else trouble)
        servers.stop()
        return came

    def trial(
        self,
        orders: Sequence[str],
        troubles: Callable[[Sequence[Ended]], Trouble | None],
        judge: Callable[[Came], Any],
    ) -> Child:
        """Carry orders over in processes that may be harmed, on copies of everything; tell the judgement.

        Args:
            orders: Order numbers.
            troubles: Gives, by the lives so far, what happens to the next one; None ends the trial.
            judge: Makes something short of what the trial came to, which fits into a pipe that nobody reads yet.
        """
        token = self.tokens.take()

        def work(tell: Tell) -> None:
            try:
                with psycopg.connect(self.databases[token], autocommit=True) as connection:
                    ledger.forget(connection)
                tell(judge(self._play(BackgroundServers([0, 0]), self.databases[token], orders, troubles)))
            finally:
                self.tokens.give(token)

        return Child(work)

    def _play(
        self,
        servers: BackgroundServers,
        database: str,
        orders: Sequence[str],
        troubles: Callable[[Sequence[Ended]], Trouble | None],
    ) -> Came:
        salesforce, zuora = servers.ports
        database_settings = DatabaseSettings.at(database)
        settings = sandbox_settings(salesforce, zuora).model_copy(update={"database": database_settings})
        house = Child(lambda tell: self._house(tell, settings, orders, troubles))
        servers.start([self.systems.salesforce_app, self.systems.zuora_app], nullcontext)
        ended = house.ended()
        with psycopg.connect(database, autocommit=True) as connection:
            flaws, outcomes = ledger.flaws(connection), ledger.outcomes(connection)
            known = ledger.known(connection, orders)
        if ended.error or ended.killed_by:
            flaws.append(f"the house fell: {ended.error or ended.killed_by}")
        books = tenant_books(self.systems.tenant), org_books(self.systems.org)
        return Came(ended.told, *books, known, {name: outcomes.get(name) for name in orders}, flaws)

    def _house(
        self,
        tell: Tell,
        settings: Settings,
        orders: Sequence[str],
        troubles: Callable[[Sequence[Ended]], Trouble | None],
    ) -> None:
        """Start the connector again until it has come through; this process has no threads, so that it may fork."""
        lives: list[Ended] = []
        while len(lives) < MOST_LIVES and (trouble := troubles(lives)) is not None:

            def live(tell_house: Tell, trouble: Trouble = trouble) -> None:
                trouble(tell_house, settings)
                tell_house(self.driver(settings, orders))

            lives.append(Child(live).ended())
            tell(lives[-1])


def warm_up(lab: Lab, orders: Sequence[str]) -> None:
    """Make all databases ready, and carry orders over here, so that copies of this process load nothing anew."""
    for database in lab.databases:
        asyncio.run(_make_ready(database))
    systems = Systems("demo")
    servers = BackgroundServers([0, 0])
    servers.start([systems.salesforce_app, systems.zuora_app], nullcontext)
    settings = sandbox_settings(*servers.ports)
    lab.driver(settings.model_copy(update={"database": DatabaseSettings.at(lab.databases[-1])}), orders)
    servers.stop()
    systems.close()
    with psycopg.connect(lab.databases[-1], autocommit=True) as connection:
        ledger.forget(connection)


async def _make_ready(database: str) -> None:
    async with open_database(DatabaseSettings.at(database)):
        """Opening brings the tables up to date."""
