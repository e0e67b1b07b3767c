"""Where a tenant is and how to sign in to it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from uuid import UUID

from cpqbridge.settings.zuora import ZuoraSettings
from cpqbridge.transport.channel import Timeouts

ZUORA_VERSION = "2025-08-12"
"""The minor version of the API that everything here is written for."""


@dataclass(frozen=True, slots=True)
class ZuoraConnection:
    """One tenant and its OAuth client. The secret never shows in its text form.

    Attributes:
        base_url: Such as `https://rest.test.zuora.com`; no slash at the end.
        client_id: OAuth client.
        client_secret: Its secret.
        entity_id: Entity to work in, with Multi-entity.
        org_ids: Organizations to work in, with Multi-Org; what is made anew belongs to the first.
        timeouts: Seconds for each phase of a call.
        concurrency: Calls at once, before the tenant has told its limits.
        share: Part of the tenant's concurrency limits that this client takes.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    entity_id: str | None = None
    org_ids: tuple[str, ...] = ()
    timeouts: Timeouts = field(default_factory=Timeouts)
    concurrency: int = 20
    share: float = 0.5

    @property
    def headers(self) -> dict[str, str]:
        """What goes with every call of the API."""
        given = {
            "Zuora-Version": ZUORA_VERSION,
            "Zuora-Entity-Ids": _hyphenated(self.entity_id),
            "Zuora-Org-Ids": ",".join(self.org_ids),
            "Zuora-Working-Org": self.org_ids[0] if self.org_ids else None,
        }
        return {name: value for name, value in given.items() if value}

    @classmethod
    def of(cls, settings: ZuoraSettings) -> ZuoraConnection:
        """Make a connection from the user's settings.

        Raises:
            FixConfiguration: CPQ-302, the secret is missing.
        """
        return cls(
            base_url=settings.base_url,
            client_id=settings.client_id,
            client_secret=settings.client_secret.reveal("zuora.client_secret"),
            entity_id=settings.entity_id,
            org_ids=settings.org_ids,
        )


def _hyphenated(entity_id: str | None) -> str | None:
    """Return an entity's id as the header takes it; the calls that list entities write it without hyphens."""
    if entity_id and re.fullmatch("[0-9a-fA-F]{32}", entity_id):
        return str(UUID(entity_id))
    return entity_id
