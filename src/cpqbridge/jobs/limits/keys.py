"""The name of each system, and of who signs in to it, in the tables that all processes share.

Limits are the system's, for all of its clients together. Whether it lets anybody in is a matter of the client: a wrong
secret of one connection shall stop no other. A Zuora tenant is known by its client anyway.
"""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.zuora import ZuoraSettings

_SHARED_HOSTS = {"login.salesforce.com", "test.salesforce.com"}
"""Sign-in addresses of many orgs: who signs in decides which one it is."""


def salesforce_key(settings: SalesforceSettings) -> str:
    """Return the name of an org, the same for all connections to it."""
    if urlsplit(settings.login_url).hostname in _SHARED_HOSTS:
        return salesforce_client_key(settings)
    return f"Salesforce {settings.login_url}"


def salesforce_client_key(settings: SalesforceSettings) -> str:
    """Return the name of an org and of who signs in to it."""
    return f"Salesforce {settings.login_url} {_short(settings.client_id, settings.username or '')}"


def zuora_key(settings: ZuoraSettings) -> str:
    """Return the name of a tenant or an entity: tenants share an address, and each entity has limits of its own."""
    return f"Zuora {settings.base_url} {_short(settings.client_id, settings.entity_id or '')}"


def upstream_keys(settings: Settings) -> frozenset[str]:
    """Return all names of both systems of a connection."""
    org = settings.salesforce
    return frozenset({salesforce_key(org), salesforce_client_key(org), zuora_key(settings.zuora)})


def client_name(settings: SalesforceSettings | ZuoraSettings) -> str:
    """Return who signs in, for people."""
    user = settings.username if isinstance(settings, SalesforceSettings) else None
    return f"client {settings.client_id}" + (f", user {user}" if user else "")


def _short(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]
