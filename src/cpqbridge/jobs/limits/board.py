"""Keeps all processes alike in what they know of both systems: pauses, circuits, and how many share the places."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Connection, TextClause

from cpqbridge.errors import CpqBridgeError, RetryLater
from cpqbridge.history.database import Database
from cpqbridge.jobs.limits import statements
from cpqbridge.jobs.limits.budget import Budget
from cpqbridge.jobs.limits.cause import SILENT, Cause, is_outage
from cpqbridge.jobs.limits.circuit import Circuit, CircuitState, probing, state_of
from cpqbridge.jobs.limits.keys import client_name, salesforce_client_key, salesforce_key, zuora_key
from cpqbridge.jobs.limits.pool import Pool
from cpqbridge.jobs.limits.upstream import Upstream, UpstreamState
from cpqbridge.settings.limits import SalesforceLimits, ZuoraLimits
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import Clients
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.lanes import LIVE
from cpqbridge.transport.limiter import Sizing

log = structlog.get_logger(__name__)

INTERVAL = 1.0
"""Seconds between two looks at the shared tables."""

ALIVE_SECONDS = 15.0
"""How long after its last sign of life a process still counts."""

PROBE_SECONDS = 15.0
"""Most seconds of a probe; a system that takes longer is not back."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Both systems of one connection."""

    salesforce: Upstream
    zuora: Upstream

    def wiring(self, wiring: Wiring | None = None) -> Wiring:
        """Return what the clients of both systems are plugged into."""
        return replace(wiring or Wiring(), shared={"Salesforce": self.salesforce, "Zuora": self.zuora})

    def probe_by(self, clients: Clients) -> None:
        """Say by which clients is probed whether the systems are back."""
        self.salesforce.probe = clients.salesforce.limits
        self.zuora.probe = lambda: clients.zuora.send("GET", "/v1/catalog/products", params=[("pageSize", "1")])

    @property
    def closed(self) -> bool:
        """Whether both circuits are closed: neither system is taken to be down."""
        return not (self.salesforce.circuit.open or self.zuora.circuit.open)

    def trouble(self, lane: int = LIVE) -> RetryLater | None:
        """Return why work of a lane cannot go on now: no work is to be begun and no attempt counted; else None."""
        return self.salesforce.trouble(lane) or self.zuora.trouble(lane)


class SharedLimits:
    """What one process knows of the limits of all systems, kept alike with the other processes while `run` runs.

    Args:
        database: The shared tables.
        interval: Seconds between two looks at them.
        circuits: Whether a system that fails is taken to be down. Not for a command of a person, which goes on trying.
    """

    def __init__(self, database: Database, *, interval: float = INTERVAL, circuits: bool = True) -> None:
        self._database = database
        self._circuits = circuits
        self._interval = interval
        self._pools: dict[str, Pool] = {}
        self._upstreams: dict[str, Upstream] = {}
        self._looked = False
        self._news = asyncio.Event()
        self._changed = asyncio.Condition()
        self._probes: set[asyncio.Task[None]] = set()

    def join(self, settings: Settings) -> Shares:
        """Return both systems of a connection; connections to the same system share its limits.

        Args:
            settings: The connection's; where several share a system, the limits of the first one hold.
        """
        limits, org, tenant = settings.limits, settings.salesforce, settings.zuora
        pools = (
            self._pool(salesforce_key(org), "Salesforce", limits.salesforce),
            self._pool(zuora_key(tenant), "Zuora", limits.zuora),
        )
        return Shares(
            self._upstream(salesforce_client_key(org), pools[0], client_name(org), limits.down_after),
            self._upstream(zuora_key(tenant), pools[1], client_name(tenant), limits.down_after),
        )

    def _pool(self, key: str, system: str, limits: SalesforceLimits | ZuoraLimits) -> Pool:
        if key not in self._pools:
            sizing = Sizing(limits.calls_at_once, limits.share, limits.live_reserve)
            budget = Budget(self._database, key, limits) if isinstance(limits, SalesforceLimits) else None
            self._pools[key] = Pool(key, system, sizing, budget, self._news.set)
        return self._pools[key]

    def _upstream(self, key: str, pool: Pool, client: str, down_after: int) -> Upstream:
        if key not in self._upstreams:
            circuit = Circuit(pool.system, down_after if self._circuits else None, client)
            self._upstreams[key] = Upstream(key, pool, circuit, self._news.set)
        return self._upstreams[key]

    def states(self) -> list[UpstreamState]:
        """Return how things stand with each system."""
        return [upstream.state() for upstream in self._upstreams.values()]

    async def wait_until_closed(self, shares: Shares) -> None:
        """Wait until neither system is taken to be down; `run` must be running."""
        async with self._changed:
            await self._changed.wait_for(lambda: shares.closed)

    async def run(self) -> None:
        """Keep alike with the other processes, and probe what is down, until cancelled.

        Raises:
            CpqBridgeError: The database cannot be used; begin again later.
        """
        try:
            while True:
                self._news.clear()
                await self.look()
                await self._wait()
        finally:
            for task in self._probes:
                task.cancel()
            await asyncio.gather(*self._probes, return_exceptions=True)

    async def look(self) -> None:
        """Tell the other processes what is new, learn from them, and begin the probes that are due.

        What only people can mend is probed at the first look: they may have, and have started the process anew for it.
        """
        await self._tell()
        await self._learn()
        first, self._looked = not self._looked, True
        for upstream in self._upstreams.values():
            state = upstream.circuit.state
            at_once = first and state.open and not state.cause.passes
            if (state.to_probe or at_once) and upstream.probe and not upstream.probing:
                upstream.probing = True
                task = asyncio.create_task(self._probe(upstream, at_once), name=f"probe {upstream.key}")
                self._probes.add(task)
                task.add_done_callback(self._probes.discard)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._interval):
                await self._news.wait()
        except TimeoutError:
            return

    async def _tell(self) -> None:
        """Write pauses and circuits; what could not be written is written the next time."""
        for pool in self._pools.values():
            if seconds := pool.asked_pause():
                reason = f"{pool.system} asked for it"
                await self._execute(statements.PAUSE, upstream=pool.key, seconds=seconds, reason=reason)
        for upstream in self._upstreams.values():
            circuit = upstream.circuit
            opening = circuit.opening
            if opening:
                log.warning("system taken to be down", system=upstream.system, cause=opening.cause.name)
                row = {"failures": opening.failures, "cause": opening.cause.name, "message": opening.message}
                await self._execute(statements.OPEN, upstream=upstream.key, probe_in=circuit.first_probe(), **row)
                circuit.opening = None if circuit.opening is opening else circuit.opening
            elif circuit.closing:
                log.info("system is back", system=upstream.system)
                await self._execute(statements.CLOSE, upstream=upstream.key)
                circuit.closing = False

    async def _learn(self) -> None:
        pauses, circuits, processes = await self._database.run(_read)
        for pool in self._pools.values():
            pool.divide(processes)
            pool.pause(pauses.get(pool.key, 0.0))
        for upstream in self._upstreams.values():
            if upstream.circuit.settled():
                upstream.circuit.see(circuits.get(upstream.key, CircuitState()))
        async with self._changed:
            self._changed.notify_all()

    async def _probe(self, upstream: Upstream, at_once: bool) -> None:
        """Make one probe, if no other process makes it; the client's own report of an answer closes the circuit."""
        try:
            claim = {"upstream": upstream.key, "seconds": upstream.circuit.probe_pause(), "at_once": at_once}
            if not await self._execute(statements.CLAIM_PROBE, **claim):
                return
            found = await _outage(upstream)
            if found is not None:
                cause, message = found
                log.info("system still down", system=upstream.system, cause=cause.name)
                await self._execute(statements.STILL_DOWN, upstream=upstream.key, cause=cause.name, message=message)
        except CpqBridgeError as error:
            log.warning("a probe could not be noted", system=upstream.system, code=error.code)
        finally:
            upstream.probing = False
            self._news.set()

    async def _execute(self, statement: TextClause, **values: object) -> bool:
        """Return whether the statement met a row."""
        return await self._database.run(lambda connection: connection.execute(statement, values).rowcount > 0)


async def _outage(upstream: Upstream) -> tuple[Cause, str] | None:
    """Return what a probe met, or None when it met an answer, whatever it was."""
    if upstream.probe is None:
        return None
    try:
        with probing():
            async with asyncio.timeout(PROBE_SECONDS):
                await upstream.probe()
    except TimeoutError:
        return SILENT, f"No answer to a probe in {PROBE_SECONDS:.0f} seconds"
    except CpqBridgeError as error:
        return upstream.circuit.told(error) if is_outage(error) else None
    return None


def _read(connection: Connection) -> tuple[dict[str, float], dict[str, CircuitState], int]:
    pauses = {row.upstream: row.seconds for row in connection.execute(statements.PAUSES)}
    circuits = {row.upstream: state_of(row) for row in connection.execute(statements.CIRCUITS)}
    return pauses, circuits, live_processes(connection)


def live_processes(connection: Connection) -> int:
    """Return how many processes share the places, at least this one."""
    return max(1, connection.scalar(statements.PROCESSES, {"seconds": ALIVE_SECONDS}) or 0)
