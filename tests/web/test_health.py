"""Whether a process lives and is ready, and what it says when it is not."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from cpqbridge.cli import running as cli_running
from cpqbridge.cli.running import _check_clock
from cpqbridge.errors import FixConfiguration, SignInRefused
from cpqbridge.history.clocks import MOST
from cpqbridge.jobs.limits.cause import FAULT
from cpqbridge.jobs.limits.circuit import CircuitState
from cpqbridge.web.server import address_of, is_loopback, listen
from tests.jobs.conftest import Stage, until
from tests.telemetry.conftest import OpenLog, open_log
from tests.web.conftest import running

__all__ = ["open_log"]


def test_a_service_that_works_lives_and_is_ready(stage: Stage) -> None:
    async def scenario() -> None:
        async with running(stage) as it:
            await it.service.leaders["default"].asked.wait()
            health, ready = await it.client.get("/healthz"), await it.client.get("/readyz")
            assert (health.status_code, health.json()["status"]) == (200, "ok")
            assert {"worker default", "leading default", "signs of life"} <= set(health.json()["loops"])
            assert (ready.status_code, ready.json()) == (
                200,
                {
                    "status": "ready",
                    "database": {"reachable": True, "writable": True, "schema": "current"},
                    "connections": {"default": {"role": "leader", "salesforce": "up", "zuora": "up"}},
                },
            )
            assert ready.headers["cache-control"] == "no-store"

    asyncio.run(scenario())


def test_a_database_that_takes_no_writes_is_not_ready(stage: Stage, jobs_database: str) -> None:
    async def scenario() -> None:
        async with running(stage) as it:
            await it.service.leaders["default"].asked.wait()
            assert (await it.client.get("/readyz")).status_code == 200
            with psycopg.connect(jobs_database, autocommit=True) as other:
                name = other.info.dbname
                other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only TO on".encode())
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

                async def standing() -> dict[str, Any]:
                    document: dict[str, Any] = (await it.client.get("/readyz")).json()
                    return document

                async def refused() -> bool:
                    return (await standing())["database"] == {
                        "reachable": True, "writable": False, "schema": "current"
                    }  # fmt: skip

                await until(refused)
                other.execute("SET default_transaction_read_only TO off")
                other.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only".encode())

                async def ready() -> bool:
                    return (await standing())["status"] == "ready"

                await until(ready)

    asyncio.run(scenario())


def test_a_database_without_its_version_is_not_ready(stage: Stage, jobs_database: str) -> None:
    async def scenario() -> httpx.Response:
        async with running(stage, works=False) as it:
            with psycopg.connect(jobs_database, autocommit=True) as other:
                other.execute("DELETE FROM cpqbridge.alembic_version")
            return await it.client.get("/readyz")

    answer = asyncio.run(scenario())
    assert (answer.status_code, answer.json()["database"]["schema"]) == (503, "not current")


def test_a_loop_that_has_ended_is_no_life(stage: Stage) -> None:
    async def scenario() -> httpx.Response:
        async with running(stage) as it:
            tasks = it.service.engine.tasks
            await until(lambda: "take-over" in tasks)
            tasks["take-over"].cancel()
            await until(tasks["take-over"].done)
            return await it.client.get("/healthz")

    answer = asyncio.run(scenario())
    assert (answer.status_code, answer.json()["status"]) == (503, "broken")
    assert answer.json()["loops"]["take-over"] == "ended"


def test_before_it_has_signed_in_it_is_not_ready(stage: Stage) -> None:
    assert _systems(stage, greeted=False) == (503, "not asked yet", "not asked yet")


def test_a_system_that_is_known_to_be_down_is_waited_for(stage: Stage) -> None:
    def down(it: Any) -> None:
        shares = it.service.engine.connections[0].shares
        shares.zuora.circuit.state = CircuitState(open=True, cause=FAULT, message="HTTP 503")

    assert _systems(stage, before=down) == (200, "up", "down")


def test_a_refused_sign_in_is_not_ready_until_the_system_is_taken_to_be_down(stage: Stage) -> None:
    rule = {"match": {"method": "POST", "path": "/oauth/token"}, "times": 9, "fault": "status", "status": 401}
    httpx.post(f"{stage.sandbox.zuora_url}/_sandbox/faults", json=[rule]).raise_for_status()

    async def scenario() -> tuple[int, str]:
        async with running(stage, works=False, greeted=False) as it:
            with pytest.raises(SignInRefused):
                await it.service.engine.connections[0].clients.zuora.session()
            answer = await it.client.get("/readyz")
            return answer.status_code, answer.json()["connections"]["default"]["zuora"]

    assert asyncio.run(scenario()) == (503, "sign-in refused")


def _systems(stage: Stage, *, greeted: bool = True, before: Any = lambda _it: None) -> tuple[int, str, str]:
    async def scenario() -> tuple[int, str, str]:
        async with running(stage, works=False, greeted=greeted) as it:
            before(it)
            answer = await it.client.get("/readyz")
            found = answer.json()["connections"]["default"]
            return answer.status_code, found["salesforce"], found["zuora"]

    return asyncio.run(scenario())


def test_a_port_that_is_taken_is_refused_with_what_to_do() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FixConfiguration) as refused:
            listen("127.0.0.1", port)
    assert refused.value.code == "CPQ-307"
    assert str(port) in refused.value.message
    assert "--no-web" in refused.value.remedy


@pytest.mark.parametrize("host", ["no such host", "256.0.0.1", "x" * 300])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(FixConfiguration) as refused:
        listen(host, 0)
    assert refused.value.code == "CPQ-307"


@pytest.mark.parametrize(("host", "alone"), [("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)])  # noqa: S104 - that is the case
def test_who_can_reach_it(host: str, alone: bool) -> None:
    with listen(host, 0) as listening:
        assert is_loopback(listening) is alone
        assert address_of(listening).startswith("http://")


@pytest.mark.parametrize(("skew", "said"), [(MOST + 1, "behind"), (-MOST - 1, "ahead of"), (MOST, "")])
def test_a_clock_that_is_wrong_is_said(open_log: OpenLog, skew: float, said: str) -> None:
    written = open_log()
    _check_clock(skew)
    assert [line["code"] for line in written.lines] == (["CPQ-312"] if said else [])
    assert said in written.text


def test_the_usual_port_gives_way_where_it_is_taken(open_log: OpenLog, monkeypatch: pytest.MonkeyPatch) -> None:
    written = open_log()
    with listen("127.0.0.1", 0) as taken:
        monkeypatch.setattr(cli_running, "PORT", taken.getsockname()[1])
        with cli_running._listen(cli_running.Web("127.0.0.1", None)) as listening:
            assert listening.getsockname()[1] != taken.getsockname()[1]
            assert written.lines[0]["address"] == address_of(listening)
        with pytest.raises(FixConfiguration):
            cli_running._listen(cli_running.Web("127.0.0.1", taken.getsockname()[1]))
