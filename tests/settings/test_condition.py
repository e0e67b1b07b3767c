"""SOQL conditions taken apart and turned round."""

from __future__ import annotations

import pytest

from cpqbridge.settings.condition import parse

TURNED = [
    ("Type = 'New'", "(Type != 'New' OR Type = null)"),
    ("Type != 'New'", "Type = 'New'"),
    ("Type <> 'New'", "Type = 'New'"),
    ("Type = null", "Type != null"),
    ("IsReductionOrder = false", "IsReductionOrder != false"),
    ("TotalAmount > 5", "(TotalAmount <= 5 OR TotalAmount = null)"),
    ("EffectiveDate >= LAST_N_DAYS:30", "(EffectiveDate < LAST_N_DAYS:30 OR EffectiveDate = null)"),
    ("Name LIKE 'A%'", "((NOT Name LIKE 'A%') OR Name = null)"),
    ("NOT Name LIKE 'A%'", "Name LIKE 'A%'"),
    ("T IN ('a','b, (c')", "(T NOT IN ('a', 'b, (c') OR T = null)"),
    ("T not in ('a')", "T IN ('a')"),
    ("M INCLUDES ('a;b', 'c')", "(M EXCLUDES ('a;b', 'c') OR M = null)"),
    ("AccountId IN (SELECT Id FROM Account)", "AccountId NOT IN (SELECT Id FROM Account)"),
    ("CALENDAR_YEAR(EffectiveDate) = 2024", "CALENDAR_YEAR(EffectiveDate) != 2024"),
    ("A = 1 AND (B = 'it\\'s' OR C = true)", "((A != 1 OR A = null) OR ((B != 'it\\'s' OR B = null) AND C != true))"),
    ("NOT (A = 1 AND B = 2)", "(A = 1 AND B = 2)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "turned"), TURNED)
def test_what_a_condition_leaves(text: str, turned: str) -> None:
    assert parse(text).turned().text() == turned


@pytest.mark.parametrize(("text", "_"), TURNED)
def test_turned_twice_it_is_the_same(text: str, _: str) -> None:
    node = parse(text)
    assert node.turned().turned().text().replace("<>", "!=") == node.text().replace("<>", "!=")
    assert parse(node.text()).text().count("(") >= node.text().count("(")


def test_what_is_different_says_so_for_an_empty_field() -> None:
    assert parse("Type != 'New' AND A < 5").text() == "((Type != 'New' OR Type = null) AND A < 5)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "must be a condition"),
        ("Type", "must be a condition"),
        ("Type =", "must be a condition"),
        ("Type ~ 'x'", "must be a condition"),
        ("WHERE Type = 'x'", "must be a condition"),
        ("= 'x'", "must be a condition"),
        ("'x' = Type", "must be a condition"),
        ("Type = 'x", "has a quote that is not closed"),
        ("(Type = 'x'", "has a bracket that is not closed"),
        ("Type IN ('x'", "has a bracket that is not closed"),
        ("A = 1) OR (B = 2", "goes on with `\\)`, which cannot stand there"),
        ("A = 1 ORDER BY Id", "goes on with `ORDER`, which cannot stand there"),
        ("A = 1 AND B = 2 OR C = 3", "goes on with `OR`, .* put brackets round AND or OR where both stand"),
        ("(A = 1 AND B = 2 OR C = 3)", "has a bracket that is not closed: put brackets round"),
    ],
)
def test_what_is_no_condition(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)
