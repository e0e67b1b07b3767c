"""`cpqbridge mapping import`: the paired comma lists of the vendor's connector become a mapping."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.markup import escape

from cpqbridge.cli.options import AnyConfig, AsJson
from cpqbridge.cli.output import err, print_json
from cpqbridge.mapping.pairs import PAIRS, places
from cpqbridge.settings.merge import Keys, merge
from cpqbridge.settings.problems import Problem, WrongSettings
from cpqbridge.settings.vendor_lists import Sections, read_lists

Lists = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="The vendor's lists: YAML, JSON or lines name=value; - for standard input.",
        show_default=False,
    ),
]
Into = Annotated[
    Path | None,
    typer.Option("--into", help="Add to this configuration file instead of printing.", show_default=False),
]


def import_lists(file: Lists, into: Into = None, config: AnyConfig = None, as_json: AsJson = False) -> None:
    """Turn the paired lists of the vendor's connector, such as accountCustomFields, into `mapping:`.

    Every problem is told at once, and with any nothing is written.
    """
    del config
    name = "standard input" if file == "-" else file
    sections = read_lists(_read(file, name).removeprefix("\ufeff"), name, _spelling)
    added, there = _merge(into, sections) if into else ([], [])
    if as_json:
        print_json(
            {
                "settings": sections,
                "into": str(into) if into else None,
                "added": [".".join(keys) for keys in added],
                "there": [".".join(keys) for keys in there],
            }
        )
        return
    if into:
        err.print(f"{escape(str(into))}: {len(added)} added, {len(there)} there already.")
    else:
        typer.echo(yaml.safe_dump(sections, sort_keys=False, allow_unicode=True, width=1000), nl=False)
    _next_steps(sections)


def _spelling(pair: str, name: str) -> str:
    """Return a target in Zuora's spelling.

    Raises:
        UnknownTargetError: There is none, or it must not be written.
    """
    return places(PAIRS[pair], name)[0].target.name


def _read(file: str, name: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode()
    except OSError as error:
        raise _trouble(name, "read", error) from error
    except UnicodeDecodeError as error:
        raise WrongSettings(name, [Problem(None, name, "is not text in UTF-8")]) from error


def _trouble(name: str, what: str, error: OSError) -> WrongSettings:
    said = (error.strerror or "unknown reason").lower()
    return WrongSettings(name, [Problem(None, name, f"cannot be {what}: {said}")])


def _merge(into: Path, sections: Sections) -> tuple[list[Keys], list[Keys]]:
    """Add the settings to a file; return what was added and what was there already."""
    text = _read(str(into), str(into))
    additions = dict(_flat(sections))
    merged, there = merge(text, str(into), additions)
    if merged != text:
        try:
            _replace(into.resolve(), merged)
        except OSError as error:
            raise _trouble(str(into), "written", error) from error
    return [keys for keys in additions if keys not in there], there


def _flat(sections: Mapping[str, Mapping[str, Any]]) -> list[tuple[Keys, Any]]:
    mapping = [
        (("mapping", pair, target), source)
        for pair, rules in sections.get("mapping", {}).items()
        for target, source in rules.items()
    ]
    others = [
        ((section, key), value)
        for section, keys in sections.items()
        if section != "mapping"
        for key, value in keys.items()
    ]
    return [*others, *mapping]


def _replace(file: Path, text: str) -> None:
    """Put a new file in the place of the old one, so that nobody ever sees half of it."""
    with tempfile.NamedTemporaryFile("wb", dir=file.parent, prefix=f".{file.name}.", delete=False) as made:
        temporary = Path(made.name)
        try:
            made.write(text.encode())
            made.close()
            shutil.copymode(file, temporary)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)


def _next_steps(sections: Sections) -> None:
    options = sections.get("options", {})
    if "opportunity" in sections.get("mapping", {}) and not options.get("sync_opportunity_fields"):
        err.print("Fields of opportunities are carried only with `sync_opportunity_fields: true` among the options.")
    err.print("Next: `cpqbridge mapping check` holds the names against both systems.")
