"""The lines of `cpqbridge doctor` about limits: what both systems allow, what is used, what is taken to be down."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cpqbridge.errors import CpqBridgeError, lasting
from cpqbridge.history.database import Database, open_database
from cpqbridge.jobs.limits.allowance import Grant
from cpqbridge.jobs.limits.board import SharedLimits, Shares
from cpqbridge.jobs.limits.budget import GOES_ON
from cpqbridge.jobs.limits.upstream import Upstream
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Finding, Grade, guarded, optional, problem
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.limiter import Limiter
from cpqbridge.transport.shared import Alone
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.connection import ZuoraConnection

NEARLY = 0.8
"""The part of the budget from which on it is worth a word."""


class _Listener(Alone):
    """Keeps a client's limiter, to read what the system told it."""

    limiter: Limiter

    def join(self, limiter: Limiter) -> None:
        """See `Shared.join`."""
        self.limiter = limiter


async def check_limits(settings: Settings) -> AsyncIterator[Finding]:
    """Yield a finding for each limit, with one call to each system."""
    yield await guarded("Salesforce limits", lambda: _org(settings))
    yield await guarded("Zuora limits", lambda: _tenant(settings))
    try:
        async with open_database(settings.database) as database:
            for finding in await shared_findings(settings, database):
                yield finding
    except CpqBridgeError as error:
        yield problem("budget of calls", error)


async def shared_findings(settings: Settings, database: Database) -> list[Finding]:
    """Return the findings about what all processes share: budget, pauses, what is taken to be down."""
    board = SharedLimits(database, circuits=False)
    shares = board.join(settings)
    await board.look()
    found = [await _budget(shares)]
    found += [_standing(upstream) for upstream in (shares.salesforce, shares.zuora)]
    return found


async def _org(settings: Settings) -> str:
    async with SalesforceClient(SalesforceConnection.of(settings.salesforce)) as client:
        daily = (await client.limits())["DailyApiRequests"]
    return f"{daily['Remaining']:,} of {daily['Max']:,} calls of 24 hours are left in the org, for all its clients"


async def _tenant(settings: Settings) -> str:
    listener = _Listener()
    async with ZuoraClient(ZuoraConnection.of(settings.zuora), Wiring(shared={"Zuora": listener})) as client:
        await client.send("GET", "/v1/catalog/products", params=[("pageSize", "1")])
    share = settings.limits.zuora.share
    shown = (f"{int(limit * share)} of {limit} {kind}" for kind, limit in listener.limiter.limits.items())
    return f"calls at once that are used: {', '.join(shown)}"


async def _budget(shares: Shares) -> Finding:
    name = "budget of Salesforce calls"
    if shares.salesforce.budget is None:
        return optional(name, "there is none")
    given = await shares.salesforce.budget.read()
    text = f"{given.used:,} of {given.budget:,} calls of 24 hours are used"
    if given.used >= given.budget:
        return Finding(name, Grade.PROBLEM, text, "CPQ-110", "limits.salesforce", _later(given))
    if given.used >= given.budget * NEARLY:
        return optional(name, text, "Raise it, if the org has calls to spare.", "limits.salesforce")
    return Finding(name, Grade.OK, text)


def _later(given: Grant) -> str:
    return f"Wait: there are calls again in {lasting(given.seconds)}; or raise the budget. {GOES_ON}"


def _standing(upstream: Upstream) -> Finding:
    name, state = f"{upstream.system} for the service", upstream.circuit.state
    if state.open:
        text = f"taken to be down since {state.since:%Y-%m-%d %H:%M %Z}: {state.cause.text} ({state.message})"
        return Finding(name, Grade.PROBLEM, text, "CPQ-111", remedy=state.cause.remedy)
    seconds = upstream.pool.pause_seconds
    if seconds:
        return optional(name, f"asked to be left alone for {lasting(seconds)} more", f"Wait. {GOES_ON}")
    return Finding(name, Grade.OK, "neither down nor asking for a pause")
