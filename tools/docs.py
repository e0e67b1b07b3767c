"""Writes the generated pages of `docs/`, or says which of them are stale.

    python -m tools.docs            write them
    python -m tools.docs --check    fail, naming each page that differs from what would be written

A page is made from the code alone, so that the same code always gives the same text.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tools.pages import causes, cli, errors, mapping, settings

DOCS = Path(__file__).resolve().parent.parent / "docs"

PAGES: Mapping[str, Callable[[], str]] = {
    "causes.md": causes.page,
    "cli.md": cli.page,
    "cpqbridge.schema.json": settings.schema,
    "errors.md": errors.page,
    "mapping.md": mapping.page,
    "settings.md": settings.page,
}
"""File name below `docs/` to what makes its text."""


def stale(folder: Path = DOCS) -> Iterator[tuple[Path, str]]:
    """Yield each page whose file differs from its text, with the text."""
    for name, make in PAGES.items():
        path, text = folder / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield path, text


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the stale pages, or only name them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.docs", description="Generated pages of docs/")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")
    check = parser.parse_args(arguments).check
    found = list(stale())
    for path, text in found:
        if check:
            print(f"stale: docs/{path.name} (run `make docs`)", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote docs/{path.name}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
