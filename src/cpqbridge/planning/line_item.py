"""Plans one order line item: an order product that contracting gave no subscription.

Source: guide "Order Line Items".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.planning.chain import REVISED
from cpqbridge.planning.charges import ItemCharges
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.proof.new import prove_line_item


def map_line_item(
    draft: Draft, order: Record, item: Record, charges: ItemCharges, known: Mapping[str, Any], prefix: str
) -> Mapped | None:
    """Return the body of `/orderLineItems/n`, or None with the reason in the draft."""
    name = (item.get("Product2") or {}).get("Name")
    charge = charges.base
    if charge is None or charge.type != "OneTime":
        kind = charge.type if charge else "Usage"
        message = f"Cannot find the charge for the Product: {name} has no subscription, and its Zuora charge is {kind}"
        draft.refuse("CPQ-412", "OrderItem.Product2Id", message)
        return None
    returned = _returned(draft, item) if Decimal(item.get("Quantity") or 0) < 0 else {}
    if returned is None:
        return None
    given = {
        **known,
        **returned,
        "charge": charge.id,
        "bill_target_date": bill_target_date(order, draft.snapshot.time_zone),
    }
    problems = len(draft.problems)
    context = draft.context({"Order": order, "OrderItem": item}, **given)
    mapped = draft.map(draft.tables.line_item, context, prefix=prefix)
    if len(draft.problems) == problems:
        prove_line_item(draft, order, item, mapped.body)
    return mapped


def _returned(draft: Draft, item: Record) -> dict[str, Any] | None:
    """Return which line item an order product takes back, or None with the reason in the draft."""
    original = draft.snapshot.sold.assets.get(item.get(REVISED) or "")
    number = original["Order"]["OrderNumber"] if original else None
    order = draft.state.orders.get(number) if number else None
    lines = [
        line
        for line in (order or {}).get("orderLineItems") or ()
        if line.get("productCode") == item["Product2Id"] and line.get("itemCategory") != "Return"
    ]
    if len(lines) == 1:
        return {"returned_order": number, "returned_item": str(lines[0]["itemNumber"])}
    what = f"order {number} has {len(lines)} order line items of its product" if order else "its order is not in Zuora"
    message = f"Order product {item.get('OrderItemNumber')} takes back what an earlier one sold, and {what}"
    draft.refuse("CPQ-434", "OrderItem.SBQQ__RevisedOrderProduct__c", message)
    return None


def bill_target_date(order: Record, time_zone: str) -> date | None:
    """Return the day of activation in the org's time zone, else the effective date."""
    activated = order.get("ActivatedDate")
    if activated:
        moment = datetime.fromisoformat(activated.replace("+0000", "+00:00"))
        return moment.astimezone(ZoneInfo(time_zone)).date()
    effective = order.get("EffectiveDate")
    return dates.parse(effective) if effective else None
