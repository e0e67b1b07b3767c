"""Sets up the log: lines for people or one JSON object a line, without secrets, of all libraries alike."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, MutableMapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, TextIO, cast

import structlog
from structlog.typing import Processor

from cpqbridge.telemetry.foreign import route
from cpqbridge.telemetry.secret_values import hide
from cpqbridge.telemetry.sturdy import Sturdy

Event = MutableMapping[str, Any]

Net = Callable[[Any], Any]
"""Takes secrets out of a JSON document by their names and shapes."""


class LogFormat(StrEnum):
    """How a line of the log is written."""

    AUTO = "auto"
    """Text on a terminal, else JSON."""
    TEXT = "text"
    JSON = "json"


def configure(level: int, form: LogFormat, net: Net, stream: TextIO | None = None) -> None:
    """Set up the log of this process; a later call takes the place of an earlier one.

    Args:
        level: The least level that is written, as in `logging`; tracebacks only with DEBUG.
        form: How lines are written.
        net: What takes secrets out of each line, besides those that this process has read itself.
        stream: Where to; standard error by default.
    """
    stream = stream or sys.stderr
    structlog.configure(
        processors=_processors(level, _chosen(form, stream), net, stream),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", Sturdy(stream))),
        cache_logger_on_first_use=False,
    )
    route(level)


def _chosen(form: LogFormat, stream: TextIO) -> LogFormat:
    if form is not LogFormat.AUTO:
        return form
    return LogFormat.TEXT if stream.isatty() else LogFormat.JSON


def _processors(level: int, form: LogFormat, net: Net, stream: TextIO) -> list[Processor]:
    as_json = form is LogFormat.JSON
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time")
        if as_json
        else structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        structlog.processors.format_exc_info if level <= logging.DEBUG else _without_traceback,
        _Hiding(net),
        _as_json if as_json else _for_people(stream),
    ]


def _for_people(stream: TextIO) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty() and "NO_COLOR" not in os.environ,
        exception_formatter=structlog.dev.plain_traceback,
    )


FIRST = ("time", "level", "event")
"""What stands first in a line of JSON."""


def _as_json(_logger: Any, _name: str, event: Event) -> str:
    ordered = {key: event[key] for key in FIRST if key in event} | dict(event)
    return json.dumps(ordered, ensure_ascii=False, default=str)


def _without_traceback(_logger: Any, _name: str, event: Event) -> Event:
    """Say only of what kind a fault was: a traceback is for those who asked for it."""
    fault = event.pop("exc_info", None)
    kind = sys.exc_info()[0] if fault is True else fault[0] if isinstance(fault, tuple) else type(fault)
    if fault and kind is not None:
        event["fault"] = kind.__name__
    return event


class _Hiding:
    """Takes secrets out of a line, wherever in it they stand."""

    def __init__(self, net: Net) -> None:
        self._net = net

    def __call__(self, _logger: Any, _name: str, event: Event) -> Event:
        """Names are judged as they are written; only then are secrets that they hold taken out of them."""
        return cast("Event", _with_names(self._net(_plain(event))))


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, its texts without secrets; what JSON has no word for as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, MutableMapping | dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return hide(str(value))


def _with_names(value: Any) -> Any:
    """Return a value of JSON whose names hold no secrets either."""
    if isinstance(value, dict):
        return {hide(key): _with_names(part) for key, part in value.items()}
    return [_with_names(part) for part in value] if isinstance(value, list) else value
