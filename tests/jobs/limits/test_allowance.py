"""The arithmetic of the daily budget: never more calls in any 24 hours, whatever crashes and whenever it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.jobs.limits.allowance import COUNTED, Taken, budget_of, grant, hour_of, last_allocation
from cpqbridge.settings.limits import SalesforceLimits
from cpqbridge.transport.lanes import BACKFILL

NOW = datetime(2026, 11, 22, 10, 20, tzinfo=UTC)


def at(hours: float, calls: int, allocation: int | None = None) -> Taken:
    return Taken(hour_of(NOW - timedelta(hours=hours)), calls, allocation)


@pytest.mark.parametrize(
    ("taken", "wanted", "calls", "used"),
    [
        ([], 25, 25, 25),
        ([at(3, 30)], 25, 17, 47),
        ([at(3, 98)], 25, 1, 99),
        ([at(3, 100)], 25, 0, 100),
        ([at(3, 150)], 25, 0, 150),
        ([at(24, 60), at(25, 99), at(30, 500)], 25, 10, 70),
    ],
)
def test_parcels(taken: list[Taken], wanted: int, calls: int, used: int) -> None:
    given_now = grant(taken, NOW, 100, wanted)
    assert (given_now.calls, given_now.used, given_now.budget) == (calls, used, 100)


def test_a_parcel_is_good_until_the_end_of_the_hour_in_which_it_is_counted() -> None:
    assert grant([], NOW, 100, 25).seconds == 40 * 60
    odd = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert hour_of(odd) == hour_of(NOW)


@pytest.mark.parametrize(
    ("taken", "hours"),
    [
        ([at(20, 100)], 20),
        ([at(20, 1), at(2, 99)], 20),
        ([at(20, 10), at(2, 140)], 2),
        ([at(22, 10), at(21, 40), at(2, 100)], 2),
        ([at(22, 10), at(21, 41), at(2, 99)], 21),
    ],
)
def test_a_refusal_says_when_enough_calls_are_old(taken: list[Taken], hours: int) -> None:
    refused = grant(taken, NOW, 100, 5)
    again = NOW + timedelta(seconds=refused.seconds)
    assert again == hour_of(NOW - timedelta(hours=hours)) + COUNTED
    assert grant(taken, again - timedelta(seconds=1), 100, 5).calls == 0
    assert grant(taken, again, 100, 5).calls > 0


@pytest.mark.parametrize(
    ("limits", "allocation", "live", "backfill"),
    [
        (SalesforceLimits(), 100_000, 50_000, 35_000),
        (SalesforceLimits(), None, 500, 350),
        (SalesforceLimits(daily_calls=80), 100_000, 80, 56),
        (SalesforceLimits(daily_calls=80), None, 80, 56),
        (SalesforceLimits(daily_share=0.1, backfill_share=0.5), 15_000, 1_500, 750),
    ],
)
def test_budgets(limits: SalesforceLimits, allocation: int | None, live: int, backfill: int) -> None:
    assert budget_of(limits, allocation) == live
    assert budget_of(limits, allocation, BACKFILL) == backfill


def test_what_the_org_said_last_holds() -> None:
    assert last_allocation([at(3, 5, 15_000), at(1, 5, 20_000), at(0, 5)]) == 20_000
    assert last_allocation([at(3, 5)]) is None


@given(
    budget=st.integers(1, 60),
    steps=st.lists(st.tuples(st.integers(0, 400), st.integers(1, 25), st.floats(0, 1), st.floats(0, 1)), max_size=120),
)
def test_no_24_hours_hold_more_calls_than_the_budget(budget: int, steps: list[tuple[int, int, float, float]]) -> None:
    """Parcels are asked for at any times; of each, some calls are made at any time while it is good, the rest lost."""
    now, table, made = NOW, [], []
    for minutes, wanted, part, when in steps:
        now += timedelta(minutes=minutes)
        got = grant(table, now, budget, wanted)
        if not got.calls:
            assert grant(table, now + timedelta(seconds=got.seconds), budget, wanted).calls
            continue
        table.append(Taken(hour_of(now), got.calls))
        made += [now + timedelta(seconds=got.seconds * when)] * round(got.calls * part)
    for first in made:
        assert sum(first <= one < first + timedelta(hours=24) for one in made) <= budget
