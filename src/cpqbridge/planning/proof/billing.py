"""How Zuora will bill a charge, read from its catalog charge, from a request body or from what Zuora holds.

Attributes of a charge have the names of the Orders API: `billCycleType`, `billingPeriod`, `listPriceBase` …
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from cpqbridge.mapping import dates
from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday
from cpqbridge.money.billing.spelling import member, plain
from cpqbridge.money.reconciliation.flow import Flow
from cpqbridge.money.reconciliation.terms import MONTHS_OF_A_WEEK, BillingTerms, Charge
from cpqbridge.money.rounding import Rounding, RoundingMode
from cpqbridge.planning.draft import Draft

Attributes = Mapping[str, Any]

_MONTHS_OF_A_YEAR = 12
_CYCLE = (
    "billingPeriod", "specificBillingPeriod", "billingPeriodAlignment", "billCycleType", "billCycleDay",
    "weeklyBillCycleDay",
)  # fmt: skip
"""What decides the billing periods of a charge."""

_WHOLE_TERM = "subscriptionterm"
_ONE = Fraction(1)
_FIXED = {"perspecificmonths": None, "permonth": 1, "peryear": _MONTHS_OF_A_YEAR}


class Unknown(Exception):
    """What Zuora will bill cannot be worked out; the message says why.

    Args:
        message: Why.
        mendable: Whether a person can give what is missing; else it is in the nature of what is sold.
    """

    def __init__(self, message: str, *, mendable: bool = False) -> None:
        super().__init__(message)
        self.mendable = mendable


@dataclass(frozen=True, slots=True)
class Life:
    """The days that decide where the billing periods of a charge begin.

    Attributes:
        start: First day of the charge.
        end: First day after it.
        subscription_start: First day of the subscription.
        term: First day of its term and first day after it.
        account_day: Bill cycle day of the account that is invoiced; None where it is not known, 0 where Zuora sets it.
    """

    start: date
    end: date
    subscription_start: date
    term: tuple[date, date]
    account_day: int | None


@dataclass(frozen=True, slots=True)
class Priced:
    """One segment of a charge: what it bills on which days; `end` is the first day after them."""

    start: date
    end: date
    quantity: Decimal | None
    price: Decimal


def charge_of(draft: Draft, attributes: Attributes, life: Life, segments: Sequence[Priced], currency: str) -> Charge:
    """Return a recurring charge as it will be billed.

    Raises:
        Unknown: Something decides the amount that is not known, or has no published rule.
    """
    try:
        cycle = cycle_of(attributes, life)
        rules = draft.rules.with_option(attributes.get("prorationOption"), None)
    except ValueError as error:
        raise Unknown(str(error).rstrip(".")) from error
    if cycle.period.whole_term:
        _check_term(life, full_period=rules.full_period)
    terms = BillingTerms(cycle, rules, rounding_of(draft, currency), life.start, life.end)
    months = months_of_price(attributes, terms)
    flows = tuple(_flow(one, months) for one in segments if one.start < one.end)
    charge = Charge(flows, terms, segments[-1].price if segments else None)
    if not draft.rules_known and any(one.has_part for one in charge.schedules):
        why = "it depends on Zuora's billing rules, which the API user may not read"
        raise Unknown(f"{why} (option billing_rules)", mendable=True)
    return charge


def _check_term(life: Life, *, full_period: bool) -> None:
    """Refuse what Zuora cannot bill once for the whole term."""
    if life.start < life.term[0] or life.end > life.term[1]:
        raise Unknown("it is billed for the whole term, and has days outside of it")
    if full_period:
        raise Unknown("it is billed for the whole term, for which ChargeFullPeriod has no meaning")


def rounding_of(draft: Draft, currency: str) -> Rounding:
    """Return how Zuora rounds a currency."""
    set_so = draft.options.rounding_of(currency)
    return _rounding(set_so.mode, set_so.increment)


@lru_cache(maxsize=64)
def _rounding(mode: str, increment: Decimal) -> Rounding:
    return Rounding(RoundingMode(mode), increment)


def _flow(segment: Priced, months: Fraction) -> Flow:
    quantity = _ONE if segment.quantity is None else Fraction(segment.quantity)
    price, over = segment.price.as_integer_ratio()
    top = price * quantity.numerator * months.denominator
    return Flow(segment.start, segment.end, quantity, Fraction(top, over * quantity.denominator * months.numerator))


def cycle_of(attributes: Attributes, life: Life) -> Cycle:
    """Return the billing periods of a charge.

    Raises:
        Unknown: The bill cycle day or the billing period is not known.
        ValueError: A value has no meaning.
    """
    return _cycle(tuple([attributes.get(name) for name in _CYCLE]), life)


@lru_cache(maxsize=1024)
def _cycle(given: tuple[Any, ...], life: Life) -> Cycle:
    attributes = dict(zip(_CYCLE, given, strict=True))
    period = _period(attributes)
    alignment = member(Alignment, attributes.get("billingPeriodAlignment") or Alignment.CHARGE, "Alignment")
    anchors = {
        Alignment.CHARGE: life.start,
        Alignment.SUBSCRIPTION_START: life.subscription_start,
        Alignment.TERM_START: life.term[0],
        Alignment.TERM_END: life.term[1],
    }
    day: int | Weekday = 1 if period.whole_term else _weekday(attributes) if period.weeks else _day(attributes, life)
    return Cycle(period, day, alignment, anchors[alignment], life.term)


def _period(attributes: Attributes) -> BillingPeriod:
    specific = attributes.get("specificBillingPeriod")
    return BillingPeriod.parse(str(attributes.get("billingPeriod") or "Month"), None if not specific else int(specific))


def _day(attributes: Attributes, life: Life) -> int:
    """Return the bill cycle day of a charge that is billed by months."""
    kind = plain(str(attributes.get("billCycleType") or "DefaultFromCustomer"))
    days = {
        "chargetriggerday": life.start.day,
        "subscriptionstartday": life.subscription_start.day,
        "termstartday": life.term[0].day,
        "termendday": life.term[1].day,
        "specificdayofmonth": attributes.get("billCycleDay"),
        "defaultfromcustomer": life.start.day if life.account_day == 0 else life.account_day,
    }
    if kind not in days:
        raise Unknown(f"the bill cycle type {attributes.get('billCycleType')} has no published rule")
    day = days[kind]
    if not day:
        raise Unknown("the bill cycle day of the account that is invoiced is not known")
    return int(day)


def _weekday(attributes: Attributes) -> Weekday:
    day = attributes.get("weeklyBillCycleDay")
    if not day:
        raise Unknown("the weekday on which the charge is billed is not known")
    return member(Weekday, str(day), "Weekday")


def months_of_price(attributes: Attributes, terms: BillingTerms) -> Fraction:
    """Return the months that the list price of a charge is for.

    Raises:
        Unknown: The list price base is not known.
    """
    base = plain(str(attributes.get("listPriceBase") or "Per_Billing_Period"))
    period = terms.cycle.period
    months: Any = _FIXED.get(base)
    if base == "perspecificmonths":
        months = attributes.get("specificListPriceBase")
    elif base == "perbillingperiod":
        months = period.weeks * MONTHS_OF_A_WEEK if period.weeks else period.months
        if period.whole_term:
            months = terms.clock(*terms.cycle.whole_term)
    elif base == "perweek":
        months = MONTHS_OF_A_WEEK
    if not months:
        raise Unknown(f"the list price base {attributes.get('listPriceBase')} has no published rule")
    return Fraction(months)


def end_of_charge(attributes: Attributes, start: date, end: date | None) -> date | None:
    """Return the first day after a charge: that of its subscription, or an earlier one by its end date condition.

    Raises:
        Unknown: It ends by a condition that cannot be followed.
    """
    condition = plain(str(attributes.get("endDateCondition") or "Subscription_End"))
    if condition == "subscriptionend":
        return end
    if condition == "specificenddate" and attributes.get("specificEndDate"):
        limit = dates.parse(attributes["specificEndDate"])
    elif condition == "fixedperiod" and attributes.get("upToPeriods"):
        limit = _after(start, int(attributes["upToPeriods"]), attributes)
    else:
        raise Unknown(f"the charge ends by {attributes.get('endDateCondition')}")
    return limit if end is None else min(limit, end)


def _after(start: date, periods: int, attributes: Attributes) -> date:
    unit = plain(str(attributes.get("upToPeriodsType") or "Billing_Periods"))
    units = {"months": 1, "years": _MONTHS_OF_A_YEAR}
    if unit in units:
        return dates.add_months(start, periods * units[unit])
    if unit in ("days", "weeks"):
        return start + dates.ONE_DAY * periods * (7 if unit == "weeks" else 1)
    period = _period(attributes)
    if not period.months:
        raise Unknown("the charge ends after billing periods that are not months")
    return dates.add_months(start, periods * period.months)


def account_day(draft: Draft, number: str) -> int | None:
    """Return the bill cycle day of an account with this number; None where it is none of those that were read."""
    days = (row.get("BillCycleDay") for row in draft.state.accounts.values() if row["AccountNumber"] == number)
    return next(days, None)


def term_of(subscription: Attributes, start: date, end: date) -> tuple[date, date]:
    """Return the first day of a subscription's term and the first day after it; others where Zuora does not say so."""
    first, after = subscription.get("termStartDate"), subscription.get("termEndDate")
    return dates.parse(first) if first else start, dates.parse(after) if after else end


def attributes_held(charge: Attributes) -> dict[str, Any]:
    """Return what decides the billing of a charge that Zuora has, by the names of the Orders API.

    Some of it is in its segments; the bill cycle is one text: `DefaultFromCustomer`, `SpecificDayofMonth(15)`,
    `SpecificDayofWeek/Monday` …
    """
    segments = charge.get("chargeSegments") or ()
    found = {**charge, **(segments[-1] if segments else {})}
    kind, _, rest = str(found.get("billingDay") or "").replace("/", "(").partition("(")
    if kind:
        day = rest.rstrip(")") or None
        of_month = int(day) if day and day.isdigit() else None
        found |= {"billCycleType": kind, "billCycleDay": of_month, "weeklyBillCycleDay": day}
    return found


def counts_from_term(attributes: Attributes) -> bool:
    """Return whether the billing periods of a charge are those of its term, so that each term has its own."""
    names = ("billingPeriodAlignment", "billCycleType", "billingPeriod")
    alignment, kind, period = (plain(str(attributes.get(name) or "")) for name in names)
    return alignment.startswith("aligntoterm") or kind.startswith("term") or period == _WHOLE_TERM
