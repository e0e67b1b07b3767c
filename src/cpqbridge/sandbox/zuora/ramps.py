"""Ramps that exist: read one, or those of a subscription."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.envelopes import NO_BODY, PERMISSION, Refusal, code, not_found
from cpqbridge.sandbox.zuora.http import ok
from cpqbridge.sandbox.zuora.ramp_view import ramp_view
from cpqbridge.sandbox.zuora.tenant import Tenant


def routes(tenant: Tenant) -> list[Route]:
    """``GET /v1/ramps/{number}`` and ``GET /v1/subscriptions/{key}/ramps``."""

    async def read(request: Request) -> Response:
        _check(tenant)
        rows = tenant.store.find("ramp", number=request.path_params["number"])
        if not rows:
            raise not_found(request.path_params["number"])
        return ok(ramp=ramp_view(rows[-1]))

    async def of_subscription(request: Request) -> Response:
        _check(tenant)
        key, store = request.path_params["key"], tenant.store
        version = store.get("subscription", key)
        found = [version] if version else store.find("subscription", name=key, isLatestVersion=True)
        if not found:
            raise not_found(key)
        ramp = store.get("ramp", found[0].get("rampId") or "")
        return ok(ramps=[ramp_view(ramp)] if ramp else [])

    return [
        Route("/v1/ramps/{number}", read, methods=["GET"]),
        Route("/v1/subscriptions/{key}/ramps", of_subscription, methods=["GET"]),
    ]


def _check(tenant: Tenant) -> None:
    if not tenant.settings.ramps:
        raise Refusal(code(NO_BODY, PERMISSION), "The Ramps feature is not enabled for this tenant.")
