"""Settings from environment variables: `CPQBRIDGE_` + section + `_` + key, such as CPQBRIDGE_DATABASE_URL.

Those of one of several connections have its name in front of the section: CPQBRIDGE_EU_ZUORA_CLIENT_SECRET. They go
before the file. A variable with the name of a section but of no setting is a problem, not nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias, get_args

from pydantic.fields import FieldInfo

from cpqbridge.settings.connections import OWN, variable
from cpqbridge.settings.document import Document
from cpqbridge.settings.problems import Problem
from cpqbridge.settings.shape import leaves, model_of, nearest

_Leaf: TypeAlias = tuple[str, str, FieldInfo, bool]
_BOOLEANS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def override(document: Document, environment: Mapping[str, str]) -> None:
    """Put the values of environment variables into a document in place.

    A secret is not read here: its setting comes to point to the variable.
    """
    named = set(_named_variables(document.data))
    known: dict[str, tuple[dict[str, Any], _Leaf]] = {}
    prefixes: set[str] = set()
    for connection, data in _parts(document.data):
        for leaf in leaves():
            section, name, field, secret = leaf
            if (connection and section not in OWN) or (_is_table(field) and not secret):
                continue
            known.setdefault(variable(section, name, connection), (data, leaf))
            prefixes.add(variable(section, "", connection) + "_")
    for key in sorted(name for name in environment if name.startswith(tuple(prefixes))):
        if key in known:
            _set(document, key, environment[key], *known[key])
        elif key not in named:
            near = nearest(key, known)
            hint = f"; did you mean `{near}`?" if near else ""
            document.problems.append(Problem(None, key, f"(environment variable) is no known setting{hint}"))


def _parts(data: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the data of the top, without a name, and of each connection."""
    yield "", data
    named = data.get("connections")
    for name, own in named.items() if isinstance(named, dict) else ():
        if isinstance(own, dict):
            yield name, own


def _set(document: Document, key: str, text: str, data: dict[str, Any], leaf: _Leaf) -> None:
    section, name, field, secret = leaf
    target = data.setdefault(section, {})
    if not isinstance(target, dict):
        return
    if secret:
        target[name] = {"env": key}
        return
    try:
        target[name] = _parse(text, field)
    except ValueError as error:
        document.problems.append(Problem(None, key, f"(environment variable) {error}"))


def _parse(text: str, field: FieldInfo) -> Any:
    kinds = {field.annotation, *get_args(field.annotation)}
    if bool in kinds:
        if text.strip().lower() not in _BOOLEANS:
            raise ValueError("must be true or false")
        return _BOOLEANS[text.strip().lower()]
    if int in kinds:
        try:
            return int(text.strip())
        except ValueError:
            raise ValueError("must be a whole number") from None
    if Decimal in kinds:
        try:
            return Decimal(text.strip())
        except InvalidOperation:
            raise ValueError("must be a number") from None
    if tuple in {getattr(kind, "__origin__", None) for kind in kinds}:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _is_table(field: FieldInfo) -> bool:
    return getattr(field.annotation, "__origin__", None) is dict or model_of(field) is not None


def _named_variables(value: Any) -> Iterator[str]:
    """Give the variables that the file itself names as places of secrets."""
    if isinstance(value, dict):
        if isinstance(value.get("env"), str):
            yield value["env"]
        for inner in value.values():
            yield from _named_variables(inner)
