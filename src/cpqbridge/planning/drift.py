"""Does Zuora bill what Salesforce has sold so far? Nothing is changed of what is not as it is thought to be.

Source: decision 22; of contracts from before, docs/adopting.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from cpqbridge.mapping import dates
from cpqbridge.planning.chain import Chain
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Line, Span, value_on
from cpqbridge.planning.numbers import sold_number
from cpqbridge.planning.standing import Standing

_QUANTITY = "OrderItem.Quantity"


def is_open(draft: Draft, held: Standing, before: Chain) -> bool:
    """Return whether Zuora lets a subscription be changed; else the draft says why not."""
    status = str(held.subscription.get("status"))
    if status.startswith("Pending"):
        message = f"Subscription {held.number} is {status} in Zuora: it waits for a date of an earlier order"
        draft.refuse("CPQ-504", "Order.CompanyAuthorizedDate", message)
    elif status == "Cancelled" and (before.sales[-1].cancelled is not None or before.stretches[-1].quantity <= 0):
        message = f"Subscription {held.number} was cancelled by an earlier order; Zuora changes it no more"
        draft.refuse("CPQ-434", _QUANTITY, message)
    elif status in ("Cancelled", "Suspended"):
        message = f"Subscription {held.number} is {status} in Zuora; by the earlier orders of Salesforce it goes on"
        remedy = _last_changed(draft, held)
        draft.refuse("CPQ-436", "OrderItem.SBQQ__RevisedOrderProduct__c", message, remedy)
    else:
        return True
    return False


def stands(draft: Draft, line: Line, before: Chain, was: Sequence[Span], first: date) -> bool:
    """Return whether Zuora bills what Salesforce sold before the order; else the draft says what it bills instead.

    Args:
        draft: The plan being made.
        line: The rate plan.
        before: The chain without the order.
        was: What it comes to.
        first: The first day on which the order changes something.
    """
    if not is_open(draft, line.standing, before):
        return False
    for day in _days(line, was, first):
        expected = value_on(was, day)
        held = line.billed_on(day)
        if not line.bills(held, expected):
            message = (
                f"Subscription {line.standing.number} in Zuora has {line.shown(held)} on {day}, "
                f"by the earlier orders of Salesforce it is {expected or 'nothing'}"
            )
            draft.refuse("CPQ-436", _QUANTITY, message, _last_changed(draft, line.standing))
            return False
    return True


def _last_changed(draft: Draft, held: Standing) -> str | None:
    """Return what to do where an order that Salesforce has not, or not any more, changed a subscription last."""
    number = held.subscription.get("orderNumber")
    sold = {item["Order"]["OrderNumber"] for item in draft.snapshot.sold.items.values()}
    if not number or sold_number(number) in sold:
        return None
    return (
        f"Order {number} changed it last in Zuora, and Salesforce has no such order: if it was deleted or set back "
        "there, take it back with `cpqbridge sync deleted`; else undo it in Zuora, or make it in Salesforce too."
    )


def _days(line: Line, spans: Sequence[Span], first: date) -> list[date]:
    """Return the days on which either side changes, from a day on; or the last day of what ends before it."""
    end = spans[-1].end
    start = min(first, end - dates.ONE_DAY) if end else first
    changes = [*(span.start for span in spans), *(day for held in line.billed for day in (held.start, held.end) if day)]
    return sorted({start, *(day for day in changes if day > start)})


def is_there_already(draft: Draft, chain: Chain, order: str, lines: Sequence[Line]) -> bool:
    """Return whether Zuora bills an order's change of a contract that was adopted: it was made there from before.

    Such a contract stands in Zuora as some orders of its chain have left it; those after them are still to come.

    Args:
        draft: The plan being made.
        chain: The chain up to the order.
        order: The order's number.
        lines: Its rate plans.
    """
    if chain.orders[0] in draft.state.present or chain.orders[0] == order:
        return False
    whole = draft.snapshot.sold.whole(chain)
    place = whole.orders.index(order)
    if _is_left_by(draft, whole, place - 1, lines):
        return False
    return any(_is_left_by(draft, whole, last, lines) for last in range(len(whole.orders) - 1, place - 1, -1))


def _is_left_by(draft: Draft, whole: Chain, last: int, lines: Sequence[Line]) -> bool:
    """Return whether Zuora stands as a chain's orders up to a place have left it, from the last one's first day."""
    orders = whole.orders
    chain = whole.of(orders[: last + 1])
    since = min(one.start for sale in chain.sales for one in sale.pieces if one.order == orders[last])
    renewed = {sale.start for sale in whole.sales if sale.start > since}  # one like the old term begins no segment
    renewed |= {sale.end for sale in chain.sales[1:] if sale.end is not None and sale.end > since}
    problems = len(draft.problems)
    for line in lines:
        spans = line.spans(draft, chain, since)
        same = spans is not None and all(
            line.bills(line.billed_on(day), value_on(spans, day)) for day in renewed.union(_days(line, spans, since))
        )
        if not same:
            del draft.problems[problems:]
            return False
    return True
