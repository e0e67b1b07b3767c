"""References between subrequests: `@{order.id}`, `@{orders[0].Id}`, `@{q.records[0].Account.Id}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from cpqbridge.sandbox.salesforce.errors import SalesforceError

_REFERENCE: Final = re.compile(r"@\{([^}]*)\}")
_NAME: Final = re.compile(r"(\w+)")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")


class Unresolved(SalesforceError):
    """A reference leads nowhere."""

    def __init__(self, expression: str) -> None:
        name = expression.partition(".")[0]
        message = f"Invalid reference specified. No value for {expression} found in {name}"
        super().__init__(400, "PROCESSING_HALTED", message)


def names_in(value: Any) -> set[str]:
    """Return the reference ids that a URL or body names."""
    if isinstance(value, str):
        return {found[1] for found in (_NAME.match(inside) for inside in _REFERENCE.findall(value)) if found}
    if isinstance(value, Mapping):
        return set().union(*map(names_in, value.values()), *map(names_in, value.keys()))
    return set().union(*map(names_in, value)) if isinstance(value, list) else set()


def resolve(value: Any, answers: Mapping[str, Any]) -> Any:
    """Return a URL or body with its references replaced; a text that is one reference takes the value's type.

    Args:
        value: JSON.
        answers: Bodies of the subrequests answered so far, by reference id.

    Raises:
        Unresolved: a reference leads nowhere.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _look_up(whole[1], answers)
        return _REFERENCE.sub(lambda found: str(_look_up(found[1], answers)), value)
    if isinstance(value, Mapping):
        return {key: resolve(item, answers) for key, item in value.items()}
    return [resolve(item, answers) for item in value] if isinstance(value, list) else value


def _look_up(expression: str, answers: Mapping[str, Any]) -> Any:
    start = _NAME.match(expression)
    if start is None or start[1] not in answers:
        raise Unresolved(expression)
    value, position = answers[start[1]], start.end()
    while position < len(expression):
        step = _STEP.match(expression, position)
        if step is None:
            raise Unresolved(expression)
        position = step.end()
        try:
            value = value[int(step[2])] if step[2] else _member(value, step[1])
        except (KeyError, IndexError, TypeError) as error:
            raise Unresolved(expression) from error
    if isinstance(value, dict | list):
        raise Unresolved(expression)
    return value


def _member(value: Any, name: str) -> Any:
    """Return a member; `id` finds `Id` too, as the real one does not heed its case."""
    if isinstance(value, dict) and name not in value:
        name = next((key for key in value if key.lower() == name.lower()), name)
    return value[name]
