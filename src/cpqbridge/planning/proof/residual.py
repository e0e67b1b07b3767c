"""Plans the order line item that bills what rounding leaves between all invoices and the quote.

Source: option `rounding_residual`. Each invoice item is rounded by itself, so no price can help: 1,000.00 a year is
83.33 a month.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.line_item import ROUNDING_ITEM, ROUNDING_LINE_ITEM
from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.mapping.transforms import plain
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line_item import bill_target_date

_FIELD = "Order.InvoiceOwner__c"


def add_residual(
    draft: Draft, order: Record, number: str, known: Mapping[str, Any], mapped: Mapped, lines: list[dict[str, Any]]
) -> None:
    """Add the order line item to those of an order, if rounding leaves anything.

    Args:
        draft: The plan being made, with the proofs of the order's lines.
        order: The order.
        number: Its number in Zuora.
        known: What the order has decided.
        mapped: Gets the lineage.
        lines: The bodies of the order's line items.
    """
    if draft.problems:
        return
    residual = _residual(draft, number)
    if not residual:
        return
    if known["invoice_owner_number"] != known["account_number"]:
        message = "What rounding leaves would be invoiced to the order's account, and another one is invoiced"
        remedy = "Set the option rounding_residual to accept, or sell to the account that is invoiced."
        draft.refuse("CPQ-415", _FIELD, message, remedy)
        return
    given = {"residual": plain(residual), "bill_target_date": bill_target_date(order, draft.snapshot.time_zone)}
    context = draft.context({"Order": order}, **given)
    lines.append(draft.map(ROUNDING_LINE_ITEM, context, prefix=f"/orderLineItems/{len(lines)}", into=mapped).body)


def _residual(draft: Draft, number: str) -> Decimal:
    """Return what is to be billed besides; of an order that Zuora has, what was billed when it was sent."""
    sent = draft.state.orders.get(number)
    if sent is None and draft.options.rounding_residual != "order_line_item":
        return Decimal(0)
    if sent is None:
        return -sum((proof.by_rounding for proof in draft.proofs), Decimal(0))
    there = (one for one in sent.get("orderLineItems") or () if one.get("itemName") == ROUNDING_ITEM)
    return sum((Decimal(one.get("amountPerUnit") or 0) for one in there), Decimal(0))
