"""Whether the process lives, and whether it is ready: what /healthz and /readyz answer."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any

import cpqbridge
from cpqbridge.jobs.connection import Connection
from cpqbridge.jobs.limits.upstream import Upstream
from cpqbridge.web.gauges import Observed
from cpqbridge.web.standing import Standing
from cpqbridge.web.telling import Answers

UP, DOWN, REFUSED, UNKNOWN = "up", "down", "sign-in refused", "not asked yet"
"""How a system can be."""


@dataclass(frozen=True, slots=True)
class Health:
    """Knows how a process is.

    Attributes:
        observed: The engine and what belongs to it.
        answers: Which systems have answered.
        since: When the process began, in monotonic seconds.
    """

    observed: Observed
    answers: Answers
    since: float = field(default_factory=time.monotonic)

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Return whether everything that goes on for ever still does, and the document that says so."""
        engine = self.observed.engine
        loops = {name: "ended" if task.done() else "running" for name, task in engine.tasks.items()}
        well = "ended" not in loops.values()
        status = "stopping" if engine.stopping else "ok" if well else "broken"
        uptime = round(time.monotonic() - self.since, 1)
        known = {"version": cpqbridge.__version__, "pid": os.getpid(), "uptime_seconds": uptime, "loops": loops}
        return status != "broken", {"status": status, **known}

    def ready(self, standing: Standing) -> tuple[bool, dict[str, Any]]:
        """Return whether work can go on, and the document that says what cannot.

        A system that is known to be down is waited for, and makes the service no less ready.

        Args:
            standing: What the database said.
        """
        engine = self.observed.engine
        connections = {one.name: self._connection(one) for one in engine.connections}
        asked = all(one[system] in (UP, DOWN) for one in connections.values() for system in ("salesforce", "zuora"))
        writable = standing.reachable and engine.processes.writes
        well = writable and standing.current and asked and not engine.stopping
        database = {
            "reachable": standing.reachable,
            "writable": writable,
            "schema": "current" if standing.current else "not current",
            **({"code": standing.code} if standing.code else {}),
        }
        status = "stopping" if engine.stopping else "ready" if well else "not ready"
        return well, {"status": status, "database": database, "connections": connections}

    def _connection(self, connection: Connection) -> dict[str, str]:
        leader = self.observed.leaders.get(connection.name)
        shares = connection.shares
        return {
            "role": "leader" if leader and leader.leads else "helper",
            "salesforce": self._system(connection.name, shares.salesforce),
            "zuora": self._system(connection.name, shares.zuora),
        }

    def _system(self, connection: str, upstream: Upstream) -> str:
        key = (connection, upstream.system)
        if upstream.circuit.open:
            return DOWN
        if key in self.answers.refused:
            return REFUSED
        return UP if key in self.answers.signed_in else UNKNOWN
