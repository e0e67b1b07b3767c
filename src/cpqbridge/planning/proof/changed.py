"""Proves what an order changes of a charge that Zuora has: what it sells, against what is billed more or less.

What is billed is the difference between all that the charge comes to with the order and without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from cpqbridge.mapping.rule import Record
from cpqbridge.money.reconciliation.terms import Charge
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted, explain
from cpqbridge.planning.chain import Chain, How, Piece
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Line, Span
from cpqbridge.planning.proof.billing import (
    Attributes,
    Priced,
    Unknown,
    attributes_held,
    charge_of,
    counts_from_term,
    rounding_of,
    term_of,
)
from cpqbridge.planning.proof.new import currency_of, is_proved, prove
from cpqbridge.planning.proof.quote import quoted_chain


def prove_change(
    draft: Draft, order: Record, chain: Chain, line: Line, spans: tuple[Sequence[Span], Sequence[Span]]
) -> None:
    """Prove what an order changes of a charge, and refuse the order where it must not go so.

    Args:
        draft: The plan being made.
        order: The order.
        chain: The chain with the order.
        line: The charge; what is billed by usage has no amount beforehand.
        spans: What it bills without the order, and with it.
    """
    pieces = _pieces(chain, order["OrderNumber"])
    if not pieces or line.schedule or not is_proved(draft) or not draft.options.sfdc_use_list_price_base:
        return
    currency = str(line.standing.subscription.get("currency") or currency_of(draft, order))
    prove(
        draft, pieces[0].item, currency, lambda: _explained(draft, order["OrderNumber"], chain, line, spans, currency)
    )


def _explained(
    draft: Draft,
    order: str,
    chain: Chain,
    line: Line,
    spans: tuple[Sequence[Span], Sequence[Span]],
    currency: str,
) -> Explained:
    refuse_terms(chain, attributes_held(line.held))
    before, after = _from_the_same_day(*(_priced(side) for side in spans))
    there = held_charge(draft, line, before, currency)
    made = held_charge(draft, line, after, currency) if after else Charge((), there.terms)
    flat = all(one.quantity is None for one in (*before, *after))
    sold = quoted_chain(chain, rounding_of(draft, currency), flat=flat, order=order)
    return explain(_rounded_often(sold, chain), made, there)


def _rounded_often(sold: Iterable[Quoted], chain: Chain) -> list[Quoted]:
    """Return what was sold as made of all prices of its chain: what takes units back has rounded each of them anew."""
    units = sum((abs(one.quantity) for sale in chain.sales for one in sale.pieces), Decimal(0))
    return [replace(one, rounded=max(one.rounded, units / abs(one.quantity))) if one.quantity else one for one in sold]


def _pieces(chain: Chain, order: str) -> list[Piece]:
    """Return the order products of a chain that an order has."""
    return [one for sale in chain.sales for one in sale.pieces if one.order == order]


def _from_the_same_day(before: list[Priced], after: list[Priced]) -> tuple[list[Priced], list[Priced]]:
    """Return both from the day on which both are known: days of long ago are left out of either, as they are alike."""
    starts = [side[0].start for side in (before, after) if side]
    day = max(starts, default=None)
    if day is None or len(starts) < 2:
        return before, after
    since = ([replace(one, start=max(one.start, day)) for one in side if one.end > day] for side in (before, after))
    return next(since), next(since)


def _priced(spans: Sequence[Span]) -> list[Priced]:
    """Return what is billed, without the days on which nothing is; spans that bill the same are one segment."""
    found: list[Priced] = []
    for span in spans:
        if span.value is None:
            continue
        if span.end is None:
            raise Unknown("an evergreen subscription has no total")
        quantity = None if span.value.quantity is None else Decimal(span.value.quantity)
        one = Priced(span.start, span.end, quantity, Decimal(span.value.price or 0))
        last = found[-1] if found else None
        if last is not None and (last.end, last.quantity, last.price) == (one.start, one.quantity, one.price):
            found[-1] = replace(last, end=one.end)
        else:
            found.append(one)
    return found


def refuse_terms(chain: Chain, attributes: Attributes) -> None:
    """Refuse a chain of several terms whose billing periods are counted from each term's own days.

    Args:
        chain: The chain.
        attributes: What decides the billing of its charge.

    Raises:
        Unknown: It is one.
    """
    if counts_from_term(attributes) and any(sale.how is How.RENEWAL for sale in chain.sales):
        raise Unknown("the billing periods of each term are counted from its own days")


def held_charge(draft: Draft, line: Line, segments: Sequence[Priced], currency: str) -> Charge:
    """Return a charge in Zuora as it is billed with some segments.

    Args:
        draft: The plan being made.
        line: The charge.
        segments: What it bills, the earliest first.
        currency: ISO code.

    Raises:
        Unknown: It cannot be worked out.
    """
    if not segments:
        raise Unknown("nothing is billed")
    start, end = segments[0].start, segments[-1].end
    life = line.life(draft, start, end, term_of(line.standing.subscription, start, end))
    return charge_of(draft, attributes_held(line.held), life, segments, currency)
