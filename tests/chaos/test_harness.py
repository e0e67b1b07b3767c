"""The harness itself: it notices what is broken, and is not misled by ids and times."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.chaos.books import differences, tenant_books
from tests.chaos.conftest import Campaign

BROKEN = {
    "no keys and no look-up": ("00000100", "too much ×1: account"),
    "done is not written": ("00000100", "an operation that stays in doubt"),
    "cut off stays open": ("00000110", "an attempt without an outcome"),
}
"""What is broken in the connector or in the harness; an order that shows it; what is said."""


@pytest.mark.parametrize("mutation", BROKEN)
def test_what_is_broken_shows(campaign: Campaign, mutation: str) -> None:
    order, said = BROKEN[mutation]
    found = campaign("kills", "--quick", "--parallel", "2", "--orders", order, "--mutation", mutation)
    assert found["covered"] < found["chosen"]
    assert said in str(found["wrong"])


def _tenant(*, contacts: int = 1, account: str = "Right") -> Tenant:
    tenant = Tenant.open()
    ids = {name: tenant.store.insert("account", {"name": name})["id"] for name in ("Right", "Wrong")}
    for _ in range(contacts):
        tenant.store.insert("contact", {"lastName": "Lovelace", "accountId": ids[account]})
    return tenant


def test_ids_and_times_make_no_difference() -> None:
    assert differences(tenant_books(_tenant()), tenant_books(_tenant())) == []


@pytest.mark.parametrize("other", [_tenant(contacts=2), _tenant(contacts=0), _tenant(account="Wrong")])
def test_what_is_doubled_missing_or_in_the_wrong_place_shows(other: Tenant) -> None:
    assert differences(tenant_books(_tenant()), tenant_books(other))
