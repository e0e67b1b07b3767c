"""The life of a Zuora subscription: what it held from when to when, at which price, for whom, by which order.

Worked out from all versions of the subscription, so that it shows what billing holds and not what was meant. An order
makes one version; a stretch is the work of the last order that changed what holds on its first day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from cpqbridge.money.charge_segments import ChargeSegment, subscribed_charges
from cpqbridge.planning.state import Row
from cpqbridge.planning.timeline.history import History, Term
from cpqbridge.planning.timeline.sales import Agreed, Prices, SoldPrice
from cpqbridge.planning.timeline.version import NOT_YET, Version, months_of_price


class Event(StrEnum):
    """What begins on the first day of a stretch, or ends after the last one."""

    NEW = "new"
    ADDED = "added"
    RENEWED = "renewed"
    RESUMED = "resumed"
    QUANTITY = "quantity"
    PRICE = "price"
    OWNER = "owner"
    INVOICE_OWNER = "invoiceOwner"
    CANCELLED = "cancelled"
    REMOVED = "removed"
    SUSPENDED = "suspended"
    TERM_ENDS = "termEnds"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which nothing changes.

    Attributes:
        start: First day.
        until: Day after the last one; None without end.
        quantity: Units; None for a flat fee and for usage.
        price: As Zuora has it: of one unit, or of all of a flat fee; None where tiers have the prices.
        price_months: Months that it is for; None for what is charged once, by usage or by the week.
        tiers: Starting unit, ending unit, price and price format of each price tier; empty where there is one price.
        term: The term that it lies in.
        owner: Number of the account that owns the subscription.
        owner_name: Name of that account.
        invoice_owner: Number of the account that is invoiced.
        invoice_owner_name: Name of that account.
        agreed: The price for which Salesforce sold it; None where that is not known, or not what is billed.
        order: Number of the order that made it.
        what: What changed on its first day.
    """

    start: date
    until: date | None
    quantity: Decimal | None
    price: Decimal | None
    price_months: Decimal | None
    tiers: tuple[tuple[Any, ...], ...]
    term: Term
    owner: str
    owner_name: str
    invoice_owner: str
    invoice_owner_name: str
    agreed: Agreed | None
    order: str | None
    what: tuple[Event, ...] = ()

    @property
    def monthly(self) -> Decimal | None:
        """Price for a month; as it is where it is for no months."""
        return self.price / self.price_months if self.price is not None and self.price_months else self.price

    @property
    def held(self) -> tuple[Any, ...]:
        """What distinguishes it from the stretch before."""
        return self.quantity, self.price, self.tiers, self.term.start, self.owner, self.invoice_owner


@dataclass(frozen=True, slots=True)
class ChargeEnd:
    """What comes after the last stretch: on which day, what, and by which order; None of a term that just ends."""

    day: date
    what: Event
    order: str | None


@dataclass(frozen=True, slots=True)
class ChargeLife:
    """The life of one charge of a subscription.

    Attributes:
        number: Charge number.
        product: Name of the product.
        name: Name of the charge.
        model: Charge model, such as `PerUnit`.
        type: `Recurring`, `OneTime` or `Usage`.
        stretches: By start; empty when it was cancelled before it began.
        ending: What ends it; None without end and for what is charged once.
    """

    number: str
    product: str
    name: str
    model: str
    type: str
    stretches: tuple[Stretch, ...]
    ending: ChargeEnd | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """The life of one subscription.

    Attributes:
        subscription: Its number.
        status: As Zuora says it.
        account: Number of the account that owns it now.
        account_name: Name of that account.
        currency: ISO code.
        orders: Numbers of the orders that made its versions, in their order.
        terms: Its terms.
        charges: Its charges.
    """

    subscription: str
    status: str
    account: str
    account_name: str
    currency: str
    orders: tuple[str, ...]
    terms: tuple[Term, ...]
    charges: tuple[ChargeLife, ...]


def timeline_of(
    versions: Sequence[Row], orders: Mapping[str, Row] | None = None, prices: Prices | None = None
) -> Timeline:
    """Return the life of a subscription.

    Args:
        versions: All its versions with all segments, the first first.
        orders: See `History.of`.
        prices: For what Salesforce sold it, as far as that is known.
    """
    last, history = versions[-1], History.of(versions, orders or {})
    return Timeline(
        subscription=last["subscriptionNumber"],
        status=last["status"],
        account=last["accountNumber"],
        account_name=last.get("accountName") or "",
        currency=last.get("currency") or "",
        orders=tuple(dict.fromkeys(version.order for version in history.versions if version.order)),
        terms=tuple(term for term in history.terms if term.start != NOT_YET),
        charges=tuple(
            _charge(history, plan, charge, (prices or {}).get(plan.get("externallyManagedPlanId") or "", ()))
            for plan, charge in subscribed_charges(last)
        ),
    )


def successions(timelines: Iterable[Timeline]) -> dict[str, str]:
    """Return which subscription takes the place of which, by number.

    One does where an order cancels the one and sells its product again from the same day, as CPQ does when a price
    changes; not where several fit.
    """
    ended: dict[tuple[Any, ...], list[str]] = {}
    begun: dict[tuple[Any, ...], list[str]] = {}
    for timeline in timelines:
        for charge in timeline.charges[:1]:
            if charge.ending and charge.ending.what is Event.CANCELLED:
                key = (charge.ending.order, charge.ending.day, charge.product)
                ended.setdefault(key, []).append(timeline.subscription)
            for first in charge.stretches[:1]:
                begun.setdefault((first.term.order, first.start, charge.product), []).append(timeline.subscription)
    pairs = ((begun.get(key, []), numbers) for key, numbers in ended.items())
    return {new[0]: old[0] for new, old in pairs if len(new) == len(old) == 1 and new != old}


def _charge(history: History, plan: Row, charge: Row, prices: Sequence[SoldPrice]) -> ChargeLife:
    number, once = charge["number"], charge.get("type") == "OneTime"
    first = Event.NEW if number in history.versions[0].charges else Event.ADDED
    stretches = _told((_with_price(one, prices) for one in _merged(_pieces(history, charge))), first)
    return ChargeLife(
        number=number,
        product=plan.get("productName") or plan.get("ratePlanName") or "",
        name=charge.get("name") or "",
        model=charge.get("model") or "",
        type=charge.get("type") or "",
        stretches=tuple(stretches),
        ending=None if once and stretches else _ending(history, number, stretches),
    )


def _pieces(history: History, charge: Row) -> Iterator[Stretch]:
    """Yield the segments of a charge, cut where a term begins and where other accounts take over."""
    days = {term.start for term in history.terms} | {one.day for one in history.transfers}
    for segment in history.versions[-1].charges[charge["number"]]:
        cuts = sorted(day for day in days if segment.covers(day) and day != segment.start)
        for start, until in zip([segment.start, *cuts], [*cuts, segment.end], strict=True):
            if start is not None:
                yield _piece(history, charge, segment, start, until)


def _piece(history: History, charge: Row, segment: ChargeSegment, start: date, until: date | None) -> Stretch:
    (quantity, price, tiers), term, accounts = segment.value, history.term_on(start), history.owners_on(start)
    return Stretch(
        start=start,
        until=until,
        quantity=quantity,
        price=price,
        price_months=months_of_price(charge, history.versions[-1].term),
        tiers=tiers,
        term=term,
        owner=accounts.owner,
        owner_name=accounts.owner_name,
        invoice_owner=accounts.invoice_owner,
        invoice_owner_name=accounts.invoice_owner_name,
        agreed=None,
        order=history.order_of(charge["number"], start),
    )


def _merged(pieces: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yield the pieces, those that follow each other without any change as one."""
    open_piece: Stretch | None = None
    for piece in pieces:
        if open_piece and open_piece.until == piece.start and open_piece.held == piece.held:
            open_piece = replace(open_piece, until=piece.until)
            continue
        if open_piece:
            yield open_piece
        open_piece = piece
    if open_piece:
        yield open_piece


def _with_price(stretch: Stretch, prices: Sequence[SoldPrice]) -> Stretch:
    """Return a stretch with the price for which its first day was sold."""
    if stretch.price_months is None or stretch.monthly is None:
        return stretch
    sold = next(
        (one for one in prices if one.start <= stretch.start and (one.end is None or stretch.start < one.end)), None
    )
    return replace(stretch, agreed=sold.agreed(stretch.monthly)) if sold else stretch


def _told(stretches: Iterable[Stretch], first: Event) -> list[Stretch]:
    """Return the stretches with what changed on their first days."""
    told: list[Stretch] = []
    for stretch in stretches:
        what = _changes(told[-1], stretch) if told else (first,)
        told.append(replace(stretch, what=tuple(what)))
    return told


def _changes(before: Stretch, after: Stretch) -> Iterator[Event]:
    if before.until is not None and before.until < after.start:
        yield Event.RESUMED
    if before.term.start != after.term.start:
        yield Event.RENEWED
    if before.quantity != after.quantity:
        yield Event.QUANTITY
    if (before.price, before.tiers) != (after.price, after.tiers):
        yield Event.PRICE
    if before.owner != after.owner:
        yield Event.OWNER
    if before.invoice_owner != after.invoice_owner:
        yield Event.INVOICE_OWNER


def _ending(history: History, charge: str, stretches: Sequence[Stretch]) -> ChargeEnd | None:
    last = history.versions[-1]
    day = stretches[-1].until if stretches else last.end or last.term.start
    if day is None or day == NOT_YET:
        return None
    what = _end_of(last, day)
    ended = history.changed_by(charge, day) if stretches else len(history.versions) - 1
    return ChargeEnd(day, what, None if what is Event.TERM_ENDS else history.versions[ended].order)


def _end_of(last: Version, day: date) -> Event:
    if last.end is not None and day >= last.end:
        return Event.CANCELLED if last.status == "Cancelled" else Event.TERM_ENDS
    return Event.SUSPENDED if last.status == "Suspended" else Event.REMOVED
