"""Sets what Zuora bills against what was sold, in words that say on which day they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from tests.life.billing import Billed
from tests.life.truth import DAY, Sold, Terms

CENT: Final = Decimal("0.005")
"""Prices are for the whole term; less than half a cent of it is rounding."""


def differences(sold: Iterable[Sold], billed: dict[str, Billed], today: date, *, priced: bool = True) -> Iterator[str]:
    """Yield what differs between what was sold and what is billed; nothing when all is well.

    Args:
        sold: What was sold.
        billed: What Zuora holds.
        today: A day that is looked at, too.
        priced: Compare prices as well; not where they are chosen by how Zuora counts, as invoices are compared then.
    """
    known = set()
    for one in sold:
        known.add(one.number)
        there = billed.get(one.number)
        if there is None:
            yield f"{one.number} ({one.product}) is not in Zuora"
        else:
            yield from _of(one, there, today, priced=priced)
    for number in sorted(set(billed) - known):
        yield f"{number} is in Zuora, and was never sold"


def _of(sold: Sold, there: Billed, today: date, *, priced: bool) -> Iterator[str]:
    name = f"{sold.number} ({sold.product})"
    for what, wanted, found in (("owner", sold.owner, there.owner), ("invoice owner", sold.payer, there.payer)):
        if wanted != found:
            yield f"{name}: {what} sold {wanted}, billed {found}"
    start = sold.sales[0].chain.start
    if start != there.start:
        yield f"{name}: sold from {start}, billed from {there.start}"
    yield from _term(name, sold, there)
    turns = sold.days() | there.days() | {today}
    told = ""
    for moment in sorted({day for turn in turns for day in (turn - DAY, turn)}):
        wrong = _on(sold.on(moment), there.on(moment), priced=priced)
        if wrong and wrong != told:
            yield f"{name}: on {moment} {wrong}"
        told = wrong


def _term(name: str, sold: Sold, there: Billed) -> Iterator[str]:
    """Compare the last term, unless nothing of it is left at its end."""
    last = sold.sales[-1].chain
    alive = last.quantity_on(last.end or date.max - DAY)
    if bool(alive) == there.cancelled and not sold.once:
        yield f"{name}: {'sold on' if alive else 'ended'}, in Zuora {'cancelled' if there.cancelled else 'active'}"
    end = last.end + DAY if last.end else None
    if alive and (last.start, end) != there.term:
        found, until = there.term
        yield f"{name}: term sold {last.start} until before {end}, in Zuora {found} until before {until}"


def _on(sold: Terms | None, found: list[Terms], *, priced: bool = True) -> str:
    """Return what differs on a day, or nothing; a charge of no units, or at no price, bills nothing."""
    if sold is None and not any(one.rates or (one.quantity != 0 and one.price != 0) for one in found):
        return ""
    billed = " and ".join(map(str, found)) or "nothing"
    if sold is None or len(found) != 1 or not same(sold, found[0], priced=priced):
        return f"sold {sold or 'nothing'}, billed {billed}"
    return ""


def _fits(sold: Terms, there: Terms) -> bool:
    """Return whether the price is the one for the months sold."""
    if sold.months is None or there.months is None:
        return sold.months is there.months and abs(there.price - sold.price) <= CENT
    return any(abs(there.price * months / there.months - sold.price) <= CENT for months in (sold.months, *sold.also))


def same(sold: Terms, there: Terms, *, priced: bool = True) -> bool:
    """Return whether quantity, rates and (where it is compared) the price for the months sold are the same."""
    return sold.quantity == there.quantity and sold.rates == there.rates and (not priced or _fits(sold, there))
