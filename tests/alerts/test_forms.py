"""The forms of a notice: what customers' data holds can neither call people, nor make links, nor break a form."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from cpqbridge.alerts import forms
from cpqbridge.alerts.notice import Item, Notice, Phase

EVIL = "<!channel> *Click* <https://evil.example|here> & <b>x</b>\nBcc: all@example.com \u202e"


def notice(phase: Phase = Phase.BEGAN, items: int = 1, said: str = EVIL) -> Notice:
    listed = [Item(said, [said], "https://org.example/801'\"><script>|x") for _ in range(items)]
    since = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    return Notice("p-7-began", "records", phase, "eu", since, said, [said], listed, {"records": 1})


def test_an_email_is_plain_text_and_safe_html() -> None:
    alert = forms.email(notice())
    assert alert.subject.startswith("cpqbridge (eu): <!channel>")
    assert len(alert.subject) <= 120
    assert "\n" not in alert.subject
    assert "<script>" not in alert.html
    assert "<b>x</b>" not in alert.html
    assert "\u202e" not in alert.text
    assert "Connection eu; since 2026-01-02 03:04 UTC; records, notice p-7-began" in alert.text
    assert "\nBcc:" not in alert.text


def test_a_slack_message_calls_nobody() -> None:
    message = forms.slack(notice(items=100))
    assert len(message["blocks"]) <= 50
    header, *sections, footer = message["blocks"]
    assert header["text"]["type"] == "plain_text"
    assert len(header["text"]["text"]) <= 150
    texts = [message["text"], *(one["text"]["text"] for one in sections), footer["elements"][0]["text"]]
    assert not any("<!" in text or "<https://evil" in text for text in texts)
    assert "<https://org.example/801'\"%3E%3Cscript%3E%7Cx|" in sections[1]["text"]["text"]


def test_a_long_slack_message_is_cut_within_what_slack_takes() -> None:
    message = forms.slack(notice(said="word & " * 2000))
    assert all(len(one["text"]["text"]) <= 3000 for one in message["blocks"][:-1])


def test_titles_say_whether_it_goes_on_or_is_over() -> None:
    said = {phase: forms.headline(notice(phase, said="Zuora is down")) for phase in Phase}
    assert said == {
        Phase.BEGAN: "cpqbridge (eu): Zuora is down",
        Phase.REMINDER: "cpqbridge (eu): still: Zuora is down",
        Phase.OVER: "cpqbridge (eu): over: Zuora is down",
        Phase.TEST: "cpqbridge (eu): Zuora is down",
    }


def test_a_document_is_signed_over_its_time_and_its_bytes() -> None:
    body = b'{"id":"p-7-began"}'
    expected = hmac.new("clé".encode(), b"1700000000." + body, hashlib.sha256).hexdigest()
    assert forms.signature("clé", "1700000000", body) == f"v1={expected}"
    assert forms.signature("clé", "1700000001", body) != f"v1={expected}"
