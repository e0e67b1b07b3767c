"""The mail server's settings: checks, environment variables, and addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from cpqbridge.settings import Settings, WrongSettings, load
from cpqbridge.settings.mail import MailSettings, addresses
from cpqbridge.settings.schema import json_schema
from cpqbridge.settings.secret import Secret

GOOD = """\
salesforce:
  login_url: https://example.my.salesforce.com
  client_id: a
zuora:
  base_url: https://rest.zuora.com
  client_id: b
"""
WITH = f"{GOOD}mail:\n"


def loaded(tmp_path: Path, text: str, environment: dict[str, str] | None = None) -> Settings:
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(text)
    return load(file, environment or {})


def test_the_defaults(tmp_path: Path) -> None:
    mail = loaded(tmp_path, GOOD).mail
    assert (mail.host, mail.port, mail.security, mail.username, mail.password) == ("localhost", 25, "none", None, None)
    assert (mail.from_address, mail.timeout) == ("cpqbridge@localhost", 30)


def test_all_of_it(tmp_path: Path) -> None:
    text = (
        f"{WITH}  host: smtp.example.com\n  port: 587\n  security: starttls\n  username: ops\n"
        "  password: {env: MAIL_SECRET}\n  sender: billing@example.com\n  timeout: 5\n"
    )
    mail = loaded(tmp_path, text).mail
    assert (mail.host, mail.port, mail.security, mail.timeout) == ("smtp.example.com", 587, "starttls", 5)
    assert mail.password is not None
    assert mail.password.reveal("mail.password", {"MAIL_SECRET": "x"}) == "x"
    assert mail.from_address == "billing@example.com"


def test_the_environment_goes_first(tmp_path: Path) -> None:
    environment = {
        "CPQBRIDGE_MAIL_HOST": "smtp.example.com",
        "CPQBRIDGE_MAIL_PORT": " 465 ",
        "CPQBRIDGE_MAIL_SECURITY": "tls",
        "CPQBRIDGE_MAIL_USERNAME": "ops",
        "CPQBRIDGE_MAIL_PASSWORD": "open-sesame",
    }
    mail = loaded(tmp_path, f"{WITH}  port: 25\n", environment).mail
    assert (mail.host, mail.port, mail.security) == ("smtp.example.com", 465, "tls")
    assert mail.password == Secret(env="CPQBRIDGE_MAIL_PASSWORD")
    assert "open-sesame" not in repr(mail)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{WITH}  port: 0\n", "8: `mail.port` must be 1 or more"),
        (f"{WITH}  port: 65536\n", "8: `mail.port` must be 65535 or less"),
        (f'{WITH}  port: "25"\n', "8: `mail.port` must be a whole number"),
        (f"{WITH}  timeout: 601\n", "8: `mail.timeout` must be 600 or less"),
        (f"{WITH}  host: smtp://a\n", "8: `mail.host` must be a host name or address, without a port"),
        (f"{WITH}  host: a b\n", "8: `mail.host` must be a host name or address, without a port"),
        (
            f"{WITH}  security: startls\n",
            "8: `mail.security` must be one of none, starttls, tls; did you mean starttls?",
        ),
        (f'{WITH}  sender: "a@b\\nBcc: c@d"\n', "8: `mail.sender` must be an e-mail address"),
        (f"{WITH}  username: a\n", "7: `mail` needs both `username` and `password`, or neither"),
        (f"{WITH}  password: {{env: A}}\n", "7: `mail` needs both `username` and `password`, or neither"),
        (
            f"{WITH}  host: a.test\n  username: a\n  password: {{env: A}}\n",
            "7: `mail` would send the password in clear: set `security: starttls` or `security: tls`",
        ),
        (f"{WITH}  sendr: a@b\n", "8: `mail.sendr` is no known key; did you mean `sender`?"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        loaded(tmp_path, text)
    assert [problem.text("f") for problem in caught.value.problems] == [f"f:{said}"]


@pytest.mark.parametrize("port", ["x", "", "2.5"])
def test_a_port_of_the_environment_that_is_none(tmp_path: Path, port: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        loaded(tmp_path, GOOD, {"CPQBRIDGE_MAIL_PORT": port})
    assert [problem.text("f") for problem in caught.value.problems] == [
        "`CPQBRIDGE_MAIL_PORT` (environment variable) must be a whole number"
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a@b.test", ("a@b.test",)),
        ("a@b.test, c@d.test ,a@b.test", ("a@b.test", "c@d.test")),
        ("jürgen@bücher.example", ("jürgen@bücher.example",)),
    ],
)
def test_several_addresses(tmp_path: Path, given: str, expected: tuple[str, ...]) -> None:
    recipients = loaded(tmp_path, f'{GOOD}options:\n  customer_alert_email: "{given}"\n').options.customer_alert_email
    assert addresses(recipients or "") == expected


@pytest.mark.parametrize(
    "given", ["a", "a@b", "a@b.c,", ",", "a@b.c;d@e.f", "A <a@b.c>", "a@b.c\\nBcc: d@e.f", "a@@b.c"]
)
def test_what_is_no_address(tmp_path: Path, given: str) -> None:
    with pytest.raises(WrongSettings, match="must be an e-mail address, or several with commas between them"):
        loaded(tmp_path, f'{GOOD}options:\n  customer_alert_email: "{given}"\n')


@pytest.mark.parametrize(
    ("host", "sender"),
    [
        ("smtp.example.com", "cpqbridge@smtp.example.com"),
        ("127.0.0.1", "cpqbridge@localhost"),
        ("::1", "cpqbridge@localhost"),
        ("fe80::a", "cpqbridge@localhost"),
    ],
)
def test_the_sender_that_is_not_given(host: str, sender: str) -> None:
    assert MailSettings(host=host).from_address == sender


def test_the_schema_knows_the_section() -> None:
    mail = json_schema()["$defs"]["MailSettings"]
    assert mail["properties"]["port"]["maximum"] == 65535
    assert mail["additionalProperties"] is False
