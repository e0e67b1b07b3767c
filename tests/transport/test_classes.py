"""The classes in which Zuora counts calls: the connector and the sandbox, each by its own table, agree."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.zuora.limits import concurrency_class
from cpqbridge.transport.exchange import Request
from cpqbridge.zuora.connection import ZuoraConnection
from cpqbridge.zuora.dialect import ZuoraDialect

DIALECT = ZuoraDialect(ZuoraConnection("https://rest.zuora.com", "client", "secret"))

PATHS = (
    "/v1/accounts",
    "/v1/accounts/A1",
    "/v1/action/query",
    "/v1/async/orders",
    "/v1/catalog/products",
    "/v1/contacts",
    "/v1/object/product",
    "/v1/orders",
    "/v1/orders/O-1",
    "/v1/orders/preview",
    "/v1/rsa-signatures",
    "/v1/rsa-signatures/decrypt",
    "/v1/subscriptions",
    "/v1/subscriptions/preview",
    "/v1/subscriptions/S-1",
    "/v1/subscriptions/S-1/renew",
    "/v1/subscriptions/S-1/cancel",
    "/v1/subscriptions/S-1/suspend",
    "/object-query/orders",
    "/settings/billing-rules",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_classes_agree(method: str, path: str) -> None:
    assert DIALECT.kind(Request(method, path)) == concurrency_class(method, path)
    assert DIALECT.kind(Request(method, f"{path}?page=2")) == concurrency_class(method, path)
