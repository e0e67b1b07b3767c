"""What a contract holds: each thing sold with all its revisions, and how much of it is active on a day.

Subscriptions are chained by their revised subscription, assets by the revised order product of the order product that
made them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.chain import ASSET, SUBSCRIPTION, Chain, Piece
from cpqbridge.sandbox.salesforce.cpq.records import day, items_of

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

__all__ = [
    "ASSET",
    "SUBSCRIPTION",
    "Chain",
    "Holding",
    "Piece",
    "active",
    "active_of_account",
    "chain_of",
    "chains_of",
    "orders_of",
    "segments_of",
    "subscription_chains",
]

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """What a customer has of a subscription on a day.

    Attributes:
        subscription: Its number: that of the original subscription.
        first: Number of the subscription that sold it first, before all renewals; of segments, the first one's.
        product: Id of the product.
        quantity: Units.
        price: Net price for `start` to `end`, per unit (in all, where it is priced as a whole).
        start: First day of its term.
        end: Last day of its term; None for evergreen.
        segment: Number of the segment, from 1; None for what is in one piece.
        account: Id of the account.
        subscription_owner: Id of the account that the latest of its orders names as that, else the account.
        invoice_owner: The same of the invoice owner.
    """

    subscription: str
    first: str
    product: str
    quantity: Decimal
    price: Decimal
    start: date
    end: date | None
    segment: int | None
    account: str
    subscription_owner: str
    invoice_owner: str


def active(org: Org, contract_id: str, moment: date) -> dict[str, Holding]:
    """Return what a contract's customer has on a day, by the number of the original subscription.

    Worked out from the subscription records alone (owners from their orders too); what is not contracted yet does not
    count. What an early renewal drops stays with the old contract until its own end.
    """
    chains = subscription_chains(org, contract_id)
    return {chain.name: _held(org, chain, moment) for chain in chains if chain.quantity_on(moment)}


def active_of_account(org: Org, account_id: str, moment: date) -> dict[str, Holding]:
    """Return what an account has on a day in all its contracts, by the number of the original subscription."""
    contracts = org.store.find("Contract", "AccountId", account_id)
    return {number: held for row in contracts for number, held in active(org, row["Id"], moment).items()}


def _held(org: Org, chain: Chain, moment: date) -> Holding:
    account = str(chain.original["SBQQ__Account__c"])
    history = _history(org, chain)
    orders = _orders_behind(org, history)
    return Holding(
        chain.name,
        _first_segment(org, history[-1]).name,
        chain.product,
        chain.quantity_on(moment),
        chain.price_on(moment),
        chain.start,
        chain.end,
        chain.segment,
        account,
        _named(orders, "SubscriptionOwner__c") or account,
        _named(orders, "InvoiceOwner__c") or account,
    )


def _history(org: Org, chain: Chain) -> list[Chain]:
    """Return a chain, what it renewed, what that renewed, and so on."""
    found = [chain]
    while before := chain_of(org, found[-1].line.get("SBQQ__RenewedSubscription__c") or ""):
        found.append(before)
    return found


def _first_segment(org: Org, chain: Chain) -> Chain:
    return min(segments_of(org, chain), key=lambda one: one.segment or 0)


def _orders_behind(org: Org, history: list[Chain]) -> list[dict[str, Any]]:
    """Return the orders of chains and of all segments beside them, the latest first."""
    chains = [one for chain in history for one in segments_of(org, chain)]
    items = [org.store.get("OrderItem", piece.item or "") for chain in chains for piece in chain.pieces]
    ids = {str(item["OrderId"]) for item in items if item}
    orders = [order for identifier in ids if (order := org.store.get("Order", identifier))]
    return sorted(orders, key=lambda order: str(order["OrderNumber"]), reverse=True)


def _named(orders: list[dict[str, Any]], owner: str) -> str | None:
    return next((str(order[owner]) for order in orders if order.get(owner)), None)


def segments_of(org: Org, chain: Chain) -> list[Chain]:
    """Return all segments of a multi-dimensional subscription; of any other the chain alone."""
    if not chain.segments:
        return [chain]
    beside = subscription_chains(org, str(chain.original["SBQQ__Contract__c"]))
    return [one for one in beside if one.segments == chain.segments]


def chains_of(org: Org, contract: Row) -> list[Chain]:
    """Return the subscriptions and assets of a contract, in the order in which they were sold."""
    return subscription_chains(org, str(contract["Id"])) + asset_chains(org, contract)


def subscription_chains(org: Org, contract_id: str) -> list[Chain]:
    """Return the subscriptions of a contract, each with its revisions."""
    rows = org.store.find(SUBSCRIPTION, "SBQQ__Contract__c", contract_id)
    return _gathered(org, SUBSCRIPTION, [(row.get("SBQQ__RevisedSubscription__c") or row["Id"], row) for row in rows])


def asset_chains(org: Org, contract: Row) -> list[Chain]:
    """Return the assets that the contract's order and its amendments made; units of one order product together."""
    items = [item for order in orders_of(org, contract) for item in items_of(org, order)]
    keyed = [
        (item.get("SBQQ__RevisedOrderProduct__c") or item["Id"], asset)
        for item in items
        for asset in org.store.find(ASSET, "SBQQ__OrderProduct__c", item["Id"])
    ]
    return _gathered(org, ASSET, keyed)


def chain_of(org: Org, subscription_id: str) -> Chain | None:
    """Return the chain that a subscription is in, or None when there is no such subscription."""
    row = org.store.get(SUBSCRIPTION, subscription_id) if subscription_id else None
    if row is None:
        return None
    root = row.get("SBQQ__RevisedSubscription__c") or row["Id"]
    return next((chain for chain in subscription_chains(org, row["SBQQ__Contract__c"]) if chain.id == root), None)


def orders_of(org: Org, contract: Row) -> list[str]:
    """Return the ids of the orders that made a contract and of its amendments."""
    quotes = org.store.find("SBQQ__Quote__c", "SBQQ__MasterContract__c", contract["Id"])
    amendments = [row for quote in quotes for row in org.store.find("Order", "SBQQ__Quote__c", quote["Id"])]
    first = [contract["SBQQ__Order__c"]] if contract.get("SBQQ__Order__c") else []
    sharing = [str(item["OrderId"]) for item in org.store.find("OrderItem", "SBQQ__Contract__c", contract["Id"])]
    return list(dict.fromkeys([*first, *sharing, *(str(row["Id"]) for row in amendments)]))


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
        price = row.get("Price") or Decimal(0)
        return Piece(row["Id"], date.fromisoformat(str(start)), row["Quantity"], price, row["SBQQ__OrderProduct__c"])
    start = row["SBQQ__SegmentStartDate__c" if row.get("SBQQ__SegmentKey__c") else "SBQQ__StartDate__c"]
    net = row.get("SBQQ__NetPrice__c") or Decimal(0)
    return Piece(row["Id"], date.fromisoformat(start), row["SBQQ__Quantity__c"], net, row["SBQQ__OrderProduct__c"])
