"""Writes ids on rate plans, up to 50 in a call, each noted in the ledger as an operation of its own contract.

A call writes what is there already when it is repeated, so nothing can be doubled. What a call has written is read
again: Zuora gives a rate plan another id with every version of its subscription, so that an amendment made in between
would leave the id on a version that no longer counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cpqbridge.errors import CpqBridgeError, FixData, RetryLater
from cpqbridge.history.rows import Ending, OperationId, RecordAttempt, RunId, TakenOver
from cpqbridge.planning.adoption.match import Match
from cpqbridge.planning.link import UPDATE
from cpqbridge.planning.plan import Operation
from cpqbridge.sync.adoption.result import OBJECT, AdoptionResult, operations_of, result_of
from cpqbridge.sync.apply import idempotency_key
from cpqbridge.sync.locks import KeyedLocks
from cpqbridge.sync.result import Reason, SyncResult, operation_dict
from cpqbridge.values import Outcome
from cpqbridge.zuora import lookups
from cpqbridge.zuora.client import ZuoraClient

if TYPE_CHECKING:
    from cpqbridge.history.ledger import History


MOST_UPDATES = 50
"""Objects that Zuora takes in one call of `action/update`."""


@dataclass(frozen=True, slots=True)
class Write:
    """One id on one rate plan; `intended` is the ledger's number of it."""

    match: Match
    attempt: RecordAttempt
    position: int
    operation: Operation
    intended: OperationId | None = None

    @property
    def object(self) -> Mapping[str, Any]:
        """What Zuora is told."""
        told: Mapping[str, Any] = self.operation.body["objects"][0]
        return told


class Linker:
    """Writes what matches ask for.

    Args:
        client: The tenant.
        history: The ledger.
    """

    def __init__(self, client: ZuoraClient, history: History) -> None:
        self._client = client
        self._history = history
        self._locks = KeyedLocks(history.hold)

    async def start(self, command: str, options: Mapping[str, Any]) -> RunId:
        """Begin a run."""
        return await self._history.start_run(command, options)

    async def end(self, run: RunId) -> None:
        """Note the end of a run."""
        await self._history.end_run(run)

    async def carry_out(self, run: RunId, matches: Sequence[Match]) -> list[AdoptionResult]:
        """Write the ids of matches and note what became of each, also of those that write nothing."""
        keys = {match.deal.id: f"{OBJECT}:{match.deal.id}" for match in matches}
        attempts = await self._history.begin_records(run, {keys[one.deal.id]: one.deal.number for one in matches})
        mine = {match.deal.id: attempt for match, attempt in zip(matches, attempts, strict=True)}
        writes = [
            Write(match, mine[match.deal.id], position, operation)
            for match in matches
            for position, operation in enumerate(operations_of(match))
        ]
        errors: dict[str, CpqBridgeError] = {}
        for start in range(0, len(writes), MOST_UPDATES):
            errors |= await self._some(writes[start : start + MOST_UPDATES])
        results = [_result(match, errors.get(match.deal.id)) for match in matches]
        await self._note([(mine[one.deal.id], result.result) for one, result in zip(matches, results, strict=True)])
        return results

    async def refuse(self, run: RunId, results: Sequence[AdoptionResult]) -> None:
        """Note what could not even be read."""
        if results:
            keys = [f"{one.result.object}:{one.result.id or one.result.record}" for one in results]
            named = {key: one.result.record for key, one in zip(keys, results, strict=True)}
            attempts = dict(zip(named, await self._history.begin_records(run, named), strict=True))
            await self._note([(attempts[key], one.result) for key, one in zip(keys, results, strict=True)])

    async def _note(self, ended: Sequence[tuple[RecordAttempt, SyncResult]]) -> None:
        """Write outcomes down."""
        if ended:
            await self._history.finish_records([_ending(attempt, result) for attempt, result in ended])

    async def _some(self, writes: Sequence[Write]) -> dict[str, CpqBridgeError]:
        """Make one call's worth of writes; return what went wrong, by contract."""
        orders = {f"Order:{order}" for write in writes for order in write.match.deal.order_ids}
        async with self._locks.hold({*orders, *(write.attempt.record_key for write in writes)}):
            errors: dict[str, CpqBridgeError] = {}
            key = _key(writes)
            intended = []
            for write in writes:
                try:
                    intended.append(await self._intend(write, key))
                except TakenOver as taken:
                    errors[write.match.deal.id] = taken
            answers = await self._send(intended, key)
            carried = await self._carried(intended)
            for write, answer in zip(intended, answers, strict=True):
                error = _judged(write, answer, carried)
                errors |= {write.match.deal.id: error} if error else {}
                try:
                    await self._end(write, error)
                except TakenOver as taken:
                    errors[write.match.deal.id] = taken
            return errors

    async def _intend(self, write: Write, key: str) -> Write:
        operation = write.operation
        number = await self._history.intend(
            write.attempt,
            position=write.position,
            name=operation.name,
            key=operation.key,
            method=operation.method,
            path=operation.path,
            body=operation.body,
            idempotency_key=key,
        )
        return Write(write.match, write.attempt, write.position, operation, number)

    async def _send(self, writes: Sequence[Write], key: str) -> list[CpqBridgeError | None]:
        """Return what Zuora says of each; what it refuses together is sent one by one, to know which it means."""
        if not writes:
            return []
        body = {"objects": [write.object for write in writes], "type": "RatePlan"}
        try:
            await self._client.send("POST", UPDATE, body=body, idempotency_key=key)
        except FixData as refused:
            if len(writes) == 1:
                return [refused]
            return [answer for one in writes for answer in await self._send([one], _key([one]))]
        except CpqBridgeError as error:
            return [error] * len(writes)
        return [None] * len(writes)

    async def _carried(self, writes: Sequence[Write]) -> Mapping[str, str] | CpqBridgeError:
        """Return by id the rate plan of the latest version that carries it now."""
        ids = [write.object["ExternallyManagedPlanId"] for write in writes]
        try:
            rows = await lookups.subscribed_rate_plans(self._client, ids)
        except CpqBridgeError as error:
            return error
        return {row["externallyManagedPlanId"]: row["id"] for row in rows}

    async def _end(self, write: Write, error: CpqBridgeError | None) -> None:
        if write.intended is None:
            return
        if error is None:
            answer = {"Success": True, "Id": write.object["Id"]}
            await self._history.done(write.attempt, write.intended, status=200, answer=answer, request_id=None)
            return
        status = error.detail.get("status")
        await self._history.fail(
            write.attempt,
            write.intended,
            status=int(status) if status else None,
            answer=dict(error.detail),
            code=error.code,
            unknown_result=isinstance(error, RetryLater) and error.unknown_result,
            request_id=error.detail.get("request_id"),
        )


def _judged(
    write: Write, answer: CpqBridgeError | None, carried: Mapping[str, str] | CpqBridgeError
) -> CpqBridgeError | None:
    """Return why a write does not count; one that is there counts, whatever the answer was."""
    if isinstance(carried, CpqBridgeError):
        return answer or carried
    if write.object["ExternallyManagedPlanId"] in carried:
        return None
    number = write.match.fit.billed.number if write.match.fit else ""
    message = f"Zuora's subscription {number} was amended while its rate plan was given its id"
    return answer or RetryLater("CPQ-105", message)


def _key(writes: Sequence[Write]) -> str:
    """Return the idempotency key of a call: that of its one write, or one made of those of all."""
    keys = [idempotency_key(write.operation, write.attempt) for write in writes]
    return keys[0] if len(keys) == 1 else "cpqbridge-" + hashlib.sha256("|".join(keys).encode()).hexdigest()[:40]


def _result(match: Match, error: CpqBridgeError | None) -> AdoptionResult:
    if error is None:
        return result_of(match, Outcome.SYNCED)
    reason = Reason(error.code, error.message, error.field, error.remedy, error.detail)
    return result_of(match, Outcome.FAILED, reason)


def _ending(attempt: RecordAttempt, result: SyncResult) -> Ending:
    main = result.reasons[0] if result.reasons else None
    return Ending(
        attempt,
        result.outcome or Outcome.FAILED,
        main.code if main else None,
        main.message if main else None,
        main.remedy if main else None,
        [operation_dict(operation) for operation in result.operations],
        dict(result.zuora),
    )
