"""Writes what is in the outbox onto the records of Salesforce, 200 records a call.

Refused records are tried again with growing pauses, and given up in the end; no outcome of a sync depends on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from cpqbridge.errors import ERRORS, CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.history.redact import redact_text
from cpqbridge.salesforce.client import ROWS_PER_COLLECTION, RowResult, SalesforceClient
from cpqbridge.salesforce.describe import Describe
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.write_back.fields import Fitted, Target, fitted, target
from cpqbridge.sync.write_back.outbox import MARK, Noted, Outbox, Waiting
from cpqbridge.sync.write_back.told import OBJECTS

log = structlog.get_logger(__name__)

TAKEN = 5 * ROWS_PER_COLLECTION
"""Records that are taken from the outbox at once."""

PAUSES = (60.0, 300.0, 900.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0)
"""Seconds after each refusal of a record until the next attempt; after one more it is given up."""

DESCRIBED_FOR = 3_600.0
"""Seconds after which the org is asked again which fields there are."""

GONE = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND", "INVALID_CROSS_REFERENCE_KEY"})
"""Refusals of records that Salesforce has no more."""

REMEDIES = {
    ("Order", "INSUFFICIENT_ACCESS_OR_READONLY"): (
        "Give the integration user the permission Edit Activated Orders; the sync itself is done."
    ),
    ("Order", "FIELD_CUSTOM_VALIDATION_EXCEPTION"): (
        "Let the org's validation rule pass for the integration user; the sync itself is done."
    ),
    ("Account", "FIELD_CUSTOM_VALIDATION_EXCEPTION"): (
        "Let the org's validation rule pass for the integration user; the sync itself is done."
    ),
}
"""What helps, by object and Salesforce's code; else the catalogue's remedy holds."""


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Records that are not tried any more.

    Attributes:
        object: `Order` or `Account`.
        ids: Their Salesforce ids.
        message: Why Salesforce refused them.
        remedy: What helps.
    """

    object: str
    ids: Sequence[str]
    message: str
    remedy: str


@dataclass(slots=True)
class Flushed:
    """What came of writing back.

    Attributes:
        written: Records that were changed.
        same: Records that were as they should be already.
        refused: Records that were refused, and are tried again.
        given_up: Records that were refused for the last time.
        gone: Records that Salesforce has no more.
        calls: Calls that wrote.
    """

    written: int = 0
    same: int = 0
    refused: int = 0
    given_up: int = 0
    gone: int = 0
    calls: int = 0

    @property
    def taken(self) -> int:
        """Records that were looked at."""
        return self.written + self.same + self.refused + self.given_up + self.gone


@dataclass(slots=True)
class _Batch:
    """What is noted of the records of one call, and what is said of them."""

    noted: list[Noted] = field(default_factory=list)
    gone: list[Waiting] = field(default_factory=list)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    given_up: dict[tuple[str, str], list[str]] = field(default_factory=dict)


OnGivenUp = Callable[[GivenUp], None]
"""Told of records that were refused for the last time; for alerts."""


class Writer:
    """Writes back for one pair of systems.

    Args:
        client: The org.
        outbox: What is to be written.
        settings: The fields.
        on_given_up: Told of records that are not tried any more.
    """

    def __init__(
        self,
        client: SalesforceClient,
        outbox: Outbox,
        settings: Settings,
        on_given_up: OnGivenUp = lambda _given_up: None,
    ) -> None:
        self._client = client
        self._outbox = outbox
        self._settings = settings
        self._on_given_up = on_given_up
        self._targets: dict[str, Target] = {}
        self._described_at: float | None = None
        self._said: set[str] = set()

    async def flush(self) -> Flushed:
        """Write what is due now; what could not be written for now stays due.

        Raises:
            RetryLater: Salesforce cannot be reached or wants to be left alone.
            SignInRefused: It lets nobody in.
        """
        flushed = Flushed()
        for sobject in await self._outbox.due():
            while await self._some(sobject, flushed):
                pass
        return flushed

    async def _some(self, sobject: str, flushed: Flushed) -> bool:
        """Write some records of an object; returns whether there may be more."""
        async with self._outbox.alone():
            taken = await self._outbox.take(sobject, TAKEN)
            if not taken:
                return False
            to = (await self._describe())[sobject]
            made = [(one, self._fitted(sobject, one, to)) for one in taken]
            news = [(one, fit) for one, fit in made if _news(one, fit)]
            same = [one for one, fit in made if not _news(one, fit)]
            await self._outbox.end(sobject, [Noted(one, _now_held(one)) for one in same])
            flushed.same += len(same)
            for start in range(0, len(news), ROWS_PER_COLLECTION):
                await self._write(sobject, news[start : start + ROWS_PER_COLLECTION], flushed)
        return len(taken) == TAKEN

    async def _write(self, sobject: str, news: Sequence[tuple[Waiting, Fitted]], flushed: Flushed) -> None:
        """Write up to 200 records in one call, and note what became of each."""
        await self._outbox.begin(sobject, [one for one, _ in news])
        flushed.calls += 1
        results = await self._send(sobject, news)
        batch = _Batch()
        for (one, fit), result in zip(news, results, strict=True):
            self._judge(sobject, one, fit, result, batch)
        await self._outbox.end(sobject, batch.noted)
        await self._outbox.forget(sobject, batch.gone)
        given_up = sum(len(ids) for ids in batch.given_up.values())
        flushed.gone += len(batch.gone)
        flushed.given_up += given_up
        flushed.refused += batch.refusals.total()
        flushed.written += len(news) - len(batch.gone) - given_up - batch.refusals.total()
        self._tell(sobject, batch)

    async def _send(self, sobject: str, news: Sequence[tuple[Waiting, Fitted]]) -> list[RowResult]:
        """Return what became of each record; a call that is refused as a whole is a refusal of each."""
        records = [{"Id": one.record_id, **fit.values} for one, fit in news]
        try:
            return await self._client.update_collection(sobject, records)
        except (RetryLater, SignInRefused):
            raise
        except CpqBridgeError as error:
            return [RowResult(None, error)] * len(news)

    def _judge(self, sobject: str, one: Waiting, fit: Fitted, result: RowResult, batch: _Batch) -> None:
        """Put down what became of one record."""
        error = result.error
        if error is None:
            batch.noted.append(Noted(one, _now_held(one) | fit.values))
            return
        code = error.detail.get("code", "")
        if code in GONE:
            batch.gone.append(one)
            return
        if error.code in ("CPQ-303", "CPQ-305"):
            self._described_at = None  # rights or fields have changed since the org was asked
        why = (redact_text(error.message), REMEDIES.get((sobject, code), ERRORS["CPQ-114"].remedy))
        attempts = one.attempts + 1
        passing = isinstance(error, RetryLater)
        pause = PAUSES[min(attempts, len(PAUSES)) - 1] if passing or attempts <= len(PAUSES) else None
        batch.noted.append(Noted(one, one.written, done=False, pause=pause, attempts=attempts, message=why[0]))
        if pause is not None:
            batch.refusals[why] += 1
        else:
            batch.given_up.setdefault(why, []).append(one.record_id)

    def _tell(self, sobject: str, batch: _Batch) -> None:
        """Say what was refused, once for all records with one reason."""
        for (message, remedy), count in batch.refusals.items():
            log.warning(
                f"CPQ-114 {_count(count, sobject)} not written back, tried again later: {message}",
                object=sobject,
                records=count,
                remedy=remedy,
            )
        for (message, remedy), ids in batch.given_up.items():
            log.error(
                f"CPQ-114 {_count(len(ids), sobject)} not written back, and not tried again: {message}",
                object=sobject,
                records=len(ids),
                first=ids[0],
                remedy=remedy,
            )
            self._on_given_up(GivenUp(sobject, ids, message, remedy))
        if batch.gone:
            log.info(
                "records are gone from Salesforce: nothing is written back", object=sobject, records=len(batch.gone)
            )

    def _fitted(self, sobject: str, one: Waiting, to: Target) -> Fitted:
        fit = fitted(sobject, one.told, to, self._settings, one.written)
        for misfit in fit.misfits:
            self._say(misfit)
        return fit

    async def _describe(self) -> dict[str, Target]:
        """Return the fields of each object, as the org has told within the last hour."""
        now = self._client.clock.monotonic()
        if self._described_at is None or now - self._described_at > DESCRIBED_FOR:
            names = self._settings.write_back.fields()
            found = await self._describes(fresh=bool(self._targets))
            self._targets = {sobject: target(sobject, names[sobject], found[sobject]) for sobject in OBJECTS}
            self._described_at = now
            for sobject, to in self._targets.items():
                if names[sobject] and not to.fields:
                    self._say(f"{sobject} has none of the fields under `write_back`, or none that may be edited")
                else:
                    for skipped in to.skipped:
                        self._say(skipped)
        return self._targets

    async def _describes(self, *, fresh: bool) -> dict[str, Describe | None]:
        """Return what the org says of the objects; the client keeps its first answer, which may have become old."""
        if not fresh:
            return await self._client.describe_many(OBJECTS)
        documents = [await self._client.read(f"sobjects/{sobject}/describe") for sobject in OBJECTS]
        return {sobject: Describe.of(document) for sobject, document in zip(OBJECTS, documents, strict=True)}

    def _say(self, what: str) -> None:
        """Warn of something once."""
        if what not in self._said:
            self._said.add(what)
            log.warning(f"not written back: {what}", remedy=ERRORS["CPQ-114"].remedy)


def _news(one: Waiting, fit: Fitted) -> bool:
    """Return whether a record's fields are not known to hold what is to be written."""
    return any(name not in one.written or one.written[name] != value for name, value in fit.values.items())


def _now_held(one: Waiting) -> dict[str, Any]:
    """Return what a record's fields are known to hold, with the mark that it was told of with."""
    return one.written | ({MARK: one.told[MARK]} if MARK in one.told else {})


def _count(records: int, sobject: str) -> str:
    return f"{records} {sobject} record{'s were' if records > 1 else ' was'}"
