"""Where the Pub/Sub API is, and the encrypted channel to it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import grpc

from cpqbridge.errors import FixConfiguration
from cpqbridge.settings.events import PEM, EventSettings

ADDRESS = "api.pubsub.salesforce.com:7443"
LARGEST = 16 * 1024 * 1024
"""Bytes of one answer; Salesforce's are 4 MB at most."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

_OPTIONS: dict[str, int] = {
    "grpc.max_receive_message_length": LARGEST,
    # after a break, try again soon: whoever waits between attempts is the caller
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 10_000,
    "grpc.max_reconnect_backoff_ms": 2_000,
    # once in the 270 seconds between two signs of life: more often would be taken for an attack
    "grpc.keepalive_time_ms": 200_000,
    "grpc.keepalive_timeout_ms": 20_000,
    # streams of one client share one connection, those of two clients do not: one's trouble is not the other's
    "grpc.use_local_subchannel_pool": 1,
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the Pub/Sub API is.

    Attributes:
        address: Host and port.
        certificates: Certificates to trust, in PEM form; None for the usual ones.
    """

    address: str
    certificates: bytes | None = None


def endpoint_of(settings: EventSettings, login_url: str) -> Endpoint | None:
    """Return where the events of an org come from; None where nobody can say.

    Args:
        settings: What the user says.
        login_url: The org; one on this machine has no events but where the settings say.

    Raises:
        FixConfiguration: CPQ-301, the file of certificates cannot be read.
    """
    if settings.address is None and is_local(urlsplit(login_url).hostname or ""):
        return None
    return Endpoint(settings.address or ADDRESS, _certificates(settings.ca_certificate))


def is_local(host: str) -> bool:
    """Tell whether a host is this machine."""
    return host.strip("[]") in _LOOPBACK


def open_channel(endpoint: Endpoint) -> grpc.aio.Channel:
    """Open a channel; nothing is sent before the first call."""
    options = dict(_OPTIONS)
    if is_local(endpoint.address.rpartition(":")[0]):
        options["grpc.enable_http_proxy"] = 0
    credentials = grpc.ssl_channel_credentials(endpoint.certificates)
    return grpc.aio.secure_channel(endpoint.address, credentials, options=list(options.items()))


def _certificates(named: str | None) -> bytes | None:
    """Return the certificates to trust: of the settings, or those that the connection over HTTP trusts."""
    usual = os.environ.get("SSL_CERT_FILE")
    if named is None:
        return Path(usual).read_bytes() if usual and Path(usual).is_file() else None
    if PEM in named:
        return named.encode()
    file = Path(named)
    field = "auto_sync.events.ca_certificate"
    try:
        found = file.read_bytes()
    except OSError as error:
        raise FixConfiguration("CPQ-301", f"{file} cannot be read: {error.strerror}", field=field) from error
    if PEM.encode() not in found:
        raise FixConfiguration("CPQ-301", f"{file} holds no certificate in PEM form", field=field)
    return found
