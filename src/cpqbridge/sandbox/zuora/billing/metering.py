"""Usage charges: the uploaded usage of a billing period is rated when the period is over."""

from __future__ import annotations

from decimal import Decimal

from cpqbridge.sandbox.zuora.billing import prices, rules
from cpqbridge.sandbox.zuora.billing.case import Case, Charge, Segment
from cpqbridge.sandbox.zuora.billing.cuts import ordinal
from cpqbridge.sandbox.zuora.billing.ledger import USAGE
from cpqbridge.sandbox.zuora.billing.pieces import Piece, Service, own, pieces, service
from cpqbridge.sandbox.zuora.billing.prices import Price
from cpqbridge.sandbox.zuora.billing.shares import whole
from cpqbridge.sandbox.zuora.store import Row

#: Rating groups whose usage is not added up: usage records that are rated together, by this part of them.
_APART = {"ByUsageStartDate": "startDateTime", "ByUsageRecord": "id", "ByUsageUpload": "importId"}

#: State of a record that no bill run has rated.
PENDING = "Pending"


def bill(case: Case, charge: Charge) -> None:
    """Add what falls due for the usage of the periods that are over."""
    found = _usage(case, charge)
    if not found:
        return
    for segment in charge.segments:
        ruled = rules.of_usage(case.rules, segment.row)
        for piece in pieces(case.zones(charge, segment), (segment.start, segment.end), case.target):
            closing = case.ends_for_good(charge, segment)
            billed = service(own(piece, opening=segment is charge.segments[0], closing=closing), ruled)
            if billed is not None and piece.end <= case.target:
                mine = [row for row in found if piece.start <= _day(row) < piece.end]
                _rate(case, segment, piece, billed, mine)


def through(case: Case, charge: Charge, segment: Segment) -> int | None:
    """End of the last period of a segment that is over, up to which its usage is billed."""
    cut = pieces(case.zones(charge, segment), (segment.start, segment.end), case.target)
    return max((piece.end for piece in cut if piece.end <= case.target), default=None)


def _rate(case: Case, segment: Segment, piece: Piece, billed: Service, usage: list[Row]) -> None:
    pending = [row for row in usage if row.get("rbeStatus") == PENDING]
    if not pending:
        return
    amount = _amount(case, segment, piece, billed, usage)
    before = case.ledger.of_charge(segment.row["chargeNumber"])
    amount -= sum((held.amount for held in before if piece.start <= held.start < piece.end), Decimal(0))
    quantity = sum((Decimal(row["quantity"]) for row in pending), Decimal(0))
    case.add(
        segment,
        USAGE,
        (piece.start, piece.end),
        amount,
        quantity=quantity,
        usage=[row["id"] for row in pending],
        unitPrice=prices.unit_price(segment.row, segment.tiers, quantity),
    )


def _amount(case: Case, segment: Segment, piece: Piece, billed: Service, usage: list[Row]) -> Decimal:
    """What the usage of a period costs; by its part of the period when the charge is prorated by time."""
    groups: dict[str, Decimal] = {}
    part = _APART.get(segment.row.get("ratingGroup") or "")
    for row in usage:
        key = str(row.get(part) or "")[:10] if part == "startDateTime" else str(row.get(part or "") or "")
        groups[key] = groups.get(key, Decimal(0)) + Decimal(row["quantity"])
    total = sum((prices.total(segment.row, segment.tiers, units) for units in groups.values()), Decimal(0))
    if segment.row.get("prorationOption") != "TimeBasedProration":
        return case.rounded.amount(total)
    ruled = rules.of_usage(case.rules, segment.row)
    return Price(total, whole(piece.zone.cycle, ruled), weeks=False).times(billed.units, case.rounded)


def _usage(case: Case, charge: Charge) -> list[Row]:
    """Usage records that a charge rates: of its unit, and of its subscription and charge where they name one."""
    account = case.subscription["accountId"]
    return [
        row
        for row in case.store.find("usage", accountId=account)
        if row.get("uOM") == charge.row.get("uOM")
        and row.get("subscriptionNumber") in {None, case.subscription["name"]}
        and row.get("chargeNumber") in {None, charge.number}
        and _is_mine(charge, row)
    ]


def _is_mine(charge: Charge, row: Row) -> bool:
    """Whether no other charge has rated a record already."""
    return row.get("rbeStatus") == PENDING or row.get("_ratedBy") == charge.number


def _day(row: Row) -> int:
    return ordinal(str(row["startDateTime"])[:10])
