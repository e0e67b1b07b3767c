"""Which order products belong together: whatever one names of another one puts both into the same group."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import groupby

from cpqbridge.settings.options import Options
from cpqbridge.sync.drift.work_file import WorkFile

_NAMED = (
    "SELECT a.n, b.n FROM item a JOIN item b ON b.id = a.revised",
    "SELECT a.n, b.n FROM item a JOIN item b ON b.subscription = a.renewed",
)
"""An order product and one that it revises or renews."""

_TOGETHER = "SELECT n, min(n) OVER (PARTITION BY {0}) FROM item WHERE segment IS NOT NULL"
_ALL_TOGETHER = "SELECT n, min(n) OVER (PARTITION BY {0}) FROM item"

_BATCH = 2_000
"""Order products that are compared together, and written down together."""

LINKED = "linked"


def link_items(work: WorkFile, options: Options) -> None:
    """Write to each order product which group it is in; memory: eight bytes for each order product.

    Groups are at least whole chains: a few more order products in one make no difference to what is found.

    Args:
        work: The work file, with all order products.
        options: Whether products that are sold again go on as one subscription, or join one of their contract.
    """
    if work.mark(LINKED):
        return
    groups = _Groups(int(work.run("SELECT coalesce(max(n), 0) FROM item").fetchone()[0]))
    queries = [*_NAMED, _TOGETHER.format("order_id, segment")]
    queries += [_ALL_TOGETHER.format("order_id, product, start")] if options.price_changes == "in_place" else []
    if options.added_products == "existing_subscription":
        queries.append(f"{_ALL_TOGETHER.format('contract')} WHERE contract IS NOT NULL")
    for query in queries:
        for one, other in work.run(query):
            groups.join(one, other)
    with work.transaction():
        work.run("UPDATE item SET chain = NULL WHERE chain IS NOT NULL")
        work.run_many("UPDATE item SET chain = ? WHERE n = ?", groups.moved())
        work.run("CREATE INDEX IF NOT EXISTS item_chain ON item (coalesce(chain, n))")
        work.set_mark(LINKED, "yes")


class _Groups:
    """Numbers from 1, each in the group of the smallest number that it was joined to."""

    def __init__(self, count: int) -> None:
        self._above = array("q", range(count + 1))

    def root(self, one: int) -> int:
        """Return the smallest number of a group."""
        above = self._above
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    def join(self, one: int, other: int) -> None:
        """Make two groups one."""
        first, second = sorted((self.root(one), self.root(other)))
        self._above[second] = first

    def moved(self) -> Iterator[tuple[int, int]]:
        """Yield the group of each number that is not the first of its own."""
        return ((root, one) for one in range(1, len(self._above)) if (root := self.root(one)) != one)


Group = list[tuple[str, bytes]]
"""Ids and rows of order products that belong together."""


def batches(work: WorkFile, after: int) -> Iterator[tuple[int, list[Group]]]:
    """Yield groups, a few thousand order products at a time, each time with the number of the last group.

    Args:
        work: The work file, linked.
        after: The number of the last group that was compared already.
    """
    group = "coalesce(chain, n)"
    while True:
        sql = f"SELECT {group} FROM item WHERE {group} > ? ORDER BY {group} LIMIT 1 OFFSET ?"  # noqa: S608 - our names
        found = work.run(sql, [after, _BATCH]).fetchone()
        last = found[0] if found else work.run(f"SELECT max({group}) FROM item").fetchone()[0]  # noqa: S608
        if last is None or last <= after:
            return
        sql = f"SELECT {group}, id, record FROM item WHERE {group} > ? AND {group} <= ? ORDER BY {group}"  # noqa: S608
        yield last, _grouped(work.run(sql, [after, last]))
        after = last


def _grouped(rows: Iterable[tuple[int, str, bytes]]) -> list[Group]:
    return [[(key, record) for _, key, record in same] for _, same in groupby(rows, key=lambda row: row[0])]
