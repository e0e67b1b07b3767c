"""One order while it is being carried out, inside one transaction of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cpqbridge.sandbox.zuora.orders.reasons import invalid
from cpqbridge.sandbox.zuora.store import Row, Store
from cpqbridge.sandbox.zuora.tenant import Tenant


@dataclass(slots=True)
class OrderRun:
    """What the actions of one order share.

    Attributes:
        tenant: Whose order it is.
        order: Row of the order; its number and id are settled before the first action.
        account: Row of the order's account, the invoice owner of its new subscriptions.
        body: The request.
        currency: Currency of the order, set by the first subscription.
        pending: Whether a required trigger date is missing, so that the order stays Pending.
        tokens: Unique tokens used so far.
        subscriptions: Ids of the subscription versions made or changed so far, by subscription number.
        current: Number of the subscription that the actions of the present entry act on.
        held: Whether a required trigger date of an action on an existing subscription is missing, so that the whole
            order waits for it.
        actions: Rows of its order actions so far.
        entered: Whether the present entry's own fields are on that subscription already.
    """

    tenant: Tenant
    order: Row
    account: Row
    body: dict[str, Any]
    currency: str | None = None
    pending: bool = False
    tokens: set[str] = field(default_factory=set)
    subscriptions: dict[str, str] = field(default_factory=dict)
    current: str | None = None
    entered: bool = False
    held: bool = False
    actions: list[Row] = field(default_factory=list)

    def enter(self, number: str | None) -> None:
        """Turn to the next element of ``subscriptions``; None when it creates its subscription."""
        self.current, self.entered = number, False

    @property
    def store(self) -> Store:
        """The tenant's records."""
        return self.tenant.store

    @property
    def order_date(self) -> date:
        """The date on which the order was signed."""
        return date.fromisoformat(self.order["orderDate"])

    def claim_currency(self, currency: str) -> None:
        """Bind the order to a currency.

        Raises:
            Refusal: It is bound to another one.
        """
        if self.currency not in {None, currency}:
            raise invalid("All subscriptions in the same order must use the same currency.")
        self.currency = currency

    def claim_token(self, token: str | None) -> None:
        """Use up a unique token.

        Raises:
            Refusal: The order used it before.
        """
        if token and token in self.tokens:
            raise invalid(f"The uniqueToken '{token}' is used more than once in the order.")
        if token:
            self.tokens.add(token)


def custom_fields(row: Row) -> dict[str, Any]:
    """The custom fields of a row, as they stand in a ``customFields`` object."""
    return {name: value for name, value in row.items() if name.endswith("__c")}
