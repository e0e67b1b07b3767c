"""What a record's fields take of what is told: which of them the org has, and in which form. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cpqbridge.salesforce.describe import Describe, FieldDescribe
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.write_back.link import link

_TEXTS = frozenset({"string", "textarea", "picklist", "combobox", "url"})
_TIMES: Mapping[str, Callable[[datetime], str]] = {
    "datetime": lambda at: at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}+0000",
    "date": lambda at: at.date().isoformat(),
    "string": lambda at: at.isoformat(timespec="seconds"),
    "textarea": lambda at: at.isoformat(timespec="seconds"),
}
"""How each type of field takes a time, in UTC."""

TAKES: Mapping[str, frozenset[str]] = {"synced_at": frozenset(_TIMES)}
"""Types of fields that take what is told, where it is not a text."""

_CUT = "…"
_VARYING = re.compile(r"\b(?=\w*\d)[\w-]+(?:\.\d+)*")
"""Numbers, times and ids: whatever has a digit in it."""

LEAST_MESSAGE = 40
"""Characters of what happened that are kept before the next step is left out."""


@dataclass(frozen=True, slots=True)
class Target:
    """The fields of one object that can be written.

    Attributes:
        fields: By what they hold.
        skipped: Why others cannot be, one sentence each.
    """

    fields: Mapping[str, FieldDescribe]
    skipped: Sequence[str] = ()


@dataclass(slots=True)
class Fitted:
    """What is written onto one record: JSON values by field; and one sentence for each that did not fit."""

    values: dict[str, Any] = field(default_factory=dict)
    misfits: list[str] = field(default_factory=list)


def target(sobject: str, names: Mapping[str, str], describe: Describe | None) -> Target:
    """Return which of the fields the org has and lets the user edit.

    Args:
        sobject: The object.
        names: API names by what they hold.
        describe: What the org says of the object; None where it has none of this name.
    """
    fields: dict[str, FieldDescribe] = {}
    skipped: list[str] = []
    for key, name in names.items():
        found = describe.field(name) if describe else None
        if found is None:
            skipped.append(f"{sobject} has no field {name}, or hides it from the integration user")
        elif not found.updateable:
            skipped.append(f"{sobject}.{name} may not be edited by the integration user")
        elif found.type not in TAKES.get(key, _TEXTS):
            skipped.append(f"{sobject}.{name} is of the type {found.type}, which does not take the {key}")
        else:
            fields[key] = found
    return Target(fields, skipped)


def fitted(sobject: str, told: Mapping[str, Any], to: Target, settings: Settings, known: Mapping[str, Any]) -> Fitted:
    """Return what is to be written onto a record.

    Args:
        sobject: The object.
        told: What is told (`Telling.values`).
        to: The fields.
        settings: Names of the status and links.
        known: What the fields are known to hold.
    """
    made = Fitted()
    for key, value in _said(sobject, told, settings).items():
        into = to.fields.get(key)
        if into is None or (key == "synced_at" and "carried_at" not in told and into.name in known):
            continue
        text = _text(key, value, into)
        if key == "message" and told.get("status") == "failed" and alike(text, known.get(into.name)):
            text = known[into.name]
        if text is not None and into.values and into.type == "picklist" and text not in into.values:
            made.misfits.append(f"the picklist {sobject}.{into.name} has no value {text}: add it")
        elif text is not None and into.type != "textarea" and _units(text) > (into.length or _units(text)):
            made.misfits.append(f"{sobject}.{into.name} is too short for its value: {into.length} characters")
        else:
            made.values[into.name] = text
    return made


def _said(sobject: str, told: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Return what is told, by the keys of the fields."""
    write_back = settings.write_back
    template = write_back.order_link if sobject == "Order" else write_back.account_link
    numbers = {name: told.get(name) for name in ("order_number", "account_number")}
    said = {name: told[name] for name in ("message", "order_number", "account_number", "subscriptions") if name in told}
    if status := told.get("status"):
        said["status"] = getattr(write_back.statuses, status)
    if at := told.get("carried_at") or told.get("found_at"):
        said["synced_at"] = at
    if address := link(template, settings.zuora.base_url, numbers):
        said["link"] = address
    return said


def _text(key: str, value: Any, into: FieldDescribe) -> str | None:
    """Return a value in the form that its field takes; only a message and a list of numbers are cut."""
    if value is None:
        return None
    if key == "synced_at":
        return _TIMES[into.type](datetime.fromisoformat(value).astimezone(UTC))
    if key == "message":
        return message(*value, most=into.length or 255)
    if key == "subscriptions":
        return listed(value, most=into.length or 255)
    return str(value)


def message(said: str, remedy: str, *, most: int) -> str:
    """Return what happened and what to do next in so many characters; what happened is cut first."""
    whole = _one_line(f"{said} Next: {remedy}" if remedy else said)
    if _units(whole) <= most:
        return whole
    after = _one_line(f"{_CUT} Next: {remedy}")
    if remedy and most - _units(after) >= LEAST_MESSAGE:
        return _head(_one_line(said), most - _units(after)) + after
    return _head(whole, most - 1) + _CUT


def alike(one: str | None, other: str | None) -> bool:
    """Return whether two messages of failures say the same but for numbers and ids, which differ with each attempt.

    A failure that is told anew after every attempt would change the record, and so bring the next attempt about.
    """
    return one is not None and other is not None and _VARYING.sub("#", one) == _VARYING.sub("#", other)


def listed(numbers: Sequence[str], *, most: int) -> str:
    """Return numbers with commas between them, as many as fit; `…` says that there are more."""
    whole = ", ".join(numbers)
    if _units(whole) <= most:
        return whole
    return whole[: most - 1].rpartition(",")[0] + _CUT


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _units(text: str) -> int:
    """Return a text's length as Salesforce counts it: in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _head(text: str, units: int) -> str:
    return text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "ignore").rstrip()
