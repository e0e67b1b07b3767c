"""What one charge comes to by the rows of bulk reads: what CPQ sold, the charge, and what was billed of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.money.reconciliation.terms import Charge
from cpqbridge.planning.adoption.billed import Segment
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.proof.billing import Life, Priced, Unknown, charge_of
from cpqbridge.sync.drift.as_billed import ACCOUNT_DAY, ATTRIBUTES
from cpqbridge.sync.drift.billed import HeldPlan
from cpqbridge.sync.drift.fields import alias
from cpqbridge.sync.reconcile.bulk.reading import CHARGED_THROUGH
from cpqbridge.sync.reconcile.line import Source

Row = Mapping[str, Any]

FLAT = "Flat Fee Pricing"
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Documented:
    """What stands on documents for a charge.

    Attributes:
        amount: Invoices less credit memos.
        through: First day after all that was billed.
    """

    amount: Decimal
    through: date

    @classmethod
    def of(cls, amount: Decimal, through: str | None) -> Documented:
        """Return it from the amount and the last day that is on documents."""
        day = dates.parse(through) + timedelta(days=1) if through else date.min
        return cls(amount, day)


def is_flat(held: HeldPlan) -> bool:
    """Return whether a charge has no quantity."""
    return bool(held.segments) and held.segments[0].model == FLAT


def charge_held(draft: Draft, held: HeldPlan, currency: str) -> Charge:
    """Return the charge of a rate plan in Zuora.

    Raises:
        Unknown: What it comes to cannot be worked out.
    """
    if len(held.charges) != 1:
        raise Unknown(f"its rate plan has {len(held.charges)} charges")
    row, first, last = held.row, held.segments[0].start, held.segments[-1].end
    if first is None or last is None:
        raise Unknown("an evergreen subscription has no total")
    begins = row["subscription_subscriptionstartdate"]
    life = Life(first, last, dates.parse(begins) if begins else first, (first, last), row.get(alias(ACCOUNT_DAY)))
    return charge_of(draft, attributes_of(row), life, [_priced(one) for one in held.segments], currency)


def attributes_of(row: Row) -> dict[str, Any]:
    """Return what decides the billing of a charge, by the names of the Orders API."""
    return {name: row[alias(column)] for column, name in ATTRIBUTES.items() if row.get(alias(column)) is not None}


def _priced(one: Segment) -> Priced:
    if one.start is None or one.end is None or one.price is None:
        raise Unknown("it has a segment without end, or a price for each tier")
    return Priced(one.start, one.end, None if one.model == FLAT else one.quantity, one.price)


def billed_in_all(charge: Charge, documented: Documented | None, rows: Sequence[Row]) -> tuple[Decimal | None, Source]:
    """Return what was billed and will be; None where it is only worked out.

    What is on documents counts as it stands, and from the day behind it what is worked out. Where something was changed
    since that the next bill run will put right, all is worked out.

    Args:
        charge: The charge.
        documented: What stands on documents.
        rows: The rows of its segments.
    """
    if documented is None or _is_pending(rows, documented.through):
        return None, Source.COMPUTED
    rest = [one.amount for one in charge.items if one.start >= documented.through]
    source = Source.INVOICES_AND_COMPUTED if rest else Source.INVOICES
    return documented.amount + sum(rest, _NOTHING), source


def _is_pending(rows: Sequence[Row], through: date) -> bool:
    """Return whether a segment has days that were billed by what it was before."""
    for row in rows:
        start, end = (_day(row[f"rateplancharge_effective{name}date"]) for name in ("start", "end"))
        charged = _day(row.get(alias(CHARGED_THROUGH)))
        if start is None or (end is not None and end <= start):
            continue
        if start < through and charged is None:
            return True
        if charged is not None and end is not None and charged > end:
            return True
    last = max((day for row in rows if (day := _day(row["rateplancharge_effectiveenddate"]))), default=None)
    return last is not None and through > last


def _day(text: str | None) -> date | None:
    return dates.parse(text) if text else None
