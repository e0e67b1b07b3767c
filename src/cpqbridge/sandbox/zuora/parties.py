"""Finding accounts, and their place in an account hierarchy."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant


def find_account(tenant: Tenant, key: str) -> Row | None:
    """The account with that id or that number."""
    account = tenant.store.get("account", key)
    if account is not None:
        return account
    return next(iter(tenant.store.find("account", accountNumber=key)), None)


def ancestors(tenant: Tenant, account_id: str) -> list[str]:
    """Ids of the account and of everything above it, the account itself first."""
    chain: list[str] = []
    current: str | None = account_id
    while current and current not in chain:
        chain.append(current)
        account = tenant.store.get("account", current)
        current = account.get("parentId") if account else None
    return chain


def in_one_hierarchy(tenant: Tenant, one: str, other: str) -> bool:
    """Whether two accounts have the same account at the top."""
    return ancestors(tenant, one)[-1] == ancestors(tenant, other)[-1]
