"""What several connections have in common is told once: by the first connection of the file that has it. Pure."""

from __future__ import annotations

from cpqbridge.alerts.channels import channels
from cpqbridge.jobs.limits.keys import salesforce_client_key, salesforce_key, zuora_key
from cpqbridge.settings.settings import Settings

COMMON = (
    ("upstream_down", "Salesforce"),
    ("upstream_down", "Zuora"),
    ("budget_low", "nearly used up"),
    ("budget_low", "used up"),
)
"""Incidents, by kind and key, of a system and not of a connection."""


def told_by_others(settings: Settings) -> frozenset[tuple[str, str, str]]:
    """Return what a channel of one connection is told by an earlier connection: channel, kind and key.

    Args:
        settings: The connection's.
    """
    own = channels(settings)
    names = settings.connection_names()
    earlier = [settings.connection(name) for name in names[: names.index(settings.name)]]
    return frozenset(
        (name, kind, key)
        for other in earlier
        for name, channel in channels(other).items()
        if own.get(name) == channel
        for kind, key in COMMON
        if channel.tells(kind) and _system(settings, kind, key) == _system(other, kind, key)
    )


def _system(settings: Settings, kind: str, key: str) -> str:
    """Return whose incident it is: a system may be down for one client only, the budget is the org's."""
    if key == "Zuora":
        return zuora_key(settings.zuora)
    return (salesforce_client_key if kind == "upstream_down" else salesforce_key)(settings.salesforce)
