"""Tells people by e-mail, once a run, of records that failed or are held: option `customer_alert_email`.

The history keeps what was told of each record, as an operation of its attempt. The same is not told again within
24 hours, unless the record was fine in between. Whatever goes wrong here is a warning; outcomes stay as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

import structlog

from cpqbridge.alerts import mail
from cpqbridge.alerts.message import Alert, Cause, Summary, Trouble, compose
from cpqbridge.errors import ERRORS, CpqBridgeError
from cpqbridge.history.redact import redact_text
from cpqbridge.history.requests import request_hash
from cpqbridge.history.rows import OperationId, RecordAttempt, TakenOver
from cpqbridge.settings.mail import addresses
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.result import SyncResult
from cpqbridge.sync.run import Ended, Run
from cpqbridge.values import SUCCESSES, JSONObject, Outcome

if TYPE_CHECKING:
    from cpqbridge.history.ledger import History

log = structlog.get_logger(__name__)

TROUBLES = (Outcome.FAILED, Outcome.HELD)
"""The outcomes that people are told of, the worst first."""

REPEAT = timedelta(hours=24)
"""For so long the same is not told again of the same record."""

LISTED = 200
"""Records that one e-mail lists; the next one lists those that this one leaves off."""

ACCEPTED = 250
"""What a mail server answers that takes an e-mail (RFC 5321)."""

FRONT_DOORS = frozenset({"login.salesforce.com", "test.salesforce.com"})
"""Where anybody signs in: no records are shown under these names."""


@dataclass(frozen=True, slots=True)
class Note:
    """What the history notes of a record: what was told of it, or that it is fine again."""

    ended: Ended
    key: str
    name: str
    method: str = ""
    path: str = ""
    body: JSONObject | None = None
    status: int = 0

    @classmethod
    def of_alert(cls, ended: Ended, recipients: str) -> Note:
        """Return the note that a record's trouble is told to these recipients."""
        reasons = [{"code": reason.code, "message": reason.message} for reason in ended.result.reasons]
        body = {"outcome": ended.result.outcome, "reasons": reasons}
        return cls(ended, _keys(ended)[0], "send_alert", "MAIL", f"mailto:{recipients}", body, ACCEPTED)

    @classmethod
    def all_fine(cls, ended: Ended) -> Iterator[Note]:
        """Yield the notes that a record is fine, under its id and under its name: it may have been unreadable."""
        for key in _keys(ended):
            yield cls(ended, key, "settle_alert")

    @property
    def hash(self) -> str:
        """The same for two notes that say the same."""
        return request_hash(self.method, self.path, self.body)


class Begun(NamedTuple):
    """A note that is written down, and the attempt and operation that hold it."""

    note: Note
    attempt: RecordAttempt
    operation: OperationId


class Alerts:
    """Sends the alerts of one pair of systems.

    Args:
        settings: The mail server, who is told, and the address of the org for links.
        history: The ledger.
    """

    def __init__(self, settings: Settings, history: History) -> None:
        self._mail = settings.mail
        self._recipients = addresses(settings.options.customer_alert_email or "")
        self._org = settings.salesforce.login_url
        self._history = history

    async def tell(self, run: Run) -> None:
        """Send the alert of a run that has ended, if there is anything to tell; never raises."""
        try:
            await self._tell(run)
        except CpqBridgeError as error:
            _warn(run, error.message)
        except Exception as fault:
            log.debug("fault", run=run.id, exc_info=True)
            _warn(run, f"No e-mail can be sent: {type(fault).__name__} in the alert")

    async def _tell(self, run: Run) -> None:
        """Send what has not been told yet, and note what is told and what needs no telling any more."""
        recipients = ",".join(self._recipients)
        fine = [note for ended in run.ended if ended.result.outcome in SUCCESSES for note in Note.all_fine(ended)]
        troubles = [
            Note.of_alert(ended, recipients)
            for outcome in TROUBLES
            for ended in run.ended
            if ended.result.outcome is outcome
        ]
        now = await self._history.now()
        last = (await self._history.latest([note.key for note in (*fine, *troubles)])).done
        same = {
            note.key for note in (*fine, *troubles) if note.key in last and last[note.key].request_hash == note.hash
        }
        await self._end(await self._begin([note for note in fine if note.key in last.keys() - same]))
        told = {key for key in same if last[key].ended_at > now - REPEAT}
        news = [note for note in troubles if note.key not in told]
        if listed := await self._begin(news[:LISTED]):
            summary = Summary(
                run=run.id,
                command=run.command,
                counts=Counter(ended.result.outcome for ended in run.ended if ended.result.outcome),
                troubles=[trouble(begun.note.ended.result, self._org) for begun in listed],
                told_before=len(troubles) - len(news),
                left_off=len(news[LISTED:]),
            )
            await self._send(run, compose(summary), listed)

    async def _send(self, run: Run, alert: Alert, listed: Sequence[Begun]) -> None:
        """Send the e-mail, and note with each record whether it was told."""
        try:
            refused = await mail.send(self._mail, self._recipients, alert)
        except CpqBridgeError as error:
            await self._end(listed, error)
            raise
        await self._end(listed)
        if refused:
            answers = "; ".join(f"{address}: {answer}" for address, answer in refused.items())
            _warn(run, f"The mail server refused some recipients of the e-mail: {answers}")

    async def _begin(self, notes: Sequence[Note]) -> list[Begun]:
        """Write notes down before they come true; what another run has taken over is that run's to tell."""
        begun: list[Begun] = []
        for note in notes:
            attempt = note.ended.attempt
            if attempt is None:
                continue
            with suppress(TakenOver):
                operation = await self._history.intend(
                    attempt,
                    position=len(note.ended.result.operations),
                    name=note.name,
                    key=note.key,
                    method=note.method,
                    path=note.path,
                    body=note.body,
                    idempotency_key=None,
                )
                begun.append(Begun(note, attempt, operation))
        return begun

    async def _end(self, begun: Sequence[Begun], error: CpqBridgeError | None = None) -> None:
        """Note that notes have come true, or why not."""
        for note, attempt, operation in begun:
            with suppress(TakenOver):
                if error is None:
                    await self._history.done(attempt, operation, status=note.status, answer=None, request_id=None)
                else:
                    said = {"message": error.message}
                    await self._history.fail(
                        attempt, operation, status=None, answer=said, code=error.code, unknown_result=False
                    )


def trouble(result: SyncResult, org: str) -> Trouble:
    """Return what is told of a record, without secrets.

    Args:
        result: A result that failed or is held.
        org: The address of the org.
    """
    causes = [
        Cause(reason.code, redact_text(reason.message), reason.field, redact_text(reason.remedy))
        for reason in result.reasons
    ]
    known = result.id is not None and urlsplit(org).hostname not in FRONT_DOORS
    link = f"{org}/{quote(result.id or '', safe='')}" if known else None
    return Trouble(result.object, redact_text(result.record), result.outcome or Outcome.FAILED, causes, link)


def _keys(ended: Ended) -> list[str]:
    """Return the keys under which notes of a record are found: by its id, where it could be read, and by its name."""
    result = ended.result
    return [f"alert:{result.object}:{name}" for name in dict.fromkeys((result.id, result.record)) if name]


def _warn(run: Run, message: str) -> None:
    log.warning(f"CPQ-108 {message}", run=run.id, remedy=ERRORS["CPQ-108"].remedy)
