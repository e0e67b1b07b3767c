"""Which connection an order belongs to, where several are joined to one org.

The first connection in the file's order whose condition (`when`) holds takes the order, else the one without. Whatever
the conditions say later, an order stays where it was carried first (`history.destinations`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from cpqbridge.salesforce.literals import among, chunks
from cpqbridge.settings.condition import parse
from cpqbridge.settings.settings import Settings

_ORDERS = "SELECT {field} FROM Order WHERE {where}"


class Queries(Protocol):
    """What reads Salesforce, such as `SalesforceClient`."""

    async def query_many(self, queries: Sequence[str]) -> Sequence[Sequence[Mapping[str, Any]]]:
        """Return the rows of each query."""
        ...


def extra_condition(settings: Settings, name: str, object_name: str = "Order") -> str | None:
    """Return which records of an object belong to a connection, as a SOQL condition; None for all of them.

    Args:
        settings: Those of the whole file, or of one of its connections.
        name: The connection.
        object_name: `Order`; records of other objects belong to every connection of their org.
    """
    if object_name != "Order" or not settings.connections:
        return None
    before = settings.siblings(name)
    conditions = {one: settings.connections[one].when for one in before[: before.index(name) + 1]}
    own = conditions.pop(name)
    left = [parse(text).turned().text() for text in conditions.values() if text]
    return " AND ".join([parse(own).text(), *left] if own else left) or None


def left_alone(settings: Settings, name: str) -> str | None:
    """Return which orders of a connection's org belong to no connection, as a SOQL condition; None when all do."""
    conditions = [settings.connections[one].when for one in settings.siblings(name)] if settings.connections else [None]
    return " AND ".join(parse(text).turned().text() for text in conditions if text) if all(conditions) else None


async def route(
    queries: Queries, settings: Settings, name: str, orders: Iterable[str], field: str = "Id"
) -> dict[str, str]:
    """Return the connection of each order, by its key; what is not there or belongs to none is left out.

    Args:
        queries: The org.
        settings: Those of the whole file, or of one of its connections.
        name: Any connection of the org.
        orders: Their keys.
        field: The field that holds the keys, such as `OrderNumber`.

    Raises:
        CpqBridgeError: The org cannot be asked, or refuses a condition.
    """
    parts = chunks(orders)
    names = settings.siblings(name)
    conditions = [extra_condition(settings, one) for one in names]
    texts = [
        _ORDERS.format(field=field, where=" AND ".join(filter(None, (among(field, some), condition))))
        for condition in conditions
        for some in parts
    ]
    pages = await queries.query_many(texts) if texts else []
    found: dict[str, str] = {}
    for number, page in enumerate(pages):
        for row in page:
            found.setdefault(str(row[field]), names[number // len(parts)])
    return found
