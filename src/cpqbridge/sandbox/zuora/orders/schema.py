"""Body tables written as text, and the check of a body against one of them.

A table is a line ``Name: field type; field* type; …`` (continued on indented lines); ``*`` marks a required field.

| type | meaning |
| --- | --- |
| ``str int number bool date object`` | JSON type; ``object`` takes any content |
| ``str<=100`` | with a greatest length |
| ``number>=0`` | with a least value |
| ``number if charge_modifiers`` | a field that exists only when the tenant has that switch on |
| ``{BillingPeriod}`` | a string out of a named value list |
| ``RenewalTerm`` | an object of that table |
| ``[RenewalTerm]``, ``[str]``, ``[X]<=100`` | a list, with a greatest length |
| ``@subscription`` | an object of the tenant's custom fields of that kind of record |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.zuora import fields
from cpqbridge.sandbox.zuora.fields import Rule, Table, rule
from cpqbridge.sandbox.zuora.orders.tables import ENUMS, TABLES

if TYPE_CHECKING:
    from cpqbridge.sandbox.zuora.tenant import Tenant

#: Resource codes of the error codes.
ORDERS, PREVIEW, LINE_ITEMS, SUBSCRIPTIONS, REVERT = 531000, 587400, 584000, 505000, 707700

_ENTRY = re.compile(r"(?P<name>\w+)(?P<required>\*?) (?P<type>.+?)(?: if (?P<feature>\w+))?")
_LENGTH = re.compile(r"(?P<core>.+?)(?:<=(?P<length>\d+)|>=(?P<minimum>\d+))?")


def check_body(tenant: Tenant, name: str, body: Mapping[str, Any], *, resource: int = ORDERS) -> None:
    """Check a request body against the table of that name.

    Raises:
        Refusals: Every unknown, missing or malformed field (HTTP 400 when a field is unknown).
    """
    on = tenant.settings.features
    fields.check(body, table(name), resource=resource, customs=tenant.custom_rules(), features=on)


@cache
def table(name: str) -> Table:
    """The compiled table of that name.

    Raises:
        KeyError: There is no such table.
    """
    return {field: _field(entry) for field, entry in _entries(_texts()[name])}


@cache
def _texts() -> dict[str, str]:
    joined = re.sub(r"\n +", " ", TABLES)
    return dict(line.split(": ", 1) for line in joined.splitlines() if line)


def _entries(text: str) -> list[tuple[str, re.Match[str]]]:
    matches = [_ENTRY.fullmatch(entry.strip()) for entry in text.split(";")]
    return [(match["name"], match) for match in matches if match]


def _field(entry: re.Match[str]) -> Rule:
    return replace(_rule(entry["type"], required=bool(entry["required"])), feature=entry["feature"])


def _rule(kind: str, *, required: bool = False) -> Rule:
    match = _LENGTH.fullmatch(kind)
    if match is None:
        raise ValueError(f"not a field type: {kind!r}")
    core, length = match["core"], int(match["length"]) if match["length"] else None
    if core.startswith("["):
        return rule("list", item=_rule(core[1:-1]), max_length=length, required=required)
    if core.startswith("{"):
        return rule("str", enum=ENUMS[core[1:-1]], required=required)
    if core.startswith("@"):
        return rule("custom", custom=core[1:], required=required)
    if core in _texts():
        return rule("object", fields=table(core), required=required)
    least = int(match["minimum"]) if match["minimum"] else None
    return rule(core, max_length=length, required=required, minimum=least)
