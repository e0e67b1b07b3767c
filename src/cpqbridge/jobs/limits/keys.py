"""The name of each system in the tables that all processes share."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.zuora import ZuoraSettings

_SHARED_HOSTS = {"login.salesforce.com", "test.salesforce.com"}
"""Sign-in addresses of many orgs: who signs in decides which one it is."""


def salesforce_key(settings: SalesforceSettings) -> str:
    """Return the name of an org, the same for all connections to it."""
    if urlsplit(settings.login_url).hostname in _SHARED_HOSTS:
        return f"Salesforce {settings.login_url} {_short(settings.client_id, settings.username or '')}"
    return f"Salesforce {settings.login_url}"


def zuora_key(settings: ZuoraSettings) -> str:
    """Return the name of a tenant or an entity: tenants share an address, and each entity has limits of its own."""
    return f"Zuora {settings.base_url} {_short(settings.client_id, settings.entity_id or '')}"


def _short(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]
