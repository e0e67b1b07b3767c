"""The words in which the object tables are written: one short function for each kind of field.

Every function takes the API name first and passes further `Field` attributes on. Labels come from the name unless
given. A name that ends in `__c` makes a custom field, and the relationship names follow the platform's rule (`X__c` →
`X__r`, `XId` → `X`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cpqbridge.sandbox.salesforce.catalogue.geography import COUNTRIES, STATES
from cpqbridge.sandbox.salesforce.catalogue.model import Field, SObject

_STATE_CODES = "|".join(dict.fromkeys(code for states in STATES.values() for code in states))
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def label_of(name: str) -> str:
    """Return the words of an API name: `SBQQ__BillingTermUnit__c` → `Billing Term Unit`."""
    bare = re.sub(r"__c$|^\w+?__(?=\w+__c$)", "", name.removesuffix("__c") + "__c")
    words = " ".join(_WORDS.findall(bare.removesuffix("__c").replace("_", " ")))
    return re.sub(r"\bId$", "ID", words)


def field(name: str, kind: Any, **more: Any) -> Field:
    """Return a field of any type; the other functions of this module are built on it."""
    more.setdefault("label", label_of(name))
    return Field(name, type=kind, custom=name.endswith("__c"), **more)


def text(name: str, length: int = 255, **more: Any) -> Field:
    """A line of text of at most `length` characters."""
    return field(name, "string", length=length, **more)


def long(name: str, length: int = 32000, **more: Any) -> Field:
    """Text of several lines."""
    return field(name, "textarea", length=length, **more)


def phone(name: str) -> Field:
    """A telephone number."""
    return field(name, "phone", length=40)


def email(name: str, length: int = 80) -> Field:
    """An e-mail address."""
    return field(name, "email", length=length)


def url(name: str) -> Field:
    """A web address."""
    return field(name, "url", length=255)


def pick(name: str, values: str = "", *, restricted: bool = False, **more: Any) -> Field:
    """A picklist; `values` are separated by `|`, in display order."""
    more.setdefault("length", 255 if name.endswith("__c") else 40)
    return field(name, "picklist", picklist=tuple(filter(None, values.split("|"))), restricted=restricted, **more)


def flag(name: str, *, default: bool = False, **more: Any) -> Field:
    """A checkbox; never null."""
    return field(name, "boolean", nillable=False, default=default, **more)


def date(name: str, **more: Any) -> Field:
    """A calendar day."""
    return field(name, "date", **more)


def moment(name: str, **more: Any) -> Field:
    """A point in time, kept in UTC."""
    return field(name, "datetime", **more)


def whole(name: str, **more: Any) -> Field:
    """A standard whole number."""
    return field(name, "int", precision=9, **more)


def number(name: str, precision: int = 18, scale: int = 2, **more: Any) -> Field:
    """A decimal number of `precision` digits, `scale` of them behind the point."""
    return field(name, "double", precision=precision, scale=scale, **more)


def money(name: str, precision: int = 18, scale: int = 2, **more: Any) -> Field:
    """An amount in the record's currency."""
    return field(name, "currency", precision=precision, scale=scale, **more)


def percent(name: str, precision: int = 18, scale: int = 2, **more: Any) -> Field:
    """A percentage: 12.5 is 12.5 %."""
    return field(name, "percent", precision=precision, scale=scale, **more)


def ref(name: str, to: str, children: str | None = None, **more: Any) -> Field:
    """A lookup to one object or several (`|`); `children` is the name of the rows seen from the parent."""
    relationship = name.removesuffix("__c") + "__r" if name.endswith("__c") else name.removesuffix("Id")
    more.setdefault("relationship_name", relationship)
    more.setdefault("label", label_of(name))
    targets = tuple(to.split("|"))
    return field(name, "reference", length=18, reference_to=targets, child_relationship=children, **more)


def master(name: str, to: str, children: str | None = None, **more: Any) -> Field:
    """A master-detail link: required, and the detail goes with its master."""
    more.setdefault("updateable", False)
    return ref(name, to, children, nillable=False, cascade_delete=True, **more)


def auto(name: str, pattern: str, **more: Any) -> Field:
    """A number that the platform counts up, such as `SUB-{0000000}`."""
    more.setdefault("length", 80 if name == "Name" else 30)
    return field(
        name, "string", nillable=False, createable=False, updateable=False, auto_number=pattern, **more
    )  # fmt: skip


def formula(name: str, kind: Any, sql: str, **more: Any) -> Field:
    """A custom formula: an SQL template as `columns` describes it."""
    return field(name, kind, createable=False, updateable=False, calculated=sql, **more)


def derived(name: str, kind: Any, sql: str, **more: Any) -> Field:
    """A standard value that the platform works out and nobody writes."""
    return field(name, kind, createable=False, updateable=False, derived=sql, **more)


def address(prefix: str, *, codes: bool = False) -> list[Field]:
    """A compound address `<prefix>Address` and its parts; `codes` adds the state and country code picklists."""
    part: dict[str, Any] = {"compound_field_name": f"{prefix}Address"}
    code_parts = [
        pick(f"{prefix}StateCode", _STATE_CODES, length=10, **part),
        pick(f"{prefix}CountryCode", "|".join(COUNTRIES), length=10, **part),
    ]
    accuracies = "Address|NearAddress|Block|Street|ExtendedZip|Zip|Neighborhood|City|County|State|Unknown"
    return [
        field(f"{prefix}Street", "textarea", length=255, **part),
        text(f"{prefix}City", 40, **part),
        text(f"{prefix}State", 80, label=f"{label_of(prefix)} State/Province", **part),
        text(f"{prefix}PostalCode", 20, label=f"{label_of(prefix)} Zip/Postal Code", **part),
        text(f"{prefix}Country", 80, **part),
        *(code_parts if codes else []),
        number(f"{prefix}Latitude", 18, 15, **part),
        number(f"{prefix}Longitude", 18, 15, **part),
        pick(f"{prefix}GeocodeAccuracy", accuracies, restricted=True, **part),
        field(f"{prefix}Address", "address", createable=False, updateable=False),
    ]


def name_text(length: int = 255, **more: Any) -> Field:
    """The `Name` that a person gives a record."""
    more.setdefault("nillable", False)
    return text("Name", length, name_field=True, **more)


def flatten(fields: Iterable[Field | list[Field]]) -> list[Field]:
    """Return one list of fields out of fields and lists of fields."""
    return [f for entry in fields for f in (entry if isinstance(entry, list) else [entry])]


def sobject(name: str, key_prefix: str, *fields: Field | list[Field], label: str = "", **more: Any) -> SObject:
    """Return an object of the fields given; system fields are added by `standard_catalogue`."""
    label = label or label_of(name)
    plural = label[:-1] + "ies" if label.endswith("y") else label + "s"
    return SObject(name, label, plural, key_prefix, {f.name.lower(): f for f in flatten(fields)}, **more)
