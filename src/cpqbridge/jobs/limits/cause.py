"""What kind of outage an error is the sign of, and what people can do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cpqbridge.errors import CpqBridgeError, RetryLater, SignInRefused

OUTAGES = frozenset({"CPQ-101", "CPQ-102", "CPQ-104"})
"""Codes of a system that cannot be reached, does not answer, or has a passing fault."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A kind of outage.

    Attributes:
        name: A word for it, in tables and metrics.
        text: What it is, for people.
        remedy: What helps.
        passes: Whether it passes by itself; otherwise somebody has to do something, and probes are rarer.
    """

    name: str
    text: str
    remedy: str
    passes: bool = True


CREDENTIALS = Cause(
    "credentials",
    "the sign-in is refused",
    "Check the client id, the secret or key and the user of the connection; a service started anew tries them at once.",
    passes=False,
)
DNS = Cause("dns", "its name is not found", "Check the address and this machine's name service.")
TLS = Cause(
    "tls",
    "its certificate is not trusted",
    "Check the address, the clock, and the certificates that this machine trusts (SSL_CERT_FILE).",
)
UNREACHABLE = Cause("unreachable", "no connection comes about", "Check the network, its proxy and its firewall.")
SILENT = Cause("silent", "it takes requests and does not answer", "Look at the system's status page.")
GATEWAY = Cause("gateway", "its gateway answers in its place", "Look at the system's status page.")
FAULT = Cause("fault", "every request meets a fault", "Look at the system's status page.")

CAUSES = {cause.name: cause for cause in (CREDENTIALS, DNS, TLS, UNREACHABLE, SILENT, GATEWAY, FAULT)}

_WORDS = (
    (TLS, re.compile(r"certificate|\bssl\b|\btls\b|handshake", re.IGNORECASE)),
    (DNS, re.compile(r"name or service not known|name resolution|nodename|getaddrinfo|no address", re.IGNORECASE)),
)
"""What the network's errors say; they come as one class."""

_GATEWAY = {"502", "503", "504"}


def is_outage(error: CpqBridgeError) -> bool:
    """Return whether an error may be the sign that a whole system is down, or does not let us in."""
    return isinstance(error, SignInRefused) or (isinstance(error, RetryLater) and error.code in OUTAGES)


def cause_of(error: CpqBridgeError) -> Cause:
    """Return the kind of outage that an error is the sign of."""
    if isinstance(error, SignInRefused):
        return CREDENTIALS
    if error.code == "CPQ-101":
        return next((cause for cause, words in _WORDS if words.search(error.message)), UNREACHABLE)
    if error.code == "CPQ-102":
        return SILENT
    return GATEWAY if error.detail.get("status") in _GATEWAY else FAULT
