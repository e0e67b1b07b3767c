"""REST of the events: publishing a platform event as a record, and its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.errors import SalesforceError, not_found
from cpqbridge.sandbox.salesforce.events.platform import PLATFORM_EVENTS, PlatformEvent, publish_record
from cpqbridge.sandbox.salesforce.rest import Answer, Call, Resource

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def _published(event: PlatformEvent, call: Call) -> Answer:
    body = publish_record(call.org.events, event, call.json_object())
    return Answer(201, body, {"Location": f"{call.root}/sobjects/{event.name}/{body['id']}"})


def _schema(call: Call, schema_id: str) -> Answer:
    """Answer `GET event/eventSchema/{id}`."""
    schema = call.org.events.schema(schema_id)
    if schema is None:
        raise not_found()
    return Answer(body=schema.json)


def _publisher(event: PlatformEvent) -> Resource:
    return Resource(f"sobjects/{event.name}", {"POST": lambda call: _published(event, call)})


RESOURCES: Final = (
    Resource("event/eventSchema/{schema_id}", {"GET": _schema}),
    *(_publisher(event) for event in PLATFORM_EVENTS.values()),
)


def check_selection(org: Org, selected: Any) -> None:
    """Check the objects that are to be selected for change data capture.

    Raises:
        SalesforceError: 400, an object is unknown.
    """
    for name in selected if isinstance(selected, list) else ():
        table = org.store.catalogue.get(str(name))
        if table is None or table.name != name:
            raise SalesforceError(400, "INVALID_FIELD", f"No such object to select: {name}")
