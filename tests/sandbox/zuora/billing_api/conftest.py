"""A tenant over HTTP with a small catalog, whose answers about billing are checked strictly too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.credentials import ZUORA
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.billing_api.schema import check_response
from tests.sandbox.zuora.conftest import ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog


class BillingClient(ZuoraClient):
    """A client whose answers are checked against the models of the calls about billing as well."""

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """Send JSON, check the answer against the SDK's model of the call, return it decoded."""
        decoded = wire.decode(self.json(method, path, body, **options).content)
        check_response(method, path, decoded)
        return decoded


@pytest.fixture
def zuora(zuora_url: str) -> Iterator[BillingClient]:
    form = {"client_id": ZUORA.client_id, "client_secret": ZUORA.client_secret, "grant_type": "client_credentials"}
    with BillingClient(base_url=zuora_url, timeout=30) as client:
        token = client.post("/oauth/token", data=form).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)
