"""The secrets that this process has read, so that no line of the log ever holds one of them."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus, unquote, urlsplit

HIDDEN = "[redacted]"
"""What stands where a secret was."""

SHORTEST = 6
"""Characters below which a value is not looked for: it would stand in innocent words."""

MOST = 10_000
"""Spellings that are remembered at most: a process reads few secrets, but tests read many."""

_known: dict[str, None] = {}


def remember(value: str) -> None:
    """Take note of a secret, in all the spellings in which it may show; of an address, its password too."""
    for secret in (value, *_passwords(value)):
        for spelling in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret), json.dumps(secret)[1:-1]):
            if len(spelling) >= SHORTEST:
                _known[spelling] = None
    while len(_known) > MOST:
        del _known[next(iter(_known))]


def hide(text: str) -> str:
    """Return a text without any secret that this process has read; the longest are looked for first."""
    found = [value for value in _known if value in text]
    for value in sorted(found, key=len, reverse=True):
        text = text.replace(value, HIDDEN)
    return text


def _passwords(value: str) -> tuple[str, ...]:
    """Return the password of an address, as it is written and as it is meant."""
    if "://" not in value:
        return ()
    try:
        password = urlsplit(value).password
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()
