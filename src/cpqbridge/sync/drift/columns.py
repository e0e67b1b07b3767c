"""Rows of a Bulk query as the records that planning reads: nested by parent, with numbers and booleans as such."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from cpqbridge.errors import FixConfiguration
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.select import Select, resolve
from cpqbridge.sync.fields import AbsentFieldError, org_field

Record = dict[str, Any]
Packed = bytes

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[str | None]).decode


def _truth(text: str) -> bool:
    return text == "true"


_TYPES: Mapping[str, Callable[[str], Any]] = {
    **dict.fromkeys(("double", "currency", "percent"), Decimal),
    "int": int,
    "boolean": _truth,
}
"""Type of a field to what makes its value of the text of a CSV file; all others stay texts, as in JSON."""


@dataclass(frozen=True)
class Columns:
    """The columns of one query.

    Attributes:
        soql: The query, without condition on what was read already.
        paths: The columns.
        types: Type of each field, as the org's describe names it.
    """

    soql: str
    paths: tuple[str, ...]
    types: tuple[str, ...]
    _places: Mapping[tuple[str, ...], Sequence[tuple[int, str, Callable[[str], Any] | None]]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the columns by parent once, not at every row; those above come first."""
        places: dict[tuple[str, ...], list[tuple[int, str, Callable[[str], Any] | None]]] = {(): []}
        for place, path in enumerate(self.paths):
            *parents, name = path.split(".")
            for depth in range(1, len(parents) + 1):
                places.setdefault(tuple(parents[:depth]), [])
            places[tuple(parents)].append((place, name, _TYPES.get(self.types[place])))
        object.__setattr__(self, "_places", dict(sorted(places.items(), key=lambda one: len(one[0]))))

    def pack(self, row: Mapping[str, str | None]) -> Packed:
        """Return a row in the short form that the work file keeps."""
        return _encode([row.get(path) for path in self.paths])

    def unpack(self, packed: Packed) -> Record:
        """Return a kept row as a record; a parent of which nothing is known is None."""
        values = _decode(packed)
        found: Record = {}
        nodes: dict[tuple[str, ...], Record] = {}
        for parents, columns in self._places.items():
            record = {
                name: value if value is None or make is None else make(value)
                for place, name, make in columns
                for value in (values[place],)
            }
            if not parents:
                found = nodes[()] = record
                continue
            nodes[parents] = record
            if any(value is not None for value in record.values()):
                _place(nodes, parents)
            elif parents[:-1] in nodes:
                nodes[parents[:-1]].setdefault(parents[-1], None)
        return found


def _place(nodes: Mapping[tuple[str, ...], Record], parents: tuple[str, ...]) -> None:
    """Put a record that holds something below its parent, and that below its own."""
    for depth in range(len(parents), 0, -1):
        nodes[parents[: depth - 1]][parents[depth - 1]] = nodes[parents[:depth]]


async def columns_of(client: SalesforceClient, select: Select, where: str = "") -> Columns:
    """Return the query for a wish list, with the types of what the org has of it.

    Args:
        client: The org.
        select: The wish list; without children, which Bulk queries do not take.
        where: A further condition.

    Raises:
        FixConfiguration: CPQ-303, the org has no such object, or hides it or a needed field.
    """
    soql = (await resolve(client, select, where)).soql
    paths = tuple(soql.removeprefix("SELECT ").partition(" FROM ")[0].split(", "))
    types = [await _type(client, select.sobject, path) for path in paths]
    return Columns(soql, paths, tuple(types))


async def _type(client: SalesforceClient, sobject: str, path: str) -> str:
    try:
        found = await org_field(client, sobject, path)
    except AbsentFieldError as error:
        raise FixConfiguration("CPQ-303", str(error), field=f"{sobject}.{path}") from error
    return found.field.type if found.field else "string"
