"""``POST /v1/action/update``: the REST twin of SOAP's ``update()``, for the rate plans of subscriptions.

The answer is an array in the order of the objects, ``{"Success": true, "Id"}`` or ``{"Success": false, "Errors"}``
each; a call that is wrong as a whole is a fault. Fields that the type does not have are ignored as in Zuora, unless the
query says ``rejectUnknownFields=true``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.envelopes import GatewayError, ObjectError, QueryFault, Refusals, error_object
from cpqbridge.sandbox.zuora.fields import Table, check, rule, text
from cpqbridge.sandbox.zuora.http import answer, flag, read_body
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.sandbox.zuora.zoql.objects import find_object, soap_name

Body = dict[str, Any]

MAX_OBJECTS = 50

#: Resource of the codes that `check` makes; this family shows their names only.
_RESOURCE = 500000

#: What ``update()`` may set on a RatePlan besides its custom fields, by Zuora's SOAP reference.
_UPDATABLE: Table = {"ExternallyManagedPlanId": text(32), "Id": rule("str", required=True)}

_TO_NULL = "fieldsToNull"


def routes(tenant: Tenant) -> list[Route]:
    """The route of updates."""

    async def update(request: Request) -> Response:
        body = await read_body(request)
        objects = _objects(body)
        known = _known(tenant, body.get("type"))
        if flag(request, "rejectUnknownFields") and any(set(item) - {*known, _TO_NULL} for item in objects):
            raise GatewayError(400, "Error - unrecognised fields")
        return answer([_save(tenant, item, known) for item in objects])

    return [Route("/v1/action/update", update, methods=["POST"])]


def _objects(body: Body) -> list[Body]:
    objects = body.get("objects")
    if not isinstance(objects, list) or not objects or not all(isinstance(item, dict) for item in objects):
        raise QueryFault("INVALID_VALUE", "objects must be an array of at least one object.")
    if len(objects) > MAX_OBJECTS:
        raise QueryFault("MAX_RECORDS_EXCEEDED", f"At most {MAX_OBJECTS} objects can be updated in one call.")
    return objects


def _known(tenant: Tenant, kind: Any) -> dict[str, str]:
    """Row field by SOAP field of a type.

    Raises:
        QueryFault: There is no such type.
        ObjectError: The type is not updated by this call in this tenant.
    """
    found = find_object(kind, tenant) if isinstance(kind, str) else None
    if found is None:
        raise QueryFault("INVALID_TYPE", f"The type '{kind}' does not exist.")
    if found.entity.kind != "ratePlan":
        message = f"You do not have the permission to update {found.entity.name} objects by this call."
        raise ObjectError("MISSING_PERMISSION", message)
    return {item.name: item.row_name for item in found.fields.values()}


def _save(tenant: Tenant, given: Body, known: dict[str, str]) -> Body:
    """Change one rate plan; what is wrong with it is its own answer and leaves the others alone."""
    try:
        row = _changed(tenant, given, known)
    except ObjectError as error:
        return error_object([(error.code, error.message)])
    except Refusals as error:
        return error_object([("INVALID_VALUE", reason.message) for reason in error.reasons])
    return {"Success": True, "Id": row["id"]}


def _changed(tenant: Tenant, given: Body, known: dict[str, str]) -> Row:
    key = given.get("Id")
    if not key:
        raise ObjectError("MISSING_REQUIRED_VALUE", "Missing required value: Id")
    row = tenant.store.get("ratePlan", key) if isinstance(key, str) else None
    if row is None:
        raise ObjectError("INVALID_ID", f"invalid id for update: {key}")
    changes = {name: value for name, value in given.items() if name in known}
    changes |= dict.fromkeys(_nulled(given, known))
    customs = {soap_name(name): field for name, field in tenant.custom_rules().get("ratePlan", {}).items()}
    _check_updatable(changes, {*_UPDATABLE, *customs})
    check(changes, {**customs, **_UPDATABLE}, resource=_RESOURCE, blank=True)
    fields = {known[name]: None if value == "" else value for name, value in changes.items() if name != "Id"}
    return tenant.store.update("ratePlan", row["id"], fields)


def _nulled(given: Body, known: dict[str, str]) -> list[str]:
    names = given.get(_TO_NULL) or []
    if not isinstance(names, list):
        raise ObjectError("INVALID_VALUE", f"{_TO_NULL} must be an array of field names.")
    unknown = [str(name) for name in names if name not in known]
    if unknown:
        raise ObjectError("INVALID_FIELD", f"{_TO_NULL}: RatePlan has no field {', '.join(unknown)}.")
    return names


def _check_updatable(changes: Body, updatable: Collection[str]) -> None:
    locked = sorted(set(changes) - set(updatable))
    if locked:
        raise ObjectError("INVALID_FIELD", f"The field {', '.join(locked)} of RatePlan cannot be updated.")
