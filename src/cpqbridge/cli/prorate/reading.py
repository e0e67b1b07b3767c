"""Reads days and numbers that were given to a calculator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from cpqbridge.errors import FixConfiguration

Value = TypeVar("Value")

DIGITS = 18
"""Digits that a number may have before and after its point: more than any price or quantity in either system."""


def wrong(option: str, message: str, remedy: str = "See --help.") -> FixConfiguration:
    """Return the error of an option that cannot be understood."""
    return FixConfiguration("CPQ-307", message, field=option, remedy=remedy)


def day(option: str, text: str) -> date:
    """Return a day.

    Raises:
        FixConfiguration: CPQ-307, it is none.
    """
    try:
        value = date.fromisoformat(text)
    except ValueError as error:
        raise wrong(option, f"{text!r} is no date such as 2026-02-01") from error
    if value == date.max:
        raise wrong(option, f"{value} is the last day that there is")
    return value


def number(option: str, text: str) -> Decimal:
    """Return a number.

    Raises:
        FixConfiguration: CPQ-307, it is none.
    """
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise wrong(option, f"{text!r} is no number") from error
    if not value.is_finite():
        raise wrong(option, f"{text!r} is no number")
    first, last = value.adjusted(), value.as_tuple().exponent
    if first >= DIGITS or not isinstance(last, int) or last < -DIGITS:
        raise wrong(option, f"{text!r} has more than {DIGITS} digits before or after the point")
    return value


def checked(option: str, make: Callable[[], Value]) -> Value:
    """Return what a function makes of an option.

    Raises:
        FixConfiguration: CPQ-307, it raised a ValueError, with its message, or needs days beyond the calendar.
    """
    try:
        return make()
    except ValueError as error:
        raise wrong(option, str(error)) from error
    except OverflowError as error:
        raise wrong(option, "billing periods would go on beyond the year 9999") from error
