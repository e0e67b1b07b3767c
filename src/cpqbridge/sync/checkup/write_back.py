"""The part of the check that is about writing back: which fields the org has, and which of them may be edited."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cpqbridge.errors import CpqBridgeError
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Finding, Grade, optional, problem
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.write_back.fields import target

_REMEDY = (
    "Add the field, let the integration user edit it (Setup, Permission Sets, the integration user's set, Object "
    "Settings), or set it to null under `write_back`."
)


async def check_write_back(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    """Yield what was found of the fields under `write_back`; nothing while it is off."""
    if not settings.write_back.enabled:
        return
    for sobject, names in settings.write_back.fields().items():
        name = f"write-back to {sobject}"
        if not names:
            continue
        try:
            to = target(sobject, names, await clients.salesforce.describe(sobject))
        except CpqBridgeError as error:
            yield problem(name, error)
            continue
        if to.fields:
            listed = ", ".join(found.name for found in to.fields.values())
            yield Finding(name, Grade.OK, f"{listed} can be written")
        else:
            message = f"none of the fields {', '.join(names.values())} can be written"
            yield Finding(name, Grade.PROBLEM, message, "CPQ-303", f"write_back.{sobject.lower()}", _REMEDY)
            continue
        for skipped in to.skipped:
            yield optional(name, f"{skipped}: it is skipped", _REMEDY)
