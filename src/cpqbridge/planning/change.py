"""Plans what an order changes of a subscription that Zuora has: its actions, in the order in which they go.

All is worked out from Salesforce: what the chain came to before the order, and what it comes to with it. So a repeat
makes the same actions, whatever has become of the subscription since. Zuora is asked for numbers, and whether it stands
where Salesforce says; if not, the order is held. Source: orders sync, use cases; decisions 5, 11, 12 and 22.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.actions import Action, Changes, Ending, number_of, sent_actions
from cpqbridge.planning.chain import Chain, How, Sale, piece
from cpqbridge.planning.charges import ItemCharges
from cpqbridge.planning.compare import content_of, effective_day
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.line import Line, Span, keeps_price, lines_of, value_on
from cpqbridge.planning.rate_plan import map_rate_plan
from cpqbridge.planning.sorting import Sorted
from cpqbridge.planning.standing import Standing, is_elsewhere
from cpqbridge.planning.state import Row
from cpqbridge.planning.term import read_term
from cpqbridge.planning.usage import map_usage_plan

_TERM = "OrderItem.SBQQ__Subscription__r.SBQQ__EndDate__c"
_QUANTITY = "OrderItem.Quantity"


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
            held = lines[0].standing
            changes = found.setdefault(held.number, Changes(held, item, sent_actions(sent, held.number)))
            changes.updates += additions(draft, order, item, charges[item["Id"]], known)
    for chain in sorted_.changed:
        before = chain.before(order["OrderNumber"])
        lines = lines_of(draft, chain) if before is not None else None
        if lines and before is not None:
            held = lines[0].standing
            own = next(
                piece.item for sale in chain.sales for piece in sale.pieces if piece.order == order["OrderNumber"]
            )
            changes = found.setdefault(held.number, Changes(held, own, sent_actions(sent, held.number)))
            if sent is None:
                draft.operations += [line.link() for line in lines if not line.standing.linked]
            _change(draft, order, (before, chain), lines, changes, known)
    return list(found.values())


def additions(
    draft: Draft, order: Record, item: Record, charges: ItemCharges, known: Mapping[str, Any]
) -> Iterator[Action]:
    """Yield an `AddProduct` for each rate plan of an order product that joins a subscription."""
    roots = {"Order": order, "OrderItem": item}
    term = read_term(draft, draft.context(roots), item)
    if term is None:
        return
    on, facts = piece(item).start, {**known, **term.facts(), "own_start": False}
    base = charges.base
    if base is not None:
        given = {**facts, "charge_place": 0}
        adds = partial(map_rate_plan, draft, roots, base, term, given)
        yield Action(draft.tables.add_product, on, roots, {"on": on}, adds=adds)
    for place, used in enumerate(charges.usage, 1 if base else 0):
        given = {**facts, "charge_place": place}
        yield Action(
            draft.tables.add_product, on, roots, {"on": on}, adds=partial(map_usage_plan, draft, roots, used, given)
        )


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
    renewal = next((sale for sale in new if sale.how is How.RENEWAL), None)
    if not changes.owners:
        changes.owners = _transfer(draft, order, before, changes.standing, known, there)
    if renewal is not None:
        changes.renewed |= {number_of(line.standing.plan) for line in lines}
    if renewal is not None and not changes.terms:
        changes.terms = _renewal(draft, order, before, renewal, changes, known)
    for line in lines:
        was, becomes = line.spans(draft, before, since), line.spans(draft, after, since)
        if was is None or becomes is None:
            return
        first = _first_difference(was, becomes)
        if first is None:
            continue
        if not there and not _stands(draft, line, was, first):
            return
        was = _as_cut(was, _cuts(line, was, becomes, changes.sent))
        if renewal is not None:
            was = _renewed(was, renewal.start, new[-1].end)
        last = _end_of_all(becomes)
        changes.updates += _updates(draft, order, line, was, becomes, first, last)
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


def _first_difference(was: Sequence[Span], becomes: Sequence[Span]) -> date | None:
    days = sorted({span.start for span in (*was, *becomes)} | {span.end for span in (*was, *becomes) if span.end})
    return next((day for day in days if value_on(was, day) != value_on(becomes, day)), None)


def _end_of_all(spans: Sequence[Span]) -> date | None:
    """Return the day from which nothing is left until the end, or None where something is."""
    last = None
    for span in reversed(spans):
        if span.active:
            break
        last = span.start
    return last


def _cuts(line: Line, was: Sequence[Span], becomes: Sequence[Span], sent: Sequence[Row] | None) -> set[date]:
    """Return the days on which the charge has a further segment in Zuora: an update reaches until the next one.

    A sale like the one before it, such as a renewal at the same price, makes none. A repeat knows it by the updates
    that were sent: where a segment began, one was needed for another value, else for the value that was there.
    """
    if sent is None:
        return {held.start for held in line.billed}
    updated = {day for action in sent if (day := _updated_on(action, line.held.get("number")))}
    days = updated | {span.start for span in was}
    return {day for day in days if (day in updated) == (value_on(becomes, day) != value_on(was, day))}


def _updated_on(action: Row, charge: Any) -> date | None:
    charges = {one.get("chargeNumber") for one in content_of(action).get("chargeUpdates") or ()}
    on = effective_day(action) if charge in charges else None
    return dates.parse(on) if on else None


def _as_cut(spans: Sequence[Span], cuts: Collection[date]) -> list[Span]:
    """Return what is billed in the segments that the charge has: like days are one, unless a further one begins."""
    found: list[Span] = []
    for span in spans:
        inner = sorted(day for day in cuts if span.covers(day) and day > span.start)
        for start, end in zip([span.start, *inner], [*inner, span.end], strict=True):
            last = found[-1] if found else None
            if last is not None and start not in cuts and (last.end, last.value) == (start, span.value):
                found[-1] = Span(last.start, end, last.value, last.item)
            else:
                found.append(Span(start, end, span.value, span.item))
    return found


def _renewed(spans: Sequence[Span], start: date, end: date | None) -> list[Span]:
    """Return what a charge bills once its subscription is renewed: as on the last day of the old term."""
    *kept, last = (span for span in spans if span.start < start)
    return [*kept, Span(last.start, end, last.value, last.item)]


def _updates(
    draft: Draft,
    order: Record,
    line: Line,
    was: Sequence[Span],
    becomes: Sequence[Span],
    first: date,
    last: date | None,
) -> Iterator[Action]:
    """Yield an update for each day on which what is billed must become another; later stretches stay as they are."""
    held = list(was)
    days = sorted({span.start for span in (*was, *becomes) if span.start >= first})
    for day in days:
        if last is not None and day >= last:
            return
        wanted = next((span for span in becomes if span.covers(day)), None)
        stands = next((span for span in held if span.covers(day)), None)
        if wanted is None or stands is None or wanted.value == stands.value:
            continue
        if wanted.value is None:
            message = f"Nothing is left of {line.what} from {day} on, and something again later"
            draft.refuse("CPQ-434", _QUANTITY, message)
            return
        before_another = any(span.start > day for span in held)
        given = {
            "on": day,
            "rate_plan": number_of(line.standing.plan),
            "charge_number": line.held.get("number"),
            "before_another": before_another,
            "model": line.model,
            **wanted.value.changes(stands.value),
        }
        yield Action(draft.tables.update_product, day, {"Order": order, "OrderItem": wanted.item}, given)
        held[held.index(stands) :] = [
            *([Span(stands.start, day, stands.value, stands.item)] if stands.start < day else []),
            Span(day, stands.end, wanted.value, wanted.item),
            *held[held.index(stands) + 1 :],
        ]


def _stands(draft: Draft, line: Line, was: Sequence[Span], first: date) -> bool:
    """Return whether Zuora bills what Salesforce sold before the order; else the draft says what it bills instead."""
    status = str(line.standing.subscription.get("status"))
    if status.startswith("Pending"):
        message = f"Subscription {line.standing.number} is {status} in Zuora: it waits for a date of an earlier order"
        draft.refuse("CPQ-504", "Order.CompanyAuthorizedDate", message)
        return False
    if status in ("Cancelled", "Suspended"):
        message = f"Subscription {line.standing.number} is {status} in Zuora, but not by an order of Salesforce"
        draft.refuse("CPQ-436", "OrderItem.SBQQ__RevisedOrderProduct__c", message)
        return False
    end = was[-1].end
    start = min(first, end - dates.ONE_DAY) if end else first
    changes = [*(span.start for span in was), *(day for held in line.billed for day in (held.start, held.end) if day)]
    days = {start, *(day for day in changes if day > start)}
    for day in sorted(days):
        expected = value_on(was, day)
        held = next((one for one in line.billed if one.start <= day and (one.end is None or day < one.end)), None)
        if not line.bills(held, expected):
            message = (
                f"Subscription {line.standing.number} in Zuora has {line.shown(held)} on {day}, "
                f"by the earlier orders of Salesforce it is {expected or 'nothing'}"
            )
            draft.refuse("CPQ-436", _QUANTITY, message)
            return False
    return True


def _owners(before: Chain) -> tuple[str, str]:
    """Return the Salesforce accounts that own a chain and are invoiced for it, by the orders so far."""
    pieces = {piece.order: piece.item["Order"] for sale in before.sales for piece in sale.pieces}
    ordered = [pieces[number] for number in before.orders]
    first = ordered[0]["AccountId"]
    owner = next((one["SubscriptionOwner__c"] for one in reversed(ordered) if one.get("SubscriptionOwner__c")), first)
    payer = next((one["InvoiceOwner__c"] for one in reversed(ordered) if one.get("InvoiceOwner__c")), first)
    return owner, payer


def _transfer(
    draft: Draft, order: Record, before: Chain, held: Standing, known: Mapping[str, Any], there: bool
) -> list[Action]:
    """Return the transfer to the accounts that an order names; one that names none leaves the owners as they are."""
    owner, payer = _owners(before)
    if not there and draft.options.moved_subscriptions == "hold" and is_elsewhere(draft, held, owner):
        expected = draft.state.accounts.get(owner, {}).get("AccountNumber", f"that of Salesforce account {owner}")
        message = (
            f"Unable to locate a matching rate plan to amend for order {order['OrderNumber']}: subscription "
            f"{held.number} belongs to account {held.subscription.get('accountNumber')} in Zuora, not to {expected}"
        )
        draft.refuse("CPQ-431", "Order.SubscriptionOwner__c", message)
        return []
    to_owner, to_payer = order.get("SubscriptionOwner__c") or owner, order.get("InvoiceOwner__c") or payer
    if (to_owner, to_payer) == (owner, payer):
        return []
    on = dates.parse(order["EffectiveDate"])
    held_by = {
        "owner_before": held.subscription.get("accountNumber"),
        "payer_before": held.subscription.get("invoiceOwnerAccountNumber"),
    }
    given = {**known, **held_by, "on": on, "owner_changes": to_owner != owner, "payer_changes": to_payer != payer}
    return [Action(draft.tables.owner_transfer, on, {"Order": order}, given)]


def _renewal(
    draft: Draft, order: Record, before: Chain, renewal: Sale, changes: Changes, known: Mapping[str, Any]
) -> list[Action]:
    """Return the actions that renew a subscription for the term of a sale."""
    held, roots = changes.standing, {"Order": order, "OrderItem": renewal.item}
    term = read_term(draft, draft.context(roots), renewal.item)
    if term is None:
        return []
    if term.evergreen:
        product = renewal.item.get("OrderItemNumber")
        message = f"Order product {product} renews subscription {held.number}, which has a term, without an end"
        draft.refuse("CPQ-434", _TERM, message, "Renew it for a term, or renew it in Zuora by hand.")
        return []
    on, ends = renewal.start, before.sales[-1].end
    term = term.since(on)
    stands = held.subscription.get("termEndDate")
    if changes.sent is None and stands and dates.parse(stands) != ends:
        message = (
            f"The term of subscription {held.number} ends on {stands} in Zuora, by Salesforce the day before {ends}: "
            "was it renewed in Zuora?"
        )
        draft.refuse("CPQ-436", _TERM, message)
        return []
    before_it = {"end_before": stands, "period_before": held.subscription.get("renewalTerm")}
    facts = {**term.facts(), **before_it, "on": on, "early": ends is not None and on < ends}
    terms = [Action(draft.tables.renewal_terms, on, roots, facts)] if _other_terms(changes, facts) else []
    given = {"on": on, **_contacts(draft, order, changes, known)}
    return [*terms, Action(draft.tables.renew_subscription, on, roots, given)]


def _other_terms(changes: Changes, facts: Mapping[str, Any]) -> bool:
    """Return whether a renewal must set the term first: Zuora renews for the renewal term that it has."""
    if changes.sent is not None:
        return any(action.get("type") == "TermsAndConditions" for action in changes.sent)
    held = changes.standing.subscription
    there = (held.get("renewalSetting"), held.get("renewalTerm"), held.get("renewalTermPeriodType"))
    return bool(facts["early"]) or there != ("RENEW_WITH_SPECIFIC_TERM", facts["period"], facts["period_type"])


def _contacts(draft: Draft, order: Record, changes: Changes, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contacts of a renewal: those of its order, unless a transfer has set them or they are of others."""
    if is_elsewhere(draft, changes.standing, order.get("SubscriptionOwner__c") or order["AccountId"]):
        return {}
    given = changes.owners[0].given if changes.owners else {}
    bill_to = None if given.get("payer_changes") else known.get("bill_to")
    return {"bill_to": bill_to, "sold_to": None if given.get("owner_changes") else known.get("sold_to")}
