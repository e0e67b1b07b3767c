"""A tenant over real HTTP for the tests of this folder.

`tenant` is its state, `zuora` a signed-in HTTP client whose bodies are checked strictly against the SDK's models,
`sdk` the official client. By default all resources are served; a module may name fewer in ``RESOURCES``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.control import Control
from cpqbridge.sandbox.credentials import ZUORA
from cpqbridge.sandbox.serving import BackgroundServers
from cpqbridge.sandbox.zuora.app import RESOURCES, create_app
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.zuora_schema import check_response

CONTACT = {
    "firstName": "Acme_billTo",
    "lastName": "Acme_billTo",
    "address1": "1 Market Street",
    "city": "San Francisco",
    "state": "California",
    "country": "United States",
    "zipCode": "94105",
    "workEmail": "billing@acme.example",
}

ACCOUNT = {"name": "Acme", "currency": "USD", "billCycleDay": 1, "billToContact": CONTACT}


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Return as soon as the condition holds; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.002)


def zoql(fields: str, source: str, *conditions: str) -> str:
    where = ["where", " or ".join(conditions)] if conditions else []
    return " ".join(["select", fields, "from", source, *where])


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 1, 12, 0, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, step: timedelta) -> None:
        self.now += step


class ZuoraClient(httpx.Client):
    """An HTTP client whose answers are decoded and checked strictly."""

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send JSON, check the answer against the SDK's model of the call, return it decoded."""
        response = self.json(method, path, body, **options)
        decoded = wire.decode(response.content)
        check_response(method, path, decoded)
        return decoded

    def json(self, method: str, path: str, body: Any = None, **options: Any) -> httpx.Response:
        """Send JSON and return the response as it is."""
        content = None if body is None else wire.encode(body)
        headers = {"content-type": "application/json", **options.pop("headers", {})}
        return self.request(method, path, content=content, headers=headers, **options)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tenant(clock: Clock) -> Tenant:
    return Tenant.open(clock=clock)


@pytest.fixture
def control(tenant: Tenant) -> Control:
    return Control(reset=lambda _: tenant.reset(), settings=tenant.configure)


@pytest.fixture(scope="session")
def _switchboard() -> Iterator[tuple[str, list[ASGIApp]]]:
    """One server for the whole run; each test puts its own tenant behind it."""
    current: list[ASGIApp] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await current[-1](scope, receive, send)

    servers = BackgroundServers([0])
    servers.start([app])
    yield servers.urls[0], current
    servers.stop()


@pytest.fixture
def zuora_url(
    request: pytest.FixtureRequest, tenant: Tenant, control: Control, _switchboard: tuple[str, list[ASGIApp]]
) -> str:
    resources = getattr(request.module, "RESOURCES", RESOURCES)
    address, current = _switchboard
    current[:] = [control.wrap(create_app(tenant, resources))]
    return address


@pytest.fixture
def zuora(zuora_url: str) -> Iterator[ZuoraClient]:
    form = {"client_id": ZUORA.client_id, "client_secret": ZUORA.client_secret, "grant_type": "client_credentials"}
    with ZuoraClient(base_url=zuora_url, timeout=30) as client:
        token = client.post("/oauth/token", data=form).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def sdk(zuora_url: str) -> Any:
    from zuora_sdk import Configuration
    from zuora_sdk.zuora_client import ZuoraClient as Sdk

    client = Sdk(ZUORA.client_id, ZUORA.client_secret, None, Configuration(host=zuora_url))
    client._auth()
    return client


@pytest.fixture
def account(zuora: ZuoraClient) -> dict[str, Any]:
    created: dict[str, Any] = zuora.call("POST", "/v1/accounts", ACCOUNT)
    return created
