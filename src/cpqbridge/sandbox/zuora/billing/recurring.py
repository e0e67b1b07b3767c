"""Recurring charges: what of their billing periods is not billed yet, and what of it is billed too much.

Both follow from a comparison of what the segments of the version say with what the ledger holds, whatever orders led
from one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from cpqbridge.sandbox.zuora.billing import rules
from cpqbridge.sandbox.zuora.billing.case import Case, Charge, Segment
from cpqbridge.sandbox.zuora.billing.cuts import ordinal
from cpqbridge.sandbox.zuora.billing.ledger import CHARGE, CREDIT, Held
from cpqbridge.sandbox.zuora.billing.pieces import Piece, Service, Span, gaps, own, pieces, service
from cpqbridge.sandbox.zuora.billing.prices import Price, price_of
from cpqbridge.sandbox.zuora.billing.rules import Rules

_ZERO = Decimal(0)


def bill(case: Case, charge: Charge) -> None:
    """Add the credits and the charges that fall due for a recurring charge."""
    for held in case.ledger.of_charge(charge.number):
        _credit(case, charge, held)
    taken = [(held.start, held.end) for held in case.ledger.of_charge(charge.number)]
    if not case.ledger.knows(charge.number):
        taken = _marked(charge)
    for segment in charge.segments:
        _charge(case, charge, segment, taken)


def _marked(charge: Charge) -> list[Span]:
    """Days that are marked as charged though no document says so, as ``/_sandbox/charged-through`` does."""
    marks = [segment.row.get("chargedThroughDate") for segment in charge.segments]
    return [(charge.first, ordinal(max(mark for mark in marks if mark)))] if any(marks) else []


def _charge(case: Case, charge: Charge, segment: Segment, taken: list[Span]) -> None:
    ruled = rules.of_charge(case.rules, segment.row)
    late = rules.in_arrears(case.rules, segment.row)
    for piece, price in _pieces(case, charge, segment, ruled, case.target):
        closing = case.ends_for_good(charge, segment)
        whole = service(own(piece, opening=segment is charge.segments[0], closing=closing), ruled, weeks=price.weeks)
        if whole is None or (late and piece.end > case.target):
            continue
        for gap in gaps((whole.start, whole.end), taken):
            if gap[0] > case.target:
                continue
            billed = whole if gap == (whole.start, whole.end) else _between(piece, gap, ruled, price)
            amount = price.times(billed.units, case.rounded)
            suffix = "" if billed.full else " -- Proration"
            case.add(segment, CHARGE, gap, amount, suffix=suffix)


def _between(piece: Piece, gap: Span, ruled: Rules, price: Price) -> Service:
    """Days in the middle of a billing period, billed by their part of it."""
    inner = replace(piece, start=gap[0], end=gap[1], opening=False, closing=False)
    found = service(inner, ruled, weeks=price.weeks)
    if found is None:
        raise AssertionError("a change within a period is always billed")
    return found


def _pieces(
    case: Case, charge: Charge, segment: Segment, ruled: Rules, until: int, span: Span | None = None
) -> Iterator[tuple[Piece, Price]]:
    """The pieces of a segment with the price in their billing periods."""
    for piece in pieces(case.zones(charge, segment), span or (segment.start, segment.end), until):
        yield piece, price_of(segment.row, segment.tiers, piece.zone.cycle, ruled)


def _credit(case: Case, charge: Charge, held: Held) -> None:
    """Credit what an item holds beyond what the version says, once that is in effect."""
    segment = next(
        (
            segment
            for segment in charge.segments
            if segment.start <= held.start < segment.end and segment.content == held.content
        ),
        None,
    )
    if segment is None:
        if held.start <= case.target:
            _add_credit(case, charge.segments[0], held, held.start, held.amount)
        return
    if held.end <= segment.end or segment.end > case.target:
        return
    ruled = rules.of_charge(case.rules, segment.row)
    used, amount = _used(case, charge, segment, held, ruled)
    if used >= held.end:
        return
    if case.rules["creditBasis"] == "EffectiveDateToPeriodEnd":
        rest = _unused(case, charge, segment, ruled, (used, held.end))
    else:
        rest = held.amount - amount
    _add_credit(case, segment, held, used, max(_ZERO, min(held.amount, rest)) if held.amount >= 0 else rest)


def _used(case: Case, charge: Charge, segment: Segment, held: Held, ruled: Rules) -> tuple[int, Decimal]:
    """Up to which day an item stays, and what the days that stay cost.

    A rule by which a part at the charge's end is billed as a whole leaves nothing to be credited there, whatever made
    the end.
    """
    closing = case.ends_for_good(charge, segment)
    until, amount = held.start, _ZERO
    span = (held.start, segment.end)
    for piece, price in _pieces(case, charge, segment, ruled, segment.end, span):
        opening = segment is charge.segments[0] and piece.start == charge.first
        billed = service(own(piece, opening=opening, closing=closing), ruled, weeks=price.weeks)
        if billed is not None:
            until = max(until, billed.end)
            amount += price.times(billed.units, case.rounded)
    return until, amount


def _unused(case: Case, charge: Charge, segment: Segment, ruled: Rules, span: Span) -> Decimal:
    """What the days after the end of a segment cost."""
    found = _pieces(case, charge, segment, ruled, span[1], span)
    return sum(
        (
            price.times(_between(piece, (piece.start, piece.end), ruled, price).units, case.rounded)
            for piece, price in found
        ),
        _ZERO,
    )


def _add_credit(case: Case, segment: Segment, held: Held, start: int, amount: Decimal) -> None:
    suffix = " -- Credit" if start == held.start else " -- Proration Credit"
    case.add(
        segment,
        CREDIT,
        (start, held.end),
        -amount,
        suffix=suffix,
        credits=held.id,
        appliedToInvoiceItemId=None,
        creditFromItemId=held.id,
    )
