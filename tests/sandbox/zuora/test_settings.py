"""Settings of the tenant: what does not fit is refused and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.settings import TenantSettings


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"colour": "red"}, "Unknown setting"),
        ({"orders": "yes"}, "orders"),
        ({"rateLimits": {"minute": -1}}, "negative"),
        ({"concurrencyLimits": {"Default": -1}}, "negative"),
        ({"currencies": {"USD": {"mode": "HalfEven", "increment": "0.01"}}}, "mode"),
        ({"currencies": {"USD": {"mode": "HalfUp"}}}, "increment"),
        ({"currencies": {"USD": {"mode": "HalfUp", "increment": "0.00"}}}, "greater than 0"),
        ({"currencies": {"USD": {"mode": "HalfUp", "increment": "NaN"}}}, "greater than 0"),
    ],
)
def test_refused(changes: dict[str, Any], word: str) -> None:
    settings = TenantSettings()
    before = settings.as_dict()
    with pytest.raises(ValueError, match=word):
        settings.change({"multicurrency": False, **changes})
    assert settings.as_dict() == before


def test_limits_are_merged_and_currencies_replaced() -> None:
    settings = TenantSettings()
    settings.change({"rateLimits": {"minute": 0}, "currencies": {"KWD": {"mode": "Up", "increment": "0.001"}}})
    assert settings.rate_limits == {"minute": 0, "hour": 2_250_000, "day": 27_000_000}
    assert list(settings.currencies) == ["KWD"]
