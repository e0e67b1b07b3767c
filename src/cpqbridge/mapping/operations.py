"""What expressions of the user's mapping can do with values: their kinds, the operators and the functions.

An operation says which kinds of values it takes, so that a wrong mix is found when the mapping is checked and not only
in an order, and told in words. Where a value is missing (null), an operation gives null; comparisons give false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import UnmappableError
from cpqbridge.mapping.transforms import plain

Kind = str
"""What a value is, in the words of messages; one of the five below, or `ANY`."""

TEXT, NUMBER, DATE, TRUTH, LIST = "a text", "a number", "a date", "true or false", "a list"
ANY = "anything"

_KINDS: tuple[tuple[type, Kind], ...] = (
    (bool, TRUTH),
    (str, TEXT),
    (Decimal, NUMBER),
    (int, NUMBER),
    (date, DATE),
    (tuple, LIST),
)
_LARGEST_WHOLE = 1_000_000
_LONGEST_TEXT = 100_000


def kind_of(value: Any) -> Kind | None:
    """Return what a value is; None for null."""
    return None if value is None else next(kind for python, kind in _KINDS if isinstance(value, python))


@dataclass(frozen=True, slots=True)
class Signature:
    """The kinds that an operation takes and gives; with `more` the last one may be repeated."""

    takes: tuple[Kind, ...]
    gives: Kind
    more: bool = False

    def fits(self, kinds: Sequence[Kind | None]) -> bool:
        """Return whether it takes these; a kind that is not known, or null, fits everywhere."""
        return self.counts(len(kinds)) and all(
            kind is None or ANY in (kind, taken) or kind == taken
            for kind, taken in zip(kinds, self._stretched(len(kinds)), strict=True)
        )

    def counts(self, number: int) -> bool:
        """Return whether it takes so many values."""
        return number >= len(self.takes) if self.more else number == len(self.takes)

    def _stretched(self, number: int) -> Iterable[Kind]:
        return (*self.takes, *self.takes[-1:] * (number - len(self.takes)))


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or a function.

    Attributes:
        does: What it does, for messages: `cannot add a number and a text`.
        function: Computes the result.
        signatures: What it takes and gives.
        missing: The result where a value is null; `takes_null` leaves that to the function.
        takes_null: Whether the function is called with null.
        hint: What to write instead where the kinds do not fit.
    """

    does: str
    function: Callable[..., Any]
    signatures: tuple[Signature, ...]
    missing: Any = None
    takes_null: bool = False
    hint: str = ""

    def __call__(self, *values: Any) -> Any:
        """Return the result for evaluated operands.

        Raises:
            UnmappableError: The values are of the wrong kinds, or there is no result.
        """
        if not self.takes_null and None in values:
            return self.missing
        kinds = [kind_of(value) for value in values]
        if not any(signature.fits(kinds) for signature in self.signatures):
            raise UnmappableError(self.refusal(kinds))
        try:
            return _short(self.function(*values))
        except UnmappableError:
            raise
        except (ArithmeticError, ValueError) as fault:
            shown = " and ".join(repr(value) if isinstance(value, str) else str(value) for value in values)
            reason = "division by zero" if isinstance(fault, ZeroDivisionError) else "there is no such value"
            raise UnmappableError(f"cannot {self.does} {shown}: {reason}") from None

    def result(self, kinds: Sequence[Kind | None]) -> Kind | None:
        """Return the kind of the result for operands of these kinds; None when it cannot be told."""
        fitting = [signature for signature in self.signatures if signature.fits(kinds)]
        results = {signature.gives for signature in fitting or self.signatures}
        return results.pop() if len(results) == 1 else None

    def refusal(self, kinds: Sequence[Kind | None]) -> str:
        """Return why operands of these kinds are refused."""
        shown = " and ".join(kind or "null" for kind in kinds)
        return f"cannot {self.does} {shown}" + (f": {self.hint}" if self.hint else "")


def _short(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        raise UnmappableError("the text grows too long")
    return value


def _same(kinds: Iterable[Kind], gives: Kind | None = None) -> tuple[Signature, ...]:
    return tuple(Signature((kind, kind), gives or kind) for kind in kinds)


def _whole(value: Decimal) -> int:
    if value != value.to_integral_value() or abs(value) > _LARGEST_WHOLE:
        raise UnmappableError(f"{plain(value)} must be a whole number")
    return int(value)


def _length(value: Decimal) -> int:
    if value < 0:
        raise UnmappableError(f"{plain(value)} must not be negative")
    return _whole(value)


def shown(value: Any) -> str:
    """Return a value as text: numbers without exponent and trailing zeros, dates as 2026-02-01, true and false."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(Decimal(plain(value)), "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def as_number(value: str | Decimal) -> Decimal:
    """Return the number that a text holds, such as `-12.50`.

    Raises:
        UnmappableError: It holds none.
    """
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?\d+(\.\d+)?\s*", value, re.ASCII):
            raise UnmappableError(f"{value!r} is no number")
        return Decimal(value.strip())
    return value


def as_day(value: str | date) -> date:
    """Return the day of a date text of Salesforce.

    Raises:
        UnmappableError: It is none.
    """
    try:
        return dates.parse(value)
    except ValueError:
        raise UnmappableError(f"{value!r} is no date such as 2026-02-01") from None


def _rounded(value: Decimal, places: Decimal = Decimal(0)) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-_whole(places)), ROUND_HALF_UP)


def _within(member: Any, container: Any) -> bool:
    return container is not None and member is not None and member in container


_ORDERED = (NUMBER, TEXT, DATE)
_NUMBERS = _same([NUMBER])
_DATES_HINT = "write date(…) around the text of a date, number(…) around that of a number"


def _compares(function: Callable[[Any, Any], bool]) -> Operation:
    return Operation("compare", function, _same(_ORDERED, TRUTH), missing=False, hint=_DATES_HINT)


def _equals(*, same: bool) -> Operation:
    def compared(left: Any, right: Any) -> bool:
        # Salesforce does not tell an empty text from none.
        return ((left if left != "" else None) == (right if right != "" else None)) is same

    return Operation("compare", compared, _same((*_ORDERED, TRUTH), TRUTH), takes_null=True, hint=_DATES_HINT)


OPERATORS: Mapping[str, Operation] = {
    "add": Operation("add", operator.add, _same([NUMBER, TEXT]), hint="write text(…) around what is no text"),
    "sub": Operation("subtract", operator.sub, _NUMBERS, hint="days between dates are days(from, to)"),
    "mul": Operation("multiply", operator.mul, _NUMBERS),
    "tdiv": Operation("divide", operator.truediv, _NUMBERS),
    "fdiv": Operation("divide", operator.floordiv, _NUMBERS),
    "mod": Operation("divide", operator.mod, _NUMBERS),
    "pow": Operation("raise to a power", operator.pow, _NUMBERS),
    "uminus": Operation("negate", operator.neg, (Signature((NUMBER,), NUMBER),)),
    "eq": _equals(same=True),
    "ne": _equals(same=False),
    "lt": _compares(operator.lt),
    "le": _compares(operator.le),
    "gt": _compares(operator.gt),
    "ge": _compares(operator.ge),
    "in": Operation(
        "look for",
        _within,
        (Signature((TEXT, TEXT), TRUTH), Signature((ANY, LIST), TRUTH)),
        takes_null=True,
        hint="`in` wants a text in a text, or a value in a list such as [1, 2]",
    ),
}
"""The operators, by the grammar's names."""


def _function(does: str, function: Callable[..., Any], *signatures: Signature, **more: Any) -> Operation:
    return Operation(does, function, signatures, **more)


_PAIR_OF_TEXTS = Signature((TEXT, TEXT), TRUTH)
_TEXT_TO_TEXT = Signature((TEXT,), TEXT)
_CUT = Signature((TEXT, NUMBER), TEXT)
_OF_DATE = Signature((DATE,), NUMBER)
_MOVED = Signature((DATE, NUMBER), DATE)

FUNCTIONS: Mapping[str, Operation] = {
    "date": _function("read as a date", as_day, Signature((TEXT,), DATE), Signature((DATE,), DATE)),
    "text": _function("write as text", shown, Signature((ANY,), TEXT)),
    "number": _function("read as a number", as_number, Signature((TEXT,), NUMBER), Signature((NUMBER,), NUMBER)),
    "round": _function(
        "round", _rounded, Signature((NUMBER,), NUMBER), Signature((NUMBER, NUMBER), NUMBER)
    ),  # half up, as money is rounded
    "abs": _function("take the size of", abs, Signature((NUMBER,), NUMBER)),
    "min": _function("compare", min, Signature((NUMBER, NUMBER), NUMBER, more=True)),
    "max": _function("compare", max, Signature((NUMBER, NUMBER), NUMBER, more=True)),
    "upper": _function("write in capitals", str.upper, _TEXT_TO_TEXT),
    "lower": _function("write in small letters", str.lower, _TEXT_TO_TEXT),
    "trim": _function("trim", str.strip, _TEXT_TO_TEXT),
    "length": _function("measure", lambda text: Decimal(len(text)), Signature((TEXT,), NUMBER)),
    "left": _function("cut", lambda text, count: text[: _length(count)], _CUT),
    "right": _function("cut", lambda text, count: text[max(0, len(text) - _length(count)) :], _CUT),
    "replace": _function("replace in", str.replace, Signature((TEXT, TEXT, TEXT), TEXT)),
    "contains": _function("search", operator.contains, _PAIR_OF_TEXTS, missing=False),
    "starts_with": _function("search", str.startswith, _PAIR_OF_TEXTS, missing=False),
    "ends_with": _function("search", str.endswith, _PAIR_OF_TEXTS, missing=False),
    "concat": _function(
        "join",
        lambda *values: "".join(shown(value) for value in values if value is not None),
        Signature((ANY,), TEXT, more=True),
        takes_null=True,
    ),
    "days": _function(
        "count days between", lambda start, end: Decimal((end - start).days), Signature((DATE, DATE), NUMBER)
    ),
    "add_days": _function("add days to", lambda day, count: day + timedelta(days=_whole(count)), _MOVED),
    "add_months": _function("add months to", lambda day, count: dates.add_months(day, _whole(count)), _MOVED),
    "year": _function("take the year of", lambda day: Decimal(day.year), _OF_DATE),
    "month": _function("take the month of", lambda day: Decimal(day.month), _OF_DATE),
    "day": _function("take the day of", lambda day: Decimal(day.day), _OF_DATE),
}
"""The functions, by name. `coalesce(a, b, …)` is one too, but evaluates no more than it must."""
