"""Platform events that the org defines, and publishing them by the REST API.

`CpqBridge_Order__e` is the signal that an order is ready for billing; the org's Flow publishes it when contracting has
finished (`flow`).
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.events.schemas import Schema, schema

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.events.bus import EventBus

_STAMPS: Final = (
    {"name": "CreatedDate", "type": "long", "doc": "CreatedDate:DateTime"},
    {"name": "CreatedById", "type": "string", "doc": "CreatedBy:EntityId"},
)


@dataclass(frozen=True)
class PlatformEvent:
    """A custom platform event.

    Attributes:
        name: API name, `…__e`.
        fields: Longest text of each field, by name.
        schema: Its Avro schema.
    """

    name: str
    fields: Mapping[str, int]
    schema: Schema

    @property
    def topic(self) -> str:
        """Name of the event's topic."""
        return f"/event/{self.name}"


def _defined(name: str, **fields: int) -> PlatformEvent:
    texts = [{"name": field, "type": ["null", "string"], "doc": "Data:Text", "default": None} for field in fields]
    return PlatformEvent(name, fields, schema(name, [*_STAMPS, *texts]))


ORDER_EVENT: Final = _defined("CpqBridge_Order__e", OrderId__c=18, Reason__c=255)
"""Says that an order is ready to be carried over."""

PLATFORM_EVENTS: Final = {event.name: event for event in (ORDER_EVENT,)}
"""By API name."""


def publish_record(bus: EventBus, event: PlatformEvent, body: Mapping[str, Any]) -> dict[str, Any]:
    """Publish an event as `POST sobjects/{Event}` does, and return the answer's body.

    Raises:
        SalesforceError: A field is unknown or its value is too long or no text; nothing is published then.
    """
    values = dict(_checked(event, name, value) for name, value in body.items())
    bus.publish(event, values)
    enqueued = {"statusCode": "OPERATION_ENQUEUED", "message": str(uuid.uuid4()), "fields": []}
    return {"id": "e01xx0000000001AAA", "success": True, "errors": [enqueued]}


def _checked(event: PlatformEvent, name: str, value: Any) -> tuple[str, str | None]:
    known = next((field for field in event.fields if field.lower() == name.lower()), None)
    if known is None:
        message = f"No such column '{name}' on sobject of type {event.name}"
        raise SalesforceError(400, "INVALID_FIELD", message)
    if value is not None and not isinstance(value, str):
        message = f"Cannot deserialize instance of string from {value!r}"
        raise SalesforceError(400, "JSON_PARSER_ERROR", message)
    if value and len(value) > event.fields[known]:
        message = f"{known}: data value too large: {value} (max length={event.fields[known]})"
        raise SalesforceError(400, "STRING_TOO_LONG", message, (known,))
    return known, value or None
