"""Sending through real mail servers, good and bad ones."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from typing import Any

import pytest

from cpqbridge.alerts import mail
from cpqbridge.alerts.mail import check_mail, send
from cpqbridge.alerts.message import Alert
from cpqbridge.errors import ERRORS, RetryLater
from cpqbridge.settings.mail import MailSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.salesforce import SalesforceSettings
from cpqbridge.settings.secret import Secret
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.zuora import ZuoraSettings
from tests.alerts.conftest import PASSWORD, MailServer, MakeMailServer

ALERT = Alert("cpqbridge: 1 held (run 1)", "Ærøskøbing – 株式会社\n", "<p>Ærøskøbing – 株式会社</p>")
ADA = "ada@example.com"
BOB = "bob@example.com"


def at(server: MailServer, **more: Any) -> MailSettings:
    return MailSettings(port=server.port, **more)


def sent(mail: MailSettings, *recipients: str, alert: Alert = ALERT) -> Mapping[str, str]:
    return asyncio.run(send(mail, recipients or (ADA,), alert))


def refusal(mail: MailSettings, *recipients: str) -> RetryLater:
    with pytest.raises(RetryLater) as caught:
        sent(mail, *recipients)
    assert (caught.value.code, caught.value.remedy) == ("CPQ-108", ERRORS["CPQ-108"].remedy)
    assert PASSWORD not in str(caught.value)
    assert "\n" not in caught.value.message
    return caught.value


def all_settings(mail: MailSettings, wanted: str | None = ADA) -> Settings:
    return Settings(
        salesforce=SalesforceSettings(login_url="https://a.my.salesforce.com", client_id="a"),
        zuora=ZuoraSettings(base_url="https://rest.zuora.com", client_id="b"),
        options=Options(customer_alert_email=wanted),
        mail=mail,
    )


def test_one_e_mail_with_text_and_html_for_all_recipients(mail_server: MailServer) -> None:
    assert sent(at(mail_server), ADA, BOB) == {}
    [envelope], [message] = mail_server.envelopes, mail_server.messages
    assert (envelope.mail_from, envelope.rcpt_tos) == ("cpqbridge@localhost", [ADA, BOB])
    assert (message["From"], message["To"]) == ("cpqbridge@localhost", f"{ADA}, {BOB}")
    assert (message["Subject"], message["Auto-Submitted"]) == (ALERT.subject, "auto-generated")
    assert message["Date"].datetime.tzinfo is not None
    assert message["Message-ID"].endswith("@localhost>")
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    assert (text.get_content().strip(), html.get_content().strip()) == (ALERT.text.strip(), ALERT.html)


def test_the_sender_of_the_settings(mail_server: MailServer) -> None:
    sent(at(mail_server, sender="billing@example.com"))
    assert mail_server.envelopes[0].mail_from == "billing@example.com"
    assert mail_server.messages[0]["Message-ID"].endswith("@example.com>")


def test_no_header_can_be_put_in_by_a_subject(mail_server: MailServer) -> None:
    sent(at(mail_server), alert=Alert("a\r\nBcc: spy@example.com\n\nbody", "t\n", "h"))
    [message] = mail_server.messages
    assert message["Subject"] == "a Bcc: spy@example.com body"
    assert message["Bcc"] is None
    assert mail_server.envelopes[0].rcpt_tos == [ADA]


def test_an_address_beyond_ascii(mail_server: MailServer) -> None:
    sent(at(mail_server), "jürgen@bücher.example")
    assert mail_server.envelopes[0].rcpt_tos == ["jürgen@bücher.example"]
    assert mail_server.envelopes[0].smtp_utf8


def test_long_lines_arrive_whole(mail_server: MailServer) -> None:
    sent(at(mail_server), alert=Alert("s", "x" * 5_000 + "\n.\n.dot\n", "h"))
    body = mail_server.messages[0].get_body(("plain",))
    assert body is not None
    assert body.get_content().splitlines() == ["x" * 5_000, ".", ".dot"]


def test_a_refused_recipient_does_not_hinder_the_others(mail_server: MailServer) -> None:
    mail_server.refused = {ADA}
    assert sent(at(mail_server), ADA, BOB) == {ADA: "550 5.1.1 no such user"}
    assert mail_server.envelopes[0].rcpt_tos == [BOB]


def test_all_recipients_refused(mail_server: MailServer) -> None:
    mail_server.refused = {ADA, BOB}
    said = refusal(at(mail_server), ADA, BOB).message
    assert f"{ADA} was refused: 550 5.1.1 no such user; {BOB} was refused" in said
    assert not mail_server.envelopes


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize(("security", "option"), [("starttls", "tls_context"), ("tls", "implicit_tls")])
def test_tls_and_sign_in(
    make_mail_server: MakeMailServer, certificate: ssl.SSLContext, security: str, option: str
) -> None:
    server = make_mail_server(**{option: certificate, "auth_required": True, "auth_require_tls": security != "tls"})
    mail = at(server, host="localhost", security=security, username="ops", password=Secret.of(PASSWORD))
    assert sent(mail) == {}
    assert server.logins == [b"ops"]
    assert len(server.messages) == 1


def test_a_wrong_password_never_appears(make_mail_server: MakeMailServer, certificate: ssl.SSLContext) -> None:
    server = make_mail_server(tls_context=certificate, auth_required=True)
    wrong = Secret.of(f"{PASSWORD}-not")
    error = refusal(at(server, security="starttls", username="ops", password=wrong))
    assert "535 5.7.8 [redacted] is wrong" in error.message


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_a_server_that_wants_a_user(make_mail_server: MakeMailServer) -> None:
    server = make_mail_server(auth_required=True, auth_require_tls=False)
    assert "530" in refusal(at(server)).message


def test_a_password_that_is_nowhere(mail_server: MailServer) -> None:
    error = refusal(at(mail_server, username="ops", password=Secret(env="CPQBRIDGE_TEST_UNSET_PASSWORD")))
    assert "`mail.password` was found in none of" in error.message
    assert error.field == "mail.password"


def test_an_unknown_certificate_is_refused(
    make_mail_server: MakeMailServer, certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = make_mail_server(tls_context=certificate)
    monkeypatch.delenv("SSL_CERT_FILE")
    assert "certificate verify failed" in refusal(at(server, security="starttls")).message.lower()
    assert not server.messages


def test_a_server_without_starttls_gets_nothing_in_clear(mail_server: MailServer) -> None:
    assert "STARTTLS" in refusal(at(mail_server, security="starttls")).message
    assert not mail_server.messages


def test_a_server_that_is_down(mail_server: MailServer) -> None:
    mail_server.stop()
    assert f"localhost port {mail_server.port}" in refusal(at(mail_server)).message


def test_a_server_that_says_nothing_is_given_up(make_mail_server: MakeMailServer) -> None:
    server = make_mail_server()
    server.silent = True
    started = time.monotonic()
    error = refusal(at(server, timeout=1))
    assert f"localhost port {server.port} gave no answer in 1 seconds" in error.message
    assert error.field == "mail.timeout"
    assert time.monotonic() - started < 10


def test_a_server_that_stops_half_way_is_given_up(mail_server: MailServer) -> None:
    mail_server.hangs_at = "DATA"
    assert "gave no answer in 1 seconds" in refusal(at(mail_server, timeout=1)).message


def test_an_e_mail_that_was_taken_needs_no_goodbye(mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "GOODBYE", 0.2)
    mail_server.hangs_at = "QUIT"
    assert sent(at(mail_server)) == {}
    assert len(mail_server.messages) == 1


def test_the_check_connects_and_sends_nothing(mail_server: MailServer) -> None:
    said = asyncio.run(check_mail(all_settings(at(mail_server))))
    assert said == f"localhost port {mail_server.port} answers"
    assert not mail_server.envelopes


def test_the_check_signs_in(make_mail_server: MakeMailServer, certificate: ssl.SSLContext) -> None:
    server = make_mail_server(tls_context=certificate, auth_required=True)
    mail = at(server, security="starttls", username="ops", password=Secret.of(PASSWORD))
    assert asyncio.run(check_mail(all_settings(mail))).endswith("answers and knows ops")
    with pytest.raises(RetryLater, match="CPQ-108"):
        asyncio.run(check_mail(all_settings(mail.model_copy(update={"password": Secret.of("wrong")}))))


def test_the_check_asks_nobody_when_no_alerts_are_wanted(make_mail_server: MakeMailServer) -> None:
    server = make_mail_server()
    server.silent = True
    assert "no alerts are wanted" in asyncio.run(check_mail(all_settings(at(server), None)))
