"""What a contract holds: each thing sold with all its revisions, and how much of it is active on a day.

An amendment does not touch what was sold before: it adds a row with the difference. A chain is the original row and
its differences; the quantity is their sum. Subscriptions are chained by their revised subscription, assets by the
revised order product of the order product that made them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.pricing import PRECISIONS, rounded
from cpqbridge.sandbox.salesforce.cpq.records import day, items_of

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

SUBSCRIPTION = "SBQQ__Subscription__c"
ASSET = "Asset"
_WHOLE_PRICES = ("Block", "Percent Of Total")


@dataclass(frozen=True, slots=True)
class Piece:
    """A row of a chain.

    Attributes:
        id: The subscription or asset.
        start: First day.
        quantity: Units; negative takes some away.
        net: Net price from its start to the chain's end, per unit (in all, where the chain is priced as a whole).
    """

    id: str
    start: date
    quantity: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Chain:
    """A thing sold, and its revisions.

    Attributes:
        sobject: `SBQQ__Subscription__c` or `Asset`.
        original: The row that the sale made.
        line: The quote line that sold it; empty when there is none.
        pieces: The original and its revisions, by start.
        end: Last day; None without end.
        terminated: First day after it was amended to zero, or None.
        renewed: First day of its renewal, or None.
        precision: The org's Subscription Prorate Precision.
    """

    sobject: str
    original: Row
    line: Row
    pieces: tuple[Piece, ...]
    end: date | None
    terminated: date | None
    renewed: date | None
    precision: str

    @property
    def id(self) -> str:
        """Id of the original row."""
        return str(self.original["Id"])

    @property
    def name(self) -> str:
        """What people call it: the subscription number, the asset's name."""
        return str(self.original["Name"])

    @property
    def is_asset(self) -> bool:
        """Whether it is an asset."""
        return self.sobject == ASSET

    @property
    def product(self) -> str:
        """Id of the product."""
        return str(self.original["Product2Id" if self.is_asset else "SBQQ__Product__c"])

    @property
    def item(self) -> str | None:
        """Id of the order product that sold it."""
        return self.original.get("SBQQ__OrderProduct__c")

    @property
    def kind(self) -> str:
        """`Renewable`, `One-time` or `Evergreen`; empty for an asset."""
        return str(self.original.get("SBQQ__SubscriptionType__c") or "")

    @property
    def start(self) -> date:
        """First day."""
        return self.pieces[0].start

    @property
    def quantity(self) -> Decimal:
        """Units once every amendment made so far has come into force."""
        return sum((piece.quantity for piece in self.pieces), Decimal(0))

    @property
    def whole(self) -> bool:
        """Whether prices are for the whole quantity: the quote line's effective quantity was 1."""
        by_method = self.original.get("SBQQ__PricingMethod__c") in _WHOLE_PRICES
        return by_method and self.line.get("SBQQ__EffectiveQuantity__c") is not None

    @property
    def price(self) -> Decimal:
        """Net price for its whole term once every amendment has come into force, see `price_on`."""
        return self.price_on(date.max)

    def price_on(self, moment: date) -> Decimal:
        """Return the net price from the first to the last day, per unit (in all, where it is priced as a whole).

        What is priced as a whole gets another price with each amendment; anything else keeps that of the first sale.
        """
        if not self.whole:
            return self.pieces[0].net
        begun = [piece for piece in self.pieces if piece.start <= moment]
        return rounded(sum((self.worth(one.net, one.start, self.start) for one in begun), Decimal(0)), "")

    def quantity_on(self, moment: date) -> Decimal:
        """Return the units that are active on a day."""
        over = (self.terminated, self.renewed)
        if any(limit and limit <= moment for limit in over) or (self.end and self.end < moment):
            return Decimal(0)
        return sum((piece.quantity for piece in self.pieces if piece.start <= moment), Decimal(0))

    def months(self, start: date, end: date | None) -> Decimal:
        """Return the months that a span is charged as; 1 for what is charged once or has no end."""
        if end is None or self.is_asset or self.original.get("SBQQ__ChargeType__c") == "One-Time":
            return Decimal(1)
        return PRECISIONS[self.precision](start, end)

    def worth(self, net: Decimal, since: date, start: date) -> Decimal:
        """Return what a price for `since` to the chain's end is for `start` to the chain's end, unrounded."""
        return net * self.months(start, self.end) / self.months(since, self.end)


@dataclass(frozen=True, slots=True)
class Holding:
    """What a customer has of a subscription on a day.

    Attributes:
        subscription: Its number: that of the original subscription.
        product: Id of the product.
        quantity: Units.
        price: Net price for `start` to `end`, per unit (in all, where it is priced as a whole).
        start: First day of its term.
        end: Last day of its term; None for evergreen.
        account: Id of the account.
    """

    subscription: str
    product: str
    quantity: Decimal
    price: Decimal
    start: date
    end: date | None
    account: str


def active(org: Org, contract_id: str, moment: date) -> dict[str, Holding]:
    """Return what a contract's customer has on a day, by the number of the original subscription.

    Worked out from the subscription records alone; what is not contracted yet does not count.
    """
    holdings = [_held(chain, moment) for chain in subscription_chains(org, contract_id)]
    return {held.subscription: held for held in holdings if held.quantity}


def active_of_account(org: Org, account_id: str, moment: date) -> dict[str, Holding]:
    """Return what an account has on a day in all its contracts, by the number of the original subscription."""
    contracts = org.store.find("Contract", "AccountId", account_id)
    return {number: held for row in contracts for number, held in active(org, row["Id"], moment).items()}


def _held(chain: Chain, moment: date) -> Holding:
    account = str(chain.original["SBQQ__Account__c"])
    quantity = chain.quantity_on(moment)
    return Holding(chain.name, chain.product, quantity, chain.price_on(moment), chain.start, chain.end, account)


def chains_of(org: Org, contract: Row) -> list[Chain]:
    """Return the subscriptions and assets of a contract, in the order in which they were sold."""
    return subscription_chains(org, str(contract["Id"])) + asset_chains(org, contract)


def subscription_chains(org: Org, contract_id: str) -> list[Chain]:
    """Return the subscriptions of a contract, each with its revisions."""
    rows = org.store.find(SUBSCRIPTION, "SBQQ__Contract__c", contract_id)
    return _gathered(org, SUBSCRIPTION, [(row.get("SBQQ__RevisedSubscription__c") or row["Id"], row) for row in rows])


def asset_chains(org: Org, contract: Row) -> list[Chain]:
    """Return the assets that the contract's order and its amendments made; units of one order product together."""
    items = [item for order in _orders_of(org, contract) for item in items_of(org, order)]
    keyed = [
        (item.get("SBQQ__RevisedOrderProduct__c") or item["Id"], asset)
        for item in items
        for asset in org.store.find(ASSET, "SBQQ__OrderProduct__c", item["Id"])
    ]
    return _gathered(org, ASSET, keyed)


def chain_of(org: Org, subscription_id: str) -> Chain | None:
    """Return the chain that a subscription is in, or None when there is no such subscription."""
    row = org.store.get(SUBSCRIPTION, subscription_id)
    if row is None:
        return None
    root = row.get("SBQQ__RevisedSubscription__c") or row["Id"]
    return next((chain for chain in subscription_chains(org, row["SBQQ__Contract__c"]) if chain.id == root), None)


def _orders_of(org: Org, contract: Row) -> list[str]:
    quotes = org.store.find("SBQQ__Quote__c", "SBQQ__MasterContract__c", contract["Id"])
    amendments = [row for quote in quotes for row in org.store.find("Order", "SBQQ__Quote__c", quote["Id"])]
    first = [contract["SBQQ__Order__c"]] if contract.get("SBQQ__Order__c") else []
    return first + [str(row["Id"]) for row in amendments]


def _gathered(org: Org, sobject: str, keyed: list[tuple[str, dict[str, Any]]]) -> list[Chain]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, row in keyed:
        groups.setdefault(key, []).append(row)
    return [_chain(org, sobject, rows) for rows in groups.values()]


def _chain(org: Org, sobject: str, rows: list[dict[str, Any]]) -> Chain:
    original = next((row for row in rows if not row.get("SBQQ__RevisedSubscription__c")), rows[0])
    segmented = original.get("SBQQ__SegmentKey__c")
    end = None if sobject == ASSET else original["SBQQ__SegmentEndDate__c" if segmented else "SBQQ__EndDate__c"]
    rest = [row for row in rows if row is not original]
    return Chain(
        sobject,
        original,
        org.store.get("SBQQ__QuoteLine__c", original.get("SBQQ__QuoteLine__c") or "") or {},
        tuple(sorted((_piece(sobject, row) for row in (original, *rest)), key=lambda piece: piece.start)),
        day(end),
        day(original.get("SBQQ__TerminatedDate__c")),
        day(original.get("SBQQ__RenewedDate__c")),
        org.settings.prorate_precision,
    )


def _piece(sobject: str, row: Row) -> Piece:
    if sobject == ASSET:
        start = row.get("InstallDate") or row.get("PurchaseDate")
        return Piece(row["Id"], date.fromisoformat(str(start)), row["Quantity"], row.get("Price") or Decimal(0))
    start = row["SBQQ__SegmentStartDate__c" if row.get("SBQQ__SegmentKey__c") else "SBQQ__StartDate__c"]
    net = row.get("SBQQ__NetPrice__c") or Decimal(0)
    return Piece(row["Id"], date.fromisoformat(start), row["SBQQ__Quantity__c"], net)
