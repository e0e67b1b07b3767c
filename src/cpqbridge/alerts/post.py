"""Posts an alert over HTTP to a receiver that may be hostile.

It can neither hang, nor lead elsewhere, nor fill the memory, and no more than a few words of its answer are shown.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping

import httpx

from cpqbridge.alerts.address import PORTS, Endpoint, endpoint
from cpqbridge.alerts.message import one_line
from cpqbridge.errors import RetryLater

SECONDS = 10.0
"""How long one delivery may take in all, from the look-up of the name to the answer."""

MOST_READ = 65_536
"""Bytes of an answer that are read at most."""

SHOWN = 100
"""Characters of an answer that are shown at most."""

_WORDS = re.compile(r"[A-Za-z][\w ,.'-]*")
"""What is shown of an answer: its first plain words."""


async def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    field: str,
    *,
    allow_private: bool = False,
    seconds: float = SECONDS,
) -> None:
    """Post a JSON document; done when it is taken (2xx).

    Args:
        url: Where to; a secret, which no error repeats.
        body: The document.
        headers: More headers.
        field: The setting of the URL, for errors.
        allow_private: Whether addresses inside a private network are taken.
        seconds: How long it may take in all.

    Raises:
        FixConfiguration: CPQ-301, alerts may not be sent there.
        RetryLater: CPQ-113, it was not taken; `unknown_result` where it may have been all the same.
    """
    sent = False
    try:
        async with asyncio.timeout(seconds):
            to = await endpoint(url, field, allow_private=allow_private)
            sent = True
            status, said = await _exchange(to, body, {"Content-Type": "application/json", **headers})
    except TimeoutError:
        raise _failure(f"gave no answer in {seconds:.0f} seconds", field, doubtful=sent) from None
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise _failure(f"cannot be reached: {_reason(error)}", field) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _failure(f"broke off: {type(error).__name__}", field, doubtful=True) from None
    if 300 <= status < 400:
        raise _failure(f"answers with a redirect (HTTP {status}), which is not followed", field)
    if not 200 <= status < 300:
        raise _failure(f"answers HTTP {status}{f' ({said})' if said else ''}", field, doubtful=status >= 500)


async def check(url: str, field: str, *, allow_private: bool = False, seconds: float = SECONDS) -> str:
    """Connect to where alerts are sent to, without sending anything.

    Returns:
        Its host.

    Raises:
        FixConfiguration: CPQ-301, alerts may not be sent there.
        RetryLater: CPQ-113, it cannot be reached, or its certificate is wrong.
    """
    try:
        async with asyncio.timeout(seconds):
            to = await endpoint(url, field, allow_private=allow_private)
            tls = ssl.create_default_context() if to.scheme == "https" else None
            name = to.host if tls else None
            _, writer = await asyncio.open_connection(to.addresses[0], to.port, ssl=tls, server_hostname=name)
            writer.close()
    except TimeoutError:
        raise _failure(f"gave no answer in {seconds:.0f} seconds", field) from None
    except (OSError, ssl.SSLError) as error:
        raise _failure(f"cannot be reached: {_reason(error)}", field) from None
    return to.host


async def _exchange(to: Endpoint, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    """Return the status and the first words of the answer, from the first address that takes the connection."""
    async with httpx.AsyncClient(
        verify=ssl.create_default_context(), trust_env=False, follow_redirects=False, timeout=SECONDS
    ) as client:
        for address in to.addresses[:-1]:
            try:
                return await _ask(client, to, address, body, headers)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await _ask(client, to, to.addresses[-1], body, headers)


async def _ask(
    client: httpx.AsyncClient, to: Endpoint, address: str, body: bytes, headers: Mapping[str, str]
) -> tuple[int, str]:
    name = f"[{to.host}]" if ":" in to.host else to.host
    named = name if to.port == PORTS[to.scheme] else f"{name}:{to.port}"
    at = f"[{address}]" if ":" in address else address
    request = client.build_request(
        "POST",
        f"{to.scheme}://{at}:{to.port}{to.target}",
        content=body,
        # no compression, which would make a small answer large
        headers={**headers, "Host": named, "Accept-Encoding": "identity", "User-Agent": "cpqbridge"},
        extensions={"sni_hostname": to.host},  # the certificate must be that of the name
    )
    answer = await client.send(request, stream=True)
    try:
        return answer.status_code, "" if answer.is_success else await _first_words(answer)
    finally:
        await answer.aclose()


async def _first_words(answer: httpx.Response) -> str:
    """Return the first plain words of an answer; a whole page, or what looks like a secret, is never shown."""
    read = b""
    async for part in answer.aiter_raw(4096):
        read += part
        if len(read) >= MOST_READ:
            break
    found = _WORDS.match(one_line(read[:MOST_READ].decode("utf-8", "replace"), SHOWN))
    return found.group() if found else ""


def _reason(error: Exception) -> str:
    """Return why there is no connection: what TLS found wrong, or what the network says."""
    said = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in said:
        return one_line(said.partition("certificate verify failed: ")[2].partition(" (_ssl")[0] or "wrong certificate")
    return "TLS does not agree" if "SSL" in said.upper() else "no connection"


def _failure(message: str, field: str, *, doubtful: bool = False) -> RetryLater:
    return RetryLater("CPQ-113", f"The receiver named in `{field}` {message}", field=field, unknown_result=doubtful)
