"""Works out how much of a difference comes from which cause.

The amount that CPQ quoted is turned into the amount that Zuora bills one step at a time: first CPQ's own rounding and
count of months, then days, quantity and price, then each of Zuora's settings, at last its rounding. What a step changes
is the part of its cause, so the parts always add up to the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.cpq.precision import Precision, exact_months
from cpqbridge.money.months import calendar_months
from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.flow import Flow, bounds, change, levels, total
from cpqbridge.money.reconciliation.terms import BillingTerms, Charge, Item
from cpqbridge.money.rounding import Rounding

CLOSE = Fraction(6, 1000)
"""CPQ rounds the net price of a unit to cents: half a cent, and a little for prices with fewer decimals than stored."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What CPQ sold, or changed, of one product.

    Attributes:
        amount: What it came to; negative where something is taken away.
        start: First day.
        end: First day after it.
        quantity: Units, negative where some are taken away; 1 or -1 where CPQ prices all units as a whole.
        unprorated: Net price of one unit for the default term, where CPQ gives it.
        default_term: Months of the product's default term.
        listed: The same price before discounts, where CPQ gives it.
        net: Net price of one unit for all its days.
        rounded: How many prices of CPQ, each rounded to cents, one unit is made of: more than one where Zuora has one
            price for all units.
    """

    amount: Decimal
    start: date
    end: date
    quantity: Decimal
    unprorated: Decimal | None = None
    default_term: int = 12
    listed: Decimal | None = None
    net: Decimal | None = None
    rounded: Decimal = Decimal(1)

    @property
    def close(self) -> Fraction:
        """How much of it may come from rounding prices of units."""
        return CLOSE * Fraction(abs(self.quantity) * max(self.rounded, Decimal(1)))

    @property
    def flow(self) -> Flow:
        """The same by month: at the unprorated price, else at what the amount comes to in calendar months."""
        if self.unprorated is not None:
            monthly = Fraction(self.unprorated) * Fraction(self.quantity) / self.default_term
        else:
            monthly = Fraction(self.amount) / calendar_months(self.start, self.end)
        return Flow(self.start, self.end, Fraction(self.quantity), monthly)

    def months(self) -> Fraction | None:
        """Return the months that CPQ charged, by the precision that comes to the amount; None where none does."""
        flow = self.flow
        if self.unprorated is None or not flow.monthly:
            return None
        found = {one: exact_months(one, self.start, _last(self.end)) for one in Precision}
        by_error = {months: abs(flow.monthly * months - Fraction(self.amount)) for months in found.values()}
        best = min(by_error, key=by_error.__getitem__)
        return best if by_error[best] <= self.close else None


@dataclass(frozen=True, slots=True)
class Explained:
    """A line on both sides.

    Attributes:
        quoted: What CPQ sold.
        billed: What Zuora bills.
        exact: What Zuora would bill if it did not round.
        parts: What the difference comes from; they add up to it.
        charge: The charge with what was sold, where it is worked out.
        before: The charge without it, where it was there before.
    """

    quoted: Decimal
    billed: Decimal
    exact: Fraction
    parts: tuple[Part, ...] = ()
    charge: Charge | None = field(default=None, repr=False, compare=False)
    before: Charge | None = field(default=None, repr=False, compare=False)

    @property
    def items(self) -> Sequence[Item]:
        """What Zuora bills by service period; what it bills less than before is negative."""
        if self.charge is None:
            return ()
        return self.charge.items if self.before is None else _changed(self.charge.items, self.before.items)

    @property
    def difference(self) -> Decimal:
        """Zuora's amount less CPQ's."""
        return self.billed - self.quoted


def explain(
    quoted: Sequence[Quoted], charge: Charge, before: Charge | None = None, billed: Decimal | None = None
) -> Explained:
    """Return a line on both sides, with the parts of the difference.

    Args:
        quoted: What CPQ sold of it.
        charge: The charge with it.
        before: The charge without it, where it was there before.
        billed: What Zuora says that it bills; where that is not known, it is worked out.
    """
    sold = sum((one.amount for one in quoted), Decimal(0))
    exact, computed = charge.exact, charge.billed
    if before is not None:
        exact, computed = exact - before.exact, computed - before.billed
    actual = computed if billed is None else billed
    parts: list[Part] = []
    if charge.terms.rounding.joins(exact, sold):
        parts.append(Part(Cause.ROUNDING, computed - sold))
    else:
        parts += _parts(quoted, charge, before, sold, computed)
    parts.append(Part(Cause.OTHER, actual - computed))
    return Explained(sold, actual, exact, _merged(parts, charge.terms), charge, before)


def _merged(parts: Iterable[Part], terms: BillingTerms) -> tuple[Part, ...]:
    """Return one part for each cause, without those that come to nothing."""
    amounts: dict[Cause, Decimal] = {}
    for part in parts:
        amounts[part.cause] = amounts.get(part.cause, Decimal(0)) + part.amount
    return tuple(Part(cause, amount, terms.note(cause)) for cause, amount in amounts.items() if amount)


def explain_once(quoted: Decimal, billed: Decimal, rounding: Rounding) -> Explained:
    """Return what is billed once on both sides.

    Args:
        quoted: What CPQ sold it for, which is rounded as CPQ shows it.
        billed: Price times quantity in Zuora.
        rounding: The currency's.
    """
    sold, amount = rounding.round(quoted), rounding.round(billed)
    cause = Cause.ROUNDING if abs(billed - quoted) < rounding.increment else Cause.PRICE
    parts = (Part(cause, amount - sold),) if amount != sold else ()
    return Explained(sold, amount, Fraction(billed), parts)


def _changed(after: Sequence[Item], before: Sequence[Item]) -> list[Item]:
    """Return the items that are billed otherwise, those of before negative."""
    left = list(before)
    items = []
    for one in after:
        if one in left:
            left.remove(one)
        else:
            items.append(one)
    items += [Item(one.start, one.end, -one.amount, one.kind) for one in left]
    return sorted(items, key=lambda one: (one.start, one.end))


def _parts(
    quoted: Sequence[Quoted], charge: Charge, before: Charge | None, sold: Decimal, computed: Decimal
) -> Iterator[Part]:
    """Yield the part of each step; what a step comes to is shown in the currency's smallest unit."""
    rounding, so_far = charge.terms.rounding, sold
    reached = Fraction(sold)
    for cause, amount in _steps(quoted, charge, before):
        reached += amount
        shown = rounding.round(reached)
        if shown != so_far:
            yield Part(cause, shown - so_far)
            so_far = shown
    yield Part(Cause.ROUNDING, computed - so_far)


def _steps(quoted: Sequence[Quoted], charge: Charge, before: Charge | None) -> Iterator[tuple[Cause, Fraction]]:
    """Yield what each step adds to the amount, unrounded."""
    if before is None and not charge.flows:
        yield Cause.NOT_BILLED, -sum((Fraction(one.amount) for one in quoted), Fraction(0))
        return
    for one in quoted:
        months = one.months()
        by_precision = Fraction(one.amount) if months is None else one.flow.monthly * months
        yield Cause.UNIT_PRICE_ROUNDING, by_precision - Fraction(one.amount)
        yield Cause.PRORATE_PRECISION, one.flow.on(calendar_months) - by_precision
    flows = change(before.flows if before else (), charge.flows)
    sold = [one.flow for one in quoted]
    billed = [level for _, _, [level] in levels(flows)]
    moved = _moved(sold, billed) if sold and billed else sold
    days, gone = total(moved, calendar_months) - total(sold, calendar_months), _left_over(quoted, moved)
    yield Cause.UNIT_PRICE_ROUNDING, gone
    yield Cause.TRIGGER_DATES, days - gone
    yield from _levels(quoted, charge, moved, flows)
    yield from _settings(charge, before)


def _settings(charge: Charge, before: Charge | None) -> Iterator[tuple[Cause, Fraction]]:
    """Yield what each of Zuora's settings changes."""
    last = total(charge.flows, calendar_months) - (total(before.flows, calendar_months) if before else 0)
    ways = before.terms.steps() if before else charge.terms.steps()
    for (cause, terms), (_, earlier) in zip(charge.terms.steps(), ways, strict=True):
        amount = total(charge.flows, terms.clock) - (total(before.flows, earlier.clock) if before else 0)
        yield cause, amount - last
        last = amount


def _moved(sold: Sequence[Flow], flows: Sequence[Flow]) -> list[Flow]:
    """Return what was sold on the days on which Zuora bills it."""
    (first, last), (start, end) = bounds(sold), bounds(flows)
    moved = []
    for one in sold:
        begins = start if one.start == first else min(max(one.start, start), end)
        ends = end if one.end == last else min(max(one.end, start), end)
        moved.append(Flow(begins, max(begins, ends), one.quantity, one.monthly))
    return moved


def _left_over(quoted: Sequence[Quoted], moved: Sequence[Flow]) -> Fraction:
    """Return what goes with days of which nothing is sold any more.

    A cancellation has a net price of its own, rounded as every other: a little is left of the days after it. That comes
    from rounding, though it looks like other days.
    """
    before, after = (_of_nothing(flows) for flows in ([one.flow for one in quoted], moved))
    close = sum((one.close for one in quoted), Fraction(0))
    return after - before if abs(after - before) <= close else Fraction(0)


def _of_nothing(flows: Sequence[Flow]) -> Fraction:
    """Return what flows come to on days on which their quantities add up to nothing."""
    return total([one for _, _, [one] in levels(flows) if not one.quantity], calendar_months)


def _levels(
    quoted: Sequence[Quoted], charge: Charge, sold: Sequence[Flow], held: Sequence[Flow]
) -> Iterator[tuple[Cause, Fraction]]:
    """Yield what other quantities and other prices come to, in calendar months."""
    last = quoted[-1] if quoted else None
    by_price: dict[Cause, Fraction] = {}
    for start, end, (one, other) in levels(sold, held):
        months = calendar_months(start, end)
        unit = one.monthly / one.quantity if one.quantity else other.monthly / other.quantity if other.quantity else 0
        by_quantity = (other.quantity - one.quantity) * unit
        yield Cause.QUANTITY, by_quantity * months
        cause = _price_cause(last, charge, other)
        by_price[cause] = by_price.get(cause, Fraction(0)) + (other.monthly - one.monthly - by_quantity) * months
    close = max((one.close for one in quoted), default=Fraction(0))
    rounded = abs(sum(by_price.values(), Fraction(0))) <= close
    for cause, amount in by_price.items():
        yield (Cause.UNIT_PRICE_ROUNDING if rounded else cause), amount


def _price_cause(quoted: Quoted | None, charge: Charge, held: Flow) -> Cause:
    """Return what is wrong with a price: it lacks the discount, is for another length of time, or is another one."""
    if quoted is None or not held.quantity:
        return Cause.PRICE
    unit = held.monthly / held.quantity
    if quoted.listed is not None and unit == Fraction(quoted.listed) / quoted.default_term:
        return Cause.DISCOUNT
    return Cause.LIST_PRICE_BASE if charge.price is not None and charge.price == quoted.net else Cause.PRICE


def _last(end: date) -> date:
    return end - timedelta(days=1)
