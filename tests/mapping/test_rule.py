"""How a table of rules makes a body: sources, defaults, conditions, appending, lineage, problems."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.mapping.conditions import given, not_given, not_option, option
from cpqbridge.mapping.rule import Condition, Context, Lineage, Mapped, Problem, Rule, Table, apply
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.mapping.transforms import at_most, from_given
from cpqbridge.settings.options import Options

RECORD = {
    "Order": {
        "Id": "801",
        "Description": "",
        "Total": Decimal(0),
        "Active": False,
        "Account": {"Name": "Acme", "Parent": None},
        "PoNumber": "PO-7",
    }
}
TABLES = list(GUIDE)


def context(options: dict[str, Any] | None = None, **decided: Any) -> Context:
    return Context(RECORD, Options(**(options or {})), decided)


def made(*rules: Rule, creating: bool = True, options: dict[str, Any] | None = None, **decided: Any) -> Mapped:
    return apply(Table("T", rules), context(options, **decided), creating=creating)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Order.Account.Name", "Acme"),
        ("Order.Account.Parent.Name", None),
        ("Order.Description", None),
        ("Order.Nothing.At.All", None),
        ("Elsewhere.Id", None),
        ("Order.Total", Decimal(0)),
        ("Order.Active", False),
    ],
)
def test_reading_a_path(path: str, value: Any) -> None:
    assert context().get(path) == value


def test_the_first_filled_source_counts_and_is_the_lineage() -> None:
    mapped = made(Rule("Name", "/name", ("Order.Description", "Order.Account.Name", "Order.Id")))
    assert mapped.body == {"name": "Acme"}
    assert mapped.lineage == [Lineage("", "/name", "Order.Account.Name", "T / Name", "Acme")]


def test_nothing_is_sent_for_an_empty_value() -> None:
    assert made(Rule("Text", "/text", "Order.Description")) == Mapped()


@pytest.mark.parametrize(
    ("source", "value"), [("Order.Total", Decimal(0)), ("Order.Active", False)], ids=["zero", "false"]
)
def test_zero_and_false_are_values(source: str, value: Any) -> None:
    mapped = made(Rule("Value", "/value", source, default=9, required="CPQ-401"))
    assert mapped.body == {"value": value}


@pytest.mark.parametrize("default", ["none", lambda context: context.given["otherwise"]])
def test_a_default_has_no_source(default: Any) -> None:
    mapped = made(Rule("Text", "/text", "Order.Description", default=default, required="CPQ-401"), otherwise="none")
    assert mapped.body == {"text": "none"}
    assert mapped.lineage[0].source is None
    assert mapped.problems == []


def test_a_rule_without_source_is_computed() -> None:
    assert made(Rule("Charge", "/charge", transform=from_given("charge")), charge="z-1").body == {"charge": "z-1"}


def test_a_transform_does_not_run_on_an_empty_source() -> None:
    assert made(Rule("Charge", "/charge", "Order.Description", from_given("charge")), charge="z-1").body == {}


def test_a_transform_that_gives_nothing_leaves_the_default() -> None:
    assert made(Rule("C", "/c", "Order.Id", from_given("c"), default=1)).body == {"c": 1}


def test_a_required_value_that_is_missing_is_a_problem_at_its_first_source() -> None:
    mapped = made(Rule("Text", "/text", ("Order.Description", "Order.Other"), required="CPQ-404"))
    assert mapped.problems == [Problem("CPQ-404", "Order.Description", "Text is empty")]


def test_a_refused_value_is_a_problem_and_nothing_is_sent() -> None:
    mapped = made(Rule("Id", "/id", "Order.Id", at_most(2), default="x"))
    assert mapped.body == {}
    assert mapped.problems == [Problem("CPQ-402", "Order.Id", "Id: '801' has 3 characters, Zuora takes 2")]


def test_all_problems_are_collected() -> None:
    rules = [Rule(str(number), "/x", "Order.Description", required="CPQ-401") for number in range(3)]
    assert [problem.message for problem in made(*rules).problems] == ["0 is empty", "1 is empty", "2 is empty"]


def test_what_only_creates_is_left_out_of_an_update() -> None:
    rules = (Rule("Id", "/id", "Order.Id", on="create"), Rule("Name", "/name", "Order.Account.Name"))
    assert made(*rules).body == {"id": "801", "name": "Acme"}
    assert made(*rules, creating=False).body == {"name": "Acme"}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (option("auto_renew"), False),
        (not_option("auto_renew"), True),
        (option("amend_subscriptions"), True),
        (given("wanted", "it is wanted"), True),
        (given("unwanted", "it is wanted"), False),
        (not_given("wanted", "it is not wanted"), False),
        (not_given("unwanted", "it is not wanted"), True),
    ],
)
def test_conditions(condition: Condition, holds: bool) -> None:
    assert condition(context(wanted=True)) is holds
    assert bool(made(Rule("Id", "/id", "Order.Id", when=condition), wanted=True).body) is holds
    assert condition.__doc__


def test_a_deep_target_makes_its_objects_and_lists() -> None:
    mapped = made(
        Rule("A", "/list/0/a", default=1), Rule("B", "/list/0/b", default=2), Rule("C", "/list/1/a", default=3)
    )
    assert mapped.body == {"list": [{"a": 1, "b": 2}, {"a": 3}]}
    assert [line.target for line in mapped.lineage] == ["/list/0/a", "/list/0/b", "/list/1/a"]


def test_a_list_may_hold_bare_values() -> None:
    mapped = made(Rule("Ids", "/ids/0", "Order.Id"))
    assert mapped.body == {"ids": ["801"]}
    assert mapped.lineage[0].target == "/ids/0"


def test_a_dash_appends_an_element_with_its_constants() -> None:
    rules = [Rule(name, "/dates/-/date", default=day, beside={"name": name}) for name, day in (("A", 1), ("B", 2))]
    mapped = made(*rules)
    assert mapped.body == {"dates": [{"name": "A", "date": 1}, {"name": "B", "date": 2}]}
    assert [line.target for line in mapped.lineage] == ["/dates/0/date", "/dates/1/date"]


def test_the_constants_of_an_element_are_not_shared_between_bodies() -> None:
    rule = Rule("A", "/dates/-/date", default=1, beside={"name": "A"})
    first, second = made(rule), made(rule)
    first.body["dates"][0]["name"] = "changed"
    assert second.body["dates"][0]["name"] == "A"


def test_a_place_named_by_a_decision() -> None:
    mapped = made(Rule("Price", "/pricing/{model}/price", default=1), model="oneTimeFlatFee")
    assert mapped.body == {"pricing": {"oneTimeFlatFee": {"price": 1}}}
    assert mapped.lineage[0].target == "/pricing/oneTimeFlatFee/price"


@pytest.mark.parametrize(
    ("field", "value"), [("Id", "801"), ("PoNumber", "PO-7"), ("Account.Name", "Acme")], ids=["own", "other", "parent"]
)
def test_a_source_named_by_an_option(field: str, value: str) -> None:
    rule = Rule("PO", "/po", "Order.{purchase_order_source}")
    options: dict[str, Any] = {"purchase_order_source": field}
    mapped = made(rule, options=options)
    assert mapped.body == {"po": value}
    assert mapped.lineage[0].source == f"Order.{field}"
    assert list(Table("T", (rule,)).sources("Order", Options(**options))) == [field]


def test_lineage_goes_into_another_body_that_stays_untouched() -> None:
    outer = Mapped({"kept": 1})
    rules = (Rule("Id", "/id", "Order.Id"), Rule("Text", "/text", "Order.Description", required="CPQ-401"))
    inner = apply(Table("T", rules), context(), into=outer, prefix="/part/0")
    assert outer.body == {"kept": 1}
    assert inner.body == {"id": "801"}
    assert [line.target for line in outer.lineage] == ["/part/0/id"]
    assert [problem.code for problem in inner.problems] == ["CPQ-401"]
    assert outer.problems == []


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_every_rule_can_be_explained(table: Table) -> None:
    assert table.name
    assert table.about
    for rule in table.rules:
        assert rule.label
        assert rule.target.startswith("/")
        assert rule.paths or rule.transform is not None or rule.default is not None or rule.note
        if rule.column:
            assert len(rule.keys) == 1, "only flat fields are compared with a row"


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_sources_name_no_placeholder_and_no_object(table: Table) -> None:
    roots = {path[0] for rule in table.rules for _, path in rule.paths}
    for root in roots:
        for path in table.sources(root, Options()):
            assert path
            assert "{" not in path
            assert not path.startswith(f"{root}.")
