"""What other libraries log: it goes the same way as our own lines, and never with a traceback unasked."""

from __future__ import annotations

import logging

import structlog

HUSHED = (
    *("alembic", "aiosmtplib", "asyncio", "fastavro", "grpc", "hpack", "httpcore", "httpx", "procrastinate"),
    *("psycopg", "sqlalchemy", "starlette", "uvicorn"),
)
"""Libraries whose failures we see ourselves and say in our own words: their own lines are only for --verbose."""


class _Forward(logging.Handler):
    """Hands the lines of the standard library's logging on to the log."""

    def __init__(self, level: int) -> None:
        super().__init__(level)

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line on."""
        log = structlog.get_logger(record.name)
        said = {"logger": record.name, **({"exc_info": record.exc_info} if record.exc_info else {})}
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # the library's own mistake must not become ours
            message = str(record.msg)
        log.log(logging.DEBUG if _is_hushed(record.name) else record.levelno, message, **said)


def route(level: int) -> None:
    """Let all libraries' lines go through the log, from a level on.

    Args:
        level: The level of our own lines.
    """
    verbose = level <= logging.DEBUG
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _Forward)]:
        root.removeHandler(handler)
    root.addHandler(_Forward(level))
    root.setLevel(logging.DEBUG if verbose else max(level, logging.WARNING))
    for name in HUSHED:
        logging.getLogger(name).setLevel(logging.DEBUG if verbose else logging.CRITICAL + 1)


def _is_hushed(name: str) -> bool:
    return name.partition(".")[0] in HUSHED
