"""The settings of the write-back."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cpqbridge.settings.write_back import WriteBackSettings


def test_it_is_off_and_has_names_for_every_field() -> None:
    section = WriteBackSettings()
    assert section.enabled is False
    assert section.fields()["Order"]["status"] == "Zuora_Sync_Status__c"
    assert set(section.fields()["Account"]) == {"status", "message", "account_number", "link", "synced_at"}


def test_null_leaves_a_field_out() -> None:
    section = WriteBackSettings.model_validate({"order": {"message": None, "link": "Billing_Link__c"}})
    assert "message" not in section.fields()["Order"]
    assert section.fields()["Order"]["link"] == "Billing_Link__c"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"order": {"status": "Status"}}, "must be a custom field of your own"),
        ({"order": {"status": "SBQQ__Contracted__c"}}, "must be a custom field of your own"),
        ({"order": {"status": "A__c", "message": "a__C"}}, "names the field A__c twice"),
        ({"order": {"stauts": "A__c"}}, "Extra inputs"),
        ({"order_link": "{ui}/{number}"}, "may only hold {ui}, {order_number} and {account_number}"),
        ({"order_link": "{ui/"}, "may only hold"),
        ({"account_link": "http://billing.example.com"}, "must begin with https:// or {ui}/"),
        ({"statuses": {"held": ""}}, "at least 1"),
    ],
)
def test_what_is_wrong_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WriteBackSettings.model_validate(wrong)
    assert said in str(refused.value)
