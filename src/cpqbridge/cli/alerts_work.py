"""What the commands of `cpqbridge alerts` do."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.markup import escape
from rich.table import Table

from cpqbridge.alerts.channels import by_name, channels, deliver
from cpqbridge.alerts.message import one_line
from cpqbridge.alerts.telling import Incident
from cpqbridge.cli.output import DONE, FAILED, WRONG_USE, out, print_json
from cpqbridge.errors import CpqBridgeError, FixConfiguration
from cpqbridge.history.database import open_database
from cpqbridge.history.redact import redact
from cpqbridge.jobs.watch.store import Incidents
from cpqbridge.jobs.watch.words import summary, test_notice
from cpqbridge.settings.alerts import Channel
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import scope_of


async def print_list(settings: Settings, connection: str | None, hours: int, as_json: bool) -> int:
    """List incidents; return the exit status."""
    found: list[tuple[str, Incident]] = []
    async with open_database(settings.database) as database:
        for name, own in settings.chosen(connection).items():
            incidents = Incidents(database, scope_of(own))
            found += [(name, one) for one in await incidents.listed(timedelta(hours=hours))]
    if as_json:
        print_json({"incidents": [_document(name, one) for name, one in found]})
        return DONE
    if found:
        out.print(_table(found, with_connection=len(settings.connection_names()) > 1))
    else:
        out.print("There is nothing that people have to know of.")
    return DONE


def _document(connection: str, incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "connection": connection,
        "kind": incident.kind,
        "key": incident.key,
        "title": summary(incident),
        "since": incident.since.isoformat(),
        "ended_at": incident.ended_at.isoformat() if incident.ended_at else None,
        "told": {name: told.document() for name, told in incident.told.items()},
        "detail": redact(incident.detail),
    }


def _table(found: list[tuple[str, Incident]], *, with_connection: bool) -> Table:
    named = ["connection"] if with_connection else []
    table = Table(*named, "since", "until", "what", "told", box=None)
    for name, incident in found:
        ended = f"{incident.ended_at:%Y-%m-%d %H:%M}" if incident.ended_at else "[yellow]goes on[/yellow]"
        if incident.at_once:
            ended = ""
        told = (
            f"{channel}: {escape(one_line(one.message or ''))}" if one.attempts else channel
            for channel, one in incident.told.items()
            if one.attempts or one.at
        )
        own = [name] if with_connection else []
        table.add_row(*own, f"{incident.since:%Y-%m-%d %H:%M}", ended, escape(summary(incident)), ", ".join(told))
    return table


async def send_tests(settings: Settings, connection: str | None, channel: str | None, as_json: bool) -> int:
    """Send a test message by the channels of one connection, or of all; return the exit status.

    Raises:
        FixConfiguration: CPQ-301, there is no such channel, or none at all.
    """
    results: list[dict[str, Any]] = []
    done: list[tuple[str, Channel]] = []
    for name, own in settings.chosen(connection).items():
        if channel and (connection or len(settings.connection_names()) == 1):
            by_name(own, channel)  # refuses an unknown name
        for one, chosen in channels(own).items():
            if channel in (None, one) and (one, chosen) not in done:
                done.append((one, chosen))
                results.append(await _try(own, name, one))
                if not as_json:
                    _print(results[-1])
    if not results:
        said = f"There is no channel {channel!r} for alerts" if channel else "There are no channels for alerts"
        raise FixConfiguration("CPQ-301", said, field="alerts.channels", remedy="Add one under `alerts.channels`.")
    if as_json:
        print_json({"channels": results})
    codes = [result["error"]["code"] for result in results if result["error"]]
    if not codes:
        return DONE
    return FAILED if all(code.startswith("CPQ-1") for code in codes) else WRONG_USE


async def _try(settings: Settings, connection: str, channel: str) -> dict[str, Any]:
    said = test_notice(f"test-{secrets.token_hex(6)}", connection, datetime.now(UTC))
    result: dict[str, Any] = {"channel": channel, "connection": connection, "id": said.id, "error": None, "refused": {}}
    try:
        result["refused"] = dict(await deliver(settings, channel, said))
    except CpqBridgeError as error:
        result["error"] = error.as_dict()
    return result


def _print(result: dict[str, Any]) -> None:
    name = f"{result['channel']} of {result['connection']}"
    error = result["error"]
    if error is None:
        out.print(f"[green]✓[/green] {name}: delivered")
        for address, answer in result["refused"].items():
            out.print(f"    refused {escape(address)}: {escape(answer)}", soft_wrap=True)
        return
    out.print(f"[red]✗[/red] {name}: {escape(error['message'])}", soft_wrap=True)
    out.print(f"    {error['code']} → {escape(error['remedy'])}", soft_wrap=True)
