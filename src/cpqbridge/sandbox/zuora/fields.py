"""Checks of request bodies by tables: unknown fields, required fields, types, lengths, enumerations.

A table is a ``dict`` from field name to `Rule`:

    ORDER = {
        "orderDate": rule("date", required=True),
        "description": rule("str", max_length=500),
        "category": rule("str", enum=("NewSales", "Return")),
        "customFields": rule("custom", custom="order"),
        "subscriptions": rule("list", item=rule("object", fields=SUBSCRIPTION)),
    }

`check` reports every fault of a body at once, as `Refusals` with the category digits of Zuora's error codes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.envelopes import INVALID, MISSING, UNKNOWN_FIELD, Refusal, Refusals, code


@dataclass(frozen=True, slots=True)
class Rule:
    """What one field may hold.

    Attributes:
        kind: ``str int number bool date datetime object list custom any``; ``custom`` is an object that holds
            custom fields only.
        max_length: Greatest number of characters of a string, or of items of a list.
        required: Whether the field must be there, neither null nor an empty string.
        enum: The values permitted, exactly as written.
        item: The rule of each element of a list.
        fields: The table of an object; None permits any content.
        custom: The kind of record whose custom fields are permitted in this object.
        minimum: Least number permitted.
        maximum: Greatest number permitted.
        feature: The tenant's switch without which the field does not exist.
    """

    kind: str
    max_length: int | None = None
    required: bool = False
    enum: tuple[str, ...] | None = None
    item: Rule | None = None
    fields: Mapping[str, Rule] | None = None
    custom: str | None = None
    minimum: int | None = None
    maximum: int | None = None
    feature: str | None = None


Table = Mapping[str, Rule]


def rule(
    kind: str,
    *,
    max_length: int | None = None,
    required: bool = False,
    enum: Collection[str] | None = None,
    item: Rule | Table | None = None,
    fields: Table | None = None,
    custom: str | None = None,
    minimum: int | None = None,
    maximum: int | None = None,
    feature: str | None = None,
) -> Rule:
    """Make a `Rule`; a table given as `item` stands for a list of such objects."""
    if item is not None and not isinstance(item, Rule):
        item = Rule("object", fields=item)
    values = tuple(enum) if enum is not None else None
    return Rule(kind, max_length, required, values, item, fields, custom, minimum, maximum, feature)


def text(max_length: int | None = None, *, required: bool = False) -> Rule:
    """A string, at most so many characters long."""
    return Rule("str", max_length, required)


_CONTAINERS = {"object", "list", "custom"}

#: Numbers beyond these are refused; they are what the tenant's columns hold.
LARGEST = {"int": 2**31 - 1, "number": 10**13 - 1}


@dataclass(frozen=True, slots=True)
class _Context:
    resource: int
    customs: Mapping[str, Table]
    blank: bool
    features: Collection[str]

    def refuse(self, category: int, message: str) -> Refusal:
        return Refusal(code(self.resource, category), message, 400 if category == UNKNOWN_FIELD else 200)


def check(
    body: Mapping[str, Any],
    table: Table,
    *,
    resource: int,
    custom: str | None = None,
    customs: Mapping[str, Table] | None = None,
    path: str = "",
    blank: bool = False,
    features: Collection[str] = (),
) -> None:
    """Check a body against a table.

    Args:
        body: The decoded request body.
        table: The rules by field name.
        resource: Six-digit resource code for the error codes.
        custom: The kind of record whose custom fields are permitted at the top level of this body.
        customs: Rules of custom fields by kind of record (`Tenant.custom_rules`).
        path: Where the body stands in the whole request, for the messages.
        blank: Whether an empty string is good for a field of any scalar type (updates: it empties the field).
        features: The tenant's switches that are on, for rules with ``feature``.

    Raises:
        Refusals: Every fault found: unknown field (21, HTTP 400), missing (22), invalid (20).
    """
    context = _Context(resource, customs or {}, blank, features)
    faults = list(_object_faults(body, table, custom, context, path))
    if faults:
        raise Refusals(faults)


def decimal(value: Any) -> Decimal | None:
    """A checked JSON number as Decimal; None stays None."""
    return None if value is None else Decimal(value)


def _object_faults(
    body: Mapping[str, Any], table: Table, custom: str | None, context: _Context, path: str
) -> Iterator[Refusal]:
    own = context.customs.get(custom, {}) if custom else {}
    known = {name: field for name, field in table.items() if field.feature is None or field.feature in context.features}
    for name, value in body.items():
        if name in own and value not in (None, ""):
            yield from _value_faults(value, own[name], context, _join(path, name))
        elif name not in known and name not in own:
            yield context.refuse(UNKNOWN_FIELD, f"Unknown field '{_join(path, name)}' in the request.")
    for name, field in known.items():
        value = body.get(name)
        if value is None or (value == "" and field.required):
            if field.required:
                yield context.refuse(MISSING, f"Missing required field: {_join(path, name)}.")
        elif not (value == "" and context.blank and field.kind not in _CONTAINERS):
            yield from _value_faults(value, field, context, _join(path, name))


def _value_faults(value: Any, field: Rule, context: _Context, path: str) -> Iterator[Refusal]:
    if not _TYPES[field.kind](value):
        yield context.refuse(INVALID, f"'{path}' must be of type {_NAMES[field.kind]}.")
    elif field.enum is not None and value not in field.enum and value != "":
        yield context.refuse(INVALID, f"'{path}' value should be one of: {', '.join(field.enum)}.")
    elif field.max_length is not None and len(value) > field.max_length:
        unit = "items" if field.kind == "list" else "characters"
        yield context.refuse(INVALID, f"'{path}' exceeds the maximum length of {field.max_length} {unit}.")
    elif _is_number(value) and abs(value) > LARGEST.get(field.kind, LARGEST["number"]):
        yield context.refuse(INVALID, f"'{path}' is out of range.")
    elif not _in_range(value, field):
        low, high = field.minimum, field.maximum
        limits = f"between {low} and {high}" if high is not None else f"at least {low}"
        yield context.refuse(INVALID, f"'{path}' must be {limits}.")
    else:
        yield from _inner_faults(value, field, context, path)


def _inner_faults(value: Any, field: Rule, context: _Context, path: str) -> Iterator[Refusal]:
    if field.kind == "list" and field.item is not None:
        for position, element in enumerate(value):
            yield from _value_faults(element, field.item, context, f"{path}[{position}]")
    elif field.kind == "custom":
        yield from _object_faults(value, {}, field.custom, context, path)
    elif field.kind == "object" and field.fields is not None:
        yield from _object_faults(value, field.fields, field.custom, context, path)


def _in_range(value: Any, field: Rule) -> bool:
    if field.kind not in {"int", "number"}:
        return True
    return (field.minimum is None or value >= field.minimum) and (field.maximum is None or value <= field.maximum)


def _is_date(value: Any) -> bool:
    return _parses(value, date.fromisoformat) and len(value) == len("2026-01-31")


def _is_datetime(value: Any) -> bool:
    return _parses(value, datetime.fromisoformat)


def _parses(value: Any, parse: Callable[[str], object]) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse(value)
    except ValueError:
        return False
    return True


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return _is_int(value) or isinstance(value, Decimal)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": _is_int,
    "number": _is_number,
    "bool": lambda value: isinstance(value, bool),
    "date": _is_date,
    "datetime": _is_datetime,
    "object": lambda value: isinstance(value, dict),
    "custom": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "any": lambda _: True,
}

_NAMES = {
    "str": "string",
    "int": "integer",
    "number": "number",
    "bool": "boolean",
    "date": "date (yyyy-mm-dd)",
    "datetime": "date and time (ISO 8601)",
    "object": "object",
    "custom": "object",
    "list": "array",
    "any": "any",
}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
