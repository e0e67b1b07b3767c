"""Which settings a command uses: the file that was named, `cpqbridge.yaml`, or else the sandbox on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from cpqbridge.cli.options import PORTS
from cpqbridge.cli.output import err
from cpqbridge.errors import FixConfiguration
from cpqbridge.mapping.check import problems
from cpqbridge.sandbox.credentials import credentials
from cpqbridge.settings.load import Connections, for_connections, load
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.zuora import ZuoraSettings

SANDBOX_PORTS = {"CPQBRIDGE_SANDBOX_SALESFORCE_PORT": 8101, "CPQBRIDGE_SANDBOX_ZUORA_PORT": 8102}


def connection_for(config: Path | None, connection: str | None) -> Settings:
    """Return the settings of a command that works with one pair of systems.

    Args:
        config: The file named with `--config` (see `settings_for`).
        connection: The one named with `--connection`; None where the file has only one.

    Raises:
        CpqBridgeError: As `settings_for`; CPQ-311, there is no such connection, or none of several was named.
    """
    settings = settings_for(config)
    return settings.connection(connection) if connection else settings.single()


def settings_for(config: Path | None, say: Callable[[str], None] | None = None) -> Settings:
    """Return the settings of a command, with all connections.

    Args:
        config: The file named with `--config`; None for the default one. Without a file, or with one that has no
            connections, the sandbox is used.
        say: Tells people that the sandbox is used; None prints it on standard error.

    Raises:
        CpqBridgeError: The file or the mapping in it is missing or wrong (CPQ-301), or a secret is missing (CPQ-302).
    """
    used: list[Connections] = []
    settings = load(config, os.environ, otherwise=lambda: _sandbox(used, say or _say))
    if settings and used:
        settings = _with_its_events(settings)
    if settings and (found := list(_wrong_mappings(settings))):
        raise settings.wrong(found)
    return settings or sandbox_settings(*sandbox_ports())


def _wrong_mappings(settings: Settings) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Give what is wrong in the mapping of each connection."""
    for name in settings.connection_names():
        above = ("connections", name) if settings.connections else ()
        for path, message in problems(settings.connection(name)):
            yield (*above, *path), message


def _say(text: str) -> None:
    err.print(text, style="dim")


def _sandbox(used: list[Connections], say: Callable[[str], None]) -> Connections:
    """Return the connections to the sandbox, and note that they are used."""
    say("No connections in the settings: the sandbox on this machine is used.")
    used.append(connections(*sandbox_ports()))
    return used[-1]


def _with_its_events(settings: Settings) -> Settings:
    """Return settings that find the sandbox's events, unless they name others."""
    events = settings.auto_sync.events
    if events.address is not None:
        return settings
    chosen = events.model_copy(update=_events(sandbox_ports()[0]))
    return settings.model_copy(update={"auto_sync": settings.auto_sync.model_copy(update={"events": chosen})})


def _events(salesforce_port: int) -> dict[str, str]:
    """Return where the sandbox's events are, and by what they are trusted."""
    return {"address": f"127.0.0.1:{default_pubsub_port(salesforce_port)}", "ca_certificate": sandbox_certificate()}


def sandbox_ports() -> tuple[int, int]:
    """Return the ports of the sandbox, Salesforce first, from the environment or the defaults.

    Raises:
        FixConfiguration: A variable is no port.
    """
    ports = []
    for name, default in SANDBOX_PORTS.items():
        text = os.environ.get(name) or str(default)
        if not text.isdecimal() or len(text) > 5 or not 0 < int(text) <= PORTS:
            raise FixConfiguration("CPQ-301", f"{name} is {text!r}, which is no port", field=name)
        ports.append(int(text))
    return ports[0], ports[1]


def sandbox_settings(salesforce_port: int, zuora_port: int) -> Settings:
    """Return settings that connect to the sandbox on these ports."""
    defaults = {"auto_sync": {"events": _events(salesforce_port)}}
    return for_connections(connections(salesforce_port, zuora_port), os.environ, defaults)


def default_pubsub_port(salesforce_port: int) -> int:
    """Return the port of the Pub/Sub API of a sandbox's org, unless another one was chosen: two above the org's.

    At the end of all ports it is two below; 0, any free port, stays so.
    """
    if not salesforce_port:
        return 0
    return salesforce_port + 2 if salesforce_port + 2 <= PORTS else salesforce_port - 2


def sandbox_certificate() -> str:
    """Return the certificate that the sandbox's Pub/Sub API is trusted by."""
    found: str = credentials(0, 0)["salesforce"]["pubsub_ca_certificate"]
    return found


def connections(salesforce_port: int, zuora_port: int) -> Connections:
    """Return the connections to the sandbox on these ports."""
    known = credentials(salesforce_port, zuora_port)
    org, tenant = known["salesforce"], known["zuora"]
    return {
        "salesforce": SalesforceSettings(
            login_url=org["login_url"], client_id=org["client_id"], client_secret=Secret.of(org["client_secret"])
        ),
        "zuora": ZuoraSettings(
            base_url=tenant["base_url"],
            client_id=tenant["client_id"],
            client_secret=Secret.of(tenant["client_secret"]),
        ),
    }
