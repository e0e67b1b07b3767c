"""Sees every write of a connector's process: each request that changes something, each statement that writes.

It stands at the lowest place that all of the connector goes through: the HTTP transport and the database driver. So no
room of the connector needs to know of it, and none can get round it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import httpx
import psycopg

Handle = Callable[[httpx.Request], Awaitable[httpx.Response]]

READS = re.compile(r"/oauth/|/services/oauth2/|/v1/action/query|/query/jobs|/_sandbox/")
"""Paths of requests by POST that change nothing, beside composite requests of reads."""

TABLES = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\s+(cpqbridge\.\w+)", re.IGNORECASE)

COUNTERS = {f"cpqbridge.{name}" for name in ("api_calls", "pause", "circuit", "process")}
"""Tables of what processes tell each other of limits and of being alive: nothing of a record depends on them."""

NUMBERED = re.compile(r"\b(?:8a[0-9a-f]{30}|[A-Z]+-?[A-Z]*\d{8}|[0-9A-Za-z]{15}(?:[A-Z0-9]{3})?)(?=$|[/?])")


class Watcher(Protocol):
    """What is told of writes, and may end the process or spoil a request."""

    def before(self, what: str) -> Any:
        """Take what is about to be written; return what names it to `after`."""
        ...

    def after(self, write: Any) -> None:
        """Take that it is written."""
        ...

    async def request(self, handle: Handle, request: httpx.Request, what: str) -> httpx.Response:
        """Carry out a request that writes."""
        ...


def request_that_writes(request: httpx.Request) -> str | None:
    """Return what a request writes, with ids left out, or None when it only reads."""
    path = request.url.path
    if request.method in {"GET", "HEAD"} or READS.search(path) or _reads_together(request):
        return None
    return f"{request.method} {NUMBERED.sub('…', path)}"


def _reads_together(request: httpx.Request) -> bool:
    """Return whether a request is a composite one of Salesforce that holds nothing but reads."""
    if not request.url.path.startswith("/services/") or request.method != "POST":
        return False
    body = json.loads(request.content)
    parts = body.get("compositeRequest") or body.get("batchRequests") or []
    return bool(parts) and all(part["method"] == "GET" for part in parts)


def statement_that_writes(sql: str) -> str | None:
    """Return which tables of cpqbridge a statement changes, or None when it changes none."""
    found = [(verb, table) for verb, table in TABLES.findall(sql) if table.lower() not in COUNTERS]
    return ", ".join(f"{verb.split()[0].lower()} {table.partition('.')[2]}" for verb, table in found) or None


def watch(watcher: Watcher) -> None:
    """Tell a watcher of every write that this process makes from now on."""
    _watch_http(watcher)
    _watch_database(watcher)


def _watch_http(watcher: Watcher) -> None:
    carry = httpx.AsyncHTTPTransport.handle_async_request

    async def watched(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        what = request_that_writes(request)
        if what is None:
            return await carry(self, request)
        return await watcher.request(lambda sent: carry(self, sent), request, what)

    httpx.AsyncHTTPTransport.handle_async_request = watched  # type: ignore[method-assign] # this process is for that


def _watch_database(watcher: Watcher) -> None:
    execute, execute_async = psycopg.Cursor.execute, psycopg.AsyncCursor.execute
    commit = psycopg.Connection.commit
    written: dict[int, str] = {}

    def text(cursor: Any, query: Any) -> str:
        return query if isinstance(query, str) else psycopg.sql.as_string(query, cursor)

    def watched(self: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        what = statement_that_writes(text(self, query))
        if what is None:
            return execute(self, query, *arguments, **more)
        if not self.connection.autocommit:
            written[id(self.connection)] = what
        write = watcher.before(what)
        answer = execute(self, query, *arguments, **more)
        watcher.after(write)
        return answer

    async def watched_async(self: Any, query: Any, *arguments: Any, **more: Any) -> Any:
        what = statement_that_writes(text(self, query))
        if what is None:
            return await execute_async(self, query, *arguments, **more)
        write = watcher.before(what)
        answer = await execute_async(self, query, *arguments, **more)
        watcher.after(write)
        return answer

    def watched_commit(self: Any) -> None:
        what = written.pop(id(self), None)
        write = watcher.before(f"commit {what}") if what else None
        commit(self)
        if what:
            watcher.after(write)

    changes = {(psycopg.Cursor, "execute"): watched, (psycopg.AsyncCursor, "execute"): watched_async}
    for (kind, name), function in {**changes, (psycopg.Connection, "commit"): watched_commit}.items():
        setattr(kind, name, function)
