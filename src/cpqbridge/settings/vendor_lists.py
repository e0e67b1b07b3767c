"""The paired comma lists of the vendor's connector, read as a mapping.

For each pair of objects the vendor has two slots: one lists fields of Salesforce, the other fields of Zuora, and place
n of the one goes to place n of the other. The slots of the account pair are documented; those of the other pairs are
named after them. The file is YAML, JSON or lines `name=value`, and may hold the vendor's options too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from cpqbridge.settings.document import Document, read
from cpqbridge.settings.load import explain
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import API_NAME, Options
from cpqbridge.settings.problems import Problem, WrongSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.shape import model_of, nearest, plain
from cpqbridge.settings.spellings import OPTION_NAMES, translate

Sections = dict[str, dict[str, Any]]
"""Parts of `cpqbridge.yaml`: section to its keys."""

Spelling = Callable[[str, str], str]
"""Pair and target to the target in Zuora's own spelling; a ValueError says why the pair cannot write it."""


def _slots(pair: str) -> tuple[str, str]:
    """Return the names of a pair's two slots, such as `orderItemCustomFields` and `zuoraOrderItemCustomFields`."""
    title = pair.title().replace("_", "")
    return f"{title[0].lower()}{title[1:]}CustomFields", f"zuora{title}CustomFields"


SLOTS: dict[str, tuple[str, str]] = {pair: _slots(pair) for pair in MappingSettings.model_fields}
"""Pair to the vendor's slots: what is read in Salesforce, what is written in Zuora."""

_SIDES = {plain(name): (pair, side) for pair, names in SLOTS.items() for side, name in enumerate(names)}
_SYSTEMS = ("Salesforce", "Zuora")
_FORMS = (rf"{API_NAME}(\.{API_NAME})*", f"{API_NAME}(/{API_NAME})*")
_LINE = re.compile(r"(?P<name>\w[\w .-]*?)\s*=(?P<value>.*)")
_SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(slots=True)
class _Slot:
    """One list of the file."""

    name: str
    line: int | None
    side: int
    names: tuple[str, ...] | None

    @property
    def entries(self) -> tuple[str, ...]:
        return self.names or ()


@dataclass(slots=True)
class _Reading:
    """A file while it is read: its lists by pair and side, its options, and what is wrong."""

    document: Document
    lists: dict[tuple[str, int], _Slot] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def complain(self, slot: _Slot, message: str) -> None:
        self.document.problems.append(Problem(slot.line, slot.name, message))


def read_lists(text: str, file: str, spelling: Spelling) -> Sections:
    """Return what the vendor's lists and options are in `cpqbridge.yaml`: `{"mapping": {pair: {target: source}}, …}`.

    Args:
        text: The vendor's configuration.
        file: Its name, for messages.
        spelling: Gives a pair's target as Zuora spells it, or says in a ValueError why there is none.

    Raises:
        WrongSettings: CPQ-301, with everything that is wrong, each with its line.
    """
    reading = _Reading(_document(text))
    if not reading.document.unreadable:
        _sort(reading)
    mapping = {pair: found for pair in SLOTS if (found := _pair(reading, pair, spelling))}
    sections = _options(reading)
    if reading.document.problems:
        raise WrongSettings(file, reading.document.problems)
    if mapping:
        sections["mapping"] = mapping
    if not sections:
        slots = " and ".join(f"`{name}`" for name in SLOTS["account"])
        raise WrongSettings(file, [Problem(None, file, f"holds no list and no option; lists are such as {slots}")])
    return sections


def _document(text: str) -> Document:
    lines = [line.strip() for line in text.splitlines()]
    first = next((line for line in lines if line and line[0] not in "#;"), "")
    if not _LINE.fullmatch(first):
        return read(text)
    document = Document()
    for number, line in enumerate(lines, start=1):
        if line and line[0] not in "#;":
            _take_line(document, number, line)
    return document


def _take_line(document: Document, number: int, line: str) -> None:
    found = _LINE.fullmatch(line)
    if not found:
        document.problems.append(Problem(number, "", "is no line such as `name=value`"))
        return
    name = found["name"]
    if name in document.data:
        said = f"stands here a second time (first in line {document.lines[(name,)]})"
        document.problems.append(Problem(number, name, said))
        return
    value = found["value"].strip()
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    document.data[name] = value[1:-1] if quoted else value
    document.lines[(name,)] = number


def _sort(reading: _Reading) -> None:
    """Tell lists, options and unknown keys apart."""
    names = {name for pair in SLOTS.values() for name in pair}
    for key, value in reading.document.data.items():
        line, place = reading.document.line((key,)), _SIDES.get(plain(key))
        if place is not None:
            slot = _Slot(key, line, place[1], _entries(value))
            if slot.names is None:
                reading.complain(slot, f"must be fields of {_SYSTEMS[slot.side]} with commas between them")
            first = reading.lists.setdefault(place, slot)
            if first is not slot:
                reading.complain(slot, f"is the same as `{first.name}` in line {first.line}")
        elif plain(key) in OPTION_NAMES:
            reading.options[key] = value
        else:
            near = nearest(key, [*names, *OPTION_NAMES.values()])
            said = f"did you mean `{near}`?" if near else "lists are such as `accountCustomFields`"
            reading.document.problems.append(Problem(line, key, f"is no list and no option of the vendor's; {said}"))


def _entries(value: Any) -> tuple[str, ...] | None:
    """Return the names of a list, blanks around them taken off; an empty slot has none. None for what is no list."""
    if isinstance(value, str):
        value = value.split(",") if value.strip() else []
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None
    return tuple(one.strip() for one in value)


def _pair(reading: _Reading, pair: str, spelling: Spelling) -> dict[str, str]:
    """Return target to source of a pair; whatever is wrong with its two lists is noted."""
    source, target = (reading.lists.get((pair, side)) for side in (0, 1))
    if source is None or target is None:
        if (alone := source or target) and alone.entries:
            reading.complain(alone, f"has no partner: `{SLOTS[pair][1 - alone.side]}` is missing")
        return {}
    if source.names is None or target.names is None:
        return {}
    _check_lengths(reading, source, target)
    for slot in (source, target):
        _check_names(reading, slot)
    return dict(zip(_spell(reading, pair, target, spelling), source.entries, strict=False))


def _check_lengths(reading: _Reading, source: _Slot, target: _Slot) -> None:
    longer, shorter = sorted((source, target), key=lambda slot: -len(slot.entries))
    count, other = len(longer.entries), len(shorter.entries)
    if count != other:
        alone = ", ".join(f"`{name}`" for name in longer.entries[other:] if name) or "the empty one"
        reading.complain(longer, f"has {_count(count)}, but `{shorter.name}` has {other}: no partner for {alone}")


def _count(number: int) -> str:
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _check_names(reading: _Reading, slot: _Slot) -> None:
    for place, name in enumerate(slot.entries, start=1):
        if not name:
            reading.complain(slot, f"has nothing at place {place}: two commas, or one too many at the end")
        elif not re.fullmatch(_FORMS[slot.side], name):
            reading.complain(slot, f"has `{name}` at place {place}: no API name of a field in {_SYSTEMS[slot.side]}")


def _spell(reading: _Reading, pair: str, slot: _Slot, spelling: Spelling) -> tuple[str, ...]:
    """Return a pair's targets in Zuora's spelling; unknown ones, and those that stand twice, are noted."""
    names: list[str] = []
    for place, name in enumerate(slot.entries, start=1):
        try:
            names.append(spelling(pair, name) if re.fullmatch(_FORMS[1], name) else "")
        except ValueError as reason:
            reading.complain(slot, f"at place {place}: {reason}")
            names.append("")
    first: dict[str, int] = {}
    for place, name in enumerate(names, start=1):
        before = first.setdefault(name.lower(), place)
        if name and before != place:
            reading.complain(slot, f"names `{name}` twice, at places {before} and {place}")
    return tuple(names)


def _options(reading: _Reading) -> Sections:
    """Return the options under cpqbridge's names, in their sections; empty ones are left out, wrong ones noted."""
    texts = reading.document.texts
    given = {key: texts.get((key,), value) for key, value in reading.options.items() if value not in (None, "")}
    values = {key: _switch(key, text) for key, text in given.items()}
    document = Document(
        data={"options": values}, lines={("options", *path): line for path, line in reading.document.lines.items()}
    )
    translate(document)
    sections: Sections = {name: keys for name, keys in document.data.items() if keys}
    for name, keys in sections.items():
        section = model_of(Settings.model_fields[name])
        try:
            section.model_validate(keys) if section else None
        except ValidationError as error:
            document.problems += explain(document, error, above=(name,), missing=False)
    reading.document.problems += document.problems
    return sections


def _switch(key: str, value: Any) -> Any:
    """Return a truth value for the words of one, where the option is a switch."""
    option = Options.model_fields.get(OPTION_NAMES[plain(key)])
    switch = option is not None and option.annotation is bool
    return _SWITCHES.get(value.strip().lower(), value) if switch and isinstance(value, str) else value
