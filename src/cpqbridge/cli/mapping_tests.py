"""`cpqbridge mapping test`: plans recorded cases again, without any connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from xml.etree.ElementTree import Element, SubElement, tostring

import typer
from rich.markup import escape
from rich.table import Table

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.files import save
from cpqbridge.cli.options import AsJson, Config, Connection
from cpqbridge.cli.output import DONE, FAILED, out, print_json
from cpqbridge.errors import ERRORS, FixConfiguration
from cpqbridge.mapping.custom import tables_for
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.own_mapping import cases

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the cases that `mapping record` wrote.")]
Update = Annotated[bool, typer.Option("--update", help="Accept the plans of today: write them into the cases.")]
JUnit = Annotated[Path | None, typer.Option("--junit", help="Write a report for CI to this file.", show_default=False)]


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a case.

    Attributes:
        file: Name of its file.
        record: Such as `Order 00000100`; None for a file that is no case.
        state: `passed`, `failed` or `updated`.
        reason: Why it could not be planned.
        differences: What differs from the expected plan.
    """

    file: str
    record: str | None
    state: str
    reason: str | None = None
    differences: tuple[cases.Difference, ...] = ()

    @property
    def message(self) -> str:
        """Why it failed, in a sentence."""
        count = len(self.differences)
        return self.reason or f"{count} {'value differs' if count == 1 else 'values differ'} from the expected plan"

    def as_dict(self) -> dict[str, Any]:
        """Return the case for JSON output."""
        code = {"code": "CPQ-310", "message": self.message} if self.state == "failed" else {}
        shown = asdict(self)
        return {"file": shown["file"], "record": shown["record"], "state": shown["state"], **code} | {
            "differences": shown["differences"]
        }


def run_cases(
    folder: Folder,
    update: Update = False,
    junit: JUnit = None,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Plan recorded cases again with this configuration, and compare the plans; no connection is used."""
    settings = connection_for(config, connection)
    files = sorted(folder.glob("*.json"))
    if not files:
        remedy = "Write cases with `cpqbridge mapping record order NUMBER --to DIR`."
        raise FixConfiguration("CPQ-307", f"{folder} holds no cases", field="DIR", remedy=remedy)
    results = [_test(file, settings, update) for file in files]
    if junit is not None:
        save(junit, tostring(_junit(results), "utf-8", xml_declaration=True), "--junit")
    failed = [result for result in results if result.state == "failed"]
    if as_json:
        print_json({"passed": not failed, "cases": [result.as_dict() for result in results]})
    else:
        _print(results)
    raise typer.Exit(FAILED if failed else DONE)


def _test(file: Path, settings: Settings, update: bool) -> Tested:
    options, values = settings.options, settings.values.model_dump()
    tables = tables_for(settings.mapping, settings.values)
    try:
        case = cases.read(file.read_bytes())
    except cases.UnreadableCaseError as error:
        return Tested(file.name, None, "failed", str(error))
    except OSError as error:
        return Tested(file.name, None, "failed", f"cannot be read: {(error.strerror or 'unknown reason').lower()}")
    name = f"{case.object} {case.record}"
    if lacking := cases.unread(case, options, tables):
        some = ", ".join(lacking[:5]) + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
        what = f"{case.object.lower()} {case.record} --to {file.parent}"
        reason = f"the recording lacks what the mapping reads now ({some}): run `cpqbridge mapping record {what}` again"
        return Tested(file.name, name, "failed", reason)
    try:
        plan = cases.replan(case, options, values, tables)
    except cases.UnreadableCaseError as error:
        return Tested(file.name, name, "failed", str(error))
    found = tuple(cases.differences(case.plan, plan))
    if found and update:
        save(file, cases.write(replace(case, plan=plan)), "--update")
        return Tested(file.name, name, "updated", differences=found)
    return Tested(file.name, name, "failed" if found else "passed", differences=found)


def _print(results: Sequence[Tested]) -> None:
    marks = {"passed": "[green]✓[/green]", "failed": "[red]✗[/red]", "updated": "[yellow]~[/yellow]"}
    for result in results:
        out.print(f"{marks[result.state]} {escape(result.record or result.file)}", end="")
        out.print(f": {escape(result.message)}" if result.state == "failed" else "", soft_wrap=True)
        if result.differences:
            table = Table("", "place", "expected", "found", box=None, pad_edge=False)
            for one in result.differences:
                table.add_row("   ", escape(one.place), _shown(one.expected, "red"), _shown(one.found, "green"))
            out.print(table)
    failed = sum(result.state == "failed" for result in results)
    out.print(f"\n{len(results)} cases, {failed} failed.")
    if failed:
        out.print(f"[red]CPQ-310[/red] {ERRORS['CPQ-310'].title}\n  → {ERRORS['CPQ-310'].remedy}")


def _shown(value: Any, style: str) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
    return f"[{style}]{escape(text)}[/{style}]"


def _junit(results: Sequence[Tested]) -> Element:
    failed = sum(result.state == "failed" for result in results)
    suite = Element("testsuite", name="cpqbridge mapping", tests=str(len(results)), failures=str(failed))
    for result in results:
        case = SubElement(suite, "testcase", classname="cpqbridge.mapping", name=result.record or result.file)
        if result.state == "failed":
            lines = [f"{one.place}: expected {one.expected!s}, found {one.found!s}" for one in result.differences]
            SubElement(case, "failure", message=result.message).text = "\n".join(lines)
    return suite
