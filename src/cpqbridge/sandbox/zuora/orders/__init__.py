"""Orders: create, preview, read, change, delete; one module for each verb, `actions` for the order actions."""

from starlette.routing import Route

from cpqbridge.sandbox.zuora.orders import creating, custom_fields, mending, reading
from cpqbridge.sandbox.zuora.tenant import Tenant

__all__ = ["routes"]


def routes(tenant: Tenant) -> list[Route]:
    """All routes of ``/v1/orders``, ``/v1/async/orders`` and ``/v1/orderActions``."""
    return [route for module in (creating, reading, custom_fields, mending) for route in module.routes(tenant)]
