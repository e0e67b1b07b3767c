"""Runs a plan: every operation is written down before the call and after it, and is safe to repeat.

An operation whose earlier attempt has an unknown result was looked up by its natural key when the state was read; if
it is still to be done, it goes out with the same `Idempotency-Key`, so that Zuora answers with the first result.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, FixData, RetryLater
from cpqbridge.history.requests import request_hash
from cpqbridge.history.rows import InDoubt, RecordAttempt
from cpqbridge.planning.plan import Operation, SyncPlan, resolve, resolve_path
from cpqbridge.planning.state import ZuoraState
from cpqbridge.sync.blame import add_field
from cpqbridge.transport.answered import request_ids
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.refusals import NotFound

if TYPE_CHECKING:
    from cpqbridge.history.ledger import History

ASYNCHRONOUS = "/v1/async/"

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "create_account": ("accountId", "accountNumber"),
    "create_contact": ("id",),
    "create_product": ("Id",),
    "create_product_rate_plan": ("Id",),
    "create_product_rate_plan_charge": ("Id",),
    "create_order": ("orderNumber",),
    "undo_order": ("orderNumber",),
}
"""What the answer to an operation must hold: a success without it made nothing that could be stood by."""

LEASE = 2.0
"""Seconds after which the right to make a call is asked for again: a process that stood still may have lost it."""

REMOVALS: Mapping[str, str | None] = {
    "undo_order": None,
    "revert_order": "Set the option `deleted_orders` to `delete`, or take the order back in Zuora by hand.",
    "delete_order": None,
}
"""Operations that take an order back, and the way out where Zuora refuses one, if it is not the catalogue's."""


class Applier:
    """Carries plans out, one operation after the other."""

    def __init__(self, client: ZuoraClient, history: History) -> None:
        self._client = client
        self._history = history

    async def apply(
        self, plan: SyncPlan, attempt: RecordAttempt, state: ZuoraState, doubts: Mapping[str, InDoubt]
    ) -> dict[str, Mapping[str, Any]]:
        """Run every operation; the state learns what each has made.

        Args:
            plan: A plan that may go.
            attempt: The right to write for its record.
            state: The batch's state of Zuora.
            doubts: Operations that may or may not have happened, by key.

        Returns:
            The answers by operation key.

        Raises:
            CpqBridgeError: What stopped it; earlier operations stay done and are found by the next run.
        """
        answers: dict[str, Mapping[str, Any]] = {}
        for position, planned in enumerate(plan.operations):
            operation = replace(
                planned,
                path=resolve_path(planned.path, answers),
                body=resolve(planned.body, answers),
                known=resolve(planned.known, answers),
            )
            doubt = doubts.get(operation.key)
            key = idempotency_key(operation, attempt)
            if doubt and doubt.request_hash == request_hash(operation.method, operation.path, operation.body):
                key = doubt.idempotency_key or key
            answer = await self._run(operation, attempt, position, key)
            answers[operation.key] = answer
            state.learn(operation, answer)
        return answers

    async def _run(self, operation: Operation, attempt: RecordAttempt, position: int, key: str) -> Mapping[str, Any]:
        idempotent = key if operation.method == "POST" else None
        asked_at = time.monotonic()
        number = await self._history.intend(
            attempt,
            position=position,
            name=operation.name,
            key=operation.key,
            method=operation.method,
            path=operation.path,
            body=operation.body,
            idempotency_key=idempotent,
        )
        if time.monotonic() - asked_at > LEASE:
            await self._history.still_ours(attempt)
        try:
            with request_ids() as ids:
                answer = await self._send(operation, idempotent)
        except CpqBridgeError as error:
            add_field(error, operation)
            unknown = isinstance(error, RetryLater) and error.unknown_result
            status = error.detail.get("status")
            await self._history.fail(
                attempt,
                number,
                status=int(status) if status else None,
                answer=dict(error.detail),
                code=error.code,
                unknown_result=unknown,
                request_id=error.detail.get("request_id"),
            )
            raise
        await self._history.done(attempt, number, status=200, answer=answer, request_id=ids[-1] if ids else None)
        return answer

    async def _send(self, operation: Operation, key: str | None) -> Mapping[str, Any]:
        body = None if operation.method == "DELETE" else operation.body
        try:
            answer = await self._client.send(operation.method, operation.path, body=body, idempotency_key=key)
            if operation.path.startswith(ASYNCHRONOUS):
                job = await self._client.poll_job(_held(answer, ("jobId",), operation)["jobId"])
                answer = job.get("result") or {}
        except NotFound:
            if operation.method != "DELETE":
                raise
            return {}  # gone is what it shall be
        except (FixData, FixConfiguration) as refused:
            if not _is_about_undoing(operation, refused):
                raise
            remedy, place = REMOVALS[operation.name], operation.known.get("field")
            raise FixData("CPQ-439", refused.message, field=place, remedy=remedy, detail=refused.detail) from refused
        return _held(answer, ANSWERS.get(operation.name, ()), operation)


def _is_about_undoing(operation: Operation, refused: CpqBridgeError) -> bool:
    """Return whether Zuora refuses to take an order back, which a tenant's feature may be needed for."""
    feature = operation.name == "revert_order" and refused.code == "CPQ-304"
    return operation.name in REMOVALS and (feature or isinstance(refused, FixData))


def _held(answer: Mapping[str, Any], names: Sequence[str], operation: Operation) -> Mapping[str, Any]:
    """Return an answer that holds what it must.

    Raises:
        CallForHelp: CPQ-901, it does not; the next run looks up whether the work was done.
    """
    missing = [name for name in names if not answer.get(name)]
    if missing:
        message = f"Zuora answered {operation.method} {operation.path} with success but without {', '.join(missing)}"
        raise CallForHelp("CPQ-901", message)
    wanted = operation.known.get("order")
    if "orderNumber" in names and answer["orderNumber"] != wanted:
        raise CallForHelp("CPQ-901", f"Zuora was sent order {wanted} and answered with order {answer['orderNumber']}")
    return answer


def idempotency_key(operation: Operation, attempt: RecordAttempt) -> str:
    """Return the key of one attempt at one operation: stable over retries, new for a new attempt.

    Zuora replays the first answer for 24 hours, failures too: an attempt after a definite failure needs a new key, or a
    mended tenant would go on refusing. An attempt after an unknown result takes the earlier key (see `Applier.apply`).
    """
    seed = f"{operation.key}|{attempt.record_key}|{attempt.attempt}|"
    digest = request_hash(operation.method, operation.path, operation.body)
    return "cpqbridge-" + hashlib.sha256((seed + digest).encode()).hexdigest()[:40]
