"""Lines of renewal quotes: what a chain is sold as for the new term, and at which price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from cpqbridge.sandbox.salesforce.cpq.additions import added
from cpqbridge.sandbox.salesforce.cpq.bodies import Addition, Change
from cpqbridge.sandbox.salesforce.cpq.catalog import list_price
from cpqbridge.sandbox.salesforce.cpq.chain import Chain
from cpqbridge.sandbox.salesforce.cpq.lines import Head, Line, renewed, sold_as
from cpqbridge.sandbox.salesforce.cpq.picking import in_place_of, parents_first
from cpqbridge.sandbox.salesforce.cpq.pricing import DEFAULT_TERM
from cpqbridge.sandbox.salesforce.cpq.quoting import refusal
from cpqbridge.sandbox.salesforce.cpq.segments import segment_fields, spans


@dataclass(frozen=True, slots=True)
class Renewable:
    """Something that a renewal quote lists.

    Attributes:
        chain: What stands for it: of segments, the last one, or the first where they stay segments.
        units: Its quantity: of segments, that of the last one.
        segments: It is sold in segments again.
    """

    chain: Chain
    units: Decimal
    segments: bool = False


def renewables(chains: Iterable[Chain], *, include_assets: bool, desegmented: bool) -> list[Renewable]:
    """Return what a renewal quote lists: what renews and is neither over nor renewed, segments of a product together.

    Segments renew from the record of the first, which stands for them all; de-segmented ones from that of the last.
    """
    groups: dict[str, list[Chain]] = {}
    everything: dict[str, list[Chain]] = {}
    for chain in chains:
        everything.setdefault(chain.segments or chain.id, []).append(chain)
        if chain.quantity > 0 and not chain.renewed and _renews(chain, include_assets=include_assets):
            groups.setdefault(chain.segments or chain.id, []).append(chain)
    found: dict[str, Renewable] = {}
    for key, group in groups.items():
        ordered = sorted(everything[key], key=lambda one: one.start)
        last = max(group, key=lambda one: one.end or date.max)
        if last is not max(ordered, key=lambda one: one.end or date.max):
            continue  # the last segment was cancelled: the product is over by then
        anew = bool(last.segments) and not desegmented
        one = Renewable(ordered[0] if anew else last, last.quantity, anew)
        found[one.chain.id] = one
    return [found[chain.id] for chain in parents_first([one.chain for one in found.values()])]


def _renews(chain: Chain, *, include_assets: bool) -> bool:
    return include_assets if chain.is_asset else chain.kind == "Renewable"


def renewal_lines(head: Head, one: Renewable, change: Change, uplift: Decimal) -> list[Line]:
    """Return the renewal lines of something, or what is sold instead; nothing when it is dropped.

    Raises:
        SalesforceError: A quantity below zero, or what a swap is refused for.
    """
    chain = one.chain
    if change.swap:
        return [in_place_of(chain, added(head, change.swap), ())]
    quantity = one.units if change.quantity is None else change.quantity
    if quantity < 0:
        raise refusal(f"The quantity of {chain.name} must not be negative.", "SBQQ__Quantity__c")
    if quantity == 0:
        return []
    rise = uplift if change.uplift is None else change.uplift
    if not one.segments or head.end is None:
        return [replace(renewed(head, chain, quantity, _net(head, chain, change, rise)), rates=change.rates)]
    terms = spans(head.start, head.end, chain.original.get("SBQQ__DimensionType__c"))
    return [
        _segment(replace(head, start=start, end=end), chain, quantity, change, rise, number, head.start)
        for number, (start, end) in enumerate(terms, 1)
    ]


def starting_after(head: Head, chain: Chain) -> Head:
    """Return the head of a line that goes on after its own end, where that is later than the quote's first day."""
    if chain.end is None or chain.end < head.start or (head.end and chain.end >= head.end):
        return head
    return replace(head, start=chain.end + timedelta(days=1))


def _segment(
    head: Head, chain: Chain, quantity: Decimal, change: Change, uplift: Decimal, number: int, since: date
) -> Line:
    line = renewed(head, chain, quantity, _net(head, chain, change, uplift))
    key = line.key if number == 1 else f"{line.key} segment {number}"
    return replace(line, key=key, values={**line.values, **segment_fields(chain, number, since)})


def _net(head: Head, chain: Chain, change: Change, uplift: Decimal) -> Decimal:
    """Return the net price for the head's term."""
    if change.net_price is not None:
        return change.net_price
    if change.list_price is not None or change.discount is not None:
        priced = Addition(product=chain.product, list_price=change.list_price, discount=change.discount)
        net: Decimal = added(head, priced).values["SBQQ__NetPrice__c"]
        return net
    months = chain.months(head.start, head.end)
    account = head.org.store.get("Account", chain.original["AccountId" if chain.is_asset else "SBQQ__Account__c"]) or {}
    if account.get("SBQQ__RenewalPricingMethod__c") == "List" and not chain.is_asset:
        price = list_price(head.org, chain.product, head.book, head.currency)
        base = price * months / (sold_as(chain).get("SBQQ__DefaultSubscriptionTerm__c") or DEFAULT_TERM)
    else:
        base = chain.price * months / chain.months(chain.start, chain.end)
    return base * (1 + uplift / 100)
