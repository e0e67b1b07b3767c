"""The lines of `cpqbridge doctor` about alerts: can each channel be reached, and what could not be delivered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from cpqbridge.alerts.channels import OPTION, channels, field_of, revealed
from cpqbridge.alerts.mail import check_server
from cpqbridge.alerts.post import check
from cpqbridge.errors import ERRORS, CpqBridgeError
from cpqbridge.history.database import open_database
from cpqbridge.jobs.watch.store import Incidents
from cpqbridge.settings.alerts import Channel
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Finding, Grade, guarded, problem
from cpqbridge.sync.connect import scope_of


async def check_alerts(settings: Settings) -> AsyncIterator[Finding]:
    """Yield a finding for each channel of a connection; nothing is sent."""
    for name, channel in settings.alerts.channels.items():
        if unknown := [one for one in channel.connections if one not in settings.connection_names()]:
            message = f"there is no connection {', '.join(unknown)}"
            yield Finding(_title(name), Grade.PROBLEM, message, "CPQ-311", field_of(name, "connections"))
    own = {name: channel for name, channel in channels(settings).items() if name != OPTION}
    for name, channel in own.items():
        yield await guarded(_title(name), partial(_reached, settings, name, channel))
    if own:
        async for finding in _undelivered(settings):
            yield finding


async def _reached(settings: Settings, name: str, channel: Channel) -> str:
    if channel.kind == "email":
        return await check_server(settings.mail)
    if channel.key is not None:
        await revealed(channel.key, field_of(name, "key"))
    url = await revealed(channel.url, field_of(name, "url"))
    return f"{await check(url, field_of(name, 'url'), allow_private=channel.allow_private)} can be connected to"


async def _undelivered(settings: Settings) -> AsyncIterator[Finding]:
    """Yield what could not be delivered to a channel until now."""
    try:
        async with open_database(settings.database) as database:
            incidents, _ = await Incidents(database, scope_of(settings)).unsettled()
    except CpqBridgeError as error:
        yield problem("alerts", error)
        return
    for name in channels(settings):
        failed = [one.told[name].message for one in incidents if name in one.told and one.told[name].attempts]
        if failed:
            message = f"{len(failed)} notices wait to be delivered: {failed[-1]}"
            yield Finding(_title(name), Grade.PROBLEM, message, "CPQ-113", remedy=ERRORS["CPQ-113"].remedy)


def _title(name: str) -> str:
    return f"alerts by {name}"
