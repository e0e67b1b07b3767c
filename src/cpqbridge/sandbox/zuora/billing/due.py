"""What a bill run would put on documents now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from cpqbridge.sandbox.zuora.billing import discounts, metering, one_time, recurring
from cpqbridge.sandbox.zuora.billing.case import Case, Charge, Segment, open_case
from cpqbridge.sandbox.zuora.billing.cuts import text
from cpqbridge.sandbox.zuora.billing.discounts import BILLED
from cpqbridge.sandbox.zuora.billing.order_lines import due_line_items
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

__all__ = ["due_items", "due_line_items", "mark"]

_BY_TYPE: dict[str, Callable[[Case, Charge], None]] = {
    "Recurring": recurring.bill,
    "OneTime": one_time.bill,
    "Usage": metering.bill,
}


def due_items(tenant: Tenant, subscription: Row, *, target: str, pending: Iterable[Row] = ()) -> list[Row]:
    """What a bill run would put on documents now for a version of a subscription.

    Nothing is written. An item is a row of an invoice item without its invoice: ``chargeAmount`` is signed, a negative
    one with ``_kind`` ``credit`` gives back what an earlier item billed.

    Args:
        tenant: Whose subscription it is.
        subscription: Row of the version, as a rule the latest one.
        target: Last day up to which it is billed, ``YYYY-MM-DD``.
        pending: Items of the same run for other subscriptions, which may use up a discount for the whole account.
    """
    if subscription["status"] not in BILLED:
        return []
    others = list(pending)
    case = open_case(tenant, subscription, target, others)
    for charge in case.charges:
        if not charge.discounts:
            _BY_TYPE[charge.row["chargeType"]](case, charge)
    discounts.bill(case, others)
    return case.items


def mark(tenant: Tenant, subscription: Row, *, target: str, taken_back: Collection[str] = ()) -> None:
    """Set how far the segments of a version are billed, from what is on documents.

    Args:
        tenant: Whose subscription it is.
        subscription: Row of the version.
        target: Last day up to which it was billed.
        taken_back: Numbers of charges of which a document was cancelled.
    """
    case = open_case(tenant, subscription, target)
    for charge in case.charges:
        for segment in charge.segments:
            through = _through(case, charge, segment, reset=charge.number in taken_back)
            if through != segment.row.get("chargedThroughDate"):
                marks = {"chargedThroughDate": through, "processedThroughDate": through}
                tenant.store.update("ratePlanCharge", segment.row["id"], marks | {"isProcessed": through is not None})


def _through(case: Case, charge: Charge, segment: Segment, *, reset: bool) -> str | None:
    """First day of a segment that is not billed, as text.

    What is there stays when no document knows the charge and none was cancelled.
    """
    present: str | None = None if reset else segment.row.get("chargedThroughDate")
    if charge.row["chargeType"] == "Usage" and not reset:
        day = metering.through(case, charge, segment)
    elif charge.discounts:
        ends = discounts.ends(case, charge.number)
        if not ends:
            return present
        day = max((min(end, segment.end) for end in ends if end > segment.start), default=None)
    elif not case.ledger.knows(charge.number):
        return present
    else:
        held = case.ledger.of_charge(charge.number)
        day = max((item.end for item in held if segment.start <= item.start < segment.end), default=None)
    return text(day) if day else None
