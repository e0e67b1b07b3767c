"""Says the life of a charge in words: what was sold, at which price, and what each order did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cpqbridge.planning.timeline.timeline import ChargeLife, Event, Stretch, Timeline, successions

_PERIODS = {1: " / month", 3: " / quarter", 12: " / year"}
_ZERO = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
_DECIMALS = {**dict.fromkeys(_ZERO, 0), **dict.fromkeys(_THREE, 3)}
"""Decimals of the currencies that have not two. Source: ISO 4217."""

_ENDINGS = {
    Event.CANCELLED: "cancelled",
    Event.REMOVED: "removed",
    Event.SUSPENDED: "suspended",
    Event.TERM_ENDS: "ends with its term",
}


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line of the table of a charge: a day, what is sold from then on, by which order, and what changed."""

    day: date
    sold: str
    order: str
    what: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A charge of a subscription with its lines."""

    timeline: Timeline
    charge: ChargeLife
    lines: tuple[TableLine, ...]


def tell(timelines: Iterable[Timeline]) -> list[Told]:
    """Return all charges with their lines: by start, each subscription behind the one whose place it takes."""
    lives = {one.subscription: one for one in sorted(timelines, key=_start)}
    before = successions(lives.values())
    after = {old: new for new, old in before.items()}
    told: list[Told] = []
    for life in lives.values():
        number: str | None = life.subscription if life.subscription not in before else None
        while number:
            one, old = lives[number], lives.get(before.get(number, ""))
            told += [
                Told(one, charge, tuple(_lines(one, charge, _same(old, place), old, after.get(number))))
                for place, charge in enumerate(one.charges)
            ]
            number = after.get(number)
    return told


def sold_text(timeline: Timeline, stretch: Stretch, *, brief: bool = False) -> str:
    """Return quantity and price of a stretch, such as `25 × 1,200.00 / year`; `brief` leaves the period out."""
    if stretch.price is None:
        return f"by usage, {len(stretch.tiers)} tiers" if stretch.tiers else "by usage"
    amount, months = stretch.price, stretch.price_months
    if stretch.agreed:
        amount, months = stretch.agreed.price, stretch.agreed.months
    price = money_text(amount, timeline.currency)
    period = "" if brief else _period(months)
    return f"{number_text(stretch.quantity)} × {price}{period}" if stretch.quantity is not None else f"{price}{period}"


def number_text(value: Decimal) -> str:
    """Return a number without needless zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money_text(amount: Decimal, currency: str) -> str:
    """Return an amount with the decimals of its currency, or with its own where it has more."""
    own = -int(amount.normalize().as_tuple().exponent)
    return f"{amount:,.{max(_decimals(currency), own)}f}"


def _decimals(currency: str) -> int:
    return _DECIMALS.get(currency, 2)


def _period(months: Decimal | None) -> str:
    """Return what a price is for; a time that is not whole months is the term that was sold."""
    if months is None:
        return " once"
    if months != int(months):
        return " / term"
    return _PERIODS.get(int(months), f" / {int(months)} months")


def _start(timeline: Timeline) -> tuple[date, str]:
    starts = [charge.stretches[0].start for charge in timeline.charges if charge.stretches]
    return min(starts, default=date.max), timeline.subscription


def _same(timeline: Timeline | None, place: int) -> ChargeLife | None:
    """Return the charge at the same place of the subscription that is followed."""
    return timeline.charges[place] if timeline and place < len(timeline.charges) else None


def _lines(
    timeline: Timeline, charge: ChargeLife, old: ChargeLife | None, followed: Timeline | None, follower: str | None
) -> Iterator[TableLine]:
    before: Stretch | None = None
    for stretch in charge.stretches:
        if before and before.until and before.until < stretch.start:
            yield TableLine(before.until, "", "", "suspended", "yellow")
        said = list(_said(before, stretch))
        if before is None and followed:
            said = [f"replaces {followed.subscription}", *_price(old.stretches[-1] if old else None, stretch)]
        yield TableLine(stretch.start, sold_text(timeline, stretch), stretch.order or "", ", ".join(said))
        before = stretch
    if charge.ending:
        ending, what = charge.ending, _ENDINGS[charge.ending.what]
        goes_on = f", then {follower}" if follower else ""
        style = "dim" if ending.what is Event.TERM_ENDS else "red"
        yield TableLine(ending.day, "", ending.order or "", f"{what}{goes_on}", style)


def _said(before: Stretch | None, after: Stretch) -> Iterator[str]:
    """Yield in words what a stretch changes."""
    plain = {Event.NEW: "new", Event.ADDED: "added", Event.RENEWED: "renewed", Event.RESUMED: "resumed"}
    changes: Mapping[Event, Callable[[], Iterable[str]]] = {
        Event.QUANTITY: lambda: _quantity(before, after),
        Event.PRICE: lambda: _price(before, after),
        Event.OWNER: lambda: [f"owner {_named(after.owner_name, after.owner)}"],
        Event.INVOICE_OWNER: lambda: [f"invoiced to {_named(after.invoice_owner_name, after.invoice_owner)}"],
    }
    for what in after.what:
        yield from [plain[what]] if what in plain else changes[what]()


def _named(name: str, number: str) -> str:
    return f"{name} ({number})" if name else number


def _quantity(before: Stretch | None, after: Stretch) -> Iterator[str]:
    if before and before.quantity is not None and after.quantity is not None:
        yield f"quantity {_signed(after.quantity - before.quantity)}"
    else:
        yield "quantity"


def _price(before: Stretch | None, after: Stretch) -> Iterator[str]:
    """Yield by how much a price for the same time went up or down."""
    if before is None or (before.monthly, before.tiers) == (after.monthly, after.tiers):
        return
    if not before.monthly or after.monthly is None:
        yield "rates" if after.tiers else "price"
    else:
        yield f"price {_signed(round(100 * (after.monthly / before.monthly - 1), 1))}%"


def _signed(value: Decimal) -> str:
    return f"{'+' if value > 0 else '−'}{number_text(abs(value))}"


def labels(timeline: Timeline, stretch: Stretch) -> Sequence[str]:
    """Return what may stand on the bar of a stretch, the most telling first."""
    full = sold_text(timeline, stretch, brief=True)
    return [full, number_text(stretch.quantity)] if stretch.quantity is not None else [full]
