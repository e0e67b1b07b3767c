"""Understands other spellings of the options and of the pairs of a mapping, before the settings are checked."""

from __future__ import annotations

from typing import Any

from cpqbridge.settings.document import Document, Path, dotted
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import CONNECTION_SPELLINGS, SPELLINGS, Options
from cpqbridge.settings.problems import Problem
from cpqbridge.settings.shape import plain

_TARGETS: dict[str, tuple[str, str]] = {
    **{plain(name): ("options", name) for name in Options.model_fields},
    **{plain(other): ("options", name) for name, others in SPELLINGS.items() for other in others},
    **{plain(name): target for name, target in CONNECTION_SPELLINGS.items()},
}
OPTION_NAMES: dict[str, str] = {spelling: name for spelling, (_, name) in _TARGETS.items()}
"""Every spelling of an option, as `plain` writes it, to its name here."""
_PAIRS = {plain(name): name for name in MappingSettings.model_fields}
_ADDRESSES = {("salesforce", "login_url"), ("zuora", "base_url")}


def translate(document: Document) -> None:
    """Rename and move options, and rename pairs of a mapping, in place; what stands twice becomes a problem."""
    _translate(document, document.data, ())
    named = document.data.get("connections")
    for name, own in named.items() if isinstance(named, dict) else ():
        if isinstance(own, dict):
            _translate(document, own, ("connections", name))


def _translate(document: Document, data: dict[str, Any], above: Path) -> None:
    if isinstance(data.get("options"), dict):
        _translate_options(document, data, above)
    if isinstance(data.get("mapping"), dict):
        _translate_pairs(document, data["mapping"], (*above, "mapping"))


def _translate_pairs(document: Document, given: dict[str, Any], here: Path) -> None:
    for key in list(given):
        name = _PAIRS.get(plain(key), key)
        if name in given and name != key:
            document.problems.append(_twice(document, (*here, key), (*here, name)))
            del given[key]
        elif name != key:
            document.rename((*here, key), (*here, name))
    for pair, rules in given.items():
        seen: dict[str, Path] = {}
        for target in rules if isinstance(rules, dict) else ():
            path: Path = (*here, pair, target)
            first = seen.setdefault(target.lower(), path)
            if first != path:
                document.problems.append(_twice(document, path, first))


def _twice(document: Document, path: Path, first: Path) -> Problem:
    return Problem(document.line(path), dotted(path), f"is the same as `{dotted(first)}`, which is there too")


def _translate_options(document: Document, data: dict[str, Any], above: Path) -> None:
    given = data["options"]
    for key in list(given):
        target = _TARGETS.get(plain(key))
        if target is None or target == ("options", key):
            continue
        section = data.setdefault(target[0], {})
        if not isinstance(section, dict):
            continue
        value = given.pop(key)
        source: Path = (*above, "options", key)
        place: Path = (*above, *target)
        if target[1] in section:
            document.problems.append(_twice(document, source, place))
            continue
        section[target[1]] = _address(value) if target in _ADDRESSES else value
        document.lines.setdefault(place, document.lines[source])
        document.lines.setdefault(place[:-1], document.lines[source])


def _address(value: Any) -> Any:
    """Make an address of the host name the vendor asks for; the API answers at My Domain's host, not at Lightning's."""
    if not isinstance(value, str) or "://" in value:
        return value
    return "https://" + value.strip("/").replace(".lightning.force.com", ".my.salesforce.com")
