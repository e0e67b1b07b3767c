"""What names mean in a query: fields, and parents reached by left joins."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from cpqbridge.sandbox.salesforce.catalogue import columns
from cpqbridge.sandbox.salesforce.catalogue.model import Catalogue, Field, SObject
from cpqbridge.sandbox.salesforce.soql.errors import SoqlError, refuse
from cpqbridge.sandbox.salesforce.soql.results import Cursors
from cpqbridge.sandbox.salesforce.soql.syntax import Path

MAX_PARENTS: Final = 5
MAX_JOINS: Final = 55
_HINT: Final = "Please reference your WSDL or the describe call for the appropriate names."
_CUSTOM: Final = "If you are attempting to use a custom {}, be sure to append the '__{}' after the {} name. "
RELATIONSHIP_HINT: Final = _CUSTOM.format("relationship", "r", "custom relationship") + _HINT
"""What an unknown relationship's message ends with."""


class Records(Protocol):
    """The store, as a query needs it."""

    catalogue: Catalogue
    clock: Callable[[], datetime]
    user_id: str
    cursors: Cursors

    def fetch(self, sql: str, arguments: tuple[Any, ...] | list[Any]) -> list[tuple[Any, ...]]:
        """Run a reading SQL statement and return its rows."""
        ...


@dataclass(slots=True)
class Context:
    """What is the same for all parts of one statement.

    Attributes:
        records: Where rows come from.
        text: The statement, for error messages.
        batch_size: Rows of a page.
        version: API version without `v`.
        all_rows: Rows in the recycle bin are seen too.
        time_zone: IANA name of the running user's time zone.
        joins: Parent relationships used so far, over the whole statement.
        subqueries: Child queries used so far.
    """

    records: Records
    text: str
    batch_size: int
    version: str
    all_rows: bool
    time_zone: str
    joins: int = 0
    subqueries: int = 0
    _aliases: itertools.count[int] = field(default_factory=itertools.count)

    def alias(self) -> str:
        """Return a table alias not used yet."""
        return f"t{next(self._aliases)}"

    def refuse(self, code: str, message: str, offset: int | None = None) -> SoqlError:
        """Return the error for a place in the statement."""
        return refuse(code, message, self.text, offset)

    @property
    def today(self) -> date:
        """Today where the running user is."""
        return self.records.clock().astimezone(ZoneInfo(self.time_zone)).date()

    @property
    def fiscal_month(self) -> int:
        """First month of the org's fiscal year."""
        rows = self.records.fetch('SELECT "FiscalYearStartMonth" FROM "Organization" LIMIT 1', ())
        return int(rows[0][0] or 1) if rows else 1

    def object(self, name: str, offset: int) -> SObject:
        """Return an object by name.

        Raises:
            SoqlError: `INVALID_TYPE` when there is none.
        """
        found = self.records.catalogue.get(name)
        if found is None:
            hint = _CUSTOM.format("object", "c", "entity")
            raise self.refuse("INVALID_TYPE", f"sObject type '{name}' is not supported. {hint}{_HINT}", offset)
        return found


@dataclass(frozen=True, slots=True)
class Value:
    """A typed SQL value: an expression, the field that says its type, scale and case rule, and whose ids it holds."""

    sql: str
    field: Field
    objects: tuple[str, ...] = ()


class Scope:
    """One FROM: an object under an alias, and the parents its paths have reached.

    Attributes:
        context: The statement.
        sobject: The object queried.
        alias: Its table alias.
    """

    def __init__(self, context: Context, sobject: SObject, names: Sequence[str] = ()) -> None:
        self.context = context
        self.sobject = sobject
        self.alias = context.alias()
        self._own_names = {sobject.name.lower(), *(name.lower() for name in names)}
        self._prefixes: dict[str, tuple[str, ...]] = {}
        self._parents: dict[tuple[str, ...], tuple[str, SObject]] = {}
        self._joins: list[str] = []

    def name_parent(self, alias: str, path: Path) -> None:
        """Let `alias` stand for a parent path, as in `FROM Contact c, c.Account a`."""
        self._prefixes[alias.lower()] = self.own_parts(path)
        self.parent(self._prefixes[alias.lower()], path.offset)

    def own_parts(self, path: Path) -> tuple[str, ...]:
        """Return the parts of a path without the alias or object name before them."""
        head = path.parts[0].lower()
        if len(path.parts) > 1 and head in self._prefixes:
            return self._prefixes[head] + path.parts[1:]
        return path.parts[1:] if len(path.parts) > 1 and head in self._own_names else path.parts

    @property
    def tables(self) -> str:
        """The FROM clause; complete once every path is resolved."""
        return " ".join([f"{columns.quoted(self.sobject.name)} {self.alias}", *self._joins])

    def parent(self, parts: tuple[str, ...], offset: int) -> tuple[str, SObject]:
        """Return table alias and object of a parent, joining it when it is new.

        Raises:
            SoqlError: `INVALID_FIELD` when there is no such relationship, `MALFORMED_QUERY` over the limits.
        """
        key = tuple(part.lower() for part in parts)
        if not key:
            return self.alias, self.sobject
        if key not in self._parents:
            self._parents[key] = self._join(parts, offset)
        return self._parents[key]

    def _join(self, parts: tuple[str, ...], offset: int) -> tuple[str, SObject]:
        context = self.context
        if len(parts) > MAX_PARENTS:
            message = f"SOQL relationship paths cannot go up more than {MAX_PARENTS} levels."
            raise context.refuse("MALFORMED_QUERY", message, offset)
        alias, sobject = self.parent(parts[:-1], offset)
        link = sobject.relationship(parts[-1])
        if link is None:
            message = f"Didn't understand relationship '{parts[-1]}' in field path. {RELATIONSHIP_HINT}"
            raise context.refuse("INVALID_FIELD", message, offset)
        context.joins += 1
        if context.joins > MAX_JOINS:
            message = f"A query cannot have more than {MAX_JOINS} child-to-parent relationships."
            raise context.refuse("QUERY_TOO_COMPLICATED", message, offset)
        target = context.records.catalogue.require(link.reference_to[0])
        joined = context.alias()
        key = columns.expression(context.records.catalogue, sobject, link, alias)
        self._joins.append(f'LEFT JOIN {columns.quoted(target.name)} {joined} ON {joined}."Id" = {key}')
        return joined, target

    def field(self, path: Path) -> tuple[str, SObject, Field]:
        """Return table alias, object and field of a path.

        Raises:
            SoqlError: `INVALID_FIELD` when the path leads nowhere.
        """
        parts = self.own_parts(path)
        alias, sobject = self.parent(parts[:-1], path.offset)
        found = sobject.field(parts[-1])
        if found is None:
            hint = _CUSTOM.format("field", "c", "custom field")
            message = f"No such column '{parts[-1]}' on entity '{sobject.name}'. {hint}{_HINT}"
            raise self.context.refuse("INVALID_FIELD", message, path.offset)
        return alias, sobject, found

    def value(self, path: Path) -> Value:
        """Return the value of a path.

        Raises:
            SoqlError: `INVALID_FIELD` when the path leads nowhere.
        """
        alias, sobject, found = self.field(path)
        objects = (sobject.name,) if found.type == "id" else found.reference_to
        return Value(columns.expression(self.context.records.catalogue, sobject, found, alias), found, objects)

    def alive(self) -> str:
        """Return the condition that keeps rows of the recycle bin out."""
        return "1" if self.context.all_rows else f'{self.alias}."IsDeleted" = 0'
