"""Discount charges: an item for every charge item that they discount, and its credit when that is credited.

More than one discount goes on what the ones before it left: percentages before fixed amounts, those of a rate plan
before those of the subscription before those of the account, the smaller charge number first. Only what is billed new
is discounted; a discount item that stands on a document is brought into line with what the version says of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from cpqbridge.sandbox.zuora.billing import rules
from cpqbridge.sandbox.zuora.billing.case import Case, Charge, Segment, open_case
from cpqbridge.sandbox.zuora.billing.cuts import ordinal, text
from cpqbridge.sandbox.zuora.billing.ledger import CREDIT, DISCOUNT, ITEMS, Held
from cpqbridge.sandbox.zuora.billing.pieces import Span, gaps, pieces, service
from cpqbridge.sandbox.zuora.billing.prices import price_of
from cpqbridge.sandbox.zuora.store import Row

_ZERO = Decimal(0)
_LEVELS = ("rateplan", "subscription", "account")
_PERCENT = "DiscountPercentage"

#: Statuses of subscriptions whose charges are billed.
BILLED = ("Active", "Cancelled", "Suspended")


@dataclass(frozen=True, slots=True)
class _Source:
    """A discount charge, with the case of its own subscription."""

    case: Case
    charge: Charge

    @property
    def level(self) -> str:
        return str(self.charge.row.get("discountLevel") or _LEVELS[0])

    @property
    def once(self) -> bool:
        return bool(self.charge.row["chargeType"] == "OneTime")

    @property
    def rank(self) -> tuple[bool, int, str]:
        return self.charge.model != _PERCENT, _LEVELS.index(self.level), self.charge.number

    def covers(self, charge: Charge) -> bool:
        """Whether it discounts a charge."""
        if self.level == _LEVELS[0] and charge.plan["id"] != self.charge.plan["id"]:
            return False
        wanted = self.charge.row.get("applyDiscountTo") or "ONETIMERECURRINGUSAGE"
        return str(charge.row["chargeType"]).upper() in wanted


@dataclass(slots=True)
class _Base:
    """A charge item that may be discounted.

    Attributes:
        held: What the ledger holds of it.
        charge: Its charge.
        segment: A segment of it.
        new: Whether it falls due in this run.
        rest: What the discounts so far leave of it.
    """

    held: Held
    charge: Charge
    new: bool
    rest: Decimal


@dataclass(frozen=True, slots=True)
class _Left:
    """What of an item the discounts before left, and the days that the discount takes already."""

    amount: Decimal
    taken: list[Span]


@dataclass(frozen=True, slots=True)
class _Share:
    """What a discount takes off an item for some of its days, as a positive amount."""

    segment: Segment
    span: Span
    amount: Decimal
    period: str | None = None


def bill(case: Case, pending: Iterable[Row] = ()) -> None:
    """Add the discounts of all items that fall due, and the credits of discounts whose items were credited.

    Args:
        case: The subscription, with its charge items.
        pending: Items of other subscriptions of the same run.
    """
    sources = sorted(_sources(case), key=lambda source: source.rank)
    if not sources:
        return
    others = list(pending)
    for base in _bases(case):
        for source in sources:
            if source.covers(base.charge):
                _apply(case, source, base, others)


def _sources(case: Case) -> Iterator[_Source]:
    for charge in case.charges:
        if charge.discounts:
            yield _Source(case, charge)
    for name in sorted(_others(case)):
        (other,) = case.store.find("subscription", name=name, isLatestVersion=True)
        theirs = open_case(case.tenant, other, text(case.target))
        for charge in theirs.charges:
            if charge.discounts and charge.row.get("discountLevel") == _LEVELS[2]:
                yield _Source(theirs, charge)


def _others(case: Case) -> set[str]:
    """Numbers of the other subscriptions with a discount for the whole account."""
    mine = case.subscription
    found: set[str] = set()
    for charge in case.store.find("ratePlanCharge", discountLevel=_LEVELS[2]):
        other = case.store.get("subscription", charge["subscriptionId"]) or {}
        same = all(other.get(name) == mine[name] for name in ("accountId", "currency"))
        if same and other["isLatestVersion"] and other["status"] in BILLED and other["name"] != mine["name"]:
            found.add(other["name"])
    return found


def _bases(case: Case) -> list[_Base]:
    """The charge items, in the order in which discounts are used up on them."""
    charges = {charge.number: charge for charge in case.charges}
    due = {row["id"] for row in case.items}
    made = [
        _Base(held, charges[held.number], held.id in due, max(_ZERO, held.amount))
        for held in case.ledger.bases()
        if held.number in charges
    ]
    made.sort(key=lambda base: (base.held.start, base.held.number))
    return made


def _apply(case: Case, source: _Source, base: _Base, others: list[Row]) -> None:
    held = case.ledger.of_base(base.held.id, source.charge.number)
    before = base.rest
    for item in held:
        _settle(case, source, base, item)
    if base.new or held:
        taken = [(item.start, item.end) for item in held]
        for share in _shares(case, source, base, _Left(before, taken), others):
            _add(case, source, base, share)


def _add(case: Case, source: _Source, base: _Base, share: _Share) -> None:
    if not share.amount:
        return
    base.rest -= share.amount
    row = case.add(
        share.segment,
        DISCOUNT,
        share.span,
        -share.amount,
        base=base.held.id,
        period=share.period,
        processingType="Discount",
        appliedToInvoiceItemId=base.held.id,
        quantity=Decimal(1),
        unitPrice=-share.amount,
    )
    row |= _owner(source)


def _shares(case: Case, source: _Source, base: _Base, left: _Left, others: list[Row]) -> Iterator[_Share]:
    """What a discount takes off an item for those of its days that no item of the discount is for."""
    for segment in source.charge.segments:
        if not base.new and segment.start > case.target:
            continue
        for span in _overlaps(source, segment, base.held, left.taken):
            if source.charge.model == _PERCENT:
                yield _Share(segment, span, _percentage(case, segment, left.amount, span, base.held))
            else:
                yield from _fixed(case, source, segment, base, span, others)


def _overlaps(source: _Source, segment: Segment, base: Held, taken: list[Span]) -> list[Span]:
    first, last = max(base.start, segment.start), min(base.end, segment.end)
    if first >= last:
        return []
    # A one-time discount takes its item whole.
    return gaps((base.start, base.end) if source.once else (first, last), taken)


def _percentage(case: Case, segment: Segment, amount: Decimal, span: Span, base: Held) -> Decimal:
    percent = Decimal(segment.tiers[0].get("discountPercentage") or 0)
    over = amount * percent * (span[1] - span[0])
    return case.rounded.amount(over, 100 * max(1, base.end - base.start))


def _fixed(
    case: Case, source: _Source, segment: Segment, base: _Base, span: Span, others: list[Row]
) -> Iterator[_Share]:
    """A fixed amount, as far as it is not used up, for each of the discount's periods in the days."""
    for period, days, allowance in _allowances(source, segment, span):
        used = _used(case, source.charge.number, period, others)
        # The item before this one is added by now: what it left is known.
        amount = max(_ZERO, min(allowance - used, base.rest))
        yield _Share(segment, (max(days[0], span[0]), min(days[1], span[1])), amount, period)


def _allowances(source: _Source, segment: Segment, span: Span) -> Iterator[tuple[str, Span, Decimal]]:
    """Start, days and amount of each period of a discount that touches a span."""
    case = source.case
    ruled = rules.of_charge(case.rules, segment.row)
    amount = Decimal(segment.tiers[0].get("discountAmount") or 0)
    if source.once:
        yield text(segment.start), span, case.rounded.amount(amount)
        return
    for piece in pieces(case.zones(source.charge, segment), (segment.start, segment.end), span[1] - 1):
        found = service(piece, ruled)
        if found and piece.end > span[0]:
            price = price_of(segment.row, segment.tiers, piece.zone.cycle, ruled)
            yield text(piece.start), (piece.start, piece.end), price.times(found.units, case.rounded)


def _used(case: Case, number: str, period: str, others: list[Row]) -> Decimal:
    """What of a discount's period is used up, on documents and in this run."""
    stored = [row for kind in ITEMS for row in case.store.find(kind, chargeNumber=number) if not row.get("_void")]
    rows = [*stored, *(row for row in [*others, *case.items] if row["chargeNumber"] == number)]
    return -sum((row["_billed"]["amount"] for row in rows if row["_billed"]["period"] == period), _ZERO)


def _settle(case: Case, source: _Source, base: _Base, item: Held) -> None:
    """Credit what an item of the discount takes off too much, now that its charge item or the discount changed."""
    kept, end = _kept(case, source, base, item)
    base.rest = max(_ZERO, base.rest - kept)
    too_much = -item.amount - kept
    if not too_much:
        return
    suffix = " -- Credit" if end <= item.start else " -- Proration Credit"
    span = (min(end, item.end - 1), item.end)
    row = case.add(
        _segment_at(source.charge, item.start), CREDIT, span, too_much, credits=item.id, keep=end, period=item.period,
        suffix=suffix, processingType="Discount", creditFromItemId=item.id, quantity=Decimal(1), unitPrice=too_much,
    )  # fmt: skip
    row |= _owner(source)


def _owner(source: _Source) -> Row:
    """Whose charge the discount is, as fields of an item."""
    theirs = source.case.subscription
    return {
        "subscriptionId": theirs["id"],
        "subscriptionNumber": theirs["name"],
        "subscriptionOwnerId": theirs["accountId"],
    }


def _kept(case: Case, source: _Source, base: _Base, item: Held) -> tuple[Decimal, int]:
    """What a discount item is to take off, as a positive amount, and the end of its days."""
    now, held = -item.amount, base.held
    segment = _segment_at(source.charge, item.start)
    stays = segment.content == item.content and segment.start <= item.start and segment.end > item.start
    ended = segment.end if stays else item.start
    if source.once and stays:
        ended = item.end
    # What is to come later is settled later.
    last = item.end if ended > case.target else min(item.end, ended)
    end = max(item.start, min(last, held.end))
    if end >= item.end and held.amount == held.billed:
        return now, end
    if source.charge.model == _PERCENT:
        days = (item.start, end)
        return (_percentage(case, segment, base.rest, days, held) if days[0] < days[1] else _ZERO), end
    share = case.rounded.amount(-item.billed * (end - item.start), max(1, item.end - item.start))
    if last < held.end or end <= item.start:
        return min(now, share, base.rest), end
    if case.rules["discountCreditProration"] and held.billed:
        share = case.rounded.amount(-item.billed * held.amount / held.billed)
        return min(now, share, base.rest), end
    return min(now, base.rest), end


def _segment_at(charge: Charge, day: int) -> Segment:
    return next((segment for segment in charge.segments if segment.start <= day < segment.end), charge.segments[-1])


def ends(case: Case, number: str) -> list[int]:
    """The ends (exclusive) of the days that the items of a discount are for."""
    return [
        ordinal(row["_billed"]["end"])
        for kind in ITEMS
        for row in case.store.find(kind, chargeNumber=number)
        if not row.get("_void") and row["_billed"]["kind"] == DISCOUNT
    ]
