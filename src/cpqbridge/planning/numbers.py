"""Order numbers in Zuora: of the further parts of an order, of those that take others back, and in addresses."""

from __future__ import annotations

import re
from urllib.parse import quote

_ADDED = re.compile(r"(-\d+)?(-undo)?$")
"""What a Zuora order number may have behind the Salesforce one."""


def quoted(number: str) -> str:
    """Return a number as one part of a path."""
    return quote(number, safe="")


def part_of(number: str, candidate: str) -> bool:
    """Return whether a Zuora order number is that of an order or of one of its further parts."""
    return candidate == number or (candidate.startswith(f"{number}-") and candidate[len(number) + 1 :].isdigit())


def undo_number(number: str) -> str:
    """Return the number of the Zuora order that takes another one back."""
    return f"{number}-undo"


def sold_number(number: str) -> str:
    """Return the Salesforce number of the order that a Zuora order carries or takes back, if it is one of ours."""
    return _ADDED.sub("", number)
