"""What a tenant says of its objects: which fields there are, custom ones included.

`GET /v1/describe/{Object}` answers in XML. It is parsed without document types, hence without entities that grow or
that read files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from cpqbridge.errors import CallForHelp
from cpqbridge.zuora.client import ZuoraClient, part


@dataclass(frozen=True, slots=True)
class ZuoraField:
    """One field, with the elements of the same names in Zuora's describe.

    Attributes:
        name: API name in SOAP's spelling, such as `CrmId__c`.
        type: `text`, `picklist`, `boolean`, `integer`, `decimal`, `date` or `datetime`, in lower case.
        maxlength: Characters at most; None where Zuora names no limit.
        custom: Defined by the tenant.
        createable: A create may set it.
        updateable: An update may change it.
        required: A create must set it.
        options: Values of a picklist.
    """

    name: str
    type: str
    maxlength: int | None
    custom: bool
    createable: bool
    updateable: bool
    required: bool
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ZuoraObject:
    """One object.

    Attributes:
        name: API name, such as `RatePlanCharge`.
        fields: By name in lower case: REST and SOAP differ in the first letter.
    """

    name: str
    fields: Mapping[str, ZuoraField]

    def field(self, name: str) -> ZuoraField | None:
        """Return a field, or None when the tenant has none of this name."""
        return self.fields.get(name.lower())


async def describe(client: ZuoraClient, name: str) -> ZuoraObject | None:
    """Return an object as the tenant has it, None when it has none of this name.

    Raises:
        CallForHelp: CPQ-901, the answer is no description.
        CpqBridgeError: Any refusal.
    """
    answer = await client.get_or_none(f"/v1/describe/{part(name)}")
    return None if answer is None else read(name, answer)


def read(name: str, answer: Mapping[str, Any]) -> ZuoraObject:
    """Read the answer of describe.

    Raises:
        CallForHelp: CPQ-901, it is no description.
    """
    content = answer.get("xml")
    root = _parse(content) if isinstance(content, bytes) else None
    found = root.find("fields") if root is not None else None
    if found is None:
        raise CallForHelp("CPQ-901", f"Zuora's description of {name} cannot be understood")
    fields = [_field(element) for element in found.iterfind("field")]
    return ZuoraObject(name, {field.name.lower(): field for field in fields})


def _parse(content: bytes) -> Element | None:
    """Return the root, None for what is no XML or has a document type."""
    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError):
        return None
    return builder.close()


def _refuse(*_declaration: object) -> None:
    raise ValueError("a description has no document type")


def _field(element: Element) -> ZuoraField:
    def text(name: str) -> str:
        return (element.findtext(name) or "").strip()

    length = text("maxlength")
    return ZuoraField(
        name=text("name"),
        type=text("type").lower(),
        maxlength=int(length) if length.isdecimal() else None,
        custom=text("custom") == "true",
        createable=text("createable") == "true",
        updateable=text("updateable") == "true",
        required=text("required") == "true",
        options=tuple((option.text or "").strip() for option in element.iterfind("options/option")),
    )
