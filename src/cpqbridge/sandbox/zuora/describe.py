"""Describe: the objects of the tenant and their fields, custom fields included, as XML.

``GET /v1/describe`` and ``GET /v1/describe/{Object}``. Fields of the objects of the Orders feature are in the context
``export`` only, because ZOQL does not know them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora import units
from cpqbridge.sandbox.zuora.billing.usage_records import USAGE
from cpqbridge.sandbox.zuora.catalog import ENTRIES
from cpqbridge.sandbox.zuora.catalog.entry import crud_name
from cpqbridge.sandbox.zuora.fields import Rule
from cpqbridge.sandbox.zuora.http import flag
from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed
from cpqbridge.sandbox.zuora.object_query.tables import BY_KIND, BY_NAME, ENTITIES
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.sandbox.zuora.zoql.objects import ORDERS_OBJECTS, Field, soap_fields, soap_name

_TYPES = {
    "text": "text",
    "number": "decimal",
    "int": "integer",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
}

_SYSTEM = listed("id createdById createdDate updatedById updatedDate")

#: Fields of accounts that Zuora computes.
_COMPUTED = listed("""
    balance creditBalance lastInvoiceDate lastMetricsUpdate mrr reservedPaymentAmount totalDebitMemoBalance
    totalInvoiceBalance unappliedBalance unappliedCreditMemoAmount
""")

#: Kinds of which no field is set directly: orders and bill runs make them.
_MADE_BY_ORDERS = listed("""
    subscription ratePlan ratePlanCharge ratePlanChargeTier orderAction invoice invoiceItem creditMemo creditMemoItem
    billRun
""")

_TABLES: dict[str, Mapping[str, Rule]] = {
    **{entry.kind: entry.table for entry in (*ENTRIES, USAGE)},
    units.KIND: units.TABLE,
}
_LOCKED = {entry.kind: entry.locked for entry in (*ENTRIES, USAGE)}


def routes(tenant: Tenant) -> list[BaseRoute]:
    """The routes of describe."""

    async def objects(request: Request) -> Response:
        root = Element("objects")
        for entity in sorted(ENTITIES, key=lambda item: item.name):
            _named(SubElement(root, "object", href=_address(request, entity)), entity.name)
        return _xml(root)

    async def single(request: Request) -> Response:
        entity = BY_NAME.get(request.path_params["object"].lower())
        if entity is None:
            return _unknown(request.path_params["object"])
        return _xml(_described(request, tenant, entity))

    return [
        Route("/v1/describe", objects, methods=["GET"]),
        Route("/v1/describe/{object}", single, methods=["GET"]),
    ]


def _described(request: Request, tenant: Tenant, entity: Entity) -> Element:
    root = Element("object", href=_address(request, entity))
    _named(root, entity.name)
    fields = SubElement(root, "fields")
    customs = {soap_name(field.name): field.rule for field in tenant.custom_fields(entity.kind)}
    for field in soap_fields(entity, tenant):
        _add_field(fields, entity, field, customs.get(field.name) or _TABLES.get(entity.kind, {}).get(field.name))
    if flag(request, "showRelationships", default=True):
        related = SubElement(root, "related-objects")
        for name, relation in entity.relations.items():
            target = BY_KIND[relation.kind]
            item = SubElement(related, "object", href=_address(request, target))
            _leaf(item, "name", target.name if relation.many else crud_name(name))
            _leaf(item, "label", _label(crud_name(name)))
            _leaf(item, "cardinality", "TO_MANY" if relation.many else "TO_ONE")
    return root


def _add_field(parent: Element, entity: Entity, field: Field, rule: Rule | None) -> None:
    createable = field.custom or (rule is not None if entity.kind in _TABLES else _settable(entity, field))
    values = {
        "name": field.name,
        "label": _label(field.name.removesuffix("__c")),
        "selectable": True,
        "createable": createable,
        "updateable": createable and field.name not in _LOCKED.get(entity.kind, ()),
        "filterable": True,
        "custom": field.custom,
        "maxlength": (rule and rule.max_length) or "",
        "required": bool(rule and rule.required),
        "type": "picklist" if rule and rule.enum else _TYPES[field.kind],
    }
    item = SubElement(parent, "field")
    for name, value in values.items():
        _leaf(item, name, str(value).lower() if isinstance(value, bool) else str(value))
    if rule and rule.enum:
        options = SubElement(item, "options")
        for option in rule.enum:
            _leaf(options, "option", option)
    contexts = SubElement(item, "contexts")
    for context in ("export",) if entity.name.lower() in ORDERS_OBJECTS else ("soap", "export"):
        _leaf(contexts, "context", context)


def _settable(entity: Entity, field: Field) -> bool:
    return entity.kind not in _MADE_BY_ORDERS and field.row_name not in _SYSTEM | _COMPUTED


def _named(parent: Element, name: str) -> None:
    _leaf(parent, "name", name)
    _leaf(parent, "label", _label(name))


def _leaf(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _label(name: str) -> str:
    """``ProductRatePlan`` in words: ``Product Rate Plan``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name[0].upper() + name[1:])


def _address(request: Request, entity: Entity) -> str:
    return f"{request.base_url}v1/describe/{entity.name}"


def _unknown(name: str) -> Response:
    root = Element("error")
    _leaf(root, "code", "INVALID_TYPE")
    _leaf(root, "message", f"The object '{name}' does not exist.")
    return _xml(root, 404)


def _xml(root: Element, status: int = 200) -> Response:
    return Response(
        tostring(root, encoding="UTF-8", xml_declaration=True), status, media_type="text/xml; charset=utf-8"
    )
