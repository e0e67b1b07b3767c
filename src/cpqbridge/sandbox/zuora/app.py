"""The tenant's ASGI application: gateway, idempotency, and the routes of every resource."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from cpqbridge.sandbox.zuora.envelopes import (
    ERRORS,
    METHOD,
    NO_BODY,
    GatewayError,
    Refusal,
    code,
    render,
)
from cpqbridge.sandbox.zuora.headers import Gateway
from cpqbridge.sandbox.zuora.http import answer
from cpqbridge.sandbox.zuora.idempotency import Idempotency
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Modules of this package that hold resources; each has ``routes(tenant)``.
RESOURCES = (
    "auth",
    "accounts",
    "contacts",
    "settings_api",
    "orders",
    "subscriptions",
    "ramps",
    "line_items",
    "jobs",
    "catalog",
    "zoql",
    "updates",
    "billing_marks",
    "billing.control",
    "billing.api_routes",
    "object_query",
    "describe",
    "data_query",
)

#: Answers longer than this many bytes are compressed when the client permits it.
GZIP_MINIMUM = 1000


def create_app(tenant: Tenant, resources: Sequence[str] = RESOURCES, extra: Sequence[BaseRoute] = ()) -> Starlette:
    """The application of one tenant.

    Args:
        tenant: Its state.
        resources: Names of the modules whose routes are served.
        extra: Further routes, such as calls under ``/_sandbox``.
    """
    routes: list[BaseRoute] = [*extra]
    for name in resources:
        make: Callable[[Tenant], Sequence[BaseRoute]] = import_module(f"{__package__}.{name}").routes
        routes.extend(make(tenant))
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(Gateway, tenant=tenant),
            Middleware(GZipMiddleware, minimum_size=GZIP_MINIMUM, compresslevel=1),
            Middleware(Idempotency, tenant=tenant),
        ],
        exception_handlers=_handlers(),
    )


def _handlers() -> dict[Any, Callable[[Request, Exception], Response]]:
    handlers: dict[Any, Callable[[Request, Exception], Response]] = dict.fromkeys(ERRORS, _refused)
    handlers[HTTPException] = _unrouted
    return handlers


def _refused(request: Request, error: Exception) -> Response:
    status, body, headers = render(error, request.url.path, getattr(request.state, "request_id", ""))
    return answer(body, status, headers)


def _unrouted(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        message = f"Request method '{request.method}' not supported"
        return _refused(request, Refusal(code(NO_BODY, METHOD), message, 405))
    return _refused(request, GatewayError(404, "no Route matched with those values"))
