"""When a channel is told: once, again after a while, at the end; and never twice of the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.alerts.notice import Phase
from cpqbridge.alerts.telling import LATEST, PAUSES, Incident, Told, is_time, next_phase, notice_id

T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
BEGAN, REMINDER, OVER = Phase.BEGAN, Phase.REMINDER, Phase.OVER


def incident(ended: datetime | None = None, kind: str = "upstream_down") -> Incident:
    return Incident(7, kind, "Zuora", {}, T0, ended, {})


def after(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("told", "ended", "now", "expected"),
    [
        (Told(), None, 0, BEGAN),
        (Told(BEGAN, T0), None, 23.9, None),
        (Told(BEGAN, T0), None, 24, REMINDER),
        (Told(REMINDER, after(24), 1), None, 47, None),
        (Told(REMINDER, after(24), 1), None, 48, REMINDER),
        (Told(BEGAN, T0), after(1), 1, OVER),
        (Told(OVER, after(1)), after(1), 30, None),
        (Told(), after(1), 1, None),  # nobody knew, nobody needs to know
        (Told(doubtful=True), after(1), 1, OVER),  # somebody may know
        (Told(doubtful=True), None, 1, BEGAN),
        (Told(attempts=3), after(1), 2, None),
        (Told(BEGAN, T0), after(1), 1 + LATEST / timedelta(hours=1) + 1, None),
    ],
)
def test_what_a_channel_is_told_next(told: Told, ended: datetime | None, now: float, expected: Phase | None) -> None:
    assert next_phase(incident(ended), told, after(now), DAY) is expected


def test_news_are_told_once_although_they_are_over() -> None:
    news = incident(T0, "records")
    assert next_phase(news, Told(), after(1), DAY) is BEGAN
    assert next_phase(news, Told(doubtful=True, attempts=2), after(1), DAY) is BEGAN
    assert next_phase(news, Told(BEGAN, T0), after(30), DAY) is None
    assert next_phase(news, Told(), T0 + LATEST + DAY, DAY) is None


def test_failed_attempts_are_repeated_after_growing_pauses_under_the_same_id() -> None:
    told, ids, now = Told(), set(), T0
    for pause in (*PAUSES, PAUSES[-1]):
        ids.add(notice_id("p", incident(), told, BEGAN))
        told = told.begun().failed(now, "no", doubtful=False)
        assert told.retry_at == now + timedelta(seconds=pause)
        assert not is_time(told, now + timedelta(seconds=pause - 1))
        now = told.retry_at
        assert is_time(told, now)
    assert ids == {"p-7-began"}
    assert told.delivered(BEGAN, now) == Told(BEGAN, now)


def test_each_reminder_has_an_id_of_its_own() -> None:
    told = Told(BEGAN, T0)
    ids = []
    for _ in range(3):
        ids.append(notice_id("p", incident(), told, REMINDER))
        told = told.failed(T0, "no", doubtful=False).delivered(REMINDER, T0)
    assert ids == ["p-7-reminder-1", "p-7-reminder-2", "p-7-reminder-3"]


times = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


@given(
    phase=st.none() | st.sampled_from(Phase),
    at=st.none() | times,
    reminders=st.integers(0, 5),
    doubtful=st.booleans(),
    attempts=st.integers(0, 9),
    retry_at=st.none() | times,
    message=st.none() | st.text(min_size=1),
)
def test_what_was_told_survives_the_database(**values) -> None:
    told = Told(**values)
    assert Told.of(told.document()) == told


STEPS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["taken", "refused", "lost", "crash"])), max_size=40)


@given(steps=STEPS, ends=st.none() | st.integers(0, 400), remind=st.integers(1, 48))
def test_nobody_is_told_twice_within_the_time_and_of_the_end_whoever_was_told(
    steps: list[tuple[int, str]], ends: int | None, remind: int
) -> None:
    """A channel that takes, refuses, or takes without saying so; and a process that dies after the sending."""
    told, now, got = Told(), T0, list[tuple[datetime, str, Phase]]()
    ended = None if ends is None else after(ends)
    for hours, how in steps:
        now += timedelta(hours=hours)
        one = incident(ended if ended and ended <= now else None)
        phase = next_phase(one, told, now, timedelta(hours=remind))
        if phase is None or not is_time(told, now):
            continue
        identity = notice_id("p", one, told, phase)
        before, told = told, told.begun()
        if how != "refused":
            got.append((now, identity, phase))
        if how == "taken":
            told = told.delivered(phase, now)
        elif how != "crash":
            told = told.failed(now, how, doubtful=before.doubtful or how == "lost")
    first = {identity: at for at, identity, _ in reversed(got)}
    moments = sorted(at for identity, at in first.items() if not identity.endswith("over"))
    assert all(b - a >= timedelta(hours=remind) for a, b in pairwise(moments))
    overs = [at for at, _, phase in got if phase is OVER]
    assert not overs or got[0][2] is BEGAN  # nobody hears the end of what they never heard of
    assert all(phase is OVER for at, _, phase in got if ended and at >= ended)
    if ended and got and not overs and now <= ended + LATEST:
        last = incident(ended)
        assert now < ended or next_phase(last, told, now, timedelta(hours=remind)) is OVER  # it is still to come
