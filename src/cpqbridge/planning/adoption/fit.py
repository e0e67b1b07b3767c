"""Whether a subscription in Zuora bills a deal: every way to pair parts with rate plans, each with what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice, product
from typing import NamedTuple

from cpqbridge.mapping.dates import ONE_DAY
from cpqbridge.planning.adoption.billed import Billed, Plan, Segment
from cpqbridge.planning.adoption.deal import Deal, Part

LINKED, BY_CSV, BY_NUMBER, BY_FIT = "link", "csv", "number", "product and dates"
"""How a pair was found."""

GONE = frozenset({"Cancelled", "Draft"})
"""States of subscriptions that cannot be amended."""

FLAT_FEE = "Flat Fee Pricing"

_MOST_WAYS = 20
"""Ways to spread the parts of one deal over the rate plans of one subscription; more are no clearer."""


class Difference(NamedTuple):
    """One thing that the two systems say differently, in words."""

    what: str
    salesforce: str
    zuora: str

    def __str__(self) -> str:
        return f"{self.what} {self.zuora} instead of {self.salesforce}"


class Pair(NamedTuple):
    """A part of what was sold, and the rate plan that bills it."""

    part: Part
    plan: Plan

    @property
    def linked(self) -> bool:
        """Whether the rate plan carries the id already."""
        return self.plan.external_id == self.part.external_id


@dataclass(frozen=True, slots=True)
class Naming:
    """What a person has named for a deal: one line of a CSV file.

    Attributes:
        line: Number of the line.
        subscription: Number of the subscription in Zuora.
        plan: Number or id of its rate plan, or number of its charge; None to choose the one that fits.
        part: The external id that the line is about, where it names a consumption schedule.
    """

    line: int
    subscription: str
    plan: str | None = None
    part: str | None = None

    def allows(self, pair: Pair) -> bool:
        """Return whether a pair is one that the line allows; its rate plan is that of the product, or of its `part`."""
        about = pair.part.external_id == self.part if self.part else not pair.part.is_usage
        return self.plan is None or not about or self.plan in (pair.plan.number, pair.plan.id, *pair.plan.charges)


@dataclass(frozen=True, slots=True)
class Fit:
    """A subscription with a rate plan for each part, and how it differs from the deal on a day."""

    billed: Billed
    pairs: tuple[Pair, ...]
    day: date
    differences: tuple[Difference, ...] = ()

    @property
    def plans(self) -> tuple[str, ...]:
        """Ids of its rate plans."""
        return tuple(pair.plan.id for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class Fitting:
    """Compares deals with subscriptions.

    Attributes:
        today: The day of comparison, where both know it.
        owners: Id that a rate plan may carry to the number of the deal that it belongs to.
        taken: Zuora id of a rate plan to the number of the deal that has got it; grows while deals are paired.
    """

    today: date
    owners: Mapping[str, str]
    taken: dict[str, str] = field(default_factory=dict)

    def fits(self, deal: Deal, billed: Billed, by: str, namings: Sequence[Naming] = ()) -> list[Fit]:
        """Return every way in which a subscription may bill a deal; without any, one fit that says what is lacking."""
        day = day_for(deal, billed, self.today)
        options = [self._options(deal, part, billed, namings) for part in deal.parts]
        general = tuple(_general(deal, billed))
        ways = [way for way in islice(product(*options), _MOST_WAYS) if len({pair.plan.id for pair in way}) == len(way)]
        if not ways:
            lacking = [part for part, some in zip(deal.parts, options, strict=True) if not some] or deal.parts
            return [Fit(billed, (), day, (*general, *_lacking(deal, billed, lacking)))]
        return [Fit(billed, way, day, (*general, *self._differences(deal, billed, way, day, by))) for way in ways]

    def _options(self, deal: Deal, part: Part, billed: Billed, namings: Sequence[Naming]) -> list[Pair]:
        """Return the rate plans that may bill a part: the one that carries its id, else those of its product."""
        pairs = [Pair(part, plan) for plan in billed.plans]
        allowed = [pair for pair in pairs if all(naming.allows(pair) for naming in namings)]
        linked = [pair for pair in allowed if pair.linked]
        return linked or [pair for pair in allowed if pair.plan.bills(part, deal.product)]

    def _differences(
        self, deal: Deal, billed: Billed, pairs: Sequence[Pair], day: date, by: str
    ) -> Iterator[Difference]:
        if by not in (BY_CSV, LINKED) and billed.start not in deal.starts and not begins_with(deal, pairs):
            yield Difference("start", str(deal.start), str(billed.start))
        for pair in pairs:
            yield from self._link(deal, pair, by)
            yield from _charge(deal, pair, day)

    def _link(self, deal: Deal, pair: Pair, by: str) -> Iterator[Difference]:
        """Yield why a rate plan belongs to another deal: by the id that it carries, or because it was just given away.

        An id that no deal has may be from another org; a person may know that it is of no use any more.
        """
        part, plan = pair
        carried = plan.external_id
        if carried and carried not in deal.ids:
            if by != BY_CSV or carried in self.owners:
                owner = f" (of {self.owners[carried]})" if carried in self.owners else ""
                yield Difference("externally managed plan id", part.external_id, f"{carried}{owner}")
        elif self.taken.get(plan.id, deal.number) != deal.number:
            yield Difference("rate plan", "one of its own", f"{plan.number} (of {self.taken[plan.id]})")


def day_for(deal: Deal, billed: Billed, today: date) -> date:
    """Return the day on which the two are compared: today, or the nearest day that both know."""
    first = max(day for day in (deal.start, billed.start) if day)
    lasts = [day for day in (deal.end, billed.end - ONE_DAY if billed.end else None) if day]
    return max(min([today, *lasts]), first)


def begins_with(deal: Deal, pairs: Iterable[Pair]) -> bool:
    """Return whether charges begin with a deal; its product may have been added to a subscription that is older."""
    starts = (min((one.start for one in pair.plan.segments if one.start), default=None) for pair in pairs)
    return all(start in deal.starts for start in starts)


def _general(deal: Deal, billed: Billed) -> Iterator[Difference]:
    """Yield what differs between a deal and a subscription as a whole."""
    if billed.owner != deal.owner:
        yield Difference("account", deal.owner, f"{billed.account_number} (CRM id {billed.owner or 'empty'})")
    if billed.status in GONE:
        yield Difference("status", "Active", billed.status)
    if deal.currency and billed.currency and deal.currency != billed.currency:
        yield Difference("currency", deal.currency, billed.currency)
    if (billed.end and billed.end <= deal.start) or (deal.end and billed.start and deal.end < billed.start):
        yield Difference("end", str(deal.end or "open"), str(billed.end or "open"))


def _charge(deal: Deal, pair: Pair, day: date) -> Iterator[Difference]:
    """Yield what differs in the charge: there must be one, in force on the day, with the quantity that was sold."""
    part, plan = pair
    if len(plan.charges) != 1:
        yield Difference("charges", "1", str(len(plan.charges)))
        return
    current = [segment for segment in plan.segments if segment.in_force(day)]
    if not current:
        yield Difference(f"charges on {day}", "1", "none")
    elif not part.is_usage:
        yield from _quantity(deal, current[-1], day)


def _quantity(deal: Deal, segment: Segment, day: date) -> Iterator[Difference]:
    """Yield the difference in units; a flat fee has none."""
    wanted = deal.quantity_on(day)
    if segment.model != FLAT_FEE and segment.quantity != wanted:
        yield Difference(f"quantity on {day}", _plain(wanted), _plain(segment.quantity))


def _plain(units: Decimal | None) -> str:
    return "none" if units is None else f"{units.normalize():f}"


def _lacking(deal: Deal, billed: Billed, parts: Iterable[Part]) -> Iterator[Difference]:
    """Yield what a subscription should bill and does not."""
    held = ", ".join(sorted({plan.sku or plan.name for plan in billed.plans})) or "nothing"
    for part in parts:
        yield Difference("usage", part.name, held) if part.is_usage else Difference("product", deal.code, held)
