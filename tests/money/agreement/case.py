"""A random charge with its subscription, its tenant and what becomes of it: all that both sides need to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final, TypeVar

T = TypeVar("T")

Fields = Mapping[str, Any]

MONTHS: Final = ("Month", "Quarter", "Semi_Annual", "Annual", "Eighteen_Months", "Two_Years", "Three_Years",
                 "Five_Years", "Specific_Months")  # fmt: skip
WEEKS: Final = ("Week", "Specific_Weeks")
TERM: Final = ("Subscription_Term",)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ALIGNMENTS: Final = ("AlignToCharge", "AlignToSubscriptionStart", "AlignToTermStart", "AlignToTermEnd")
OPTIONS: Final = (None, None, "DefaultFromTenantSetting", "NoProration", "TimeBasedProration", "ChargeFullPeriod")
CYCLE_TYPES: Final = ("DefaultFromCustomer", "DefaultFromCustomer", "ChargeTriggerDay", "SubscriptionStartDay",
                      "TermStartDay", "TermEndDay", "SpecificDayofMonth")  # fmt: skip
BASES: Final[Mapping[tuple[str, ...], Sequence[str]]] = {
    MONTHS: ("Per_Billing_Period", "Per_Month", "Per_Year", "Per_Specific_Months"),
    WEEKS: ("Per_Billing_Period", "Per_Week"),
    TERM: ("Per_Billing_Period", "Per_Month", "Per_Year", "Per_Specific_Months", "Per_Week"),
}
MODELS: Final = ("FlatFee", "PerUnit", "PerUnit", "Tiered", "Volume", "Overage", "TieredWithOverage")
PARTIAL: Final = ((True, True), (True, True), (False, True), (False, False))
"""Partial month and partial period; a partial month without a partial period is no rule of Zuora's."""

_CUTS: Final = (1, 1, 15, 28, 29, 30, 31)
_FIRST, _LAST = date(2019, 1, 1).toordinal(), date(2030, 12, 31).toordinal()
_NO_DAY: Final = 31
"""A term of nothing but a 31st is no time at all where every month has 30 days: it has no price per month."""
_LONGEST: Final = {MONTHS: 1200, WEEKS: 200, TERM: 1200}


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a charge after it was billed.

    Attributes:
        through: Last day up to which it was billed before.
        on: First day with it.
        quantity: Units from then on; None where the charge ends.
    """

    through: date
    on: date
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Case:
    """A charge, and what it is billed by.

    Attributes:
        term: First day of the subscription, and the first day after it.
        start: First day of the charge.
        end: First day after it.
        steps: From which days on it has how many units; the first is `start`.
        fields: Its attributes, by the names of the Orders API.
        tiers: Its price tiers, as the store of the tenant has them.
        account_day: Bill cycle day of the account.
        rules: Billing rules that are not the default, by the names of the Settings API.
        mode: How the currency is rounded.
        increment: Its smallest step.
        change: What becomes of it later.
    """

    term: tuple[date, date]
    start: date
    end: date
    steps: tuple[tuple[date, Decimal], ...]
    fields: Fields
    tiers: tuple[Fields, ...]
    account_day: int = 1
    rules: Fields = field(default_factory=dict)
    mode: str = "HalfUp"
    increment: str = "0.01"
    change: Change | None = None

    @property
    def model(self) -> str:
        """Its charge model."""
        return str(self.fields["chargeModel"])


def random_case(random: Random) -> Case:
    """Return a case, the same for the same state of the generator."""
    kind = random.choice((MONTHS, MONTHS, MONTHS, WEEKS, TERM))
    start = _day(random)
    length = random.randint(1, random.choice((45, 400, _LONGEST[kind])))
    if kind is TERM and start.day == _NO_DAY:
        length += 1
    end = start + timedelta(length)
    term = start - timedelta(_outside(random)), end + timedelta(_outside(random))
    model = random.choice(MODELS)
    steps = tuple((day, _quantity(random)) for day in _days(random, start, length))
    period = random.choice(kind)
    fields = _fields(random, kind, period, model)
    changes = len(steps) == 1 and fields["prorationOption"] != "ChargeFullPeriod" and random.random() < 0.3
    change = _change(random, start, length, steps[0][1]) if changes else None
    return Case(
        term, start, end, steps, fields, _tiers(random, model), _cycle_day(random), _rules(random),
        random.choice(("HalfUp", "HalfUp", "Up", "Down")), random.choice(("0.01", "0.01", "0.05", "1", "0.001")),
        change,
    )  # fmt: skip


def _day(random: Random) -> date:
    """Return a day; often the first or one of the last of a month, where rules about months break."""
    day = date.fromordinal(random.randint(_FIRST, _LAST))
    if random.random() < 0.3:
        return day.replace(day=1)
    if random.random() < 0.3:
        return day.replace(day=1) - timedelta(random.randint(1, 4))
    return day


def _outside(random: Random) -> int:
    """Return how many days a subscription begins before its charge, or ends after it."""
    return 0 if random.random() < 0.6 else random.randint(1, 500)


def _days(random: Random, start: date, length: int) -> list[date]:
    """Return the days on which segments begin."""
    many = min(random.choice((0, 0, 0, 1, 2)), length - 1)
    return [start, *(start + timedelta(day) for day in sorted(random.sample(range(1, length), many)))]


def _quantity(random: Random) -> Decimal:
    return Decimal(random.choice((1, 3, 10, random.randint(1, 5000))))


def _cycle_day(random: Random) -> int:
    return random.choice((*_CUTS, random.randint(1, 31)))


def _fields(random: Random, kind: tuple[str, ...], period: str, model: str) -> dict[str, Any]:
    base = random.choice(BASES[kind])
    found: dict[str, Any] = {
        "chargeModel": model,
        "billingPeriod": period,
        "listPriceBase": base,
        "billingPeriodAlignment": random.choice(ALIGNMENTS),
        "prorationOption": random.choice(OPTIONS if kind is not TERM else OPTIONS[:-1]),
        "billCycleType": random.choice(CYCLE_TYPES),
    }
    if period.startswith("Specific"):
        found["specificBillingPeriod"] = random.randint(1, 9)
    if base == "Per_Specific_Months":
        found["specificListPriceBase"] = random.randint(1, 120)
    if kind is WEEKS:
        found |= {"billCycleType": "SpecificDayofWeek", "weeklyBillCycleDay": random.choice(WEEKDAYS)}
    if found["billCycleType"] == "SpecificDayofMonth":
        found["billCycleDay"] = _cycle_day(random)
    return found


def _tiers(random: Random, model: str) -> tuple[Fields, ...]:
    if model in ("FlatFee", "PerUnit"):
        return ({"price": _price(random)},)
    if model == "Overage":
        return ({"includedUnits": Decimal(random.randint(0, 100)), "overagePrice": _price(random)},)
    ends: list[Decimal | None] = [Decimal(one) for one in sorted(random.sample(range(1, 3000), random.randint(1, 3)))]
    if model == "TieredWithOverage":
        over = _price(random)
        return tuple(_tier(random, end) | {"overagePrice": over} for end in ends)
    return tuple(_tier(random, end) for end in [*ends, None])


def _tier(random: Random, end: Decimal | None) -> dict[str, Any]:
    form = random.choice((None, "PerUnit", "FlatFee"))
    return {"endingUnit": end, "price": _price(random), "priceFormat": form}


def _price(random: Random) -> Decimal:
    """Return a price; some have more decimals than a currency."""
    return Decimal(random.randint(0, 10 ** random.choice((3, 5, 8)))).scaleb(-random.choice((0, 2, 2, 2, 4, 9)))


def _rules(random: Random) -> dict[str, Any]:
    month, whole = random.choice(PARTIAL)
    return {
        "prorateRecurringMonthlyCharges": month,
        "proratePeriodOfRecurringCharge": whole,
        "prorateRecurringWeeklyCharges": random.random() < 0.7,
        "daysInMonth": random.choice(("UseActualDays", "UseActualDays", "Assume30Days", "Assume30DaysStrict")),
        "prorationUnit": random.choice(("ProrateByMonthFirst", "ProrateByDay")),
        "creditBasis": random.choice(("TotalBillingPeriodMinusCharged", "EffectiveDateToPeriodEnd")),
    }


def _change(random: Random, start: date, length: int, before: Decimal) -> Change | None:
    """Return a change of a charge; one to the same quantity is none."""
    quantity = None if random.random() < 0.5 else _quantity(random)
    if length < 2 or quantity == before:
        return None
    on = start + timedelta(random.randint(1, length - 1))
    return Change(start + timedelta(random.randint(0, length)), on, quantity)
