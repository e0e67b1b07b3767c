"""Percent of total: products whose price is a share of what the quote sells beside them.

One-time products count unless they are excluded, subscriptions only when they are included; products of this kind never
count themselves. What a product of this kind was sold for does not change by itself: of what an amendment sells more,
it is sold once more for its share (the package setting Include Net-New Products in Maintenance); of what an amendment
takes away, its share is taken back by ending it and selling it again for less. A renewal prices it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.additions import added, sold_again
from cpqbridge.sandbox.salesforce.cpq.bodies import Addition, Change
from cpqbridge.sandbox.salesforce.cpq.chain import Chain
from cpqbridge.sandbox.salesforce.cpq.lines import Head, Line, amended, prices
from cpqbridge.sandbox.salesforce.cpq.pricing import DEFAULT_TERM

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

_KIND = "Percent Of Total"


def recalculated(head: Head, chains: Iterable[Chain], decided: Iterable[str], lines: list[Line]) -> list[Line]:
    """Return the lines of an amendment with those of percent-of-total products brought up to date.

    Args:
        head: What the lines have in common.
        chains: What the contract holds that is still open.
        decided: Ids of the chains that a person changed; those are left as decided.
        lines: All other lines.
    """
    untouched = set(decided)
    found: dict[str, list[Chain]] = {}
    for chain in chains:
        if _percent(head.org, chain.product) and chain.id not in untouched:
            found.setdefault(chain.product, []).append(chain)
    for group in found.values():
        share = _share(head, group[0], lines)
        if share > 0 and head.org.settings.include_net_new_in_maintenance:
            lines = [*lines, _sold_more(head, group[0], share)]
        elif share < 0:
            lines = _taken_back(head, group, -share, lines)
    return lines


def repriced(head: Head, chains: Iterable[Chain], lines: list[Line], assets: Iterable[Chain]) -> list[Line]:
    """Return the lines of a renewal with percent-of-total products priced anew, each product on one line.

    Args:
        head: What the lines have in common.
        chains: The percent-of-total chains that may be priced anew.
        lines: All lines.
        assets: Assets that count though they are not renewed.
    """
    wanted = {chain.id: chain for chain in chains if _percent(head.org, chain.product)}
    owned = sum((one.quantity * one.price for one in assets if _counts(head.org, one.product)), Decimal(0))
    seen: set[str] = set()
    result: list[Line] = []
    for line in lines:
        chain = wanted.get(line.key)
        share = _share(head, chain, lines, owned) if chain else Decimal(0)
        if chain is None or share <= 0:
            result.append(line)
        elif chain.product not in seen:
            seen.add(chain.product)
            result.append(replace(line, values={**line.values, **prices(share / line.values["SBQQ__Quantity__c"])}))
    return result


def _percent(org: Org, product: str) -> Decimal | None:
    row = org.store.get("Product2", product) or {}
    share: Decimal | None = row.get("SBQQ__SubscriptionPercent__c")
    return share if row.get("SBQQ__SubscriptionPricing__c") == _KIND else None


def _counts(org: Org, product: str) -> bool:
    row = org.store.get("Product2", product) or {}
    pricing = row.get("SBQQ__SubscriptionPricing__c")
    if pricing == _KIND or row.get("SBQQ__ExcludeFromMaintenance__c"):
        return False
    return not pricing or bool(row.get("SBQQ__IncludeInMaintenance__c"))


def _share(head: Head, chain: Chain, lines: Iterable[Line], owned: Decimal = Decimal(0)) -> Decimal:
    """Return the share of what the lines sell for the rest of the term; negative where they take away.

    Subscriptions are priced for their own term already, one-time products count for the part of the year.
    """
    default = chain.line.get("SBQQ__DefaultSubscriptionTerm__c") or DEFAULT_TERM
    multiplier = chain.months(max(head.start, chain.start), chain.end if head.end is None else head.end) / default
    once, term = owned, Decimal(0)
    for line in lines:
        product = line.values["SBQQ__Product__c"]
        if not _counts(head.org, product):
            continue
        amount = line.values["SBQQ__NetPrice__c"] * line.values["SBQQ__EffectiveQuantity__c"]
        if (head.org.store.get("Product2", product) or {}).get("SBQQ__SubscriptionPricing__c"):
            term += amount
        else:
            once += amount
    percent = _percent(head.org, chain.product) or Decimal(0)
    return head.rounded((once * multiplier + term) * percent / 100)


def _sold_more(head: Head, chain: Chain, share: Decimal) -> Line:
    line = added(head, Addition(product=chain.product, net_price=share, end_date=chain.end))
    under = chain.original.get("SBQQ__RequiredById__c")
    return replace(line, key=f"{chain.id} more", under=under)


def _taken_back(head: Head, group: list[Chain], amount: Decimal, lines: list[Line]) -> list[Line]:
    """End as many of a product's chains as the amount asks for, the latest first, and sell again what is left."""
    left = amount
    result = list(lines)
    for chain in reversed(group):
        if left <= 0:
            break
        end = amended(head, chain, Decimal(0))
        worth = -end.values["SBQQ__NetPrice__c"] * end.values["SBQQ__EffectiveQuantity__c"]
        kept = worth - min(worth, left)
        left -= worth - kept
        instead = [sold_again(head, chain, Change(net_price=kept / chain.quantity))] if kept > 0 else []
        place = next((n for n, line in enumerate(result) if line.key == chain.id), len(result))
        result[place : place + 1] = [end, *instead]
    return result
