"""A process that serves one system of the sandbox, or both with the Pub/Sub API, and takes orders on standard input.

Each line in is a command, each line out its answer as JSON. `calls` answers with how often each call came; `fast`
takes the latency away; `sell` makes a customer with a contracted order and answers with its number, and `arrived`
with how many seconds later Zuora had the order of a number (None: not in so many seconds).
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from tests.world import Line, World

from cpqbridge.sandbox.control import Control
from cpqbridge.sandbox.salesforce.app import create_app
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.seed import apply_seed
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.sandbox.serving import BackgroundServers
from cpqbridge.sandbox.zuora.entities import Entities
from cpqbridge.sandbox.zuora.tenant import Tenant

ORDERS_OF_ACCOUNT = 3
LINES = 3
_NUMBERS = re.compile(r"/([0-9a-f]{32}|\d{6,}|[A-Za-z]-?\d{6,}|[a-zA-Z0-9]{18})(?=/|$)")

Commands = dict[str, Callable[[str], Any]]


class Counted:
    """Counts the calls of an application, and lets them wait."""

    def __init__(self, app: ASGIApp, latency_ms: int) -> None:
        self.calls: Counter[str] = Counter()
        self.control = Control(reset=lambda _seed: None, latency_ms=latency_ms)
        self._app = self.control.wrap(app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] == "http":
            self.calls[f"{scope['method']} {_NUMBERS.sub('/…', scope['path'])}"] += 1
            self.control.log.clear()

        await self._app(scope, receive, send)

    def fast(self, _words: str) -> None:
        """Answer at once from now on."""
        self.control.latency_ms = 0

    def take(self, _words: str) -> dict[str, int]:
        """Return the counts, and begin anew."""
        taken, self.calls = dict(self.calls), Counter()
        return taken


def fill(org: Org, orders: int) -> None:
    """Make accounts with three contracted orders of three lines each; all share three products."""
    world = World(org)
    products = [world.product(f"Seat {number}") for number in range(LINES)]
    for number in range(-(-orders // ORDERS_OF_ACCOUNT)):
        account = world.account(f"Customer {number}")
        for _ in range(min(ORDERS_OF_ACCOUNT, orders - number * ORDERS_OF_ACCOUNT)):
            world.order(account, [Line(product) for product in products])


def one(role: str, orders: int, latency_ms: int) -> None:
    """Serve the org or the tenant."""
    org, tenant = Org.open(None), Tenant.open(None)
    apply_seed(org, tenant, "empty")
    if role == "org":
        fill(org, orders)
    app = Counted(create_app(org) if role == "org" else Entities(tenant), latency_ms)
    servers = BackgroundServers([0])
    servers.start([app])
    obey({"ready": servers.urls[0]}, {"calls": app.take, "fast": app.fast})
    servers.stop()


def both() -> None:
    """Serve both systems, with events."""
    with LocalSandbox("empty") as sandbox:
        world = World(sandbox.org)
        lines = [Line(world.product(f"Seat {number}")) for number in range(LINES)]
        sold: dict[str, float] = {}
        came: dict[str, float] = {}

        def watch() -> None:
            while True:
                for number in sold.keys() - came.keys():
                    if sandbox.tenant.store.find("order", orderNumber=number):
                        came[number] = time.monotonic()
                time.sleep(0.01)

        def sell(name: str) -> str:
            number: str = world.order(world.account(f"Customer {name}"), lines)
            sold[number] = time.monotonic()
            return number

        def arrived(words: str) -> float | None:
            number, _, patience = words.partition(" ")
            end = sold[number] + float(patience)
            while number not in came and time.monotonic() < end:
                time.sleep(0.01)
            return came[number] - sold[number] if number in came else None

        threading.Thread(target=watch, daemon=True).start()
        addresses = {"org": sandbox.salesforce_url, "tenant": sandbox.zuora_url, "events": sandbox.pubsub_address}
        obey({"ready": addresses}, {"sell": sell, "arrived": arrived})


def obey(first: Any, commands: Commands) -> None:
    """Say that all is ready, and answer commands until the input ends."""
    _say(first)
    for line in sys.stdin:
        name, _, words = line.strip().partition(" ")
        _say(commands[name](words))


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    kind, count, latency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    both() if kind == "both" else one(kind, count, latency)
