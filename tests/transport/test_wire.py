from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpqbridge.transport.wire import decode, encode


@given(st.decimals(allow_nan=False, allow_infinity=False, places=7, min_value=-(10**14), max_value=10**14))
def test_decimals_go_out_and_come_back_digit_by_digit(amount: Decimal) -> None:
    assert str(decode(encode({"price": amount}))["price"]) == str(amount)


def test_numbers_keep_their_digits_and_whole_ones_stay_whole() -> None:
    document = decode(b'{"price": 0.1000000, "quantity": 3, "big": 12345678901234567.89}')
    assert document == {"price": Decimal("0.1000000"), "quantity": 3, "big": Decimal("12345678901234567.89")}
    assert isinstance(document["quantity"], int)
    assert str(document["price"]) == "0.1000000"


def test_dates_are_iso_text() -> None:
    assert encode({"orderDate": date(2026, 2, 1)}) == b'{"orderDate":"2026-02-01"}'


@pytest.mark.parametrize("text", [b"", b"<html/>", b"{", b"{'a': 1}"])
def test_what_is_no_json_is_told(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"JSON|truncated|empty"):
        decode(text)
