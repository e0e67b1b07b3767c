"""What an org says of its objects: which fields, parents and children there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldDescribe:
    """One field, with the attributes of the same names in Salesforce's describe.

    Attributes:
        name: API name in the org's spelling.
        type: `string`, `picklist`, `reference`, `currency` …
        length: Characters at most; 0 where it does not apply.
        nillable: May be empty.
        createable: The user may set it in a new record.
        updateable: The user may change it.
        calculated: A formula.
        filterable: May stand in WHERE.
        relationship_name: Path name of the parent, such as `Account` or `SBQQ__Quote__r`.
        reference_to: Objects that it may point to.
        values: Active picklist values.
        scale: Digits after the decimal point.
        label: What people see.
    """

    name: str
    type: str
    length: int
    nillable: bool
    createable: bool
    updateable: bool
    calculated: bool
    filterable: bool
    relationship_name: str | None
    reference_to: tuple[str, ...]
    values: tuple[str, ...]
    scale: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Describe:
    """One object as the signed-in user sees it. All keys are in lower case, as names have no case in SOQL.

    Attributes:
        name: API name.
        queryable: Whether the user may query it.
        fields: By name.
        parents: Relationship name to the field that holds the parent's id.
        children: Child relationship name to the child object's name.
        record_types: Developer names of the active record types.
    """

    name: str
    queryable: bool
    fields: Mapping[str, FieldDescribe]
    parents: Mapping[str, FieldDescribe]
    children: Mapping[str, str]
    record_types: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Describe:
        """Read the answer of `GET sobjects/{S}/describe`."""
        fields = [_field(entry) for entry in document["fields"]]
        return cls(
            name=document["name"],
            queryable=document.get("queryable", True),
            fields={field.name.lower(): field for field in fields},
            parents={field.relationship_name.lower(): field for field in fields if field.relationship_name},
            children={
                child["relationshipName"].lower(): child["childSObject"]
                for child in document.get("childRelationships") or ()
                if child.get("relationshipName")
            },
            record_types=tuple(
                kind["developerName"] for kind in document.get("recordTypeInfos") or () if kind.get("active", True)
            ),
        )

    def field(self, name: str) -> FieldDescribe | None:
        """Return a field, or None when the org has none of this name or hides it from the user."""
        return self.fields.get(name.lower())


def _field(entry: Mapping[str, Any]) -> FieldDescribe:
    return FieldDescribe(
        name=entry["name"],
        type=entry.get("type", "string"),
        length=int(entry.get("length") or 0),
        nillable=entry.get("nillable", True),
        createable=entry.get("createable", False),
        updateable=entry.get("updateable", False),
        calculated=entry.get("calculated", False),
        filterable=entry.get("filterable", True),
        relationship_name=entry.get("relationshipName"),
        reference_to=tuple(entry.get("referenceTo") or ()),
        values=tuple(value["value"] for value in entry.get("picklistValues") or () if value.get("active", True)),
        scale=int(entry.get("scale") or 0),
        label=entry.get("label") or entry["name"],
    )
