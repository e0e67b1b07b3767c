"""What of a subscription is on documents already: the items that hold its service periods, less what was credited.

Every item of a document carries ``_billed``, from which this is read: its kind, its days (the end exclusive), its
signed amount, the content of the price, and what it credits or discounts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from cpqbridge.sandbox.zuora.billing.cuts import ordinal
from cpqbridge.sandbox.zuora.store import Row, Store

#: Kinds of records that are items of documents.
ITEMS = ("invoiceItem", "creditMemoItem")

#: Kinds of items, as ``_billed`` names them.
CHARGE, ONE_TIME, USAGE, DISCOUNT, CREDIT = "charge", "oneTime", "usage", "discount", "credit"


@dataclass(slots=True)
class Held:
    """One item that holds a service period.

    Attributes:
        id: Its id.
        kind: ``charge``, ``oneTime``, ``usage`` or ``discount``.
        number: Number of its charge.
        start: First day.
        end: End (exclusive) of what is not credited.
        amount: What is not credited.
        billed: Its own amount.
        content: What its price rested on.
        base: Id of the item that it discounts.
        period: First day of the discount's own billing period, for a fixed amount.
    """

    id: str
    kind: str
    number: str
    start: int
    end: int
    amount: Decimal
    billed: Decimal
    content: str
    base: str | None
    period: str | None


class Ledger:
    """The held items of one subscription."""

    def __init__(self, rows: Iterable[Row]) -> None:
        """Read the items; credits among them must stand behind what they credit.

        Args:
            rows: Item rows, or rows that are to become items.
        """
        self._held: dict[str, Held] = {}
        self._numbers: set[str] = set()
        for row in rows:
            self.add(row)

    @classmethod
    def of(cls, store: Store, name: str, pending: Iterable[Row] = ()) -> Ledger:
        """What a subscription has on the documents of the store, and on those that are being made.

        Args:
            store: The tenant's records.
            name: The subscription's number.
            pending: Items that are due but stand on no document yet.
        """
        rows = [*stored_items(store, name), *(row for row in pending if row["_subscription"] == name)]
        return cls(sorted(rows, key=lambda row: row["_billed"]["kind"] == CREDIT))

    def add(self, row: Row) -> None:
        """Take one more item in."""
        billed = row["_billed"]
        self._numbers.add(row["chargeNumber"])
        if billed["kind"] != CREDIT:
            made = _held(row)
            self._held[made.id] = made
            return
        credited = self._held.get(billed["credits"])
        if credited:
            credited.amount += billed["amount"]
            credited.end = max(credited.start, min(credited.end, ordinal(billed["start"])))

    def of_charge(self, number: str) -> list[Held]:
        """What a charge holds, in the order of days; what is credited whole is left out, a discount is not."""
        found = [held for held in self._held.values() if held.number == number and held.end > held.start]
        return sorted(found, key=lambda held: held.start)

    def of_base(self, base: str, number: str) -> list[Held]:
        """The items by which a discount charge discounts an item."""
        return [held for held in self._held.values() if held.base == base and held.number == number]

    def bases(self) -> list[Held]:
        """All items that are no discounts, what was credited whole among them."""
        return [held for held in self._held.values() if held.kind != DISCOUNT]

    def knows(self, number: str) -> bool:
        """Whether a charge ever was on a document."""
        return number in self._numbers


def stored_items(store: Store, name: str) -> Iterator[Row]:
    """Rows of all items that bill a subscription, those of cancelled documents left out."""
    for kind in ITEMS:
        for row in store.find(kind, _subscription=name):
            if not row.get("_void"):
                yield row


def _held(row: Row) -> Held:
    billed = row["_billed"]
    # Whole numbers of kept data come back as integers.
    amount = Decimal(billed["amount"])
    return Held(
        id=row["id"],
        kind=billed["kind"],
        number=row["chargeNumber"],
        start=ordinal(billed["start"]),
        end=ordinal(billed["end"]),
        amount=amount,
        billed=amount,
        content=billed["content"],
        base=billed["base"],
        period=billed["period"],
    )
