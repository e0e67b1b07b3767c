"""What Salesforce sold, as drift compares it: the rate plans and the contracts that chains come to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.mapping.subscription import CONTRACT_START
from cpqbridge.planning.adoption.deal import Part, parts_of, product_part
from cpqbridge.planning.chain import REVISED, SUBSCRIPTION, Chain, How, Sale, turn
from cpqbridge.planning.charges import schedules_of
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.owners import named
from cpqbridge.planning.sold import Sold
from cpqbridge.planning.term import Term, read_term

ONE_TIME = "One-Time"

Mapped = Callable[[Record, Term], dict[str, str]]
"""Gives what the mapping makes of an order product and its term, by the name of the field."""


@dataclass(frozen=True, slots=True)
class SoldPlan:
    """A rate plan that Zuora must have.

    Attributes:
        part: What it bills, with the id that it carries.
        chain: What was sold.
        number: Number of its subscription, unless Zuora has it under another one.
        once: Whether it is charged once.
        hosted: Whether it is on the subscription of another chain.
    """

    part: Part
    chain: Chain
    number: str
    once: bool = False
    hosted: bool = False

    @property
    def what(self) -> str:
        """The product, as people call it."""
        product = self.chain.first.get("Product2") or {}
        name = str(product.get("Name") or product.get("ProductCode") or self.chain.first["Product2Id"])
        return f"{name}: {self.part.name}" if self.part.is_usage else name

    @property
    def order(self) -> str:
        """Number of the last order that changed it."""
        return self.chain.orders[-1]

    @property
    def modified(self) -> str:
        """The day on which something of it was changed last."""
        return max(_modified(piece.item) for sale in self.chain.sales for piece in sale.pieces)


class Naming(msgspec.Struct, frozen=True, array_like=True):
    """The accounts that an order names as owners."""

    turn: tuple[str, str]
    owner: str | None
    payer: str | None


class Contract(msgspec.Struct, frozen=True, array_like=True):
    """What a chain says of its subscription.

    Attributes:
        account: Salesforce id of the account of its first order.
        account_name: Its name.
        order: Number of the last order.
        unsent: Number of the first order that Zuora does not have; None where it has all.
        turn: When it was contracted first.
        start: First day.
        term: First day of the last term, and the first day after it; None without end.
        ended: The day from which nothing is left of it, though its term goes on; None where something is.
        once: Whether it is charged once.
        hosted: Whether it is on the subscription of another chain.
        names: What its orders name as owners.
        modified: The day on which something of it was changed last.
        item: Id of its first order product.
        mapped: What the mapping makes of it, by the name of the field.
    """

    account: str
    account_name: str
    order: str
    unsent: str | None
    turn: tuple[str, str]
    start: date
    term: tuple[date, date | None]
    ended: date | None
    once: bool
    hosted: bool
    names: tuple[Naming, ...]
    modified: str
    item: str
    mapped: dict[str, str]

    @property
    def parties(self) -> set[str]:
        """Salesforce ids of the accounts that it needs."""
        named = {account for one in self.names for account in (one.owner, one.payer) if account}
        return {self.account, *named}


def lost_items(items: Mapping[str, Record], sold: Sold) -> Iterator[tuple[Record, str]]:
    """Yield the order products that are in no chain, each with why."""
    for key, item in items.items():
        name = (item.get("SBQQ__Subscription__r") or {}).get("Name")
        if key not in sold.items:
            yield item, f"subscription {name or item[SUBSCRIPTION]} has no start date, or cannot be read"
        elif item.get(REVISED) and item[REVISED] not in sold.items:
            yield item, f"the order product {item[REVISED]}, which subscription {name} revises, cannot be read"


def plans_of(
    sold: Sold, chain: Chain, links: Mapping[str, Sequence[Record]], units: Mapping[str, str]
) -> list[SoldPlan]:
    """Return the rate plans that a chain comes to.

    What is charged once is sold anew by whatever adds to it, and never taken back.

    Args:
        sold: What was read with it.
        chain: The chain.
        links: Product to its `ProductConsumptionSchedule` rows.
        units: The user's table of units of measure.
    """
    first = chain.first
    if (first.get("Product2") or {}).get("SBQQ__ChargeType__c") == ONE_TIME and not schedules_of(first):
        pieces = (piece for sale in chain.sales for piece in sale.pieces if piece.quantity > 0)
        alone = (Chain((Sale(piece.item, How.NEW, (piece,)),)) for piece in pieces)
        return [SoldPlan(product_part(one.first), one, one.number, once=True) for one in alone]
    host = sold.host(first)
    number = (host or chain).number
    parts = parts_of(first, links.get(first["Product2Id"], ()), units)
    return [SoldPlan(part, chain, number, hosted=host is not None) for part in parts]


def contract_of(draft: Draft, plan: SoldPlan, values: Mapped, unsent: str | None = None) -> Contract | None:
    """Return what a chain says of its subscription; None, with the reason in the draft, where its days are wrong.

    Args:
        draft: For planning's rules.
        plan: Its rate plan.
        values: Gives what the mapping makes of its first order product.
        unsent: Number of the first order that Zuora does not have.
    """
    chain = plan.chain
    first, order = chain.first, chain.first["Order"]
    term = read_term(draft, draft.context({"Order": order, "OrderItem": first}), first)
    if term is None:
        return None
    renewals = [sale for sale in chain.sales[1:] if sale.how is How.RENEWAL]
    ended = None if plan.once else end_of_all(chain)
    return Contract(
        account=order["AccountId"],
        account_name=(order.get("Account") or {}).get("Name") or "",
        order=plan.order,
        unsent=unsent,
        turn=turn(first),
        start=term.start,
        term=(renewals[-1].start if renewals else term.start, term.end if plan.once else chain.sales[-1].end),
        ended=ended,
        once=plan.once,
        hosted=plan.hosted,
        names=tuple(_names(chain)),
        modified=plan.modified,
        item=first["Id"],
        mapped=values(first, term),
    )


def _names(chain: Chain) -> Iterator[Naming]:
    for item in (piece.item for sale in chain.sales for piece in sale.pieces):
        accounts = named(item["Order"])
        if any(accounts):
            yield Naming(turn(item), *accounts)


def end_of_all(chain: Chain) -> date | None:
    """Return the day from which nothing is left of a chain until its end; None where something is, or never was."""
    last = None
    for stretch in reversed(chain.stretches):
        if stretch.quantity > 0:
            return last
        last = stretch.start
    return None if not any(piece.quantity > 0 for sale in chain.sales for piece in sale.pieces) else last


def first_day(draft: Draft, plan: SoldPlan) -> date:
    """Return the first day on which a rate plan is billed: its own, or that of its contract where that is later."""
    first = plan.chain.first
    own = plan.chain.sales[0].start
    if plan.hosted:
        return own
    dated = first["Order"].get("EffectiveDate") if draft.options.trigger_dates_on_orders else None
    context = draft.context({"Order": first["Order"], "OrderItem": first})
    begins = dated or next((text for path in CONTRACT_START if (text := context.get(path))), None)
    return max(own, dates.parse(begins)) if begins else own


def _modified(item: Record) -> str:
    """Return the latest moment at which an order product, its subscription or its order was changed."""
    rows = (item, item.get("SBQQ__Subscription__r") or {}, item.get("Order") or {})
    return max((str(row.get("SystemModstamp") or "") for row in rows), default="")
