"""A person at work in Zuora: reads what is there, and changes it behind the connector's back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import msgspec

from cpqbridge.sandbox.server import LocalSandbox

Row = dict[str, Any]

_exact = msgspec.json.Decoder(float_hook=Decimal)
_wire = msgspec.json.Encoder(decimal_format="number")


class Person:
    """Signed in to the tenant over HTTP."""

    def __init__(self, sandbox: LocalSandbox) -> None:
        known = sandbox.credentials["zuora"]
        form = {"grant_type": "client_credentials", **{key: known[key] for key in ("client_id", "client_secret")}}
        token = httpx.post(f"{sandbox.zuora_url}/oauth/token", data=form, timeout=30).json()["access_token"]
        self._client = httpx.Client(
            base_url=sandbox.zuora_url, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )

    def read(self, path: str) -> Any:
        """Return the answer to a GET, with exact numbers."""
        answer = self._client.get(path)
        assert answer.status_code == 200, answer.text
        return _exact.decode(answer.content)

    def write(self, method: str, path: str, body: Row) -> Any:
        """Send a request that must be carried out; return the answer."""
        answer = self._client.request(
            method, path, content=_wire.encode(body), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 200, answer.text
        found = _exact.decode(answer.content)
        assert not isinstance(found, dict) or found.get("success", True), found
        return found

    def act(self, account: str, subscription: str, day: str, kind: str, content: Row) -> Any:
        """Carry an order action out on a subscription, as of a day."""
        action = {
            "type": kind,
            "triggerDates": [{"name": "ContractEffective", "triggerDate": day}],
            kind[0].lower() + kind[1:]: content,
        }
        order = {
            "orderDate": day,
            "existingAccountNumber": account,
            "subscriptions": [{"subscriptionNumber": subscription, "orderActions": [action]}],
        }
        return self.write("POST", "/v1/orders", order)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
