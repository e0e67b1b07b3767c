"""What is written back onto the records of Salesforce."""

from __future__ import annotations

import string
from collections import Counter
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cpqbridge.settings.section import Form, Section

FieldName: TypeAlias = Annotated[
    str,
    Form(
        r"(?![Ss][Bb][Qq][Qq]__)[A-Za-z]\w*__[cC]", "a custom field of your own, such as Zuora_Sync_Status__c, or null"
    ),
]
"""API name of a custom field: standard fields and those of the CPQ package decide what is sold, and are not written."""

PLACEHOLDERS = frozenset({"ui", "order_number", "account_number"})
"""What a link may hold in braces."""


def _link(value: str) -> str:
    try:
        found = {name for _, name, _, _ in string.Formatter().parse(value) if name is not None}
    except ValueError:
        found = {""}
    if found - PLACEHOLDERS:
        raise ValueError("may only hold {ui}, {order_number} and {account_number} in braces")
    if not value.startswith(("https://", "{ui}/")):
        raise ValueError("must begin with https:// or {ui}/")
    return value


Link: TypeAlias = Annotated[str, AfterValidator(_link)]
"""An address with placeholders."""


class _Fields(Section):
    """Fields of one object, by what they hold."""

    @model_validator(mode="after")
    def _differ(self) -> _Fields:
        named = Counter(name.lower() for name in self.names().values())
        if twice := [name for name in self.names().values() if named[name.lower()] > 1]:
            raise PydanticCustomError("twice", "names the field {name} twice", {"name": twice[0]})
        return self

    def names(self) -> dict[str, str]:
        """Return the API names of the fields by what they hold, without those that are off."""
        return {key: name for key in type(self).model_fields if (name := getattr(self, key)) is not None}


class OrderFields(_Fields):
    """The fields of the Salesforce order; null leaves one out."""

    status: FieldName | None = "Zuora_Sync_Status__c"
    """What became of the order: one of `write_back.statuses`."""
    message: FieldName | None = "Zuora_Sync_Message__c"
    """Code, reason and next step, where it is not carried over."""
    order_number: FieldName | None = "Zuora_Order_Number__c"
    """The order's number in Zuora."""
    account_number: FieldName | None = "Zuora_Account_Number__c"
    """The account's number in Zuora."""
    subscriptions: FieldName | None = "Zuora_Subscription_Numbers__c"
    """The numbers of its subscriptions in Zuora, with commas between them."""
    link: FieldName | None = "Zuora_Link__c"
    """Where the order is found in Zuora's user interface."""
    synced_at: FieldName | None = "Zuora_Synced_At__c"
    """When it was last carried over."""


class AccountFields(_Fields):
    """The fields of the Salesforce account; null leaves one out."""

    status: FieldName | None = "Zuora_Sync_Status__c"
    """What became of the account: one of `write_back.statuses`."""
    message: FieldName | None = "Zuora_Sync_Message__c"
    """Code, reason and next step, where it is not carried over."""
    account_number: FieldName | None = "Zuora_Account_Number__c"
    """The account's number in Zuora."""
    link: FieldName | None = "Zuora_Link__c"
    """Where the account is found in Zuora's user interface."""
    synced_at: FieldName | None = "Zuora_Synced_At__c"
    """When it was last carried over."""


_Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=255)]


class StatusNames(Section):
    """What the status fields hold; the values of the picklist, where they are one."""

    synced: _Word = "Synced"
    """It is in Zuora as it is in Salesforce."""
    waiting: _Word = "Waiting"
    """It is not finished in Salesforce, and is looked at again."""
    held: _Word = "Held"
    """A person must mend data or decide."""
    failed: _Word = "Failed"
    """A system refused, or broke off."""


class WriteBackSettings(Section):
    """Which fields of the Salesforce order and account take the outcome.

    Fields that the org does not have, or that the integration user may not edit, are skipped.
    """

    enabled: bool = False
    """Write status, message, numbers and link onto the Salesforce order and account."""
    order: OrderFields = Field(default_factory=OrderFields)
    """The fields of the order."""
    account: AccountFields = Field(default_factory=AccountFields)
    """The fields of the account."""
    statuses: StatusNames = Field(default_factory=StatusNames)
    """What the status fields hold."""
    order_link: Link = "{ui}/platform/apps/search?searchTerm={order_number}&searchObjectType=order"
    """The link of an order. `{ui}` is Zuora's user interface beside the REST address of the tenant."""
    account_link: Link = "{ui}/platform/apps/search?searchTerm={account_number}&searchObjectType=account"
    """The link of an account."""

    def fields(self) -> dict[str, dict[str, str]]:
        """Return the API names of all fields, by object and by what they hold."""
        return {"Order": self.order.names(), "Account": self.account.names()}
