"""A line on both sides, and what it comes to in each period. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.waterfall import Explained
from cpqbridge.planning.plan import Proof
from cpqbridge.settings.options import Options

_NOTHING = Decimal(0)


class Source(StrEnum):
    """Where Zuora's amount comes from."""

    COMPUTED = "computed"
    PREVIEW = "preview"
    INVOICES = "invoices"
    INVOICES_AND_PREVIEW = "invoices+preview"
    INVOICES_AND_COMPUTED = "invoices+computed"


@dataclass(frozen=True, slots=True)
class Period:
    """What both sides come to on some days.

    Attributes:
        start: First day.
        end: First day after it.
        quoted: CPQ's share of these days, by calendar months; None where CPQ has no total.
        billed: What Zuora billed or will bill.
        kind: `invoiced`, `draft`, `to be billed`, `computed` or `not billed`; several joined by `+`.
        documents: Numbers of invoices and credit memos.
    """

    start: date
    end: date
    quoted: Decimal | None
    billed: Decimal
    kind: str
    documents: tuple[str, ...] = ()

    @property
    def difference(self) -> Decimal | None:
        """Zuora's amount less CPQ's."""
        return None if self.quoted is None else self.billed - self.quoted


@dataclass(frozen=True, slots=True)
class Line:
    """An order product, with all that changed and renewed it, on both sides.

    Attributes:
        proof: The order product that began it, and what both sides come to.
        order: Number of its order.
        subscription: Number of its subscription in Zuora; None for an order line item.
        charge: Number of its charge in Zuora; None where there is none yet.
        source: Where Zuora's amount comes from.
        periods: What it comes to on which days.
    """

    proof: Proof
    order: str
    subscription: str | None = None
    charge: str | None = None
    source: Source = Source.COMPUTED
    periods: tuple[Period, ...] = ()

    @property
    def quoted(self) -> Decimal | None:
        """What CPQ sold it for; None where it has no total."""
        return self.proof.explained.quoted if self.proof.explained else None

    @property
    def billed(self) -> Decimal | None:
        """What Zuora bills in all; of what has no total what is billed so far, None where that is nothing."""
        if self.proof.explained:
            return self.proof.explained.billed
        return sum((one.billed for one in self.periods), _NOTHING) if self.periods else None

    @property
    def difference(self) -> Decimal | None:
        """Zuora's amount less CPQ's; None where there is no total."""
        return self.proof.explained.difference if self.proof.explained else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the difference comes from, the greatest first."""
        parts = self.proof.explained.parts if self.proof.explained else ()
        return tuple(sorted(parts, key=lambda part: -abs(part.amount)))

    def differs(self, options: Options) -> bool:
        """Return whether it differs by more than the options let it."""
        currency = self.proof.currency
        others, rounded = abs(self.proof.by_others), abs(self.proof.by_rounding)
        return others > options.may_differ(currency) or rounded > options.may_round(currency)


@dataclass(frozen=True, slots=True)
class Total:
    """What lines of one currency come to."""

    currency: str
    quoted: Decimal
    billed: Decimal

    @property
    def difference(self) -> Decimal:
        """Zuora's amount less CPQ's."""
        return self.billed - self.quoted


def totals(lines: Iterable[Line]) -> list[Total]:
    """Return what lines come to, by currency; what has no total is left out."""
    found: dict[str, Total] = {}
    for line in lines:
        if line.proof.explained:
            currency, one = line.proof.currency, line.proof.explained
            before = found.get(currency, Total(currency, _NOTHING, _NOTHING))
            found[currency] = Total(currency, before.quoted + one.quoted, before.billed + one.billed)
    return [found[currency] for currency in sorted(found)]


def with_billed(found: Explained, billed: Decimal) -> Explained:
    """Return a line of which is known what Zuora bills: what is not as it was worked out has another cause."""
    other = [part for part in found.parts if part.cause is Cause.OTHER]
    amount = billed - found.billed + sum((part.amount for part in other), _NOTHING)
    parts = tuple(part for part in found.parts if part.cause is not Cause.OTHER)
    return replace(found, billed=billed, parts=(*parts, *([Part(Cause.OTHER, amount)] if amount else ())))


def unexplained(quoted: Decimal, billed: Decimal, cause: Cause, note: str = "") -> Explained:
    """Return a line whose whole difference has one cause."""
    parts = (Part(cause, billed - quoted, note),) if billed != quoted else ()
    return Explained(quoted, billed, Fraction(billed), parts)
