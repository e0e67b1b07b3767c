"""The parsed form of a SOQL statement: plain values, no meaning yet.

`offset` is always the place in the statement, for error messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Path:
    """A field path: `Name`, `Account.Owner.Name`."""

    parts: tuple[str, ...]
    offset: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a field or of another function: `COUNT(Id)`, `CALENDAR_YEAR(convertTimezone(CreatedDate))`."""

    name: str
    arguments: tuple[Operand, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal.

    Attributes:
        kind: `null`, `boolean`, `string`, `number`, `currency`, `date`, `datetime` or `range` (a date literal).
        text: As written, a string without its quotes.
        number: The `n` of `LAST_N_DAYS:n`, else None.
        offset: Place in the statement.
    """

    kind: Literal["null", "boolean", "string", "number", "currency", "date", "datetime", "range"]
    text: str
    offset: int
    number: int | None = None


Operand = Path | Call | Constant


@dataclass(frozen=True, slots=True)
class Item:
    """A field or function of the select list, with its alias."""

    value: Path | Call
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class AllFields:
    """`FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`."""

    scope: str
    offset: int


@dataclass(frozen=True, slots=True)
class TypeOf:
    """`TYPEOF Owner WHEN User THEN Name ELSE Id END`."""

    path: Path
    cases: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Subquery:
    """A child query of the select list."""

    query: Query
    offset: int


Selected = Item | AllFields | TypeOf | Subquery


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`; the operator is one of = != < > <= >= LIKE, in upper case."""

    left: Path | Call
    operator: str
    right: Constant
    offset: int


@dataclass(frozen=True, slots=True)
class Among:
    """`left IN (…)`, NOT IN, INCLUDES, EXCLUDES with a list of literals."""

    left: Path | Call
    operator: str
    values: tuple[Constant, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """`left IN (SELECT …)` or NOT IN."""

    left: Path | Call
    operator: str
    query: Query
    offset: int


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by AND, or by OR."""

    operator: Literal["AND", "OR"]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT of a condition."""

    condition: Condition


Condition = Compare | Among | SemiJoin | Junction | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """An entry of ORDER BY."""

    value: Path | Call
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """GROUP BY; `kind` is `PLAIN`, `ROLLUP` or `CUBE`."""

    kind: str
    values: tuple[Path | Call, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """An entry of FROM: the object or relationship path, and its alias."""

    path: Path
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """A statement or child query."""

    select: tuple[Selected, ...]
    sources: tuple[Source, ...]
    where: Condition | None = None
    group: Grouping | None = None
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int | None = None
    scope: str | None = None
    security: str | None = None
    category: bool = False
    lock: str | None = None
    place: int = 0
