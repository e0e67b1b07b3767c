"""The channels of the settings: what each needs, which connection has which, and sending by each."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from cpqbridge.alerts.channels import channels, deliver
from cpqbridge.alerts.notice import Notice, Phase
from cpqbridge.errors import FixConfiguration, RetryLater
from cpqbridge.settings.load import load
from cpqbridge.settings.problems import WrongSettings
from cpqbridge.settings.settings import Settings
from tests.alerts.conftest import MailServer
from tests.alerts.receivers import Receiver, status

pytestmark = pytest.mark.anyio

SYSTEMS = {
    "salesforce": {"login_url": "https://acme.my.salesforce.com", "client_id": "a", "client_secret": "b"},
    "zuora": {"base_url": "https://rest.zuora.com", "client_id": "c", "client_secret": "d"},
}
KEY = "signing-key-of-ops"


@pytest.fixture
def read(tmp_path: Path):
    """Give a function that reads settings with these alerts."""

    def make(environment: dict[str, str] | None = None, **more: Any) -> Settings:
        file = tmp_path / "cpqbridge.yaml"
        document = {"allow_clear_secrets": True, **SYSTEMS, **more}
        file.write_text(yaml.safe_dump(document), encoding="utf-8")
        return load(file, environment or {})

    return make


def notice(kind: str = "upstream_down") -> Notice:
    since = datetime(2026, 1, 2, tzinfo=UTC)
    return Notice("p-1-began", kind, Phase.BEGAN, "default", since, "Zuora is down", ["Why."], [], {"system": "Zuora"})


def test_without_settings_there_are_none(read) -> None:
    assert channels(read()) == {}


def test_the_vendor_s_option_is_a_channel_for_records(read) -> None:
    [(name, channel)] = channels(read(options={"customer_alert_email": "ada@example.com, bob@example.com"})).items()
    assert name == "customer_alert_email"
    assert (channel.kind, channel.kinds, channel.to) == ("email", ("records",), "ada@example.com, bob@example.com")


def test_a_channel_may_be_for_some_connections_only_and_a_connection_may_have_its_own(read) -> None:
    ops = {"kind": "email", "to": "ops@example.com"}
    us = {"salesforce": {"login_url": "https://us.my.salesforce.com"}, "alerts": {"channels": {"us": ops}}}
    settings = read(
        alerts={"channels": {"ops": ops, "eu": {**ops, "connections": ["eu"]}}}, connections={"eu": {}, "us": us}
    )
    assert {name: set(channels(settings.connection(name))) for name in ("eu", "us")} == {
        "eu": {"ops", "eu"},
        "us": {"ops", "us"},
    }


def test_secrets_stay_where_they_are_and_are_never_shown(read) -> None:
    own = {"kind": "webhook", "url": {"env": "CPQBRIDGE_ALERTS_HOOK"}, "key": KEY}
    settings = read({"CPQBRIDGE_ALERTS_HOOK": "https://x.example"}, alerts={"channels": {"ops": own}})
    assert KEY not in repr(settings.alerts)
    assert KEY not in settings.alerts.model_dump_json()


@pytest.mark.parametrize(
    ("channel", "said"),
    [
        ({"kind": "slack"}, "needs `url`"),
        ({"kind": "webhook", "url": "https://x.example"}, "needs `key`"),
        ({"kind": "email"}, "needs `to`"),
        ({"kind": "email", "to": "a@b.example", "url": "https://x.example"}, "must not have `url`"),
        ({"kind": "slack", "url": "https://x.example", "key": "k"}, "must not have `key`"),
        ({"kind": "sms"}, "must be one of email, slack, webhook"),
        ({"kind": "email", "to": "nobody"}, "e-mail address"),
        ({"kind": "email", "to": "a@b.example", "kinds": ["record"]}, "did you mean records?"),
        ({"kind": "slack", "urls": "https://x.example"}, "did you mean `url`?"),
    ],
)
def test_wrong_channels_are_refused(channel: dict[str, Any], said: str, read) -> None:
    with pytest.raises(WrongSettings) as found:
        read(alerts={"channels": {"ops": channel}})
    assert any(said in str(problem) and "alerts.channels.ops" in str(problem) for problem in found.value.problems)


def test_a_secret_in_clear_needs_leave(read) -> None:
    with pytest.raises(WrongSettings, match="secret in clear"):
        read(allow_clear_secrets=False, alerts={"channels": {"ops": {"kind": "slack", "url": "https://x.example"}}})


async def test_a_webhook_is_signed(read, receiver: Receiver) -> None:
    settings = read(alerts={"channels": {"ops": {"kind": "webhook", "url": receiver.url, "key": KEY}}})
    assert await deliver(settings, "ops", notice()) == {}
    [one] = receiver.received
    # as a receiver would check it
    signed = one.headers["cpqbridge-timestamp"].encode() + b"." + one.body
    expected = "v1=" + hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(one.headers["cpqbridge-signature"], expected)
    assert abs(int(one.headers["cpqbridge-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert one.headers["cpqbridge-id"] == one.document["id"] == "p-1-began"
    assert one.document == {
        "id": "p-1-began",
        "kind": "upstream_down",
        "phase": "began",
        "connection": "default",
        "since": "2026-01-02T00:00:00+00:00",
        "title": "Zuora is down",
        "lines": ["Why."],
        "items": [],
        "detail": {"system": "Zuora"},
    }


async def test_slack_gets_text_and_blocks(read, receiver: Receiver) -> None:
    settings = read(alerts={"channels": {"ops": {"kind": "slack", "url": receiver.url}}})
    await deliver(settings, "ops", notice())
    [one] = receiver.received
    assert set(one.document) == {"text", "blocks"}
    assert one.document["text"] == "cpqbridge (default): Zuora is down"
    assert "cpqbridge-signature" not in one.headers


async def test_an_email_has_the_notice_s_id(read, mail_server: MailServer) -> None:
    mail_server.refused.add("gone@example.com")
    to = "ops@example.com, gone@example.com"
    mail = {"host": "localhost", "port": mail_server.port, "sender": "bridge@example.com"}
    settings = read(mail=mail, alerts={"channels": {"ops": {"kind": "email", "to": to}}})
    assert list(await deliver(settings, "ops", notice())) == ["gone@example.com"]
    [message] = mail_server.messages
    assert message["Message-ID"] == "<p-1-began@example.com>"
    assert message["Subject"] == "cpqbridge (default): Zuora is down"


async def test_a_mail_server_that_is_not_there(read, mail_server: MailServer) -> None:
    mail_server.stop()
    mail = {"host": "localhost", "port": mail_server.port}
    settings = read(mail=mail, alerts={"channels": {"ops": {"kind": "email", "to": "ops@example.com"}}})
    with pytest.raises(RetryLater) as found:
        await deliver(settings, "ops", notice())
    assert (found.value.code, found.value.unknown_result) == ("CPQ-108", False)


async def test_a_mail_server_that_falls_silent_may_have_taken_it(read, mail_server: MailServer) -> None:
    mail_server.hangs_at = "DATA"
    mail = {"host": "localhost", "port": mail_server.port, "timeout": 1}
    settings = read(mail=mail, alerts={"channels": {"ops": {"kind": "email", "to": "ops@example.com"}}})
    with pytest.raises(RetryLater) as found:
        await deliver(settings, "ops", notice())
    assert (found.value.code, found.value.unknown_result) == ("CPQ-108", True)


async def test_a_mail_server_that_refuses_has_not_taken_it(read, mail_server: MailServer) -> None:
    mail_server.refused.add("ops@example.com")
    mail = {"host": "localhost", "port": mail_server.port}
    settings = read(mail=mail, alerts={"channels": {"ops": {"kind": "email", "to": "ops@example.com"}}})
    with pytest.raises(RetryLater) as found:
        await deliver(settings, "ops", notice())
    assert (found.value.code, found.value.unknown_result) == ("CPQ-108", False)


async def test_a_refused_webhook_says_so_without_the_address(read, receiver: Receiver) -> None:
    receiver.answer = status(403, b"invalid_token")
    settings = read(alerts={"channels": {"ops": {"kind": "slack", "url": receiver.url}}})
    with pytest.raises(RetryLater) as found:
        await deliver(settings, "ops", notice())
    assert found.value.message == "The receiver named in `alerts.channels.ops.url` answers HTTP 403 (invalid_token)"


async def test_a_missing_secret_and_an_unknown_channel(read) -> None:
    settings = read(alerts={"channels": {"ops": {"kind": "slack", "url": {"env": "NOT_SET"}}}})
    with pytest.raises(FixConfiguration, match="NOT_SET") as found:
        await deliver(settings, "ops", notice())
    assert found.value.code == "CPQ-302"
    with pytest.raises(FixConfiguration, match="there are: ops"):
        await deliver(settings, "opps", notice())
