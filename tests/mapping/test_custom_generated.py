"""Any mapping on any record: nothing is ever raised, and what cannot be mapped is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.pairs import PAIRS
from cpqbridge.mapping.rule import Context, apply
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.values import ValueTables

FIELDS = ["Name", "Type", "Amount__c", "Owner.Name", "Parent.Parent.Name", "RecordType.DeveloperName"]
TARGETS = sorted({target.name for target in PAIRS["account"].standard()} | {"X__c", "y__c", "Z__NS"})
EXPRESSIONS = [
    "Name + Type",
    "Amount__c * 2 > 3 ? Name : Type",
    "coalesce(Owner.Name, Parent.Parent.Name, 'x')",
    "round(number(Name), 2)",
    "add_months(date(Type), Amount__c)",
    "left(Name, Amount__c)",
    "1 / Amount__c",
    "Amount__c",
    "Amount__c == 1 or Name =~ 'a'",
]
CONDITIONS = ["Name == null", "Amount__c > 1", 'Type in ["a", "b"]', "not Active__c", "Name"]

SCALARS = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.sampled_from(["12.5", "2026-02-01", "true", "Net 30", "Yes"]),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.dates(),
)
CONSTANTS = st.one_of(st.text(min_size=1, max_size=5), st.integers(-5, 5), st.booleans(), st.decimals(-9, 9, places=2))
MORE: dict[str, st.SearchStrategy[Any]] = {
    "when": st.sampled_from(CONDITIONS),
    "record_type": st.lists(st.sampled_from(["a", "b"]), min_size=1),
    "on": st.sampled_from(["both", "create"]),
}
LOOKED_UP: dict[str, st.SearchStrategy[Any]] = {
    **MORE,
    "default": CONSTANTS,
    "values": st.one_of(
        st.just({"a": "A", "1": "one"}),
        st.sampled_from(["payment_terms", "billing_frequencies", "countries", "states"]),
    ),
}
RULES = st.one_of(
    st.sampled_from(FIELDS),
    st.fixed_dictionaries({"source": st.lists(st.sampled_from(FIELDS), min_size=1)}, optional=LOOKED_UP),
    st.fixed_dictionaries({"expression": st.sampled_from(EXPRESSIONS)}, optional=LOOKED_UP),
    st.fixed_dictionaries({"value": CONSTANTS}, optional=MORE),
)
MAPPINGS = st.dictionaries(st.sampled_from(TARGETS), RULES, max_size=5)
RELATED = st.one_of(st.none(), st.fixed_dictionaries({"Name": SCALARS}), SCALARS)
RECORDS = st.fixed_dictionaries(
    {"Id": st.just("001"), "Name": SCALARS},
    optional={
        "Type": SCALARS,
        "Amount__c": SCALARS,
        "Active__c": SCALARS,
        "Owner": RELATED,
        "RecordType": st.one_of(st.none(), st.just({"DeveloperName": "a"})),
    },
)


@given(MAPPINGS, RECORDS, st.booleans())
def test_any_mapping_of_any_record_gives_a_body_or_problems(
    mapping: dict[str, Any], record: dict[str, Any], creating: bool
) -> None:
    table = tables_for(MappingSettings.model_validate({"account": mapping}), ValueTables()).account
    context = Context({"Account": record}, Options(), {"account_key": "crmId"})
    mapped = apply(table, context, creating=creating)
    again = apply(table, context, creating=creating)
    assert (mapped.body, mapped.problems, mapped.lineage) == (again.body, again.problems, again.lineage)
    for problem in mapped.problems:
        assert problem.code in ("CPQ-401", "CPQ-402")
        assert "Traceback" not in problem.message
    pointers = {one.pointer for one in mapped.lineage}
    for pointer in pointers:
        value: Any = mapped.body
        for key in pointer.strip("/").split("/"):
            value = value[key]
        assert isinstance(value, str | int | bool | Decimal | date)
    wanted = {path for rule in table.rules if rule.own is not None for path in rule.own.reads}
    assert all(path.startswith("Account.") for path in wanted)


@given(RECORDS)
def test_a_mapping_that_gives_nothing_changes_nothing(record: dict[str, Any]) -> None:
    nothing = {target: {"expression": "null"} for target in TARGETS}
    table = tables_for(MappingSettings.model_validate({"account": nothing}), ValueTables()).account
    context = Context({"Account": record}, Options(), {"account_key": "crmId"})
    own, guide = apply(table, context), apply(GUIDE.account, context)
    assert (own.body, own.lineage, own.problems) == (guide.body, guide.lineage, guide.problems)
