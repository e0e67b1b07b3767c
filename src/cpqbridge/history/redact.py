"""Takes secrets out of whatever is about to be stored or shown.

Two nets: names of fields that hold secrets, and shapes of text that are secrets wherever they stand. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cpqbridge.values import PLAIN

REDACTED = "[redacted]"
"""What stands where a secret was."""

_SECRET_NAME = re.compile(
    r"passw(or)?d|passphrase|secret(?!ar)|tokens?$|token_?id$|(api|private|access)_?key$|authori[sz]ation|assertion"
    r"|^(set_)?cookies?$|session_?id$|signature$|cvv|cvc2?$|security_?code"
    r"|(credit|debit)_?card_?number|^card_?number|(bank|ach)_?account_?number|^iban$",
)
"""Looked for in the lower-case name with `-` and blanks as `_`."""

_SECRET_TEXT = (
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.DOTALL), REDACTED),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*"), REDACTED),
    (re.compile(r"\b00D[A-Za-z0-9]{12,15}![\w.]+"), REDACTED),
    (re.compile(r"\b(Bearer|Basic)\s+[\w+/=.!~-]{6,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    (re.compile(r"(?<=://)([^\s/:@]*):[^\s/@]+@"), rf"\1:{REDACTED}@"),
    (
        re.compile(
            r"\b((?:client_|user_)?(?:password|secret)|(?:access_|refresh_|id_)?token|assertion)=[^\s&\"']+",
            re.IGNORECASE,
        ),
        rf"\1={REDACTED}",
    ),
)
"""Private keys, JSON Web Tokens, Salesforce sessions, Authorization values, addresses and forms with passwords."""

_CARD = re.compile(r"(?<![\w.-])[3-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,4}(?![\w.-])")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL's jsonb, or UTF-8, has no place for."""

_HINT = re.compile(
    "-----BEGIN|eyJ|00D|[Bb][Ee][Aa][Rr][Ee][Rr]|[Bb][Aa][Ss][Ii][Cc]|://|="
    r"|[3-6]\d{3}[ -]?\d{4}|[\x00\ud800-\udfff]"
)
"""What every text has in it that any of the nets above would catch: nearly all texts have not."""

_SHORT = 120
"""Characters of the longest text of which it is kept in mind what is left without its secrets."""


def redact(document: Any) -> Any:
    """Return a copy of a JSON document (or text) without secrets.

    Args:
        document: What would be stored; mappings, sequences, text, numbers, booleans, None.

    Returns:
        The same shape. A secret is replaced by `[redacted]`; characters that cannot be stored by U+FFFD.
    """
    kind = type(document)
    if kind is str:
        return redact_text(document)
    if kind in PLAIN:
        return document
    if kind is dict or isinstance(document, Mapping):
        shown: dict[str, Any] = {}
        for given, value in document.items():
            name, is_secret = _field(str(given))
            if is_secret and _is_content(value):
                shown[name] = REDACTED
            else:
                shown[name] = redact_text(value) if type(value) is str else redact(value)
        return shown
    if kind is list or isinstance(document, (list, tuple)):
        return [redact(item) for item in document]
    return redact_text(document) if isinstance(document, str) else document


def redact_text(text: str) -> str:
    """Return the text with everything that has the shape of a secret replaced."""
    return _redact_short(text) if len(text) <= _SHORT else _redact(text)


def _redact(text: str) -> str:
    if _HINT.search(text) is None:
        return text
    for shape, replacement in _SECRET_TEXT:
        text = shape.sub(replacement, text)
    return _UNSTORABLE.sub("\ufffd", _CARD.sub(_hide_card, text))


_redact_short = lru_cache(maxsize=20_000)(_redact)
"""Most short texts come again and again: paths, names of rules, constants."""


@lru_cache(maxsize=10_000)
def _field(name: str) -> tuple[str, bool]:
    """Return what is kept of a field's name, and whether the field holds a secret."""
    return redact_text(name), is_secret_name(name)


@lru_cache(maxsize=10_000)
def is_secret_name(name: str) -> bool:
    """Say whether a field of this name holds a secret, in any of the usual spellings."""
    return _SECRET_NAME.search(re.sub(r"[-\s]+", "_", name).lower()) is not None


def _is_content(value: Any) -> bool:
    """Say whether a value can be a secret at all; `hasPassword: true` is none."""
    return value is not None and not isinstance(value, bool)


def _hide_card(found: re.Match[str]) -> str:
    """Hide a payment card's number; other numbers of that length fail the check digit (Luhn)."""
    digits = [int(sign) for sign in found.group() if sign.isdigit()]
    doubled = (digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[::-1]))
    return REDACTED if sum(doubled) % 10 == 0 else found.group()
