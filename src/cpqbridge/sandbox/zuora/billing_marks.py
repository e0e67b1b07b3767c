"""``POST /_sandbox/charged-through``: mark a subscription as invoiced up to a day, as a bill run would.

    {"subscriptionNumber": "A-S00000001", "date": "2026-04-01"}     # null takes the marks away

It is a control for tests and demonstrations, without sign-in. The day is exclusive: the first one that is not invoiced.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox import wire
from cpqbridge.sandbox.zuora.http import answer
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

_HELP = 'The body must be {"subscriptionNumber": "…", "date": "YYYY-MM-DD" or null}.'


def routes(tenant: Tenant) -> list[Route]:
    """The control call."""

    async def mark(request: Request) -> Response:
        try:
            name, day = _parsed(await request.body())
            charges = mark_charged(tenant, name, day)
        except (ValueError, LookupError) as error:
            return answer({"message": str(error.args[0])}, 400)
        return answer({"subscriptionNumber": name, "charges": charges})

    return [Route("/_sandbox/charged-through", mark, methods=["POST"])]


def mark_charged(tenant: Tenant, name: str, day: str | None) -> list[dict[str, Any]]:
    """Set ``chargedThroughDate`` of every segment of a subscription's latest version.

    Args:
        tenant: Whose subscription it is.
        name: Its number.
        day: First day that is not invoiced, ``YYYY-MM-DD``; None: nothing is invoiced.

    Returns:
        ``chargeNumber, segment, chargedThroughDate`` of every segment.

    Raises:
        LookupError: There is no such subscription.
    """
    store = tenant.store
    versions = store.find("subscription", name=name, isLatestVersion=True)
    if not versions:
        raise LookupError(f"There is no subscription '{name}'.")
    with store.transaction():
        rows = [
            store.update("ratePlanCharge", charge["id"], _marks(charge, day))
            for charge in store.find("ratePlanCharge", subscriptionId=versions[0]["id"])
        ]
    shown = ("chargeNumber", "segment", "chargedThroughDate")
    return [{field: row[field] for field in shown} for row in rows]


def _marks(charge: Row, day: str | None) -> Row:
    start, end = charge["effectiveStartDate"], charge["effectiveEndDate"]
    through = None
    if day and start and start < day and start != end:
        # A one-time charge is invoiced whole.
        through = end if end and (end < day or charge["chargeType"] == "OneTime") else day
    return {"chargedThroughDate": through, "processedThroughDate": through, "isProcessed": through is not None}


def _parsed(raw: bytes) -> tuple[str, str | None]:
    body = wire.decode(raw)
    if not isinstance(body, dict) or set(body) != {"subscriptionNumber", "date"}:
        raise ValueError(_HELP)
    name, day = str(body["subscriptionNumber"]), body["date"]
    return name, None if day is None else date.fromisoformat(str(day)).isoformat()
