"""A real mail server on an ephemeral port, and the command line's fixtures."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.alerts.receivers import Receiver
from tests.cli.conftest import cli, sandbox
from tests.sync.conftest import both, make_both

__all__ = ["both", "cli", "make_both", "sandbox"]

PASSWORD = "open-sesame"


class MailServer:
    """Keeps what it is given. Refuses recipients in `refused`, and repeats a wrong password in its refusal."""

    def __init__(self, **options: Any) -> None:
        self.refused: set[str] = set()
        self.silent = False
        self.hangs_at = ""
        self.envelopes: list[Envelope] = []
        self.logins: list[bytes] = []
        self.port = 0
        self._implicit = options.pop("implicit_tls", None)
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def messages(self) -> list[EmailMessage]:
        """The e-mails that were taken."""
        parse = email.message_from_bytes
        return [
            cast("EmailMessage", parse(cast("bytes", one.content), policy=email.policy.default))
            for one in self.envelopes
        ]

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(20)

    def stop(self) -> None:
        """Stop listening, if that has not been done yet."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        made = self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=self._implicit)
        server = self._loop.run_until_complete(made)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def _protocol(self) -> asyncio.BaseProtocol:
        if self.silent:
            return asyncio.Protocol()
        authenticator = self._login if "auth_required" in self._options else None
        return SMTP(
            self,
            hostname="mail.test",
            enable_SMTPUTF8=True,
            loop=self._loop,
            authenticator=authenticator,
            **self._options,
        )

    def _login(self, _server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append(given.login)
        if given.password == PASSWORD.encode():
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=f"535 5.7.8 {given.password.decode()} is wrong")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        await self._hang("DATA")
        self.envelopes.append(envelope)
        return "250 OK"

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        await self._hang("QUIT")
        return "221 Bye"

    async def _hang(self, command: str) -> None:
        if command == self.hangs_at:
            await asyncio.Event().wait()


MakeMailServer = Callable[..., MailServer]


@pytest.fixture
def make_mail_server() -> Iterator[MakeMailServer]:
    """Give a function that starts a mail server with options of aiosmtpd's."""
    started: list[MailServer] = []

    def start(**options: Any) -> MailServer:
        server = MailServer(**options)
        server.start()
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def mail_server(make_mail_server: MakeMailServer) -> MailServer:
    """A mail server that takes everything."""
    return make_mail_server()


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """The context of a server with a certificate for localhost that this process trusts."""
    authority = trustme.CA()
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


MakeReceiver = Callable[..., Receiver]


@pytest.fixture
def make_receiver() -> Iterator[MakeReceiver]:
    """Give a function that starts a receiver of webhooks."""
    started: list[Receiver] = []

    def start(tls: ssl.SSLContext | None = None) -> Receiver:
        receiver = Receiver(tls)
        receiver.start()
        started.append(receiver)
        return receiver

    yield start
    for receiver in started:
        receiver.stop()


@pytest.fixture
def receiver(make_receiver: MakeReceiver) -> Receiver:
    """A receiver that takes everything."""
    return make_receiver()
