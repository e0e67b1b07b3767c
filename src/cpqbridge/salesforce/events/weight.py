"""What reading by an Avro schema costs at the least and at the most, found before anything is read by it.

A list whose items take no bytes, a record within itself, or records that double with each level would let a payload of
a few bytes keep its reader busy for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEEPEST = 16
"""Levels of types within types; change events have four."""

HEAVIEST = 20_000
"""Values in one event, lists apart."""

HEAVIEST_ITEM = 200
"""Values in one item of a list."""

_PRIMITIVES = {"null": 0, "boolean": 1, "int": 1, "long": 1, "float": 4, "double": 8, "bytes": 1, "string": 1}
"""Fewest bytes of each."""


class BadSchema(Exception):
    """A schema that nothing is read by."""


@dataclass(frozen=True, slots=True)
class Weight:
    """What a type costs: its fewest bytes, and its most values with lists counted once."""

    least: int
    values: int


@dataclass(slots=True)
class Weights:
    """Weighs the types of one schema; knows its named types afterwards."""

    _named: dict[str, Weight | None] = field(default_factory=dict)
    _inner: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, node: object, depth: int = 0) -> Weight:
        """Return what a type costs.

        Raises:
            BadSchema: It is none, or too much.
        """
        if depth > DEEPEST:
            raise BadSchema(f"its types are nested more than {DEEPEST} deep")
        if isinstance(node, str):
            weight = self._primitive_or_named(node)
        elif isinstance(node, list):
            weight = self._union([self.of(part, depth + 1) for part in node])
        elif isinstance(node, Mapping):
            weight = self._complex(node, depth)
        else:
            raise BadSchema("a type is neither a name, a list nor an object")
        if weight.values > HEAVIEST:
            raise BadSchema(f"one event may have more than {HEAVIEST} values")
        return weight

    def within(self, node: object) -> tuple[str, ...]:
        """Return the names of the fields within a compound field's type; none for other types."""
        if isinstance(node, list):
            return next((found for part in node if (found := self.within(part))), ())
        name = node.get("name", node.get("type")) if isinstance(node, Mapping) else node
        return self._inner.get(_short(str(name)), ())

    def _primitive_or_named(self, name: str) -> Weight:
        if name in _PRIMITIVES:
            return Weight(_PRIMITIVES[name], 1)
        weight = self._named.get(_short(name))
        if weight is None:
            problem = "is within itself" if _short(name) in self._named else "is not known"
            raise BadSchema(f"the type {name[:80]} {problem}")
        return weight

    @staticmethod
    def _union(parts: list[Weight]) -> Weight:
        if not parts:
            raise BadSchema("a union has no types")
        return Weight(1, 1 + max(part.values for part in parts))

    def _complex(self, node: Mapping[str, Any], depth: int) -> Weight:
        if any(str(key).startswith("__") for key in node):
            raise BadSchema("it has keys of a parsed schema")
        kind = node.get("type")
        if kind == "array":
            items = self.of(node.get("items"), depth + 1)
            return self._list(items, items.least)
        if kind == "map":
            return self._list(self.of(node.get("values"), depth + 1), 1)
        if kind in ("record", "enum", "fixed"):
            return self._name(node, depth)
        return self.of(kind, depth + 1)

    @staticmethod
    def _list(items: Weight, least: int) -> Weight:
        if least == 0 or items.values > HEAVIEST_ITEM:
            raise BadSchema("the items of a list take no bytes, or too many values")
        return Weight(1, 1 + items.values)

    def _name(self, node: Mapping[str, Any], depth: int) -> Weight:
        name = _short(str(node.get("name")))
        if name in self._named or name in _PRIMITIVES:
            raise BadSchema(f"the type {name[:80]} is there twice")
        self._named[name] = None
        self._named[name] = weight = self._record(name, node, depth) if node["type"] == "record" else _plain(node)
        return weight

    def _record(self, name: str, node: Mapping[str, Any], depth: int) -> Weight:
        fields = node.get("fields")
        if not isinstance(fields, list) or not all(isinstance(f, Mapping) and "name" in f for f in fields):
            raise BadSchema(f"the record {name[:80]} has no fields")
        weights = [self.of(one.get("type"), depth + 1) for one in fields]
        self._inner[name] = tuple(str(one["name"]) for one in fields)
        return Weight(sum(weight.least for weight in weights), 1 + sum(weight.values for weight in weights))


def _plain(node: Mapping[str, Any]) -> Weight:
    """Weigh an enum or a fixed number of bytes."""
    if node["type"] == "enum":
        return Weight(1, 1)
    size = node.get("size")
    if not isinstance(size, int) or not 0 <= size <= 1_000_000:
        raise BadSchema("a fixed type has no size")
    return Weight(size, 1)


def _short(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(".")[2]
