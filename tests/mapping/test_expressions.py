"""Expressions: what they give, what missing values do, which fields they read, and how they are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.mapping.expressions import MAX_LENGTH, ExpressionError, compile_expression
from cpqbridge.mapping.rule import UnmappableError

RECORD: dict[str, Any] = {
    "Name": "Acme",
    "Type": "Customer",
    "AnnualRevenue": Decimal("1500000.50"),
    "Quantity": 2,
    "Rate": Decimal("0.15"),
    "Empty": "",
    "Active": True,
    "CloseDate": "2026-01-31",
    "Created": "2026-01-31T23:10:00.000+0000",
    "Stamp": date(2026, 2, 1),
    "Owner": {"Name": "Bob", "Manager": {"Age": 3}},
    "SBQQ__Contract__r": {"StartDate": "2026-03-01"},
    "Parent": None,
    "Lines": [1, 2],
}
TYPES = {"Name": "string", "Quantity": "double", "AnnualRevenue": "currency", "Active": "boolean", "CloseDate": "date"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('AnnualRevenue > 1000000 ? "A" : "B"', "A"),
        ('Quantity > 5 ? "many" : Quantity > 1 ? "some" : "one"', "some"),
        ("Owner.Name", "Bob"),
        ("Owner.Manager.Age + 1", 4),
        ("Owner&.Name", "Bob"),
        ('"contract"', "contract"),
        ("Quantity * Rate", Decimal("0.3")),
        ("0.1 + 0.2", Decimal("0.3")),
        ("7 / 2 + 7 // 2 + 7 % 2", Decimal("7.5")),
        ("2 ** 3 - -1", 9),
        ("10.0", 10),
        ("round(AnnualRevenue / 7, 2)", Decimal("214285.79")),
        ("round(2.5) + round(-2.5) + round(1234, -2)", 1200),
        ("abs(-3) + min(3, 1, 2) + max(3, 1)", 7),
        ('Name + " " + Type', "Acme Customer"),
        ("upper(Name) + lower(Name) + trim('  x ')", "ACMEacmex"),
        ("left(Name, 2) + right(Name, 1) + left(Name, 99) + right(Name, 0)", "AceAcme"),
        ('replace(Name, "c", "k")', "Akme"),
        ("length(Name)", 4),
        ("concat(Name, Quantity, Active, Empty, 1.50)", "Acme2true1.5"),
        ("text(1000000000) + text(date(CloseDate))", "10000000002026-01-31"),
        ('number("12.50") * Quantity', 25),
        ("date(CloseDate)", date(2026, 1, 31)),
        ("date(Created)", date(2026, 1, 31)),
        ("Stamp", date(2026, 2, 1)),
        ("add_months(date(CloseDate), 1)", date(2026, 2, 28)),
        ("add_days(date(CloseDate), Quantity)", date(2026, 2, 2)),
        ("days(date(CloseDate), date(SBQQ__Contract__r.StartDate))", 29),
        ("year(Stamp) * 10000 + month(Stamp) * 100 + day(Stamp)", 20260201),
        ("date(CloseDate) < Stamp", True),
        ('Name in ["Acme", "Emca"]', True),
        ('Name not in ["Acme"]', False),
        ("Quantity in [1, 2]", True),
        ('"cm" in Name', True),
        ('contains(Name, "cm") and starts_with(Name, "A") and ends_with(Name, "e")', True),
        ('Name =~ "A.me" and Name =~~ "m" and Name !~ "x"', True),
        ("not Active or Quantity == 2", True),
        ("Active ? 1 : 1 / (Quantity - 2)", 1),
        ("false and 1 / (Quantity - 2) > 0", False),
        ("Name  # a remark", "Acme"),
        ("Name\n  + Type", "AcmeCustomer"),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = compile_expression(text).evaluate(RECORD)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Empty", None),
        ("Missing", None),
        ("Parent.Name", None),
        ("Missing.Anything.AtAll", None),
        ("Name + Missing", None),
        ("Quantity * Missing", None),
        ("upper(Missing)", None),
        ("date(Empty)", None),
        ("-Missing", None),
        ("Missing > 3", False),
        ("Missing <= 3", False),
        ('Missing in ["a"]', False),
        ('"a" in Missing', False),
        ('contains(Missing, "a")', False),
        ('Missing =~ "a"', False),
        ('Missing !~ "a"', True),
        ("Missing == null", True),
        ("Name != null", True),
        ("Missing == Empty", True),
        ('Empty == ""', True),
        ('Missing == "a"', False),
        ('Missing != "a"', True),
        ("not Missing", True),
        ("Missing ? 1 : 2", 2),
        ('Missing ?? Empty ?? "x"', "x"),
        ("coalesce(Missing, Empty, Name)", "Acme"),
        ("coalesce(Missing, Empty)", None),
        ("concat(Missing, Empty)", None),
        ("null", None),
    ],
)
def test_missing_values(text: str, value: Any) -> None:
    assert compile_expression(text).evaluate(RECORD) is value or compile_expression(text).evaluate(RECORD) == value


def test_no_record_is_a_record_without_fields() -> None:
    assert compile_expression("Name ?? 'none'").evaluate(None) == "none"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Name + Quantity", "cannot add a text and a number: write text(…) around what is no text"),
        ("CloseDate > Stamp", "cannot compare a text and a date: write date(…) around the text of a date"),
        ('Quantity == "2"', "cannot compare a number and a text"),
        ("1 / (Quantity - 2)", "cannot divide 1 and 0: division by zero"),
        ("number(Name)", "'Acme' is no number"),
        ("date(Name)", "'Acme' is no date such as 2026-02-01"),
        ("left(Name, -1)", "-1 must not be negative"),
        ("left(Name, 0.5)", "0.5 must be a whole number"),
        ("add_months(Stamp, 999999)", "cannot add months to 2026-02-01 and 999999: there is no such value"),
        ("Name ? 1 : 2", "a condition must be true or false, not a text"),
        ("not Quantity", "a condition must be true or false, not a number"),
        ("Name.Length", "Name.Length: what stands before .Length is no related record"),
        ("Owner", "Owner is a related record: name one of its fields"),
        ("Lines", "Lines is no single value"),
        ("[Name]", "the expression gives a list, not one value"),
        ("10 ** 60", "the expression gives a number that is too large"),
        ("Quantity ** 999999999", "cannot raise to a power 2 and 999999999: there is no such value"),
        ("replace(" * 30 + "Name" + ', "", "aaaaaaaaaa")' * 30, "the text grows too long"),
    ],
)
def test_what_cannot_be_computed_says_why(text: str, message: str) -> None:
    with pytest.raises(UnmappableError) as refused:
        compile_expression(text).evaluate(RECORD)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "is empty", None),
        ("Name +", "ends too early", None),
        ("(Name", "ends too early", None),
        ("Name Type", "is wrong at character 6, near 'Type'", 5),
        ('Name = "x"', "is wrong at character 6: equality is written ==", 5),
        ("Name @ 3", "is wrong at character 6, near '@ 3'", 5),
        ("$today", "$today is not there: a mapping gives the same value whenever it runs", None),
        ("$now > Stamp", "$now is not there", None),
        ("$random(3)", "$random is not there", None),
        ("$abs(Quantity)", "$abs is not there: write abs(…)", None),
        ("$re_groups", "$re_groups is not there: names have no $ here", None),
        ("rund(Quantity)", "there is no function rund(…): did you mean round(…)?", None),
        ("zzz(Quantity)", "there is no function zzz(…): there are abs, add_days", None),
        ("round", "round is a function: write round(…)", None),
        ("round()", "round(…) takes 1 or 2 values, not 0", None),
        ("left(Name)", "left(…) takes 2 values, not 1", None),
        ("Name.upper()", "only functions can be called", None),
        ("upper(Name).Id", ".Id: a dot leads from a related record to its field", None),
        ("Name[0]", "uses what mappings do not have: [ ] after a value", None),
        ("Name[0:2]", "uses what mappings do not have: [ ] after a value", None),
        ('d"2026-01-01"', 'write date("2026-02-01")', None),
        ('t"P1D"', "write add_days(…)", None),
        ("[x for x in Name]", "uses what mappings do not have: [… for …]", None),
        ('{"a": 1}', "give the rule a `values` table", None),
        ("Quantity & 1", "conditions are joined by `and` and `or`", None),
        ("Quantity << 1", "uses what mappings do not have: <<", None),
        ("1 << 9999999", "uses what mappings do not have: <<", None),
        ('"<<" == Name ? 1 : 9 >> 2', "uses what mappings do not have: <<", None),
        ("coalesce()", "coalesce(…) takes 1 or more values, not 0", None),
        ("text(1e999999)", "1e+999999 is no number of mappings", None),
        ("inf", "infinity is no number of mappings", None),
        ("1 / 0", "division by zero", None),
        ("'a' + 1", "its constants do not go together", None),
        ('Name =~ "("', "'(' is no regular expression", None),
        ("Name =~ Type", "a regular expression must stand in quotes", None),
        ("elif", "keeps for itself", None),
        (" + ".join(["Quantity"] * 120), "is nested too deeply", None),
        ("not " * 400 + "Active", "is nested too deeply", None),
        ("'" + "x" * MAX_LENGTH + "'", "2000 are the most", None),
    ],
)
def test_wrong_expressions(text: str, message: str, position: int | None) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_expression(text)
    assert message in refused.value.message
    assert refused.value.position == position


@pytest.mark.parametrize(
    ("text", "problems", "kind"),
    [
        ("Name + Quantity", ["cannot add a text and a number: write text(…) around what is no text"], None),
        ("Name + Other", [], "a text"),
        ("Other + Another", [], None),
        ("Quantity * 2", [], "a number"),
        ("upper(Quantity) + upper(Quantity)", ["cannot write in capitals a number"], "a text"),
        ("Name and Active", ["a condition must be true or false, not a text"], "true or false"),
        ("Quantity ? 1 : 2", ["a condition must be true or false, not a number"], "a number"),
        ('Active ? "a" : 1', [], None),
        ("coalesce(Quantity, 0)", [], "a number"),
        (
            "date(CloseDate) > Name",
            ["cannot compare a date and a text: write date(…) around the text"],
            "true or false",
        ),
        ("Quantity in Name", ["cannot look for a number and a text"], "true or false"),
        ('Quantity in [1, upper(Quantity), "x"]', ["cannot write in capitals a number"], "true or false"),
        ("add_days(date(CloseDate), 1)", [], "a date"),
    ],
)
def test_what_can_only_fail_is_seen_without_a_record(text: str, problems: list[str], kind: str | None) -> None:
    expression = compile_expression(text)
    found = expression.check(TYPES)
    assert len(found) == len(problems)
    assert all(one.startswith(wanted) for one, wanted in zip(found, problems, strict=True))
    assert expression.kind(TYPES) == kind


def test_conditions() -> None:
    assert compile_expression("Quantity == 2").holds(RECORD)
    assert not compile_expression("Missing").holds(RECORD)
    with pytest.raises(UnmappableError, match="must be true or false, not a number"):
        compile_expression("Quantity").holds(RECORD)


class Recording(Mapping[str, Any]):
    """A record that writes down which of its paths were read."""

    def __init__(self, values: Mapping[str, Any], seen: set[str], prefix: str = "") -> None:
        self._values, self._seen, self._prefix = values, seen, prefix

    def __getitem__(self, name: str) -> Any:
        value, path = self._values[name], self._prefix + name
        if isinstance(value, Mapping):
            return Recording(value, self._seen, f"{path}.")
        self._seen.add(path)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


LEAVES = st.sampled_from(
    ["Name", "Quantity", "Owner.Name", "Owner.Manager.Age", "Missing.Name", "Active", '"x"', "1.5", "null"]
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "==", "<", "and", "or", "??", "in"]), inner).map(
            lambda parts: f"({' '.join(parts)})"
        ),
        st.tuples(inner, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts)),
        inner.map(lambda one: f"concat({one}, {one})"),
        inner.map(lambda one: f"(not {one})"),
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("text", ['"<<" + Name', "'it\\'s >>' + Name", '"\\">>" + Name'])
def test_shifts_are_looked_for_outside_of_texts(text: str) -> None:
    assert str(compile_expression(text).evaluate(RECORD)).endswith(str(RECORD["Name"]))


@pytest.mark.parametrize("text", ["name", "NAME", "owner.name ?? 1", "OWNER.Name"])
def test_capitals_of_fields_do_not_matter_as_in_salesforce(text: str) -> None:
    assert compile_expression(text).evaluate(RECORD) not in (None, 1)


@given(EXPRESSIONS)
def test_every_field_that_is_read_was_announced(text: str) -> None:
    try:
        expression = compile_expression(text)
    except ExpressionError:
        return
    seen: set[str] = set()
    expression.check(TYPES)
    with suppress(UnmappableError):
        value = expression.evaluate(Recording(RECORD, seen))
        assert value is None or isinstance(value, str | int | Decimal | bool | date)
    assert seen <= set(expression.fields)


NUMBERS = st.decimals(-(10**6), 10**6, places=4)


@given(NUMBERS, NUMBERS, NUMBERS, st.sampled_from(["+", "-", "*"]), st.sampled_from(["+", "-", "*"]))
def test_arithmetic_is_that_of_decimals(a: Decimal, b: Decimal, c: Decimal, first: str, second: str) -> None:
    python = {"+": Decimal.__add__, "-": Decimal.__sub__, "*": Decimal.__mul__}
    with localcontext(prec=28):
        wanted = python[second](python[first](a, b), c)
    found = compile_expression(f"(A {first} B) {second} C").evaluate({"A": a, "B": b, "C": c})
    assert found == wanted


@given(NUMBERS, NUMBERS)
def test_the_arithmetic_of_the_thread_does_not_matter(a: Decimal, b: Decimal) -> None:
    expression = compile_expression("A * B")
    with localcontext(prec=3):
        coarse = expression.evaluate({"A": a, "B": b})
    assert coarse == expression.evaluate({"A": a, "B": b})
