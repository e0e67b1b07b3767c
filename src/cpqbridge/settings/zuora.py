"""The connection to Zuora."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cpqbridge.settings.secret import Secret
from cpqbridge.settings.section import Address, Section


class ZuoraSettings(Section):
    """Where the tenant is and how to sign in."""

    base_url: Address
    """The REST address of the tenant's environment, such as https://rest.apisandbox.zuora.com."""
    client_id: Annotated[str, Field(min_length=1)]
    """The id of the OAuth client."""
    client_secret: Secret = Secret(env="CPQBRIDGE_ZUORA_CLIENT_SECRET")
    """The secret of the OAuth client."""
    entity_id: str | None = None
    """The id of the entity to work in (header Zuora-Entity-Ids), in a tenant with Multi-entity."""
    org_ids: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """The organizations to work in (header Zuora-Org-Ids), in a tenant with Multi-Org; new accounts and products belong
    to the first (header Zuora-Working-Org)."""
    tenant_id: str | None = None
    """The tenant's id, for people only."""
    customer_name: str | None = None
    """A name for this connection, for people only."""
