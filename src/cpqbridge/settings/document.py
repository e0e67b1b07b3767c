"""A YAML file as data that remembers its lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

import yaml

from cpqbridge.settings.problems import Problem

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys of mappings and, from 0, places in lists."""

_TAG = "tag:yaml.org,2002:"
_WORDS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_KEYS = {"on", "off"}
"""Keys of the settings that YAML 1.1 alone takes for truth values."""


@dataclass(slots=True)
class Document:
    """The data of a file, the line of each key, the text of each plain value, and what is wrong with the YAML.

    `unreadable` when there is nothing to check further.
    """

    data: dict[str, Any] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: bool = False

    def written(self, path: Path) -> Path:
        """Return a path without the parts that stand only in the checked settings, such as places in a list of one."""
        node: Any = self.data
        kept: list[str | int] = []
        for part in path:
            inner = _children(node)
            if part in inner:
                node = inner[part]
                kept.append(part)
        return tuple(kept)

    def rename(self, old: Path, new: Path) -> None:
        """Give a key, and all below it, another name; its lines stay."""
        node: Any = self.data
        for part in old[:-1]:
            node = node[part]
        node[new[-1]] = node.pop(old[-1])
        self.lines = {_moved(path, old, new): line for path, line in self.lines.items()}
        self.texts = {_moved(path, old, new): text for path, text in self.texts.items()}

    def line(self, path: Path) -> int | None:
        """Return the line of a key, or else of the nearest one above it."""
        home = self.home(path)
        return self.lines.get(home[: self._depth(home)], 1 if self.lines else None)

    def home(self, path: Path) -> Path:
        """Return where a value is written: what a connection does not say itself, it takes from the top of the file."""
        if path[:1] != ("connections",) or len(path) < 3:
            return path
        return path if self._depth(path) - 2 >= self._depth(path[2:]) else path[2:]

    def _depth(self, path: Path) -> int:
        """Return how many parts of a path are written."""
        return next((depth for depth in range(len(path), 0, -1) if path[:depth] in self.lines), 0)


def _children(node: Any) -> dict[str | int, Any]:
    """Return what stands below a value: of a mapping by key, of a list by place."""
    if isinstance(node, list):
        return dict(enumerate(node))
    return node if isinstance(node, dict) else {}


def _moved(path: Path, old: Path, new: Path) -> Path:
    return (*new, *path[len(old) :]) if path[: len(old)] == old else path


def read(text: str) -> Document:
    """Parse YAML; decimals become `Decimal`, and nothing but plain data is made.

    Returns:
        The document; `data` holds what could be read in spite of its `problems`.
    """
    document = Document(unreadable=True)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        document.problems.append(_syntax_problem(error))
        return document
    if root is None:
        document.unreadable = False
        return document
    document.lines[()] = root.start_mark.line + 1
    if isinstance(root, yaml.MappingNode):
        document.unreadable = False
        document.data = dict(_pairs(root, (), document, ()))
    else:
        document.problems.append(Problem(1, "", "the file must be keys with values, such as `salesforce:`"))
    return document


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or "cannot be read"
    return Problem(mark.line + 1 if mark else 1, "", f"is not YAML: {said}")


def _value(node: yaml.Node, path: Path, document: Document, above: tuple[yaml.Node, ...]) -> Any:
    if node in above:
        document.problems.append(Problem(document.line(path), dotted(path), "refers to itself"))
        return None
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, document, above))
    if isinstance(node, yaml.SequenceNode):
        document.lines.update(((*path, place), item.start_mark.line + 1) for place, item in enumerate(node.value))
        return [_value(item, (*path, place), document, (*above, node)) for place, item in enumerate(node.value)]
    if not isinstance(node, yaml.ScalarNode):
        raise TypeError(f"unknown YAML node {node!r}")
    document.texts[path] = node.value
    return _scalar(node, path, document)


def _pairs(
    node: yaml.MappingNode, path: Path, document: Document, above: tuple[yaml.Node, ...]
) -> Iterator[tuple[str, Any]]:
    seen: set[str] = set()
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        here = (*path, key)
        if not isinstance(key_node, yaml.ScalarNode) or (key_node.tag != f"{_TAG}str" and key not in _KEYS):
            name = key if isinstance(key_node, yaml.ScalarNode) else "?"
            said = f'YAML takes this key for another type: write "{name}":'
            if key_node.tag == f"{_TAG}merge":
                said = "merge keys are not read: write the keys out, or refer to the whole section by its anchor"
            document.problems.append(Problem(line, dotted((*path, name)), said))
            continue
        if key in seen:
            first = document.lines[here]
            document.problems.append(Problem(line, dotted(here), f"stands here a second time (first in line {first})"))
            continue
        seen.add(key)
        document.lines[here] = line
        yield key, _value(value_node, here, document, (*above, node))


def _scalar(node: yaml.ScalarNode, path: Path, document: Document) -> Any:
    """Return the value of plain text by YAML 1.1's rules; what settings never hold (dates, binary) stays text."""
    text: str = node.value
    kind = node.tag.removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return _WORDS[text.lower()]
    if kind in {"int", "float"}:
        return _number(text)
    if node.tag.startswith("!") or kind.startswith("python/"):
        document.problems.append(
            Problem(node.start_mark.line + 1, dotted(path), f"has the tag {node.tag}: leave it out")
        )
    return text


def _number(text: str) -> int | Decimal | str:
    """Return a number in plain decimal notation; YAML 1.1's other notations (0x1F, 1:30) stay text."""
    plain = text.replace("_", "")
    try:
        return int(plain)
    except ValueError:
        pass
    try:
        number = Decimal(plain)
    except ArithmeticError:
        return text
    return number if number.is_finite() else text


def dotted(path: Path) -> str:
    """Return a path as people write it: `options.auto_renew`, `zuora.org_ids[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")
