"""Makes of a mapped value what the target holds: texts, numbers, dates, and the values that Zuora knows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.countries import country_name, state_name
from cpqbridge.mapping.operations import DATE, NUMBER, TEXT, TRUTH, Kind, as_day, as_number, shown
from cpqbridge.mapping.rule import UnmappableError
from cpqbridge.mapping.targets import Target
from cpqbridge.mapping.transforms import BILLING_PERIODS, PAYMENT_TERMS, plain
from cpqbridge.settings.values import ValueTables


@dataclass(frozen=True, slots=True)
class Translation:
    """A value table: the user's entries first, then those that cpqbridge knows itself."""

    entries: Mapping[str, str]
    known: Callable[[str], str | None]

    def __call__(self, value: Any) -> str | None:
        """Return what stands for a value; None when the table does not have it."""
        return self.entries.get(shown(value)) or self.known(shown(value))

    def refusal(self, value: Any) -> str:
        """Return why a value that the table does not have is refused."""
        near = difflib.get_close_matches(shown(value), self.entries, 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"{shown(value)!r} is not in the rule's table of values, and it has no default{hint}"


def convert(value: Any, target: Target) -> Any:
    """Return the value as the target takes it.

    Raises:
        UnmappableError: The target cannot take it; the text says why.
    """
    return _CONVERSIONS[target.holds](value, target)


def fits(kind: Kind | None, target: Target) -> bool:
    """Return whether values of a kind may suit the target; texts may hold anything."""
    return kind in (None, TEXT) or target.holds in ("any", "text", "prose") or kind == KINDS.get(target.holds)


KINDS: Mapping[str, Kind] = {"number": NUMBER, "whole": NUMBER, "truth": TRUTH, "date": DATE, "datetime": DATE}
"""What a field of Zuora holds to the kind of value that suits it; all others take texts."""


def _text(value: Any, target: Target) -> str:
    text = shown(value)
    if target.length is None or len(text) <= target.length:
        return text
    if target.holds == "prose":
        return text[: target.length - 1].rstrip() + "…"
    raise UnmappableError(f"{text!r} has {len(text)} characters, Zuora takes {target.length}")


def _number(value: Any, _target: Target) -> int | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise UnmappableError(f"{shown(value)} is no number")
    return plain(as_number(value) if isinstance(value, str) else value)


def _whole(value: Any, target: Target) -> int:
    number = _number(value, target)
    if not isinstance(number, int):
        raise UnmappableError(f"{number} is no whole number")
    return number


def _truth(value: Any, _target: Target) -> bool:
    found = value if isinstance(value, bool) else {"true": True, "false": False}.get(str(value).lower())
    if found is None:
        raise UnmappableError(f"{shown(value)!r} is neither true nor false")
    return found


def _date(value: Any, _target: Target) -> date:
    if not isinstance(value, str | date):
        raise UnmappableError(f"{shown(value)} is no date such as 2026-02-01")
    return as_day(value)


def _choice(value: Any, target: Target) -> str:
    # Zuora's own APIs write Semi_Annual, Semi-Annual and Semi Annual for the same thing.
    known = {_letters(choice): choice for choice in target.choices}
    # A billing frequency of CPQ's is mapped as it is, as the guide says.
    found = known.get(_letters(shown(value))) or known.get(_letters(BILLING_PERIODS.get(shown(value), "")))
    if found is None:
        near = difflib.get_close_matches(_letters(shown(value)), known, 1)
        hint = f" (did you mean {known[near[0]]!r}?)" if near else ""
        takes = ", ".join(target.choices)
        raise UnmappableError(f"Zuora knows no {target.name} {shown(value)!r}{hint}: it takes {takes}")
    return found


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()


_CONVERSIONS: Mapping[str, Callable[[Any, Target], Any]] = {
    "any": lambda value, _target: value,
    "text": _text,
    "prose": _text,
    "number": _number,
    "whole": _whole,
    "truth": _truth,
    "date": _date,
    "choice": _choice,
}


def translation(table: Mapping[str, str] | str, own: ValueTables) -> Translation:
    """Return the lookup of a rule's value table.

    Args:
        table: The table, or the name of one of `values:`; such a one goes before what cpqbridge knows itself.
        own: The tables of `values:`.
    """
    if isinstance(table, str):
        return Translation(getattr(own, table), _KNOWN[table])
    return Translation(table, lambda _text: None)


_KNOWN: Mapping[str, Callable[[str], str | None]] = {
    "payment_terms": PAYMENT_TERMS.get,
    "billing_frequencies": BILLING_PERIODS.get,
    "countries": country_name,
    "states": lambda text: state_name(text, "United States") or state_name(text, "Canada"),
    "units": lambda text: text,
}
