"""The service's own HTTP: three addresses, for reading only."""

from __future__ import annotations

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cpqbridge.web.gauges import Gauges
from cpqbridge.web.health import Health
from cpqbridge.web.meters import Meters
from cpqbridge.web.standing import StandingReader

NOT_WELL = 503
"""Status of a process that is not well."""


def make_app(health: Health, meters: Meters, reader: StandingReader) -> Starlette:
    """Return the application.

    Args:
        health: Knows how the process is.
        meters: What it counts; the gauges are added to their registry.
        reader: Asks the database.
    """
    gauges = Gauges(health.observed)
    meters.registry.register(gauges)

    async def healthz(_request: Request) -> Response:
        return _answer(*health.live())

    async def readyz(_request: Request) -> Response:
        return _answer(*health.ready(await reader.read()))

    async def metrics(_request: Request) -> Response:
        gauges.standing = await reader.read()
        return Response(generate_latest(meters.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)],
    )


def _answer(well: bool, document: dict[str, Any]) -> Response:
    return JSONResponse(document, status_code=200 if well else NOT_WELL, headers={"Cache-Control": "no-store"})
