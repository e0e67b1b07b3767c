"""The log of what clients asked and were answered, with every secret taken out."""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from cpqbridge.sandbox import wire

#: Headers that are left out of the log.
SECRET_HEADERS = {
    "authorization",
    "cookie",
    "set-cookie",
    "apiaccesskeyid",
    "apisecretaccesskey",
    "proxy-authorization",
}

#: Names of JSON, form and query fields whose values are masked, in lower case.
SECRET_FIELDS = {
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "id_token",
    "password",
    "refresh_token",
    "sessionid",
    "signature",
    "token",
}

MASK = "***"


class _Raw(NamedTuple):
    """A body as it was on the wire, and the headers it came with."""

    content: bytes
    headers: Mapping[str, str]


class RequestLog:
    """The latest requests of one server, numbered from 1 over the life of the process.

    Bodies are kept as they are and read when somebody looks, so that the log costs a large answer nothing.
    """

    def __init__(self, size: int = 20_000) -> None:
        """Keep the latest `size` requests."""
        self._entries: deque[dict[str, Any]] = deque(maxlen=size)
        self._count = 0

    def add(self, scope: Mapping[str, Any], body: bytes) -> dict[str, Any]:
        """Note a request as it arrives; the answer is filled in by `finish`."""
        self._count += 1
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        entry = {
            "n": self._count,
            "method": scope["method"],
            "path": scope["path"],
            "query": _mask(query),
            "headers": {name: value for name, value in headers.items() if name not in SECRET_HEADERS},
            "body": _Raw(body, headers),
            "status": None,
            "response": None,
        }
        self._entries.append(entry)
        return entry

    def finish(self, entry: dict[str, Any], status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Note the answer to a request."""
        entry["status"] = status
        named = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
        entry["response"] = _Raw(body, named)

    def after(self, number: int) -> list[dict[str, Any]]:
        """The requests with a higher number."""
        return [
            {name: _readable(*value) if isinstance(value, _Raw) else value for name, value in entry.items()}
            for entry in self._entries
            if entry["n"] > number
        ]

    def clear(self) -> None:
        """Forget the requests; numbers go on, so that a reader's last number stays good."""
        self._entries.clear()


def _readable(body: bytes, headers: Mapping[str, str]) -> Any:
    if not body:
        return None
    if headers.get("content-encoding") == "gzip":
        try:
            body = gzip.decompress(body)
        except (OSError, EOFError):
            return MASK
    text = body.decode("utf-8", "replace")
    kind = headers.get("content-type", "")
    if "x-www-form-urlencoded" in kind:
        return _mask(dict(parse_qsl(text, keep_blank_values=True)))
    if "json" in kind or text[:1] in "{[":
        try:
            return _mask(wire.decode(body))
        except (ValueError, RecursionError):
            return text
    return text


def _mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: MASK if key.lower() in SECRET_FIELDS else _mask(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return value
