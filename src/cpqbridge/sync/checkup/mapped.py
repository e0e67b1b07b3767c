"""The part of the check that is about the user's own mapping: every field readable, every target there and fitting."""

from __future__ import annotations

from collections.abc import AsyncIterator

from cpqbridge.errors import CpqBridgeError
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup.finding import Finding, Grade, problem
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.own_mapping.check import MappingFinding, own_findings


async def check_own_mapping(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    """Yield what `cpqbridge mapping check` says of the own mapping; nothing where there is none."""
    if not any(True for _ in settings.mapping.pairs()):
        return
    try:
        findings, rules = await own_findings(settings, clients)
    except CpqBridgeError as error:
        yield problem("own mapping", error)
        return
    for finding in findings:
        yield _finding(finding)
    if not any(finding.grade == "problem" for finding in findings):
        yield Finding("own mapping", Grade.OK, f"{rules} rules fit both systems")


def _finding(found: MappingFinding) -> Finding:
    place = f"line {found.line}: " if found.line else ""
    stops = found.grade == "problem"
    return Finding(
        f"own mapping {found.key}",
        Grade.PROBLEM if stops else Grade.OPTIONAL,
        f"{place}{found.message}",
        found.code if stops else None,
        found.source or found.target,
        found.remedy,
    )
