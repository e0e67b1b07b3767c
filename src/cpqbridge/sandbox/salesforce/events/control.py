"""`/_sandbox/events`: what a check may order of the event bus, and where the Pub/Sub API answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, ValidationError, convert
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.wire import decode, encode

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Gap = Literal["GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW"]


class Orders(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """What may be ordered; all of it is optional.

    Attributes:
        gap: Object of which gap events are published.
        change_type: Which gap event; without it `GAP_UPDATE`, then `GAP_OVERFLOW`.
        record_ids: Records that the gap event names.
        expire: Make every replay id so far stale.
        disconnect: End all streams.
        malformed: Topic that gets an event that is no Avro.
        delay_ms: Milliseconds by which delivery is held back from now on.
    """

    gap: str | None = None
    change_type: Gap | None = None
    record_ids: list[str] = []
    expire: bool = False
    disconnect: bool = False
    malformed: str | None = None
    delay_ms: int | None = None


def routes(org: Org) -> list[Route]:
    """Return the routes of the event bus's control."""

    async def events(request: Request) -> Response:
        try:
            if request.method == "POST":
                _carry_out(org, convert(decode(await request.body() or b"{}"), Orders))
        except SalesforceError as error:
            return _json(error.body(), error.status)
        except (ValidationError, ValueError) as error:
            return _json(SalesforceError(400, "INVALID_INPUT", str(error)).body(), 400)
        return _json(_state(org), 200)

    return [Route("/_sandbox/events", events, methods=["GET", "POST"])]


def _carry_out(org: Org, orders: Orders) -> None:
    bus = org.events
    topic = bus.topic(orders.malformed) if orders.malformed is not None else None
    if orders.malformed is not None and topic is None:
        raise SalesforceError(400, "INVALID_INPUT", f"There is no topic {orders.malformed}")
    if orders.gap is not None and orders.gap not in org.settings.change_data_entities:
        raise SalesforceError(400, "INVALID_INPUT", f"{orders.gap} is not selected for change data capture")
    if orders.delay_ms is not None:
        bus.delay_ms = orders.delay_ms
    if orders.expire:
        bus.expire()
    if topic:
        bus.garble(topic)
    if orders.gap:
        for change in (orders.change_type,) if orders.change_type else ("GAP_UPDATE", "GAP_OVERFLOW"):
            bus.gap(orders.gap, change, orders.record_ids)
    if orders.disconnect:
        bus.disconnect()


def _state(org: Org) -> dict[str, Any]:
    bus = org.events
    return {"topics": bus.topics(), "subscribers": bus.subscribers, "last": bus.journal.last, "delayMs": bus.delay_ms}


def _json(body: Any, status: int) -> Response:
    return Response(encode(body), status, media_type="application/json")
