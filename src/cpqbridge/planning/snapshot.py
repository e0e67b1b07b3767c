"""What was read from Salesforce: one immutable snapshot for a batch of records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.sold import Sold


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The Salesforce side of a batch.

    Attributes:
        orders: Order id to the order with its items, products, subscriptions, contacts and quote.
        accounts: Account id to the account; those to be synced, and those that Zuora lacks, with their ancestors.
        contacts: Account id to its contacts; only of accounts to be synced.
        products: Product2 id to the product with its active `PricebookEntries`; only those that Zuora lacks.
        schedules: Product2 id to its `ProductConsumptionSchedule` records with their `ConsumptionSchedule`; only of
            products whose order items have consumption schedules, or that Zuora lacks.
        rates: Consumption schedule id to its `ConsumptionRate` records by lower bound; only of those that
            Zuora lacks.
        sold: The order products that those of `orders` amend or renew, with everything else in their chains.
        time_zone: The org's time zone, such as `America/Los_Angeles`.
    """

    orders: Mapping[str, Record] = field(default_factory=dict)
    accounts: Mapping[str, Record] = field(default_factory=dict)
    contacts: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    products: Mapping[str, Record] = field(default_factory=dict)
    schedules: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    rates: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    sold: Sold = field(default_factory=Sold)
    time_zone: str = "UTC"

    def records(self, object_name: str) -> Mapping[str, Record]:
        """Return the records of an object by id: `Order`, `Account` or `Product2`."""
        return {"Order": self.orders, "Account": self.accounts, "Product2": self.products}[object_name]

    def with_records(self, object_name: str, records: Mapping[str, Record]) -> Snapshot:
        """Return a snapshot that has these records of an object instead: `Order` or `Account`."""
        return replace(self, orders=records) if object_name == "Order" else replace(self, accounts=records)


def children(record: Record, relationship: str) -> Sequence[Record]:
    """Return a record's child records as a list; Salesforce gives null where there are none."""
    rows = record.get(relationship)
    if rows is None:
        return ()
    found: Sequence[Record] = rows["records"] if isinstance(rows, Mapping) else rows
    return found
