"""What the connector works out: by `money.billing`, and by the terms that the proof of an order uses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from cpqbridge.money.billing.amounts import BilledPeriod, ListPriceBase, RecurringPrice, bill
from cpqbridge.money.billing.credits import Credit, credit
from cpqbridge.money.billing.cycle import Cycle
from cpqbridge.money.billing.rules import BillingRules
from cpqbridge.money.billing.tiers import ChargeModel, Tier, UnitPrice
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import BillingTerms, Charge
from cpqbridge.money.rounding import Rounding, RoundingMode
from cpqbridge.planning.proof.billing import Life, cycle_of, months_of_price
from tests.money.agreement.case import Case
from tests.money.agreement.items import Items, Segment, segments_of


class Terms:
    """How a case is billed."""

    def __init__(self, case: Case) -> None:
        fields = case.fields
        life = Life(case.start, case.end, case.term[0], case.term, case.account_day)
        self.cycle: Cycle = cycle_of(fields, life)
        self.rules = BillingRules.from_settings(case.rules).with_option(fields["prorationOption"])
        self.rounding = Rounding(RoundingMode(case.mode), Decimal(case.increment))
        base = ListPriceBase(fields["listPriceBase"])
        self.price = RecurringPrice(_unit_price(case), base, fields.get("specificListPriceBase"))

    def bill(self, segment: Segment, through: date, *, first: bool, last: bool) -> list[BilledPeriod]:
        """Return the items of a segment."""
        start, end, quantity = segment
        return bill(
            start, end, quantity, self.price, self.cycle, self.rules, self.rounding,
            first=first, last=last, through=through,
        )  # fmt: skip


def _unit_price(case: Case) -> UnitPrice:
    head = case.tiers[0]
    model = ChargeModel(case.model)
    if model in (ChargeModel.FLAT_FEE, ChargeModel.PER_UNIT):
        return UnitPrice(model, head["price"])
    if model is ChargeModel.OVERAGE:
        return UnitPrice(model, head["overagePrice"], included=head["includedUnits"])
    tiers = tuple(Tier(one["endingUnit"], one["price"], one["priceFormat"] == "FlatFee") for one in case.tiers)
    return UnitPrice(model, head.get("overagePrice", Decimal(0)), tiers)


def billed(case: Case) -> list[Items]:
    """Return the items of each bill run: the one before a change, where there is one, and the last."""
    terms = Terms(case)
    (segments, through), *later = segments_of(case)
    held = _all(terms, segments, through)
    runs = [_shown(held)]
    for changed, target in later:
        back_from = _credits(terms, held, changed[0], ends=len(changed) == 1)
        back = [(str(one.start), str(one.end), -one.amount) for one in back_from.values()]
        kept = [(one.start, back_from[one].start if one in back_from else one.end) for one in held]
        runs.append(sorted([*back, *_rest(terms, changed, kept, target)]))
    return runs


def _all(terms: Terms, segments: list[Segment], through: date) -> list[BilledPeriod]:
    return [item for _, item in _with_quantity(terms, segments, through)]


def _shown(items: list[BilledPeriod]) -> Items:
    return sorted((str(one.start), str(one.end), one.amount) for one in items)


def _credits(terms: Terms, held: list[BilledPeriod], segment: Segment, *, ends: bool) -> dict[BilledPeriod, Credit]:
    """Return what is given back of the items that were billed, now that their segment ends earlier."""
    _, until, quantity = segment
    made = {
        one: credit(one, until, quantity, terms.price, terms.cycle, terms.rules, terms.rounding, last=ends)
        for one in held
    }
    return {one: found for one, found in made.items() if found}


def _rest(terms: Terms, segments: list[Segment], kept: list[tuple[date, date]], through: date) -> Items:
    """Return what is billed of changed segments, without the days that were billed and are not given back."""
    made = []
    for quantity, one in _with_quantity(terms, segments, through):
        begin = max([end for start, end in kept if start <= one.start < end], default=one.start)
        if begin == one.start:
            made.append((str(one.start), str(one.end), one.amount))
        elif begin < one.end:
            gap = terms.bill((begin, one.end, quantity), through, first=False, last=False)
            made += _shown(gap)
    return made


def _with_quantity(terms: Terms, segments: list[Segment], through: date) -> Iterator[tuple[Decimal, BilledPeriod]]:
    last = len(segments) - 1
    for place, one in enumerate(segments):
        for item in terms.bill(one, through, first=place == 0, last=place == last):
            yield one[2], item


def proved(case: Case) -> Items | None:
    """Return the items as the proof of an order has them; None of what it does not look at."""
    fields = case.fields
    whole_term_in_weeks = fields["billingPeriod"] == "Subscription_Term" and fields["listPriceBase"] == "Per_Week"
    if case.change or whole_term_in_weeks:
        return None
    known = Terms(case)
    terms = BillingTerms(known.cycle, known.rules, known.rounding, case.start, case.end)
    months = months_of_price(fields, terms)
    [(segments, _)] = segments_of(case)
    flows = (Flow(start, end, Fraction(units), known.price.unit.of(units) / months) for start, end, units in segments)
    return sorted((str(one.start), str(one.end), one.amount) for one in Charge(tuple(flows), terms).items)
