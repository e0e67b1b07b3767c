"""Every row of the mapping guide as named cases: records in, one place of a request out."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from cpqbridge.mapping.guide import ADDITIONS, ROWS, rules_of, unlisted
from cpqbridge.mapping.rule import Rule, Table
from cpqbridge.mapping.tables import Tables
from tests.guide.cases import CASES
from tests.guide.making import ABSENT, HELD, Case

NAMES = [case.name for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_case(case: Case) -> None:
    plan = case.plan()
    if case.operation == HELD:
        assert [problem.code for problem in plan.problems] == [case.value]
    else:
        assert plan.problems == ()
        body = next(one for one in plan.operations if one.name == case.operation).body
        assert at(body, case.target) == case.value


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_value_has_its_lineage(case: Case) -> None:
    for operation in case.plan().operations:
        targets = {line.target for line in operation.lineage}
        for pointer in leaves(operation.body):
            known = any(pointer == target or pointer.startswith(f"{target}/") for target in targets)
            assert known or pointer.endswith(("/triggerDates/0/name", "/triggerDates/1/name", "/triggerDates/2/name"))


def test_names_of_cases_are_unique() -> None:
    assert [name for name, times in Counter(NAMES).items() if times > 1] == []


def test_every_case_shows_a_row_or_an_addition() -> None:
    known = {row.key for row in (*ROWS, *ADDITIONS)}
    assert [case.name for case in CASES if case.row not in known] == []


def test_keys_of_rows_are_unique() -> None:
    assert [key for key, times in Counter(row.key for row in (*ROWS, *ADDITIONS)).items() if times > 1] == []


def test_every_row_has_a_rule_or_says_what_does_it() -> None:
    assert [row.key for row in ROWS if not row.rules and not row.note] == []
    assert [row.key for row in ADDITIONS if not row.rules or not row.note] == []
    assert all(rules_of(row) for row in ROWS if row.rules)


def test_every_rule_is_in_a_row_or_an_addition() -> None:
    assert list(unlisted()) == []


def test_a_rule_that_no_row_names_is_found() -> None:
    extra = Tables(price=Table("Price", (Rule("Price", "/price"), Rule("Tip", "/tip"))))
    assert list(unlisted(extra)) == ["Price / Tip"]


def test_a_row_that_names_no_rule_is_found() -> None:
    with pytest.raises(LookupError, match="names 'Price / Price'"):
        list(unlisted(Tables(price=Table("Price", (Rule("Cost", "/price"),)))))


def at(body: Any, pointer: str) -> Any:
    """Return what stands at a JSON pointer, or ABSENT."""
    for part in pointer.strip("/").split("/"):
        if isinstance(body, list):
            if int(part) >= len(body):
                return ABSENT
            body = body[int(part)]
        elif part not in body:
            return ABSENT
        else:
            body = body[part]
    return body


def leaves(body: Any, pointer: str = "") -> list[str]:
    """Return the pointers of all values in a body."""
    if isinstance(body, dict) and body:
        return [leaf for name, part in body.items() for leaf in leaves(part, f"{pointer}/{name}")]
    if isinstance(body, list) and body:
        return [leaf for index, part in enumerate(body) for leaf in leaves(part, f"{pointer}/{index}")]
    return [pointer]
