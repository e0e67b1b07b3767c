"""Avro bytes of an event, worked out when somebody reads it.

`changedFields` and `nulledFields` are bitmaps in hexadecimal over the schema's fields, the lowest bit being the header;
parts of a compound field have a bitmap of their own, written `place-bitmap`.
Source: Pub/Sub API guide, "Event Deserialization Considerations".
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from cpqbridge.sandbox.salesforce.catalogue import columns
from cpqbridge.sandbox.salesforce.catalogue.model import NUMBERS, Field
from cpqbridge.sandbox.salesforce.events.journal import Change
from cpqbridge.sandbox.salesforce.events.schemas import Schema, Slot
from cpqbridge.sandbox.salesforce.events.writes import UPDATE

_FIRST_COMMIT: Final = 10_000_000_000_000
_TRANSACTIONS: Final = uuid.UUID("6f1d0c1e-5e0a-4a55-9d0e-0c0ffee5a2d1")


class Malformed(ValueError):
    """Bytes that are no event of a schema."""


def change_payload(schema: Schema, change: Change, at: int) -> bytes:
    """Return a change event in Avro.

    Args:
        schema: Schema of the object's change events.
        change: The change.
        at: When it was committed, milliseconds since 1970.
    """
    changed = [*_places(schema.slots, change.values.keys())] if change.change == UPDATE else []
    nulled = {name for name, value in change.values.items() if value is None} if change.change == UPDATE else set()
    header = {
        "entityName": change.sobject,
        "recordIds": list(change.record_ids),
        "changeType": change.change,
        "changeOrigin": change.origin,
        "transactionKey": str(uuid.uuid5(_TRANSACTIONS, str(change.commit))),
        "sequenceNumber": change.sequence,
        "commitTimestamp": at,
        "commitNumber": _FIRST_COMMIT + change.commit,
        "commitUser": change.user,
        "nulledFields": [*_places(schema.slots, nulled)],
        "diffFields": [],
        "changedFields": changed,
    }
    values = {slot.name: _value(slot, change.values) for slot in schema.slots}
    return encode(schema.json, {"ChangeEventHeader": header} | values)


def encode(schema_json: str, record: Mapping[str, Any]) -> bytes:
    """Return a record in Avro, without any header.

    Raises:
        Malformed: The record is not one of the schema.
    """
    import fastavro

    target = io.BytesIO()
    try:
        fastavro.schemaless_writer(target, _parsed(schema_json), record)
    except (ValueError, TypeError, KeyError) as error:
        raise Malformed(str(error)) from error
    return target.getvalue()


def decode(schema_json: str, payload: bytes) -> Mapping[str, Any]:
    """Return the record that Avro bytes hold.

    Raises:
        Malformed: They are not one record of the schema.
    """
    import fastavro

    source = io.BytesIO(payload)
    try:
        record = fastavro.schemaless_reader(source, _parsed(schema_json), None)
    except (ValueError, TypeError, KeyError, IndexError, EOFError, MemoryError, OverflowError) as error:
        raise Malformed(f"{type(error).__name__}: {error}") from error
    if source.read(1):
        raise Malformed("there are bytes after the event")
    if not isinstance(record, dict):
        raise Malformed("it is no record")
    return record


@lru_cache(maxsize=64)
def _parsed(schema_json: str) -> Any:
    import fastavro
    import msgspec

    return fastavro.parse_schema(msgspec.json.decode(schema_json))


def _places(slots: Iterable[Slot], names: Iterable[str]) -> Iterable[str]:
    """Yield the bitmaps of some fields: that of whole fields first, then one for each compound field."""
    wanted = set(names)
    top, nested = 0, []
    for place, slot in enumerate(slots, start=1):
        bits = sum(1 << index for index, part in enumerate(slot.parts.values()) if part.name in wanted)
        if bits and slot.compound:
            nested.append(f"{place}-{_hexadecimal(bits)}")
        elif bits:
            top |= 1 << place
    if top:
        yield _hexadecimal(top)
    yield from nested


def _hexadecimal(bits: int) -> str:
    digits = f"{bits:X}"
    return f"0x{digits.zfill(len(digits) + len(digits) % 2)}"


def _value(slot: Slot, values: Mapping[str, Any]) -> Any:
    parts = {name: _plain(field, values.get(field.name)) for name, field in slot.parts.items()}
    if not slot.compound:
        return parts[slot.name]
    return parts if any(part is not None for part in parts.values()) else None


def _plain(field: Field, raw: Any) -> Any:
    if raw is None:
        return None
    if field.type in NUMBERS:
        return float(columns.unscaled(raw, field.scale))
    if field.type == "boolean":
        return bool(raw)
    if field.type in {"date", "datetime"}:
        moment = datetime.fromisoformat(raw)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    return raw
