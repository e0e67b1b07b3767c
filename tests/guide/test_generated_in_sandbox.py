"""Generated orders in the sandbox: its tenant takes every request of a plan that goes, or the plan says why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, event, given, settings

from cpqbridge.errors import ERRORS
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.plan import Operation, resolve, resolve_path
from cpqbridge.planning.state import ZuoraState
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.values import Outcome
from tests.planning import generated_usage
from tests.planning.generated import World, worlds
from tests.zuora_schema import check_request

_encoder = msgspec.json.Encoder(decimal_format="number")
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
BEFORE_ALL = "2023-12-01"
"""An effective date before which no subscription starts: Zuora takes no charge that starts before its contract."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as started:
        yield started


def fresh(sandbox: LocalSandbox) -> httpx.Client:
    """Empty the tenant, set it up as the generated orders need it, and sign in."""
    httpx.post(f"{sandbox.zuora_url}/_sandbox/reset", json={"seed": "empty"}, timeout=30).raise_for_status()
    setup = {"taxCodes": ["SW"], "unitsOfMeasure": generated_usage.UNITS}
    httpx.post(f"{sandbox.zuora_url}/_sandbox/settings", json=setup, timeout=30).raise_for_status()
    known = sandbox.credentials["zuora"]
    form = {"grant_type": "client_credentials", **{key: known[key] for key in ("client_id", "client_secret")}}
    token = httpx.post(f"{sandbox.zuora_url}/oauth/token", data=form, timeout=30).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    return httpx.Client(base_url=sandbox.zuora_url, headers=headers, timeout=30)


def send(client: httpx.Client, operation: Operation, answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Send an operation as it goes over the wire; Zuora's schema and the tenant must both take it."""
    content = _encoder.encode(resolve(operation.body, answers))
    path = resolve_path(operation.path, answers)
    check_request(operation.method, path, msgspec.json.decode(content))
    answer = client.request(operation.method, path, content=content)
    body: dict[str, Any] = answer.json()
    assert body.get("success") or body.get("Success"), f"{operation.name}: {answer.status_code} {body}"
    return body


@given(worlds())
@FEW
def test_the_tenant_takes_every_plan_that_goes(sandbox: LocalSandbox, world: World) -> None:
    order = {**world.order, "EffectiveDate": BEFORE_ALL}
    plan = plan_order(world.draft(ZuoraState(units=dict(generated_usage.UNITS))), order)
    event("stopped" if plan.stop else "goes")
    if plan.stop is not None:
        assert plan.stop is Outcome.HELD
        assert all(problem.message and ERRORS[problem.code].remedy for problem in plan.problems)
        return
    answers: dict[str, Mapping[str, Any]] = {}
    with fresh(sandbox) as client:
        for operation in plan.operations:
            answers[operation.key] = send(client, operation, answers)
        made = client.get(f"/v1/orders/{order['OrderNumber']}").json()["order"]
    assert made["status"] in {"Completed", "Pending"}
    assert len(made["subscriptions"]) + len(made["orderLineItems"]) == len(order["OrderItems"]["records"])
