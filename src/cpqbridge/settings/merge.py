"""Adds keys to the text of a settings file and leaves every other character of it alone."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

import yaml

from cpqbridge.settings.document import Document, dotted, read
from cpqbridge.settings.problems import Problem, WrongSettings
from cpqbridge.settings.shape import plain
from cpqbridge.settings.spellings import translate

Keys = tuple[str, ...]
"""The way to a value: section, then keys."""


def merge(text: str, file: str, additions: Mapping[Keys, Any]) -> tuple[str, list[Keys]]:
    """Return the text of a settings file with values added, and which of them were there already.

    Args:
        text: The file as it is.
        file: Its name, for messages.
        additions: Where each value is to stand, such as `("mapping", "account", "notes")`.

    Raises:
        WrongSettings: CPQ-301, the file cannot be read, or holds something else at one of the places.
    """
    before = _settings(text, file)
    found = {keys: _find(before.data, keys) for keys in additions}
    wrong = {
        Problem(before.line(found[keys]), dotted(found[keys]), said)
        for keys, value in additions.items()
        if (said := _conflict(_at(before.data, found[keys]), value, whole=len(found[keys]) == len(keys)))
    }
    if wrong:
        raise WrongSettings(file, tuple(wrong))
    there = [keys for keys in additions if len(found[keys]) == len(keys)]
    missing = {keys: value for keys, value in additions.items() if keys not in there}
    if not missing:
        return text, there
    merged = _write(text, missing)
    after = read(merged)
    translate(after)
    if after.problems or after.data != _with(before.data, missing):
        said = "is written in a way to which nothing can be added: add the printed part by hand"
        raise WrongSettings(file, [Problem(None, file, said)])
    return merged, there


def _settings(text: str, file: str) -> Document:
    document = read(text)
    translate(document)
    if document.problems:
        raise WrongSettings(file, document.problems)
    return document


def _find(data: Any, keys: Keys) -> Keys:
    """Return the keys, as they are spelt there, of the deepest part of the way that is there and holds something."""
    for place, key in enumerate(keys):
        spelt = {name.lower(): name for name in data} if isinstance(data, dict) else {}
        if key.lower() not in spelt or data[spelt[key.lower()]] is None:
            return keys[:place]
        keys = (*keys[:place], spelt[key.lower()], *keys[place + 1 :])
        data = data[keys[place]]
    return keys


def _at(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data[key]
    return data


def _conflict(there: Any, value: Any, *, whole: bool) -> str | None:
    """Say what speaks against adding a value, given what is there: at its very place, or at the deepest part above."""
    if not whole:
        return None if isinstance(there, dict) else "must hold keys of its own, indented below it"
    same = there in (value, [value], {"source": value}, {"source": [value]})
    return None if same else f"is there already, and is not {_inline(value)}"


def _with(data: dict[str, Any], missing: Mapping[Keys, Any]) -> dict[str, Any]:
    """Return what the new text must say: what the old one does and what is added, and nothing else."""
    wanted = copy.deepcopy(data)
    for keys, value in missing.items():
        node = wanted
        for key in keys[:-1]:
            if node.get(key) is None:
                node[key] = {}
            node = node[key]
        node[keys[-1]] = value
    return wanted


def _write(text: str, missing: Mapping[Keys, Any]) -> str:
    """Put each value into the deepest mapping of the text that is on its way; values of one place go together."""
    places: dict[Keys, dict[str, Any]] = {}
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for keys, value in missing.items():
        spelt = _descend(root, keys[:-1])
        branch = places.setdefault(spelt, {})
        for key in keys[len(spelt) : -1]:
            branch = branch.setdefault(key, {})
        branch[keys[-1]] = value
    for place, branch in places.items():
        text = _insert(text, place, branch)
    return text


def _child(node: yaml.Node | None, key: str) -> tuple[yaml.ScalarNode, yaml.Node] | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((pair for pair in pairs if plain(str(pair[0].value)) == plain(key)), None)


def _descend(node: yaml.Node | None, keys: Keys) -> Keys:
    """Return, as the text spells it, the part of the way that is in the text."""
    spelt: Keys = ()
    for key in keys:
        found = _child(node, key)
        if found is None:
            break
        spelt, node = (*spelt, str(found[0].value)), found[1]
    return spelt


def _insert(text: str, place: Keys, branch: Mapping[str, Any]) -> str:
    node, key = yaml.compose(text, Loader=yaml.SafeLoader), None
    for part in place:
        found = _child(node, part)
        key, node = found or (None, None)
    if isinstance(node, yaml.MappingNode) and node.flow_style:
        return _into_braces(text, node, branch)
    if isinstance(node, yaml.ScalarNode) and node.value:
        return text[: node.start_mark.index] + _inline(branch) + text[node.end_mark.index :]
    if isinstance(node, yaml.MappingNode):
        end, indent = _end(node), node.start_mark.column
    else:
        end, indent = (key.end_mark.index, key.start_mark.column + 2) if key else (len(text.rstrip()), 0)
    newline = "\r\n" if "\r\n" in text else "\n"
    cut = text.find("\n", max(end - 1, 0)) + 1 or len(text)
    head = text[:cut] if not cut or text[cut - 1] == "\n" else text[:cut] + newline
    gap = newline if head and not place else ""
    lines = yaml.safe_dump(dict(branch), sort_keys=False, allow_unicode=True, width=1000).splitlines()
    return head + gap + "".join(f"{' ' * indent}{line}{newline}" for line in lines) + text[cut:]


def _into_braces(text: str, node: yaml.MappingNode, branch: Mapping[str, Any]) -> str:
    """Add to a mapping in braces, behind its last value."""
    end = node.value[-1][1].end_mark.index if node.value else node.start_mark.index + 1
    comma = ", " if node.value else ""
    return f"{text[:end]}{comma}{_inline(branch)[1:-1]}{text[end:]}"


def _end(node: yaml.Node) -> int:
    """Return where the last value of a block ends; the block's own mark is behind the comments that follow."""
    while isinstance(node, yaml.CollectionNode) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return int(node.end_mark.index)


def _inline(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
