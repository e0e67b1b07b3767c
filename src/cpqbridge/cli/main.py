"""The command `cpqbridge`. No traceback ever reaches a user."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import structlog
import typer

import cpqbridge
from cpqbridge.cli import (
    adopt,
    alerts,
    backfill,
    demo,
    doctor,
    drift,
    history,
    jobs,
    mapping,
    prorate,
    reconcile,
    records,
    sandbox,
    serve,
    timeline,
)
from cpqbridge.cli.given import check_text
from cpqbridge.cli.output import FAILED, WRONG_USE, err, print_error, status_of
from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration
from cpqbridge.history.redact import redact
from cpqbridge.telemetry.logs import LogFormat, configure

STOPPED = 130
"""Exit status after Ctrl-C."""

app = typer.Typer(
    help="Carries what was sold in Salesforce CPQ into Zuora Billing.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(sandbox.app, name="sandbox")
app.add_typer(records.plan, name="plan")
app.add_typer(records.sync, name="sync")
app.add_typer(adopt.app, name="adopt")
app.add_typer(history.app, name="history")
app.add_typer(jobs.app, name="jobs")
app.add_typer(alerts.app, name="alerts")
app.add_typer(backfill.app, name="backfill")
app.add_typer(mapping.app, name="mapping")
app.add_typer(prorate.app, name="prorate")
app.add_typer(reconcile.app, name="reconcile")
app.command("doctor")(doctor.doctor)
app.command("timeline")(timeline.timeline)
app.command("drift")(drift.drift)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("demo")(demo.demo)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"cpqbridge {cpqbridge.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step on standard error.")] = False,
) -> None:
    """Set up logging: warnings only, or everything."""
    del version
    _log(verbose=verbose)


def _log(*, verbose: bool) -> None:
    """Log warnings only, or everything; tracebacks never show the values of variables, which may be secret."""
    configure(logging.DEBUG if verbose else logging.WARNING, LogFormat.TEXT, redact)


def run() -> None:
    """Run the command line and leave with its exit status."""
    _log(verbose=False)
    as_json = "--json" in sys.argv
    try:
        check_text(sys.argv[1:])
        status = app(prog_name="cpqbridge", standalone_mode=False)
    except CpqBridgeError as error:
        print_error(error, as_json=as_json)
        status = status_of(error)
    except typer.Abort:
        status = STOPPED
    except typer.TyperException as refusal:
        _wrong_use(refusal, as_json=as_json)
        status = WRONG_USE
    except Exception as fault:
        structlog.get_logger(__name__).debug("fault", exc_info=True)
        message = f"{type(fault).__name__}: {fault}"
        print_error(CallForHelp("CPQ-902", message, remedy="Report it with the output of --verbose."), as_json=as_json)
        status = FAILED
    if status == STOPPED:
        err.print("Stopped. What was begun is in the history; the same command goes on from there.")
    sys.exit(status if isinstance(status, int) else 0)


def _wrong_use(refusal: typer.TyperException, *, as_json: bool) -> None:
    """Say what is wrong with the words of the command; without any command that is the help text."""
    text = refusal.format_message().replace("Value error, ", "")  # what checks an option, says that it did
    if as_json:
        print_error(FixConfiguration("CPQ-307", text), as_json=True)
    elif text.lstrip().lower().startswith("usage"):
        err.print(text, markup=False)
    else:
        print_error(FixConfiguration("CPQ-307", text), as_json=False)
