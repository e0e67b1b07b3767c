"""Which order products follow which: what was read of the chains of some orders, and how to find a chain in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import (
    CANCEL,
    REVISED,
    SEGMENT_KEY,
    SUBSCRIPTION,
    Chain,
    How,
    Piece,
    Sale,
    is_asset_change,
    piece,
    renewed_subscription,
    turn,
)

_LAST = ("\uffff", "\uffff")
"""A turn after all others."""


@dataclass(frozen=True)
class Sold:
    """Order products that were read to know the chains of some orders.

    Attributes:
        items: Id to the order product, with its `Order`; only those with a subscription.
        assets: The same of those without, which others change.
        rebooked: Whether a product that an amendment cancels and sells again goes on as the same subscription.
        hosted: Whether a product that an amendment adds goes on a subscription of the same contract.
        whole_contracts: Whether everything of the contracts was read.
        undated: Id of an original order product to the numbers of orders that changed it nobody can tell since when.
    """

    items: dict[str, Record] = field(default_factory=dict)
    assets: dict[str, Record] = field(default_factory=dict)
    rebooked: bool = False
    hosted: bool = False
    whole_contracts: bool = False
    undated: dict[str, list[str]] = field(default_factory=dict, init=False, compare=False)

    def __post_init__(self) -> None:
        """Leave out what has no days, or a subscription that may not be read: it follows nothing."""
        dated: dict[str, Record] = {}
        for key, item in self.items.items():
            if (item.get("SBQQ__Subscription__r") or {}).get("SBQQ__StartDate__c"):
                dated[key] = item
            elif item.get(REVISED):
                self.undated.setdefault(item[REVISED], []).append(str(item["Order"]["OrderNumber"]))
        object.__setattr__(self, "items", dated)

    @cached_property
    def index(self) -> _Index:
        """Who follows whom."""
        return _Index(self.items, self.rebooked)

    def chain(self, item: Record) -> Chain | None:
        """Return the chain of an order product up to its order, or None where it was not read."""
        known = self.items.get(item["Id"])
        return None if known is None else self.index.chain(known)

    def whole(self, chain: Chain) -> Chain:
        """Return a chain with everything that has been contracted since."""
        return self.index.chain_until(chain.first, _LAST)

    def chains(self) -> Iterator[Chain]:
        """Yield all whole chains, each once."""
        seen: set[str] = set()
        for item in sorted((one for one in self.items.values() if not one.get(REVISED)), key=turn):
            chain = self.chain(item)
            if chain is not None and chain.first["Id"] not in seen:
                seen.add(chain.first["Id"])
                yield self.whole(chain)

    def left_out(self, order: str) -> list[Chain]:
        """Return what of the contracts that an order renews goes on with no other sale, and has a term that ends."""
        mine = [item for item in self.items.values() if item["Order"]["OrderNumber"] == order]
        renewed = [self.index.before[one["Id"]][0] for one in mine if self._is_renewal(one)]
        rest = [one for key in {_contract(one) for one in renewed} for one in self.index.by_contract.get(key, ())]
        over = [one for one in rest if not one.get(REVISED) and one["Id"] not in self.index.after]
        chains = {(chain := self.index.chain_until(one, _LAST)).first["Id"]: chain for one in over}
        ended = (chain for chain in chains.values() if chain.sales[-1].end is not None and chain.stretches)
        return [chain for chain in ended if chain.stretches[-1].quantity > 0]

    def _is_renewal(self, item: Record) -> bool:
        return item["Id"] in self.index.before and self.index.before[item["Id"]][1] is How.RENEWAL

    def host(self, item: Record) -> Chain | None:
        """Return the chain to whose subscription an amendment adds a product, or None where it begins one of its own.

        That of its bundle, else the first of its contract; it must be active and end on the same day.
        """
        own = self.items.get(item["Id"]) if self.hosted else None
        if own is None:
            return None
        if own["Id"] not in self._hosts:
            self._hosts[own["Id"]] = self._host(own)
        return self._hosts[own["Id"]]

    @cached_property
    def _hosts(self) -> dict[str, Chain | None]:
        return {}

    def _host(self, own: Record) -> Chain | None:
        if own.get(REVISED) or self.index.chain(own) != Chain((self.index.sale(own),)):
            return None
        days = self.index.piece(own)
        found = {}
        for other in self.index.by_contract.get(_contract(own), ()):
            if not other.get(REVISED) and self.index.is_before(other, own):
                chain = self.index.chain_until(other, self.index.turn(own))
                over = [one for one in chain.stretches if one.start <= days.start and one.quantity > 0]
                if over and chain.sales[-1].end == days.end and not _ends_at(chain, days.start):
                    found[other["Id"]] = chain
        bundle = own.get("SBQQ__RequiredBy__c") or own.get("SBQQ__BundleRoot__c")
        rest = sorted(found, key=lambda key: (turn(self.items[key]), str(self.items[key].get("OrderItemNumber"))))
        return found.get(bundle) or (found[rest[0]] if rest else None)

    def earlier(self, item: Record) -> tuple[str, ...]:
        """Return the numbers of the orders that its order comes after, in the order in which they were contracted."""
        if is_asset_change(item):
            original = self.assets.get(item[REVISED])
            return (original["Order"]["OrderNumber"],) if original else ()
        chains = [chain for chain in (self.chain(item), self.host(item)) if chain]
        orders = [number for chain in chains for number in chain.orders]
        if self.hosted:
            orders += self._contracted_before(item, chains)
        own = self.items[item["Id"]]["Order"]["OrderNumber"] if item["Id"] in self.items else None
        changed = (
            number for chain in chains for sale in chain.sales for number in self.undated.get(sale.item["Id"], ())
        )
        orders += [number for number in changed if own is None or number < own]
        return tuple(number for number in dict.fromkeys(orders) if number != own)

    def _contracted_before(self, item: Record, chains: Sequence[Chain]) -> list[str]:
        """Return the orders of the same contracts: what they sold may be on the same subscription."""
        contracts = {_contract(sale.item) for chain in chains for sale in chain.sales}
        same = [
            one
            for contract in contracts
            for one in self.index.by_contract.get(contract, ())
            if self.index.is_before(one, self.items[item["Id"]])
        ]
        return [one["Order"]["OrderNumber"] for one in sorted(same, key=turn)]


class _Index:
    def __init__(self, items: dict[str, Record], rebooked: bool) -> None:
        self._items = items
        self._rebooked = rebooked
        self._pieces: dict[str, Piece] = {}
        self._chains: dict[tuple[str, tuple[str, str]], Chain] = {}

    def piece(self, item: Record) -> Piece:
        """Return an order product with its days, which are worked out once."""
        if item["Id"] not in self._pieces:
            self._pieces[item["Id"]] = piece(item)
        return self._pieces[item["Id"]]

    @cached_property
    def turns(self) -> dict[str, tuple[str, str]]:
        """Id of an order to its turn: contracting may make its subscriptions at different moments."""
        found: dict[str, tuple[str, str]] = {}
        for item in self._items.values():
            found[item["OrderId"]] = min(turn(item), found.get(item["OrderId"], turn(item)))
        return found

    def turn(self, item: Record) -> tuple[str, str]:
        return self.turns[item["OrderId"]]

    def is_before(self, item: Record, other: Record) -> bool:
        """Return whether an order product was contracted by an earlier order than another one."""
        return self.turn(item) < self.turn(other)

    @cached_property
    def revisions(self) -> dict[str, list[Record]]:
        """Id of an original order product to its revisions."""
        found: dict[str, list[Record]] = {}
        for item in self._items.values():
            if item.get(REVISED):
                found.setdefault(item[REVISED], []).append(item)
        return found

    @cached_property
    def by_subscription(self) -> dict[str, Record]:
        """Id of a subscription to its order product."""
        return {item["SBQQ__Subscription__c"]: item for item in self._items.values() if item.get(SUBSCRIPTION)}

    @cached_property
    def by_contract(self) -> dict[str | None, list[Record]]:
        """Id of a contract to the order products of its subscriptions; what has no contract is of none."""
        found: dict[str | None, list[Record]] = {}
        for item in self._items.values():
            if contract := _contract(item):
                found.setdefault(contract, []).append(item)
        return found

    @cached_property
    def before(self) -> dict[str, tuple[Record, How]]:
        """Id of an original order product to the one that it follows, and how.

        Of several in one order that renew the same one, as CPQ makes of a contract whose quantities it does not
        combine, one goes on with its subscription; the others begin their own.
        """
        found: dict[str, tuple[Record, How]] = {}
        renewed: set[tuple[str, str]] = set()
        for item in sorted((one for one in self._items.values() if not one.get(REVISED)), key=self._claim):
            previous = self._segment_before(item) or self._renewed(item) or self._booked_before(item)
            if previous is not None and previous[1] is How.RENEWAL:
                claim = (previous[0]["Id"], item["OrderId"])
                previous = None if claim in renewed else previous
                renewed.add(claim)
            if previous is not None:
                found[item["Id"]] = previous
        return found

    def _claim(self, item: Record) -> tuple[bool, str, str]:
        """Return what order products are sorted by for what they renew: the renewal of an original goes first."""
        of = self.by_subscription.get(str(renewed_subscription(item)))
        return bool(of and of.get(REVISED)), str(item.get("OrderItemNumber")), item["Id"]

    @cached_property
    def after(self) -> dict[str, list[Record]]:
        """Id of an original order product to those that follow it."""
        found: dict[str, list[Record]] = {}
        for key, (previous, _) in self.before.items():
            found.setdefault(previous["Id"], []).append(self._items[key])
        return found

    def chain(self, item: Record) -> Chain | None:
        original = self._items.get(item[REVISED]) if item.get(REVISED) else item
        return None if original is None else self.chain_until(original, self.turn(item))

    def sale(self, original: Record) -> Sale:
        return self._sale(original, self.turn(original))

    def chain_until(self, original: Record, last: tuple[str, str]) -> Chain:
        """Return the chain of an original order product, with what was contracted until a turn."""
        key = original["Id"], last
        if key not in self._chains:
            self._chains[key] = self._chain_until(original, last)
        return self._chains[key]

    def _chain_until(self, original: Record, last: tuple[str, str]) -> Chain:
        sales = [original]
        while (previous := self.before.get(sales[0]["Id"])) is not None and previous[0] not in sales:
            sales.insert(0, previous[0])
        while (following := self._following(sales[-1], last)) is not None and following not in sales:
            sales.append(following)
        return Chain(tuple(self._sale(one, last) for one in sales))

    def _following(self, sale: Record, last: tuple[str, str]) -> Record | None:
        found = [one for one in self.after.get(sale["Id"], ()) if self.turn(one) <= last]
        return min(found, key=self.turn) if found else None

    def _sale(self, original: Record, last: tuple[str, str]) -> Sale:
        how = self.before[original["Id"]][1] if original["Id"] in self.before else How.NEW
        until = (one for one in self.revisions.get(original["Id"], ()) if self.turn(one) <= last)
        revisions = sorted(until, key=self.turn)
        return Sale(original, how, tuple(self.piece(one) for one in (original, *revisions)))

    def _renewed(self, item: Record) -> tuple[Record, How] | None:
        """Return what an order product renews: the same product, without a gap; of several segments, the last one."""
        if (item.get("Product2") or {}).get("SBQQ__ChargeType__c") == "One-Time":
            return None  # what is charged once does not go on: it is sold anew
        renewed = renewed_subscription(item)
        found = self.by_subscription.get(renewed) if renewed else None
        found = self._items.get(found[REVISED]) if found and found.get(REVISED) else found
        if found is None or found["Product2Id"] != item["Product2Id"]:
            return None
        found = max((found, *self._segments(found)), key=lambda one: self.piece(one).start)
        until = self.piece(found).end
        return None if until is None or self.piece(item).start > until else (found, How.RENEWAL)

    def _segment_before(self, item: Record) -> tuple[Record, How] | None:
        earlier = [one for one in self._segments(item) if self.piece(one).start < self.piece(item).start]
        return (max(earlier, key=lambda one: self.piece(one).start), How.SEGMENT) if earlier else None

    def _segments(self, item: Record) -> list[Record]:
        """Return the segments that were sold together with an order product, itself among them."""
        key = (item["OrderId"], item.get(SEGMENT_KEY))
        return self.segments.get(key, []) if key[1] else []

    @cached_property
    def segments(self) -> dict[tuple[str, Any], list[Record]]:
        """Order and segment key to the original order products."""
        found: dict[tuple[str, Any], list[Record]] = {}
        for item in self._items.values():
            if item.get(SEGMENT_KEY) and not item.get(REVISED):
                found.setdefault((item["OrderId"], item[SEGMENT_KEY]), []).append(item)
        return found

    def _booked_before(self, item: Record) -> tuple[Record, How] | None:
        """Return what an amendment cancels and sells again: the same product, from the same day, in the same order."""
        if not self._rebooked:
            return None
        rows = self.sold_together.get(_like(item), [])
        ended = [one for one in rows if one.get(REVISED) and one.get("SBQQ__ContractAction__c") == CANCEL]
        begun = [one for one in rows if not one.get(REVISED) and self._renewed(one) is None]
        pairs = {new["Id"]: old for new, old in zip(begun, ended, strict=False)}
        original = self._items.get(pairs[item["Id"]][REVISED]) if item["Id"] in pairs else None
        return (original, How.REBOOK) if original is not None else None

    @cached_property
    def sold_together(self) -> dict[tuple[str, str, date], list[Record]]:
        """Order, product and first day to the order products with these, originals and revisions."""
        found: dict[tuple[str, str, date], list[Record]] = {}
        for item in sorted(self._items.values(), key=lambda one: str(one.get("OrderItemNumber"))):
            found.setdefault(_like(item), []).append(item)
        return found


def _like(item: Record) -> tuple[str, str, date]:
    return item["OrderId"], item["Product2Id"], piece(item).start


def _contract(item: Record) -> str | None:
    found: str | None = item["SBQQ__Subscription__r"].get("SBQQ__Contract__c")
    return found


def _ends_at(chain: Chain, day: date) -> bool:
    """Return whether nothing is left of a chain from a day on."""
    return all(one.quantity <= 0 for one in chain.stretches if one.end is None or one.end > day)
