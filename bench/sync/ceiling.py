"""What the sandbox's tenant can do at most: the same writes under new numbers, as fast as possible."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import text

from bench.sync.workload import port
from cpqbridge.history.database import Database
from cpqbridge.sandbox.credentials import ZUORA

LINES = 16
"""Connections that the writes are sent over."""

WRITES = text(
    """
    SELECT record.record_key, operation.name, operation.path, operation.request, operation.answer
    FROM cpqbridge.operation JOIN cpqbridge.record ON record.id = operation.record_id
    WHERE operation.state = 'done' AND operation.name IN ('create_account', 'create_order') ORDER BY operation.id
    """
)

KIND = "client_credentials"
_RENAMED = ("orderNumber", "subscriptionNumber", "crmId", "chargeNumber", "itemNumber")


@dataclass
class Again:
    """The writes of one account: to be sent one after the other, under new numbers."""

    account: Any = None
    orders: list[Any] = field(default_factory=list)


async def replay(database: Database, url: str) -> tuple[int, float]:
    """Send all that was written once more; returns how many orders there were, and the seconds that it took."""
    rows = await database.run(lambda connection: connection.execute(WRITES).all())
    accounts: dict[str, Again] = {}
    for row in rows:
        if row.name == "create_account":
            accounts[row.answer["accountNumber"]] = Again(account=_renamed(row.request))
    for row in rows:
        if row.name == "create_order" and row.request.get("existingAccountNumber") in accounts:
            accounts[row.request["existingAccountNumber"]].orders.append(_renamed(row.request))
    waiting = list(accounts.values())
    begin = time.monotonic()
    await asyncio.gather(*(_line(url, waiting) for _ in range(LINES)))
    return sum(len(one.orders) for one in accounts.values()), time.monotonic() - begin


async def _line(url: str, waiting: list[Again]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port(url))
    secret = urlencode({"grant_type": KIND, "client_id": ZUORA.client_id, "client_secret": ZUORA.client_secret})
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    token = (await _send(reader, writer, "/oauth/token", form, secret.encode()))["access_token"]
    head = f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\n".encode()
    while waiting:
        one = waiting.pop()
        made = await _send(reader, writer, "/v1/accounts", head, _json(one.account))
        for order in one.orders:
            answer = await _send(
                reader, writer, "/v1/orders", head, _json(order | {"existingAccountNumber": made["accountNumber"]})
            )
            if not answer.get("success"):
                raise RuntimeError(f"The order is refused when it is sent again: {answer}")
    writer.close()


async def _send(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, head: bytes, body: bytes
) -> Mapping[str, Any]:
    length = f"Content-Length: {len(body)}\r\n\r\n".encode()
    writer.write(b"POST " + path.encode() + b" HTTP/1.1\r\nHost: sandbox\r\n" + head + length + body)
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
    size = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length:"))
    answer: Mapping[str, Any] = json.loads(await reader.readexactly(size))
    return answer


def _json(document: Any) -> bytes:
    return json.dumps(document, default=float).encode()


def _renamed(document: Any) -> Any:
    """Return a request whose numbers are new ones, as all of them are another customer's."""
    if isinstance(document, Mapping):
        return {
            name: f"{value}R" if name in _RENAMED and isinstance(value, str) else _renamed(value)
            for name, value in document.items()
        }
    if isinstance(document, Sequence) and not isinstance(document, str):
        return [_renamed(one) for one in document]
    return document
