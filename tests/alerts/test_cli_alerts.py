"""Alerts of `cpqbridge sync`, on and off, from one end to the other."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.seed import DEMO_ORDERS
from cpqbridge.sandbox.server import LocalSandbox
from tests.alerts.conftest import MailServer
from tests.cli.conftest import Cli

HELD = next(number for number, order in DEMO_ORDERS.items() if order.outcome == "held")

pytestmark = pytest.mark.usefixtures("sandbox")


@pytest.fixture
def alerts_on(monkeypatch: pytest.MonkeyPatch, mail_server: MailServer) -> MailServer:
    monkeypatch.setenv("CPQBRIDGE_OPTIONS_CUSTOMER_ALERT_EMAIL", "ops@example.com, ada@example.com")
    monkeypatch.setenv("CPQBRIDGE_MAIL_HOST", "127.0.0.1")
    monkeypatch.setenv("CPQBRIDGE_MAIL_PORT", str(mail_server.port))
    monkeypatch.setenv("CPQBRIDGE_MAIL_SENDER", "cpqbridge@example.com")
    return mail_server


def test_a_held_order_is_told(cli: Cli, alerts_on: MailServer, sandbox: LocalSandbox) -> None:
    ran = cli("sync", "order", HELD, "--json")
    assert (ran.status, ran.err) == (3, "")
    [message] = alerts_on.messages
    assert message["Subject"] == f"cpqbridge: Order {HELD} held: {ran.document['code']}"
    assert message["To"] == "ops@example.com, ada@example.com"
    body = message.get_body(("plain",))
    assert body is not None
    for said in (ran.document["message"], ran.document["remedy"], f"{sandbox.salesforce_url}/{ran.document['id']}"):
        assert said in body.get_content()


def test_with_the_option_off_nothing_is_sent(cli: Cli, alerts_on: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CPQBRIDGE_OPTIONS_CUSTOMER_ALERT_EMAIL")
    assert cli("sync", "order", HELD).status == 3
    assert alerts_on.messages == []


def test_a_mail_server_that_is_down_is_one_warning(cli: Cli, alerts_on: MailServer) -> None:
    alerts_on.stop()
    ran = cli("sync", "order", HELD, "--json")
    assert (ran.status, ran.document["outcome"]) == (3, "held")
    assert ran.err.count("CPQ-108") == 1
    assert "cpqbridge doctor" in ran.err
    assert "\x1b" not in ran.err
    assert len(ran.err.strip().splitlines()) == 1
    [row] = cli("history", "list", "--json").document
    shown = cli("history", "show", str(row["id"]), "--json").document
    assert [(one["name"], one["state"], one["code"]) for one in shown["operations"]] == [
        ("send_alert", "failed", "CPQ-108")
    ]


def test_the_demo_writes_to_nobody(cli: Cli, alerts_on: MailServer) -> None:
    assert cli("demo", "--json").status == 0
    assert alerts_on.messages == []
