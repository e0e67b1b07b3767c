"""The metrics of a service that has worked: each is there, right, and names no record and no secret."""

from __future__ import annotations

import asyncio

import httpx

from cpqbridge.jobs.due import Due, Settled, Wanted
from cpqbridge.transport.exchange import Exchange
from cpqbridge.values import Outcome
from cpqbridge.web.meters import Meters
from tests.jobs.conftest import Stage
from tests.web.conftest import running, sample
from tests.world import Line

DEFAULT = {"connection": "default"}


def test_what_was_done_is_counted(stage: Stage) -> None:
    account = stage.world.account()
    number = stage.world.order(account, [Line(stage.world.product())])

    async def scenario() -> None:
        async with running(stage) as it:
            engine = it.service.engine
            connection = engine.connections[0]
            [order] = [one.record_id for one in await stage.orders(connection)]
            await stage.work(engine, Wanted("Order", order, account, number))
            found = await it.metrics()
            assert found[sample("cpqbridge_outcomes_total", **DEFAULT, object="Order", outcome="synced", code="")] == 1
            assert (
                found[sample("cpqbridge_due_to_outcome_seconds_count", **DEFAULT, lane="live")] >= 1
            )  # and the poll's
            write = {**DEFAULT, "system": "Zuora", "class": "write"}
            assert found[sample("cpqbridge_http_requests_total", **write, status="200")] >= 3
            assert found[sample("cpqbridge_http_request_seconds_count", **write)] >= 3
            sign_in = {**DEFAULT, "system": "Salesforce", "class": "sign-in", "status": "200"}
            assert found[sample("cpqbridge_http_requests_total", **sign_in)] == 1
            assert found[sample("cpqbridge_due_records", **DEFAULT, lane="live")] == 0
            assert found[sample("cpqbridge_processes")] == 1
            assert found[sample("cpqbridge_database_up")] == 1
            assert abs(found[sample("cpqbridge_clock_skew_seconds")]) < 5
            org = next(state for state in engine.limits.states() if state.system == "Salesforce")
            labels = {"system": "Salesforce", "upstream": org.upstream}
            assert found[sample("cpqbridge_daily_calls_used", **labels)] > 0
            assert found[sample("cpqbridge_circuit_open", **labels)] == 0
            text = (await it.client.get("/metrics")).text
            secret = connection.settings.zuora.client_secret.reveal()
            assert not [one for one in (order, account, number, secret) if one in text]

    asyncio.run(scenario())


def test_what_is_due_shows_with_its_age_and_its_lane(stage: Stage) -> None:
    async def scenario() -> None:
        async with running(stage, works=False, greeted=False) as it:
            [connection] = it.service.engine.connections
            await connection.due.add([Wanted("Account", f"00100000000000{one}AAA", "one") for one in range(3)])
            found = await it.metrics()
            assert found[sample("cpqbridge_due_records", **DEFAULT, lane="live")] == 3
            assert found[sample("cpqbridge_due_records", **DEFAULT, lane="backfill")] == 0
            assert 0 < found[sample("cpqbridge_due_oldest_seconds", **DEFAULT, lane="live")] < 60
            await connection.due.wake()
            found = await it.metrics()
            assert found[sample("cpqbridge_jobs_waiting", **DEFAULT)] == 1

    asyncio.run(scenario())


def test_without_its_database_a_process_still_tells_what_it_knows(stage: Stage) -> None:
    async def scenario() -> None:
        async with running(stage, works=False, greeted=False) as it:
            it.service.engine.database._engine.dispose()
            it.service.engine.database._engine = _gone()
            found = await it.metrics()
            assert found[sample("cpqbridge_database_up")] == 0
            assert found[sample("cpqbridge_database_errors_total")] == 1
            assert sample("cpqbridge_due_records", **DEFAULT, lane="live") not in found
            ready = await it.client.get("/readyz")
            assert ready.status_code == 503
            known = {"reachable": False, "writable": False, "schema": "current", "code": "CPQ-101"}
            assert ready.json()["database"] == known
            assert (await it.client.get("/healthz")).status_code == 200

    asyncio.run(scenario())


def _gone() -> object:
    from sqlalchemy import create_engine

    return create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})


def test_calls_without_an_answer_and_repetitions_are_counted() -> None:
    meters = Meters()
    meters.call("eu", Exchange("Zuora", "POST", "/v1/orders", None, 1.0, 1, reads=False, error="ReadTimeout"))
    meters.call("eu", Exchange("Zuora", "POST", "/v1/orders", 429, 1.0, 2, reads=False))
    labels = {"connection": "eu", "system": "Zuora"}
    value = meters.registry.get_sample_value
    assert value("cpqbridge_http_requests_total", {**labels, "class": "write", "status": "none"}) == 1
    assert value("cpqbridge_http_requests_total", {**labels, "class": "write", "status": "429"}) == 1
    assert value("cpqbridge_http_retries_total", labels) == 1


def test_a_record_that_is_tried_again_is_counted_as_later() -> None:
    meters = Meters()
    due = Due(Wanted("Order", "801", "001"), 1, 0, 1)
    meters.settled("eu", Settled(due, None, delay=5, code="CPQ-101"), 1.0)
    meters.settled("eu", Settled(due, Outcome.HELD, delay=5, code="CPQ-403"), 7.0)
    value = meters.registry.get_sample_value
    labels = {"connection": "eu", "object": "Order"}
    assert value("cpqbridge_outcomes_total", {**labels, "outcome": "later", "code": "CPQ-101"}) == 1
    assert value("cpqbridge_outcomes_total", {**labels, "outcome": "held", "code": "CPQ-403"}) == 1
    assert value("cpqbridge_due_to_outcome_seconds_sum", {"connection": "eu", "lane": "live"}) == 7


def test_nothing_else_is_answered(stage: Stage) -> None:
    async def scenario() -> list[httpx.Response]:
        async with running(stage, works=False, greeted=False) as it:
            return [await it.client.get("/"), await it.client.post("/metrics"), await it.client.get("/docs")]

    assert [one.status_code for one in asyncio.run(scenario())] == [404, 405, 404]
