"""Which objects are followed, and which records a change of each makes due. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cpqbridge.salesforce.select import Select
from cpqbridge.settings.auto_sync import Followed

_ORDER = ("Id", "OrderNumber", "AccountId", "StatusCode", "EffectiveDate", "IsDeleted")
"""What is read of an order to see whether it is to be carried over."""


@dataclass(frozen=True, slots=True)
class Link:
    """Records of another followed object that a change leads to.

    Attributes:
        source: The other object.
        field: Its field that holds the key.
        key: Path to the key in the changed record.
    """

    source: str
    field: str
    key: str = "Id"


@dataclass(frozen=True, slots=True)
class Source:
    """An object that is followed.

    Attributes:
        sobject: Its name.
        makes: What its changes make due.
        path: Path to the record that becomes due, or to its id; empty for the record itself.
        link: Where the way to that record goes through another object.
        always: Looked at each time; the others take turns.
        deleted: Whether a deletion is a change too.
    """

    sobject: str
    makes: Followed
    path: str = ""
    link: Link | None = None
    always: bool = False
    deleted: bool = True

    @property
    def select(self) -> Select:
        """What is read of it."""
        own = ("Id", "SystemModstamp", "IsDeleted", "LastModifiedById")
        needed = self._needed()
        return Select(self.sobject, tuple(dict.fromkeys((*own, *needed))), needed=("SystemModstamp", *needed))

    def _needed(self) -> tuple[str, ...]:
        if self.link:
            return (self.link.key,)
        if self.makes != "Order":
            return (self.path,) if self.path else ()
        return tuple(f"{self.path}.{name}" if self.path else name for name in _ORDER)


_PRODUCT_SCHEDULE = "ProductConsumptionSchedule"
_SUBSCRIPTION = "SBQQ__Subscription__c"
_USAGE = "SBQQ__OrderItemConsumptionSchedule__c"

SOURCES = (
    Source("Order", "Order", always=True),
    Source("OrderItem", "Order", "Order", always=True),
    Source(_SUBSCRIPTION, "Order", "SBQQ__OrderProduct__r.Order", always=True),
    Source("Account", "Account", always=True, deleted=False),
    Source("Contract", "Order", link=Link(_SUBSCRIPTION, "SBQQ__Contract__c"), deleted=False),
    Source("Contact", "Account", "AccountId", deleted=False),
    Source("Product2", "Product2", deleted=False),
    Source("PricebookEntry", "Product2", "Product2Id"),
    Source(_USAGE, "Order", "SBQQ__OrderItem__r.Order"),
    Source(
        "SBQQ__OrderItemConsumptionRate__c", "Order", "SBQQ__OrderItemConsumptionSchedule__r.SBQQ__OrderItem__r.Order"
    ),
    Source(_PRODUCT_SCHEDULE, "Product2", "ProductId"),
    Source("ConsumptionSchedule", "Product2", link=Link(_PRODUCT_SCHEDULE, "ConsumptionScheduleId"), deleted=False),
    Source(
        *("ConsumptionRate", "Product2"),
        link=Link(_PRODUCT_SCHEDULE, "ConsumptionScheduleId", key="ConsumptionScheduleId"),
    ),
)
"""What is followed. Four are looked at each time and the others take turns in the fifth place, as one API call takes
five queries."""

BY_NAME: Mapping[str, Source] = {source.sobject: source for source in SOURCES}


@dataclass(frozen=True, slots=True)
class Found:
    """A record that a change leads to.

    Attributes:
        object: `Order`, `Account` or `Product2`.
        record_id: Its id.
        account: The account of an order; else its own id.
        number: The order's number.
        activated: Whether the order is activated.
        deleted: Whether the order is in the recycle bin.
        start: The first day of the order, `YYYY-MM-DD`.
    """

    object: Followed
    record_id: str
    account: str
    number: str | None = None
    activated: bool = True
    deleted: bool = False
    start: str | None = None


def found(source: Source, row: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the record that a changed row leads to, if there is any."""
    if row.get("IsDeleted") and not source.deleted:
        return
    if source.makes != "Order":
        if record_id := value(row, source.path or "Id"):
            yield Found(source.makes, record_id, record_id)
        return
    order = value(row, source.path) if source.path else row
    if order and order.get("AccountId"):
        yield Found(
            "Order",
            order["Id"],
            order["AccountId"],
            order.get("OrderNumber"),
            activated=order.get("StatusCode") == "Activated",
            deleted=bool(order.get("IsDeleted")),
            start=order.get("EffectiveDate"),
        )


def value(row: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path in a row; None where a parent on the way is empty."""
    current: Any = row
    for name in path.split("."):
        current = current.get(name) if current else None
    return current
