"""A real HTTP server for the org's application, and a client that is signed in."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.app import create_app
from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.salesforce.settings import OrgSettings
from cpqbridge.sandbox.salesforce.store import Store
from cpqbridge.sandbox.salesforce.visibility import reshape
from cpqbridge.sandbox.seed.foundation import lay_foundation
from tests.world import World

API = "/services/data/v67.0"


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **amount: float) -> None:
        self.now += timedelta(**amount)


class Client(httpx.Client):
    """Calls below the version root; answers are parsed JSON where a test needs no more."""

    def create(self, sobject: str, **fields: Any) -> str:
        answer = self.post(f"{API}/sobjects/{sobject}", json=fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def soql(self, text: str) -> list[dict[str, Any]]:
        answer = self.get(f"{API}/query", params={"q": text})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])


@contextlib.contextmanager
def serving(app: ASGIApp, certificate: Any = None) -> Iterator[str]:
    """Serve an application on an ephemeral port; the address comes out. `certificate` (trustme) makes it https."""
    # Without the protocol named, asyncio does not switch TCP_NODELAY on and every answer waits 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1)
    config.load()
    if certificate:
        config.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(config.ssl)
    started = threading.Event()

    class Watched(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started.set()

    server = Watched(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    assert started.wait(30)
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def _store() -> Iterator[Store]:
    """One store for the whole run: making its thousand columns takes longer than emptying them."""
    made = Store()
    yield made
    made.close()


@pytest.fixture
def org(clock: Clock, _store: Store) -> Iterator[Org]:
    _store.clear()
    _store.clock = clock
    made = Org(_store, clock)
    _store.insert("Organization", {"Name": "Test org"}, system=True)
    _store.insert("User", {"LastName": "Integration", "Username": made.username}, system=True)
    yield made
    if made.settings != OrgSettings():
        made.settings = OrgSettings()
        reshape(_store, made.settings)


@pytest.fixture(scope="session")
def _switchboard() -> Iterator[tuple[str, list[ASGIApp]]]:
    """One server for the whole run; each test puts its own org behind it."""
    current: list[ASGIApp] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await current[-1](scope, receive, send)

    with serving(app) as url:
        yield url, current


@pytest.fixture
def url(org: Org, _switchboard: tuple[str, list[ASGIApp]]) -> str:
    address, current = _switchboard
    current[:] = [create_app(org)]
    return address


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(base_url=url, headers={"Authorization": f"Bearer {SALESFORCE.access_token}"}) as made:
        yield made


@pytest.fixture
def draft_order(client: Client, org: Org) -> Callable[..., dict[str, str]]:
    """Make an account, a price and a draft order; the ids come out."""

    def make(**order: Any) -> dict[str, str]:
        book = org.store.insert("Pricebook2", {"Name": "Standard", "IsStandard": True, "IsActive": True}, system=True)
        account = client.create("Account", Name="Acme")
        product = client.create("Product2", Name="Support", ProductCode="SUP", IsActive=True)
        entry = client.create(
            "PricebookEntry", Pricebook2Id=book, Product2Id=product, UnitPrice=100, IsActive=True, CurrencyIsoCode="USD"
        )
        fields = {"AccountId": account, "EffectiveDate": "2026-01-01", "Status": "Draft", "Pricebook2Id": book} | order
        made = client.create("Order", **fields)
        return {"book": book, "account": account, "product": product, "entry": entry, "order": made}

    return make


@pytest.fixture
def sales(org: Org) -> World:
    """A world in the org, for the life of contracts."""
    lay_foundation(org)
    return World(org)
