"""Which of the records found are carried over by themselves: what was before, and what the settings ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cpqbridge.errors import CpqBridgeError, RetryLater, SignInRefused
from cpqbridge.jobs.feed.sources import Found
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.literals import among, chunks
from cpqbridge.settings.auto_sync import AutoSyncSettings, Followed
from cpqbridge.settings.settings import Settings
from cpqbridge.transport.together import together

Condition = Callable[[Followed], str | None]
"""Gives a further SOQL condition for records of an object that were not carried over before; None for no such."""


class Known(Protocol):
    """What tells which records came to an outcome before."""

    async def known(self, object_name: str, ids: Sequence[str]) -> set[str]:
        """Return those of the records that did."""
        ...


@dataclass(frozen=True, slots=True)
class Admission:
    """What is carried over by itself.

    Attributes:
        client: The org.
        due: Tells what was carried over before.
        settings: What is asked for.
        further: What else new records must meet.
    """

    client: SalesforceClient
    due: Known
    settings: AutoSyncSettings
    further: Condition

    async def admit(self, records: Iterable[Found]) -> list[Found]:
        """Return what is to be looked at, each record once.

        Raises:
            CpqBridgeError: A condition cannot be checked now.
        """
        chosen = await together(self._chosen(kind, group) for kind, group in self._groups(records))
        return [one for group in chosen for one in group]

    async def known(self, records: Iterable[Found]) -> list[Found]:
        """Return those of the records that were carried over before, each once."""
        groups = self._groups(records)
        held = await together(self.due.known(kind, [one.record_id for one in group]) for kind, group in groups)
        return [one for (_, group), known in zip(groups, held, strict=True) for one in group if one.record_id in known]

    def follows(self, kind: Followed) -> bool:
        """Return whether any records of an object are carried over."""
        return self._policy(kind) != "none"

    def conditions(self, kind: Followed) -> list[str]:
        """Return what new records of an object must meet."""
        return [text for text in (self.settings.conditions.get(kind), self.further(kind)) if text]

    def _groups(self, records: Iterable[Found]) -> list[tuple[Followed, list[Found]]]:
        groups: dict[Followed, dict[str, Found]] = {}
        for one in records:
            if self.follows(one.object):
                groups.setdefault(one.object, {})[one.record_id] = one
        return [(kind, list(group.values())) for kind, group in groups.items()]

    def _policy(self, kind: Followed) -> str:
        settings = self.settings
        policies = {"Order": settings.orders, "Account": settings.accounts, "Product2": settings.products}
        return policies[kind]

    async def _chosen(self, kind: Followed, group: Sequence[Found]) -> list[Found]:
        known = await self.due.known(kind, [one.record_id for one in group])
        new = [one for one in group if one.record_id not in known and self._is_sold(one)]
        meeting = await self._meeting(kind, [one.record_id for one in new]) if self._policy(kind) == "all" else set()
        return [one for one in group if one.record_id in known or one.record_id in meeting]

    def _is_sold(self, one: Found) -> bool:
        start = self.settings.start
        too_early = start is not None and one.start is not None and one.start < start.isoformat()
        return one.activated and not one.deleted and not too_early

    async def _meeting(self, kind: Followed, ids: Sequence[str]) -> set[str]:
        conditions = self.conditions(kind)
        if not conditions or not ids:
            return set(ids)
        where = " AND ".join(f"({text})" for text in conditions)
        queries = [f"{_ids(kind)} {among('Id', some)} AND {where}" for some in chunks(ids)]
        return {row["Id"] for rows in await self.client.query_many(queries) for row in rows}


async def check_conditions(client: SalesforceClient, settings: Settings) -> None:
    """Let the org read each condition of the settings once.

    Raises:
        WrongSettings: CPQ-301, with the line of each that the org refuses, and its words.
        CpqBridgeError: The org cannot be asked.
    """
    conditions: dict[tuple[str, ...], tuple[Followed, str]] = {
        ("auto_sync", "conditions", name): (name, text) for name, text in settings.auto_sync.conditions.items()
    }
    chosen = settings.connections.get(settings.name)
    if chosen is not None and chosen.when:
        conditions["connections", settings.name, "when"] = ("Order", chosen.when)
    said = await together(_refusal(client, f"{_ids(name)} ({text}) LIMIT 1") for name, text in conditions.values())
    wrong = [(place, words) for place, words in zip(conditions, said, strict=True) if words]
    if wrong:
        raise settings.wrong((place, f"is no condition that the org takes: {words}") for place, words in wrong)


def _ids(kind: Followed) -> str:
    return " ".join(("SELECT Id FROM", kind, "WHERE"))


async def _refusal(client: SalesforceClient, soql: str) -> str | None:
    try:
        await client.query(soql)
    except (RetryLater, SignInRefused):
        raise
    except CpqBridgeError as error:
        return " ".join(error.message.split())
    return None


def nothing_further(_kind: Followed) -> None:
    """Return no condition: new records need to meet those of the settings only."""
