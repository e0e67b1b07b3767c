"""A log whose lines a test reads; the log of the process is as before afterwards."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from cpqbridge.history.redact import redact
from cpqbridge.telemetry.foreign import HUSHED
from cpqbridge.telemetry.logs import LogFormat, configure


class Written:
    """The lines of a log."""

    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


OpenLog = Callable[..., Written]


@pytest.fixture
def open_log() -> Iterator[OpenLog]:
    """Give a function that sets up the log of this process."""
    before = structlog.get_config()
    levels = {name: logging.getLogger(name).level for name in (None, "somebody", *HUSHED)}
    root = logging.getLogger()

    def start(level: int = logging.INFO, form: LogFormat = LogFormat.JSON) -> Written:
        stream = io.StringIO()
        root.handlers.clear()  # pytest's own stumble over what ours must bear
        configure(level, form, redact, stream)
        return Written(stream)

    yield start
    structlog.configure(**before)
    root.handlers[:] = [one for one in root.handlers if not type(one).__module__.startswith("cpqbridge")]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)
