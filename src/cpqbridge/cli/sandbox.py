"""`cpqbridge sandbox`: a Salesforce org and a Zuora tenant on this machine."""

from __future__ import annotations

import asyncio
import socket
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cpqbridge.cli.configure import default_pubsub_port, sandbox_ports
from cpqbridge.cli.options import MOST, PORTS, AnyConfig, AsJson
from cpqbridge.cli.output import out, print_json
from cpqbridge.errors import FixConfiguration
from cpqbridge.sandbox.credentials import credentials

app = typer.Typer(help="A Salesforce org and a Zuora tenant on this machine.", no_args_is_help=True)


class Seed(StrEnum):
    """What the sandbox starts with."""

    DEMO = "demo"
    EMPTY = "empty"


@app.command("serve")
def serve(
    salesforce_port: Annotated[
        int | None, typer.Option(help="Port of the org [default: 8101]", min=0, max=PORTS)
    ] = None,
    zuora_port: Annotated[int | None, typer.Option(help="Port of the tenant [default: 8102]", min=0, max=PORTS)] = None,
    data: Annotated[Path | None, typer.Option(help="Folder that keeps the data; without it all is in memory.")] = None,
    seed: Annotated[Seed, typer.Option(help="What a new sandbox starts with.")] = Seed.DEMO,
    latency_ms: Annotated[int, typer.Option(help="Milliseconds that every answer is held back.", min=0, max=MOST)] = 0,
    pubsub_port: Annotated[
        int | None,
        typer.Option(
            help="Port of the org's Pub/Sub API; by default two above the org's, or a free one.", min=0, max=PORTS
        ),
    ] = None,
    config: AnyConfig = None,
    as_json: AsJson = False,
) -> None:
    """Run both systems until stopped; one line says when they answer."""
    del config
    from cpqbridge.sandbox import server  # slow to import, and no other command needs it

    default = sandbox_ports()
    ports = (
        default[0] if salesforce_port is None else salesforce_port,
        default[1] if zuora_port is None else zuora_port,
    )
    chosen = _free_or_any(default_pubsub_port(ports[0])) if pubsub_port is None else pubsub_port
    try:
        asyncio.run(
            server.serve(
                salesforce_port=ports[0],
                zuora_port=ports[1],
                data=data,
                seed=seed.value,
                latency_ms=latency_ms,
                pubsub_port=chosen,
                ready=_print_ready if as_json else server.say_ready,
            )
        )
    except OSError as trouble:
        taken = [str(port) for port in (*ports, chosen) if port and not _free_or_any(port)]
        where = f" on port {' and '.join(taken)}" if taken else ""
        message = f"The sandbox cannot start{where}: {trouble.strerror or trouble}"
        remedy = "Stop what uses the port, or choose others with --salesforce-port, --zuora-port and --pubsub-port."
        raise FixConfiguration("CPQ-307", message, remedy=remedy) from trouble


def _free_or_any(port: int) -> int:
    """Return a port where it is free, else 0, which takes any."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what was just given back is free
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


def _print_ready(salesforce: str, zuora: str, pubsub: str) -> None:
    print_json({"ready": True, "salesforce": salesforce, "zuora": zuora, "pubsub": pubsub})


@app.command("credentials")
def show_credentials(
    pubsub_port: Annotated[
        int | None, typer.Option(help="Port of the org's Pub/Sub API, as `sandbox serve` said it.", min=0, max=PORTS)
    ] = None,
    config: AnyConfig = None,
    as_json: AsJson = False,
) -> None:
    """Print how to sign in to the sandbox; the values are fixed and open nothing else."""
    del config
    known = credentials(*sandbox_ports(), pubsub_port=pubsub_port)
    if as_json:
        print_json(known)
        return
    for system, values in known.items():
        out.print(f"[bold]{system}[/bold]")
        for name, value in values.items():
            out.print(f"  {name}: {value}", markup=False)
