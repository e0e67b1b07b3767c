"""Where the records of an org were carried first: the first connection to come keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Text, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from cpqbridge.errors import FixData
from cpqbridge.history.database import Database
from cpqbridge.history.tables import SCHEMA

_NAMES = ("org", "object", "scope", "ids")


def _statement(sql: str, *names: str) -> TextClause:
    types: dict[str, Any] = {"ids": ARRAY(Text())}
    parameters = (bindparam(name, type_=types.get(name, Text())) for name in names)
    return text(sql.replace("{schema}", SCHEMA)).bindparams(*parameters)


_REMEMBER = _statement(
    """
    INSERT INTO {schema}.destination (org, object, record_id, scope)
    SELECT DISTINCT ON (salesforce_id) :org, 'Order', salesforce_id, record.scope
    FROM {schema}.record JOIN {schema}.operation ON operation.record_id = record.id
    WHERE kind = 'Order' AND starts_with(record.scope, :org || ' > ')
    ORDER BY salesforce_id, operation.id
    ON CONFLICT DO NOTHING
    """,
    "org",
)
"""Takes from the ledger where orders went while there was only one connection, and nobody had to ask."""

_CLAIM = _statement(
    """
    INSERT INTO {schema}.destination (org, object, record_id, scope)
    SELECT :org, :object, id, :scope FROM unnest(:ids) AS id ORDER BY id
    ON CONFLICT DO NOTHING
    """,
    *_NAMES,
)
_ELSEWHERE = _statement(
    """
    SELECT record_id, scope FROM {schema}.destination
    WHERE org = :org AND object = :object AND record_id = ANY(:ids) AND scope <> :scope
    """,
    *_NAMES,
)
_RELEASE = _statement(
    """
    DELETE FROM {schema}.destination
    WHERE org = :org AND object = :object AND record_id = ANY(:ids) AND scope = :scope
    """,
    *_NAMES,
)


class Destinations:
    """Keeps the records of one connection from being carried by another one of the same org.

    Args:
        database: The database that all connections share.
        org: The org's address.
        scope: The connection's pair of systems.
        names: What people call the connections, by scope.
    """

    def __init__(self, database: Database, org: str, scope: str, names: Mapping[str, str] | None = None) -> None:
        self._database = database
        self._org = org
        self._scope = scope
        self._names = names or {}
        self._remembered = False

    async def keep(self, order_id: str, number: str) -> None:
        """Keep an order for this connection; to be done before anything is written for it.

        Raises:
            FixData: CPQ-443, another connection has carried it.
        """
        other = (await self.claim([order_id])).get(order_id)
        if other is not None:
            here, there = (self._names.get(scope, scope) for scope in (self._scope, other))
            message = f"the order was carried by the connection `{there}` before; `{here}` leaves it alone"
            raise FixData("CPQ-443", message, record=f"Order {number}")

    async def claim(self, records: Iterable[str], object_name: str = "Order") -> dict[str, str]:
        """Keep records for this connection, as far as no other one has them.

        Returns:
            By id, the scope of those that another connection has.
        """
        ids = list(dict.fromkeys(records))
        values = {"org": self._org, "object": object_name, "scope": self._scope, "ids": ids}

        def work(connection: Connection) -> dict[str, str]:
            if not self._remembered:
                connection.execute(_REMEMBER, {"org": self._org})
                self._remembered = True
            connection.execute(_CLAIM, values)
            # a statement of its own: it sees what another process has claimed meanwhile
            return {row.record_id: row.scope for row in connection.execute(_ELSEWHERE, values)}

        return await self._database.run(work) if ids else {}

    async def release(self, records: Iterable[str], object_name: str = "Order") -> None:
        """Let records go that this connection keeps, and of which nothing is in Zuora."""
        values = {"org": self._org, "object": object_name, "scope": self._scope, "ids": list(records)}
        await self._database.run(lambda connection: connection.execute(_RELEASE, values))
