"""Plans what an order changes of a subscription that Zuora has: its actions, in the order in which they go.

All is worked out from Salesforce: what the chain came to before the order, and what it comes to with it. So a repeat
makes the same actions, whatever has become of the subscription since. Zuora is asked for numbers, and whether it stands
where Salesforce says; if not, the order is held. Source: orders sync, use cases; decisions 5, 11, 12 and 22.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from cpqbridge.mapping.rule import Mapped, Record
from cpqbridge.planning.actions import Action, Changes, Ending, number_of, sent_actions
from cpqbridge.planning.chain import Chain, How, Sale, piece
from cpqbridge.planning.charges import ItemCharges
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.drift import is_open, is_there_already, stands
from cpqbridge.planning.line import Line, Span, keeps_price, lines_of
from cpqbridge.planning.owners import transfer
from cpqbridge.planning.proof.changed import prove_change
from cpqbridge.planning.proof.new import NewCharge, frame_of_held, prove_new
from cpqbridge.planning.rate_plan import map_rate_plan
from cpqbridge.planning.renewal import is_renewed_by_itself, renewal_actions, stop_of_renewal
from cpqbridge.planning.sorting import Sorted
from cpqbridge.planning.state import Row
from cpqbridge.planning.term import read_term
from cpqbridge.planning.updates import as_cut, cuts, end_of_all, first_difference, renewed, updates
from cpqbridge.planning.usage import map_usage_plan


def changes_of(
    draft: Draft,
    order: Record,
    number: str,
    sorted_: Sorted,
    known: Mapping[str, Any],
    charges: Mapping[str, ItemCharges],
) -> list[Changes]:
    """Return what an order changes of each subscription; the reasons why not are in the draft.

    Args:
        draft: The plan being made.
        order: The order.
        number: Its number in Zuora.
        sorted_: What its order products come to.
        known: What the order has decided.
        charges: Order product to its charges.
    """
    found: dict[str, Changes] = {}
    sent = draft.state.orders.get(number)
    for item, host in sorted_.added:
        lines = lines_of(draft, host)
        if lines:
            changes = _of_subscription(found, sent, lines, item)
            changes.updates += additions(draft, order, item, charges[item["Id"]], known, lines[0])
    for chain in sorted_.changed:
        before = chain.before(order["OrderNumber"])
        lines = lines_of(draft, chain) if before is not None else None
        if lines and before is not None:
            own = next(
                piece.item for sale in chain.sales for piece in sale.pieces if piece.order == order["OrderNumber"]
            )
            if sent is None and is_there_already(draft, chain, order["OrderNumber"], lines):
                sorted_.there.append(lines[0].standing.number)
                continue
            changes = _of_subscription(found, sent, lines, own)
            if sent is None:
                draft.operations += [line.link() for line in lines if not line.standing.linked]
            _change(draft, order, (before, chain), lines, changes, known)
    for chain in draft.snapshot.sold.left_out(order["OrderNumber"]) if draft.options.auto_renew else ():
        lines = lines_of(draft, chain)
        if lines and lines[0].standing.number not in found:
            changes = _of_subscription(found, sent, lines, chain.sales[-1].item)
            changes.terms = stop_of_renewal(draft, order, chain, changes)
    return list(found.values())


def _of_subscription(found: dict[str, Changes], sent: Row | None, lines: Sequence[Line], item: Record) -> Changes:
    """Return what changes of the subscription that some rate plans are on, begun with an order product if need be."""
    held = lines[0].standing
    return found.setdefault(held.number, Changes(held, item, sent_actions(sent, held.number)))


def invoice_owner(changes: Sequence[Changes]) -> str | None:
    """Return the account that is invoiced for all that an order changes, or None where they are several.

    Source: API description "Create an order", `existingAccountNumber`: it specifies the invoice owner.
    """
    owners = {one.standing.subscription.get("invoiceOwnerAccountNumber") for one in changes}
    [owner] = owners if len(owners) == 1 else [None]
    return owner


def additions(
    draft: Draft, order: Record, item: Record, charges: ItemCharges, known: Mapping[str, Any], host: Line
) -> Iterator[Action]:
    """Yield an `AddProduct` for each rate plan of an order product that joins the subscription of another line."""
    roots = {"Order": order, "OrderItem": item}
    term = read_term(draft, draft.context(roots), item)
    if term is None:
        return
    on, facts = piece(item).start, {**known, **term.facts(), "own_start": False}
    base = charges.base
    if base is not None:
        given = {**facts, "charge_place": 0}
        new = NewCharge(draft, (item,), base, frame_of_held(draft, order, item, host.standing.subscription, on))
        adds = partial(_proved, partial(map_rate_plan, draft, roots, base, term, given, new=new), new)
        yield Action(draft.tables.add_product, on, roots, {"on": on}, adds=adds)
    for place, used in enumerate(charges.usage, 1 if base else 0):
        given = {**facts, "charge_place": place}
        yield Action(
            draft.tables.add_product, on, roots, {"on": on}, adds=partial(map_usage_plan, draft, roots, used, given)
        )


def _proved(
    make: Callable[[str, Mapped], dict[str, Any] | None], new: NewCharge, prefix: str, into: Mapped
) -> dict[str, Any] | None:
    """Make a rate plan that is added, and prove its amount."""
    problems = len(new.draft.problems)
    made = make(prefix, into)
    if made is not None and len(new.draft.problems) == problems:
        prove_new(new, made)
    return made


def _change(
    draft: Draft,
    order: Record,
    chains: tuple[Chain, Chain],
    lines: Sequence[Line],
    changes: Changes,
    known: Mapping[str, Any],
) -> None:
    before, after = chains
    number, there = order["OrderNumber"], changes.sent is not None
    if not all(_keeps_price(draft, sale, number) for sale in after.sales):
        return
    new = [sale for sale in after.sales if sale.pieces[0].order == number]
    since = min(one.start for sale in after.sales for one in sale.pieces if one.order == number)
    renews = bool(new) and new[0].how is How.RENEWAL
    if not changes.owners:
        changes.owners = transfer(draft, order, before, changes.standing, known, there)
    if changes.owners and not there and not is_open(draft, changes.standing, before):
        return
    if renews:
        changes.renewed |= {number_of(line.standing.plan) for line in lines}
    if renews and changes.renewal is None:
        changes.renewal = (new[0].start, {"Order": order, "OrderItem": new[0].item})
        changes.terms = renewal_actions(draft, order, before, new, changes, known)
    for line in lines:
        was, becomes = line.spans(draft, before, since), line.spans(draft, after, since)
        if was is None or becomes is None:
            return
        if not there:
            prove_change(draft, order, after, line, (was, becomes))
        if renews and is_renewed_by_itself(draft, changes, before):
            was = renewed(was, new[0].start, line.billed[-1].end if line.billed else None)
        first = first_difference(was, becomes)
        if first is None:
            continue
        if not there and not stands(draft, line, before, was, first):
            return
        until = new[-1].end if renews else None
        _change_line(draft, order, line, (was, becomes), first, changes, (new[0].start, until) if renews else None)


def _change_line(
    draft: Draft,
    order: Record,
    line: Line,
    timelines: tuple[Sequence[Span], Sequence[Span]],
    first: date,
    changes: Changes,
    renewal: tuple[date, date | None] | None,
) -> None:
    """Add the updates of one charge, and its end, to what changes; a renewal has its first day and its end."""
    was, becomes = timelines
    was = as_cut(was, cuts(line, was, becomes, changes.sent))
    if renewal is not None:
        was = renewed(was, *renewal)
    last = end_of_all(becomes)
    changes.updates += updates(draft, order, line, was, becomes, first, last)
    if last is not None and (not was[-1].end or last < was[-1].end):
        item = next(span.item for span in becomes if span.start == last)
        changes.ends.append(Ending(number_of(line.standing.plan), last, {"Order": order, "OrderItem": item}))


def _keeps_price(draft: Draft, sale: Sale, order: str) -> bool:
    other = next((one for one in sale.pieces[1:] if one.order == order and not keeps_price(sale, one)), None)
    if other is None:
        return True
    price = other.item["SBQQ__Subscription__r"]["SBQQ__NetPrice__c"]
    message = (
        f"Order product {other.item.get('OrderItemNumber')} adds {other.quantity} at {price}, not at the price of "
        f"order product {sale.item.get('OrderItemNumber')} for the days left; a charge in Zuora has one price for all"
    )
    draft.refuse("CPQ-434", "OrderItem.SBQQ__Subscription__r.SBQQ__NetPrice__c", message)
    return False
