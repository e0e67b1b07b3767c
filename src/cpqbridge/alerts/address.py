"""Which addresses alerts may be sent to: nothing inside the network, unless it is allowed, whatever a name stands for.

A name is looked up once, every address that it stands for is looked at, and the connection goes to one of those: a
second look-up could give another one.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from cpqbridge.errors import FixConfiguration, RetryLater

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that mean this machine, and say so."""

PORTS = {"https": 443, "http": 80}

IPAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an alert is sent to.

    Attributes:
        scheme: `https`, or `http` on this machine.
        host: The name, as it is written.
        port: The port.
        addresses: The addresses that the name stands for; the connection goes to the first that takes it.
        target: Path and query.
    """

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]
    target: str


async def endpoint(url: str, field: str, *, allow_private: bool = False) -> Endpoint:
    """Return where a URL leads, after a look at every address that its name stands for.

    Args:
        url: The URL; it is a secret, and is not repeated in any error.
        field: The setting that it comes from, for errors.
        allow_private: Whether addresses inside a private network are taken.

    Raises:
        FixConfiguration: CPQ-301, it is no URL that alerts may be sent to.
        RetryLater: CPQ-113, its name cannot be looked up now.
    """
    parts = _parts(url, field)
    host = parts.hostname or ""
    port = parts.port or PORTS[parts.scheme]
    addresses = await _look_up(host, port, field)
    for address in addresses:
        if (why := _refusal(host, address, allow_private)) is not None:
            raise _wrong(f"leads to {why}", field)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(parts.scheme, host, port, tuple(map(str, addresses)), target)


def _parts(url: str, field: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0 and url.isascii() and url.isprintable() and " " not in url
    except ValueError:
        raise _wrong("is no URL", field) from None
    if parts.scheme not in PORTS or not sound:
        raise _wrong("is no URL that begins with https://", field)
    if parts.username is not None or parts.password is not None:
        raise _wrong("holds a user or a password before the @, which is not supported", field)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise _wrong("must begin with https://: its path is a secret", field)
    return parts


async def _look_up(host: str, port: int, field: str) -> list[IPAddress]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        raise RetryLater("CPQ-113", f"The host of `{field}` cannot be looked up: {why}", field=field) from None
    return list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))


def _refusal(host: str, address: IPAddress, allow_private: bool) -> str | None:
    """Return what speaks against an address; None when nothing does."""
    inner = embedded(address)
    if inner.is_loopback:
        return None if host in LOOPBACK or allow_private else "this machine, under another name"
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner.is_reserved:
        return "an address that no receiver of alerts has (link-local, multicast or reserved)"
    if not inner.is_global and not allow_private:
        return "an address inside a private network: set `allow_private: true` if that is meant"
    return None


def embedded(address: IPAddress) -> IPAddress:
    """Return the IPv4 address inside an IPv6 address that only stands for one; else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.packed.startswith(b"\x00\x64\xff\x9b"):  # NAT64 (RFC 6052, RFC 8215)
        return IPv4Address(address.packed[-4:])
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def _wrong(message: str, field: str) -> FixConfiguration:
    return FixConfiguration("CPQ-301", f"The address in `{field}` {message}", field=field)
