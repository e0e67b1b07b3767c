"""What facts mean, case by case, and how incidents follow them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.alerts.notice import Phase
from cpqbridge.alerts.telling import Incident
from cpqbridge.jobs.watch.conditions import Condition, Down, Facts, Standing, changes, judge
from cpqbridge.jobs.watch.words import notice
from cpqbridge.settings.alerts import KINDS, AlertSettings

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SETTINGS = AlertSettings()


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def down(minutes: float, system: str = "Zuora") -> list[Down]:
    return [Down(system, ago(minutes), "it does not answer", "Nothing.")]


def facts(**more: Any) -> Facts:
    return replace(Facts(NOW, ago(1000)), **more)


def holds(kind: str, **more: Any) -> dict[str, bool | None]:
    return {one.key: one.holds for one in judge(facts(**more), SETTINGS) if one.kind == kind}


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("upstream_down", {}, {"Salesforce": False, "Zuora": False}),
        ("upstream_down", {"down": down(0.5)}, {"Salesforce": False, "Zuora": None}),
        ("upstream_down", {"down": down(1.1)}, {"Salesforce": False, "Zuora": True}),
        ("upstream_down", {"down": down(1.1, "Salesforce")}, {"Salesforce": True, "Zuora": False}),
        ("queue_age", {}, {"live": False}),
        ("queue_age", {"oldest_due": ago(14)}, {"live": None}),
        ("queue_age", {"oldest_due": ago(15)}, {"live": True}),
        ("queue_age", {"oldest_due": ago(7)}, {"live": False}),
        ("queue_age", {"oldest_due": ago(60), "clear_since": ago(1)}, {"live": False}),
        ("queue_age", {"oldest_due": ago(60), "clear_since": None}, {"live": None}),
        ("failure_share", {"records": 9, "troubles": 9}, {"hour": False}),
        ("failure_share", {"records": 10, "troubles": 2}, {"hour": True}),
        ("failure_share", {"records": 100, "troubles": 19}, {"hour": None}),
        ("failure_share", {"records": 100, "troubles": 9}, {"hour": False}),
        ("failure_share", {}, {"hour": False}),
        ("not_read", {}, {}),
        ("not_read", {"read_at": ago(1)}, {"poll": False}),
        ("not_read", {"read_at": ago(10)}, {"poll": None}),
        ("not_read", {"read_at": ago(15)}, {"poll": True}),
        ("not_read", {"read_at": ago(999), "clear_since": ago(2)}, {"poll": False}),
        ("not_read", {"read_at": ago(999), "clear_since": None}, {"poll": None}),
        ("budget_low", {}, {}),
        ("budget_low", {"budget": (100, 1000)}, {"nearly used up": False, "used up": False}),
        ("budget_low", {"budget": (799, 1000)}, {"nearly used up": None, "used up": False}),
        ("budget_low", {"budget": (800, 1000)}, {"nearly used up": True, "used up": False}),
        ("budget_low", {"budget": (950, 1000)}, {"nearly used up": True, "used up": None}),
        ("budget_low", {"budget": (1000, 1000)}, {"nearly used up": None, "used up": True}),
        ("write_back", {}, {}),
        ("write_back", {"given_up": 0}, {"given up": False}),
        ("write_back", {"given_up": 1}, {"given up": True}),
        ("events_lost", {}, {"events": False}),
        ("events_lost", {"heard": {"/data/OrderChangeEvent": ago(4)}}, {"events": False}),
        ("events_lost", {"heard": {"/a": ago(4), "/b": ago(10)}}, {"events": None}),
        ("events_lost", {"heard": {"/a": ago(4), "/b": ago(15)}}, {"events": True}),
        ("events_lost", {"heard": {"/b": ago(99)}, "clear_since": ago(3)}, {"events": False}),
        ("events_lost", {"heard": {"/b": ago(99)}, "clear_since": None}, {"events": None}),
    ],
)
def test_what_facts_mean(kind: str, more: dict[str, Any], expected: dict[str, bool | None]) -> None:
    assert holds(kind, **more) == expected


def test_only_the_silent_streams_are_named() -> None:
    [one] = [one for one in judge(facts(heard={"/a": ago(4), "/b": ago(15)}), SETTINGS) if one.kind == "events_lost"]
    assert one.detail == {"topics": ["/b"]}


def test_what_has_begun_goes_on_until_it_is_over() -> None:
    first = [Condition("queue_age", "live", holds=True, detail={"minutes": 15})]
    assert changes([], first).begun == first
    standing = [Standing(1, "queue_age", "live", {"minutes": 15})]
    assert changes(standing, first) == changes([], [])
    later = replace(first[0], detail={"minutes": 16})
    assert changes(standing, [later]).changed == [Standing(1, "queue_age", "live", {"minutes": 16})]
    between = replace(first[0], holds=None)
    assert changes(standing, [between]) == changes([], [between]) == changes([], [])
    assert changes(standing, [replace(first[0], holds=False)]).ended == standing


def test_what_is_not_watched_any_more_is_over() -> None:
    standing = [Standing(1, "write_back", "given up", {})]
    assert changes(standing, judge(facts(), SETTINGS)).ended == standing


seconds = st.integers(0, 3 * 86_400)
moments = seconds.map(lambda long: NOW - timedelta(seconds=long))


@given(
    clear_since=st.none() | moments,
    oldest_due=st.none() | moments,
    read_at=st.none() | moments,
    counts=st.tuples(st.integers(0, 5000), st.integers(0, 5000)).map(sorted),
    budget=st.none() | st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    given_up=st.none() | st.integers(0, 10**6),
    down=st.lists(moments, max_size=2),
    heard=st.dictionaries(st.text(max_size=9), moments, max_size=3),
)
def test_whatever_the_facts_each_thing_is_judged_once_and_can_be_said(counts, down, **more: Any) -> None:
    systems = [Down(name, at, "why", "what") for name, at in zip(("Salesforce", "Zuora"), down, strict=False)]
    judged = judge(facts(troubles=counts[0], records=counts[1], down=systems, **more), SETTINGS)
    assert len({(one.kind, one.key) for one in judged}) == len(judged)
    for number, one in enumerate(one for one in judged if one.holds):
        incident = Incident(number, one.kind, one.key, one.detail, NOW, None, {})
        for phase in (Phase.BEGAN, Phase.REMINDER, Phase.OVER):
            said = notice(incident, phase, "id", "eu", "https://org.example")
            assert said.title
            assert "{" not in said.title


def test_every_kind_has_words() -> None:
    details: dict[str, dict[str, Any]] = {
        "records": {"records": 3, "groups": [GROUP]},
        "failure_share": {"records": 10, "troubles": 3},
        "queue_age": {"minutes": 20},
        "not_read": {"minutes": 20},
        "upstream_down": {"system": "Zuora", "cause": "It does not answer", "remedy": "Nothing."},
        "budget_low": {"used": 100, "budget": 100},
        "write_back": {"records": 1, "message": "no right"},
        "events_lost": {"topics": ["/data/OrderChangeEvent"]},
    }
    assert set(details) == set(KINDS)
    said = {
        kind: notice(
            Incident(1, kind, "", detail, ago(30), NOW, {}), Phase.BEGAN, "id", "eu", "https://o.example"
        ).title
        for kind, detail in details.items()
    }
    assert said == {
        "records": "3 records are held",
        "failure_share": "30 % of the last hour's records failed or are held",
        "queue_age": "a changed record has been waiting for its turn for 20 minutes",
        "not_read": "Salesforce has not been read for changes for 20 minutes",
        "upstream_down": "Zuora is down",
        "budget_low": "the daily budget of Salesforce calls is used up",
        "write_back": "the outcome of 1 record could not be written back to Salesforce",
        "events_lost": "Salesforce's events do not come in any more",
    }
    over = notice(
        Incident(1, "upstream_down", "Zuora", details["upstream_down"], ago(30), NOW, {}), Phase.OVER, "id", "eu", "x"
    )
    assert (over.title, over.lines) == ("Zuora is back", ["It went on for 30 minutes."])


@pytest.mark.parametrize(
    ("minutes", "lasted"), [(0.2, "1 minute"), (1, "1 minute"), (2, "2 minutes"), (150, "2 hours")]
)
def test_how_long_it_went_on(minutes: float, lasted: str) -> None:
    incident = Incident(1, "events_lost", "", {"topics": []}, NOW - timedelta(minutes=minutes), NOW, {})
    assert notice(incident, Phase.OVER, "id", "eu", "x").lines == [f"It went on for {lasted}."]


def test_the_cause_begins_a_sentence() -> None:
    detail = {"system": "Zuora", "cause": "its gateway answers in its place", "remedy": "Look at its status page."}
    said = notice(Incident(1, "upstream_down", "Zuora", detail, NOW, None, {}), Phase.BEGAN, "id", "eu", "x")
    assert said.lines[0] == "Its gateway answers in its place. Look at its status page."


GROUP = {
    "outcome": "held",
    "code": "CPQ-403",
    "records": 3,
    "examples": [{"object": "Order", "id": "801A", "number": "00000105", "message": "No address; password=hunter22"}],
}


def test_records_are_listed_by_reason_without_secrets() -> None:
    incident = Incident(1, "records", "news", {"records": 3, "groups": [GROUP]}, NOW, NOW, {})
    [item] = notice(incident, Phase.BEGAN, "id", "eu", "https://acme.my.salesforce.com").items
    assert item.title == "3 held: CPQ-403 The account has no billing address"
    assert item.lines[0] == "Order 00000105 and 2 more"
    assert item.lines[1] == "No address; password=[redacted]"
    assert item.link == "https://acme.my.salesforce.com/801A"
    [item] = notice(incident, Phase.BEGAN, "id", "eu", "https://login.salesforce.com").items
    assert item.link is None
