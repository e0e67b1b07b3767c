"""The pure transforms that mapping rules name; each is a function of a value and the context."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Context, Transform, UnmappableError

Number = int | Decimal


def as_date(value: Any, _context: Context) -> date:
    """Return the day of a Salesforce date."""
    return dates.parse(value)


def as_number(value: Any, _context: Context) -> Number:
    """Return an exact number without trailing zeros: 5.00 becomes 5, 120.50 becomes 120.5."""
    return plain(value)


def plain(value: Any) -> Number:
    """Return a number in its shortest exact form, so that equal amounts look equal."""
    if isinstance(value, int):
        return value
    number = Decimal(value)
    whole = number.to_integral_value()
    return int(whole) if whole == number else number.normalize()


def at_most(length: int) -> Transform:
    """Return a transform that refuses a text longer than Zuora takes, for keys and codes."""

    def checked(value: Any, _context: Context) -> str:
        text = str(value)
        if len(text) > length:
            raise UnmappableError(f"{text!r} has {len(text)} characters, Zuora takes {length}")
        return text

    checked.__doc__ = f"refused beyond {length} characters"
    return checked


def shortened(length: int) -> Transform:
    """Return a transform that shortens a text meant for people to what Zuora takes."""

    def cut(value: Any, _context: Context) -> str:
        text = str(value)
        return text if len(text) <= length else text[: length - 1].rstrip() + "…"

    cut.__doc__ = f"shortened to {length} characters"
    return cut


def from_given(name: str) -> Transform:
    """Return a transform that takes one of the planner's decisions, whatever the source holds."""

    def taken(_value: Any, context: Context) -> Any:
        return context.given.get(name)

    taken.__doc__ = f"the plan's {name.replace('_', ' ')}"
    return taken


def by_table(name: str, table: Mapping[str, str]) -> Transform:
    """Return a transform through a value table; the user's table of that name goes first, unknown values are refused."""

    def looked_up(value: Any, context: Context) -> str:
        own: Mapping[str, str] = context.given.get("values", {}).get(name, {})
        found = own.get(value) or table.get(value)
        if found is None:
            known = ", ".join([*own, *table])
            raise UnmappableError(f"{value!r} is not in the table of {name} ({known})")
        return found

    looked_up.__doc__ = _shown(table)
    return looked_up


def one_of(table: Mapping[str, str]) -> Transform:
    """Return a transform through a closed table; other values are refused."""

    def looked_up(value: Any, _context: Context) -> str:
        if value not in table:
            raise UnmappableError(f"{value!r} is not one of {', '.join(table)}")
        return table[value]

    looked_up.__doc__ = _shown(table)
    return looked_up


def _shown(table: Mapping[str, str]) -> str:
    return "; ".join(f"{key} → {value}" for key, value in table.items())


PAYMENT_TERMS = {
    "Due on receipt": "Due Upon Receipt",
    "Due Upon Receipt": "Due Upon Receipt",
    **{f"Net {days}": f"Net {days}" for days in (15, 30, 45, 60, 90)},
}
payment_term = by_table("payment_terms", PAYMENT_TERMS)

BILLING_PERIODS = {
    "Monthly": "Month",
    "Quarterly": "Quarter",
    "Semiannual": "Semi_Annual",
    "Annual": "Annual",
    "Invoice Plan": "Subscription_Term",
}
"""CPQ billing frequency to the billing period of the Orders API; the catalog API writes blanks for underscores."""
billing_period = by_table("billing_frequencies", BILLING_PERIODS)


def catalog_billing_period(value: Any, context: Context) -> str:
    """Monthly → Month; Quarterly → Quarter; Semiannual → Semi-Annual; Annual → Annual; Invoice Plan → Subscription Term."""
    period: str = billing_period(value, context)
    return {"Semi_Annual": "Semi-Annual", "Subscription_Term": "Subscription Term"}.get(period, period)


def unit_of_measure(value: Any, context: Context) -> str:
    """By the table `values.units`, else as it is; refused beyond 25 characters."""
    own: Mapping[str, str] = context.given.get("values", {}).get("units", {})
    return str(at_most(25)(own.get(value, value), context))


def first_line(value: Any, _context: Context) -> str | None:
    """The first line of a street."""
    return street_lines(value)[0][:255] or None


def further_lines(value: Any, _context: Context) -> str | None:
    """The street's further lines, joined by commas."""
    return ", ".join(street_lines(value)[1:])[:255] or None


def street_lines(value: Any) -> list[str]:
    """Return the filled lines of a Salesforce street, at least one."""
    return [line.strip() for line in str(value).splitlines() if line.strip()] or [""]
