"""What CPQ sold as prices by month, of many lines at once, and the months that CPQ has charged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from cpqbridge.money.columns.amounts import amount_of
from cpqbridge.money.columns.calendar import Flags, Ints
from cpqbridge.money.columns.lines import Lines
from cpqbridge.money.columns.precision import months_by
from cpqbridge.money.columns.quotes import UNKNOWN, Quotes
from cpqbridge.money.columns.quotients import LARGEST, Exact
from cpqbridge.money.columns.shares import Share
from cpqbridge.money.cpq.precision import Precision

_CLOSE: Final = 6
_THOUSAND: Final = 1000
"""CPQ rounds the net price of a unit to cents; the same bound as of one line, in thousandths."""


@dataclass(frozen=True, slots=True)
class Sold:
    """What CPQ sold, at the price that it gives, or at what the amount comes to in a month where it gives none.

    Attributes:
        quotes: As CPQ has it.
        lines: With price and quantity of CPQ, and the scales and the currency of Zuora.
        months: Calendar months of the days sold.
        per: One over the months that the price is for.
        known: Where CPQ gives a price.
    """

    quotes: Quotes
    lines: Lines
    months: Share
    per: Share
    known: Flags

    def by_precision(self) -> tuple[Ints, Flags]:
        """Return what the price comes to in the months that CPQ has charged, and where that could be computed.

        CPQ's precision is the one that comes nearest to the amount; where none comes near, the amount stays.
        """
        exact, lines = Exact(len(self.lines)), self.lines
        found = exact.rounded(self.quotes.amount, np.ones_like(lines.increment), lines.increment, lines.mode)
        found *= lines.increment
        best, good = self._nearest()
        rows = np.flatnonzero(best.over)
        found[rows], fine = amount_of(lines.take(rows), (best * self.per).take(rows))
        good[rows] &= fine
        return found, good & exact.good

    def _nearest(self) -> tuple[Share, Flags]:
        """Return the months of the precision that is nearest to the amount; nothing over nothing where none is near."""
        exact = Exact(len(self.lines))
        value = exact.product(self.lines.price, self.lines.quantity)
        known = self.known & (value != 0)
        best = Share(np.zeros_like(value), np.zeros_like(value))
        least, rest = np.full_like(value, LARGEST), Share.nothing(len(value))
        for precision in Precision:
            months = months_by(precision, self.quotes.start, self.quotes.end)
            apart, left, near = self._error(exact, value, months)
            less = exact.product(left, rest.over) < exact.product(rest.months, months.over)
            better = known & near & ((apart < least) | ((apart == least) & less))
            np.copyto(least, apart, where=better)
            for into, made in ((best, months), (rest, Share(left, months.over))):
                np.copyto(into.months, made.months, where=better)
                np.copyto(into.over, made.over, where=better)
        return best, exact.good | ~known

    def _error(self, exact: Exact, value: Ints, months: Share) -> tuple[Ints, Ints, Flags]:
        """Return how far a price of some months is from the amount, and where that is near.

        That is a whole number, and what is left over the divisor; where it is not near, nothing is left.
        """
        over = exact.product(months.over, self.per.over, self.lines.scale)
        whole, rest = exact.divided(np.abs(value), exact.product(months.months, self.per.months), over)
        apart = whole - self.quotes.amount * np.sign(value)
        below = apart < 0
        apart, rest = np.where(below, -apart - (rest > 0), apart), np.where(below & (rest > 0), over - rest, rest)
        near = exact.at_most(apart, rest, over, self._close, self.lines.quantity_scale * _THOUSAND)
        return apart, np.where(near, rest, 0), near

    @property
    def _close(self) -> Ints:
        """How far amounts may be apart by rounding the price of a unit, in thousandths of minor units, in scale."""
        found: Ints = np.abs(self.quotes.quantity) * self.lines.minor * _CLOSE
        return found

    def of_quantity(self, quantity: Ints, held: Share) -> tuple[Ints, Flags]:
        """Return what is sold in some months if it were another quantity."""
        ratio = np.where(self.known, 1, self.quotes.quantity)
        lines = replace(self.lines, price=self.lines.price * np.sign(ratio), quantity=quantity)
        return amount_of(lines, held * Share(self.per.months, self.per.over * np.abs(ratio)))

    def rounds_to(self, lines: Lines, held: Share) -> tuple[Flags, Flags]:
        """Return where the price of other lines differs no more than by rounding the price of a unit.

        Both prices of one unit in a month are brought over one divisor.

        Args:
            lines: With other prices.
            held: The months for which they are compared.
        """
        exact = Exact(len(lines))
        ratio = np.where(self.known, 1, self.quotes.quantity)
        mine = exact.product(self.lines.price, self.per.months, np.sign(ratio))
        my_over = exact.product(self.per.over, np.abs(ratio))
        over = np.where(self.known, lines.price_months, lines.price_months * lines.scale)
        apart = np.abs(exact.product(lines.price, my_over) - exact.product(mine, over))
        equal = exact.good & (apart == 0)
        over = exact.product(my_over, over, held.over, np.where(self.known, lines.scale, 1))
        whole, rest = exact.divided(exact.product(apart, np.abs(lines.quantity)), held.months, over)
        near = exact.at_most(whole, rest, over, self._close, lines.quantity_scale * _THOUSAND)
        return near, exact.good | equal

    def take(self, rows: Ints) -> Sold:
        """Return some of the rows."""
        some = self.quotes.take(rows), self.lines.take(rows), self.months.take(rows), self.per.take(rows)
        return Sold(*some, self.known[rows])


def sold_lines(quotes: Quotes, lines: Lines) -> Sold:
    """Return what CPQ sold as prices by month.

    Args:
        quotes: What CPQ sold.
        lines: What Zuora bills, for scales and currency.
    """
    given = quotes.unprorated != UNKNOWN
    months = months_by(Precision.CALENDAR, quotes.start, quotes.end)
    sold = replace(
        lines,
        price=np.where(given, quotes.unprorated, quotes.amount),
        price_scale=np.where(given, lines.price_scale, lines.minor),
        price_months=np.ones_like(lines.price_months),
        quantity=np.where(given, quotes.quantity, 1),
        quantity_scale=np.where(given, lines.quantity_scale, 1),
    )
    per = Share(np.where(given, 1, months.over), np.where(given, quotes.default_term, months.months))
    return Sold(quotes, sold, months, per, given)
