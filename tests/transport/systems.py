"""Both real systems of the sandbox over HTTP, for the integration tests of the clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from cpqbridge.salesforce.connection import SalesforceConnection
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.transport.channel import Wiring
from cpqbridge.transport.clock import Clock
from cpqbridge.zuora.connection import ZuoraConnection

FAST = Wiring(clock=Clock(jitter=lambda: 0.0))
"""The real network and clock."""


def salesforce(box: LocalSandbox, flow: str = "client_credentials", **changes: Any) -> SalesforceConnection:
    given = box.credentials["salesforce"]
    named = {
        "client_secret": given["client_secret"],
        "username": given["username"],
        "private_key": given["jwt_private_key"],
        "refresh_token": given["refresh_token"],
        "access_token": given["access_token"],
        "api_version": "62.0",
    }
    return SalesforceConnection(
        **{"login_url": given["login_url"], "client_id": given["client_id"], "flow": flow, **named, **changes}
    )


def zuora(box: LocalSandbox, **changes: Any) -> ZuoraConnection:
    return ZuoraConnection(**{**box.credentials["zuora"], **changes})


def order_faults(url: str, *faults: dict[str, Any]) -> None:
    httpx.post(f"{url}/_sandbox/faults", json=list(faults)).raise_for_status()


def requests(url: str, after: int = 0) -> list[dict[str, Any]]:
    answer = httpx.get(f"{url}/_sandbox/requests", params={"after": after})
    answer.raise_for_status()
    seen: list[dict[str, Any]] = answer.json()
    return seen


def writes(url: str, after: int = 0) -> Sequence[str]:
    """What was sent to a system, without sign-ins and reads."""
    return [
        f"{one['method']} {one['path']}"
        for one in requests(url, after)
        if one["method"] != "GET" and not one["path"].endswith("token") and "/action/" not in one["path"]
    ]
