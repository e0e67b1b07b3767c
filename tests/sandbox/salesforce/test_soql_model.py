"""Random conditions and orders against a model in plain Python, which knows the rules but no SQL."""

# ruff: noqa: S608  SOQL, made of the model's own names and literals.

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpqbridge.sandbox.salesforce.store import Store

TEXTS = ["a", "A", "b", "Ä", "ä", "it's", "x%y", "x_y", "\\", "xy"]
NUMBERS = [Decimal(n) for n in ("-2.50", "-1", "0", "0.01", "1", "2.50", "99999999.99")]
DATES = ["2025-12-31", "2026-01-01", "2026-02-28", "2026-03-01"]
FIELDS: dict[str, list[Any]] = {"PoNumber": TEXTS, "SBQQ__RenewalUpliftRate__c": NUMBERS, "EndDate": DATES}
QUERYABLE = ["PoNumber", "SBQQ__RenewalUpliftRate__c", "EndDate"]

ORDERED = {
    "<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b,
    "=": lambda a, b: a == b, "!=": lambda a, b: a != b,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A condition: its SOQL, and whether a row fulfils it."""

    soql: str
    holds: Any


def literal(value):
    if value is None:
        return "null"
    if isinstance(value, str) and value[:2] != "20":
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(value)


def seen(value):
    return value.casefold() if isinstance(value, str) else value


@st.composite
def comparisons(draw):
    name = draw(st.sampled_from(QUERYABLE))
    value = draw(st.sampled_from(FIELDS[name]))
    operator = draw(st.sampled_from(list(ORDERED)))

    def holds(row):
        mine = row[name]
        return operator == "!=" if mine is None else ORDERED[operator](seen(mine), seen(value))

    # SQLite orders text that is folded by code point, and so does the model.
    return Case(f"{name} {operator} {literal(value)}", holds)


@st.composite
def null_tests(draw):
    name = draw(st.sampled_from(QUERYABLE))
    operator = draw(st.sampled_from(["=", "!="]))
    return Case(f"{name} {operator} null", lambda row: (row[name] is None) == (operator == "="))


@st.composite
def memberships(draw):
    name = draw(st.sampled_from(QUERYABLE))
    values = draw(st.lists(st.sampled_from([*FIELDS[name], None]), min_size=1, max_size=4))
    wanted = {seen(value) for value in values}
    operator = draw(st.sampled_from(["IN", "NOT IN"]))
    listed = ", ".join(map(literal, values))
    return Case(f"{name} {operator} ({listed})", lambda row: (seen(row[name]) in wanted) == (operator == "IN"))


@st.composite
def patterns(draw):
    start = draw(st.sampled_from([text for text in TEXTS if text]))
    escaped = literal(start)[1:-1].replace("%", "\\%").replace("_", "\\_")
    return Case(
        f"PoNumber LIKE '{escaped}%'", lambda row: (row["PoNumber"] or "").casefold().startswith(start.casefold())
    )


def joined(parts, operator):
    every = all if operator == "AND" else any
    return Case(
        "(" + f" {operator} ".join(f"({p.soql})" for p in parts) + ")", lambda row: every(p.holds(row) for p in parts)
    )


def negated(part):
    return Case(f"(NOT ({part.soql}))", lambda row: not part.holds(row))


conditions = st.recursive(
    st.one_of(comparisons(), null_tests(), memberships(), patterns()),
    lambda inner: st.one_of(
        st.builds(joined, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["AND", "OR"])),
        st.builds(negated, inner),
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def rows_and_store():
    made = Store(clock=lambda: datetime(2026, 1, 1, tzinfo=UTC))
    account = made.insert("Account", {"Name": "A"})
    rows = []
    with made.transaction():
        for n in range(60):
            row = {
                "PoNumber": [*TEXTS, None][n % 11],
                "SBQQ__RenewalUpliftRate__c": [*NUMBERS, None][n % 8],
                "EndDate": [*DATES, None][n % 5],
            }
            base = {"AccountId": account, "EffectiveDate": "2026-01-01", "Status": "Draft"}
            rows.append(row | {"Id": made.insert("Order", base | row)})
    yield rows, made
    made.close()


@settings(max_examples=300, deadline=None)
@given(condition=conditions)
def test_conditions_mean_what_the_model_says(rows_and_store, condition):
    rows, store = rows_and_store
    found = [record["Id"] for record in store.query(f"SELECT Id FROM Order WHERE {condition.soql}").records]
    assert found == [row["Id"] for row in rows if condition.holds(row)]


@settings(max_examples=50, deadline=None)
@given(
    name=st.sampled_from(QUERYABLE),
    descending=st.booleans(),
    last=st.booleans(),
    limit=st.integers(0, 70),
    skip=st.integers(0, 70),
)
def test_order_limit_and_offset_mean_what_the_model_says(rows_and_store, name, descending, last, limit, skip):
    rows, store = rows_and_store
    # Rows that tie keep the order they were made in, whichever way the others go.
    filled = sorted((r for r in rows if r[name] is not None), key=lambda r: seen(r[name]), reverse=descending)
    empty = [row for row in rows if row[name] is None]
    expected = [*filled, *empty] if last else [*empty, *filled]
    way = f"{'DESC' if descending else 'ASC'} NULLS {'LAST' if last else 'FIRST'}"
    found = store.query(f"SELECT Id FROM Order ORDER BY {name} {way} LIMIT {limit} OFFSET {skip}").records
    assert [record["Id"] for record in found] == [row["Id"] for row in expected][skip : skip + limit]
