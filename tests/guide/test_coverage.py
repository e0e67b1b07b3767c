"""No row of the mapping guide without a rule, a case, and a value that has arrived in the tenant; the table is printed.

`pytest tests/guide -s`, or `-rP` where tests run in several processes, shows the table.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from cpqbridge.mapping.guide import ADDITIONS, ROWS, rules_of
from cpqbridge.mapping.guide_row import Row
from tests.guide import arrivals, arrivals_changes
from tests.guide.cases import CASES
from tests.guide.story import Story

ARRIVALS = {**arrivals.ARRIVALS, **arrivals_changes.CHANGES}
TIMES = Counter(case.row for case in CASES)


@pytest.mark.parametrize("key", ARRIVALS)
def test_the_value_arrives_in_the_tenant(story: Story, key: str) -> None:
    found, expected = ARRIVALS[key].arrived(story)
    assert found == expected


def test_every_check_belongs_to_a_row_or_an_addition() -> None:
    assert set(ARRIVALS) - {row.key for row in (*ROWS, *ADDITIONS)} == set()


def test_the_whole_guide_is_covered(story: Story, capsys: pytest.CaptureFixture[str]) -> None:
    lines = list(table(story))
    if "PYTEST_XDIST_WORKER" in os.environ:
        sys.stdout.write("\n".join(lines))
    else:
        with capsys.disabled():
            sys.stdout.write("\n".join(("", *lines, "")))
    assert [line for line in lines if "MISSING" in line] == []


def table(story: Story) -> Iterator[str]:
    """Yield the rows of the guide, then the additions, each with its rule, cases and what has arrived."""
    yield f"{'Row of the guide':62} {'Rule':70} {'Cases':8} In the tenant"
    for row in ROWS:
        yield shown(row, story)
    yield "Beyond the guide"
    for row in ADDITIONS:
        yield shown(row, story)
    yield f"{len(ROWS)} rows and {len(ADDITIONS)} additions, {len(CASES)} cases, {len(ARRIVALS)} values in the tenant"


def shown(row: Row, story: Story) -> str:
    """Return a row of the guide as a line of the table."""
    rules = rules_of(row)
    more = f" +{len(rules) - 1}" if len(rules) > 1 else ""
    rule = rules[0] + more if rules else f"({row.note})" if row.note else "MISSING"
    cases = str(TIMES[row.key]) if TIMES[row.key] else "MISSING"
    return f"{row.key:62} {short(rule):70} {cases:8} {arrived(row.key, story)}"


def arrived(key: str, story: Story) -> str:
    """Return what has arrived in the tenant, or `MISSING`."""
    if key not in ARRIVALS:
        return "MISSING"
    found, expected = ARRIVALS[key].arrived(story)
    return short(str(found), 40) if found == expected else f"MISSING: {found}"


def short(text: str, length: int = 70) -> str:
    """Return a text within a column."""
    return text if len(text) <= length else text[: length - 1] + "…"
