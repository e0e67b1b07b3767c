"""SOQL functions: what each one means in SQL, and the Python functions SQLite calls for them."""

# ruff: noqa: S608  SQL is built of catalogue names only; values are always arguments.
from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from cpqbridge.sandbox.salesforce.catalogue.columns import expression, unscaled
from cpqbridge.sandbox.salesforce.catalogue.dictionary import field as make_field
from cpqbridge.sandbox.salesforce.catalogue.model import NUMBERS, TEXTS
from cpqbridge.sandbox.salesforce.soql.lexer import unescape
from cpqbridge.sandbox.salesforce.soql.scope import Scope, Value
from cpqbridge.sandbox.salesforce.soql.syntax import Call, Constant, Operand, Path

AGGREGATES: Final = frozenset({"COUNT", "COUNT_DISTINCT", "SUM", "AVG", "MIN", "MAX"})
DATE_PARTS: Final = frozenset(
    {"CALENDAR_MONTH", "CALENDAR_QUARTER", "CALENDAR_YEAR", "DAY_IN_MONTH", "DAY_IN_WEEK", "DAY_IN_YEAR", "DAY_ONLY",
     "FISCAL_MONTH", "FISCAL_QUARTER", "FISCAL_YEAR", "HOUR_IN_DAY", "WEEK_IN_MONTH", "WEEK_IN_YEAR"}
)  # fmt: skip
PRESENTATION: Final = frozenset({"TOLABEL", "FORMAT", "CONVERTCURRENCY"})
"""Functions that show a field in another way; they keep the field's name and may be selected beside plain fields."""

_COUNT: Final = make_field("count", "int", precision=9)
_PART: Final = make_field("part", "int", precision=9)
_DAY: Final = make_field("day", "date")
_TEXT: Final = make_field("text", "string")
_DISTANCE: Final = make_field("distance", "double", precision=18, scale=9)
_RATE_SCALE: Final = 6
_AVERAGE_DIGITS: Final = 4
_MOST_DIGITS: Final = 15
_MILES: Final = 0.621371192


def is_aggregate(value: Path | Call) -> bool:
    """Whether a value is worked out over many rows."""
    return isinstance(value, Call) and value.name.upper() in AGGREGATES


def compile_call(scope: Scope, call: Call) -> Value:
    """Return the SQL of a function call.

    Raises:
        SoqlError: `MALFORMED_QUERY` or `INVALID_FIELD` for an unknown function or a wrong argument.
    """
    name = call.name.upper()
    if name == "DISTANCE":
        return _distance(scope, call)
    if name == "CONVERTTIMEZONE":
        raise _wrong(scope, call, "convertTimezone() can only be used inside a date function")
    maker = _MAKERS.get(name)
    if maker is None:
        raise _wrong(scope, call, f"unknown function: {call.name}")
    if len(call.arguments) != 1 or isinstance(call.arguments[0], Constant):
        raise _wrong(scope, call, f"function {call.name} needs one field")
    return maker(scope, call, call.arguments[0])


def _wrong(scope: Scope, call: Call, message: str) -> Exception:
    return scope.context.refuse("MALFORMED_QUERY", message, call.offset)


def _inner(scope: Scope, argument: Path | Call) -> Value:
    value = compile_call(scope, argument) if isinstance(argument, Call) else scope.value(argument)
    if value.field.type == "address":
        raise scope.context.refuse("INVALID_FIELD", f"field {argument} does not support this function", argument.offset)
    return value


def _aggregate(scope: Scope, call: Call, argument: Path | Call) -> Value:
    name = call.name.upper()
    if isinstance(argument, Call) and argument.name.upper() != "CONVERTCURRENCY":
        raise _wrong(scope, call, f"unexpected function {argument.name} in an aggregate")
    value = _inner(scope, argument)
    kind = value.field.type
    numeric = kind in NUMBERS or kind == "int"
    aggregatable = value.field.filterable and (numeric if name in ("SUM", "AVG") else kind != "boolean")
    if not aggregatable and name != "COUNT":
        raise _wrong(scope, call, f"field {argument} does not support aggregate operator {name}")
    if name in ("COUNT", "COUNT_DISTINCT"):
        distinct = "DISTINCT " if name == "COUNT_DISTINCT" else ""
        return Value(f"COUNT({distinct}{value.sql})", _COUNT)
    if name == "AVG":
        more = max(0, min(_AVERAGE_DIGITS, _MOST_DIGITS - value.field.scale))
        mean = make_field("average", "double", precision=18, scale=value.field.scale + more)
        return Value(f"quotient(SUM({value.sql}), COUNT({value.sql}), {more})", mean)
    return Value(f"{name}({value.sql})", replace(value.field, calculated=None, derived=None))


def _date_part(scope: Scope, call: Call, argument: Path | Call) -> Value:
    name, zone = call.name.upper(), "UTC"
    operand: Operand = argument
    if isinstance(argument, Call) and argument.name.upper() == "CONVERTTIMEZONE" and len(argument.arguments) == 1:
        zone, operand = scope.context.time_zone, argument.arguments[0]
    if not isinstance(operand, Path):
        raise _wrong(scope, call, f"function {call.name} needs a date or dateTime field")
    value = scope.value(operand)
    timed = value.field.type == "datetime"
    if not timed and (value.field.type != "date" or name in ("HOUR_IN_DAY", "DAY_ONLY")):
        raise _wrong(scope, call, f"field {operand} does not support function {call.name}")
    zone = zone if timed else ""
    sql = f"date_part('{name}', {value.sql}, '{zone}', {scope.context.fiscal_month})"
    return Value(sql, replace(_DAY if name == "DAY_ONLY" else _PART, name=call.name))


def _label(scope: Scope, _call: Call, argument: Path | Call) -> Value:
    return _inner(scope, argument)


def _format(scope: Scope, _call: Call, argument: Path | Call) -> Value:
    value = _inner(scope, argument)
    currency = _currency_of(scope, argument) if value.field.type == "currency" else "NULL"
    return Value(f"as_text('{value.field.type}', {value.sql}, {value.field.scale}, {currency})", _TEXT)


def _currency_of(scope: Scope, argument: Path | Call) -> str:
    if not isinstance(argument, Path):
        return "NULL"
    alias, sobject, _ = scope.field(argument)
    code = sobject.field("CurrencyIsoCode")
    return expression(scope.context.records.catalogue, sobject, code, alias) if code else "NULL"


def _convert(scope: Scope, call: Call, argument: Path | Call) -> Value:
    value = _inner(scope, argument)
    currency = _currency_of(scope, argument)
    if value.field.type != "currency" or currency == "NULL":
        raise _wrong(scope, call, f"convertCurrency() is not supported on field {argument}")
    rate = f'(SELECT c."ConversionRate" FROM "CurrencyType" c WHERE c."IsoCode" = {currency})'
    return Value(f"quotient({value.sql}, COALESCE({rate}, {10**_RATE_SCALE}), {_RATE_SCALE})", value.field)


def _distance(scope: Scope, call: Call) -> Value:
    arguments = call.arguments
    shape = [type(argument) for argument in arguments]
    if shape != [Path, Call, Constant]:
        raise _wrong(scope, call, "DISTANCE needs a location field, GEOLOCATION(latitude, longitude) and a unit")
    place, point, unit = arguments
    if not (isinstance(place, Path) and isinstance(point, Call) and isinstance(unit, Constant)):
        raise _wrong(scope, call, "DISTANCE needs a location field")
    alias, sobject, compound = scope.field(place)
    parts = {
        part.name: expression(scope.context.records.catalogue, sobject, part, alias)
        for part in sobject.parts(compound.name)
    }
    latitude = next((sql for name, sql in parts.items() if name.endswith("Latitude")), None)
    longitude = next((sql for name, sql in parts.items() if name.endswith("Longitude")), None)
    numbers = [a for a in point.arguments if isinstance(a, Constant) and a.kind == "number"]
    if not (latitude and longitude) or len(numbers) != 2 or unescape(unit.text) not in ("mi", "km"):
        raise _wrong(scope, call, "DISTANCE needs a location field, GEOLOCATION(latitude, longitude) and 'mi' or 'km'")
    near = ", ".join(str(Decimal(a.text)) for a in numbers)
    return Value(f"distance({latitude}, {longitude}, {near}, '{unit.text}')", _DISTANCE)


_Maker = Callable[[Scope, Call, Path | Call], Value]
_MAKERS: Final[dict[str, _Maker]] = (
    dict.fromkeys(AGGREGATES, _aggregate)
    | dict.fromkeys(DATE_PARTS, _date_part)
    | {"TOLABEL": _label, "FORMAT": _format, "CONVERTCURRENCY": _convert}
)


# Functions that SQLite calls


def quotient(dividend: int | None, divisor: int | None, digits: int) -> int | None:
    """Return dividend / divisor with that many more digits, rounded half away from zero."""
    if dividend is None or not divisor:
        return None
    numerator = abs(dividend) * int(10**digits)
    rounded = (2 * numerator + divisor) // (2 * divisor)
    return -rounded if dividend < 0 else rounded


def date_part(name: str, raw: str | None, time_zone: str, fiscal_month: int) -> int | str | None:
    """Return a part of a day or, in a time zone, of a moment."""
    if raw is None:
        return None
    moment = datetime.fromisoformat(raw)
    if time_zone:
        moment = moment.astimezone(ZoneInfo(time_zone))
    day = moment.date()
    return moment.hour if name == "HOUR_IN_DAY" else _part(name, day, fiscal_month)


def _part(name: str, day: date, fiscal_month: int) -> int | str:
    fiscal_index = (day.month - fiscal_month) % 12
    day_of_year = day.timetuple().tm_yday
    parts: dict[str, int | str] = {
        "CALENDAR_MONTH": day.month, "CALENDAR_QUARTER": (day.month + 2) // 3, "CALENDAR_YEAR": day.year,
        "DAY_IN_MONTH": day.day, "DAY_IN_WEEK": day.isoweekday() % 7 + 1, "DAY_IN_YEAR": day_of_year,
        "DAY_ONLY": day.isoformat(), "FISCAL_MONTH": fiscal_index + 1, "FISCAL_QUARTER": fiscal_index // 3 + 1,
        # A fiscal year is named after the calendar year it ends in.
        "FISCAL_YEAR": day.year + (fiscal_month > 1 and day.month >= fiscal_month),
        "WEEK_IN_MONTH": (day.day + 6) // 7, "WEEK_IN_YEAR": (day_of_year + 6) // 7,
    }  # fmt: skip
    return parts[name]


def as_text(kind: str, raw: int | str | None, scale: int, currency: str | None) -> str | None:
    """Return a value as a US English reader expects it."""
    if raw is None:
        return None
    if kind in NUMBERS or kind == "int":
        number = unscaled(int(raw), scale)
        shown = f"{number:,.{scale}f}"
        return f"{currency} {shown}" if currency else shown
    if kind == "date":
        day = date.fromisoformat(str(raw))
        return f"{day.month}/{day.day}/{day.year}"
    if kind == "datetime":
        moment = datetime.fromisoformat(str(raw))
        return f"{moment.month}/{moment.day}/{moment.year}, {moment.hour % 12 or 12}:{moment:%M %p}"
    return str(bool(raw)).lower() if kind == "boolean" else str(raw)


def distance(
    latitude: int | None, longitude: int | None, to_latitude: float, to_longitude: float, unit: str
) -> int | None:
    """Return the great-circle distance, scaled as `_DISTANCE`, from coordinates scaled by 10^15."""
    if latitude is None or longitude is None:
        return None
    a, b = math.radians(latitude / 10**15), math.radians(to_latitude)
    turn = math.radians(to_longitude) - math.radians(longitude / 10**15)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    kilometres = 2 * 6371.0088 * math.asin(min(1.0, math.sqrt(half)))
    factor = int(10**_DISTANCE.scale)
    return round(kilometres * (_MILES if unit == "mi" else 1) * factor)


def like_exact(pattern: str, text: str | None) -> bool | None:
    r"""Say whether a text matches a LIKE pattern with heed to case; `\` takes a wildcard's meaning away."""
    if text is None:
        return None
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    expression_ = "".join(wild[p] if p in wild else re.escape(p.removeprefix("\\") or p) for p in parts)
    return re.fullmatch(expression_, text, re.DOTALL) is not None


def register_functions(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that compiled queries call."""
    for function, count in ((quotient, 3), (date_part, 4), (as_text, 4), (distance, 5), (like_exact, 2)):
        connection.create_function(function.__name__, count, function, deterministic=True)


def sort_keys(value: Value) -> list[str]:
    """Return the SQL to sort by a value: picklists in their display order, text without case."""
    field = value.field
    if field.type not in TEXTS or field.case_sensitive:
        return [value.sql]
    folded = f"fold({value.sql})"
    if field.type != "picklist" or not field.picklist:
        return [folded]
    cases = " ".join(f"WHEN '{_escaped(entry)}' THEN {n}" for n, entry in enumerate(field.picklist))
    return [f"CASE {value.sql} COLLATE NOCASE {cases} ELSE {len(field.picklist)} END", folded]


def _escaped(text: str) -> str:
    return text.replace("'", "''")
