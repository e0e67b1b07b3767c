"""Schemas and payloads that somebody made to do harm."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpqbridge.salesforce.events.bitmaps import names
from cpqbridge.salesforce.events.event import read_event
from cpqbridge.salesforce.events.schema import EventSchema
from cpqbridge.salesforce.events.weight import BadSchema
from tests.salesforce.events.bus import ORDER_SCHEMA, change, packed

SCHEMA = EventSchema(json.dumps(ORDER_SCHEMA))


def record(*fields: Any, name: str = "X") -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": f"f{n}", "type": one} for n, one in enumerate(fields)]}


def doubling(levels: int) -> dict[str, Any]:
    """A record that holds two of the next, and so on: few characters, and no end of values."""
    inner: Any = record("null", name="L0")
    for level in range(1, levels):
        inner = record(inner, f"L{level - 1}", name=f"L{level}")
    return inner


HOSTILE = {
    "no JSON": "{",
    "a list": "[]",
    "deep JSON": "[" * 100_000,
    "no fields": json.dumps({"type": "record", "name": "X"}),
    "an unknown type": json.dumps(record("money")),
    "a type that is a number": json.dumps(record(7)),
    "an empty union": json.dumps(record([])),
    "a record within itself": json.dumps(record(["null", "X"])),
    "a list of nothing": json.dumps(record({"type": "array", "items": "null"})),
    "a list of empty records": json.dumps(record({"type": "array", "items": record(name="E")})),
    "a list of wide records": json.dumps(record({"type": "array", "items": record("int", *["null"] * 500, name="W")})),
    "a parsed schema": json.dumps(record("string") | {"__fastavro_parsed__": True, "__named_schemas": {}}),
    "a fixed of no size": json.dumps(record({"type": "fixed", "name": "F", "size": -1})),
    "two types of one name": json.dumps(record(record("int", name="E"), record("int", name="E"))),
    "doubling records": json.dumps(doubling(14)),
    "nested types": json.dumps(record(*[__import__("functools").reduce(lambda a, _: {"type": a}, range(40), "int")])),
    "too long": " " * 3_000_000,
    "an enum without symbols": json.dumps(record({"type": "enum", "name": "E"})),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_schema_is_refused(text: str) -> None:
    with pytest.raises(BadSchema):
        EventSchema(text)


def test_a_schema_knows_its_compound_fields() -> None:
    assert SCHEMA.name == "OrderChangeEvent"
    assert SCHEMA.within["BillingAddress"] == ("Street", "City", "Country")
    assert SCHEMA.within["ShippingAddress"] == ("Street", "City", "Country")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_a_problem(payload: bytes) -> None:
    event = read_event(b"1", payload, SCHEMA)
    assert (event.problem is None) == (event.change is not None)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_event_is_an_event_or_a_problem(data: st.DataObject) -> None:
    payload = bytearray(packed(ORDER_SCHEMA, change()))
    for place in data.draw(st.lists(st.integers(0, len(payload) - 1), min_size=1, max_size=4)):
        payload[place] = data.draw(st.integers(0, 255))
    event = read_event(b"1", bytes(payload), SCHEMA)
    assert (event.problem is None) == (event.change is not None)


def test_a_text_that_says_to_be_endless_is_a_problem() -> None:
    endless = b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"
    assert read_event(b"1", endless, SCHEMA).problem
    assert read_event(b"1", b"\x0aOrder" + endless, SCHEMA).problem


def test_a_payload_with_more_behind_it_is_a_problem() -> None:
    assert read_event(b"1", packed(ORDER_SCHEMA, change()) + b"\x00", SCHEMA).problem


def test_an_event_for_all_records_names_none() -> None:
    event = read_event(b"1", packed(ORDER_SCHEMA, change(["000000000000000AAA"], "GAP_OVERFLOW")), SCHEMA)
    assert event.change
    assert event.change.gap
    assert event.change.record_ids == ()


@pytest.mark.parametrize(
    ("bitmaps", "expected"),
    [
        ([], ()),
        (["0x0"], ()),
        (["0x05"], ("a", "c")),
        (["0x04", "1-0x03"], ("c", "b.x", "b.y")),
        (["plain"], ("plain",)),
    ],
)
def test_bitmaps_mean_fields_from_the_lowest_bit(bitmaps: list[str], expected: tuple[str, ...]) -> None:
    assert names(bitmaps, ("a", "b", "c"), {"b": ("x", "y")}) == expected


@pytest.mark.parametrize("bitmap", ["0x08", "0xffffffffffffffffffff", "0-0x01", "9-0x01", "1-0x04"])
def test_bitmaps_of_fields_that_are_not_there_are_refused(bitmap: str) -> None:
    with pytest.raises(ValueError, match="means"):
        names([bitmap], ("a", "b", "c"), {"b": ("x", "y")})
