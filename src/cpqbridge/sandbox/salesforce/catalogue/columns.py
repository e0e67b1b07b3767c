"""How a field lives in SQLite: its column, its value both ways, and the SQL of a value that is worked out.

Numbers with decimals are kept as integers scaled by ten to the field's scale, so that comparing, ordering and adding
them in SQL is exact. Dates are `YYYY-MM-DD`, datetimes `YYYY-MM-DDTHH:MM:SS.mmm+0000` in UTC, so that text order is
time order.

A template (`Field.calculated`, `Field.derived`) is SQL with these holes:

- `{Field}`: a field of the same record, `{Parent.Field}` or `{Parent__r.Other__r.Field}` one of a parent;
- `{sum(Children.Field)}`, `{count(Children.Field)}`: the total over the child rows of that relationship name, and how
  many of them have that field filled;
- `product({a}, {b}, n)`: a product of two scaled numbers, n digits shorter (both scales less the result's).
"""

# ruff: noqa: S608  SQL is built of catalogue names only; values are always arguments.
from __future__ import annotations

import re
import sqlite3
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, Final

from cpqbridge.sandbox.salesforce.catalogue.model import IDS, NUMBERS, TEXTS, Catalogue, Field, SObject
from cpqbridge.sandbox.salesforce.ids import to_18

_HOLE: Final = re.compile(r"\{(?:(sum|count)\()?([\w.]+)\)?\}")
_EXACT: Final = Context(prec=60)
_MAX_STORED: Final = 2**63 - 1


class BadValue(ValueError):
    """A value that a field of that type cannot hold.

    Attributes:
        field: The field.
        value: What was given.
    """

    def __init__(self, field: Field, value: object) -> None:
        self.field = field
        self.value = value
        super().__init__(f"{field.name}: {value!r} is no {field.type}")


def quoted(name: str) -> str:
    """Return an SQL identifier."""
    return f'"{name}"'


def fold(text: str | None) -> str | None:
    """Return the text as comparisons see it: without case, for all letters."""
    return None if text is None else text.casefold()


def column_type(field: Field) -> str:
    """Return the SQL type of the field's column, with the collation its comparisons follow."""
    if field.type in TEXTS:
        return "TEXT" if field.case_sensitive else "TEXT COLLATE NOCASE"
    return "INTEGER" if field.type in NUMBERS or field.type in ("boolean", "int") else "TEXT"


def to_sql(field: Field, value: Any) -> Any:
    """Return what the column holds for an API value.

    Raises:
        BadValue: when the value is not of the field's type.
    """
    if value is None:
        return 0 if field.type == "boolean" else None
    try:
        return _encode(field, value)
    except (ValueError, InvalidOperation, TypeError) as error:
        raise BadValue(field, value) from error


def _encode(field: Field, value: Any) -> Any:
    kind = field.type
    if kind in TEXTS:
        return str(value).strip() or None
    if kind in IDS:
        return to_18(value) if value else None
    if value == "":
        return 0 if kind == "boolean" else None
    if kind == "boolean":
        return _boolean(value)
    if kind == "date":
        return _day(value).isoformat()
    if kind == "datetime":
        return stamp(_moment(value))
    return scaled(value, field.scale if kind in NUMBERS else 0)


def _boolean(value: Any) -> int:
    if isinstance(value, bool):
        return int(value)
    return {"true": 1, "false": 0, "1": 1, "0": 0}[str(value).lower()] if str(value) else 0


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.astimezone(UTC).date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _moment(value: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Return a datetime as the API prints and the column holds it."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def scaled(value: Any, scale: int) -> int:
    """Return a number times ten to the scale, rounded half away from zero.

    Raises:
        ValueError: when it is no number or has more than 18 digits.
    """
    number = value if isinstance(value, Decimal) else Decimal(str(value))
    if not number.is_finite():
        raise ValueError(value)
    whole = int(number.scaleb(scale, _EXACT).to_integral_value(ROUND_HALF_UP))
    if abs(whole) > _MAX_STORED:
        raise ValueError(value)
    return whole


def unscaled(raw: int, scale: int) -> Decimal:
    """Return the number a column holds, with one digit behind the point at least and no idle zeros after it."""
    whole, rest = divmod(abs(raw), 10**scale)
    digits = f"{rest:0{scale}d}".rstrip("0") if scale else ""
    return Decimal(f"{'-' if raw < 0 else ''}{whole}.{digits or '0'}")


def from_sql(field: Field, raw: Any) -> Any:
    """Return the API value of what a column holds."""
    if raw is None:
        return None
    if field.type in NUMBERS:
        return unscaled(raw, field.scale)
    return bool(raw) if field.type == "boolean" else raw


def expression(catalogue: Catalogue, sobject: SObject, field: Field, alias: str) -> str:
    """Return the SQL of a field's value in the table row called `alias`."""
    if field.template is None:
        return f"{alias}.{quoted(field.name)}"
    return f"({_HOLE.sub(lambda hole: _fill(catalogue, sobject, hole, alias), field.template)})"


def _fill(catalogue: Catalogue, sobject: SObject, hole: re.Match[str], alias: str) -> str:
    if hole[1]:
        return _total(catalogue, sobject, hole[1], hole[2], alias)
    head, _, rest = hole[2].partition(".")
    if not rest:
        return expression(catalogue, sobject, _known(sobject.field(head, hidden=True), hole[2]), alias)
    link = _known(sobject.relationship(head, hidden=True), hole[2])
    parent = catalogue.require(link.reference_to[0])
    inner = f"{alias}_p"
    value = _HOLE.sub(lambda part: _fill(catalogue, parent, part, inner), f"{{{rest}}}")
    key = expression(catalogue, sobject, link, alias)
    return f'(SELECT {value} FROM {quoted(parent.name)} {inner} WHERE {inner}."Id" = {key})'


def _total(catalogue: Catalogue, sobject: SObject, function: str, path: str, alias: str) -> str:
    relationship, _, name = path.partition(".")
    link = sobject.child(relationship, hidden=True)
    if link is None:
        raise KeyError(path)
    child = catalogue.require(link.child_sobject)
    inner = f"{alias}_c"
    value = expression(catalogue, child, _known(child.field(name, hidden=True), path), inner)
    where = f'{inner}.{quoted(link.field)} = {alias}."Id" AND {inner}."IsDeleted" = 0'
    return f"(SELECT {function.upper()}({value}) FROM {quoted(child.name)} {inner} WHERE {where})"


def _known(field: Field | None, path: str) -> Field:
    if field is None:
        raise KeyError(path)
    return field


def scaled_product(left: int | None, right: int | None, drop: int) -> int | None:
    """Return the product of two scaled integers, `drop` digits shorter, rounded half away from zero."""
    if left is None or right is None:
        return None
    product = left * right
    unit = int(10**drop)
    rounded = (abs(product) + unit // 2) // unit
    return -rounded if product < 0 else rounded


def register_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that templates and compiled queries call."""
    connection.create_function("product", 3, scaled_product, deterministic=True)
    connection.create_function("fold", 1, fold, deterministic=True)
