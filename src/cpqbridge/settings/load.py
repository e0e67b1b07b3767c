"""Reads the settings: file, vendor spellings, environment, checks — with every problem at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, overload

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cpqbridge.settings.connections import OWN, complete, contradictions
from cpqbridge.settings.document import Document, dotted, read
from cpqbridge.settings.environment import override
from cpqbridge.settings.problems import Problem, WrongSettings
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.settings import Origin, Settings
from cpqbridge.settings.shape import nearest, suggestion
from cpqbridge.settings.spellings import translate
from cpqbridge.settings.zuora import ZuoraSettings

DEFAULT_FILE = "cpqbridge.yaml"
CONNECTIONS = frozenset({"salesforce", "zuora"})
"""Sections that a file must have, unless each of its `connections` has them."""


Connections = Mapping[str, SalesforceSettings | ZuoraSettings]
"""Both connections, under `salesforce` and `zuora`."""


@overload
def load(
    path: Path, environment: Mapping[str, str] | None = None, *, otherwise: Callable[[], Connections] | None = None
) -> Settings: ...


@overload
def load(
    path: None = None,
    environment: Mapping[str, str] | None = None,
    *,
    otherwise: Callable[[], Connections] | None = None,
) -> Settings | None: ...


def load(
    path: Path | None = None,
    environment: Mapping[str, str] | None = None,
    *,
    otherwise: Callable[[], Connections] | None = None,
) -> Settings | None:
    """Return the settings, or None when there is neither a file nor a connection in the environment.

    Args:
        path: The file; None for `cpqbridge.yaml` in the working folder, if it is there.
        environment: The environment variables; this process's by default.
        otherwise: Gives the connections for a file that has neither, nor has the environment; without it that is wrong.

    Raises:
        WrongSettings: CPQ-301, with all problems and their lines.
    """
    variables = os.environ if environment is None else environment
    file = path or Path(DEFAULT_FILE)
    document = _read(file, asked_for=path is not None)
    if document and document.unreadable:
        raise WrongSettings(str(file), document.problems)
    if document is None:
        document = Document()
        override(document, variables)
        if not document.data.keys() & CONNECTIONS:
            return None
        return _check(document, "environment", Path.cwd())
    translate(document)
    override(document, variables)
    if otherwise is not None and not document.data.keys() & {*CONNECTIONS, "connections"}:
        document.data |= otherwise()
    return _check(document, str(file), file.absolute().parent)


def for_connections(
    connections: Connections,
    environment: Mapping[str, str] | None = None,
    defaults: Mapping[str, Mapping[str, Any]] | None = None,
) -> Settings:
    """Return settings for known connections, such as the sandbox's; the rest comes from the environment.

    Args:
        connections: The connections.
        environment: The environment's variables; by default those of the process.
        defaults: Sections that hold where the environment says nothing else.

    Raises:
        WrongSettings: CPQ-301, the environment names unknown or wrong settings.
    """
    document = Document(data={name: dict(section) for name, section in (defaults or {}).items()})
    override(document, os.environ if environment is None else environment)
    document.data |= connections
    return _check(document, "environment", Path.cwd())


def _read(file: Path, *, asked_for: bool) -> Document | None:
    try:
        return read(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if asked_for:
            raise _unread(file, "is not there", "Name a file that is there.") from None
        return None
    except OSError as error:
        said = (error.strerror or "unknown reason").lower()
        raise _unread(file, f"cannot be read: {said}", "Name a file that can be read.") from error
    except UnicodeDecodeError as error:
        raise _unread(file, "is not text in UTF-8", "Save it as text in UTF-8, or name another file.") from error


def _unread(file: Path, said: str, remedy: str) -> WrongSettings:
    return WrongSettings(str(file), [Problem(None, str(file), said)], remedy)


def _check(document: Document, file: str, folder: Path) -> Settings:
    context = {"folder": folder, "allow_clear_secrets": document.data.get("allow_clear_secrets") is True}
    if isinstance(document.data.get("connections"), dict) and document.data["connections"]:
        complete(document.data)
    try:
        settings = Settings.model_validate(document.data, context=context)
    except ValidationError as error:
        raise WrongSettings(file, [*document.problems, *explain(document, error)]) from None
    if document.problems:
        raise WrongSettings(file, document.problems)
    settings.read_from(Origin(file, document))
    if found := [*contradictions(settings.connections), *settings.strangers()]:
        raise settings.wrong(found)
    return settings


MESSAGES = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "model_type": "must hold keys of its own, indented below it",
    "model_attributes_type": "must hold keys of its own, indented below it",
    "dict_type": "must hold keys of its own, indented below it",
    "list_type": "must be a list, such as [a, b]",
    "tuple_type": "must be a list, such as [a, b]",
    "path_type": "must be a path",
    "value_error": "{error}",
    "too_short": "must not be empty",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
}
"""What a failed check means for the writer of the file."""


def explain(
    document: Document, error: ValidationError, *, above: tuple[str | int, ...] = (), missing: bool = True
) -> list[Problem]:
    """Return what a failed check means for the writer of the file.

    Args:
        document: Where the checked data stands.
        error: The failed check.
        above: The path of the checked part in the document.
        missing: Whether what is missing is a problem.
    """
    details = [detail for detail in error.errors(include_url=False) if missing or detail["type"] != "missing"]
    if document.data.get("connections") and not above:
        # the top's sections were checked as parts of the connections, which they were completed from
        details = [detail for detail in details if detail["loc"][0] not in OWN]
    return list(dict.fromkeys(_problem(document, detail, above) for detail in details))


def _problem(document: Document, detail: ErrorDetails, above: tuple[str | int, ...]) -> Problem:
    place, kind = (*above, *detail["loc"]), detail["type"]
    path = document.home(document.written(place) if _of_rules(place) else place)
    if kind == "extra_forbidden":
        message = f"is no known key{suggestion(place[:-1], str(place[-1]))}"
    elif kind == "literal_error":
        message = _choices(document.texts.get(path, ""), detail["ctx"]["expected"])
    elif kind == "string_type" and path in document.texts and document.texts[path]:
        message = f'must be text: write "{document.texts[path]}" in quotes'
    else:
        message = _message(kind, detail)
    line = document.line(path[:-1] if kind == "missing" else path)
    return Problem(line, dotted(path), message)


def _of_rules(place: tuple[str | int, ...]) -> bool:
    """Whether a place has parts that stand only in the checked settings: those of rules, and the mark of a key."""
    if place[0] != "connections":
        return place[0] == "mapping"
    return place[2:3] == ("mapping",) or place[-1] == "[key]"


def _message(kind: str, detail: ErrorDetails) -> str:
    template = MESSAGES.get(kind)
    context = {
        name: f"{value:g}" if isinstance(value, float) else value for name, value in detail.get("ctx", {}).items()
    }
    return template.format(**context) if template else detail["msg"]


def _choices(given: str, expected: str) -> str:
    choices = expected.replace("'", "").replace(" or ", ", ").split(", ")
    near = nearest(given, choices)
    return f"must be one of {', '.join(choices)}{f'; did you mean {near}?' if near else ''}"
