"""The CRUD calls of the catalog: ``/v1/object/product``, ``product-rate-plan`` and ``product-rate-plan-charge``.

Unknown fields are refused; with ``rejectUnknownFields=false`` they are ignored, with ``true`` the refusal is
Zuora's own ``{"message": "Error - unrecognised fields"}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora.catalog.entry import Body, Entry, invalid, missing, not_found, to_crud, to_row
from cpqbridge.sandbox.zuora.catalog.tables import optional
from cpqbridge.sandbox.zuora.envelopes import GatewayError, ObjectError
from cpqbridge.sandbox.zuora.fields import Rule, check
from cpqbridge.sandbox.zuora.http import answer, flag, read_body
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant


def create(tenant: Tenant, entry: Entry, body: Mapping[str, Any]) -> Row:
    """Make a catalog record from a request body in CRUD names.

    Raises:
        ObjectError, Refusals: The body is not good; nothing is written.
    """
    given = _normal(body)
    _check(tenant, entry, given, entry.table)
    with tenant.store.transaction():
        prepared = entry.prepare(tenant, given)
        row = tenant.store.insert(entry.kind, to_row(_own(entry, prepared)))
        entry.save(tenant, row["id"], prepared)
    return row


def change(tenant: Tenant, entry: Entry, row_id: str, body: Mapping[str, Any]) -> Row:
    """Change a catalog record; null and the empty string empty a field.

    Raises:
        ObjectError, Refusals: There is no such record, or it would not be good; nothing is written.
    """
    row = _get(tenant, entry, row_id)
    changes = _normal(body, keep_null=True)
    _check(tenant, entry, {name: value for name, value in changes.items() if value is not None}, optional(entry.table))
    current = to_crud({**row, "id": row_id})
    _check_locked(tenant, entry, current, changes)
    whole = {name: value for name, value in {**current, **changes}.items() if value is not None}
    for name, field in entry.table.items():
        if field.required and name not in entry.apart and name not in whole:
            raise missing(name)
    with tenant.store.transaction():
        prepared = entry.prepare(tenant, whole)
        emptied = {name for name, value in changes.items() if value is None and name not in prepared}
        row = tenant.store.update(entry.kind, row_id, to_row({**_own(entry, prepared), **dict.fromkeys(emptied)}))
        entry.save(tenant, row_id, prepared)
    return row


def _check_locked(tenant: Tenant, entry: Entry, current: Body, changes: Body) -> None:
    changed = {name for name, value in changes.items() if value != current.get(name)}
    for name in sorted(entry.locked & changed):
        raise invalid(f"{name} cannot be changed.")
    used_by = entry.users(tenant, current["Id"]) if entry.locked_in_use & changed else None
    if used_by:
        names = ", ".join(sorted(entry.locked_in_use & changed))
        raise invalid(f"{names} cannot be changed because '{current['Name']}' is used by {used_by}.")


def delete(tenant: Tenant, entry: Entry, row_id: str) -> None:
    """Delete a catalog record with all that belongs to it.

    Raises:
        ObjectError: There is no such record, or it is used.
    """
    row = _get(tenant, entry, row_id)
    used_by = entry.users(tenant, row_id)
    if used_by:
        raise ObjectError("INVALID_VALUE", f"'{row['name']}' cannot be deleted because it is used by {used_by}.")
    with tenant.store.transaction():
        entry.remove(tenant, row_id)
        tenant.store.delete(entry.kind, row_id)


def routes(tenant: Tenant, entry: Entry) -> list[BaseRoute]:
    """The CRUD routes of one kind."""
    calls = _Calls(tenant, entry)
    path = f"/v1/object/{entry.path}"
    return [
        Route(path, calls.post, methods=["POST"]),
        Route(f"{path}/{{id}}", calls.get, methods=["GET"]),
        Route(f"{path}/{{id}}", calls.put, methods=["PUT"]),
        Route(f"{path}/{{id}}", calls.delete, methods=["DELETE"]),
    ]


class _Calls:
    def __init__(self, tenant: Tenant, entry: Entry) -> None:
        self._tenant = tenant
        self._entry = entry

    async def post(self, request: Request) -> Response:
        body = self._known(request, await read_body(request))
        row = create(self._tenant, self._entry, body)
        return answer({"Success": True, "Id": row["id"]})

    async def get(self, request: Request) -> Response:
        row = _get(self._tenant, self._entry, request.path_params["id"])
        record = {name: value for name, value in to_crud(row).items() if name not in self._entry.hidden}
        names = [name.strip() for name in request.query_params.get("fields", "").split(",") if name.strip()]
        return answer({name: value for name, value in record.items() if name in names} if names else record)

    async def put(self, request: Request) -> Response:
        body = self._known(request, await read_body(request))
        row = change(self._tenant, self._entry, request.path_params["id"], body)
        return answer({"Success": True, "Id": row["id"]})

    async def delete(self, request: Request) -> Response:
        row_id = request.path_params["id"]
        delete(self._tenant, self._entry, row_id)
        return answer({"success": True, "id": row_id})

    def _known(self, request: Request, body: Body) -> Body:
        entry = self._entry
        known = {*entry.table, *entry.unavailable, *self._tenant.customs(entry.kind)}
        if "rejectUnknownFields" not in request.query_params or known.issuperset(body):
            return body
        if flag(request, "rejectUnknownFields"):
            raise GatewayError(400, "Error - unrecognised fields")
        return {name: value for name, value in body.items() if name in known}


def _normal(body: Mapping[str, Any], *, keep_null: bool = False) -> Body:
    """Lists given as text with commas become lists; empty texts become null, which is dropped unless kept."""
    normal: Body = {}
    for name, value in body.items():
        if name in {"ActiveCurrencies", "ExternalRatePlanIds", "ExternallyManagedPlanIds"} and isinstance(value, str):
            normal[name] = [item.strip() for item in value.split(",") if item.strip()]
        elif value not in (None, ""):
            normal[name] = value
        elif keep_null:
            normal[name] = None
    return normal


def _check(tenant: Tenant, entry: Entry, body: Body, table: Mapping[str, Rule]) -> None:
    off = sorted(name for name in entry.unavailable & set(body) if body[name] is not False)
    if off:
        raise ObjectError("MISSING_PERMISSION", f"{', '.join(off)}: the feature is not enabled for this tenant.")
    wanted = {name: value for name, value in body.items() if name not in entry.unavailable}
    check(wanted, table, resource=entry.resource, custom=entry.kind, customs=tenant.custom_rules())


def _own(entry: Entry, body: Body) -> Body:
    """The fields of the record's own row."""
    return {
        name: value
        for name, value in body.items()
        if name not in entry.apart and (name in entry.table or name.endswith("__c"))
    }


def _get(tenant: Tenant, entry: Entry, row_id: str) -> Row:
    row = tenant.store.get(entry.kind, row_id)
    if row is None:
        raise not_found(entry.path.replace("-", " ").capitalize(), row_id)
    return row
