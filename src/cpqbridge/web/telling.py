"""Tells the log, the counters and the traces what goes on in each connection."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import structlog

from cpqbridge.errors import ERRORS
from cpqbridge.jobs.connection import Hooks
from cpqbridge.jobs.due import Settled
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.result import SyncResult
from cpqbridge.telemetry import spans
from cpqbridge.telemetry.working import track_id
from cpqbridge.transport.exchange import Exchange
from cpqbridge.values import Outcome
from cpqbridge.web.meters import Meters, call_class

log = structlog.get_logger(__name__)

REFUSED = frozenset({400, 401, 403})
"""Statuses of a refused sign-in."""

REQUEST_ID = {"Salesforce": "salesforce_request_id", "Zuora": "zuora_request_id"}
"""What the id of a request is called in the log."""


@dataclass(slots=True)
class Answers:
    """Which systems have answered since the process began.

    Attributes:
        signed_in: Connection and system, for those that have taken a session.
        refused: Those whose last sign-in was refused.
    """

    signed_in: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def note(self, connection: str, exchange: Exchange) -> None:
        """Take in a call."""
        key = (connection, exchange.system)
        if call_class(exchange) == "sign-in":
            (self.refused.add if exchange.status in REFUSED else self.refused.discard)(key)
            if exchange.status == 200:
                self.signed_in.add(key)


class Teller:
    """Is told by all connections of a process.

    Args:
        meters: The counters.

    Attributes:
        answers: Which systems have answered.
    """

    def __init__(self, meters: Meters) -> None:
        self.answers = Answers()
        self._meters = meters

    def hooks(self, settings: Settings) -> Hooks:
        """Return what a connection tells."""
        name = settings.name

        def watch(exchange: Exchange) -> None:
            self.answers.note(name, exchange)
            self._meters.call(name, exchange)
            _trace(name, exchange)
            _log_call(name, exchange)

        def settled(one: Settled, seconds: float) -> None:
            self._meters.settled(name, one, seconds)
            _log_settled(name, one, seconds)

        return Hooks(watch=watch, progress=lambda result: _log_result(name, result), settled=settled)


def _log_call(connection: str, exchange: Exchange) -> None:
    if not log.is_enabled_for(logging.DEBUG):
        return
    known = {
        "status": exchange.status,
        "seconds": round(exchange.elapsed, 3),
        "attempt": exchange.attempt if exchange.attempt > 1 else None,
        REQUEST_ID.get(exchange.system, "request_id"): exchange.request_id,
        "zuora_track_id": track_id() if exchange.system == "Zuora" else None,
        "error": exchange.error,
    }
    said = {name: value for name, value in known.items() if value is not None}
    log.debug(f"{exchange.system} {exchange.method} {exchange.path}", connection=connection, **said)


def _trace(connection: str, exchange: Exchange) -> None:
    known: dict[str, str | int | None] = {
        "connection": connection,
        "system": exchange.system,
        "attempt": exchange.attempt,
        "request_id": exchange.request_id,
        "http.request.method": exchange.method,
        "url.path": exchange.path,
        "http.response.status_code": exchange.status,
    }
    failed = exchange.error or (str(exchange.status) if exchange.status and exchange.status >= 400 else None)
    said = {name: value for name, value in known.items() if value is not None}
    spans.past(f"{exchange.system} {exchange.method}", said, exchange.elapsed, failed)


def _log_result(connection: str, result: SyncResult) -> None:
    """Write one line for what became of a record, with the reason and what to do."""
    outcome = result.outcome or Outcome.FAILED
    said: dict[str, Any] = {"connection": connection, "object": result.object, "record": result.record}
    if result.id:
        said["id"] = result.id
    if result.reasons:
        main = result.reasons[0]
        said |= {"code": main.code, "reason": main.message, "remedy": main.remedy}
        said |= {"request_id": main.detail["request_id"]} if "request_id" in main.detail else {}
    log.info(f"{result.object} {result.record}: {outcome.value}", outcome=outcome.value, **said)


def _log_settled(connection: str, settled: Settled, seconds: float) -> None:
    """Write a line for what no result was told of: what was as before, and what is tried again."""
    wanted = settled.due.wanted
    said = {
        "connection": connection,
        "object": wanted.object,
        "record": settled.number or wanted.number or wanted.record_id,
        "id": wanted.record_id,
        "seconds": round(seconds, 3),
    }
    name = f"{wanted.object} {said['record']}"
    if settled.outcome is None and settled.code:
        again = {"again_in": round(settled.delay or 0), "attempt": settled.attempts, "reason": settled.message}
        log.info(f"{name}: later", outcome="later", code=settled.code, remedy=_remedy(settled.code), **again, **said)
    else:
        log.debug(f"{name}: settled", outcome=settled.outcome, **said)


def _remedy(code: str) -> str | None:
    entry = ERRORS.get(code)
    return entry.remedy if entry else None
