"""Runs reconciliations and bill runs against the sandbox, and says what they give in short."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import httpx

from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.reconcile.line import Line
from cpqbridge.sync.reconcile.reconciler import Reconciler, Reconciliation
from tests.sync.conftest import Both
from tests.world import Line as Sold

LAST_YEAR = "12000.00"


def seed_line(product: str, **more: Any) -> Sold:
    """The vendor's example: 12,000 a year, sold for 131 days, 4,290.32 by Calendar Monthly + Daily."""
    fields = {"SBQQ__UnproratedNetPrice__c": LAST_YEAR, "SBQQ__ProrateMultiplier__c": "0.3575", **more}
    return Sold(product, 1, Decimal("4290.32"), more=fields)


def reconciled(both: Both, number: str, **options: Any) -> Reconciliation:
    """Reconcile an order; what must hold of every reconciliation does."""
    return _run(both, number, options, account=False)


def reconciled_account(both: Both, account: str, **options: Any) -> Reconciliation:
    """Reconcile an account; what must hold of every reconciliation does."""
    return _run(both, account, options, account=True)


def _run(both: Both, name: str, options: dict[str, Any], *, account: bool) -> Reconciliation:
    settings = both.settings(**options)

    async def do() -> Reconciliation:
        async with open_clients(settings) as clients:
            reconciler = Reconciler(clients, settings)
            return await (reconciler.account(name) if account else reconciler.order(name))

    found = asyncio.run(do())
    for line in found.lines:
        adds_up(line)
    return found


def adds_up(line: Line) -> None:
    """Assert that causes and periods come to the amounts of a line."""
    made = line.proof.explained
    assert (made is None) == (line.proof.unknown is not None)
    if made is not None:
        assert sum((part.amount for part in line.parts), Decimal(0)) == made.difference
        assert sum((one.quoted or 0 for one in line.periods), Decimal(0)) == made.quoted
        assert sum((one.billed for one in line.periods), Decimal(0)) == made.billed


def bill(both: Both, until: str) -> list[str]:
    """Bill all accounts until a day and post the documents; returns the numbers of the invoices."""
    answer = httpx.post(f"{both.sandbox.zuora_url}/_sandbox/bill-run", json={"targetDate": until}, timeout=60)
    return [one["invoiceNumber"] for one in answer.raise_for_status().json()["invoices"]]


def in_short(found: Reconciliation) -> list[tuple[str, str | None, str | None, list[str]]]:
    """Return product, both amounts and the causes of each line."""
    return [
        (line.proof.product, _text(line.quoted), _text(line.billed), [part.cause.value for part in line.parts])
        for line in found.lines
    ]


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def kinds(line: Line) -> list[str]:
    """Return how far each period of a line has come."""
    return [one.kind for one in line.periods]


def send(both: Both, method: str, path: str, body: Any) -> Any:
    """Call Zuora as a person would by hand."""

    async def do() -> Any:
        async with open_clients(both.settings()) as clients:
            return await clients.zuora.send(method, path, body=body)

    return asyncio.run(do())
