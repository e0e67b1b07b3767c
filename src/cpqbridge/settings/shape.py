"""What keys the settings have, read off their types: for suggestions, spellings and environment variables."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from cpqbridge.settings.options import CONNECTION_SPELLINGS, SPELLINGS
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.settings import Settings


def plain(name: str) -> str:
    """Return a name without what spellings differ in: capitals, blanks, underscores, hyphens."""
    return re.sub(r"[\W_]+", "", name).lower()


def fields(path: Iterable[str | int]) -> dict[str, FieldInfo]:
    """Return the fields at a place of the settings; none where a place is a table of the user's own keys."""
    kind: Any = Settings
    for part in path:
        kind = _below(kind, str(part))
    model = _model(kind)
    return {name: field for name, field in model.model_fields.items() if name != "clear"} if model else {}


def model_of(field: FieldInfo) -> type[BaseModel] | None:
    """Return the section that a field holds, also when it may be left out; None for a plain value."""
    return _model(field.annotation)


def _below(kind: Any, part: str) -> Any:
    """Return what a type holds under a key: a section's field, or what a table or list of the user's own holds."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    if get_origin(kind) is tuple:
        return get_args(kind)[0]
    field = model.model_fields.get(part) if (model := _model(kind)) else None
    return field.annotation if field else None


def _model(kind: Any) -> type[BaseModel] | None:
    for choice in (kind, *get_args(kind)):
        if isinstance(choice, type) and issubclass(choice, BaseModel):
            return choice
    return None


def leaves() -> Iterator[tuple[str, str, FieldInfo, bool]]:
    """Give section, name, field and whether it is a secret, of every single setting inside a section."""
    for section, outer in Settings.model_fields.items():
        inner = None if section == "connections" else model_of(outer)
        for name, field in inner.model_fields.items() if inner else ():
            yield section, name, field, model_of(field) is Secret


def suggestion(path: tuple[str | int, ...], key: str) -> str:
    """Return ` …did you mean…` for an unknown key, or an empty text when nothing is near."""
    here, top = ({plain(name): name for name in names} for names in (fields(path), Settings.model_fields))
    if plain(key) in here:
        return f"; did you mean `{here[plain(key)]}`?"
    if plain(key) in top:
        return f"; `{top[plain(key)]}` belongs at the top, without indentation"
    elsewhere = [section for section, name, _, _ in leaves() if plain(name) == plain(key) and path != (section,)]
    if elsewhere:
        return f"; it belongs in {' or '.join(f'`{section}`' for section in elsewhere)}"
    near = nearest(key, fields(path))
    if near is None and path == ("options",):
        near = nearest(key, [*CONNECTION_SPELLINGS, *(name for names in SPELLINGS.values() for name in names)])
    if near:
        return f"; did you mean `{near}`?"
    if path[:1] == ("mapping",) and len(path) > 2:
        return f"; a field inside `{path[2]}` is a target of its own, `{path[2]}/{key}`"
    return f"; known here: {', '.join(sorted(fields(path)))}"


def nearest(word: str, known: Iterable[Any]) -> str | None:
    """Return the known word that is most like this one, if any is at all."""
    by_plain = {plain(str(name)): str(name) for name in known}
    found = difflib.get_close_matches(plain(word), by_plain, n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None
