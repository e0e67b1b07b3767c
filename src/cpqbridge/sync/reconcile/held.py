"""What of a chain Zuora has, and what its charge comes to on both sides. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cpqbridge.money.charge_segments import segments_of
from cpqbridge.money.contracted import sold_for
from cpqbridge.money.reconciliation.causes import Cause
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted, explain, explain_once
from cpqbridge.planning.chain import Chain, How, Piece, Sale
from cpqbridge.planning.charges import external_ids
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.drift import is_there_already
from cpqbridge.planning.line import Line as HeldLine
from cpqbridge.planning.line import lines_of
from cpqbridge.planning.proof.billing import Priced, Unknown, attributes_held, rounding_of
from cpqbridge.planning.proof.changed import held_charge, refuse_terms
from cpqbridge.planning.proof.new import currency_of
from cpqbridge.sync.reconcile.line import unexplained

ONE_TIME = "OneTime"

_PER_UNIT = "Per Unit Pricing"


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


def explained(draft: Draft, chain: Chain, line: HeldLine, sold: Sequence[Quoted], billed: Decimal | None) -> Explained:
    """Return what a charge comes to on both sides.

    Args:
        draft: For the options and the tenant's billing rules.
        chain: What of the chain Zuora has.
        line: The charge.
        sold: Of `quoted_chain`.
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
    return explain(sold, charge, billed=billed)


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
