"""`composite/sobjects`: up to 200 records in one call, each with its own result unless all or none is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final

from cpqbridge.sandbox.salesforce import records
from cpqbridge.sandbox.salesforce.catalogue.model import SObject
from cpqbridge.sandbox.salesforce.errors import ParseError, SalesforceError
from cpqbridge.sandbox.salesforce.ids import is_id, to_18
from cpqbridge.sandbox.salesforce.records import SeveralMatches, require_sobject
from cpqbridge.sandbox.salesforce.rest import Answer, Call

MAX_RECORDS: Final = 200
MAX_READ: Final = 2_000
MAX_CHUNKS: Final = 10

Row = dict[str, Any]
Work = Callable[[], Row]

_ROLLED_BACK: Final = SalesforceError(
    400,
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


class _Undo(Exception):
    """Leaves the transaction of a call that is all or none."""


def create_records(call: Call) -> Answer:
    """Answer `POST composite/sobjects`."""
    entries = _entries(call)

    def work(entry: Mapping[str, Any]) -> Row:
        return _success(records.insert(call.org, _typed(call, entry), entry))

    return Answer(body=_all(call, [partial(work, entry) for entry in entries], all_or_none=_all_or_none(call)))


def update_records(call: Call) -> Answer:
    """Answer `PATCH composite/sobjects`: records by `id`."""
    entries = _entries(call)

    def work(entry: Mapping[str, Any]) -> Row:
        table = _typed(call, entry)
        record_id = next((str(value) for name, value in entry.items() if name.lower() == "id"), "")
        if not record_id:
            raise SalesforceError(400, "MISSING_ARGUMENT", "Id not specified in an update call", ())
        fields = {name: value for name, value in entry.items() if name.lower() != "id"}
        _foreign(lambda: records.update(call.org, table, record_id, fields))
        return _success(to_18(record_id))

    return Answer(body=_all(call, [partial(work, entry) for entry in entries], all_or_none=_all_or_none(call)))


def upsert_records(call: Call, sobject: str, key: str) -> Answer:
    """Answer `PATCH composite/sobjects/{S}/{externalId}`; each result says whether it was `created`."""
    entries = _entries(call)
    table = require_sobject(call.org, sobject)
    field = records.upsert_key(table, key)

    def work(entry: Mapping[str, Any]) -> Row:
        if _typed(call, entry).name != table.name:
            raise SalesforceError(400, "INVALID_TYPE", f"The record type must be {table.name}", ())
        value = next((value for name, value in entry.items() if name.lower() == field.name.lower()), None)
        fields = {name: value for name, value in entry.items() if name.lower() != field.name.lower()}
        if field.type == "id" and not value:
            return _success(records.insert(call.org, table, fields)) | {"created": True}
        try:
            done = records.upsert(call.org, table, field.name, value, fields)
        except SeveralMatches as error:
            message = f"{field.name}: more than one record found for external id field: {error.ids}"
            raise SalesforceError(300, "DUPLICATE_EXTERNAL_ID", message, ()) from error
        return _success(done.id) | {"created": done.created}

    return Answer(body=_all(call, [partial(work, entry) for entry in entries], all_or_none=_all_or_none(call)))


def delete_records(call: Call) -> Answer:
    """Answer `DELETE composite/sobjects?ids=…&allOrNone=`."""
    ids = [item.strip() for item in call.params.get("ids", "").split(",") if item.strip()]
    if not ids:
        raise SalesforceError(400, "INVALID_INPUT", "The ids parameter is required")
    _limit(len(ids), MAX_RECORDS)

    def work(record_id: str) -> Row:
        table = call.org.store.catalogue.by_key_prefix(record_id) if is_id(record_id) else None
        if table is None:
            raise SalesforceError(400, "MALFORMED_ID", f"malformed id {record_id}", ())
        _foreign(lambda: records.delete(call.org, table, record_id))
        return _success(to_18(record_id))

    return Answer(body=_all(call, [partial(work, item) for item in ids], all_or_none=call.flag("allOrNone")))


def retrieve_records(call: Call, sobject: str) -> Answer:
    """Answer `GET` or `POST composite/sobjects/{S}` with `ids` and `fields`; null for absent records."""
    table = require_sobject(call.org, sobject)
    ids, fields = (_listed(call, name) for name in ("ids", "fields"))
    if not ids or not fields:
        raise SalesforceError(400, "MISSING_ARGUMENT", "ids and fields are required")
    _limit(len(ids), MAX_READ)
    wanted = [to_18(item) if isinstance(item, str) and is_id(item) else None for item in ids]
    found = records.read(call.org, table, [item for item in wanted if item] or [""], fields, call.version)
    return Answer(body=[found.get(item) if item else None for item in wanted])


def _listed(call: Call, name: str) -> list[Any]:
    if call.method != "GET":
        return list(call.json_part(name))
    return [item.strip() for item in call.params.get(name, "").split(",") if item.strip()]


def _entries(call: Call) -> list[dict[str, Any]]:
    entries: list[Any] = call.json_part("records")
    _limit(len(entries), MAX_RECORDS)
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("attributes") or {}, dict):
            raise ParseError("Cannot deserialize instance of sobject from the request")
    kinds = [str((entry.get("attributes") or {}).get("type", "")).lower() for entry in entries]
    if len(list(groupby(kinds))) > MAX_CHUNKS:
        message = "Too many chunks: the records of a request may change their type at most nine times"
        raise SalesforceError(400, "LIMIT_EXCEEDED", message)
    return entries


def _limit(count: int, limit: int) -> None:
    if count > limit:
        message = f"record count ({count}) exceeded limit ({limit})"
        raise SalesforceError(400, "EXCEEDED_ID_LIMIT", message)


def _all_or_none(call: Call) -> bool:
    return call.json_object().get("allOrNone") is True


def _typed(call: Call, entry: Mapping[str, Any]) -> SObject:
    name = (entry.get("attributes") or {}).get("type")
    table = call.org.store.catalogue.get(str(name)) if name else None
    if table is None:
        message = f"sObject type '{name}' is not supported." if name else "attributes.type is required"
        raise SalesforceError(400, "INVALID_TYPE" if name else "INVALID_INPUT", message, ())
    return table


def _foreign(work: Callable[[], None]) -> None:
    """Do a write; a record that is not there is an invalid cross reference in a row."""
    try:
        work()
    except SalesforceError as error:
        if error.code == "NOT_FOUND":
            raise SalesforceError(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ()) from error
        raise


def _success(record_id: str) -> Row:
    return {"id": record_id, "success": True, "errors": []}


def _all(call: Call, works: Sequence[Work], *, all_or_none: bool) -> list[Row]:
    rows: list[Row] = []
    try:
        with call.org.store.transaction():
            rows = [_one(work) for work in works]
            if all_or_none and not all(row["success"] for row in rows):
                raise _Undo
    except _Undo:
        rows = [_failure(_ROLLED_BACK) if row["success"] else row for row in rows]
    return rows


def _one(work: Work) -> Row:
    try:
        return work()
    except ParseError:
        raise
    except SalesforceError as error:
        return _failure(error)


def _failure(error: SalesforceError) -> Row:
    return {"success": False, "errors": [error.row()]}
