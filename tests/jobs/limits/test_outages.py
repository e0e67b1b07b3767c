"""Both systems over real HTTP: outages of each kind, limits that are hit, and work that goes on afterwards."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import trustme

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.errors import CpqBridgeError
from cpqbridge.history.database import Database
from cpqbridge.jobs.limits.board import SharedLimits, Shares
from cpqbridge.jobs.limits.budget import GOES_ON
from cpqbridge.jobs.limits.checkup import check_limits, shared_findings
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings import DatabaseSettings
from cpqbridge.settings.limits import LimitSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Grade
from cpqbridge.sync.connect import Clients, open_clients
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.retries import NEVER
from tests.jobs.limits.conftest import Databases
from tests.jobs.limits.test_board import until


@pytest.fixture(scope="module")
def running() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as box:
        yield box


@pytest.fixture
def box(running: LocalSandbox) -> LocalSandbox:
    httpx.post(f"{running.zuora_url}/_sandbox/reset", json={"seed": "empty"}).raise_for_status()
    for url in (running.zuora_url, running.salesforce_url):
        mend(url)
    return running


def settings(box: LocalSandbox, **limits: Any) -> Settings:
    ports = (int(url.rpartition(":")[2]) for url in (box.salesforce_url, box.zuora_url))
    return sandbox_settings(*ports).model_copy(update={"limits": LimitSettings.model_validate(limits)})


def zuora_at(given: Settings, **changes: str) -> Settings:
    return given.model_copy(update={"zuora": given.zuora.model_copy(update=changes)})


@dataclass
class Process:
    """A process with clients of both systems, none of whose calls are repeated."""

    board: SharedLimits
    shares: Shares
    clients: Clients

    async def zuora(self, number: int = 0) -> str:
        try:
            await self.clients.zuora.get_or_none(f"/v1/accounts/A{number}")
        except CpqBridgeError as error:
            return error.code
        return "done"

    async def salesforce(self) -> str:
        try:
            await self.clients.salesforce.limits()
        except CpqBridgeError as error:
            return error.code
        return "done"


@asynccontextmanager
async def process(given: Settings, database: Database) -> AsyncIterator[Process]:
    board = SharedLimits(database, interval=0.05)
    shares = board.join(given)
    for upstream in (shares.salesforce, shares.zuora):
        upstream.circuit.first_probe = upstream.circuit.probe_pause = lambda: 0.1
    async with open_clients(given, wiring=shares.wiring(Wiring(policy=NEVER))) as clients:
        shares.probe_by(clients)
        loop = asyncio.create_task(board.run())
        try:
            yield Process(board, shares, clients)
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


def order_fault(url: str, **fault: Any) -> None:
    httpx.post(f"{url}/_sandbox/faults", json=[{"times": 1000, **fault}]).raise_for_status()


def mend(url: str) -> None:
    httpx.delete(f"{url}/_sandbox/faults").raise_for_status()


def allow(box: LocalSandbox, calls: int) -> None:
    changed = {"maxDailyApiRequests": calls}
    httpx.post(f"{box.salesforce_url}/_sandbox/settings", json=changed).raise_for_status()


def made(box: LocalSandbox) -> int:
    return box.org.usage.used(box.org.clock())


def calls(url: str) -> int:
    return sum("/services/data/" in one["path"] for one in httpx.get(f"{url}/_sandbox/requests").json())


def test_a_gateway_error_stops_all_work_and_its_end_sets_it_going(box: LocalSandbox, databases: Databases) -> None:
    async def story() -> None:
        async with (
            databases(2) as (one, two),
            process(settings(box), one) as first,
            process(settings(box), two) as second,
        ):
            order_fault(box.zuora_url, fault="status", status=503, body="<html>Service Unavailable</html>")
            found = [await first.zuora(number) for number in range(6)]
            assert found == ["CPQ-104"] * 5 + ["CPQ-111"]
            assert first.shares.zuora.state().cause == "gateway"
            await until(lambda: not second.shares.closed)
            assert await second.zuora() == "CPQ-111"
            assert await second.salesforce() == "done"
            mend(box.zuora_url)
            await until(lambda: first.shares.closed and second.shares.closed)
            assert await second.zuora() == await first.zuora() == "done"

    asyncio.run(story())


def test_one_broken_record_stops_nobody(box: LocalSandbox, databases: Databases) -> None:
    async def story() -> None:
        async with databases(1) as (one,), process(settings(box), one) as first:
            order_fault(box.zuora_url, match={"path": "/v1/accounts/A13"}, fault="status", status=500, body={})
            assert {await first.zuora(13) for _ in range(30)} == {"CPQ-104"}
            assert await first.zuora(14) == "done"
            assert first.shares.closed

    asyncio.run(story())


def test_a_wrong_secret_is_no_outage_and_is_said(box: LocalSandbox, databases: Databases) -> None:
    async def story() -> None:
        given = settings(box)
        order_fault(
            box.zuora_url, match={"path": "/oauth/token"}, fault="status", status=401, body={"error": "invalid_client"}
        )
        async with databases(1) as (one,), process(given, one) as first:
            assert [await first.zuora(number) for number in range(3)] == ["CPQ-201", "CPQ-201", "CPQ-111"]
            found = first.shares.trouble()
            assert found is not None
            assert "the sign-in is refused" in found.message
            assert "client id" in found.remedy
            await until(first.shares.zuora.circuit.settled)
            down = (await shared_findings(given, one))[2]
            assert (down.grade, down.code) == (Grade.PROBLEM, "CPQ-111")
            mend(box.zuora_url)
            await until(lambda: first.shares.closed)
            assert await first.zuora() == "done"

    asyncio.run(story())


def test_a_wrong_sign_in_of_one_connection_stops_no_other_of_the_same_org(
    box: LocalSandbox, databases: Databases
) -> None:
    async def story() -> None:
        given = settings(box)
        wrong = given.salesforce.model_copy(update={"client_id": "nobody"})
        async with (
            databases(2) as (one, two),
            process(given.model_copy(update={"salesforce": wrong}), one) as bad,
            process(given, two) as good,
        ):
            assert [await bad.salesforce() for _ in range(3)] == ["CPQ-201", "CPQ-201", "CPQ-111"]
            found = bad.shares.trouble()
            assert found is not None
            assert "the sign-in is refused (client nobody: " in found.message
            await until(bad.shares.salesforce.circuit.settled)
            await good.board.look()
            assert good.shares.closed
            assert await good.salesforce() == "done"
            assert not bad.shares.closed

    asyncio.run(story())


def test_a_closed_port_and_an_untrusted_certificate_are_told_apart(box: LocalSandbox, databases: Databases) -> None:
    async def cause(given: Settings, database: Database) -> str:
        async with process(given, database) as one:
            assert [await one.zuora() for _ in range(6)] == ["CPQ-101"] * 5 + ["CPQ-111"]
            return one.shares.zuora.state().cause

    async def story() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            unused = f"http://127.0.0.1:{taken.getsockname()[1]}"
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
        strange = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with databases(1) as (one,), server:
            given = settings(box)
            assert await cause(zuora_at(given, base_url=unused), one) == "unreachable"
            assert await cause(zuora_at(given, base_url=strange), one) == "tls"

    asyncio.run(story())


def test_the_limit_of_the_org_holds_all_processes_back_without_asking_it_again(
    box: LocalSandbox, databases: Databases
) -> None:
    async def story() -> None:
        given = settings(box, salesforce={"daily_calls": 1000, "keep_free": 0})
        async with databases(2) as (one, two), process(given, one) as first, process(given, two) as second:
            allow(box, 1000)
            assert await first.salesforce() == await second.salesforce() == "done"
            allow(box, made(box))
            asked = calls(box.salesforce_url)
            assert await first.salesforce() == "CPQ-103"
            await until(lambda: second.shares.trouble() is not None)
            assert [await one.salesforce() for one in (first, second)] == ["CPQ-103"] * 2
            asking = (await shared_findings(given, one))[1]
            assert asking.message.startswith("asked to be left alone for ")
            assert asking.remedy == f"Wait. {GOES_ON}"
            paused = second.shares.trouble()
            assert paused is not None
            assert paused.code == "CPQ-103"
            assert calls(box.salesforce_url) == asked + 1
            assert second.shares.closed

    asyncio.run(story())


def test_the_share_of_the_org_is_never_exceeded_by_all_processes_together(
    box: LocalSandbox, databases: Databases
) -> None:
    async def story() -> None:
        given = settings(box, salesforce={"daily_share": 0.5, "keep_free": 0})
        used = made(box)
        allow(box, 100 + 2 * used)
        budget = 50 + used
        async with databases(2) as (one, two), process(given, one) as first, process(given, two) as second:
            assert await first.salesforce() == "done"
            ends = await asyncio.gather(*(at.salesforce() for at in (first, second) for _ in range(budget)))
            assert ends.count("done") + ends.count("CPQ-110") == 2 * budget
            refused = first.shares.trouble()
            assert refused is not None
            assert re.search(r"again in 2[345] hours; or raise the budget", refused.remedy)
            assert refused.remedy.endswith(GOES_ON)
            done = 1 + ends.count("done")
            assert budget - 25 <= done <= budget
            assert made(box) - used == done
            finding = (await shared_findings(given, one))[0]
            assert finding.grade is not Grade.OK

    asyncio.run(story())


def test_the_doctor_tells_what_both_systems_allow(box: LocalSandbox, database_url: str) -> None:
    async def story() -> dict[str, tuple[Grade, str]]:
        given = settings(box).model_copy(update={"database": DatabaseSettings.at(database_url)})
        return {finding.check: (finding.grade, finding.message) async for finding in check_limits(given)}

    allow(box, 15_000)
    found = asyncio.run(story())
    assert {grade for grade, _ in found.values()} == {Grade.OK}
    assert "of 15,000 calls of 24 hours are left" in found["Salesforce limits"][1]
    assert "32 of 40 Default" in found["Zuora limits"][1]
    assert "160 of 200 High-volume transactions" in found["Zuora limits"][1]
    assert found["budget of Salesforce calls"][1] == "0 of 500 calls of 24 hours are used"
    assert found["Zuora for the service"][1] == "neither down nor asking for a pause"
