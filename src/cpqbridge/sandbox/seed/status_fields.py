"""The demo org's custom fields that an integration writes its status into, as an administrator would add them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_STATUS: Final = ("Synced", "Waiting", "Held", "Failed")

_BOTH: Final[Mapping[str, Mapping[str, Any]]] = {
    "Zuora_Sync_Status__c": {"type": "picklist", "values": _STATUS, "restricted": True},
    "Zuora_Sync_Message__c": {"type": "textarea", "length": 2_000},
    "Zuora_Account_Number__c": {"type": "string", "length": 80},
    "Zuora_Link__c": {"type": "url"},
    "Zuora_Synced_At__c": {"type": "datetime"},
}
_ORDER: Final[Mapping[str, Mapping[str, Any]]] = {
    "Zuora_Order_Number__c": {"type": "string", "length": 80},
    "Zuora_Subscription_Numbers__c": {"type": "textarea", "length": 4_000},
}

STATUS_FIELDS: Final = {"Order": {**_BOTH, **_ORDER}, "Account": _BOTH}
"""Definitions of the fields (`custom_fields.add_custom_field`) by object and name."""


def add_status_fields(org: Org) -> None:
    """Add the fields to an org that has none of them."""
    for sobject, fields in STATUS_FIELDS.items():
        for name, definition in fields.items():
            org.add_custom_field(sobject, name=name, **definition)
