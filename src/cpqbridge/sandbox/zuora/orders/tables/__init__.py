"""What the bodies of the orders API may hold, as text tables (notation: `cpqbridge.sandbox.zuora.orders.schema`)."""

from cpqbridge.sandbox.zuora.orders.tables import action, charge, line_item, order, preview
from cpqbridge.sandbox.zuora.orders.tables.enums import ENUMS

#: All tables, in the notation of the schema module.
TABLES = "".join(module.TABLES for module in (order, action, charge, line_item, preview))

__all__ = ["ENUMS", "TABLES"]
