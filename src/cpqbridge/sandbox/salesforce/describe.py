"""Describe: what a client may learn of objects and fields, with every key that clients read."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Any, Final

from cpqbridge.sandbox.salesforce.catalogue.model import NUMBERS, TEXTS, ChildRelationship, Field, SObject
from cpqbridge.sandbox.salesforce.records import require_sobject
from cpqbridge.sandbox.salesforce.rest import Answer, Call
from cpqbridge.sandbox.wire import encode

_SOAP_TYPES: Final[dict[str, str]] = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}


def global_describe(call: Call) -> Answer:
    """Answer `GET sobjects`."""
    return _cached(
        call,
        {
            "encoding": "UTF-8",
            "maxBatchSize": 200,
            "sobjects": [_summary(call, table) for table in call.org.store.catalogue.objects() if table.fields],
        },
    )


def describe(call: Call, sobject: str) -> Answer:
    """Answer `GET sobjects/{S}/describe`."""
    table = require_sobject(call.org, sobject)
    body = _summary(call, table) | {
        "actionOverrides": [],
        "childRelationships": [_child(child) for child in table.child_relationships],
        "compactLayoutable": True,
        "fields": [_field(field) for field in table.fields.values()],
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [],
        "networkScopeFieldName": None,
        "recordTypeInfos": _record_types(call, table),
        "searchLayoutable": True,
        "supportedScopes": [{"label": f"All {table.label_plural}", "name": "everything"}],
    }
    body["urls"] |= {
        "uiDetailTemplate": f"{call.host}/{{ID}}",
        "uiEditTemplate": f"{call.host}/{{ID}}/e",
        "uiNewRecord": f"{call.host}/{table.key_prefix}/e",
    }
    return _cached(call, body)


def information(call: Call, sobject: str) -> Answer:
    """Answer `GET sobjects/{S}`: the object's summary and its recent records."""
    table = require_sobject(call.org, sobject)
    return Answer(body={"objectDescribe": _summary(call, table), "recentItems": []})


def _cached(call: Call, body: dict[str, Any]) -> Answer:
    """Answer 304 when the caller has this very body already, by `If-None-Match` or `If-Modified-Since`."""
    changed = call.org.metadata_changed.replace(microsecond=0)
    etag = f'"{sha256(encode(body)).hexdigest()[:32]}"'
    headers = {"Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True), "ETag": etag}
    known = call.headers.get("if-none-match")
    if known is not None:
        fresh = etag in known
    else:
        since = _http_date(call.headers.get("if-modified-since"))
        fresh = since is not None and changed <= since
    return Answer(304, headers=headers) if fresh else Answer(body=body, headers=headers)


def _http_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _summary(call: Call, table: SObject) -> dict[str, Any]:
    root = f"{call.root}/sobjects/{table.name}"
    return {
        "activateable": False,
        "associateEntityType": None,
        "associateParentEntity": None,
        "createable": table.createable,
        "custom": table.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": table.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": table.key_prefix,
        "label": table.label,
        "labelPlural": table.label_plural,
        "layoutable": True,
        "mergeable": table.name in {"Account", "Contact"},
        "mruEnabled": True,
        "name": table.name,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": table.deletable,
        "updateable": table.updateable,
        "urls": {"sobject": root, "describe": f"{root}/describe", "rowTemplate": f"{root}/{{ID}}"},
    }


def _child(child: ChildRelationship) -> dict[str, Any]:
    return {
        "cascadeDelete": child.cascade_delete,
        "childSObject": child.child_sobject,
        "deprecatedAndHidden": False,
        "field": child.field,
        "junctionIdListNames": [],
        "junctionReferenceTo": [],
        "relationshipName": child.relationship_name,
        "restrictedDelete": False,
    }


def _record_types(call: Call, table: SObject) -> list[dict[str, Any]]:
    """Return the object's record types, and the master one, which is the API user's default."""
    master = {"Id": "012000000000000AAA", "DeveloperName": "Master", "Name": "Master", "IsActive": True}
    rows = call.org.store.find("RecordType", "SobjectType", table.name)
    return [_record_type(call, table, row, master=row is master) for row in (*rows, master)]


def _record_type(call: Call, table: SObject, row: dict[str, Any], *, master: bool) -> dict[str, Any]:
    return {
        "active": row["IsActive"],
        "available": row["IsActive"],
        "defaultRecordTypeMapping": master,
        "developerName": row["DeveloperName"],
        "master": master,
        "name": row["Name"],
        "recordTypeId": row["Id"],
        "urls": {"layout": f"{call.root}/sobjects/{table.name}/describe/layouts/{row['Id']}"},
    }


def _field(field: Field) -> dict[str, Any]:
    sortable = field.filterable
    plain_text = field.type in TEXTS
    return {
        "aggregatable": sortable and field.type != "boolean",
        "aiPredictionField": False,
        "autoNumber": field.auto_number is not None,
        "byteLength": field.length * 3 if plain_text else field.length,
        "calculated": field.calculated is not None,
        "calculatedFormula": None,
        "cascadeDelete": field.cascade_delete,
        "caseSensitive": field.case_sensitive,
        "compoundFieldName": field.compound_field_name,
        "controllerName": None,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default,
        "defaultValueFormula": None,
        "defaultedOnCreate": field.default is not None or field.type == "boolean" or not field.createable,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": field.precision if field.type == "int" else 0,
        "displayLocationInDecimal": False,
        "encrypted": False,
        "externalId": field.external_id,
        "extraTypeInfo": _extra_type(field),
        "filterable": field.filterable,
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "groupable": sortable and field.type not in NUMBERS and field.type != "datetime",
        "highScaleNumber": False,
        "htmlFormatted": False,
        "idLookup": field.external_id or field.type == "id" or field.name_field or field.type == "email",
        "inlineHelpText": None,
        "label": field.label,
        "length": field.length,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": len(field.reference_to) > 1,
        "nillable": field.nillable,
        "permissionable": field.nillable and field.type not in {"id", "address"},
        "picklistValues": [_picklist_value(field, value) for value in field.picklist],
        "polymorphicForeignKey": len(field.reference_to) > 1,
        "precision": field.precision if field.type in NUMBERS else 0,
        "queryByDistance": False,
        "referenceTargetField": None,
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship_name,
        "relationshipOrder": 0 if field.cascade_delete and field.custom else None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted,
        "scale": field.scale,
        "searchPrefilterable": field.type == "reference",
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": sortable,
        "type": field.type,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": False,
    }


def _extra_type(field: Field) -> str | None:
    return "plaintextarea" if field.type == "textarea" and field.length else None


def _picklist_value(field: Field, value: str) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": field.default == value,
        "label": value,
        "validFor": None,
        "value": value,
    }
