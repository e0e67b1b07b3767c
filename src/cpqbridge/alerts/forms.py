"""The forms in which a notice is told: e-mail, Slack message, signed JSON document. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from cpqbridge.alerts.message import LONGEST_SUBJECT, Alert, one_line
from cpqbridge.alerts.notice import Notice, Phase

MARKS = {Phase.BEGAN: "", Phase.REMINDER: "still: ", Phase.OVER: "over: ", Phase.TEST: ""}
"""What stands in front of a title."""

LONGEST_TEXT = 2_900
"""Characters of one block of a Slack message; Slack takes 3,000."""

LONGEST_TITLE = 150
MOST_BLOCKS = 20


def headline(notice: Notice) -> str:
    """Return a notice in one line."""
    return one_line(f"cpqbridge ({notice.connection}): {MARKS[notice.phase]}{notice.title}", LONGEST_TITLE)


def email(notice: Notice) -> Alert:
    """Return a notice as an e-mail."""
    subject = one_line(headline(notice), LONGEST_SUBJECT)
    lines = [one_line(line) for line in (notice.title, *notice.lines)]
    items = (
        "\n".join([one_line(item.title), *(f"  {line}" for line in _lines(item.lines, item.link))])
        for item in notice.items
    )
    parts = ["\n".join(lines), *items, _footer(notice)]
    html = "\n".join(_html(notice, lines))
    return Alert(subject, "\n\n".join(parts) + "\n", html)


def _html(notice: Notice, lines: Sequence[str]) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>cpqbridge</title></head><body>'
    yield f"<h3>{escape(lines[0])}</h3>"
    yield from (f"<p>{escape(line)}</p>" for line in lines[1:])
    for item in notice.items:
        title = escape(one_line(item.title))
        linked = f'<a href="{escape(item.link)}">{title}</a>' if item.link else title
        yield f"<p><b>{linked}</b>{''.join(f'<br>{escape(line)}' for line in _lines(item.lines))}</p>"
    yield f"<p><small>{escape(_footer(notice))}</small></p>\n</body></html>"


def _lines(lines: Sequence[str], link: str | None = None) -> list[str]:
    return [one_line(line) for line in lines] + ([link] if link else [])


def _footer(notice: Notice) -> str:
    since = f"since {notice.since:%Y-%m-%d %H:%M} UTC; " if notice.phase is not Phase.TEST else ""
    return f"Connection {notice.connection}; {since}{notice.kind}, notice {notice.id}"


def slack(notice: Notice) -> dict[str, Any]:
    """Return a notice as a message for an incoming webhook of Slack."""
    texts = ["\n".join(map(_marked, notice.lines))] if notice.lines else []
    for item in notice.items:
        title = f"<{_target(item.link)}|{_marked(item.title)}>" if item.link else _marked(item.title)
        texts.append("\n".join([f"*{title}*", *map(_marked, item.lines)]))
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": headline(notice)}},
        *(_section(text) for text in texts[: MOST_BLOCKS - 2]),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": _marked(_footer(notice))}]},
    ]
    return {"text": _marked(headline(notice)), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    cut = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1].rpartition(' ')[0]}…"
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut}}


def _marked(text: str) -> str:
    """Return a text in which nothing calls people or makes links."""
    return one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _target(link: str) -> str:
    return link.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")


def document(notice: Notice) -> dict[str, Any]:
    """Return a notice as a JSON document for programs."""
    return {
        "id": notice.id,
        "kind": notice.kind,
        "phase": notice.phase.value,
        "connection": notice.connection,
        "since": notice.since.isoformat(),
        "title": one_line(notice.title),
        "lines": _lines(notice.lines),
        "items": [
            {"title": one_line(item.title), "lines": _lines(item.lines), "link": item.link} for item in notice.items
        ],
        "detail": notice.detail,
    }


def signature(key: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a document: HMAC-SHA256 over the timestamp, a dot and the body.

    Args:
        key: The channel's key.
        timestamp: Seconds since 1970, as in the header `Cpqbridge-Timestamp`.
        body: What is sent.
    """
    return "v1=" + hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
