"""The reckoning at the end of a life: everything is synced until nothing changes, then nothing may differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.life.billing import billed
from tests.life.compare import differences
from tests.life.invoices import Proofs, misbilled
from tests.life.sales import Deed, Sales
from tests.life.stage import Stage
from tests.life.truth import Sold

ROUNDS: Final = 3
"""Most runs over all orders until nothing changes any more."""

EARLIER_IS_HELD: Final = frozenset({"CPQ-435"})
"""What may hold an order that changes something an earlier held order changes too."""

BY_AMOUNTS: Final = frozenset({"CPQ-451"})
"""What may hold an order that Zuora would bill otherwise than it was quoted."""


def reckon(stage: Stage, sales: Sales, proofs: Proofs | None = None, *, usual: bool = True) -> list[str]:
    """Sync everything to the end; return what is wrong, in words.

    Args:
        stage: Both systems.
        sales: What was sold.
        proofs: What was proved so far, where an order may be held for its amounts; then everything is billed, too.
        usual: Whether both systems count months alike, so that prices can be compared.
    """
    results = _settle(stage, [*sales.taken_back, *sales.orders], proofs)
    held = _held(sales, results)
    by_amounts = BY_AMOUNTS if proofs is not None else frozenset()
    wrong = [
        *_outcomes(sales, results, held, by_amounts),
        *differences(_expected(sales, held), billed(stage.both.sandbox.tenant), _today(), priced=usual),
    ]
    wrong += [*_orders(stage, sales, held), *_line_items(stage, sales, held), *_doubles(stage)]
    last = stage.last_request()
    stage.sync([*sales.taken_back, *sales.orders])
    wrong += [f"a further run writes {write}" for write in stage.writes(last)]
    if proofs is not None and not wrong:
        wrong += misbilled(stage, sales, proofs, set(held))
    return wrong


def _today() -> Any:
    return datetime.now(UTC).date()


def _settle(stage: Stage, orders: Sequence[str], proofs: Proofs | None) -> dict[str, SyncResult]:
    for _ in range(ROUNDS):
        results = {one.record: one for one in stage.sync(orders)} if orders else {}
        if proofs is not None:
            proofs.take(list(results.values()))
        if not any(one.outcome in (Outcome.SYNCED, Outcome.FAILED) for one in results.values()):
            break
    return results


def _held(sales: Sales, results: dict[str, SyncResult]) -> dict[str, Deed]:
    return {deed.order: deed for deed in sales.deeds if results[deed.order].outcome is not Outcome.UNCHANGED}


def _outcomes(
    sales: Sales, results: dict[str, SyncResult], held: dict[str, Deed], by_amounts: frozenset[str]
) -> Iterator[str]:
    for number in sales.taken_back:
        if results[number].outcome not in (Outcome.UNCHANGED, Outcome.WAITING):
            yield f"order {number}, taken back, is {_shown(results[number])}"
    stopped: set[str] = set()
    for deed in sales.deeds:
        touched = {one.number for one in sales.sold.values() if deed.order in one.touching}
        allowed = deed.tolerated | by_amounts
        allowed |= EARLIER_IS_HELD if touched & stopped or deed.revises & set(held) else frozenset()
        result = results[deed.order]
        if deed.order in held:
            stopped |= touched
            codes = {reason.code for reason in result.reasons}
            if result.outcome is not Outcome.HELD or not codes or codes - allowed:
                yield f"order {deed.order} is {_shown(result)}"


def _shown(result: SyncResult) -> str:
    return f"{result.outcome}: " + "; ".join(f"{one.code} {one.message}" for one in result.reasons)


def _expected(sales: Sales, held: dict[str, Deed]) -> Iterator[Sold]:
    """Yield what Zuora must have: of what a held order changes, what there was before it."""
    for one in sales.sold.values():
        stop = next((held[order] for order in one.orders if order in held), None)
        found = stop.before.get(one.number) if stop else one
        if found:
            yield found


def _orders(stage: Stage, sales: Sales, held: dict[str, Deed]) -> Iterator[str]:
    found = Counter(row["orderNumber"] for row in stage.both.sandbox.tenant.store.rows("order"))
    for deed in sales.deeds:
        wanted = 0 if deed.order in held else 1
        times = found.pop(deed.order, 0)
        if times != wanted and (times or _carries(sales, deed)):
            yield f"order {deed.order} must be in Zuora {wanted} times, and is {times} times"
    yield from (f"order {number} is in Zuora, and not in Salesforce" for number in found)


def _carries(sales: Sales, deed: Deed) -> bool:
    """Return whether an order changes anything that is billed; counting usage or taking back a fee does not."""
    return deed.bare or any(deed.order in one.orders and _changed(deed, one) for one in sales.sold.values())


def _changed(deed: Deed, one: Sold) -> bool:
    before, after = (truth.get(one.number) for truth in (deed.before, deed.after))
    if before is None or after is None or (before.owner, before.payer) != (after.owner, after.payer):
        return True
    return any(before.on(day) != after.on(day) for day in before.days() | after.days())


def _line_items(stage: Stage, sales: Sales, held: dict[str, Deed]) -> Iterator[str]:
    """Compare what is sold without a subscription: product, quantity and price of each order's line items."""
    org, store = sales.world.org.store, stage.both.sandbox.tenant.store
    numbers = {row["id"]: row["orderNumber"] for row in store.rows("order")}
    there: dict[str, Counter[tuple[str, Decimal, Decimal]]] = {}
    for row in store.rows("orderLineItem"):
        sign = -1 if row["itemCategory"] == "Return" else 1
        item = (row["productCode"], sign * Decimal(row["quantity"]), Decimal(row["amountPerUnit"]))
        there.setdefault(numbers[row["orderId"]], Counter())[item] += 1
    for deed in sales.deeds:
        [order] = org.find("Order", "OrderNumber", deed.order)
        items = [one for one in org.find("OrderItem", "OrderId", order["Id"]) if not one["SBQQ__Subscription__c"]]
        wanted = Counter((str(one["Product2Id"]), Decimal(one["Quantity"]), Decimal(one["UnitPrice"])) for one in items)
        found = there.get(deed.order, Counter())
        if deed.order not in held and wanted != found:
            yield f"order {deed.order} has line items {dict(found)} in Zuora, sold were {dict(wanted)}"


def _doubles(stage: Stage) -> Iterator[str]:
    """Look for accounts and rate plans that are there twice."""
    store = stage.both.sandbox.tenant.store
    for kind, key in (("account", "crmId"), ("productRatePlan", "externallyManagedPlanIds")):
        counted = Counter(str(row.get(key)) for row in store.rows(kind) if row.get(key))
        yield from (f"{kind} {value} is in Zuora {times} times" for value, times in counted.items() if times > 1)
    latest = {row["id"]: row["name"] for row in store.rows("subscription") if row["isLatestVersion"]}
    plans = Counter(
        (latest[row["subscriptionId"]], row["externallyManagedPlanId"])
        for row in store.rows("ratePlan")
        if row["subscriptionId"] in latest
    )
    yield from (f"rate plan {key} is in Zuora {times} times" for key, times in plans.items() if times > 1)
