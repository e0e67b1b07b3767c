"""Nothing secret is stored, everything else is."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.history import redact as redact_module
from cpqbridge.history.documents import dumps, loads
from cpqbridge.history.redact import REDACTED, is_secret_name, redact

SECRET_NAMES = [
    *("password", "client_secret", "clientSecret", "ClientSecret", "access_token", "refreshToken", "Authorization"),
    *("X-Api-Key", "private_key", "assertion", "Set-Cookie", "Cookie", "creditCardNumber", "cardNumber", "cvv"),
    *("cardSecurityCode", "bankAccountNumber", "IBAN", "sessionId", "tokenId", "passphrase", "signature"),
]
PLAIN_NAMES = [
    *("accountNumber", "orderNumber", "subscriptionNumber", "idempotencyKey", "crmId", "paymentTerm", "secretary"),
    *("name", "accountingCode", "key", "billToContact", "author", "urban", "cookieJarSize", "tokensUsed"),
]
SECRET_TEXTS = [
    "Bearer 00Dxx0000001gPL!AR8AQJXg5oj8jXSgxJfA0lBog",
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    "00D5g000004yFbA!AQEAQJ0N.xyz_123",
    "postgresql://cpq:geheim-99@db.example.com/cpq",
    "grant_type=client_credentials&client_secret=geheim-99&x=1",
    "4111 1111 1111 1111",
    "5555555555554444",
]
PLAIN_TEXTS = [
    *("00000105", "801000000000001AAA", "8a90857e8f7c0b3e018f7c1f2a3b4c5d", "4111111111111112", "O-00000012"),
    *("2026-01-31T10:00:00.000+0000", "Basic plan", "https://rest.zuora.com/v1/orders?x=1", "20260131101500123"),
]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(10**15), max_value=10**15)
    | st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)
    assert redact({name: "geheim-99"}) == {name: REDACTED}
    assert redact({name: None, "a": {name: True}}) == {name: None, "a": {name: True}}


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_plain_names(name: str) -> None:
    assert redact({name: "value"}) == {name: "value"}


@pytest.mark.parametrize("text", SECRET_TEXTS)
def test_secret_texts(text: str) -> None:
    kept = redact([f"before {text}"])[0]
    assert kept.startswith("before ")
    assert REDACTED in kept
    assert "geheim" not in kept
    assert text not in kept


@pytest.mark.parametrize("text", PLAIN_TEXTS)
def test_plain_texts(text: str) -> None:
    assert redact(text) == text


@given(
    document=json_values, secret=st.from_regex(r"geheim[0-9]{12}", fullmatch=True), name=st.sampled_from(SECRET_NAMES)
)
def test_a_secret_is_found_however_deep_it_lies(document: Any, secret: str, name: str) -> None:
    wrapped = {"a": [document, {"b": ({name: secret}, {name: [secret, {"c": secret}]})}]}
    assert secret not in dumps(redact(wrapped))


@given(document=json_values)
def test_what_is_stored_has_the_same_shape_and_can_be_stored(document: Any) -> None:
    stored = loads(dumps(redact(document)))
    assert redact(stored) == stored
    assert "\\u0000" not in json.dumps(redact(document), default=str)
    if isinstance(document, (int, Decimal, bool)) or document is None:
        assert stored == document
    elif isinstance(document, (list, str)):
        assert type(stored) is type(document)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_decimals_keep_all_their_digits(number: Decimal) -> None:
    assert str(loads(dumps({"n": number}))["n"]) == str(number)


@given(st.one_of(st.text(), st.lists(st.sampled_from([*SECRET_TEXTS, *PLAIN_TEXTS, " ", "=", "\x00"])).map("".join)))
def test_no_text_that_a_net_would_catch_goes_past_the_hint(text: str) -> None:
    if redact_module._HINT.search(text) is None:
        assert not any(shape.search(text) for shape, _ in redact_module._SECRET_TEXT)
        assert not redact_module._CARD.search(text)
        assert not redact_module._UNSTORABLE.search(text)
