"""Some rows of a tenant, and a way to ask for them by SQL."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ZuoraClient

RESULTS = {"outputFormat": "JSON", "compression": "NONE", "output": {"target": "S3"}}

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def rows(tenant: Tenant) -> None:
    """Two accounts, three versions of subscriptions, two charges with a tier each."""
    insert = tenant.store.insert
    first = insert("account", {"name": "Acme", "accountNumber": "A1", "crmId": "001", "balance": Decimal("10.5")})
    insert("account", {"name": "Acme East", "accountNumber": "A2", "parentId": first["id"], "crmId": ""})
    for version in (1, 2):
        latest = insert(
            "subscription",
            {
                "name": "A-S1", "version": version, "accountId": first["id"], "isLatestVersion": version == 2,
                "status": "Active", "subscriptionStartDate": "2026-01-01", "termEndDate": "2027-01-01",
            },
        )  # fmt: skip
    insert("subscription", {"name": "A-S2", "version": 1, "accountId": first["id"], "isLatestVersion": True})
    plan = insert("ratePlan", {"subscriptionId": latest["id"], "name": "Plan", "externallyManagedPlanId": "802"})
    for number, price in enumerate(("0.1", "0.2"), 1):
        charge = insert(
            "ratePlanCharge",
            {
                "ratePlanId": plan["id"], "chargeNumber": f"C-{number}", "chargeModel": "FlatFee", "quantity": 3,
                "billingPeriod": "Semi_Annual", "segment": number, "effectiveStartDate": f"2026-0{number}-01",
            },
        )  # fmt: skip
        insert("ratePlanChargeTier", {"ratePlanChargeId": charge["id"], "tier": 1, "price": Decimal(price)})


@pytest.fixture
def ask(zuora: ZuoraClient) -> Ask:
    """Send a query and look at its job until it has ended."""

    def asking(query: str, **body: Any) -> dict[str, Any]:
        job = zuora.json("POST", "/query/jobs", {"query": query, **RESULTS, **body}).json()["data"]
        while job["queryStatus"] in {"accepted", "in_progress"}:
            job = zuora.json("GET", f"/query/jobs/{job['id']}").json()["data"]
        return dict(job)

    return asking


@pytest.fixture
def table(ask: Ask) -> Callable[[str], list[dict[str, Any]]]:
    """Return the rows of a query."""

    def reading(query: str) -> list[dict[str, Any]]:
        job = ask(query)
        assert job["queryStatus"] == "completed", job.get("errorMessage")
        lines = httpx.get(job["dataFile"]).content.splitlines()
        assert len(lines) == job["outputRows"]
        return [wire.decode(line) for line in lines]

    return reading
