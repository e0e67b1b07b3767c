"""Settings of the tenant that the real API shows: ``/settings/billing-rules``."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cpqbridge.sandbox.zuora.envelopes import INVALID, NO_BODY, PlainError, code
from cpqbridge.sandbox.zuora.http import answer, read_body
from cpqbridge.sandbox.zuora.tenant import Tenant

PATH = "/settings/billing-rules"


def routes(tenant: Tenant) -> list[Route]:
    """The settings calls of a tenant."""

    async def read(_: Request) -> Response:
        return answer(tenant.settings.billing_rules)

    async def update(request: Request) -> Response:
        try:
            tenant.configure({"billingRules": await read_body(request)})
        except ValueError as error:
            raise PlainError(400, str(code(NO_BODY, INVALID)), str(error)) from error
        return answer(tenant.settings.billing_rules)

    return [Route(PATH, read, methods=["GET"]), Route(PATH, update, methods=["PUT"])]
