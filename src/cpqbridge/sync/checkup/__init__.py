"""Use case: check both connections, permissions, custom fields and tenant features before the first sync.

Nothing is written. What is needed comes from the wish lists and mapping tables that a sync itself goes by, so that
there is no second list. Each finding says what is missing and exactly what mends it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from cpqbridge.errors import CpqBridgeError
from cpqbridge.history.clocks import skew, wrong_clock
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.amounts import check_amounts
from cpqbridge.sync.checkup.finding import Finding, Grade, guarded, problem
from cpqbridge.sync.checkup.mapped import check_own_mapping
from cpqbridge.sync.checkup.org import check_org
from cpqbridge.sync.checkup.tenant import check_currencies, check_tenant
from cpqbridge.sync.checkup.write_back import check_write_back
from cpqbridge.sync.connect import open_clients, open_history

__all__ = ["Finding", "Grade", "check"]


async def check(settings: Settings) -> AsyncIterator[Finding]:
    """Yield a finding for everything that was checked."""
    try:
        async with open_clients(settings) as clients:
            reached = []
            for system in (check_org, check_tenant):
                findings = system(settings, clients)
                signed_in = await anext(findings)
                yield signed_in
                reached.append(signed_in.grade is Grade.OK)
                async for finding in findings:
                    yield finding
            if all(reached):
                async for finding in check_currencies(clients.salesforce):
                    yield finding
                async for finding in check_own_mapping(settings, clients):
                    yield finding
                async for finding in check_write_back(settings, clients):
                    yield finding
                async for finding in check_amounts(settings, clients):
                    yield finding
    except CpqBridgeError as error:
        yield problem("configuration", error)
    async for finding in _database(settings):
        yield finding
    if settings.options.customer_alert_email:
        yield await guarded("mail", lambda: _mail(settings))


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    try:
        async with open_history(settings) as history:
            asked = datetime.now(UTC)
            ahead = skew(asked, await history.now(), datetime.now(UTC))
            yield Finding("database", Grade.OK, "the history can be written")
            wrong = wrong_clock(ahead)
            yield problem("clock", wrong) if wrong else Finding("clock", Grade.OK, "goes like the database's")
    except CpqBridgeError as error:
        yield problem("database", error)


async def _mail(settings: Settings) -> str:
    from cpqbridge.alerts.mail import check_mail

    return await check_mail(settings)
