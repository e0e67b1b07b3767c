"""What is asked for becomes SOQL conditions, and comes back from the database as it was."""

from __future__ import annotations

from datetime import date

import pytest

from cpqbridge.jobs.backfill.asked import Asked, after, count, whole

ACCOUNT = "001gK0000000001QAA"
ALL = Asked(since=date(2026, 1, 1), where="Name = 'a' OR Name = 'b'", accounts=(ACCOUNT,), limit=3, rule="Type = 'New'")


def test_everything_must_hold() -> None:
    [part] = ALL.parts()
    assert part.where == (
        "(StatusCode = 'Activated') AND (EffectiveDate >= 2026-01-01) AND "
        f"(AccountId IN ('{ACCOUNT}')) AND (Name = 'a' OR Name = 'b') AND (Type = 'New')"
    )


def test_named_orders_are_looked_at_in_whatever_status() -> None:
    first, second = Asked(orders=tuple(f"{n:08}" for n in range(201)), rule="Type = 'New'").parts()
    assert first.where.startswith("(OrderNumber IN ('00000000', ")
    assert first.where.endswith(") AND (Type = 'New')")
    assert (len(first.numbers), second.numbers) == (200, ("00000200",))
    assert "StatusCode" not in first.where


def test_many_accounts_are_asked_for_some_hundred_at_a_time() -> None:
    parts = Asked(accounts=tuple(str(n) for n in range(450))).parts()
    assert [part.where.count("',") + 1 for part in parts] == [200, 200, 50]


def test_pages_go_on_behind_the_last_id() -> None:
    [part] = Asked(where="Name != null").parts()
    assert after(part, None, 5).endswith("(Name != null) ORDER BY Id LIMIT 5")
    assert after(part, "801x", 5).endswith("(Name != null) AND Id > '801x' ORDER BY Id LIMIT 5")
    assert whole(part, None).endswith("(Name != null)")
    assert whole(part, 7).endswith(" LIMIT 7")
    assert count(part).startswith("SELECT COUNT() FROM Order WHERE (StatusCode")


@pytest.mark.parametrize("asked", [ALL, Asked(), Asked(orders=("1", "2")), Asked(since=date(2020, 2, 29))])
def test_it_comes_back_as_it_was(asked: Asked) -> None:
    assert Asked.of_dict(asked.as_dict()) == asked


def test_it_is_said_in_words() -> None:
    assert str(ALL) == "starting on or after 2026-01-01, where Name = 'a' OR Name = 'b', of 1 accounts, at most 3"
    assert str(Asked()) == "all"
    assert str(Asked(orders=("1",))) == "1 named"
