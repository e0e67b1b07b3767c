"""Custom fields that the tenant defined: their types, what a value may be, how queries compare it.

A definition is a plain name (``Segment__c``, a text of 255 characters) or an object:

    {"name": "Tier__c", "type": "Picklist", "options": ["Gold", "Silver"]}

Types are those of Zuora's custom fields; a boolean is true or false, a date ``YYYY-MM-DD``, a picklist value is one of
the options exactly as written. Null and the empty text empty a field of any type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.zuora.fields import Rule, rule

#: Characters that a text holds when its definition does not say.
DEFAULT_LENGTH = 255

#: Type of a definition -> kind of its `Rule`, type that queries compare by.
_TYPES: dict[str, tuple[str, str]] = {
    "Text": ("str", "text"),
    "Picklist": ("str", "text"),
    "Number": ("number", "number"),
    "Integer": ("int", "int"),
    "Boolean": ("bool", "bool"),
    "Date": ("date", "date"),
    "Datetime": ("datetime", "datetime"),
}

_NAME = re.compile(r"[A-Za-z]\w*__c")
_MEMBERS = {"name", "type", "maxlength", "options"}


@dataclass(frozen=True, slots=True)
class CustomField:
    """One custom field.

    Attributes:
        name: API name with its ending ``__c``.
        type: ``Text Picklist Number Integer Boolean Date Datetime``.
        maxlength: Characters that a text may have.
        options: Values of a picklist.
    """

    name: str
    type: str = "Text"
    maxlength: int = DEFAULT_LENGTH
    options: tuple[str, ...] = ()

    @property
    def rule(self) -> Rule:
        """What a request may set the field to."""
        kind = _TYPES[self.type][0]
        return rule(kind, max_length=self.maxlength if kind == "str" else None, enum=self.options or None)

    @property
    def kind(self) -> str:
        """The type by which queries compare: ``text number int bool date datetime``."""
        return _TYPES[self.type][1]


def parse(definition: str | Mapping[str, Any]) -> CustomField:
    """Read a definition.

    Raises:
        ValueError: It is none, as a sentence.
    """
    given: dict[str, Any] = {"name": definition} if isinstance(definition, str) else dict(definition)
    name, kind = given.get("name"), given.get("type", "Text")
    unknown = sorted(set(given) - _MEMBERS)
    if unknown:
        raise ValueError(f"A custom field has no '{unknown[0]}'; it has {', '.join(sorted(_MEMBERS))}.")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"The custom field name {name!r} must end with __c.")
    if kind not in _TYPES:
        raise ValueError(f"The type of '{name}' must be one of {', '.join(_TYPES)}.")
    length, options = given.get("maxlength", DEFAULT_LENGTH), given.get("options", [])
    if type(length) is not int or length < 1 or ("maxlength" in given and kind != "Text"):
        raise ValueError(f"The maxlength of '{name}' must be a positive integer, and is for type Text only.")
    if not isinstance(options, list) or not all(isinstance(option, str) and option for option in options):
        raise ValueError(f"The options of '{name}' must be a list of texts.")
    if bool(options) != (kind == "Picklist"):
        raise ValueError(f"'{name}' is of type {kind}: options are needed for a Picklist and for nothing else.")
    return CustomField(name, kind, length, tuple(options))


def emptied(values: Mapping[str, Any] | None) -> dict[str, Any]:
    """Checked values of custom fields as row fields: empty texts are None."""
    return {name: None if value == "" else value for name, value in (values or {}).items()}
