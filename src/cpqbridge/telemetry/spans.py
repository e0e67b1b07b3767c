"""Spans of traces, as far as anybody wants them; without, they cost nothing and load nothing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Attributes = Mapping[str, str | int | float]


class Spans(Protocol):
    """Takes spans."""

    def open(self, name: str, attributes: Attributes) -> AbstractContextManager[None]:
        """Return a span of what is done inside it."""
        ...

    def past(self, name: str, attributes: Attributes, seconds: float, failed: str | None) -> None:
        """Take what has just ended, within the span of the present task.

        Args:
            name: What it was.
            attributes: What is known of it.
            seconds: How long it took.
            failed: What went wrong; None for nothing.
        """
        ...


class _Chosen:
    spans: Spans | None = None


def choose(spans: Spans | None) -> None:
    """Let all spans of this process go somewhere from now on; None for nowhere."""
    _Chosen.spans = spans


def span(name: str, attributes: Attributes) -> AbstractContextManager[None]:
    """Return a span of what is done inside it."""
    return _Chosen.spans.open(name, attributes) if _Chosen.spans else nullcontext()


def past(name: str, attributes: Attributes, seconds: float, failed: str | None = None) -> None:
    """Take a span that has just ended; see `Spans.past`."""
    if _Chosen.spans:
        _Chosen.spans.past(name, attributes, seconds, failed)
