"""Plans the later segments of a multi-dimensional quote: updates of the rate plan that the same order makes.

CPQ sells each segment as an order product of its own; Zuora gets one subscription for all, whose charge has a segment
for each. Source: the vendor has none of it; decision 22.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.mapping.transforms import plain
from cpqbridge.planning.chain import piece
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Value, priced_days
from cpqbridge.planning.pricing import PriceBase, base_sold, price_at, price_facts
from cpqbridge.planning.rate_plan import price_of
from cpqbridge.planning.state import Charge
from cpqbridge.planning.term import read_term


def token_of(item: Record) -> str:
    """Return the unique token of the rate plan that an order product makes, for other actions of the same order."""
    return f"segments-{item['Id']}"


def segment_updates(
    draft: Draft, order: Record, first: Record, later: Sequence[Record], charge: Charge, prefix: str, into: Mapped
) -> list[dict[str, Any]]:
    """Return an `UpdateProduct` for each later segment that is not like the one before it.

    Args:
        draft: The plan being made.
        order: The order.
        first: The order product of the first segment.
        later: Those of the later ones.
        charge: The catalog charge.
        prefix: JSON pointer of the subscription inside the order.
        into: Gets the lineage.
    """
    base = _base(draft, order, first, charge)
    known = _value(draft, order, first, charge, base)
    actions: list[dict[str, Any]] = []
    for item in sorted(later, key=lambda one: piece(one).start):
        made = _value(draft, order, item, charge, base)
        if made is None or known is None:
            return []
        model, value = made
        changed = value.changes(known[1])
        if value != known[1]:
            given: Mapping[str, Any] = {"on": piece(item).start, "token": token_of(first), "model": model, **changed}
            context = draft.context({"Order": order, "OrderItem": item}, **given)
            place = f"{prefix}/orderActions/{len(actions) + 1}"
            actions.append(draft.map(draft.tables.update_product, context, prefix=place, into=into).body)
        known = made
    return actions


def _base(draft: Draft, order: Record, first: Record, charge: Charge) -> PriceBase | None:
    item = priced_days(first)
    roots = {"Order": order, "OrderItem": item}
    priced, term = price_of(draft, roots, charge, {}), read_term(draft, draft.context(roots), item)
    facts = price_facts(draft, priced.item, priced.charge, term) if priced and term else None
    return base_sold(facts) if facts else None


def _value(
    draft: Draft, order: Record, segment: Record, charge: Charge, base: PriceBase | None
) -> tuple[str, Value] | None:
    item = priced_days(segment)
    roots = {"Order": order, "OrderItem": item}
    priced, term = price_of(draft, roots, charge, {}), read_term(draft, draft.context(roots), item)
    if priced is None or term is None or base is None:
        return None
    price = price_at(draft, priced.item, priced.charge, term, base)
    if price is None:
        return None
    quantity = plain(item.get("Quantity") or 0) if charge.model == "Per Unit Pricing" else None
    return priced.model, Value(quantity, price)
