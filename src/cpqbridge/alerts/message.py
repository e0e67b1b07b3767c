"""The words of an alert: subject, plain text and HTML, made of a summary of one run. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from cpqbridge.errors import ERRORS
from cpqbridge.values import Outcome

LONGEST_SUBJECT = 120
LONGEST_VALUE = 2_000
"""Characters of a value that are told; the history has all of them."""

COLUMNS = ("object", "number", "outcome", "code", "message", "field", "what to do")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Line ends, control characters, and signs that turn the direction of writing."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One reason why a record failed or is held."""

    code: str
    message: str
    field: str | None
    remedy: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """A record that failed or is held.

    Attributes:
        object: `Order`, `Account` and so on.
        number: What people know it by.
        outcome: Failed or held.
        causes: Why; the first is the main one.
        link: Its page in Salesforce, when known.
    """

    object: str
    number: str
    outcome: Outcome
    causes: Sequence[Cause]
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told of one run.

    Attributes:
        run: The run's number in the history.
        command: Such as `sync order`.
        counts: How many records had each outcome, those not listed included.
        troubles: The records to list.
        told_before: How many more failed or are held for the same reasons as an earlier alert said.
        left_off: How many more there are than one e-mail lists.
    """

    run: int
    command: str
    counts: Mapping[Outcome, int]
    troubles: Sequence[Trouble]
    told_before: int = 0
    left_off: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert in words; the subject is one short line."""

    subject: str
    text: str
    html: str


def compose(summary: Summary) -> Alert:
    """Return the words of an alert."""
    return Alert(_subject(summary), _text(summary), _html(summary))


def one_line(value: str, longest: int = LONGEST_VALUE) -> str:
    """Return a value as one line of visible text, cut where it is too long."""
    line = _UNSEEN.sub(" ", value).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _subject(summary: Summary) -> str:
    if len(summary.troubles) == 1 and not summary.left_off:
        only = summary.troubles[0]
        codes = f": {only.causes[0].code}" if only.causes else ""
        return one_line(f"cpqbridge: {only.object} {only.number} {only.outcome.value}{codes}", LONGEST_SUBJECT)
    counted = {
        outcome: sum(trouble.outcome is outcome for trouble in summary.troubles)
        for outcome in (Outcome.FAILED, Outcome.HELD)
    }
    more = f", {summary.left_off} more" if summary.left_off else ""
    return one_line(f"cpqbridge: {_counts(counted)}{more} (run {summary.run})", LONGEST_SUBJECT)


def _counts(counts: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts.get(outcome))


def _introduction(summary: Summary) -> str:
    return f"Run {summary.run} of cpqbridge ({one_line(summary.command)}) has ended: {_counts(summary.counts)}."


def _remarks(summary: Summary) -> Iterator[str]:
    """Yield what is said below the list."""
    if summary.left_off:
        yield f"{summary.left_off} more are not listed here."
    if summary.told_before:
        yield f"{summary.told_before} more are as an earlier e-mail said, and are not listed again."
    yield f"All of it: cpqbridge history show {summary.run}"


def _text(summary: Summary) -> str:
    parts = [_introduction(summary)]
    for trouble in summary.troubles:
        lines = [f"{one_line(trouble.object)} {one_line(trouble.number)}: {trouble.outcome.value}"]
        for cause in trouble.causes:
            lines.append(f"  {cause.code} {_title(cause)}")
            lines.append(f"    {one_line(cause.message)}")
            lines += [f"    Field: {one_line(cause.field)}"] if cause.field else []
            lines.append(f"    What to do: {one_line(cause.remedy)}")
        lines += [f"  {trouble.link}"] if trouble.link else []
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, "\n".join(_remarks(summary))]) + "\n"


def _html(summary: Summary) -> str:
    head = "".join(f'<th align="left">{name}</th>' for name in COLUMNS)
    rows = "\n".join(row for trouble in summary.troubles for row in _rows(trouble))
    remarks = "\n".join(f"<p>{_shown(remark)}</p>" for remark in _remarks(summary))
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>cpqbridge</title></head><body>\n'
        f"<p>{_shown(_introduction(summary))}</p>\n"
        '<table border="1" cellpadding="4" cellspacing="0">\n'
        f"<tr>{head}</tr>\n{rows}\n</table>\n{remarks}\n</body></html>\n"
    )


def _rows(trouble: Trouble) -> Iterator[str]:
    """Yield the rows of a record, one for each cause."""
    number = _shown(trouble.number)
    linked = f'<a href="{escape(trouble.link)}">{number}</a>' if trouble.link else number
    for cause in trouble.causes:
        code = f"{_shown(cause.code)}<br>{_shown(_title(cause))}"
        plain = (cause.message, cause.field or "", cause.remedy)
        cells = (_shown(trouble.object), linked, trouble.outcome.value, code, *map(_shown, plain))
        yield "<tr>" + "".join(f'<td valign="top">{cell}</td>' for cell in cells) + "</tr>"


def _title(cause: Cause) -> str:
    known = ERRORS.get(cause.code)
    return known.title if known else ""


def _shown(value: str) -> str:
    return escape(one_line(value))
