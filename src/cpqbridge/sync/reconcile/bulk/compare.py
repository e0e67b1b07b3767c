"""Compares what was read in bulk, a few thousand lines at a time: most of them at once, in columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import chain as joined
from typing import Any

from cpqbridge.mapping.rule import Record
from cpqbridge.money.columns.many import explain_many
from cpqbridge.money.contracted import sold_for
from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.terms import Charge
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted, explain, explain_once
from cpqbridge.planning.chain import Chain, How, Sale
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.plan import Proof
from cpqbridge.planning.proof.billing import Unknown, rounding_of
from cpqbridge.planning.proof.changed import refuse_terms
from cpqbridge.planning.proof.new import currency_of
from cpqbridge.planning.proof.quote import quoted_chain
from cpqbridge.planning.sold import Sold
from cpqbridge.sync.drift.billed import HeldPlan, held_plans
from cpqbridge.sync.drift.linking import Group, batches
from cpqbridge.sync.drift.progress import Progress
from cpqbridge.sync.drift.rules import Rules
from cpqbridge.sync.drift.sold import SoldPlan, plans_of
from cpqbridge.sync.drift.work_file import WorkFile
from cpqbridge.sync.reconcile.bulk.reading import CHARGE, Plan, documented_among
from cpqbridge.sync.reconcile.bulk.sums import Documented, attributes_of, billed_in_all, charge_held, is_flat
from cpqbridge.sync.reconcile.line import Line, Source, unexplained, with_billed
from cpqbridge.sync.reconcile.sent import number_of, product_of

_BY_USAGE = "what is billed by usage has no total"
_NO_PLAN = "Zuora has no rate plan with its id"
_EVERGREEN = "an evergreen subscription has no total, and Zuora has no charge for it"
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class _Sum:
    """A line that can be worked out: the line, and what of it is compared."""

    line: Line
    sold: Sequence[Quoted]
    charge: Charge
    billed: Decimal | None

    def made(self, quoted: Decimal, billed: Decimal, parts: tuple[Part, ...]) -> Line:
        """Return the line with what it comes to."""
        made = Explained(quoted, billed, Fraction(billed), parts)
        return replace(self.line, proof=replace(self.line.proof, explained=made))


@dataclass(slots=True)
class _Batch:
    """What Zuora has of a batch.

    Attributes:
        plans: Id that rate plans carry to these.
        rows: Id of a rate plan to the rows of its segments.
        documented: Number of a charge to what stands on documents.
        sent: Numbers of orders that Zuora has.
    """

    plans: dict[str, list[HeldPlan]] = field(default_factory=dict)
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    documented: dict[str, Documented] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)


class Comparison:
    """Compares the order products in a work file.

    Args:
        work: The work file, linked.
        plan: What was read.
        rules: By what is compared.
    """

    def __init__(self, work: WorkFile, plan: Plan, rules: Rules) -> None:
        self._work, self._plan, self._rules = work, plan, rules
        self._draft = rules.draft()
        self._metered = plan.org.schedules is not None

    def lines(self, progress: Progress) -> Iterator[Line]:
        """Yield the lines of all chains that were changed since the day."""
        total, done = self._work.count("item"), 0
        for _, groups in batches(self._work, 0):
            yield from self._of_batch(groups)
            done += sum(map(len, groups))
            progress.step("comparing order products", done, total)

    def _of_batch(self, groups: Iterable[Group]) -> Iterator[Line]:
        plans = [plan for items in self._groups(groups) for plan in self._plans(items)]
        found = self._look_up(plans)
        singles: list[_Sum] = []
        for plan in plans:
            for made in self._of_plan(found, plan):
                if isinstance(made, Line):
                    yield made
                elif len(made.sold) == 1:
                    singles.append(made)
                else:
                    one = explain(made.sold, made.charge, billed=made.billed)
                    yield made.made(one.quoted, one.billed, one.parts)
        compared = explain_many((one.sold[0], one.charge, one.billed) for one in singles)
        for single, many in zip(singles, compared, strict=True):
            yield single.made(many.quoted, many.billed, many.parts)

    def _groups(self, groups: Iterable[Group]) -> Iterator[dict[str, Record]]:
        listed = list(groups)
        schedules = self._schedules([key for group in listed for key, _ in group]) if self._metered else {}
        for group in listed:
            items: dict[str, Record] = {key: self._plan.org.items.unpack(packed) for key, packed in group}
            for key in items.keys() & schedules.keys():
                items[key] = {**items[key], "SBQQ__OrderItems__r": schedules[key]}
            yield items

    def _schedules(self, items: Sequence[str]) -> dict[str, list[Record]]:
        columns = self._plan.org.schedules
        found: dict[str, list[Record]] = {}
        for item, packed in self._work.among("SELECT item, record FROM schedule WHERE item IN", items):
            found.setdefault(item, []).append(columns.unpack(packed) if columns else {})
        return found

    def _plans(self, items: dict[str, Record]) -> Iterator[SoldPlan]:
        options = self._rules.options
        hosted = options.added_products == "existing_subscription"
        sold = Sold(items, rebooked=options.price_changes == "in_place", hosted=hosted)
        made = (self._plans_of(sold, chain) for chain in sold.chains())
        return (plan for plan in joined.from_iterable(made) if self._rules.counts(plan.modified))

    def _plans_of(self, sold: Sold, chain: Chain) -> list[SoldPlan]:
        """Return the rate plans of a chain; also of what is charged once and taken back, which Zuora has not."""
        plans = plans_of(sold, chain, self._rules.links, {})
        if plans and plans[0].once:
            taken = (one for sale in chain.sales for one in sale.pieces if one.quantity <= 0)
            alone = (Chain((Sale(one.item, How.NEW, (one,)),)) for one in taken)
            part = plans[0].part
            plans += [SoldPlan(replace(part, external_id=one.first["Id"]), one, one.number, once=True) for one in alone]
        return plans

    def _look_up(self, plans: Sequence[SoldPlan]) -> _Batch:
        found = _Batch()
        ids = [plan.part.external_id for plan in plans]
        orders = sorted({number for plan in plans for number in plan.chain.orders})
        found.sent = {number for (number,) in self._work.among("SELECT number FROM sent WHERE number IN", orders)}
        unpack = self._plan.tenant.of_billed.unpack
        rows = [unpack(one) for (one,) in self._work.among("SELECT record FROM billed WHERE external_id IN", ids)]
        for row in rows:
            found.rows.setdefault(row["rateplan_id"], []).append(row)
        held = held_plans(rows)
        for one in held:
            found.plans.setdefault(str(one.external_id), []).append(one)
        charges = sorted({number for one in held for number in one.charges})
        documented = documented_among(self._work, CHARGE, charges)
        found.documented = {key: Documented.of(*one) for key, one in documented.items()}
        return found

    def _of_plan(self, found: _Batch, plan: SoldPlan) -> Iterator[Line | _Sum]:
        """Yield what a rate plan comes to, and what Zuora lacks of it."""
        held = found.plans.get(plan.part.external_id, [])
        own = next((one for one in held if one.subscription == plan.number), held[0] if held else None)
        orders = plan.chain.orders
        adopted = own is not None and orders[0] not in found.sent
        had = [number for number in orders if own is not None and (adopted or number in found.sent)]
        if own is not None:
            yield self._compared(found, plan, plan.chain.of(had), own)
        if plan.part.is_usage:
            if own is None:
                yield self._line(plan, None, unknown=f"{_BY_USAGE}; {_NO_PLAN}")
            return
        for sale in plan.chain.sales:
            for piece in sale.pieces:
                if piece.order not in had and sold_for(piece.item):
                    yield self._lacking(plan, piece.item, piece.end)

    def _line(
        self, plan: SoldPlan, own: HeldPlan | None, made: Explained | None = None, unknown: str | None = None
    ) -> Line:
        first = plan.chain.first
        charge = own.row["rateplancharge_chargenumber"] if own else None
        proof = Proof(first["Id"], number_of(first), plan.what, self._currency(first), made, unknown)
        order = str(first["Order"]["OrderNumber"])
        return Line(proof, order, own.subscription if own else plan.number, charge)

    def _currency(self, item: Record) -> str:
        return currency_of(self._draft, item["Order"])

    def _lacking(self, plan: SoldPlan, item: Record, end: date | None) -> Line:
        currency, order = self._currency(item), str(item["Order"]["OrderNumber"])
        if end is None:
            proof = Proof(item["Id"], number_of(item), product_of(item), currency, unknown=_EVERGREEN)
            return Line(proof, order, plan.number)
        amount = rounding_of(self._draft, currency).round(sold_for(item))
        made = unexplained(amount, _NOTHING, Cause.NOT_SYNCED)
        return Line(Proof(item["Id"], number_of(item), product_of(item), currency, made), order, plan.number)

    def _compared(self, found: _Batch, plan: SoldPlan, had: Chain, own: HeldPlan) -> Line | _Sum:
        """Return a rate plan that Zuora has."""
        if plan.part.is_usage:
            return self._line(plan, own, unknown=_BY_USAGE)
        rows = found.rows[own.id]
        documented = next((found.documented[one] for one in own.charges if one in found.documented), None)
        try:
            if plan.once:
                made = _once(self._draft, had, rows, self._currency(had.first))
                made = with_billed(made, documented.amount) if documented else made
                line = self._line(plan, own, made)
                return replace(line, source=Source.INVOICES) if documented else line
            return self._sum(plan, had, own, rows, documented)
        except Unknown as reason:
            return self._unknown(plan, had, own, documented, str(reason))

    def _sum(
        self, plan: SoldPlan, had: Chain, own: HeldPlan, rows: list[dict[str, Any]], documented: Documented | None
    ) -> _Sum:
        sold = self._quoted(had, flat=is_flat(own))
        refuse_terms(had, attributes_of(own.row))
        charge = charge_held(self._draft, own, self._currency(had.first))
        billed, source = billed_in_all(charge, documented, rows)
        return _Sum(replace(self._line(plan, own), source=source), sold, charge, billed)

    def _quoted(self, had: Chain, *, flat: bool) -> list[Quoted]:
        return quoted_chain(had, rounding_of(self._draft, self._currency(had.first)), flat=flat)

    def _unknown(self, plan: SoldPlan, had: Chain, own: HeldPlan, documented: Documented | None, reason: str) -> Line:
        """Return a line of which only what stands on documents is known; what never begins is missing."""
        if own.segments or documented:
            return self._line(plan, own, unknown=reason)
        try:
            amount = sum((one.amount for one in self._quoted(had, flat=False)), _NOTHING)
        except Unknown as why:
            return self._line(plan, own, unknown=str(why))
        return self._line(plan, own, unexplained(amount, _NOTHING, Cause.NOT_BILLED, reason))


def _once(draft: Draft, had: Chain, rows: Sequence[dict[str, Any]], currency: str) -> Explained:
    """Return what is charged once."""
    row = rows[-1]
    price = Decimal(row["rateplanchargetier_price"] or 0)
    flat = row["rateplancharge_chargemodel"] == "Flat Fee Pricing"
    units = Decimal(1) if flat else Decimal(row["rateplancharge_quantity"] or 0)
    sold = sum((sold_for(piece.item) for sale in had.sales for piece in sale.pieces), _NOTHING)
    return explain_once(sold, price * units, rounding_of(draft, currency))
