"""Which database keeps the history."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cpqbridge.settings.secret import Secret
from cpqbridge.settings.section import Place, Section


class DatabaseSettings(Section):
    """The user's own PostgreSQL, or else the one that cpqbridge runs itself."""

    url: Secret | None = None
    """The address of your own PostgreSQL, `postgresql://user:password@host:5432/database`: it holds a secret."""
    data_dir: Place | None = None
    """The folder of cpqbridge's own PostgreSQL; by default the user's data folder, as root /var/lib/cpqbridge."""
    keep_days: Annotated[int, Field(ge=30)] = 400
    """Days that the history keeps every attempt with its plan and calls; of each record, the latest outcome stays."""

    @classmethod
    def at(cls, url: str) -> DatabaseSettings:
        """Return the settings for a database whose address is known already."""
        return cls(url=Secret.of(url))

    def address(self) -> str | None:
        """Return the address of the user's own PostgreSQL, or None for the embedded one.

        Raises:
            FixConfiguration: CPQ-302, the address is found nowhere.
        """
        return None if self.url is None else self.url.reveal("database.url")
