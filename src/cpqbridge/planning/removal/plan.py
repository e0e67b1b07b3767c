"""Plans by policy what becomes of an order that was taken back: held for a person, cancelled, reverted or deleted.

Options `deleted_orders` and `deleted_invoiced_orders`. What bills nothing (any more) is unchanged, so that a repeat
writes nothing.
"""

from __future__ import annotations

from cpqbridge.planning.draft import Draft
from cpqbridge.planning.existing import PENDING
from cpqbridge.planning.numbers import part_of
from cpqbridge.planning.removal.effect import (
    creates,
    entry_has_effect,
    has_effect,
    invoiced_through,
    is_charged_once,
    left_of,
)
from cpqbridge.planning.removal.notes import done, why_settled
from cpqbridge.planning.removal.taken import FIELD, WAY_BACK, Removal, RemovalPlan
from cpqbridge.planning.removal.undo import UNDO
from cpqbridge.planning.state import Row


def plan_removal(draft: Draft, removal: Removal) -> RemovalPlan:
    """Return the plan that takes an order back in Zuora, part by part; unchanged where nothing of it has effect."""
    number = removal.order["OrderNumber"]
    parts = {key: held for key, held in sorted(removal.parts.items()) if part_of(number, key)}
    for key, held in parts.items():
        if has_effect(removal, key, held):
            _plan_part(draft, removal, key, held)
    entries = [entry for held in parts.values() for entry in held.get("subscriptions") or ()]
    lines = [line for held in parts.values() for line in held.get("orderLineItems") or ()]
    first = next(iter(parts.values()), {})
    zuora = {
        "accountNumber": first.get("existingAccountNumber"),
        "orderNumber": next(iter(parts), None),
        "subscriptions": [entry["subscriptionNumber"] for entry in entries],
        "orderLineItems": [line.get("itemNumber") for line in lines],
    }
    plan = draft.finish(f"Order:{removal.order['Id']}", number, zuora)
    note = None
    if not plan.problems:
        note = done(removal, plan.operations) if plan.operations else why_settled(removal, parts)
    return RemovalPlan(
        plan.record, plan.number, plan.stop, plan.problems, plan.operations, plan.zuora, plan.keys, note=note
    )


def _plan_part(draft: Draft, removal: Removal, number: str, held: Row) -> None:
    through = invoiced_through(removal, held)
    policy = draft.options.deleted_invoiced_orders if through else draft.options.deleted_orders
    if policy == "hold" or not removal.certain:
        draft.refuse("CPQ-438", removal.source, *_why_held(removal, number, held, through))
        return
    reason = _why_not(draft, removal, held, policy)
    if reason is not None:
        why, remedy = reason
        draft.refuse("CPQ-439", removal.source, f"Order {number} {removal.reason}, but {why}", remedy)
        return
    draft.operations.append(UNDO[policy](removal, number, held))


def _why_held(removal: Removal, number: str, held: Row, through: str | None) -> tuple[str, str | None]:
    """Return the message of an order that a person must decide about, and what to do."""
    what = [entry["subscriptionNumber"] for entry in held.get("subscriptions") or ()]
    what += [f"order line item {line['itemNumber']}" for line, _ in left_of(held)]
    shown = ", ".join(what[:5]) + (f" and {len(what) - 5} more" if len(what) > 5 else "")
    billed = f", invoiced before {through}" if through else ""
    message = f"Order {number} {removal.reason} and stands in Zuora as {held.get('status')} with {shown}{billed}"
    if not removal.certain:
        return message, "Make sure that the integration user may see the order; if it is gone, take it back in Zuora."
    option = "deleted_invoiced_orders" if through else "deleted_orders"
    ways = "cancel its subscriptions" if through else "cancel, revert or delete it"
    remedy = (
        f"Decide what shall become of it: {ways} in Zuora, or set the option `{option}`; "
        f"or {WAY_BACK.get(removal.source, WAY_BACK[FIELD])}."
    )
    return message, remedy


Reason = tuple[str, str | None]
"""Why an order cannot be taken back, to follow `but`, and what would help."""


def _why_not(draft: Draft, removal: Removal, held: Row, policy: str) -> Reason | None:
    """Return why Zuora would not let an order be taken back in a way, or would do more than that."""
    entries = [entry for entry in held.get("subscriptions") or () if entry_has_effect(removal, entry)]
    numbers = [entry["subscriptionNumber"] for entry in entries]
    later = [one for number in numbers for one in removal.later.get(number, ()) if one.sold is not None]
    blocking = [one for one in later if one.sold] if policy == "cancel" else later
    if blocking:
        named = ", ".join(dict.fromkeys(one.number for one in blocking))
        return f"what it sold was changed by order {named} since", f"Take order {named} back first."
    if policy == "revert" and len(numbers) > 1:
        return f"Zuora reverts no order of several subscriptions ({len(numbers)} here)", None
    if policy != "cancel":
        return None
    amended = [entry["subscriptionNumber"] for entry in entries if not creates(entry)]
    if amended:
        why = f"it changed {', '.join(amended[:5])}: cancelling would end what other orders sold"
        return why, "Revert or delete it in Zuora, or set the option `deleted_orders` to `revert` or `delete`."
    if held.get("status") == PENDING:
        return "it waits for a date in Zuora, where nothing of it can be cancelled", "Delete the order in Zuora."
    once = [number for number in numbers if is_charged_once(removal.subscriptions.get(number) or {})]
    if once and draft.options.one_time_refunds == "hold":
        why = f"the one-time charges of {', '.join(once[:5])} would be billed all the same"
        return why, "Delete the order in Zuora, or set the option `one_time_refunds` to `keep`."
    if any(left_of(held)) and draft.options.deleted_invoiced_orders == "hold":
        remedy = "Return them in Zuora, or set the option `deleted_invoiced_orders` to `cancel`."
        return "its order line items may be invoiced", remedy
    return None
