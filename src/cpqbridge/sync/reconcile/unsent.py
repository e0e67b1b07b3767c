"""Compares what an order was quoted with what it would bill, before it is sent: worked out, and by Zuora's preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.errors import FixData
from cpqbridge.mapping.rule import Record
from cpqbridge.money.contracted import sold_for
from cpqbridge.planning.chain import SUBSCRIPTION, Chain, Piece, piece
from cpqbridge.planning.plan import Proof, SyncPlan
from cpqbridge.planning.proof.billing import rounding_of
from cpqbridge.planning.proof.new import currency_of
from cpqbridge.planning.snapshot import children
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.batch import Batch
from cpqbridge.sync.connect import Clients, batch_reader
from cpqbridge.sync.reconcile.held import held
from cpqbridge.sync.reconcile.line import Line, Source, with_billed
from cpqbridge.sync.reconcile.periods import Billed, Spread, periods
from cpqbridge.sync.reconcile.preview import Preview, preview
from cpqbridge.sync.reconcile.sent import number_of, product_of
from cpqbridge.sync.result import Reason, planned

_NOT_PROVED = "prices are given for one billing period, of whatever number"
_ONE_DAY = 1


async def unsent_lines(clients: Clients, settings: Settings, number: str) -> tuple[Sequence[Reason], list[Line]]:
    """Return why an order that Zuora lacks may not be sent, and its lines; nothing is written.

    Args:
        clients: Both systems.
        settings: What the order is planned by; it is not held for its amounts.
        number: The order's number.
    """
    settings = _reporting(settings)
    reader = batch_reader(settings, clients)
    batch = await reader.orders([number])
    order = batch.orders()[number]
    await reader.stand(batch, order)
    plan = batch.plan_order(order)
    known = await preview(clients.zuora, batch, plan, _until(batch, order)) if plan.stop is None else Preview()
    reasons = [*planned(plan).reasons, *([_refused(known.refusal)] if known.refusal else ())]
    return reasons, [_line(batch, order, proof, known) for proof in _proofs(batch, order, plan)]


def _refused(refusal: FixData) -> Reason:
    return Reason(refusal.code, refusal.message, refusal.field, refusal.remedy, refusal.detail)


def _reporting(settings: Settings) -> Settings:
    """Return settings by which an order is planned as ever, and all its amounts are proved."""
    changes: dict[str, Any] = {"amount_proof": "report"}
    if settings.options.amount_proof == "off":
        changes["pricing_mode"] = "vendor"
    return settings.model_copy(update={"options": settings.options.model_copy(update=changes)})


def _proofs(batch: Batch, order: Record, plan: SyncPlan) -> Iterator[Proof]:
    """Yield a proof for each product that an order sells or changes, also where there is no amount."""
    proved = {proof.item: proof for proof in plan.proofs}
    told: set[str] = set()
    why = plan.problems[0].message if plan.problems else _NOT_PROVED
    for item in children(order, "OrderItems"):
        same = [one.item["Id"] for one in _pieces(batch, order, item)] or [item["Id"]]
        found = next((proved[one] for one in same if one in proved), None)
        if told.isdisjoint(same):
            told.update(same)
            yield found or _unproved(batch, order, item, why)


def _unproved(batch: Batch, order: Record, item: Record, why: str) -> Proof:
    usage = (item.get("Product2") or {}).get("SBQQ__ChargeType__c") == "Usage"
    reason = "what is billed by usage has no total" if usage else why
    return Proof(item["Id"], number_of(item), product_of(item), currency_of(batch.draft(), order), unknown=reason)


def _chain(batch: Batch, item: Record) -> Chain | None:
    return batch.snapshot.sold.chain(item) if item.get(SUBSCRIPTION) else None


def _pieces(batch: Batch, order: Record, item: Record) -> list[Piece]:
    """Return what an order has of the chain of one of its order products: its segments, or its changes."""
    chain = _chain(batch, item)
    found = [one for sale in chain.sales for one in sale.pieces] if chain else []
    own = [one for one in found if one.order == order["OrderNumber"]]
    dated = (item.get("SBQQ__Subscription__r") or {}).get("SBQQ__StartDate__c")
    return own or ([piece({**item, "Order": order})] if dated else [])


def _until(batch: Batch, order: Record) -> date | None:
    """Return the day until which an order is previewed: when all that it is about has ended."""
    ends = [one.end for item in children(order, "OrderItems") for one in _pieces(batch, order, item)]
    chains = [chain for item in children(order, "OrderItems") if (chain := _chain(batch, item))]
    ends += [one.end for chain in chains for sale in chain.sales for one in sale.pieces]
    day = max((end for end in ends if end), default=None)
    return day or (date.fromisoformat(order["EffectiveDate"]) if order.get("EffectiveDate") else None)


def _line(batch: Batch, order: Record, proof: Proof, known: Preview) -> Line:
    """Return a line with its periods, by Zuora's preview where there is one."""
    [item] = [one for one in children(order, "OrderItems") if one["Id"] == proof.item]
    rounding = rounding_of(batch.draft(), proof.currency)
    place = _Place.of(batch, item)
    line = Line(proof, str(order["OrderNumber"]), place.subscription, place.charge)
    if proof.explained is None:
        return line
    made, found = proof.explained, known.of(item, place.charge)
    amounts = [Billed(one.start, one.end, one.amount, Source.COMPUTED.value) for one in made.items]
    if found is not None:
        made = with_billed(made, sum((one.amount for one in found), Decimal(0)))
        amounts = list(found)
    spreads = list(_spreads(_pieces(batch, order, item), order, made.quoted))
    if not amounts:
        amounts = [Billed(spreads[0].start, spreads[0].end, made.billed, Source.COMPUTED.value)]
    source = Source.COMPUTED if found is None else Source.PREVIEW
    return replace(
        line,
        proof=replace(proof, explained=made),
        charge=place.charge or known.charges.get(proof.item),
        source=source,
        periods=periods(spreads, amounts, rounding),
    )


def _spreads(pieces: Sequence[Piece], order: Record, quoted: Decimal) -> Iterator[Spread]:
    """Yield what was quoted by days; what the order sells anew of days sold before is taken off the first of them."""
    dated = [(one.start, one.end, sold_for(one.item)) for one in pieces if one.end]
    start = dated[0][0] if dated else date.fromisoformat(order["EffectiveDate"])
    rest = quoted - sum((amount for _, _, amount in dated), Decimal(0))
    for begin, end, amount in dated:
        yield Spread(begin, end, amount)
    if rest or not dated:
        yield Spread(start, date.fromordinal(start.toordinal() + _ONE_DAY), rest)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in Zuora an order product goes: numbers of subscription and charge, as far as they are known."""

    subscription: str | None = None
    charge: str | None = None

    @classmethod
    def of(cls, batch: Batch, item: Mapping[str, Any]) -> _Place:
        chain = _chain(batch, item)
        if chain is None:
            return cls((item.get("SBQQ__Subscription__r") or {}).get("Name"))
        if chain.first["Id"] == item["Id"]:
            return cls(chain.number)
        there = held(batch.draft(), chain)
        line = next((one for one in there.lines if not one.schedule), None)
        return cls(line.standing.number, str(line.held["number"])) if line else cls(chain.number)
