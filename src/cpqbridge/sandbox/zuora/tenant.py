"""One Zuora tenant: its records, its settings, its clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cpqbridge.sandbox.zuora.customs import CustomField, parse
from cpqbridge.sandbox.zuora.fields import Rule
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.store import Store

#: Id of the API user, as it appears in ``createdById`` and ``updatedById``.
USER_ID = "8ad0950c88e1b5d70188e2a4c3f50a11"

TENANT_ID = "10001"

__all__ = ["USER_ID", "Tenant", "TenantSettings"]


@dataclass(slots=True)
class Tenant:
    """The state behind one Zuora host.

    Attributes:
        store: The records.
        settings: Features, billing rules, limits; changed through ``/_sandbox/settings``.
        clock: Gives the present moment (aware); see `move_clock`.
        tokens: Access tokens given out, with the moment at which they expire.
        path: File that keeps the records.
        children: Further entities of a tenant with Multi-entity, by id; see `entity`.
    """

    store: Store
    settings: TenantSettings
    clock: Callable[[], datetime]
    tokens: dict[str, datetime] = field(default_factory=dict)
    path: Path | None = None
    children: dict[str, Tenant] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path | None = None, clock: Callable[[], datetime] | None = None) -> Tenant:
        """A tenant with default settings, with the records of `path` when that file exists.

        Args:
            path: SQLite file that keeps records and settings; None keeps everything in memory.
            clock: Gives the present moment; by default the machine's, in UTC.
        """
        now = clock or _utc_now
        store = Store(now, user_id=USER_ID, path=path)
        tenant = cls(store, TenantSettings(), now, path=path)
        tenant.settings.change(store.document("settings") or {})
        return tenant

    def entity(self, entity_id: str) -> Tenant:
        """A further entity: records of its own; settings, clock and tokens are those of the tenant."""
        if entity_id not in self.children:
            path = self.path.with_stem(f"{self.path.stem}-{entity_id}") if self.path else None
            store = Store(self.clock, user_id=USER_ID, path=path)
            self.children[entity_id] = Tenant(store, self.settings, self.clock, self.tokens, path)
        return self.children[entity_id]

    def configure(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Change settings by their camelCase names and return all of them.

        ``expireTokens: true`` is no setting: it makes every access token given out worthless.

        Raises:
            ValueError: A name or a value is not known; nothing is changed.
        """
        changes = dict(changes)
        expire = changes.pop("expireTokens", False)
        self.settings.change(changes)
        if expire:
            self.tokens.clear()
        current = self.settings.as_dict()
        self.store.set_document("settings", current)
        return current

    def reset(self) -> None:
        """Forget records, settings and tokens."""
        for child in self.children.values():
            child.store.clear()
        self.store.clear()
        self.settings.restore()
        self.tokens.clear()

    def number(self, sequence: str) -> str:
        """The next number of a sequence with its prefix and width, such as ``A00000001`` for ``account``."""
        prefix = self.settings.number_prefixes[sequence]
        return f"{prefix}{self.store.next_number(sequence):08d}"

    def today(self) -> str:
        """The tenant's present date, ``YYYY-MM-DD``."""
        return self.clock().date().isoformat()

    def customs(self, kind: str) -> list[str]:
        """Custom field names defined for a kind of record."""
        return [field.name for field in self.custom_fields(kind)]

    def custom_fields(self, kind: str) -> list[CustomField]:
        """Custom fields defined for a kind of record."""
        return [parse(definition) for definition in self.settings.custom_fields.get(kind, [])]

    def custom_rules(self) -> dict[str, dict[str, Rule]]:
        """What requests may set custom fields to, by kind of record and name."""
        return {
            kind: {field.name: field.rule for field in self.custom_fields(kind)} for kind in self.settings.custom_fields
        }

    def issue_token(self, token: str, lifetime: timedelta) -> None:
        """Remember an access token for its lifetime."""
        self.tokens[token] = self.clock() + lifetime

    def close(self) -> None:
        """Close the files, if there are any."""
        for child in self.children.values():
            child.close()
        self.store.close()


def _utc_now() -> datetime:
    return datetime.now(UTC)
