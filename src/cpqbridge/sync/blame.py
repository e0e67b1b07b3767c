"""Finds the Salesforce field that a refusal of Zuora's is about, by the lineage of the request."""

from __future__ import annotations

import re

from cpqbridge.errors import ERRORS, CpqBridgeError, FixConfiguration, FixData
from cpqbridge.mapping.rule import Lineage
from cpqbridge.planning.plan import Operation, Ref

_NAMED = re.compile(r"[A-Za-z_][\w.\[\]]*[\w\]]")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")


def add_field(error: CpqBridgeError, operation: Operation) -> None:
    """Give a refusal the field it is about, when it names the field or its value, and for wrong data the next step."""
    said_of_data = isinstance(error, FixData | FixConfiguration) and error.field is None
    line = blamed(error.message, operation) if said_of_data else None
    if line is None:
        return
    error.field = line.source or line.target
    if isinstance(error, FixData) and error.remedy == ERRORS[error.code].remedy:
        place = f"Correct {line.source} in Salesforce" if line.source else f"Look at {line.rule} in the settings"
        error.remedy = f"{place}, or let Zuora take {_shown(line.value)} as {line.target}; then sync again."


def blamed(message: str, operation: Operation) -> Lineage | None:
    """Return the lineage of the value that a message is about: by its path, by its name, or by the value in quotes."""
    quoted = {single or double for single, double in _QUOTED.findall(message)}
    paths = [
        word for word in _NAMED.findall(message) if not word.islower() or word in quoted or f"field {word}" in message
    ]
    for path in sorted(paths, key=len, reverse=True):
        pointer = "/" + path.replace("[", ".").replace("]", "").replace(".", "/")
        if found := next((line for line in operation.lineage if line.target.endswith(pointer)), None):
            return found
    return next((line for line in operation.lineage if line.source and _shown(line.value) in quoted), None)


def _shown(value: object) -> str:
    return "" if isinstance(value, Ref) else str(value)
