"""What was sold, from the CPQ records alone: each subscription with its renewals, and what it holds on a day.

Nothing here comes from the connector: the records are read through the sandbox's own reading of them (`chains`).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from cpqbridge.sandbox.salesforce.cpq.chains import SUBSCRIPTION, Chain, subscription_chains
from cpqbridge.sandbox.salesforce.cpq.pricing import PRECISIONS, whole_months
from cpqbridge.sandbox.salesforce.org import Org

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """What is paid from a day on: how many, at which price for how many months (None: in all), at which rates.

    A term has several lengths in months, as its first and last days are counted: `also` has the others. Which of them
    Zuora bills is the matter of its billing rules, not of this comparison.
    """

    quantity: Decimal | None
    price: Decimal
    months: Decimal | None
    rates: tuple[Decimal, ...] = ()
    also: tuple[Decimal, ...] = ()

    def __str__(self) -> str:
        many = "" if self.quantity is None else f"{self.quantity.normalize():f} × "
        rates = f" at rates {', '.join(map(str, self.rates))}" if self.rates else ""
        months = "" if self.months is None else f" for {round(self.months, 3).normalize():f} months"
        return f"{many}{round(self.price, 4).normalize():f}{months}{rates}"


@cache
def _lengths(start: date, end: date) -> tuple[Decimal, ...]:
    """Return a term's length in months for each day of the month on which months may be cut, 31 being their last."""
    return tuple({_gone(end + DAY, day) - _gone(start, day) for day in range(1, 32)})


def _gone(moment: date, day: int) -> Decimal:
    """Return the months before a moment, the one in which it lies by its days."""
    month = moment.year * 12 + moment.month - 1
    if moment < _cut(month, day):
        month -= 1
    begin, after = _cut(month, day), _cut(month + 1, day)
    return month + Decimal((moment - begin).days) / (after - begin).days


def _cut(month: int, day: int) -> date:
    year, index = divmod(month, 12)
    return date(year, index + 1, min(day, monthrange(year, index + 1)[1]))


@dataclass(frozen=True, slots=True)
class Sale:
    """One term of a subscription: the first sale, or a renewal."""

    chain: Chain
    charge: str
    default_term: Decimal
    rates: tuple[Decimal, ...]

    @property
    def usage(self) -> bool:
        return self.charge == "Usage"

    @property
    def once(self) -> bool:
        return self.charge == "One-Time"

    def on(self, moment: date) -> Terms | None:
        """Return what it holds on a day; what is charged once is held on its first day only."""
        if self.once:
            first = self.chain.pieces[0]
            return Terms(first.quantity, first.net, None) if moment == first.start else None
        quantity = self.chain.quantity_on(moment)
        if not quantity:
            return None
        if self.usage:
            return Terms(None, Decimal(0), None, self.rates)
        counted = None if self.chain.whole else quantity
        return Terms(counted, self.chain.price_on(moment), self._months, (), self._also)

    @property
    def _months(self) -> Decimal:
        """Months that the price is for: whole ones from day to day, else those of the calendar and their parts."""
        start, end = self.chain.start, self.chain.end
        if end is None:
            return self.default_term
        months, days = whole_months(start, end)
        return PRECISIONS["Calendar Monthly + Daily"](start, end) if days else Decimal(months)

    @property
    def _also(self) -> tuple[Decimal, ...]:
        start, end = self.chain.start, self.chain.end
        return _lengths(start, end) if end else ()

    def days(self) -> Iterator[date]:
        """Yield the days on which something may change."""
        yield from (piece.start for piece in self.chain.pieces)
        for last in (self.chain.terminated, self.chain.renewed):
            if last:
                yield last
        if self.chain.end:
            yield self.chain.end + DAY


@dataclass(frozen=True, slots=True)
class Sold:
    """A subscription with its renewals: in Zuora one subscription, called as its first sale is.

    Attributes:
        number: The first sale's subscription number.
        product: Name of the first product sold.
        sales: The first sale and its renewals.
        orders: Numbers of the orders that changed it, in the order in which they were made.
        touching: The same, with those that take back what was charged once, which changes nothing.
        owner: Account that has it.
        payer: Account that pays for it.
    """

    number: str
    product: str
    sales: tuple[Sale, ...]
    orders: tuple[str, ...]
    touching: frozenset[str]
    owner: str
    payer: str

    def on(self, moment: date) -> Terms | None:
        """Return what is held on a day; None when nothing is."""
        found = [terms for sale in self.sales if (terms := sale.on(moment))]
        assert len(found) < 2, f"{self.number} is sold twice on {moment}"
        return found[0] if found else None

    @property
    def once(self) -> bool:
        """Whether it is charged once."""
        return self.sales[0].once

    def days(self) -> set[date]:
        """Return the days on which something may change."""
        return {moment for sale in self.sales for moment in sale.days()}


Truth = Mapping[str, Sold]
"""What was sold, by subscription number."""


class Reader:
    """Reads what was sold; contracts that nothing touched are not read again."""

    def __init__(self, org: Org) -> None:
        self._org = org
        self._chains: dict[str, list[Chain]] = {}
        self._whole: dict[str, Chain] = {}

    def read(self, touched: Iterable[str] | None = None) -> dict[str, Sold]:
        """Return what was sold.

        Args:
            touched: Ids of the contracts that changed since the last time; None reads all.
        """
        known = {str(row["Id"]) for row in self._org.store.find("Contract", "IsDeleted", False)}
        again = known if touched is None else (set(touched) & known) | (known - set(self._chains))
        self._chains = {key: chains for key, chains in self._chains.items() if key in known}
        for contract in again:
            self._chains[contract] = subscription_chains(self._org, contract)
        return {sold.number: sold for sold in self._sold()}

    def open_chains(self, contract: str) -> list[Chain]:
        """Return what of a contract can still be changed, until a renewal takes over."""
        chains = self._chains.get(contract, [])
        return sorted((one for one in chains if one.quantity), key=lambda one: one.name)

    def _sold(self) -> Iterator[Sold]:
        read = (chain for some in self._chains.values() for chain in some)
        chains = sorted((part for chain in read for part in self._parts(chain)), key=lambda one: one.name)
        by_piece = {piece.id: chain for chain in chains for piece in chain.pieces}
        renewals: dict[str, list[Chain]] = {}
        firsts: list[Chain] = []
        for chain in chains:
            before = by_piece.get(chain.line.get("SBQQ__RenewedSubscription__c") or "")
            if before and self._goes_on(before, chain):
                renewals.setdefault(before.id, []).append(chain)
            else:
                firsts.append(chain)
        return (self._line(first, renewals) for first in firsts)

    def _parts(self, chain: Chain) -> Iterator[Chain]:
        """Yield what is charged once in parts: whatever is added is charged by itself, nothing is taken back."""
        if self._charge(chain) != "One-Time":
            yield chain
            return
        for piece in chain.pieces:
            if piece.quantity > 0:
                row = self._org.store.get(SUBSCRIPTION, piece.id) or {}
                self._whole[piece.id] = chain
                yield replace(chain, original={**chain.original, "Id": row["Id"], "Name": row["Name"]}, pieces=(piece,))

    def _goes_on(self, before: Chain, chain: Chain) -> bool:
        """Return whether a renewal goes on without a gap, with something that is charged again and again."""
        until = before.end + DAY if before.end else date.max
        return self._charge(chain) != "One-Time" and chain.start <= until

    def _charge(self, chain: Chain) -> str:
        product = self._org.store.get("Product2", chain.product) or {}
        by_usage = chain.original.get("SBQQ__HasConsumptionSchedule__c") or product["SBQQ__HasConsumptionSchedule__c"]
        return "Usage" if by_usage else str(chain.original.get("SBQQ__ChargeType__c") or product["SBQQ__ChargeType__c"])

    def _line(self, first: Chain, renewals: Mapping[str, list[Chain]]) -> Sold:
        line = [first]
        while line[-1].id in renewals:
            [following] = renewals[line[-1].id]
            line.append(following)
        orders = sorted(
            {row["OrderNumber"]: row for row in self._orders(line)}.values(), key=lambda row: str(row["OrderNumber"])
        )
        product = self._org.store.get("Product2", first.product) or {}
        return Sold(
            first.name,
            str(product.get("Name")),
            tuple(self._sale(chain) for chain in line),
            tuple(str(row["OrderNumber"]) for row in orders),
            frozenset(str(row["OrderNumber"]) for row in self._orders([self._whole.get(one.id, one) for one in line])),
            self._named(orders, "SubscriptionOwner__c"),
            self._named(orders, "InvoiceOwner__c"),
        )

    def _orders(self, line: Iterable[Chain]) -> Iterator[dict[str, Any]]:
        store = self._org.store
        for chain in line:
            for piece in chain.pieces:
                item = (store.get(SUBSCRIPTION, piece.id) or {}).get("SBQQ__OrderProduct__c")
                order = (store.get("OrderItem", item or "") or {}).get("OrderId")
                if found := store.get("Order", order or ""):
                    yield found

    @staticmethod
    def _named(orders: list[dict[str, Any]], field: str) -> str:
        """Return the account that the latest order names, else the one that bought."""
        return next((str(row[field]) for row in reversed(orders) if row.get(field)), str(orders[0]["AccountId"]))

    def _sale(self, chain: Chain) -> Sale:
        default = Decimal(chain.line.get("SBQQ__DefaultSubscriptionTerm__c") or 1)
        return Sale(chain, self._charge(chain), default, self._rates(chain))

    def _rates(self, chain: Chain) -> tuple[Decimal, ...]:
        store = self._org.store
        schedules = store.find("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", chain.item or "")
        rates = [
            row
            for one in schedules
            for row in store.find(
                "SBQQ__OrderItemConsumptionRate__c", "SBQQ__OrderItemConsumptionSchedule__c", one["Id"]
            )
        ]
        ordered = sorted(rates, key=lambda row: row["SBQQ__LowerBound__c"])
        return tuple(Decimal(row["SBQQ__Price__c"]) for row in ordered)
