"""Pieces of Markdown that all pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `make docs` from the code. Do not edit. -->"


def document(title: str, *blocks: str) -> str:
    """Return a page: the notice, the title, and blocks with a blank line between them."""
    return "\n\n".join([NOTICE, f"# {title}", *(block.strip("\n") for block in blocks)]) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; line ends and bars in cells are made harmless."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def code(text: str) -> str:
    """Return a text as code, or nothing for an empty one."""
    return f"`{text}`" if text else ""


def first_sentence(thing: object) -> str:
    """Return the first line of a docstring, or an empty text where there is none."""
    text = (thing.__doc__ or "").strip()
    return text.partition("\n")[0].strip()


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
