"""The calls about billing documents, bill runs, previews and usage."""

from __future__ import annotations

from starlette.routing import BaseRoute

from cpqbridge.sandbox.zuora.billing import (
    api_bill_runs,
    api_credit_memos,
    api_invoices,
    preview_account,
    usage_api,
)
from cpqbridge.sandbox.zuora.tenant import Tenant

_RESOURCES = (api_invoices, api_credit_memos, api_bill_runs, preview_account, usage_api)


def routes(tenant: Tenant) -> list[BaseRoute]:
    """All of them."""
    return [route for resource in _RESOURCES for route in resource.routes(tenant)]
