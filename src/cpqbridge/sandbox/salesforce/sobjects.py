"""The `sobjects` resources: records one at a time, by id or by external id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cpqbridge.sandbox.salesforce import describe, records
from cpqbridge.sandbox.salesforce.catalogue.model import SObject
from cpqbridge.sandbox.salesforce.errors import SalesforceError, not_found
from cpqbridge.sandbox.salesforce.ids import is_id, to_18
from cpqbridge.sandbox.salesforce.records import SeveralMatches, require_sobject
from cpqbridge.sandbox.salesforce.rest import Answer, Call, Resource

_CREATED_FLAG_SINCE = 46


def created(call: Call, sobject: str) -> Answer:
    """Answer `POST sobjects/{S}`."""
    table = require_sobject(call.org, sobject)
    record_id = records.insert(call.org, table, call.json_object())
    location = {"Location": f"{call.root}/sobjects/{table.name}/{record_id}"}
    return Answer(201, {"id": record_id, "success": True, "errors": []}, location)


def retrieved(call: Call, sobject: str, record_id: str) -> Answer:
    """Answer `GET sobjects/{S}/{id}`, all fields or those of `fields=`."""
    table = require_sobject(call.org, sobject)
    if not is_id(record_id):
        raise not_found(f"Provided external ID field does not exist or is not accessible: {record_id}")
    records.live_row(call.org, table, record_id)
    return Answer(body=_read(call, table, record_id))


def updated(call: Call, sobject: str, record_id: str) -> Answer:
    """Answer `PATCH sobjects/{S}/{id}`."""
    records.update(call.org, require_sobject(call.org, sobject), record_id, call.json_object())
    return Answer(204)


def removed(call: Call, sobject: str, record_id: str) -> Answer:
    """Answer `DELETE sobjects/{S}/{id}`."""
    records.delete(call.org, require_sobject(call.org, sobject), record_id)
    return Answer(204)


def retrieved_by_key(call: Call, sobject: str, key: str, value: str) -> Answer:
    """Answer `GET sobjects/{S}/{externalId}/{value}`, 300 when several records have it."""
    table = require_sobject(call.org, sobject)
    ids = _matches(call, table, key, value)
    if not ids:
        raise not_found()
    if len(ids) > 1:
        return _choices(call, table, ids)
    return Answer(body=_read(call, table, ids[0]))


def upserted(call: Call, sobject: str, key: str, value: str) -> Answer:
    """Answer `PATCH sobjects/{S}/{externalId}/{value}`: 201, 200 (204 in old versions) or 300."""
    table = require_sobject(call.org, sobject)
    body = call.json_object()
    try:
        result = records.upsert(call.org, table, key, value, body, update_only=call.flag("updateOnly"))
    except SeveralMatches as error:
        return _choices(call, table, error.ids)
    if not result.created and float(call.version) < _CREATED_FLAG_SINCE:
        return Answer(204)
    answer: dict[str, Any] = {"id": result.id, "success": True, "errors": []}
    if float(call.version) >= _CREATED_FLAG_SINCE:
        answer["created"] = result.created
    location = {"Location": f"{call.root}/sobjects/{table.name}/{result.id}"} if result.created else {}
    return Answer(201 if result.created else 200, answer, location)


def created_by_id_key(call: Call, sobject: str, key: str) -> Answer:
    """Answer `POST sobjects/{S}/Id`, the documented way to create through an upsert."""
    if key.lower() != "id":
        raise not_found()
    return created(call, sobject)


def removed_by_key(call: Call, sobject: str, key: str, value: str) -> Answer:
    """Answer `DELETE sobjects/{S}/{externalId}/{value}`."""
    table = require_sobject(call.org, sobject)
    ids = _matches(call, table, key, value)
    if not ids:
        raise not_found()
    if len(ids) > 1:
        return _choices(call, table, ids)
    records.delete(call.org, table, ids[0])
    return Answer(204)


def deleted_between(call: Call, sobject: str) -> Answer:
    """Answer `GET sobjects/{S}/deleted?start=&end=`."""
    table = require_sobject(call.org, sobject)
    rows = _stamped(call, table, deleted=True)
    listed = [{"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in rows]
    now = f"{call.org.clock():%Y-%m-%dT%H:%M:00.000+0000}"
    return Answer(
        body={"deletedRecords": listed, "earliestDateAvailable": now, "latestDateCovered": now},
    )


def updated_between(call: Call, sobject: str) -> Answer:
    """Answer `GET sobjects/{S}/updated?start=&end=`."""
    table = require_sobject(call.org, sobject)
    ids = [row["Id"] for row in _stamped(call, table, deleted=False)]
    return Answer(body={"ids": ids, "latestDateCovered": f"{call.org.clock():%Y-%m-%dT%H:%M:00.000+0000}"})


def _stamped(call: Call, table: SObject, *, deleted: bool) -> list[dict[str, Any]]:
    if "start" not in call.params or "end" not in call.params:
        raise SalesforceError(400, "MISSING_ARGUMENT", "start and end are required")
    start, end = (_moment(call.params[name]) for name in ("start", "end"))
    condition = f"IsDeleted = {str(deleted).lower()} AND SystemModstamp >= {start} AND SystemModstamp < {end}"
    text = f"SELECT Id, SystemModstamp FROM {table.name} WHERE {condition}"  # noqa: S608 - checked parts only
    rows: list[dict[str, Any]] = call.org.store.query(text, all_rows=True).page()["records"]
    return rows


def _moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text.replace(" ", "+")).isoformat(timespec="milliseconds")
    except ValueError as error:
        raise SalesforceError(400, "INVALID_REPLICATION_DATE", f"invalid date: {text}") from error


def _matches(call: Call, table: SObject, key: str, value: str) -> list[str]:
    return records.matches(call.org, table, records.upsert_key(table, key), value)


def _choices(call: Call, table: SObject, ids: list[str]) -> Answer:
    return Answer(300, [f"{call.root}/sobjects/{table.name}/{identifier}" for identifier in ids])


def _read(call: Call, table: SObject, record_id: str) -> dict[str, Any]:
    fields = call.params["fields"].split(",") if call.params.get("fields") else None
    wanted = [name.strip() for name in fields] if fields else None
    identifier = to_18(record_id)
    return records.read(call.org, table, [identifier], wanted, call.version)[identifier]


RESOURCES = (
    Resource("sobjects", {"GET": describe.global_describe}),
    Resource("sobjects/{sobject}", {"GET": describe.information, "POST": created}),
    Resource("sobjects/{sobject}/describe", {"GET": describe.describe}),
    Resource("sobjects/{sobject}/deleted", {"GET": deleted_between}),
    Resource("sobjects/{sobject}/updated", {"GET": updated_between}),
    Resource("sobjects/{sobject}/(?P<key>[Ii][Dd])", {"POST": created_by_id_key}),
    Resource("sobjects/{sobject}/{record_id}", {"GET": retrieved, "PATCH": updated, "DELETE": removed}),
    Resource(
        "sobjects/{sobject}/{key}/{value}",
        {"GET": retrieved_by_key, "PATCH": upserted, "DELETE": removed_by_key},
    ),
)
"""Most specific first."""
