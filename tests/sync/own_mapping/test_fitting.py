"""Whether a source fits a target: every pair of kinds, lengths and lists of values."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.mapping.pairs import standard_targets
from cpqbridge.mapping.tables import Tables
from cpqbridge.salesforce.describe import FieldDescribe
from cpqbridge.sync.fields import ZUORA_OBJECTS
from cpqbridge.sync.own_mapping.fitting import Nature, Slot, misfits, wanted
from cpqbridge.zuora.describe import ZuoraField


def field(kind: str, length: int = 0, values: tuple[str, ...] = (), scale: int = 0) -> FieldDescribe:
    return FieldDescribe("F__c", kind, length, True, True, True, False, True, None, (), values, scale)


def custom(kind: str, length: int | None = None, options: tuple[str, ...] = ()) -> Slot:
    return Slot.of_custom("Account.T__c", ZuoraField("T__c", kind, length, True, True, True, False, options))


def standard(pair: str, name: str) -> Slot:
    return Slot.of_standard(f"{pair}.{name}", standard_targets(pair)[name], None)


def told(nature: Nature, slot: Slot) -> list[str]:
    return [f"{one.message} → {one.remedy}" for one in misfits(nature, slot, "Account.F__c")]


FITS = [
    (field("string", 40), custom("text", 40)),
    (field("textarea", 100), standard("account", "notes")),
    (field("currency", scale=2), custom("decimal")),
    (field("double"), custom("integer")),
    (field("int"), custom("integer")),
    (field("boolean"), custom("boolean")),
    (field("date"), custom("date")),
    (field("datetime"), custom("datetime")),
    (field("date"), custom("text", 255)),
    (field("datetime"), standard("order", "orderDate")),
    (field("double", scale=2), standard("account", "notes")),
    (field("picklist", 255, ("A", "B")), custom("picklist", 255, ("A", "B", "C"))),
    (field("picklist", 255, ("Net 30",)), custom("text", 6)),
    (field("picklist", 255, ("Semi-Annual", "Month")), standard("subscription_rate_plan_charge", "billingPeriod")),
    (field("string", 255), custom("picklist", None, ("A",))),
    (field("string", 255), standard("contact", "city")),
    (field("reference", 18), custom("text", 18)),
]

MISFITS = [
    (field("string", 41), custom("text", 40), "41 characters", "left(F__c, 40)"),
    (field("reference", 18), custom("text", 5), "18 characters", "left"),
    (field("string", 255), standard("account", "purchaseOrderNumber"), "takes 100", "left"),
    (field("string", 10), custom("decimal"), "gives a text", "number(F__c)"),
    (field("string", 10), standard("account", "billCycleDay"), "takes a whole number", "number(F__c)"),
    (field("string", 10), custom("date"), "takes a date", "date(F__c)"),
    (field("string", 10), custom("boolean"), "takes true or false", "another field"),
    (field("double", scale=2), custom("text", 255), "gives a number", "text(F__c)"),
    (field("boolean"), custom("text", 255), "gives true or false", "text(F__c)"),
    (field("double", scale=2), custom("integer"), "with decimals", "round(F__c, 0)"),
    (field("double"), custom("boolean"), "gives a number", "another field"),
    (field("boolean"), custom("decimal"), "gives true or false", "another field"),
    (field("double"), custom("date"), "gives a number", "another field"),
    (field("datetime"), custom("date"), "a date with time", "date(F__c)"),
    (field("picklist", 255, ("A", "D")), custom("picklist", None, ("A", "B")), "'D'", "A, B"),
    (
        field("picklist", 255, ("Fortnight",)),
        standard("subscription_rate_plan_charge", "billingPeriod"),
        "'Fortnight'",
        "Month",
    ),
    (field("picklist", 255, ("A long one",)), custom("text", 5), "'A long one'", "another target"),
]


@pytest.mark.parametrize(("source", "slot"), FITS)
def test_what_fits_is_not_complained_of(source: FieldDescribe, slot: Slot) -> None:
    assert told(Nature.of_field(source), slot) == []


@pytest.mark.parametrize(("source", "slot", "message", "remedy"), MISFITS)
def test_what_does_not_fit_is_told_with_what_would(
    source: FieldDescribe, slot: Slot, message: str, remedy: str
) -> None:
    [said] = told(Nature.of_field(source), slot)
    assert message in said.partition(" → ")[0]
    assert remedy in said.partition(" → ")[2]


@pytest.mark.parametrize(
    ("value", "slot", "fits"),
    [
        ("A", custom("text", 1), True),
        ("AB", custom("text", 1), False),
        (5, custom("text", 10), False),
        (5, custom("decimal"), True),
        ("5", custom("decimal"), False),
        ("5", standard("account", "billCycleDay"), True),
        ("five", standard("account", "billCycleDay"), False),
        (True, custom("boolean"), True),
        (True, custom("decimal"), False),
        ("true", custom("boolean"), False),
        ("A", custom("picklist", None, ("A",)), True),
        ("a", custom("picklist", None, ("A",)), False),
        ("2026-02-01", custom("date"), True),
    ],
)
def test_constants_are_tried(value: Any, slot: Slot, fits: bool) -> None:
    assert (told(Nature.of_values([value]), slot) == []) is fits


def test_what_is_not_known_is_not_complained_of() -> None:
    for kind in ("text", "boolean", "date", "decimal", "integer", "picklist"):
        assert told(Nature(None), custom(kind, 5)) == []


def test_the_longest_list_of_values_is_cut() -> None:
    nature = Nature.of_field(field("picklist", 255, tuple("ABCDEFG")))
    [said] = told(nature, custom("picklist", None, ("X",)))
    assert "'E' and 2 more" in said


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (field("string", 40), "Text, 40 characters"),
        (field("picklist", 255, ("A",)), "Text, 255 characters"),
        (field("currency", scale=2), "Number"),
        (field("boolean"), "Boolean"),
        (field("date"), "Date"),
        (field("datetime"), "Datetime"),
    ],
)
def test_a_missing_field_is_described_as_it_should_be(source: FieldDescribe, kind: str) -> None:
    assert wanted(Nature.of_field(source)) == kind


def test_every_table_with_an_object_is_one_of_the_tables() -> None:
    assert set(ZUORA_OBJECTS) <= set(Tables.__dataclass_fields__)
