"""Splits the lines of a quote into orders, by quote line group or by a field of the lines.

Every order starts with the quote; its products have the dates of their line, else of their group, else of the quote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

QUOTE_LINE_GROUP: Final = "Quote Line Group"
"""Value of a quote's Order By; any other one is the API name of a field of its lines."""

_GROUP: Final = "SBQQ__Group__c"


def group_of(org: Org, line: Row) -> Row:
    """Return the quote line group of a line, or an empty row."""
    return org.store.get("SBQQ__QuoteLineGroup__c", line.get(_GROUP) or "") or {}


def split_lines(org: Org, quote: Row, lines: Sequence[Row]) -> list[list[Row]]:
    """Return the lines of each order.

    Lines with the same value go together, those without one too, and the parts of a bundle with their bundle. All go
    together where the quote does not say by what, or the package setting Allow Multiple Orders is off.

    Raises:
        SalesforceError: 400: there is no such field.
    """
    field = _field(org, quote)
    if field is None or not lines:
        return [list(lines)]
    by_id = {str(line["Id"]): line for line in lines}
    parts: dict[Any, list[Row]] = {}
    for line in lines:
        parts.setdefault(_root(by_id, line).get(field), []).append(line)
    if field != _GROUP:
        return list(parts.values())
    return [parts[key] for key in sorted(parts, key=lambda key: _number(org, key))]


def _field(org: Org, quote: Row) -> str | None:
    by = quote.get("SBQQ__OrderBy__c")
    if not org.settings.allow_multiple_orders:
        return None
    if by == QUOTE_LINE_GROUP or (by is None and quote.get("SBQQ__OrderByQuoteLineGroup__c")):
        return _GROUP
    if by is None:
        return None
    field = org.store.catalogue.require("SBQQ__QuoteLine__c").field(by, hidden=True)
    if field is None:
        message = f"The quote line has no field {by}, which Order By of quote {quote['Name']} names."
        raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ("SBQQ__OrderBy__c",))
    return field.name


def _root(lines: Mapping[str, Row], line: Row) -> Row:
    while (parent := line.get("SBQQ__RequiredBy__c")) in lines:
        line = lines[str(parent)]
    return line


def _number(org: Org, group: str | None) -> tuple[Any, str]:
    """Return the place of a group among the orders; lines without a group come first."""
    row = org.store.get("SBQQ__QuoteLineGroup__c", group or "") or {}
    return row.get("SBQQ__Number__c") or 0, group or ""
