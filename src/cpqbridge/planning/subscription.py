"""Plans one new subscription of an order: its term, and a rate plan for each charge of its order product.

Source: guide "Non-usage charge-based subscriptions", "Usage-based charge subscription"; decision 7.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.mapping.subscription import CREATE
from cpqbridge.planning.charges import ItemCharges
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import priced_days
from cpqbridge.planning.proof.new import NewCharge, frame_of_new, prove_new, prove_usage
from cpqbridge.planning.rate_plan import map_rate_plan
from cpqbridge.planning.segments import segment_updates, token_of
from cpqbridge.planning.state import CONTRACT_EFFECTIVE, Charge
from cpqbridge.planning.term import read_term, starts_apart
from cpqbridge.planning.usage import map_usage_plan

PLANS = f"{CREATE}/subscribeToRatePlans"


def map_subscription(
    draft: Draft,
    order: Record,
    item: Record,
    charges: ItemCharges,
    known: Mapping[str, Any],
    prefix: str,
    later: Sequence[Record] = (),
) -> Mapped | None:
    """Return the body of `/subscriptions/n` for one contracted order product, or None with the reason in the draft.

    Args:
        draft: The plan being made.
        order: The order.
        item: The order product; of several segments, the first one.
        charges: Its charges.
        known: What the order has decided.
        prefix: JSON pointer of the subscription inside the order.
        later: The later segments of the same product.
    """
    roots = {"Order": order, "OrderItem": item}
    context = draft.context(roots)
    term = read_term(draft, context, item)
    if term is None:
        return None
    given = {**known, **term.facts()}
    mapped = draft.map(draft.tables.subscription, draft.context(roots, **given), prefix=prefix)
    apart = starts_apart(draft, context, item)
    plans: list[dict[str, Any]] = []

    def facts(charge: Charge) -> dict[str, Any]:
        own_start = apart and charge.trigger == CONTRACT_EFFECTIVE
        token = token_of(item) if later else None
        return {**given, "charge_place": len(plans), "own_start": own_start, "token": token}

    new: NewCharge | None = None
    problems = len(draft.problems)
    if charges.base is not None:
        place = f"{prefix}{PLANS}/0"
        frame = frame_of_new(draft, order, mapped.body, known.get("account_day"))
        new = NewCharge(draft, (item, *later), charges.base, frame)
        own_days = priced_days(item)
        sold = {**roots, "OrderItem": own_days}
        priced = term if own_days is item else read_term(draft, draft.context(sold), own_days)
        if priced is None:
            return None
        plan = map_rate_plan(draft, sold, charges.base, priced, facts(charges.base), place, mapped, new=new.first)
        if plan is None:
            return None
        plans.append(plan)
    for used in charges.usage:
        place = f"{prefix}{PLANS}/{len(plans)}"
        plan = map_usage_plan(draft, roots, used, facts(used.charge), place, mapped)
        if plan is None:
            return None
        plans.append(plan)
    mapped.body["orderActions"][0]["createSubscription"]["subscribeToRatePlans"] = plans
    if later and charges.base is not None:
        mapped.body["orderActions"] += segment_updates(draft, order, item, later, charges.base, prefix, mapped)
    if charges.usage:
        prove_usage(draft, order, item)
    if new is not None and len(draft.problems) == problems:
        prove_new(new, plans[0], mapped.body["orderActions"][1:])
    return mapped
