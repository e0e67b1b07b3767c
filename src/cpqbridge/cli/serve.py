"""`cpqbridge serve` and `cpqbridge worker`: what runs by itself, until it is stopped."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import structlog
import typer

from cpqbridge.cli.configure import settings_for
from cpqbridge.cli.options import PORTS, AsJson, Config
from cpqbridge.history.redact import redact
from cpqbridge.settings.settings import Settings
from cpqbridge.telemetry.logs import LogFormat, configure

log = structlog.get_logger(__name__)

Host = Annotated[str, typer.Option("--host", help="Address that health and metrics answer on.")]
Format = Annotated[
    LogFormat | None,
    typer.Option("--log-format", help="How the log on standard error is written [default: text on a terminal]"),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port", min=0, max=PORTS, help="Port of health and metrics; 0 takes a free one [default: 8100, if it is free]"
    ),
]
WorkerPort = Annotated[
    int | None,
    typer.Option("--port", min=0, max=PORTS, help="Port of health and metrics, which are off without it."),
]
NoWeb = Annotated[bool, typer.Option("--no-web", help="Answer nothing over HTTP.")]


def serve(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: Port = None,
    no_web: NoWeb = False,
    log_format: Format = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Keep Zuora equal to Salesforce by itself, until stopped with Ctrl-C or SIGTERM."""
    if no_web and port is not None:
        raise typer.BadParameter("--no-web answers nothing: leave it away, or --port")
    _run("serve", context, config, log_format, None if no_web else (host, port), as_json=as_json)


def worker(
    context: typer.Context,
    host: Host = "127.0.0.1",
    port: WorkerPort = None,
    log_format: Format = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Help a service with its work, in a process of its own, until stopped with Ctrl-C or SIGTERM."""
    _run("worker", context, config, log_format, None if port is None else (host, port), as_json=as_json)


def _run(
    kind: str,
    context: typer.Context,
    config: Path | None,
    log_format: LogFormat | None,
    web: tuple[str, int | None] | None,
    *,
    as_json: bool,
) -> None:
    from cpqbridge.cli import running  # slow to import, and no other command needs it

    notes: list[str] = []
    settings = settings_for(config, notes.append)
    _log(settings, log_format, verbose=bool(context.find_root().params.get("verbose")))
    for note in notes:  # said only now, as the log may be one of JSON
        log.info(note)
    running.run(kind, settings, running.Web(*web) if web else None, as_json=as_json)


def _log(settings: Settings, log_format: LogFormat | None, *, verbose: bool) -> None:
    chosen = settings.telemetry
    level = logging.DEBUG if verbose else logging.getLevelNamesMapping()[chosen.log_level.upper()]
    configure(level, log_format or LogFormat(chosen.log_format), redact)
