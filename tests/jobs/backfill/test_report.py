"""The report of a back-fill adds up, whatever comes in whatever order; and the rate that it is done at."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cpqbridge.errors import ERRORS
from cpqbridge.jobs.backfill.report import EXAMPLES, WINDOW, WORST_FIRST, Group, Pace, Report, Tally

RECORDS = some.lists(
    some.tuples(
        some.sampled_from(WORST_FIRST),
        some.sampled_from([None, "CPQ-403", "CPQ-451", "CPQ-502"]),
        some.integers(0, 10**8).map(str),
    )
)


@given(RECORDS)
def test_it_adds_up(records: list[tuple[str, str | None, str]]) -> None:
    tally = Tally()
    for record in records:
        tally.add(*record)
    report = tally.report()
    assert report.records == len(records)
    assert report.outcomes == Counter(outcome for outcome, _, _ in records)
    places = [WORST_FIRST.index(group.outcome) for group in report.groups]
    assert places == sorted(places), "the worst comes first"
    assert list(report.outcomes) == sorted(report.outcomes, key=WORST_FIRST.index)
    for group in report.groups:
        its = [number for outcome, code, number in records if (outcome, code) == (group.outcome, group.code)]
        assert group.records == len(its)
        assert group.examples == tuple(its[:EXAMPLES])


@given(RECORDS, some.randoms())
def test_the_order_of_groups_does_not_matter(records: list[tuple[str, str | None, str]], random) -> None:
    groups = [Group(outcome, code, 1, ()) for outcome, code in {record[:2] for record in records}]
    shuffled = random.sample(groups, len(groups))
    assert Report.of(shuffled) == Report.of(groups)


def test_a_reason_has_the_words_of_the_catalogue() -> None:
    group = Group("held", "CPQ-403", 2, ("1", "2"))
    assert (group.title, group.remedy) == (ERRORS["CPQ-403"].title, ERRORS["CPQ-403"].remedy)
    assert Group("synced", None, 1, ()).as_dict()["remedy"] == ""


def test_the_rate_is_that_of_the_last_minute() -> None:
    pace = Pace()
    assert (pace.rate, pace.left(10)) == (0.0, None)
    for second in range(300):
        pace.at(second, second * 5 if second < 100 else 500 + (second - 100) * 20)
    assert pace.rate == pytest.approx(20)
    assert pace.left(400) == pytest.approx(20)


@given(some.lists(some.tuples(some.floats(0, 100), some.integers(0, 1000))))
def test_the_window_stays_small_and_the_rate_is_never_negative(steps: list[tuple[float, int]]) -> None:
    pace, now, done = Pace(), 0.0, 0
    for pause, more in steps:
        now, done = now + pause, done + more
        pace.at(now, done)
        assert pace.rate >= 0
        assert len(pace._seen) < 3 or pace._seen[1][0] > now - WINDOW
