"""What may stand under `limits`."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cpqbridge.settings.limits import LimitSettings


def test_by_itself_room_is_left_to_others() -> None:
    limits = LimitSettings()
    assert (limits.zuora.share, limits.salesforce.share) == (0.8, 0.5)
    assert (limits.salesforce.daily_calls, limits.salesforce.daily_share, limits.salesforce.keep_free) == (
        None,
        0.5,
        0.1,
    )


@pytest.mark.parametrize(
    "given",
    [
        {"zuora": {"share": 0}},
        {"zuora": {"share": 1.1}},
        {"zuora": {"live_reserve": 1}},
        {"zuora": {"calls_at_once": 0}},
        {"zuora": {"daily_calls": 5}},
        {"salesforce": {"daily_calls": 0}},
        {"salesforce": {"daily_calls": "many"}},
        {"salesforce": {"keep_free": -0.1}},
        {"salesforce": {"backfill_share": float("nan")}},
        {"down_after": 0},
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        LimitSettings.model_validate(given)


def test_whole_shares_may_be_written_as_whole_numbers() -> None:
    limits = LimitSettings.model_validate({"zuora": {"share": 1, "live_reserve": 0}})
    assert (limits.zuora.share, limits.zuora.live_reserve) == (1.0, 0.0)
