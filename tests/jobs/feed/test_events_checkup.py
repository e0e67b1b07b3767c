"""The lines of `cpqbridge doctor` about events."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.jobs.feed.checkup import check_events, check_filters
from cpqbridge.settings.events import TOPICS
from cpqbridge.sync.checkup.finding import Finding, Grade
from cpqbridge.sync.connect import open_clients
from tests.jobs.conftest import Stage


def findings(stage: Stage, *, enabled: bool = True, **events: Any) -> list[Finding]:
    credentials = stage.sandbox.credentials["salesforce"]
    chosen = {"address": stage.sandbox.pubsub_address, "ca_certificate": credentials["pubsub_ca_certificate"], **events}
    settings = stage.settings()
    feed = settings.auto_sync.events.model_copy(update=chosen)
    auto_sync = settings.auto_sync.model_copy(update={"events": feed, "enabled": enabled})
    settings = settings.model_copy(update={"auto_sync": auto_sync})

    async def do() -> list[Finding]:
        async with open_clients(settings) as clients:
            return [one async for one in check_events(settings, clients.salesforce)]

    return asyncio.run(do())


def test_all_topics_may_be_followed(stage: Stage) -> None:
    [found] = findings(stage)
    assert (found.check, found.grade) == ("events", Grade.OK)
    assert all(topic in found.message for topic in TOPICS)
    assert stage.sandbox.org.events.subscribers == 0


def test_a_topic_that_the_org_does_not_have(stage: Stage) -> None:
    found, missing = findings(stage, topics=("/data/OrderChangeEvent", "/event/Absent__e"))
    assert (found.grade, "/event/Absent__e" in found.message) == (Grade.OK, False)
    assert (missing.check, missing.grade) == ("events of /event/Absent__e", Grade.OPTIONAL)
    assert "Change Data Capture" in (missing.remedy or "")
    none, _ = findings(stage, topics=("/event/Absent__e",))
    assert (none.grade, "the poll works alone" in none.message) == (Grade.OPTIONAL, True)


def test_events_that_are_not_used(stage: Stage) -> None:
    said = [findings(stage, mode="off"), findings(stage, address=None), findings(stage, enabled=False)]
    assert [(len(one), one[0].grade) for one in said] == [(1, Grade.OPTIONAL)] * 3
    assert "turned off" in said[0][0].message
    assert "no address is set" in said[1][0].message
    assert "the automatic sync is turned off" in said[2][0].message


def test_what_stands_between(stage: Stage) -> None:
    [closed] = findings(stage, address="127.0.0.1:1")
    assert (closed.grade, closed.code) == (Grade.OPTIONAL, "CPQ-101")
    assert "meanwhile" in closed.message
    [untrusted] = findings(stage, ca_certificate=None)
    assert (untrusted.grade, untrusted.code) == (Grade.PROBLEM, "CPQ-301")


@pytest.mark.parametrize(
    ("conditions", "grades"),
    [({}, []), ({"Order": "Type != 'Internal'"}, [Grade.OK]), ({"Order": "Absent__c = 1"}, [Grade.PROBLEM])],
)
def test_the_conditions_are_read_once(stage: Stage, conditions: dict[str, str], grades: list[Grade]) -> None:
    settings = stage.settings()
    auto_sync = settings.auto_sync.model_copy(update={"conditions": conditions})
    settings = settings.model_copy(update={"auto_sync": auto_sync})

    async def do() -> list[Finding]:
        async with open_clients(settings) as clients:
            return [one async for one in check_filters(settings, clients.salesforce)]

    found = asyncio.run(do())
    assert [(one.check, one.grade) for one in found] == [("conditions", grade) for grade in grades]
    assert all(one.code == "CPQ-301" and "Absent__c" in one.message for one in found if one.grade is Grade.PROBLEM)
