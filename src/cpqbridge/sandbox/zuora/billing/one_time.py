"""One-time charges: billed whole on their day, credited only when the tenant's rules say so."""

from __future__ import annotations

from cpqbridge.sandbox.zuora.billing import prices
from cpqbridge.sandbox.zuora.billing.case import Case, Charge
from cpqbridge.sandbox.zuora.billing.cuts import ordinal
from cpqbridge.sandbox.zuora.billing.ledger import CREDIT, ONE_TIME


def bill(case: Case, charge: Charge) -> None:
    """Add what falls due for a one-time charge: its amount, or the credit for one that was taken away."""
    segment = charge.segments[0]
    held = case.ledger.of_charge(charge.number)
    if segment.start > case.target:
        return
    if segment.start == segment.end:
        if held and case.rules["oneTimeCreditBack"]:
            span = (held[0].start, held[0].end)
            names = {"credits": held[0].id, "creditFromItemId": held[0].id, "suffix": " -- Credit"}
            case.add(segment, CREDIT, span, -held[0].amount, **names)
        return
    marked = segment.row.get("chargedThroughDate")
    if case.ledger.knows(charge.number) or (marked and ordinal(marked) > segment.start):
        return
    total = prices.total(segment.row, segment.tiers, prices.quantity(segment.row))
    case.add(segment, ONE_TIME, (segment.start, segment.end), case.rounded.amount(total))
