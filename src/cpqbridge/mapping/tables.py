"""All tables of the mapping together: the guide's, or the guide's with the user's own rules in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from cpqbridge.mapping.account import ACCOUNT
from cpqbridge.mapping.change import (
    ADD_PRODUCT,
    CANCEL_SUBSCRIPTION,
    CHANGED_SUBSCRIPTION,
    OWNER_TRANSFER,
    REMOVE_PRODUCT,
    RENEW_SUBSCRIPTION,
    RENEWAL_STOP,
    RENEWAL_TERMS,
    TERM_EXTENT,
    UPDATE_PRODUCT,
)
from cpqbridge.mapping.contact import BILL_TO, CONTACT, ORDER_BILL_TO, ORDER_SOLD_TO, SOLD_TO
from cpqbridge.mapping.line_item import ORDER_LINE_ITEM
from cpqbridge.mapping.order import ORDER
from cpqbridge.mapping.product import CHARGE as PRODUCT_CHARGE
from cpqbridge.mapping.product import PRODUCT
from cpqbridge.mapping.product import RATE_PLAN as PRODUCT_RATE_PLAN
from cpqbridge.mapping.rate_plan import BILLING_PERIOD, CHARGE, PRICE, RATE_PLAN
from cpqbridge.mapping.rule import Table
from cpqbridge.mapping.subscription import SUBSCRIPTION
from cpqbridge.mapping.usage import TIER, USAGE_CHARGE, USAGE_PLAN
from cpqbridge.mapping.usage_product import USAGE_CHARGE as USAGE_PRODUCT_CHARGE
from cpqbridge.mapping.usage_product import USAGE_RATE_PLAN as USAGE_PRODUCT_RATE_PLAN
from cpqbridge.settings.options import Options


@dataclass(frozen=True, slots=True)
class Tables:
    """One table for each request body, or part of it, that planning makes; `Tables()` is the guide."""

    account: Table = ACCOUNT
    account_bill_to: Table = BILL_TO
    account_sold_to: Table = SOLD_TO
    order_bill_to: Table = ORDER_BILL_TO
    order_sold_to: Table = ORDER_SOLD_TO
    contact: Table = CONTACT
    order: Table = ORDER
    subscription: Table = SUBSCRIPTION
    rate_plan_subscribed: Table = RATE_PLAN
    charge_override: Table = CHARGE
    price: Table = PRICE
    billing_period: Table = BILLING_PERIOD
    usage_plan_subscribed: Table = USAGE_PLAN
    usage_override: Table = USAGE_CHARGE
    tier: Table = TIER
    changed_subscription: Table = CHANGED_SUBSCRIPTION
    update_product: Table = UPDATE_PRODUCT
    add_product: Table = ADD_PRODUCT
    remove_product: Table = REMOVE_PRODUCT
    cancel_subscription: Table = CANCEL_SUBSCRIPTION
    renewal_terms: Table = RENEWAL_TERMS
    term_extent: Table = TERM_EXTENT
    renewal_stop: Table = RENEWAL_STOP
    renew_subscription: Table = RENEW_SUBSCRIPTION
    owner_transfer: Table = OWNER_TRANSFER
    line_item: Table = ORDER_LINE_ITEM
    product: Table = PRODUCT
    product_rate_plan: Table = PRODUCT_RATE_PLAN
    product_charge: Table = PRODUCT_CHARGE
    usage_rate_plan: Table = USAGE_PRODUCT_RATE_PLAN
    usage_charge: Table = USAGE_PRODUCT_CHARGE

    def __iter__(self) -> Iterator[Table]:
        """Yield every table."""
        return (getattr(self, one.name) for one in fields(self))

    def sources(self, root: str, options: Options) -> tuple[str, ...]:
        """Return every path below the object `root` that any table reads, once each, without the object's name."""
        return tuple(dict.fromkeys(path for table in self for path in table.sources(root, options)))

    def own_sources(self, root: str) -> tuple[str, ...]:
        """Return those that the user's mapping reads."""
        return tuple(dict.fromkeys(path for table in self for path in table.own_sources(root)))


GUIDE = Tables()
"""The mapping guide as it is."""
