"""`cpqbridge doctor`: is everything there that a sync needs?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict

import typer
from rich.markup import escape

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.options import AsJson, Config, Connection
from cpqbridge.cli.output import DONE, FAILED, WRONG_USE, out, print_json
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup import Finding, Grade, check
from cpqbridge.sync.connect import open_clients

_MARKS = {Grade.OK: "[green]✓[/green]", Grade.OPTIONAL: "[dim]·[/dim]", Grade.PROBLEM: "[red]✗[/red]"}

_UNUSABLE = ("CPQ-1", "CPQ-2", "CPQ-302", "CPQ-306", "CPQ-308")
"""Codes of a system or a database that is not reached, or lets nobody in."""


def doctor(connection: Connection = None, config: Config = None, as_json: AsJson = False) -> None:
    """Check both connections, permissions, needed custom fields, tenant features and limits; nothing is written."""
    settings = connection_for(config, connection)

    async def do() -> list[Finding]:
        findings = []
        async for finding in _check_all(settings):
            findings.append(finding)
            if not as_json:
                _print(finding)
        return findings

    findings = asyncio.run(do())
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings], "healthy": not _problems(findings)})
    raise typer.Exit(_status(findings))


async def _check_all(settings: Settings) -> AsyncIterator[Finding]:
    """Yield all findings; those about limits and events only where both systems and the database can be used."""
    usable = True
    async for finding in check(settings):
        usable = usable and not (finding.code or "").startswith(_UNUSABLE)
        yield finding
    if usable:
        from cpqbridge.jobs.limits.checkup import check_limits  # loads the database libraries

        async for finding in check_limits(settings):
            yield finding
        from cpqbridge.jobs.feed.checkup import check_events, check_filters

        async with open_clients(settings) as clients:
            for ask in (check_filters, check_events):
                async for finding in ask(settings, clients.salesforce):
                    yield finding
    if settings.alerts.channels:
        from cpqbridge.jobs.watch.checkup import check_alerts

        async for finding in check_alerts(settings):
            yield finding


def _print(finding: Finding) -> None:
    out.print(f"{_MARKS[finding.grade]} {escape(finding.check)}: {escape(finding.message)}")
    if finding.remedy:
        code = f"{finding.code} " if finding.code else ""
        out.print(f"    {code}→ {escape(finding.remedy)}", soft_wrap=True)


def _problems(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.grade is Grade.PROBLEM]


def _status(findings: list[Finding]) -> int:
    """Return 0, 2 for something to configure, or 4 when a system only fails for now."""
    codes = [finding.code or "" for finding in _problems(findings)]
    if not codes:
        return DONE
    return FAILED if all(code.startswith("CPQ-1") for code in codes) else WRONG_USE
