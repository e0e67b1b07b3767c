"""Where alerts may be sent to: nothing inside the network, whatever a name stands for."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from cpqbridge.alerts.address import Endpoint, endpoint
from cpqbridge.errors import FixConfiguration, RetryLater

pytestmark = pytest.mark.anyio

FIELD = "alerts.channels.ops.url"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Names and the addresses that they stand for; all else is looked up really, which only works for addresses."""
    known: dict[str, list[str]] = {}
    really = asyncio.BaseEventLoop.getaddrinfo

    async def look_up(loop: Any, host: str, port: int, **more: Any) -> Any:
        if host in known:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]
        return await really(loop, host, port, **more)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    return known


async def refused(url: str, **more: Any) -> str:
    with pytest.raises(FixConfiguration) as found:
        await endpoint(url, FIELD, **more)
    assert (found.value.code, found.value.field) == ("CPQ-301", FIELD)
    return found.value.message


async def test_a_public_name_is_taken_with_the_addresses_that_it_stands_for(names: dict[str, list[str]]) -> None:
    names["hooks.example.com"] = ["93.184.216.34", "2606:2800:220:1::1"]
    assert await endpoint("https://hooks.example.com/a/b?c=d", FIELD) == Endpoint(
        "https", "hooks.example.com", 443, ("93.184.216.34", "2606:2800:220:1::1"), "/a/b?c=d"
    )
    assert (await endpoint("https://hooks.example.com:8443", FIELD)).target == "/"


@pytest.mark.parametrize("url", ["http://localhost:1/x", "http://127.0.0.1:1/x", "https://[::1]:1/x"])
async def test_this_machine_is_taken_where_it_is_named(url: str) -> None:
    assert (await endpoint(url, FIELD)).port == 1


PRIVATE = ["10.0.0.5", "172.16.9.9", "192.168.1.1", "100.64.0.1", "fd00::1"]
NEVER = ["169.254.169.254", "fe80::1", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1"]  # noqa: S104
INSIDE = [
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::ffff:10.0.0.5",
    "64:ff9b::7f00:1",
]


@pytest.mark.parametrize("address", [*PRIVATE, *NEVER, *INSIDE, "127.0.0.1", "127.9.9.9", "::1"])
async def test_a_name_that_leads_inside_is_refused(address: str, names: dict[str, list[str]]) -> None:
    names["hooks.example.com"] = ["93.184.216.34", address]
    message = await refused("https://hooks.example.com/secret-path")
    assert "secret-path" not in message
    assert address not in message


@pytest.mark.parametrize("address", [*PRIVATE, "127.0.0.1"])
async def test_a_private_network_may_be_allowed(address: str, names: dict[str, list[str]]) -> None:
    names["hooks.corp.example"] = [address]
    assert (await endpoint("https://hooks.corp.example/x", FIELD, allow_private=True)).addresses == (address,)


@pytest.mark.parametrize("address", [*NEVER, "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"])
async def test_addresses_of_no_receiver_are_never_allowed(address: str, names: dict[str, list[str]]) -> None:
    names["hooks.corp.example"] = [address]
    assert "link-local" in await refused("https://hooks.corp.example/x", allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://2852039166/latest",  # 169.254.169.254 in one number
        "https://0xa9fea9fe/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://10.0.0.5/x",
        "https://[fd00::1]/x",
    ],
)
async def test_other_spellings_of_addresses_lead_inside_too(url: str) -> None:
    assert "leads to" in await refused(url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example.com/x", "must begin with https://"),
        ("ftp://hooks.example.com/x", "is no URL"),
        ("https:///x", "is no URL"),
        ("https://user:word@hooks.example.com/x", "before the @"),
        ("https://hooks.example.com/x y", "is no URL"),
        ("https://hooks.example.com/x\r\nHost: other", "is no URL"),
        ("https://hooks.example.com:99999/x", "is no URL"),
        ("https://hooks.example.com:0/x", "is no URL"),
        ("https://[::1", "is no URL"),
        ("file:///etc/passwd", "is no URL"),
        ("", "is no URL"),
        ("https://höoks.example/", "is no URL"),
    ],
)
async def test_what_is_no_address_for_alerts_is_refused(url: str, said: str) -> None:
    assert said in await refused(url)


async def test_a_name_that_nobody_knows_may_be_known_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", unknown)
    with pytest.raises(RetryLater, match="Name or service not known") as found:
        await endpoint("https://hooks.invalid/secret", FIELD)
    assert found.value.code == "CPQ-113"
    assert "secret" not in str(found.value)
