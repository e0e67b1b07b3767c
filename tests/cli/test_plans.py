"""How values of a plan are shown to people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.cli.plans import readable
from cpqbridge.planning.plan import Ref


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Acme", "Acme"),
        (Decimal("1.50"), "1.50"),
        (date(2026, 2, 1), "2026-02-01"),
        (Ref("account:001", "accountNumber"), "@{account:001.accountNumber}"),
        ([{"Currency": "USD", "Price": Decimal("10.00")}], '[{"Currency":"USD","Price":10.00}]'),
        (["EUR", "USD"], '["EUR","USD"]'),
    ],
)
def test_a_value_is_shown_without_python_in_it(value: Any, text: str) -> None:
    assert readable(value) == text
