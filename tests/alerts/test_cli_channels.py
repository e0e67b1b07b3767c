"""`cpqbridge alerts` and the lines of `cpqbridge doctor` about channels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from tests.alerts.conftest import MailServer
from tests.alerts.receivers import Receiver, status
from tests.cli.conftest import Cli

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture
def alerts(tmp_path: Path, receiver: Receiver, mail_server: MailServer) -> None:
    """Write a configuration with a channel of each kind."""
    channels: dict[str, Any] = {
        "hook": {"kind": "webhook", "url": receiver.url, "key": "k"},
        "chat": {"kind": "slack", "url": receiver.url},
        "mail": {"kind": "email", "to": "ops@example.com"},
    }
    mail = {"host": "localhost", "port": mail_server.port}
    document = {"allow_clear_secrets": True, "mail": mail, "alerts": {"channels": channels}}
    (tmp_path / "cpqbridge.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")


@pytest.mark.usefixtures("alerts")
def test_a_test_message_goes_by_each_channel(cli: Cli, receiver: Receiver, mail_server: MailServer) -> None:
    ran = cli("alerts", "test")
    assert ran.status == 0
    assert ran.out.count("delivered") == 3
    hook, chat = (one.document for one in receiver.received)
    assert (hook["kind"], hook["phase"], hook["title"]) == ("test", "test", "this is a test")
    assert chat["text"] == "cpqbridge (default): this is a test"
    assert mail_server.messages[0]["Subject"] == "cpqbridge (default): this is a test"


@pytest.mark.usefixtures("alerts")
def test_one_channel_can_be_tried_alone(cli: Cli, receiver: Receiver, mail_server: MailServer) -> None:
    receiver.answer = status(404, b"no_service")
    ran = cli("alerts", "test", "--channel", "chat", "--json")
    assert ran.status == 4
    [result] = ran.document["channels"]
    assert (result["channel"], result["error"]["code"]) == ("chat", "CPQ-113")
    assert "hidden-path" not in ran.out + ran.err
    assert (len(receiver.received), mail_server.messages) == (1, [])
    assert "✗ chat" in cli("alerts", "test", "--channel", "chat").out
    unknown = cli("alerts", "test", "--channel", "chatt")
    assert unknown.status == 2
    assert "there are: hook, chat, mail" in unknown.err


def test_without_channels_there_is_nothing_to_try(cli: Cli) -> None:
    ran = cli("alerts", "test")
    assert ran.status == 2
    assert "alerts.channels" in ran.err
    assert "There is nothing" in cli("alerts", "list").out
    assert cli("alerts", "list", "--json").document == {"incidents": []}


def test_incidents_are_listed_with_who_was_told(cli: Cli, database_url: str) -> None:
    cli("alerts", "list")
    scope = scope_of(cli)
    told = {"ops": {"phase": "began", "at": "2026-01-01T00:00:00+00:00"}, "chat": {"attempts": 2, "message": "no <b>"}}
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO cpqbridge.incident (scope, kind, key, detail, told) VALUES (%s, 'queue_age', 'live', %s, %s)",
            (scope, json.dumps({"minutes": 20}), json.dumps(told)),
        )
    shown = cli("alerts", "list").out
    assert {"waiting", "goes", "on", "ops,", "chat:", "<b>"} <= set(shown.split())
    [one] = cli("alerts", "list", "--json").document["incidents"]
    assert (one["kind"], one["ended_at"], one["told"]) == ("queue_age", None, told)
    assert one["title"] == "a changed record has been waiting for its turn for 20 minutes"


def scope_of(cli: Cli) -> str:
    del cli
    from cpqbridge.cli.configure import settings_for
    from cpqbridge.sync.connect import scope_of

    return scope_of(settings_for(None))


@pytest.mark.usefixtures("alerts")
def test_doctor_looks_at_each_channel_and_sends_nothing(
    cli: Cli, receiver: Receiver, mail_server: MailServer, database_url: str
) -> None:
    found = {one["check"]: one for one in cli("doctor", "--json").document["findings"]}
    assert found["alerts by hook"]["message"] == "localhost can be connected to"
    assert found["alerts by chat"]["grade"] == "ok"
    assert "answers" in found["alerts by mail"]["message"]
    assert (receiver.received, mail_server.messages) == ([], [])
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO cpqbridge.incident (scope, kind, key, detail, told) VALUES (%s, 'queue_age', 'live', %s, %s)",
            (scope_of(cli), '{"minutes": 20}', '{"hook": {"attempts": 2, "message": "HTTP 500"}}'),
        )
    receiver.stop()
    findings = cli("doctor", "--json").document["findings"]
    by_hook = [(one["grade"], one["code"]) for one in findings if one["check"] == "alerts by hook"]
    assert by_hook == [("problem", "CPQ-113")] * 2
