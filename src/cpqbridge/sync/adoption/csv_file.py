"""Reads the CSV file in which people name what belongs together."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from cpqbridge.errors import FixConfiguration
from cpqbridge.salesforce.ids import to_18

SUBSCRIPTION, ZUORA, PLAN = "subscription", "zuora_subscription", "rate_plan"
COLUMNS = (SUBSCRIPTION, ZUORA, PLAN)
"""The columns; the last one may be left out."""

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file.

    Attributes:
        number: Its place in the file, from 1.
        name: Number of a CPQ subscription, id of an order product, or of its consumption schedule.
        subscription: Number of the subscription in Zuora.
        plan: Number of its rate plan or charge; None where one fits alone.
    """

    number: int
    name: str
    subscription: str
    plan: str | None = None


def read_csv(file: Path) -> list[Line]:
    """Return the lines of a file; empty ones are left out.

    Raises:
        FixConfiguration: CPQ-307, it cannot be read, lacks a column or a value, or names something twice.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        said = "it is not written in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error.strerror).lower()
        raise _wrong(file, f"cannot be read: {said}") from error
    head = text.partition("\n")[0]
    rows = csv.reader(text.splitlines(), delimiter=max(_DELIMITERS, key=head.count))
    names = [name.strip().lower() for name in next(rows, [])]
    lacking = [name for name in (SUBSCRIPTION, ZUORA) if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if lacking or unknown:
        found = ", ".join(lacking or unknown)
        what = f"lacks the column {found}" if lacking else f"has a column {found or 'without name'}"
        raise _wrong(file, f"{what}; its first line must name {', '.join(COLUMNS)} (the last one may be left out)")
    lines: dict[str, Line] = {}
    for values in rows:
        line = _line(file, rows.line_num, dict(zip(names, map(str.strip, values), strict=False)))
        if line is None:
            continue
        if line.name in lines:
            raise _wrong(file, f"line {line.number} names {line.name} again, after line {lines[line.name].number}")
        lines[line.name] = line
    return list(lines.values())


def _line(file: Path, number: int, row: dict[str, str]) -> Line | None:
    if not any(row.values()):
        return None
    empty = [name for name in (SUBSCRIPTION, ZUORA) if not row.get(name)]
    if empty:
        raise _wrong(file, f"line {number} has no {empty[0]}")
    return Line(number, to_18(row[SUBSCRIPTION]) or row[SUBSCRIPTION], row[ZUORA], row.get(PLAN) or None)


def _wrong(file: Path, message: str) -> FixConfiguration:
    remedy = "Mend the file; docs/adopting.md shows one."
    return FixConfiguration("CPQ-307", f"{file} {message}", field="--csv", remedy=remedy)
