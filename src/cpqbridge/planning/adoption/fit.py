"""Whether a subscription in Zuora bills a deal: every way to pair parts with rate plans, each with what differs.

Zuora may stand at any stage of a deal: with all its orders, or before the last ones, which the next sync carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import islice, product
from typing import NamedTuple

from cpqbridge.mapping.dates import ONE_DAY
from cpqbridge.planning.adoption.billed import ONE_TIME, Billed, Plan, Segment
from cpqbridge.planning.adoption.deal import Deal, Part, Stage
from cpqbridge.planning.adoption.prices import Price, Prices

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
    """A subscription with a rate plan for each part, and how it differs from the deal from a day on.

    Attributes:
        billed: The subscription.
        pairs: Each part with its rate plan; none where a rate plan is lacking.
        day: The day of comparison; later days count too, as far as both terms go.
        stage: The stage of the deal at which it stands, or comes nearest.
        differences: What differs.
        prices: External id of a part to its prices on the day; only where quantities agree.
    """

    billed: Billed
    pairs: tuple[Pair, ...]
    day: date
    stage: Stage
    differences: tuple[Difference, ...] = ()
    prices: Mapping[str, Price] = field(default_factory=dict)

    @property
    def term_agrees(self) -> bool:
        """Whether it ends with the stage, or where all of it is cancelled."""
        after = self.billed.end
        ends = {self.stage.term_end, self.stage.end}
        return (after - ONE_DAY if after else None) in ends

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
        prices: Works out prices; None to leave them out.
        units: Unit of measure in Zuora to its decimal places.
        taken: Zuora id of a rate plan to the number of the deal that has got it; grows while deals are paired.
    """

    today: date
    owners: Mapping[str, str]
    prices: Prices | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)

    def fits(self, deal: Deal, billed: Billed, by: str, namings: Sequence[Naming] = ()) -> list[Fit]:
        """Return every way in which a subscription may bill a deal; without any, one fit that says what is lacking.

        Each way is that of the latest stage at which the subscription may stand.
        """
        options = [self._options(deal, part, billed, namings) for part in deal.parts]
        ways = [way for way in islice(product(*options), _MOST_WAYS) if len({pair.plan.id for pair in way}) == len(way)]
        if ways:
            return [self.fit(deal, billed, way, by) for way in ways]
        lacking = [part for part, some in zip(deal.parts, options, strict=True) if not some] or deal.parts
        without = tuple(_lacking(deal, billed, lacking))
        found = [
            Fit(billed, (), self._day(deal, one, billed), one, (*_general(deal, one, billed), *without))
            for one in deal.stages
        ]
        return [min(found, key=lambda fit: len(fit.differences))]

    def fit(self, deal: Deal, billed: Billed, pairs: Sequence[Pair], by: str) -> Fit:
        """Return how a subscription with these rate plans stands to a deal.

        The latest stage without differences counts, one with the same end of the term before others; without any, the
        one with the fewest differences.
        """
        found = []
        for stage in deal.stages:
            fit = self._at(deal, stage, billed, tuple(pairs), by)
            if fit.term_agrees and not fit.differences:
                return fit
            found.append(fit)
        nearest = min(found, key=lambda fit: len(fit.differences))
        return nearest if nearest.prices else replace(nearest, prices=self._shown(nearest))

    def _shown(self, fit: Fit) -> dict[str, Price]:
        """Return the prices on the day of comparison."""
        compared = ((pair, price) for pair in fit.pairs for _, price in islice(self._prices(fit, pair), 1))
        return {pair.part.external_id: price for pair, price in compared}

    def _at(self, deal: Deal, stage: Stage, billed: Billed, pairs: tuple[Pair, ...], by: str) -> Fit:
        day = self._day(deal, stage, billed)
        differences = [*_general(deal, stage, billed), *self._differences(deal, billed, pairs, by)]
        for pair in pairs:
            differences += _charge(stage, billed, pair, day)
        fit = Fit(billed, pairs, day, stage, tuple(differences))
        if differences:
            return fit
        prices: dict[str, Price] = {}
        for pair in pairs:
            compared = list(self._prices(fit, pair))
            if compared:
                prices[pair.part.external_id] = compared[0][1]
            differences += islice(_price_differences(pair.part, compared, deal.currency), 1)
        return replace(fit, differences=tuple(differences), prices=prices)

    def _day(self, deal: Deal, stage: Stage, billed: Billed) -> date:
        return day_for(deal, stage, billed, self.today)

    def _prices(self, fit: Fit, pair: Pair) -> Iterator[tuple[date, Price]]:
        """Yield the prices of a part from a day on: on the day itself, and wherever anything changes later."""
        part, plan = pair
        chain = fit.stage.chain
        if self.prices is None or chain is None:
            return
        for day in _days(fit.stage, fit.billed, plan.segments, fit.day):
            segment = _on(plan.segments, day)
            if segment is not None:
                yield day, self.prices.compare(chain, part, segment, day, self.units)

    def _options(self, deal: Deal, part: Part, billed: Billed, namings: Sequence[Naming]) -> list[Pair]:
        """Return the rate plans that may bill a part: the one that carries its id, else those of its product."""
        pairs = [Pair(part, plan) for plan in billed.plans]
        allowed = [pair for pair in pairs if all(naming.allows(pair) for naming in namings)]
        linked = [pair for pair in allowed if pair.linked]
        return linked or [pair for pair in allowed if pair.plan.bills(part, deal.product)]

    def _differences(self, deal: Deal, billed: Billed, pairs: Sequence[Pair], by: str) -> Iterator[Difference]:
        if by not in (BY_CSV, LINKED) and billed.start not in deal.starts and not begins_with(deal, pairs):
            yield Difference("start", str(deal.start), str(billed.start))
        for pair in pairs:
            yield from self._link(deal, pair, by)

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


def day_for(deal: Deal, stage: Stage, billed: Billed, today: date) -> date:
    """Return the day on which the two are compared: today, or the nearest day that both know."""
    first = max(day for day in (deal.start, billed.start) if day)
    lasts = [day for day in (stage.end, billed.end - ONE_DAY if billed.end else None) if day]
    return max(min([today, *lasts]), first)


def begins_with(deal: Deal, pairs: Iterable[Pair]) -> bool:
    """Return whether charges begin with a deal; its product may have been added to a subscription that is older."""
    starts = (min((one.start for one in pair.plan.segments if one.start), default=None) for pair in pairs)
    return all(start in deal.starts for start in starts)


def _general(deal: Deal, stage: Stage, billed: Billed) -> Iterator[Difference]:
    """Yield what differs between a stage of a deal and a subscription as a whole."""
    if billed.owner != stage.owner:
        yield Difference("account", stage.owner, f"{billed.account_number} (CRM id {billed.owner or 'empty'})")
    if billed.status in GONE:
        yield Difference("status", "Active", billed.status)
    if deal.currency and billed.currency and deal.currency != billed.currency:
        yield Difference("currency", deal.currency, billed.currency)
    if (billed.end and billed.end <= deal.start) or (stage.end and billed.start and stage.end < billed.start):
        yield Difference("end", str(stage.end or "open"), str(billed.end or "open"))


def _charge(stage: Stage, billed: Billed, pair: Pair, day: date) -> Iterator[Difference]:
    """Yield what differs in the charge: there must be one, in force on the day, with the quantities that were sold."""
    part, plan = pair
    if len(plan.charges) != 1:
        yield Difference("charges", "1", str(len(plan.charges)))
    elif not any(segment.in_force(day) for segment in plan.segments):
        yield Difference(f"charges on {day}", "1", "none")
    elif not part.is_usage:
        yield from islice(_quantities(stage, billed, plan.segments, day), 1)


def _quantities(stage: Stage, billed: Billed, segments: Sequence[Segment], day: date) -> Iterator[Difference]:
    """Yield the days from a day on, as far as both terms go, on which the units differ; a flat fee has none or all."""
    for one in _days(stage, billed, segments, day):
        sold, held = stage.quantity_on(one), _on(segments, one)
        flat = held is not None and held.model == FLAT_FEE
        if flat and sold > 0:
            continue
        units = Decimal(0) if held is None else Decimal(1) if flat else held.quantity
        if units != sold:
            yield Difference(f"quantity on {one}", _plain(sold), _plain(units))


def _days(stage: Stage, billed: Billed, segments: Sequence[Segment], day: date) -> list[date]:
    """Return the days of comparison: a day, and each later one on which anything changes, as far as both terms go."""
    if any(segment.type == ONE_TIME for segment in segments):
        return [day]
    ends = [after for after in (billed.end, stage.term_end + ONE_DAY if stage.term_end else None) if after]
    last = min(ends, default=date.max)
    changes = {since for since, _ in stage.steps}
    changes |= {one for segment in segments for one in (segment.start, segment.end) if one}
    return sorted({day} | {change for change in changes if day < change < last})


def _on(segments: Sequence[Segment], day: date) -> Segment | None:
    return next((segment for segment in reversed(segments) if segment.in_force(day)), None)


def _price_differences(part: Part, prices: Iterable[tuple[date, Price]], currency: str | None) -> Iterator[Difference]:
    for day, price in prices:
        if not price.same:
            what = f"tiers of {part.name}" if part.is_usage else "price"
            yield Difference(f"{what} on {day}", *price.told(currency))


def _plain(units: Decimal | None) -> str:
    return "none" if units is None else f"{units.normalize():f}"


def _lacking(deal: Deal, billed: Billed, parts: Iterable[Part]) -> Iterator[Difference]:
    """Yield what a subscription should bill and does not."""
    held = ", ".join(sorted({plan.sku or plan.name for plan in billed.plans})) or "nothing"
    for part in parts:
        yield Difference("usage", part.name, held) if part.is_usage else Difference("product", deal.code, held)
