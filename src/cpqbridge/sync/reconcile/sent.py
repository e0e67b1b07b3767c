"""Compares what Zuora has of chains, on documents and still to be billed, against what was sold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.rule import Record
from cpqbridge.money.contracted import sold_for
from cpqbridge.money.reconciliation.causes import Cause
from cpqbridge.money.reconciliation.waterfall import Explained, Quoted
from cpqbridge.planning.chain import Piece
from cpqbridge.planning.charges import is_metered
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Line as HeldLine
from cpqbridge.planning.plan import Proof
from cpqbridge.planning.proof.billing import Unknown, rounding_of
from cpqbridge.planning.proof.new import currency_of
from cpqbridge.planning.proof.quote import is_usage_product, quoted_chain
from cpqbridge.sync.reconcile.held import ONE_TIME, Held, currency_held, explained, explained_once, per_unit
from cpqbridge.sync.reconcile.line import Line, Source, unexplained, with_billed
from cpqbridge.sync.reconcile.periods import Billed, Spread, periods
from cpqbridge.sync.reconcile.reading import World
from cpqbridge.transport.together import together
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.documents import DocumentItem, Standing, billing_preview, documented

_BY_USAGE = "what is billed by usage has no total"
_STRANGE = "no order product of Salesforce is behind it"


@dataclass(frozen=True, slots=True)
class Statement:
    """What Zuora says that it has billed and will bill.

    Attributes:
        items: By number of the charge.
        denied: Accounts, by number, of which the API user may not ask what is still to be billed.
    """

    items: Mapping[str, Sequence[DocumentItem]]
    denied: frozenset[str]

    def of(self, line: HeldLine) -> list[Billed]:
        """Return what was billed for a charge, and will be."""
        return [billed(one) for one in self.items.get(str(line.held["number"]), ())]

    def is_whole(self, line: HeldLine) -> bool:
        """Return whether it has what is still to be billed for a charge."""
        return _payer(line) not in self.denied


async def sent_lines(zuora: ZuoraClient, world: World) -> list[Line]:
    """Return the lines of all chains that Zuora has, and those of what it lacks of them."""
    lines = [line for chain in world.chains for line in chain.lines]
    statement = await _statement(zuora, lines)
    draft = world.batch.draft()
    found = [made for chain in world.chains for made in _of_chain(draft, chain, statement)]
    return [*found, *_strange(draft, world, statement)]


async def _statement(zuora: ZuoraClient, lines: Sequence[HeldLine]) -> Statement:
    """Read what was billed, and for each account what is still to be: until the last day that is or was to be billed.

    Days that were billed before they were cancelled are credited only by a preview that reaches them.
    """
    payers = {line.standing.number: _payer(line) for line in lines}
    there = await documented(zuora, set(payers))
    until: dict[str, date] = {}
    ends = ((_payer(line), one.end) for line in lines for one in line.billed if one.end)
    for account, end in (*ends, *((payers[one.subscription or ""], one.end) for one in there)):
        until[account] = max(end, until.get(account, end))
    previews = await together(billing_preview(zuora, account, day) for account, day in until.items())
    items: dict[str, list[DocumentItem]] = {}
    for one in (*there, *(one for preview in previews for one in preview or ())):
        items.setdefault(one.charge or "", []).append(one)
    denied = (account for account, preview in zip(until, previews, strict=True) if preview is None)
    return Statement(items, frozenset(denied))


def _payer(line: HeldLine) -> str:
    subscription = line.standing.subscription
    return str(subscription.get("invoiceOwnerAccountNumber") or subscription.get("accountNumber"))


def billed(item: DocumentItem) -> Billed:
    """Return an item of a document as an amount of some days."""
    return Billed(item.start, item.end, item.amount, item.standing.value, item.document)


def _of_chain(draft: Draft, chain: Held, statement: Statement) -> Iterator[Line]:
    for line in chain.lines:
        yield _line(draft, chain, line, statement)
    first = chain.chain.first
    if is_metered(first) or is_usage_product(first):
        if not chain.lines:
            yield _without_total(draft, first, f"{_BY_USAGE}, and Zuora has no charge for it")
        return
    for piece in chain.lacking:
        if sold_for(piece.item):
            yield not_synced(draft, piece, _why(draft, chain, piece))


def _line(draft: Draft, chain: Held, line: HeldLine, statement: Statement) -> Line:
    """Return a charge that Zuora has."""
    had, items = chain.had, statement.of(line)
    currency = currency_held(draft, had, line)
    source = _source(items, whole=statement.is_whole(line))
    sold: list[Quoted] | None = None
    made: Explained | None = None
    unknown = _BY_USAGE if line.schedule else None
    if not line.schedule:
        try:
            made, sold, items = _both(draft, chain, line, items, source)
        except Unknown as reason:
            unknown = str(reason)
    spreads = None if sold is None else [Spread(one.start, one.end, one.amount) for one in sold]
    name, order = product_of(had.first, line), str(had.first["Order"]["OrderNumber"])
    return Line(
        Proof(had.first["Id"], number_of(had.first), name, currency, made, unknown),
        order,
        line.standing.number,
        str(line.held["number"]),
        source,
        periods(spreads, items, rounding_of(draft, currency)),
    )


def _both(
    draft: Draft, chain: Held, line: HeldLine, items: list[Billed], source: Source
) -> tuple[Explained, list[Quoted], list[Billed]]:
    """Return a charge on both sides, what was sold, and the items that are or will be billed."""
    known = sum((one.amount for one in items), Decimal(0))
    whole = source not in (Source.COMPUTED, Source.INVOICES_AND_COMPUTED)
    if line.charge.type == ONE_TIME:
        once = explained_once(draft, chain.had, line)
        days = items or [_whole_day(line, once.billed)]
        sold = [Quoted(once.quoted, days[0].start, days[0].end, Decimal(1))]
        return (with_billed(once, known) if items or whole else once), sold, items if whole else days
    rounding = rounding_of(draft, currency_held(draft, chain.had, line))
    sold = quoted_chain(chain.had, rounding, flat=not per_unit(line))
    if whole:
        return explained(draft, chain.had, line, sold, known), sold, items
    made = explained(draft, chain.had, line, sold, None)
    through = max((one.end for one in items), default=date.min)
    rest = [Billed(one.start, one.end, one.amount, "computed") for one in made.items if one.start >= through]
    items = [*items, *rest]
    return with_billed(made, sum((one.amount for one in items), Decimal(0))), sold, items


def _whole_day(line: HeldLine, amount: Decimal) -> Billed:
    days = [one.start for one in line.billed if one.start]
    day = days[0] if days else date.fromisoformat(line.standing.subscription["contractEffectiveDate"])
    return Billed(day, date.fromordinal(day.toordinal() + 1), amount, Source.COMPUTED.value)


def _source(items: Iterable[Billed], *, whole: bool) -> Source:
    kinds = {one.kind == Standing.PREVIEW for one in items}
    if False not in kinds:
        return Source.PREVIEW if whole else Source.COMPUTED
    if not whole:
        return Source.INVOICES_AND_COMPUTED
    return Source.INVOICES_AND_PREVIEW if True in kinds else Source.INVOICES


def product_of(item: Record, line: HeldLine | None = None) -> str:
    """Return the name of a product, with that of the charge where it is billed by usage."""
    product = item.get("Product2") or {}
    name = str(product.get("Name") or product.get("ProductCode") or item["Product2Id"])
    return f"{name}: {line.held.get('name')}" if line is not None and line.schedule else name


def _why(draft: Draft, chain: Held, piece: Piece) -> str:
    """Return why Zuora lacks an order product of an order that it has; nothing where the order is not there."""
    if piece.order not in draft.state.sent:
        return ""
    return "what is charged once is not taken back" if sold_for(piece.item) < 0 else chain.why


def not_synced(draft: Draft, piece: Piece, why: str = "") -> Line:
    """Return the line of an order product that Zuora lacks."""
    item = piece.item
    if piece.end is None:
        return _without_total(draft, item, "an evergreen subscription has no total, and Zuora has no charge for it")
    currency = currency_of(draft, item["Order"])
    rounding = rounding_of(draft, currency)
    amount = rounding.round(sold_for(item))
    made = unexplained(amount, Decimal(0), Cause.NOT_SYNCED, why)
    proof = Proof(item["Id"], number_of(item), product_of(item), currency, made)
    return Line(proof, piece.order, periods=periods([Spread(piece.start, piece.end, amount)], (), rounding))


def _without_total(draft: Draft, item: Record, why: str) -> Line:
    order = item["Order"]
    proof = Proof(item["Id"], number_of(item), product_of(item), currency_of(draft, order), unknown=why)
    return Line(proof, str(order["OrderNumber"]))


def number_of(item: Record) -> str:
    """Return the number of an order product, or its id where it has none."""
    return str(item.get("OrderItemNumber") or item["Id"])


def _strange(draft: Draft, world: World, statement: Statement) -> Iterator[Line]:
    """Yield what is billed on the chains' subscriptions for charges that nothing in Salesforce is behind."""
    lines = [line for chain in world.chains for line in chain.lines]
    rows = {line.standing.number: line.standing.subscription for line in lines}
    known = {str(line.held["number"]) for line in lines}.union(*map(_linked, rows.values()))
    for charge, items in statement.items.items():
        subscription = rows.get(items[0].subscription or "")
        amount = sum((one.amount for one in items), Decimal(0))
        if subscription is not None and charge not in known and amount:
            currency = str(subscription.get("currency") or draft.options.default_currency)
            proof = Proof("", "", items[0].name, currency, unexplained(Decimal(0), amount, Cause.OTHER, _STRANGE))
            amounts = [billed(one) for one in items]
            days = periods([], amounts, rounding_of(draft, currency))
            yield Line(proof, "", items[0].subscription, charge, _source(amounts, whole=True), days)


def _linked(subscription: Mapping[str, Any]) -> set[str]:
    """Return the numbers of the charges that carry an id of Salesforce."""
    plans = (one for one in subscription.get("ratePlans") or () if one.get("externallyManagedPlanId"))
    return {str(charge["number"]) for plan in plans for charge in plan.get("ratePlanCharges") or ()}
