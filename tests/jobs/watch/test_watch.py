"""The watch and the courier on a real database, with real receivers: what is told, when, and how often."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cpqbridge.jobs.limits.allowance import Grant
from cpqbridge.jobs.limits.circuit import CircuitState
from cpqbridge.jobs.watch.courier import Courier
from cpqbridge.jobs.watch.watch import Watch
from cpqbridge.settings.alerts import Channel
from cpqbridge.settings.mail import MailSettings
from cpqbridge.settings.options import Options
from cpqbridge.values import Outcome
from tests.alerts.conftest import MailServer, MakeReceiver
from tests.alerts.receivers import Received, Receiver, saying, status
from tests.jobs.watch.conftest import MakeWatched, Watched, webhook

pytestmark = pytest.mark.anyio

UP = CircuitState()


def said(receiver: Receiver) -> list[tuple[str, str]]:
    return [(one.document["kind"], one.document["phase"]) for one in receiver.received]


def is_down(minutes: float = 5) -> CircuitState:
    return CircuitState(open=True, message="503", since=datetime.now(UTC) - timedelta(minutes=minutes))


class Stage:
    """A watch and a courier that are moved by hand."""

    def __init__(self, on: Any) -> None:
        self.on = on
        self.watch = Watch(on, clock=on.time.clock)
        self.courier = Courier(on, clock=on.time.clock)

    async def step(self, seconds: float = 15) -> None:
        self.on.time.moment += seconds
        await self.watch.look()
        await self.courier.round()


async def test_nothing_is_told_where_all_is_well(watched: MakeWatched, receiver: Receiver) -> None:
    async with watched({"ops": webhook(receiver.url)}) as on:
        stage = Stage(on)
        for number in range(30):
            await on.ended(number, Outcome.SYNCED)
        for _ in range(3):
            await stage.step()
        assert receiver.received == []
        assert await on.value("SELECT count(*) FROM incident") == 0


async def test_a_system_that_is_down_is_told_once_and_when_it_is_back(watched: MakeWatched, receiver: Receiver) -> None:
    async with watched({"ops": webhook(receiver.url)}) as on:
        stage = Stage(on)
        on.shares.zuora.circuit.state = is_down(minutes=0.5)
        await stage.step()
        assert said(receiver) == []
        on.shares.zuora.circuit.state = is_down()
        for _ in range(3):
            await stage.step()
        assert said(receiver) == [("upstream_down", "began")]
        assert receiver.received[0].document["title"] == "Zuora is down"
        on.shares.zuora.circuit.state = UP
        for _ in range(3):
            await stage.step()
        assert said(receiver) == [("upstream_down", "began"), ("upstream_down", "over")]
        assert await on.value("SELECT count(*) FROM incident WHERE NOT settled") == 0


async def test_what_goes_on_is_told_again_after_a_day(watched: MakeWatched, receiver: Receiver) -> None:
    async with watched({"ops": webhook(receiver.url)}) as on:
        stage = Stage(on)
        on.shares.zuora.circuit.state = is_down()
        await stage.step()
        await on.value(
            "UPDATE incident SET told = jsonb_set(told, '{ops,at}', to_jsonb((now() - interval '25 hours')::text))"
        )
        await stage.step()
        await stage.step()
        assert [one.document["phase"] for one in receiver.received] == ["began", "reminder"]
        assert receiver.received[1].document["id"].endswith("-reminder-1")


async def test_records_are_gathered_and_told_together(watched: MakeWatched, receiver: Receiver) -> None:
    async with watched({"ops": webhook(receiver.url)}, failure_least=1000) as on:
        stage = Stage(on)
        for number in range(12):
            await on.ended(number, Outcome.HELD if number % 3 else Outcome.FAILED, f"CPQ-40{number % 2 + 3}")
        await stage.step()
        await stage.step(30)
        assert receiver.received == []
        await stage.step(31)
        [one] = receiver.received
        document = one.document
        assert document["title"] == "4 records failed and 8 records are held"
        groups = {(group["outcome"], group["code"]): group["records"] for group in document["detail"]["groups"]}
        assert groups == {
            ("failed", "CPQ-403"): 2,
            ("failed", "CPQ-404"): 2,
            ("held", "CPQ-403"): 4,
            ("held", "CPQ-404"): 4,
        }
        assert document["items"][0]["lines"][0] == "Order 00000000, Order 00000006"
        # at most one message in a quarter of an hour, and nothing twice
        await on.ended(50, Outcome.FAILED)
        for _ in range(3):
            await stage.step(61)
        assert len(receiver.received) == 1
        await on.back(hours=0.3)
        await stage.step(61)
        [_, two] = receiver.received
        assert two.document["title"] == "1 record failed"


async def test_the_same_is_not_told_again_within_a_day_unless_it_was_fine(
    watched: MakeWatched, receiver: Receiver
) -> None:
    async with watched({"ops": webhook(receiver.url)}, gather_seconds=0, every_minutes=1) as on:
        stage = Stage(on)
        await on.ended(1, Outcome.HELD)
        await on.ended(2, Outcome.HELD)
        await stage.step()
        await on.back(hours=12)
        await on.ended(1, Outcome.HELD)  # looked at again, and nothing has changed
        await stage.step(100)
        assert len(receiver.received) == 1
        await on.ended(1, Outcome.HELD, message="another reason")
        await stage.step(100)
        assert receiver.received[1].document["title"] == "1 record is held"
        await on.back(hours=1)
        await on.ended(2, Outcome.SYNCED)
        await stage.step(100)
        await on.ended(2, Outcome.HELD)
        await stage.step(100)
        assert len(receiver.received) == 3
        await on.back(hours=25)
        await stage.step(100)
        assert receiver.received[3].document["title"] == "2 records are held"


async def test_failures_of_many_are_told_as_a_whole(watched: MakeWatched, receiver: Receiver) -> None:
    async with watched({"ops": webhook(receiver.url, kinds=("failure_share",))}) as on:
        stage = Stage(on)
        await history(on, {"synced": 30, "failed": 6})
        await stage.step()
        assert said(receiver) == []
        await history(on, {"held": 4})
        await stage.step()
        assert receiver.received[0].document["title"] == "25 % of the last hour's records failed or are held"
        await history(on, {"synced": 100})
        await stage.step()
        assert said(receiver) == [("failure_share", "began"), ("failure_share", "over")]


async def history(on: Watched, outcomes: dict[str, int], code: str = "CPQ-403", scope: str | None = None) -> None:
    """Write attempts into the history."""
    values = {"scope": scope or on.scope, "code": code}
    run = await on.value(
        "WITH r AS (INSERT INTO cpqbridge.run (scope, command, version, options) VALUES (:scope, 'x', '1', '{}')"
        " RETURNING id) SELECT (TABLE r)",
        scope=on.scope,
    )
    for outcome, count in outcomes.items():
        await on.value(
            "WITH r AS (INSERT INTO cpqbridge.record (run_id, scope, record_key, kind, salesforce_id, attempt, outcome,"
            " code, ended_at) SELECT :run, :scope, 'Order:' || gen_random_uuid(), 'Order', '801', 1, :outcome, :code,"
            " clock_timestamp() FROM(SELECT generate_series(1, :count)) AS g RETURNING id)"
            " SELECT count(*) FROM(TABLE r) AS q",
            run=run,
            outcome=outcome,
            count=count,
            **values,
        )


async def test_what_is_only_to_be_tried_again_is_no_failure(watched: MakeWatched, receiver: Receiver) -> None:
    async with watched({"ops": webhook(receiver.url)}) as on:
        await history(on, {"failed": 50}, code="CPQ-104")
        await history(on, {"failed": 50}, scope="another org > another tenant")
        await Stage(on).step()
        assert receiver.received == []


async def test_the_budget_is_told_when_it_runs_low_and_when_it_is_used_up(
    watched: MakeWatched, receiver: Receiver
) -> None:
    class Budget:
        used = 0

        async def read(self) -> Grant:
            return Grant(0, 0, self.used, 1000)

    async with watched({"ops": webhook(receiver.url)}) as on:
        stage, budget = Stage(on), Budget()
        on.shares.salesforce.budget = budget
        for used in (700, 850, 1000, 960, 850, 600):
            budget.used = used
            await stage.step()
        titles = [(one.document["phase"], one.document["title"]) for one in receiver.received]
        name = "the daily budget of Salesforce calls"
        assert titles == [
            ("began", f"{name} is used to 85 %"),
            ("began", f"{name} is used up"),
            ("over", f"{name} has room again"),
            ("over", f"{name} has room again"),
        ]


async def test_each_channel_gets_what_it_is_for(
    watched: MakeWatched, make_receiver: MakeReceiver, mail_server: MailServer
) -> None:
    ops, data, other = make_receiver(), make_receiver(), make_receiver()
    channels = {
        "ops": webhook(ops.url, kinds=("upstream_down",)),
        "data": webhook(data.url, kinds=("records",)),
        "other": webhook(other.url, connections=("eu",)),
    }
    async with watched(channels, gather_seconds=0) as on:
        more = {
            "mail": MailSettings(host="localhost", port=mail_server.port),
            "options": Options(customer_alert_email="ada@example.com"),
        }
        stage = Stage(replace(on, settings=on.settings.model_copy(update=more)))
        await on.ended(1, Outcome.HELD)
        await stage.step()
        on.shares.salesforce.circuit.state = is_down()
        await stage.step()
        assert said(ops) == [("upstream_down", "began")]
        assert said(data) == [("records", "began")]
        assert other.received == []
        [message] = mail_server.messages
        assert message["Subject"] == "cpqbridge (default): 1 record is held"
        assert await on.value("SELECT count(*) FROM incident WHERE settled") == 1


async def test_a_channel_that_is_away_gets_it_later_under_the_same_id(
    watched: MakeWatched, make_receiver: MakeReceiver
) -> None:
    good, bad = make_receiver(), make_receiver()
    bad.answer = status(500)
    async with watched({"good": webhook(good.url), "bad": webhook(bad.url)}) as on:
        stage = Stage(on)
        on.shares.zuora.circuit.state = is_down()
        for _ in range(3):
            await stage.step()
        assert (len(good.received), len(bad.received)) == (1, 1)  # it is left alone for a while
        await retry_now(on, "bad")
        bad.answer = saying(b"HTTP/1.1 204 No\r\n\r\n")
        await stage.step()
        await stage.step()
        assert len(good.received) == 1
        assert len({one.headers["cpqbridge-id"] for one in bad.received}) == 1
        assert [one.document["phase"] for one in bad.received] == ["began", "began"]


async def retry_now(on: Watched, channel: str) -> None:
    await on.value("UPDATE incident SET told = told #- CAST(:path AS text[])", path=[channel, "retry_at"])


async def test_who_never_heard_of_it_does_not_hear_that_it_is_over(watched: MakeWatched, receiver: Receiver) -> None:
    async with watched({"ops": webhook(receiver.url)}) as on:
        stage = Stage(on)
        receiver.answer = status(404)
        on.shares.zuora.circuit.state = is_down()
        await stage.step()
        receiver.answer = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        on.shares.zuora.circuit.state = UP
        await retry_now(on, "ops")
        await stage.step()
        await stage.step()
        assert said(receiver) == [("upstream_down", "began")]
        assert await on.value("SELECT count(*) FROM incident WHERE NOT settled") == 0


async def test_a_process_that_dies_over_a_delivery_leaves_it_to_the_next_one(
    watched: MakeWatched, receiver: Receiver
) -> None:
    """The receiver has it, the process dies before it could note that: it is sent again under the same id."""
    arrived = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def hold(_received: Received) -> Any:
        loop.call_soon_threadsafe(arrived.set)
        await asyncio.sleep(60)
        yield b""

    async with watched({"ops": webhook(receiver.url)}) as on:
        on.shares.zuora.circuit.state = is_down()
        receiver.answer = hold
        first = Stage(on)
        dying = asyncio.ensure_future(first.step())
        async with asyncio.timeout(20):
            await arrived.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        receiver.answer = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        second = Stage(on)
        await second.step()
        await second.step()
        assert said(receiver) == [("upstream_down", "began")] * 2
        assert len({one.document["id"] for one in receiver.received}) == 1


async def test_a_fault_in_one_channel_stops_nothing(
    watched: MakeWatched, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cpqbridge.alerts import forms

    def broken(_notice: Any) -> Any:
        raise KeyError("secret-value")

    monkeypatch.setattr(forms, "slack", broken)
    channels = {"ops": webhook(receiver.url), "chat": Channel(kind="slack", url=webhook(receiver.url).url)}
    async with watched(channels) as on:
        on.shares.zuora.circuit.state = is_down()
        await Stage(on).step()
        assert said(receiver) == [("upstream_down", "began")]
        told = await on.value("SELECT told -> 'chat' ->> 'message' FROM incident")
        assert told == "KeyError in the delivery"
