"""`docs/errors.md`: the error catalogue, grouped as the tree in `cpqbridge.errors`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cpqbridge import errors
from cpqbridge.errors import ERRORS, CpqBridgeError
from tools.pages.markdown import code, document, first_sentence, table


@dataclass(frozen=True, slots=True)
class Group:
    """One branch of the tree: the class that carries its codes, and what becomes of a record that meets it."""

    kind: type[CpqBridgeError]
    title: str
    outcome: str


GROUPS: Mapping[str, Group] = {
    "1": Group(
        errors.RetryLater,
        "Retry later",
        "The clients repeat it by themselves a few times. Then the record is `failed`, or the command ends with 4. "
        "The same command can be run again: it looks up what was done before it writes. "
        "`CPQ-108` alone changes no outcome: it is a warning on standard error.",
    ),
    "2": Group(errors.SignInRefused, "Mend the connection", "A command that cannot sign in ends with 2."),
    "3": Group(
        errors.FixConfiguration,
        "Mend the configuration",
        "The command ends with 2, before anything is written. When only one record meets it, that record is `failed`. "
        "`CPQ-310` ends `mapping test` with 4.",
    ),
    "4": Group(
        errors.FixData,
        "Mend the data",
        "A problem found by planning *holds* the record: nothing is written for it, and the command ends with 3. "
        "What a system refuses during the writing makes it `failed` (4), and so does a number or id that there is no "
        "record of (`CPQ-419`). Only an order that Zuora does not let be undone (`CPQ-439`) is held then too.",
    ),
    "5": Group(
        errors.NotReady,
        "Not ready yet",
        "The record is `waiting` (3). Nothing is wrong; it is looked at again by the next sync.",
    ),
    "9": Group(errors.CallForHelp, "Call for help", "The record is `failed`, or the command ends with 4."),
}
"""First digit of a code to its branch."""

RESERVED: Mapping[str, str] = {}
"""Codes that nothing raises yet, with the reason; a test holds the rest to be in use."""

INTRODUCTION = """
Every error has a code that never changes its meaning, says which record and field it is about, what happened, and the
next thing to do. The groups follow what you should do. `cpqbridge … --json` gives them as
`{"code", "title", "message", "record", "field", "remedy", "detail"}`; `detail` holds the other system's own code,
status and request id.

A message may bring a more exact remedy than the one printed here.

Exit status: 0 done, 2 wrong use or configuration, 3 held or waiting, 4 failed. With several
records the worst one counts.
"""


def page() -> str:
    """Return the whole page."""
    return document("Errors", INTRODUCTION, *_groups())


def _groups() -> Iterator[str]:
    for digit, group in GROUPS.items():
        yield f"## CPQ-{digit}xx {group.title}"
        yield f"Class {code(group.kind.__name__)}: {first_sentence(group.kind)} {group.outcome}"
        rows = [
            (code(key), f"{entry.title}.{_reserved(key)}", entry.remedy)
            for key, entry in ERRORS.items()
            if key[4] == digit
        ]
        yield table(("Code", "What it means", "What to do"), rows)


def _reserved(key: str) -> str:
    return f" Reserved: {RESERVED[key]}" if key in RESERVED else ""
