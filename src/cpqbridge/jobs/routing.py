"""Which connection an order belongs to, where several are joined to one org.

The first connection in the file's order whose condition (`when`) holds takes the order, else the one without. Whatever
the conditions say later, an order stays where it was carried first (`history.destinations`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from cpqbridge.salesforce.literals import among, chunks
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.sharing import extra_condition, left_alone

__all__ = ["Queries", "extra_condition", "left_alone", "route"]

_ORDERS = "SELECT {field} FROM Order WHERE {where}"


class Queries(Protocol):
    """What reads Salesforce, such as `SalesforceClient`."""

    async def query_many(self, queries: Sequence[str]) -> Sequence[Sequence[Mapping[str, Any]]]:
        """Return the rows of each query."""
        ...


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
