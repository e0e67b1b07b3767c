"""Every kind of record of the tenant, with look-ups by kind, by path and by SOAP name.

Field names and types are those of the official SDK's ``Expanded*`` models; filterable and sortable fields and the
expandable paths are those of the API reference of January 2026.
"""

from __future__ import annotations

from cpqbridge.sandbox.zuora.object_query.entity import Entity
from cpqbridge.sandbox.zuora.object_query.tables.billing import BILLING_RUN, USAGE
from cpqbridge.sandbox.zuora.object_query.tables.customers import ACCOUNT, CONTACT
from cpqbridge.sandbox.zuora.object_query.tables.documents import (
    CREDIT_MEMO,
    CREDIT_MEMO_ITEM,
    INVOICE,
    INVOICE_ITEM,
)
from cpqbridge.sandbox.zuora.object_query.tables.orders import ORDER, ORDER_ACTION, ORDER_LINE_ITEM
from cpqbridge.sandbox.zuora.object_query.tables.products import (
    EXTERNAL_PRODUCT_RATE_PLAN,
    PRODUCT,
    PRODUCT_RATE_PLAN,
    PRODUCT_RATE_PLAN_CHARGE,
    PRODUCT_RATE_PLAN_CHARGE_TIER,
)
from cpqbridge.sandbox.zuora.object_query.tables.subscriptions import (
    RATE_PLAN,
    RATE_PLAN_CHARGE,
    RATE_PLAN_CHARGE_TIER,
    SUBSCRIPTION,
)
from cpqbridge.sandbox.zuora.object_query.tables.units import UNIT_OF_MEASURE

ENTITIES: tuple[Entity, ...] = (
    ACCOUNT,
    CONTACT,
    ORDER,
    ORDER_ACTION,
    ORDER_LINE_ITEM,
    SUBSCRIPTION,
    RATE_PLAN,
    RATE_PLAN_CHARGE,
    RATE_PLAN_CHARGE_TIER,
    PRODUCT,
    PRODUCT_RATE_PLAN,
    PRODUCT_RATE_PLAN_CHARGE,
    PRODUCT_RATE_PLAN_CHARGE_TIER,
    EXTERNAL_PRODUCT_RATE_PLAN,
    UNIT_OF_MEASURE,
    INVOICE,
    INVOICE_ITEM,
    CREDIT_MEMO,
    CREDIT_MEMO_ITEM,
    USAGE,
    BILLING_RUN,
)

BY_KIND = {entity.kind: entity for entity in ENTITIES}
BY_PATH = {entity.path: entity for entity in ENTITIES if entity.path}
BY_NAME = {entity.name.lower(): entity for entity in ENTITIES}
