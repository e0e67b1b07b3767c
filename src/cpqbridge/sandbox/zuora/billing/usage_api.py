"""Usage records over the API: ``/v1/object/usage`` and the list of an account's usage."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from cpqbridge.sandbox.zuora.billing.usage_records import USAGE, view
from cpqbridge.sandbox.zuora.catalog import crud
from cpqbridge.sandbox.zuora.envelopes import not_found
from cpqbridge.sandbox.zuora.http import ok, page
from cpqbridge.sandbox.zuora.parties import find_account
from cpqbridge.sandbox.zuora.tenant import Tenant


def routes(tenant: Tenant) -> list[BaseRoute]:
    """Create, read, update, delete; and ``GET /v1/usage/accounts/{key}``, newest start first."""

    async def of_account(request: Request) -> Response:
        key = request.path_params["key"]
        account = find_account(tenant, key)
        if account is None:
            raise not_found(key)
        rows = tenant.store.find("usage", accountId=account["id"])
        rows.sort(key=lambda row: str(row["startDateTime"]), reverse=True)
        asked = page(request)
        following = asked.next_url(request, len(rows))
        return ok(
            usage=[view(tenant, row) for row in asked.cut(rows)], **({"nextPage": following} if following else {})
        )

    return [*crud.routes(tenant, USAGE), Route("/v1/usage/accounts/{key}", of_account, methods=["GET"])]
