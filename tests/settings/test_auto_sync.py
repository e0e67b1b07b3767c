"""What `auto_sync` takes."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from cpqbridge.settings.auto_sync import AutoSyncSettings


def test_defaults_carry_orders_and_keep_what_was_carried_up_to_date() -> None:
    settings = AutoSyncSettings()
    assert (settings.orders, settings.accounts, settings.products) == ("all", "known", "known")
    assert (settings.interval_seconds, settings.overlap_seconds, settings.start) == (30, 300, None)


def test_a_day_is_read_from_text() -> None:
    assert AutoSyncSettings.model_validate({"start": "2026-01-31"}).start == date(2026, 1, 31)
    assert AutoSyncSettings(start=date(2026, 1, 31)).start == date(2026, 1, 31)


@pytest.mark.parametrize(
    "wrong",
    [
        {"start": "31.1.2026"},
        {"start": "2026-02-30"},
        {"start": "20260131"},
        {"start": 20260131},
        {"start": "1700000000"},
        {"orders": "known"},
        {"accounts": "some"},
        {"conditions": {"Contact": "Name = 'x'"}},
        {"conditions": {"Order": " "}},
        {"interval_seconds": 0},
        {"interval_seconds": 1.5},
        {"overlap_seconds": 5},
        {"polling": True},
    ],
)
def test_anything_else_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AutoSyncSettings.model_validate(wrong)
