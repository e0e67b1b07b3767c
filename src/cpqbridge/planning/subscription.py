"""Plans one new subscription of an order: its term, and a rate plan for each charge of its order product.

Source: guide "Non-usage charge-based subscriptions", "Usage-based charge subscription"; decision 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.mapping.subscription import CREATE
from cpqbridge.planning.charges import ItemCharges
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.rate_plan import map_rate_plan
from cpqbridge.planning.state import CONTRACT_EFFECTIVE, Charge
from cpqbridge.planning.term import read_term, starts_apart
from cpqbridge.planning.usage import map_usage_plan

PLANS = f"{CREATE}/subscribeToRatePlans"


def map_subscription(
    draft: Draft, order: Record, item: Record, charges: ItemCharges, known: Mapping[str, Any], prefix: str
) -> Mapped | None:
    """Return the body of `/subscriptions/n` for one contracted order product, or None with the reason in the draft."""
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
        return {**given, "charge_place": len(plans), "own_start": apart and charge.trigger == CONTRACT_EFFECTIVE}

    if charges.base is not None:
        place = f"{prefix}{PLANS}/0"
        plan = map_rate_plan(draft, roots, charges.base, term, facts(charges.base), place, mapped)
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
    return mapped
