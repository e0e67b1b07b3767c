"""What is told of a record: its status, why, and what it is called in Zuora. Pure; which fields take it comes later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cpqbridge.history.redact import redact_text
from cpqbridge.planning.plan import Operation, Ref
from cpqbridge.sync.result import SyncResult
from cpqbridge.sync.run import Ended
from cpqbridge.sync.write_back.marks import MarkOf, unmarked
from cpqbridge.values import SUCCESSES, Outcome

OBJECTS = ("Order", "Account")
"""The objects whose records are told of, in the order in which they are written."""

STATUSES = {
    Outcome.SYNCED: "synced",
    Outcome.UNCHANGED: "synced",
    Outcome.WAITING: "waiting",
    Outcome.HELD: "held",
    Outcome.FAILED: "failed",
}
"""What each outcome is told as: a key of `write_back.statuses`."""

NOT_THE_RECORDS = frozenset({"CPQ-105", "CPQ-107", "CPQ-110", "CPQ-111"})
"""Failures that say nothing of the record: somebody else works on it, or nothing is called for now."""

PASSING = "CPQ-1"
"""What the codes of failures begin with that the service tries again by itself."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of one record.

    Attributes:
        object: `Order` or `Account`.
        record_id: Its Salesforce id.
        attempt: The record's attempt that it comes from; None where it comes from another record's.
        values: JSON values by what they are: `status` (a key of `write_back.statuses`), `message` (None, or what
            happened and what to do next), `order_number`, `account_number`, `subscriptions` (a list), `carried_at` or
            `found_at` (ISO 8601). What is not known is left out: what was written of it before stays.
        first: Whether it is told only where nothing was told of the record before.
        mark: The mark of the record as it was carried or judged; None where it was not, or that is not known.
    """

    object: str
    record_id: str
    attempt: int | None
    values: dict[str, Any]
    first: bool = False
    mark: str | None = None


def tellings(
    ended: Iterable[Ended], at: datetime, *, retried: bool = False, mark_of: MarkOf = unmarked
) -> list[Telling]:
    """Return what is told of the records of a run, the last one of each record.

    Args:
        ended: The results of the run.
        at: When it ended.
        retried: Whether what failed for now is tried again by itself: then it is not told.
        mark_of: Gives the marks of records.
    """
    told: dict[tuple[str, str], Telling] = {}
    for one in ended:
        for telling in _of(one, at, retried):
            if not telling.first or (telling.object, telling.record_id) not in told:
                read = None if telling.first else one.read.get(telling.record_id)
                mark = mark_of(telling.object, read) if read is not None else None
                told[telling.object, telling.record_id] = replace(telling, mark=mark)
    return list(told.values())


def _of(ended: Ended, at: datetime, retried: bool) -> Iterator[Telling]:
    result = ended.result
    if result.object not in OBJECTS or result.id is None or result.outcome is None or ended.attempt is None:
        return
    code = result.reasons[0].code if result.reasons else ""
    if result.outcome is Outcome.FAILED and (code in NOT_THE_RECORDS or (retried and code.startswith(PASSING))):
        return
    if result.object == "Order" and result.outcome is Outcome.SYNCED:
        yield from _accounts(result, at)
    yield from _account(ended, at)
    values = {"status": STATUSES[result.outcome], "message": _message(result), **_numbers(result), **_time(result, at)}
    yield Telling(result.object, result.id, ended.attempt.attempt, values)


def _message(result: SyncResult) -> list[str] | None:
    """Return what happened and what to do next, without secrets; None where there is nothing to say."""
    if not result.reasons:
        return [redact_text(result.note), ""] if result.note else None
    main, more = result.reasons[0], len(result.reasons) - 1
    beside = f" ({more} more reason{'s' if more > 1 else ''})" if more else ""
    return [redact_text(f"{main.code}: {main.message}{beside}"), redact_text(main.remedy)]


def _numbers(result: SyncResult) -> dict[str, Any]:
    zuora = result.zuora
    found = {
        "account_number": zuora.get("accountNumber"),
        "order_number": zuora.get("orderNumber") if result.object == "Order" else None,
        "subscriptions": list(zuora.get("subscriptions") or ()) if result.object == "Order" else None,
    }
    return {name: value for name, value in found.items() if value}


def _time(result: SyncResult, at: datetime) -> dict[str, str]:
    """Return when a record was carried over; or when it was found there, for records of which no time is known."""
    name = {Outcome.SYNCED: "carried_at", Outcome.UNCHANGED: "found_at"}.get(result.outcome or Outcome.FAILED)
    return {name: at.isoformat(timespec="milliseconds")} if name else {}


def _accounts(result: SyncResult, at: datetime) -> Iterator[Telling]:
    """Yield what is told of the accounts that an order made or changed on its way."""
    for operation in result.operations:
        if operation.name in ("create_account", "update_account"):
            number = _number(operation, result)
            values: dict[str, Any] = {
                "status": "synced",
                "message": None,
                "carried_at": at.isoformat(timespec="milliseconds"),
            }
            values |= {"account_number": number} if number else {}
            yield Telling("Account", operation.known["crm_id"], None, values)


def _account(ended: Ended, at: datetime) -> Iterator[Telling]:
    """Yield what is told of the account of an order that is in Zuora: whoever made it may have ended before telling."""
    number = ended.result.zuora.get("accountNumber")
    if ended.account and number and ended.result.outcome in SUCCESSES:
        values = {"status": "synced", "message": None, "account_number": number, **_time(ended.result, at)}
        yield Telling("Account", ended.account, None, values, first=True)


def made_before(account: str, at: datetime) -> Telling:
    """Return what is told of an account that an earlier attempt at an order has made, where nothing was told before.

    Args:
        account: Its Salesforce id.
        at: When the order came to its outcome.
    """
    found = {"status": "synced", "message": None, "found_at": at.isoformat(timespec="milliseconds")}
    return Telling("Account", account, None, found, first=True)


def _number(operation: Operation, result: SyncResult) -> str | None:
    """Return an account's number: from the path that changed it, or that of the order which names it as its own."""
    if operation.name == "update_account":
        return operation.path.rpartition("/")[2]
    bodies = (one.body for one in result.operations if one.name == "create_order")
    owners = {owner.key for body in bodies if isinstance(owner := body.get("existingAccountNumber"), Ref)}
    return result.zuora.get("accountNumber") if owners == {operation.key} else None
