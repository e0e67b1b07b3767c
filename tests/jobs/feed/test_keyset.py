"""Every change is made due, whatever the order in which changes become visible, and whenever the poll is killed."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from cpqbridge.jobs.feed import position, sighted, tracks
from cpqbridge.jobs.feed.position import Key, Position, after, stamp_of
from cpqbridge.jobs.feed.tracks import Track

OVERLAP = 40
"""Seconds that a change takes at most until it can be read."""
ROWS = 2
QUARTERS = 4
"""The clock of these tests counts quarters of a second; stamps are whole seconds."""


@dataclass(frozen=True)
class Change:
    record: str
    stamp: str
    visible: int


def at(quarters: int) -> str:
    """Return the stamp of a moment: its second."""
    minutes, seconds = divmod(quarters // QUARTERS, 60)
    return f"2026-03-10T{12 + minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}.000Z"


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Changes of a few records; a record is changed again only after the change before can be read (row locks)."""
    changes = []
    for record in "abcdef":
        moment, previous = 0, None
        for _ in range(draw(st.integers(0, 4))):
            moment += draw(st.one_of(st.integers(0, 3), st.integers(0, 120 * QUARTERS)))
            longest = (sighted.SETTLED - 1 if at(moment) == previous else OVERLAP) * QUARTERS
            wait = draw(st.one_of(st.just(0), st.integers(0, longest)))
            previous = at(moment)
            changes.append(Change(record, previous, moment + wait))
            moment += wait
    return changes


@dataclass
class Org:
    changes: list[Change]

    def rows(self, since: Key, now: int) -> list[Key]:
        latest: dict[str, Change] = {}
        for change in self.changes:
            if change.visible <= now:
                latest[change.record] = change
        keys = [Key(change.stamp, change.record) for change in latest.values()]
        first = (lambda key: key > since) if since.id else (lambda key: key.stamp >= since.stamp)
        return sorted(filter(first, keys))[:ROWS]


class Feed:
    """Reads as the poll does; remembers when each record was made due."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.kept = Position.first(at(0)).document()
        self.due: list[tuple[str, int]] = []
        self.restart()

    def restart(self) -> None:
        assert isinstance(self.kept, dict)
        self.track = Track(Position.of(self.kept))

    def page(self, now: int, lag: int, *, dies: str) -> bool:
        """Read a page; returns whether there are more."""
        moment = at(max(0, now - lag))
        begun = self.track.begin(moment, now / QUARTERS, OVERLAP, whole=False)
        assert begun.at is not None
        keys = self.org.rows(begun.at, now)
        news = self.track.sighted.news(keys, moment)
        moved = begun.read(max(keys, default=None), more=len(keys) == ROWS, overlap=OVERLAP)
        if dies == "before storing":
            self.restart()
            return True
        self.due += [(name, now) for name in news]
        self.kept = moved.document()
        self.track.move(moved, news, 0, now / QUARTERS)
        if dies == "after storing":
            self.restart()
        return self.track.under_way


@settings(max_examples=150)
@given(
    histories(),
    st.lists(
        st.tuples(
            st.integers(1, 90 * QUARTERS),
            st.integers(0, 3 * QUARTERS),
            st.sampled_from(["", "", "", "", "before storing", "after storing"]),
        ),
        max_size=25,
    ),
    st.integers(0, 12),
)
def test_every_change_is_made_due(changes: list[Change], polls: list[tuple[int, int, str]], pause: int) -> None:
    feed, now = Feed(Org(changes)), 0
    last = max((change.visible for change in changes), default=0)
    quiet = [(45 * QUARTERS, 0, "")] * 8
    with patch.object(tracks, "CALM", 2), patch.object(position, "BRIEF", 5):
        for wait, lag, dies in (*polls, (last + 1, 0, ""), *quiet):
            now += wait
            death = dies
            while feed.page(now, lag, dies=death):
                now, death = now + pause, ""
        for change in changes:
            assert any(name == change.record and when >= change.visible for name, when in feed.due), change
        before = len(feed.due)
        now += 45 * QUARTERS
        while feed.page(now, 0, dies=""):
            now += pause
        assert len(feed.due) == before, "what has come to rest is not looked at for ever"


def test_a_mass_update_is_not_read_again_and_again() -> None:
    """After many changes, readings within the overlap are brief; one in each overlap is whole."""
    names = [f"{number:03d}" for number in range(40)]
    feed = Feed(Org([Change(name, at(4 * (5 + int(name))), 4 * (5 + int(name))) for name in names]))
    pages = []
    with patch.object(tracks, "CALM", 10):
        for now in range(4 * 46, 4 * 120, 4 * 5):
            read = 1
            while feed.page(now, 0, dies=""):
                read += 1
            pages.append(read)
    assert pages[0] == 21, "all forty, two a page"
    assert max(pages[1:7]) <= 16, "the last thirty seconds"
    assert pages[-1] == 1
    assert {name for name, _ in feed.due} == set(names)


def test_what_is_committed_late_between_brief_readings_is_found() -> None:
    seconds = QUARTERS
    early = [Change(name, at(second * seconds), second * seconds) for name, second in (("a", 97), ("b", 98), ("c", 99))]
    feed = Feed(Org([*early, Change("z", at(62 * seconds), 101 * seconds)]))
    with patch.object(tracks, "CALM", 2):
        for second in (100, 110, 141):
            while feed.page(second * seconds, 0, dies=""):
                pass
            assert ("z" in dict(feed.due)) == (second == 141)


def test_positions_are_kept_as_they_are() -> None:
    there = Position(
        "2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z", Key("2026-01-02T00:00:00.000Z", "801"), "x"
    )
    assert Position.of(there.document()) == there


def test_conditions() -> None:
    assert after(Key("2026-01-01T00:00:00.000Z")) == "SystemModstamp >= 2026-01-01T00:00:00.000Z"
    assert after(Key("2026-01-01T00:00:00.000Z", "801x")) == (
        "SystemModstamp >= 2026-01-01T00:00:00.000Z AND (SystemModstamp > 2026-01-01T00:00:00.000Z OR Id > '801x')"
    )


def test_stamps_of_all_forms_are_alike() -> None:
    assert stamp_of("2026-01-31T12:00:00.120+0000") == "2026-01-31T12:00:00.120Z"
    assert stamp_of("2026-01-31T13:00:00.120+0100") == "2026-01-31T12:00:00.120Z"


def test_a_clock_that_was_set_back_loses_nothing() -> None:
    ahead = Position("2026-01-01T12:10:00.000Z", "2026-01-01T12:05:00.000Z")
    sound = ahead.not_after("2026-01-01T12:06:00.000Z", 300)
    assert sound == Position("2026-01-01T12:00:00.000Z", "2026-01-01T12:00:00.000Z")
    assert sound.not_after("2026-01-01T12:06:00.000Z", 300) is sound


def test_what_was_seen_is_bounded() -> None:
    with patch.object(sighted, "MOST", 3):
        seen = sighted.Sighted()
        for name in "abcde":
            seen.remember({name: sighted.Sight(at(0), settled=True)})
        assert len(seen) == 3
        assert set(seen.news([Key(at(0), name) for name in "abcde"], at(1000))) == {"a", "b"}


def test_a_record_seen_within_its_second_is_looked_at_once_more() -> None:
    """Its stamp would be the same if it were changed again in that second."""
    seen, key = sighted.Sighted(), Key(at(400), "a")
    first = seen.news([key], at(402))
    assert first["a"].settled is False
    seen.remember(first)
    assert seen.news([key], at(404)) == {}
    later = seen.news([key], at(400 + QUARTERS * (sighted.SETTLED + 1)))
    assert later["a"].settled is True
    seen.remember(later)
    assert seen.news([key], at(1000)) == {}


def test_a_stamp_with_milliseconds_is_never_given_twice() -> None:
    seen = sighted.Sighted()
    assert seen.news([Key("2026-03-10T12:00:00.120Z", "a")], "2026-03-10T12:00:00.000Z")["a"].settled is True
