"""`cpqbridge doctor`: is everything there that a sync needs?"""

from __future__ import annotations

import asyncio
from dataclasses import asdict

import typer
from rich.markup import escape

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.options import AsJson, Config
from cpqbridge.cli.output import DONE, FAILED, WRONG_USE, out, print_json
from cpqbridge.sync.checkup import Finding, Grade, check

_MARKS = {Grade.OK: "[green]✓[/green]", Grade.OPTIONAL: "[dim]·[/dim]", Grade.PROBLEM: "[red]✗[/red]"}


def doctor(config: Config = None, as_json: AsJson = False) -> None:
    """Check both connections, permissions, needed custom fields and tenant features; nothing is written."""
    settings = settings_for(config)

    async def do() -> list[Finding]:
        findings = []
        async for finding in check(settings):
            findings.append(finding)
            if not as_json:
                _print(finding)
        return findings

    findings = asyncio.run(do())
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings], "healthy": not _problems(findings)})
    raise typer.Exit(_status(findings))


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
