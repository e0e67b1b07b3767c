"""Posting over HTTP to receivers that are good, broken or hostile."""

from __future__ import annotations

import asyncio
import ssl
import time

import pytest
import trustme

from cpqbridge.alerts.post import MOST_READ, check, post
from cpqbridge.errors import RetryLater
from tests.alerts.conftest import MakeReceiver
from tests.alerts.receivers import TAKEN, Receiver, saying, status

pytestmark = pytest.mark.anyio

FIELD = "alerts.channels.ops.url"
BODY = b'{"a":1}'


async def failed(url: str, *, doubtful: bool, seconds: float = 20) -> str:
    with pytest.raises(RetryLater) as found:
        await post(url, BODY, {}, FIELD, seconds=seconds)
    error = found.value
    assert (error.code, error.field, error.unknown_result) == ("CPQ-113", FIELD, doubtful)
    assert "hidden-path" not in str(error)
    return error.message


async def test_a_document_is_posted(receiver: Receiver) -> None:
    await post(receiver.url, BODY, {"Cpqbridge-Id": "n-1"}, FIELD)
    [one] = receiver.received
    assert (one.target, one.body) == ("/services/T0/B0/hidden-path", BODY)
    assert one.headers["host"] == f"localhost:{receiver.port}"
    assert one.headers["content-type"] == "application/json"
    assert one.headers["cpqbridge-id"] == "n-1"
    assert one.headers["accept-encoding"] == "identity"


async def test_over_tls_the_certificate_is_that_of_the_name(
    make_receiver: MakeReceiver, certificate: ssl.SSLContext
) -> None:
    receiver = make_receiver(certificate)
    await post(receiver.url, BODY, {}, FIELD)
    assert receiver.received[0].body == BODY
    assert await check(receiver.url, FIELD) == "localhost"
    assert len(receiver.received) == 1


@pytest.mark.parametrize("name", ["localhost", "other.example"])
async def test_a_wrong_certificate_is_refused(
    name: str, make_receiver: MakeReceiver, certificate: ssl.SSLContext
) -> None:
    """One of an authority that is not trusted, and one for another name."""
    del certificate  # it sets what is trusted
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert(name).configure_cert(tls)
    receiver = make_receiver(tls)
    message = await failed(receiver.url, doubtful=False)
    assert "unable to get local issuer certificate" in message or "self-signed" in message
    assert receiver.received == []
    with pytest.raises(RetryLater, match="certificate"):
        await check(receiver.url, FIELD)


async def test_a_certificate_for_another_name_is_refused(
    make_receiver: MakeReceiver, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    bundle = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("other.example", "127.0.0.1").configure_cert(tls)
    receiver = make_receiver(tls)
    assert "Hostname mismatch" in await failed(receiver.url, doubtful=False)
    assert receiver.received == []


async def test_a_redirect_is_not_followed(receiver: Receiver, make_receiver: MakeReceiver) -> None:
    other = make_receiver()
    for code in (301, 302, 303, 307, 308):
        receiver.answer = status(code, b"", f"Location: {other.url}")
        assert f"redirect (HTTP {code})" in await failed(receiver.url, doubtful=False)
    receiver.answer = status(302, b"", "Location: http://169.254.169.254/latest/meta-data/")
    await failed(receiver.url, doubtful=False)
    assert other.received == []


async def test_the_status_and_a_few_words_are_shown(receiver: Receiver) -> None:
    receiver.answer = status(404, b"no_service")
    assert (
        await failed(receiver.url, doubtful=False) == f"The receiver named in `{FIELD}` answers HTTP 404 (no_service)"
    )
    receiver.answer = status(503, b"<html>secret-token</html>")
    assert await failed(receiver.url, doubtful=True) == f"The receiver named in `{FIELD}` answers HTTP 503"


async def test_a_proxy_of_the_environment_gets_nothing(
    receiver: Receiver, make_receiver: MakeReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = make_receiver()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    await post(receiver.url, BODY, {}, FIELD)
    assert (len(receiver.received), proxy.received) == (1, [])


async def test_nobody_there(receiver: Receiver) -> None:
    receiver.stop()
    assert "cannot be reached" in await failed(receiver.url, doubtful=False)


HEAD = b"HTTP/1.1 500 X\r\n\r\n"
HOSTILE = {
    "silent": saying(pause=0),
    "no answer": saying(b"x", pause=60),
    "drips its head": saying(*([b"H"] * 600), pause=0.1),
    "drips its body": saying(HEAD, *([b"x"] * 600), pause=0.1),
    "endless headers": saying(b"HTTP/1.1 200 OK\r\n", *([b"A: " + b"x" * 1000 + b"\r\n"] * 10_000)),
    "no HTTP": saying(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "wrong length": saying(b"HTTP/1.1 500 OK\r\nContent-Length: -5\r\n\r\n"),
    "cut off": saying(b"HTTP/1.1 500 OK\r\nContent-Length: 500\r\n\r\nabc"),
    "bad chunks": saying(b"HTTP/1.1 500 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
}


@pytest.mark.parametrize("answer", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_receiver_neither_hangs_nor_breaks_anything(answer, receiver: Receiver) -> None:
    receiver.answer = answer
    began = time.monotonic()
    await failed(receiver.url, doubtful=True, seconds=1)
    assert time.monotonic() - began < 5


async def test_a_huge_answer_is_not_read(receiver: Receiver) -> None:
    huge = 200 * 2**20
    receiver.answer = saying(b"HTTP/1.1 500 X\r\nContent-Length: %d\r\n\r\n" % huge, *([b"x" * 2**20] * 200))
    assert "HTTP 500" in await failed(receiver.url, doubtful=True)
    assert receiver.sent < 64 * 2**20
    assert MOST_READ == 65_536


async def test_an_answer_that_unpacks_to_much_is_not_unpacked(receiver: Receiver) -> None:
    receiver.answer = status(500, b"\x1f\x8b\x08\x00" + b"\x00" * 1000, "Content-Encoding: gzip")
    assert "HTTP 500" in await failed(receiver.url, doubtful=True)


async def test_the_body_of_a_success_is_not_waited_for(receiver: Receiver) -> None:
    receiver.answer = saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", *([b"x"] * 100), pause=0.5)
    async with asyncio.timeout(5):
        await post(receiver.url, BODY, {}, FIELD)
    receiver.answer = saying(TAKEN)
    await post(receiver.url, BODY, {}, FIELD)
