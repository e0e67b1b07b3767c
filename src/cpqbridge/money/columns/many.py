"""Many lines explained at once: what fits into columns there, the rest one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

import numpy as np

from cpqbridge.money.columns.amounts import CHUNK
from cpqbridge.money.columns.pack import Packed, pack
from cpqbridge.money.columns.reconcile import reconciled
from cpqbridge.money.columns.steps import CAUSES
from cpqbridge.money.reconciliation.causes import Cause, Part
from cpqbridge.money.reconciliation.terms import Charge
from cpqbridge.money.reconciliation.waterfall import Quoted, explain

Line = tuple[Quoted, Charge, Decimal | None]
"""What CPQ sold, the charge with it, and what Zuora says that it bills; None where that is to be worked out."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A line on both sides.

    Attributes:
        quoted: What CPQ sold.
        billed: What Zuora bills.
        parts: What the difference comes from, in the order of the causes; they add up to it.
    """

    quoted: Decimal
    billed: Decimal
    parts: tuple[Part, ...] = ()


def explain_many(lines: Iterable[Line], chunk: int = CHUNK) -> Iterator[Difference]:
    """Yield what `explain` finds of each line, in order.

    Args:
        lines: Any number of them; they are read chunk by chunk.
        chunk: Lines that are computed at once.
    """
    left = iter(lines)
    while some := list(islice(left, chunk)):
        packed = pack((quoted, charge) for quoted, charge, _ in some)
        found = dict(zip(packed.rows, _of_columns(packed, some), strict=True))
        for place, (quoted, charge, billed) in enumerate(some):
            yield found[place] if place in found else _alone(quoted, charge, billed)


def _alone(quoted: Quoted, charge: Charge, billed: Decimal | None) -> Difference:
    made = explain([quoted], charge, billed=billed)
    return Difference(made.quoted, made.billed, made.parts)


def _of_columns(packed: Packed, lines: list[Line]) -> Iterator[Difference]:
    made = reconciled(packed.quotes, packed.lines, None)
    minor, computed, differs = (column.tolist() for column in (packed.lines.minor, made.billed, made.difference))
    parts: dict[int, list[Part]] = {}
    for number, row in np.argwhere(made.parts).tolist():
        part = Part(CAUSES[number], Decimal(int(made.parts[number, row])) / minor[row])
        parts.setdefault(row, []).append(part)
    for row, place in enumerate(packed.rows):
        quoted, _, actual = lines[place]
        billed = Decimal(computed[row]) / minor[row] if differs[row] else quoted.amount
        found = parts.get(row, [])
        if actual is not None and actual != billed:
            found.append(Part(Cause.OTHER, actual - billed))
            billed = actual
        yield Difference(quoted.amount, billed, tuple(found))
