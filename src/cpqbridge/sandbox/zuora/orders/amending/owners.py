"""The accounts of a subscription: its owner and the one that is invoiced."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.orders.reasons import unknown
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant


def accounts_of(tenant: Tenant, subscription: Row) -> tuple[Row, Row]:
    """Rows of the owner and of the invoice owner of a version.

    Raises:
        Refusal: An account is gone.
    """
    found = [tenant.store.get("account", subscription[name]) for name in ("accountId", "invoiceOwnerId")]
    if found[0] is None or found[1] is None:
        raise unknown(f"An account of the subscription '{subscription['name']}' does not exist.")
    return found[0], found[1]
