"""One thing that the two systems have otherwise, and how it is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.sync.drift.fields import Field, Kind

COLUMNS = ("kind", "field", "account", "accountName", "subscription", "order", "record", "salesforce", "zuora", "next")
"""What a difference is told by, in this order."""


@dataclass(frozen=True, slots=True)
class About:
    """What a difference is about.

    Attributes:
        account: Salesforce id of the account, or its number in Zuora where Salesforce has none.
        account_name: Its name.
        subscription: Number of the subscription in Zuora; empty for accounts and order line items.
        order: Number of the order to look at.
        record: What it is: product, rate plan or account.
    """

    account: str = ""
    account_name: str = ""
    subscription: str = ""
    order: str = ""
    record: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference.

    Attributes:
        field: What differs.
        about: What it is about.
        salesforce: Salesforce's value; None for nothing at all.
        zuora: Zuora's value; None for nothing at all.
        advice: What to do, where the field's own is not it.
    """

    field: Field
    about: About
    salesforce: str | None
    zuora: str | None
    advice: str | None = None

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return self.field.kind

    @property
    def next(self) -> str:
        """What to do."""
        if self.advice:
            return self.advice
        text = self.field.lacking if self.salesforce is None and self.field.lacking else self.field.next
        about = self.about
        return text.format(account=about.account, order=about.order, subscription=about.subscription)

    def row(self) -> tuple[str | None, ...]:
        """Return it as `COLUMNS` name it."""
        about = self.about
        where = (about.account, about.account_name, about.subscription, about.order, about.record)
        return (self.kind.value, self.field.name, *where, self.salesforce, self.zuora, self.next)


def told(field: Field, sold: Any, held: Any) -> tuple[str | None, str | None]:
    """Return both values of a field as people read them; an end is told as the first day after it."""
    if not field.is_end:
        return shown(sold), shown(held)
    first, second = (f"before {shown(value)}" if value else "no end" for value in (sold, held))
    return first, second


def sync_first(order: str | None) -> str | None:
    """Return what to do where Zuora lacks an order."""
    return f"cpqbridge sync order {order}, which is not in Zuora" if order else None


def shown(value: Any) -> str | None:
    """Return a value as people read it: numbers without trailing zeros, days as ISO text."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Collection) and not isinstance(value, str):
        return " or ".join(map(str, value))
    return str(value)
