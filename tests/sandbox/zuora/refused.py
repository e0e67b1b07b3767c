"""What holds for every refused order: its answer, its code, and that nothing is written."""

from __future__ import annotations

from typing import Any, NamedTuple

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.ordering import InProcess
from tests.zuora_schema import check_response

KINDS = (
    "account",
    "contact",
    "order",
    "orderAction",
    "orderLineItem",
    "subscription",
    "ratePlan",
    "ratePlanCharge",
    "ratePlanChargeTier",
)


class Refused(NamedTuple):
    """The code's category, words of the message and the HTTP status that are expected."""

    category: int
    words: str
    status: int = 200


def check_refused(tenant: Tenant, client: InProcess, body: dict[str, Any], expected: Refused) -> None:
    """Send an order that must be refused as expected, with nothing written."""
    before = {kind: list(tenant.store.rows(kind)) for kind in KINDS}
    status, answer = client.call("POST", "/v1/orders", body)
    check_response("POST", "/v1/orders", answer)
    assert not answer["success"], answer
    reason = answer["reasons"][0]
    assert (reason["code"] % 100, status) == (expected.category, expected.status), reason
    assert expected.words in reason["message"]
    assert {kind: list(tenant.store.rows(kind)) for kind in KINDS} == before
