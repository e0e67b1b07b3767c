"""Which Subscription Prorate Precision an org has: no API shows it, but the multipliers that it has made tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cpqbridge.money.cpq.multiplier import by_dates
from cpqbridge.money.cpq.precision import Precision, precisions_of


@dataclass(frozen=True, slots=True)
class Prorated:
    """What CPQ has prorated once.

    Attributes:
        multiplier: As stored, with four decimals.
        start: First day.
        end: Last day.
        default_term: The product's subscription term in months.
    """

    multiplier: Decimal
    start: date
    end: date
    default_term: Decimal

    @property
    def tells(self) -> bool:
        """Whether the settings lead to different multipliers here; they do not for whole months."""
        if self.end < self.start:
            return False
        made = {by_dates(one, self.start, self.end, self.default_term).stored for one in Precision}
        return len(made) > 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a number of multipliers tells.

    Attributes:
        telling: How many of them tell anything.
        fits: How many of these each setting explains.
    """

    telling: int
    fits: Mapping[Precision, int]

    @property
    def likely(self) -> tuple[Precision, ...]:
        """The settings that explain most; none where nothing is explained."""
        most = max(self.fits.values())
        return tuple(one for one, count in self.fits.items() if most and count == most)

    @property
    def explained(self) -> int:
        """How many the likely settings explain."""
        return max(self.fits.values())


def weigh(found: Iterable[Prorated]) -> Evidence:
    """Return what multipliers tell of the setting."""
    telling = [one for one in found if one.tells]
    fits = dict.fromkeys(Precision, 0)
    for one in telling:
        for precision in precisions_of(one.multiplier, one.start, one.end, one.default_term):
            fits[precision] += 1
    return Evidence(len(telling), fits)
