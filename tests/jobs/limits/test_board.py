"""Two processes on one database: pauses, circuits and places are alike in both, and only one of them probes."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from cpqbridge.errors import CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.history.database import Database
from cpqbridge.jobs.limits.board import SharedLimits, Shares, live_processes
from cpqbridge.jobs.limits.command import shared_wiring
from cpqbridge.jobs.limits.keys import salesforce_client_key, salesforce_key, upstream_keys, zuora_key
from cpqbridge.jobs.listing import JobList
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.zuora import ZuoraSettings
from cpqbridge.transport.clock import Clock
from cpqbridge.transport.exchange import Request
from cpqbridge.transport.lanes import BACKFILL
from cpqbridge.transport.limiter import LONGEST_ASKED, DailyUse, Limiter, Sizing
from tests.jobs.limits.conftest import Databases

SIGN_IN = Request("POST", "/services/oauth2/token", form={}, reads=True)
READ = Request("GET", "/v1/catalog/products", reads=True)
UNREACHED = RetryLater("CPQ-101", "Zuora cannot be reached: All connection attempts failed")
PATIENCE = 20.0


def settings(client: str = "app", **zuora: str) -> Settings:
    return Settings.model_validate(
        {
            "salesforce": {"login_url": "https://example.my.salesforce.com", "client_id": client},
            "zuora": {"base_url": "https://rest.zuora.com", "client_id": "client", **zuora},
        }
    )


@dataclass
class Process:
    """One process: its board, its share of both systems, and what its probes meet."""

    database: Database
    board: SharedLimits
    shares: Shares
    limiter: Limiter
    meets: CpqBridgeError | None = UNREACHED
    probes: list[float] = field(default_factory=list)

    @classmethod
    def on(cls, database: Database) -> Process:
        board = SharedLimits(database, interval=0.05)
        shares = board.join(settings())
        sizing = shares.zuora.sizing
        assert sizing is not None
        limiter = Limiter("Zuora", sizing, longest_wait=130, clock=Clock(), kinds={"Default": 40})
        shares.zuora.join(limiter)
        process = cls(database, board, shares, limiter)
        shares.zuora.probe = process.probe
        # probes come when a test asks for them
        shares.zuora.circuit.first_probe = shares.zuora.circuit.probe_pause = lambda: 600.0
        return process

    async def probe(self) -> None:
        self.probes.append(asyncio.get_running_loop().time())
        await self.shares.zuora.take()
        self.shares.zuora.heard(READ, self.meets)
        if self.meets:
            raise self.meets

    def fail(self, error: CpqBridgeError = UNREACHED, times: int = 5) -> None:
        for _ in range(times):
            self.shares.zuora.heard(READ, error)

    async def probe_now(self) -> None:
        statement = text("UPDATE cpqbridge.circuit SET probe_at = clock_timestamp()")
        await self.database.run(lambda connection: connection.execute(statement))


async def until(seen: Callable[[], bool]) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not seen():
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)


def run(databases: Databases, story: Callable[[Process, Process], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        async with databases(2) as opened:
            first, second = (Process.on(database) for database in opened)
            loops = [asyncio.create_task(one.board.run()) for one in (first, second)]
            try:
                await story(first, second)
            finally:
                for loop in loops:
                    loop.cancel()
                await asyncio.gather(*loops, return_exceptions=True)

    asyncio.run(all_of_it())


def test_a_pause_of_one_process_holds_the_other_back(databases: Databases) -> None:
    async def story(first: Process, second: Process) -> None:
        first.limiter.refused(40)
        await until(lambda: second.limiter.paused > 0)
        assert 30 < second.limiter.paused <= 40
        second.limiter.refused(3)
        first.limiter.refused(90)
        await until(lambda: second.limiter.paused > 80)
        found = second.shares.trouble()
        assert isinstance(found, RetryLater)
        assert found.code == "CPQ-103"
        assert found.retry_after is not None
        assert 80 < found.retry_after <= 90

    run(databases, story)


def test_one_process_opens_the_circuit_for_all_and_any_closes_it(databases: Databases) -> None:
    async def story(first: Process, second: Process) -> None:
        assert first.shares.closed
        first.fail()
        assert not first.shares.closed
        await until(lambda: not second.shares.closed)
        with pytest.raises(RetryLater) as caught:
            await second.shares.zuora.take()
        assert caught.value.code == "CPQ-111"
        found = second.shares.trouble(BACKFILL)
        assert found is not None
        assert found.code == "CPQ-111"
        assert second.shares.salesforce.trouble() is None

        waiting = asyncio.create_task(first.board.wait_until_closed(first.shares))
        second.shares.zuora.heard(READ, None)
        await until(lambda: first.shares.closed)
        await asyncio.wait_for(waiting, PATIENCE)
        await first.shares.zuora.take()

    run(databases, story)


def test_only_one_process_probes_and_work_goes_on_after_the_first_answer(databases: Databases) -> None:
    async def story(first: Process, second: Process) -> None:
        first.fail()
        await until(lambda: not second.shares.closed)
        for number in range(1, 4):
            await first.probe_now()
            await until(lambda number=number: len(first.probes) + len(second.probes) >= number)
        assert len(first.probes) + len(second.probes) == 3
        assert not first.shares.closed
        first.meets = second.meets = RetryLater("CPQ-105", "locked: but that is an answer")
        await first.probe_now()
        await until(lambda: first.shares.closed and second.shares.closed)
        assert len(first.probes) + len(second.probes) == 4

    run(databases, story)


def test_a_probe_that_never_reached_the_system_does_not_close_the_circuit(databases: Databases) -> None:
    async def story(first: Process, second: Process) -> None:
        probes = 0

        async def held_back() -> None:
            nonlocal probes
            probes += 1
            raise RetryLater("CPQ-110", "The budget is used up")

        first.shares.zuora.probe = second.shares.zuora.probe = held_back
        first.fail()
        await until(lambda: not second.shares.closed)
        await first.probe_now()
        await until(lambda: probes == 1)
        await first.board.look()
        await second.board.look()
        assert not first.shares.closed
        assert not second.shares.closed

    run(databases, story)


def test_what_the_last_probe_met_is_what_people_are_told(databases: Databases) -> None:
    async def story(first: Process, second: Process) -> None:
        first.fail()
        await until(lambda: not second.shares.closed)
        first.meets = second.meets = SignInRefused("CPQ-201", "Zuora refused to sign in (invalid_client)")
        await first.probe_now()
        await until(lambda: second.shares.zuora.state().cause == "credentials")
        state = second.shares.zuora.state()
        assert state.open
        assert "invalid_client" in state.message
        assert state.since is not None

    run(databases, story)


def test_processes_that_live_divide_the_places(databases: Databases) -> None:
    statement = text(
        """
        INSERT INTO cpqbridge.process (name, kind, host, pid, version, workers, alive_at)
        VALUES (:name, 'worker', 'here', 1, '1', '[]', clock_timestamp() - make_interval(secs => :ago))
        """
    )

    async def story(first: Process, second: Process) -> None:
        assert first.limiter.size_of("Default") == 19
        for name, ago in (("a", 0), ("b", 1), ("c", 2), ("d", 3), ("dead", 60)):
            row = {"name": name, "ago": ago}
            await first.database.run(lambda connection, row=row: connection.execute(statement, row))
        assert await first.database.run(live_processes) == 4
        await until(lambda: first.limiter.size_of("Default") == second.limiter.size_of("Default") == 8)

    run(databases, story)


def test_connections_to_one_org_share_it_and_entities_are_apart(databases: Databases) -> None:
    async def story(first: Process, _: Process) -> None:
        one, other = first.board.join(settings()), first.board.join(settings(entity_id="e2"))
        assert one.salesforce is other.salesforce is first.shares.salesforce
        assert one.zuora.pool is not other.zuora.pool
        assert one.zuora is first.shares.zuora
        assert one.zuora is not other.zuora
        sizing = one.zuora.sizing
        assert sizing is not None
        again = Limiter("Zuora", sizing, longest_wait=130, clock=Clock(), kinds={"Default": 40})
        one.zuora.join(again)
        assert again.size_of("Default") == first.limiter.size_of("Default") == 16
        assert {state.upstream for state in first.board.states()} == {
            salesforce_client_key(settings().salesforce),
            zuora_key(settings().zuora),
            zuora_key(settings(entity_id="e2").zuora),
        }

    run(databases, story)


@pytest.mark.parametrize("asked", [86_400.0, 99_999_999_999_999.0, math.inf])
def test_no_pause_stops_all_work_for_longer_than_an_hour(databases: Databases, asked: float) -> None:
    async def story(first: Process, second: Process) -> None:
        first.limiter.refused(asked)
        await until(lambda: second.limiter.paused > 0)
        assert first.limiter.paused <= LONGEST_ASKED
        assert LONGEST_ASKED - 60 < second.limiter.paused <= LONGEST_ASKED

    run(databases, story)


def test_a_refused_sign_in_of_one_client_stops_no_other_client_of_the_org(databases: Databases) -> None:
    async def story(first: Process, second: Process) -> None:
        wrong = first.board.join(settings(client="typo"))
        right = second.shares.salesforce
        assert wrong.salesforce.pool is first.shares.salesforce.pool
        for _number in range(2):
            wrong.salesforce.heard(SIGN_IN, SignInRefused("CPQ-201", "Salesforce refused to sign in"))
        found = wrong.salesforce.trouble()
        assert found is not None
        assert "client typo" in found.message
        await until(wrong.salesforce.circuit.settled)
        await second.board.look()
        assert first.shares.salesforce.trouble() is right.trouble() is None
        await right.take()
        state = wrong.salesforce.state()
        assert (state.open, state.cause) == (True, "credentials")
        assert "client typo" in state.message

        pausing = Limiter("Salesforce", Sizing(5), longest_wait=130, clock=Clock())
        wrong.salesforce.join(pausing)
        pausing.refused(50)
        assert first.shares.salesforce.state().paused > 0  # limits are the org's
        seen = Limiter("Salesforce", Sizing(5), longest_wait=130, clock=Clock())
        right.join(seen)
        await until(lambda: seen.paused > 0)

    run(databases, story)


def test_a_process_that_starts_anew_probes_a_refused_sign_in_at_once(databases: Databases) -> None:
    async def story(first: Process, second: Process) -> None:
        await first.board.look()
        await second.board.look()
        first.fail(SignInRefused("CPQ-201", "Zuora refused to sign in"))
        await until(first.shares.zuora.circuit.settled)
        await second.board.look()
        assert not second.shares.closed
        assert not first.probes
        assert not second.probes
        anew = Process.on(second.database)
        anew.meets = None
        await anew.board.look()
        await until(lambda: anew.shares.closed)
        await anew.board.look()
        await until(lambda: first.shares.closed and second.shares.closed)
        assert (len(first.probes), len(second.probes), len(anew.probes)) == (0, 0, 1)

    run(databases, story)


def test_what_stops_work_is_told_of_the_systems_that_are_configured(databases: Databases) -> None:
    async def story(first: Process, _: Process) -> None:
        former = first.board.join(settings(base_url="https://rest.eu.zuora.com")).zuora
        for upstream in (first.shares.zuora, former):
            limiter = Limiter("Zuora", Sizing(5), longest_wait=130, clock=Clock())
            upstream.join(limiter)
            limiter.refused(900)
            for _number in range(5):
                upstream.heard(READ, UNREACHED)
        await first.board.look()
        found = await JobList(first.database, "any").trouble(upstream_keys(settings()))
        assert len(found) == 2
        assert all(one.startswith("Zuora https://rest.zuora.com ") for one in found)
        assert re.search(r"left alone until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "\n".join(found))

    run(databases, story)


def test_orgs_behind_one_sign_in_address_are_apart() -> None:
    def key(user: str, url: str = "https://login.salesforce.com") -> str:
        given = {"login_url": url, "client_id": "app", "flow": "jwt_bearer", "username": user}
        return salesforce_key(SalesforceSettings.model_validate(given))

    given = {"login_url": "https://login.salesforce.com", "client_id": "app", "flow": "jwt_bearer", "username": "a@x"}
    assert salesforce_client_key(SalesforceSettings.model_validate(given)) == key("a@x")
    assert key("a@x") != key("b@x")
    assert key("a@x", "https://x.my.salesforce.com") == key("b@x", "https://x.my.salesforce.com")
    secret = ZuoraSettings.model_validate({"base_url": "https://rest.zuora.com", "client_id": "my-client"})
    assert "my-client" not in zuora_key(secret)


def test_what_the_org_tells_goes_into_its_budget(databases: Databases) -> None:
    async def story(first: Process, _: Process) -> None:
        org = first.shares.salesforce
        assert org.sizing is not None
        limiter = Limiter("Salesforce", org.sizing, longest_wait=130, clock=Clock(), kinds={"": 25})
        org.join(limiter)
        assert limiter.size_of("") == 12
        limiter.spent(14_900, 15_000)
        found = first.shares.trouble()
        assert found is not None
        assert found.code == "CPQ-110"
        assert org.state().daily == DailyUse(14_900, 15_000)

    run(databases, story)


def test_a_command_of_a_person_goes_on_trying(databases: Databases) -> None:
    async def story(first: Process, _: Process) -> None:
        shares = SharedLimits(first.database, circuits=False).join(settings())
        for _number in range(20):
            shares.zuora.heard(READ, UNREACHED)
        await shares.zuora.take()
        await shares.salesforce.take()
        first.fail(SignInRefused("CPQ-201", "Zuora refused to sign in"))
        await first.board.look()
        wiring = await shared_wiring(settings(), first.database, None)
        await wiring.shared["Zuora"].take()

    run(databases, story)
