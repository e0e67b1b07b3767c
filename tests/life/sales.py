"""A sales team: does to contracts what people do in CPQ, and tells in words what it did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from cpqbridge.sandbox.salesforce.cpq.chains import asset_chains
from cpqbridge.sandbox.salesforce.cpq.pricing import end_of_term
from cpqbridge.sandbox.salesforce.errors import SalesforceError
from tests.life.holds import holds_of
from tests.life.truth import Reader, Truth
from tests.world import RECURRING, Line, World

ONE_TIME: Final = {"SBQQ__ChargeType__c": "One-Time"}
EVERGREEN: Final = {"SBQQ__SubscriptionType__c": "Evergreen"}
BLOCK: Final = {"SBQQ__PricingMethod__c": "Block"}
WHOLE: Final = {"SBQQ__EffectiveQuantity__c": 1}
ASSET: Final = {"SBQQ__AssetConversion__c": "One per quote line", "SBQQ__AssetAmendmentBehavior__c": "Default"}

PRODUCTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Seat": RECURRING,
    "Desk": RECURRING,
    "Access": RECURRING | BLOCK,
    "Setup": RECURRING | ONE_TIME,
    "Tap": RECURRING | EVERGREEN,
    "Storage": RECURRING | BLOCK,
    "Traffic": RECURRING | {"SBQQ__ChargeType__c": "Usage", "SBQQ__BillingType__c": "Arrears"},
    "Router": ONE_TIME | ASSET,
}
"""What is sold: per unit (twice), flat, a fee, evergreen, at block prices, by usage, an asset."""

BLOCKS: Final = ((0, 10, 300), (10, 50, 900), (50, None, 1500))
"""Block prices of Storage."""


@dataclass(frozen=True)
class Deed:
    """An order that was made.

    Attributes:
        order: Its number.
        words: What was done.
        kind: Which action it was.
        tolerated: Codes that may hold it.
        before: What was sold before it.
        after: What was sold with it.
        bare: Whether it sells anything without a subscription.
        revises: Numbers of the orders that first sold what it changes.
    """

    order: str
    words: str
    kind: str
    tolerated: frozenset[str]
    before: Truth
    after: Truth
    bare: bool
    revises: frozenset[str]


class Sales:
    """Two customers, eight products, and what was done to their contracts.

    Attributes:
        world: Where it happens.
        accounts: Ids of the customers, and of two that only own or pay.
        contracts: Numbers of the contracts, as they came about.
        deeds: The orders, as they came about.
        taken_back: Numbers of the orders that were taken back.
        story: What was done, in words.
        sold: What is sold now.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.accounts = [world.account(name) for name in ("Acme", "Bolt", "Holding", "Partner")]
        self.products = {name: self._product(name, dict(values)) for name, values in PRODUCTS.items()}
        self.contracts: list[str] = []
        self.deeds: list[Deed] = []
        self.taken_back: list[str] = []
        self.story: list[str] = []
        self.sold: Truth = {}
        self._reader = Reader(world.org)

    def _product(self, name: str, values: dict[str, Any]) -> str:
        product = self.world.product(name, subscription=False, **values)
        if name == "Traffic":
            self.world.schedule(product)
        if name == "Storage":
            self.world.block_prices(product, BLOCKS)
        return product

    @property
    def orders(self) -> list[str]:
        """Return the numbers of the orders, as they came about."""
        return [deed.order for deed in self.deeds]

    # What people look at before they act

    def id_of(self, contract: str) -> str:
        """Return the id of a contract."""
        return str(self.row(contract)["Id"])

    def row(self, contract: str) -> dict[str, Any]:
        """Return the record of a contract."""
        [row] = self.world.org.store.find("Contract", "ContractNumber", contract)
        return row

    def open(self, contract: str) -> list[str]:
        """Return the numbers of the subscriptions of a contract that can still be changed."""
        return [chain.name for chain in self._reader.open_chains(self.id_of(contract))]

    def living(self) -> list[str]:
        """Return the numbers of the contracts of which something is left."""
        return [one for one in self.contracts if self.open(one)]

    def renewable(self) -> list[str]:
        """Return the numbers of the contracts that can be renewed."""
        return [
            one for one in self.living() if self.row(one)["EndDate"] and not self.row(one)["SBQQ__RenewalQuoted__c"]
        ]

    def assets(self, contract: str) -> list[str]:
        """Return the ids of the assets that can be amended with a contract."""
        return [chain.id for chain in asset_chains(self.world.org, self.row(contract)) if chain.quantity]

    def addition(self, product: str, quantity: int, price: Decimal, **fields: Any) -> dict[str, Any]:
        """Return a new line of an amendment or renewal."""
        priced = {} if product == "Traffic" else {"netPrice": price}
        return {"product": self.products[product], "quantity": quantity, "fields": fields, **priced}

    def day(self, contract: str, days: int) -> str:
        """Return a day of a contract's term, counted from its first."""
        row = self.row(contract)
        start = date.fromisoformat(row["StartDate"])
        length = (date.fromisoformat(row["EndDate"]) - start).days + 1 if row["EndDate"] else 730
        return (start + timedelta(days=days % length)).isoformat()

    def latest_day(self, contract: str) -> str:
        """Return the day of the latest amendment of a contract, or its first day."""
        amendments = self.world.org.store.find("SBQQ__Quote__c", "SBQQ__MasterContract__c", self.id_of(contract))
        days = [str(row["SBQQ__StartDate__c"]) for row in amendments]
        return days[-1] if days else str(self.row(contract)["StartDate"])

    # What they do

    def new(
        self, lines: Iterable[tuple[str, int, Decimal]], start: str, months: int, *, account: int = 0
    ) -> str | None:
        """Sell something new; the lines are product, quantity and net price for the term."""
        what = [
            Line(self.products[name], quantity, price, more=WHOLE if name in ("Access", "Storage") else None)
            for name, quantity, price in lines
        ]
        end = end_of_term(date.fromisoformat(start), months).isoformat()
        told = ", ".join(
            f"{line.quantity} {name} at {line.price}" for (name, _, _), line in zip(lines, what, strict=True)
        )
        words = f"new order: {told}, {start} to {end}, for customer {account}"
        return self._do("new", words, (), lambda: self.world.order(self.accounts[account], what, start=start, end=end))

    def amend(self, contract: str, day: str, *changes: dict[str, Any], kind: str = "amend", **more: Any) -> str | None:
        """Amend a contract, as `World.amend` does."""
        words = f"{kind} of contract {contract} from {day}: {_told(*changes, **more)}"
        return self._do(kind, words, [contract], lambda: self.world.amend(contract, day, *changes, **more))

    def cancel(self, contract: str, day: str, *subscriptions: str, **more: Any) -> str | None:
        """Cancel a contract, or some of its subscriptions."""
        words = f"cancel {', '.join(subscriptions) or 'all'} of contract {contract} from {day} {_told(**more)}"
        return self._do("cancel", words, [contract], lambda: self.world.cancel(contract, day, *subscriptions, **more))

    def renew(self, contract: str, *changes: dict[str, Any], kind: str = "renew", **more: Any) -> str | None:
        """Renew a contract, as `World.renew` does."""
        words = f"{kind} contract {contract}: {_told(*changes, **more)}"
        return self._do(kind, words, [contract], lambda: self.world.renew(contract, *changes, **more))

    def take_back(self, *, delete: bool) -> str | None:
        """Take the latest order back as an administrator does; returns its number, or None where CPQ refuses it."""
        number = self.deeds[-1].order
        try:
            self.world.undo(number, delete=delete)
        except SalesforceError as refused:
            self.tell(f"(CPQ refuses to take {number} back: {refused.message})")
            return None
        self.deeds.pop()
        self.taken_back.append(number)
        find = self.world.org.store.find
        self.contracts = [one for one in self.contracts if find("Contract", "ContractNumber", one)]
        self.sold = self._reader.read()
        self.tell(f"{number} is taken back{' and deleted' if delete else ''}")
        return number

    def edit_account(self, account: int, **values: Any) -> None:
        """Change fields of a customer."""
        self.world.org.store.update("Account", self.accounts[account], values, system=True)
        self.tell(f"customer {account} is changed: {_told(**values)}")

    def tell(self, words: str) -> None:
        """Note what happened beside the orders."""
        self.story.append(words)

    def _do(self, kind: str, words: str, contracts: Sequence[str], deed: Callable[[], str]) -> str | None:
        """Do something that makes an order; returns None where CPQ refuses it."""
        before = self.sold
        try:
            number = deed()
        except SalesforceError as refused:
            self.tell(f"(CPQ refuses: {words}: {refused.message})")
            return None
        [order] = self.world.org.store.find("Order", "OrderNumber", number)
        made = self.world.org.store.find("Contract", "SBQQ__Order__c", order["Id"])
        self.contracts += [self.world.contract(number, place) for place in range(len(made))]
        self.sold = self._reader.read([self.id_of(one) for one in contracts])
        self.deeds.append(self._deed(order, words, kind, before))
        self.tell(f"{number}: {words}")
        return number

    def _deed(self, order: dict[str, Any], words: str, kind: str, before: Truth) -> Deed:
        store, number = self.world.org.store, str(order["OrderNumber"])
        items = store.find("OrderItem", "OrderId", order["Id"])
        bare = any(not item["SBQQ__Subscription__c"] for item in items)
        revised = [store.get("OrderItem", item["SBQQ__RevisedOrderProduct__c"] or "") for item in items]
        orders = [store.get("Order", item["OrderId"]) for item in revised if item]
        revises = frozenset(str(row["OrderNumber"]) for row in orders if row)
        return Deed(number, words, kind, holds_of(self.world.org, number), before, self.sold, bare, revises)


def _told(*changes: Mapping[str, Any], **more: Any) -> str:
    told = [", ".join(f"{name} {value}" for name, value in change.items()) for change in changes]
    return "; ".join([*told, *(f"{name} {value}" for name, value in more.items())])
