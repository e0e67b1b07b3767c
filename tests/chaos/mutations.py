"""Ways to break the connector: a harness that does not notice them proves nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from cpqbridge.history import statements
from cpqbridge.history.ledger import History
from cpqbridge.sync.target import ZuoraReader
from cpqbridge.zuora.client import ZuoraClient


def _without_keys() -> None:
    send = ZuoraClient.send

    async def without(self: ZuoraClient, method: str, path: str, **more: Any) -> Any:
        return await send(self, method, path, **more | {"idempotency_key": None})

    setattr(ZuoraClient, send.__name__, without)


def _without_look_up() -> None:
    async def nothing(_self: ZuoraReader, *_arguments: Any, **_more: Any) -> None:
        """Find nothing."""

    for name in ("read_accounts", "read_plans", "read_products"):
        setattr(ZuoraReader, name, nothing)


def _blind() -> None:
    _without_keys()
    _without_look_up()


def _done_is_not_written() -> None:
    async def done(_self: History, *_arguments: Any, **_more: Any) -> None:
        """Write nothing."""

    setattr(History, done.__name__, done)


def _cut_off_stays_open() -> None:
    broken = str(statements.BEGIN_RECORDS).replace("outcome IS NULL", "false")
    names = ("scope", "records", "code", "message", "remedy")
    statements.BEGIN_RECORDS = statements._statement(broken, *names)


def _nothing_is_killed() -> None:
    def spare(_process: int, _signal: int) -> None:
        """Kill nothing."""

    setattr(os, os.kill.__name__, spare)


MUTATIONS: Mapping[str, Callable[[], None]] = {
    "no keys and no look-up": _blind,
    "done is not written": _done_is_not_written,
    "cut off stays open": _cut_off_stays_open,
    "nothing is killed": _nothing_is_killed,
}
"""By name; each changes this process and its copies."""
