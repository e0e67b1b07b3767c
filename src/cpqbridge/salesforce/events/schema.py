"""Avro schemas of events. One that could make its reader work or recurse without end is refused."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import msgspec

from cpqbridge.salesforce.events.weight import BadSchema, Weights

LONGEST = 2_000_000
"""Characters of a schema; an order with hundreds of custom fields has about 100,000."""


class Unreadable(ValueError):
    """A payload that says nothing that makes sense."""


class EventSchema:
    """A schema that payloads are read by.

    Attributes:
        name: Its record, such as `OrderChangeEvent`.
        fields: Names of its fields, in their order.
        within: Names within each compound field, in their order.
    """

    def __init__(self, text: str) -> None:
        import fastavro  # here, because only who follows events needs it

        if len(text) > LONGEST:
            raise BadSchema(f"it has {len(text)} characters")
        document = _record(text)
        weights = Weights()
        weights.of(document)
        self.name = str(document.get("name"))
        self.fields = tuple(str(field["name"]) for field in document["fields"])
        self.within = {
            str(field["name"]): inner for field in document["fields"] if (inner := weights.within(field["type"]))
        }
        self._reader = fastavro.schemaless_reader
        try:
            self._parsed = fastavro.parse_schema(document)
        except (fastavro.schema.SchemaParseException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadSchema(str(error)) from error

    def read(self, payload: bytes) -> Mapping[str, Any]:
        """Return what a payload says.

        Raises:
            Unreadable: It is not written by this schema.
        """
        stream = io.BytesIO(payload)
        try:
            value = self._reader(stream, self._parsed, None)
        except (ValueError, EOFError, LookupError, TypeError, ArithmeticError, MemoryError, RecursionError) as error:
            raise Unreadable(f"the payload does not fit the schema of {self.name} ({type(error).__name__})") from error
        if stream.tell() != len(payload) or not isinstance(value, dict):
            raise Unreadable(f"the payload is longer than the schema of {self.name} says")
        return value


def _record(text: str) -> dict[str, Any]:
    """Return the document of a schema that is a record."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise BadSchema("it is no JSON document") from error
    if not isinstance(document, dict) or document.get("type") != "record":
        raise BadSchema("it is no record")
    return document
