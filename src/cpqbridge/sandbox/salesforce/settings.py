"""The switches of the org that a real administrator finds in Setup, and a few that only a sandbox has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Final

from cpqbridge.sandbox.salesforce.cpq.pricing import PRECISIONS
from cpqbridge.sandbox.salesforce.errors import SalesforceError

BESIDE: Final = ("customFields", "expireSessions")
"""What `/_sandbox/settings` takes beside the switches."""


@dataclass
class OrgSettings:
    """Switches of an org; the JSON names are the same in lowerCamel.

    Attributes:
        multi_currency: Records have a `CurrencyIsoCode`.
        state_country_codes: Addresses have state and country codes (state and country picklists).
        corporate_currency: ISO code of records that do not name one.
        session_minutes: Idle time after which a session ends; None for never.
        max_daily_api_requests: Calls per rolling 24 hours; beyond it 403 `REQUEST_LIMIT_EXCEEDED`.
        edit_activated_orders: The API user has the permission of that name.
        enable_negative_quantity: Order items may be negative (OrderSettings).
        enable_zero_quantity: Order items may be zero (OrderSettings).
        enable_reduction_orders: Orders may be reduction orders (OrderSettings); the package's amendments need none.
        prorate_precision: The package setting Subscription Prorate Precision.
        allow_multiple_orders: The package setting of that name: a quote may be split into several orders.
        include_net_new_in_maintenance: The package setting Include Net-New Products in Maintenance: what an amendment
            sells more of counts for percent-of-total products.
        delete_activated_contracts: The API user has the permission of that name.
        rotate_refresh_tokens: Each refresh gives a new refresh token and ends the old one.
        client_credentials_flow: The connected app allows that grant.
        password_flow: The org allows the username-password grant.
        bulk_polls: How many times a bulk job is seen in progress before it is complete.
        hidden_fields: `Object.Field` names that the API user may not see (field-level security).
        change_data_entities: Objects that are selected for change data capture.
        change_data_limit: How many objects may be selected.
        order_events: The org's Flow publishes `CpqBridge_Order__e` when the contracting of an order has finished.
        event_keep_alive_ms: Milliseconds after which a silent stream of events gets a sign of life.
        max_daily_event_deliveries: Events delivered to clients per rolling 24 hours.
        max_event_subscribers: Streams that may be open at a time.
    """

    multi_currency: bool = True
    state_country_codes: bool = False
    corporate_currency: str = "USD"
    session_minutes: int | None = None
    max_daily_api_requests: int = 15_000
    edit_activated_orders: bool = True
    enable_negative_quantity: bool = True
    enable_zero_quantity: bool = True
    enable_reduction_orders: bool = False
    prorate_precision: str = "Calendar Monthly + Daily"
    allow_multiple_orders: bool = True
    include_net_new_in_maintenance: bool = True
    delete_activated_contracts: bool = True
    rotate_refresh_tokens: bool = False
    client_credentials_flow: bool = True
    password_flow: bool = True
    bulk_polls: int = 1
    hidden_fields: tuple[str, ...] = ()
    change_data_entities: tuple[str, ...] = ("Order", "OrderItem", "Account", "Contact", "SBQQ__Subscription__c")
    change_data_limit: int = 5
    order_events: bool = True
    event_keep_alive_ms: int = 270_000
    max_daily_event_deliveries: int = 50_000
    max_event_subscribers: int = 1_000

    @property
    def idle_time(self) -> timedelta | None:
        """How long a session may idle; None for ever."""
        return None if self.session_minutes is None else timedelta(minutes=self.session_minutes)

    def apply(self, changes: Mapping[str, Any]) -> None:
        """Set the named switches (lowerCamel names); nothing is set when one is refused.

        Raises:
            SalesforceError: A name is unknown or a value has the wrong type.
        """
        known = {camel(field.name): field.name for field in fields(self)}
        checked = {}
        for name, value in changes.items():
            if name not in known:
                names = ", ".join((*known, *BESIDE))
                raise SalesforceError(400, "INVALID_FIELD", f"No such setting: {name}. Known are {names}")
            checked[known[name]] = _coerced(name, value, getattr(self, known[name]))
        self._check_selection(checked)
        for attribute, value in checked.items():
            setattr(self, attribute, value)

    def _check_selection(self, changes: Mapping[str, Any]) -> None:
        selected = changes.get("change_data_entities", self.change_data_entities)
        most = changes.get("change_data_limit", self.change_data_limit)
        if len(selected) > most:
            message = f"You have selected {len(selected)} objects for Change Data Capture; the maximum is {most}."
            raise SalesforceError(400, "LIMIT_EXCEEDED", message)

    def as_json(self) -> dict[str, Any]:
        """Return all switches by their lowerCamel names."""
        return {camel(field.name): getattr(self, field.name) for field in fields(self)}


def camel(name: str) -> str:
    """Return a snake_case name in lowerCamel."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def _coerced(name: str, value: Any, current: Any) -> Any:
    if isinstance(current, tuple) and isinstance(value, list):
        return tuple(str(item) for item in value)
    if name == "sessionMinutes" and (value is None or type(value) is int):
        return value
    if current is None or type(value) is not type(current):
        raise SalesforceError(400, "INVALID_FIELD", f"Setting {name} does not take {value!r}")
    if name == "proratePrecision" and value not in PRECISIONS:
        raise SalesforceError(400, "INVALID_FIELD", f"Setting {name} is one of {', '.join(PRECISIONS)}")
    return value
