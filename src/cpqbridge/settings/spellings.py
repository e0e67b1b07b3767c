"""Understands the vendor's names of the options, before the settings are checked."""

from __future__ import annotations

from typing import Any

from cpqbridge.settings.document import Document, Path, dotted
from cpqbridge.settings.options import CONNECTION_SPELLINGS, SPELLINGS, Options
from cpqbridge.settings.problems import Problem
from cpqbridge.settings.shape import plain

_TARGETS: dict[str, tuple[str, str]] = {
    **{plain(name): ("options", name) for name in Options.model_fields},
    **{plain(other): ("options", name) for name, others in SPELLINGS.items() for other in others},
    **{plain(name): target for name, target in CONNECTION_SPELLINGS.items()},
}
_ADDRESSES = {("salesforce", "login_url"), ("zuora", "base_url")}


def translate(document: Document) -> None:
    """Rename and move the options of a document in place; what stands twice becomes a problem."""
    given = document.data.get("options")
    if not isinstance(given, dict):
        return
    for key in list(given):
        target = _TARGETS.get(plain(key))
        if target is None or target == ("options", key):
            continue
        section = document.data.setdefault(target[0], {})
        if not isinstance(section, dict):
            continue
        value = given.pop(key)
        source: Path = ("options", key)
        if target[1] in section:
            document.problems.append(
                Problem(document.line(source), dotted(source), f"is the same as `{dotted(target)}`, which is there too")
            )
            continue
        section[target[1]] = _address(value) if target in _ADDRESSES else value
        document.lines.setdefault(target, document.lines[source])
        document.lines.setdefault(target[:1], document.lines[source])


def _address(value: Any) -> Any:
    """Make an address of the host name the vendor asks for; the API answers at My Domain's host, not at Lightning's."""
    if not isinstance(value, str) or "://" in value:
        return value
    return "https://" + value.strip("/").replace(".lightning.force.com", ".my.salesforce.com")
