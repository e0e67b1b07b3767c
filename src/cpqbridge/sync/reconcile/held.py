"""What of a chain Zuora has, and what its charge comes to on both sides. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from cpqbridge.money.billing.spelling import plain
from cpqbridge.money.charge_segments import segments_of
from cpqbridge.money.contracted import sold_for
from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.terms import Charge, calendar_months
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted, explain, explain_once
from cpqbridge.money.rounding import Rounding
from cpqbridge.planning.chain import Chain, How, Piece, Sale
from cpqbridge.planning.charges import external_ids
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.drift import is_there_already
from cpqbridge.planning.line import Line as HeldLine
from cpqbridge.planning.line import lines_of
from cpqbridge.planning.proof.billing import Priced, Unknown, attributes_held, rounding_of
from cpqbridge.planning.proof.changed import held_charge
from cpqbridge.planning.proof.new import currency_of
from cpqbridge.planning.proof.quote import quoted
from cpqbridge.sync.reconcile.line import unexplained

ONE_TIME = "OneTime"

HALF_A_CENT = Decimal("0.005")
"""The most by which the net price of one unit is rounded."""

_PER_UNIT = "Per Unit Pricing"
_TERM = "aligntoterm"
_WHOLE_TERM = "subscriptionterm"


@dataclass(frozen=True, slots=True)
class Held:
    """A chain in Zuora.

    Attributes:
        chain: The whole chain.
        orders: Numbers of its orders that Zuora has.
        lines: Its rate plans; none where it is not found.
        why: Why it is not found.
    """

    chain: Chain
    orders: frozenset[str] = frozenset()
    lines: tuple[HeldLine, ...] = ()
    why: str = ""

    @property
    def had(self) -> Chain:
        """What of the chain Zuora has."""
        return self.chain.of(self.orders)

    @property
    def lacking(self) -> list[Piece]:
        """Order products that Zuora lacks."""
        pieces = (piece for sale in self.chain.sales for piece in sale.pieces)
        return [piece for piece in pieces if piece.order not in self.orders]


def held(draft: Draft, chain: Chain) -> Held:
    """Return what of a chain Zuora has.

    Contracts from before are there without their orders, as some of these have left them.
    """
    if any(draft.state.lacks(one) for one in external_ids(draft.snapshot, chain.first)):
        return Held(chain, why="the catalog in Zuora has no charge of its product")
    lines = lines_of(draft, chain)
    if not lines:
        why = draft.problems[0].message if draft.problems else "nothing of it is billed"
        return Held(chain, why=why)
    found = {number for number in chain.orders if number in draft.state.sent}
    if chain.orders[0] not in draft.state.present:
        found |= {one for one in chain.orders[1:] if one not in found and is_there_already(draft, chain, one, lines)}
        found.add(chain.orders[0])
    return Held(chain, frozenset(found), tuple(lines))


def separate(draft: Draft, chain: Chain) -> list[Chain]:
    """Return the chains that Zuora makes of one: what is charged once is a subscription of its own each time."""
    plan = draft.state.plans.get(chain.first["Product2Id"])
    if plan is None or not plan.charges or plan.charges[0].type != ONE_TIME:
        return [chain]
    pieces = (piece for sale in chain.sales for piece in sale.pieces)
    return [Chain((Sale(piece.item, How.NEW, (piece,)),)) for piece in pieces]


def quotes(chain: Chain, rounding: Rounding, *, flat: bool) -> list[Quoted]:
    """Return what CPQ sold with a chain, each day once.

    Args:
        chain: What of the chain Zuora has.
        rounding: The currency's.
        flat: Whether its charge has no quantity.

    Raises:
        Unknown: It has no total.
    """
    pieces = (piece for sale in chain.sales for piece in sale.pieces)
    return [*quoted(pieces, flat=flat), *_sold_twice(chain, rounding, flat=flat)]


def _sold_twice(chain: Chain, rounding: Rounding, *, flat: bool) -> Iterator[Quoted]:
    """Yield, negative, what a sale sold of days that a later one sold anew, such as an early renewal."""
    for earlier, sale in pairwise(chain.sales):
        for one in quoted(earlier.pieces, flat=flat):
            start = max(one.start, sale.start)
            if start < one.end:
                share = calendar_months(start, one.end) / calendar_months(one.start, one.end)
                yield Quoted(-rounding.round(Fraction(one.amount) * share), start, one.end, -one.quantity)


def explained(draft: Draft, chain: Chain, line: HeldLine, sold: Sequence[Quoted], billed: Decimal | None) -> Explained:
    """Return what a charge comes to on both sides.

    Args:
        draft: For the options and the tenant's billing rules.
        chain: What of the chain Zuora has.
        line: The charge.
        sold: Of `quotes`.
        billed: What Zuora bills; None to work it out.

    Raises:
        Unknown: It cannot be worked out, and what Zuora bills is not known either.
    """
    amount = sum((one.amount for one in sold), Decimal(0))
    try:
        refuse_terms(chain, attributes_held(line.held))
        charge = held_charge(draft, line, list(_priced(line)), currency_held(draft, chain, line))
    except Unknown as reason:
        if billed is None:
            raise
        cause = Cause.OTHER if line.billed else Cause.NOT_BILLED
        return unexplained(amount, billed, cause, str(reason))
    return compare(sold, charge, billed)


def compare(sold: Sequence[Quoted], charge: Charge, billed: Decimal | None) -> Explained:
    """Return what was sold, with all that changed it, and its charge on both sides.

    A cancellation has a net price of its own, rounded as every other: what that leaves of the days after it comes from
    rounding, though it looks like other days.

    Args:
        sold: What CPQ sold, what was taken back among it.
        charge: The charge in Zuora.
        billed: What Zuora bills; None to work it out.
    """
    made = explain(sold, charge, billed=billed)
    units = sum((abs(one.quantity) for one in sold), Decimal(0))
    days = sum((part.amount for part in made.parts if part.cause is Cause.TRIGGER_DATES), Decimal(0))
    if len(sold) == 1 or not days or abs(days) > HALF_A_CENT * units:
        return made
    left = [part for part in made.parts if part.cause not in (Cause.TRIGGER_DATES, Cause.UNIT_PRICE_ROUNDING)]
    rounded = sum((part.amount for part in made.parts if part not in left), Decimal(0))
    return replace(made, parts=(*left, *([Part(Cause.UNIT_PRICE_ROUNDING, rounded)] if rounded else ())))


def explained_once(draft: Draft, chain: Chain, line: HeldLine) -> Explained:
    """Return what a charge that is billed once comes to on both sides."""
    sold = sum((sold_for(piece.item) for sale in chain.sales for piece in sale.pieces), Decimal(0))
    last = segments_of(line.held)[-1]
    units = last.quantity if per_unit(line) and last.quantity is not None else Decimal(1)
    rounding = rounding_of(draft, currency_held(draft, chain, line))
    return explain_once(sold, (last.price or Decimal(0)) * units, rounding)


def currency_held(draft: Draft, chain: Chain, line: HeldLine | None = None) -> str:
    """Return the currency of a chain."""
    given = line.standing.subscription.get("currency") if line else None
    return str(given or currency_of(draft, chain.first["Order"]))


def _priced(line: HeldLine) -> Iterator[Priced]:
    for one in line.billed:
        if one.start is None or one.end is None:
            raise Unknown("an evergreen subscription has no total")
        if one.price is None:
            raise Unknown("it has a price for each tier")
        yield Priced(one.start, one.end, one.quantity if per_unit(line) else None, one.price)


def per_unit(line: HeldLine) -> bool:
    """Return whether a charge has a price of one unit."""
    return line.charge.model == _PER_UNIT


def refuse_terms(chain: Chain, attributes: Mapping[str, Any]) -> None:
    """Refuse a chain of several terms whose billing periods are counted from each term's own days.

    Args:
        chain: The chain.
        attributes: What decides the billing of its charge, by the names of the Orders API.

    Raises:
        Unknown: It is one.
    """
    alignment, period = (plain(str(attributes.get(name) or "")) for name in ("billingPeriodAlignment", "billingPeriod"))
    by_term = alignment.startswith(_TERM) or period == _WHOLE_TERM
    if by_term and any(sale.how is How.RENEWAL for sale in chain.sales):
        raise Unknown("the billing periods of each term are counted from its own days")
