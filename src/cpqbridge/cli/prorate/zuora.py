"""`cpqbridge prorate zuora`: what Zuora bills for a recurring charge, with the numbers of its formula filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, NamedTuple

import typer
from rich.table import Table

from cpqbridge.cli.options import MOST, AnyConfig, AsJson
from cpqbridge.cli.output import out, print_json
from cpqbridge.cli.prorate.reading import checked, day, number, wrong
from cpqbridge.money.billing.amounts import BilledPeriod, ListPriceBase, RecurringPrice, bill
from cpqbridge.money.billing.cycle import Alignment, BillingPeriod, Cycle, Weekday
from cpqbridge.money.billing.formula import formula
from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationOption, ProrationUnit
from cpqbridge.money.billing.spelling import member
from cpqbridge.money.billing.tiers import UnitPrice
from cpqbridge.money.rounding import Rounding, RoundingMode

_DAY = timedelta(days=1)

Price = Annotated[str, typer.Option("--price", help="List price of one unit, or of all of a flat fee.")]
Base = Annotated[str, typer.Option("--list-price-base", help=f"What the price is for: {', '.join(ListPriceBase)}.")]
Months = Annotated[
    int | None,
    typer.Option("--specific-months", help="Months that the price is for, with Per_Specific_Months.", min=1, max=120),
]
Period = Annotated[
    str,
    typer.Option(
        "--billing-period",
        help="Month, Quarter, Semi_Annual, Annual, Eighteen_Months, Two_Years, Three_Years, Five_Years, "
        "Specific_Months, Week, Specific_Weeks or Subscription_Term.",
    ),
]
PeriodLength = Annotated[
    int | None,
    typer.Option(
        "--specific-billing-period", help="Months or weeks of Specific_Months or Specific_Weeks.", min=1, max=MOST
    ),
]
CycleDay = Annotated[
    str | None,
    typer.Option("--bill-cycle-day", help="1 to 31 (31: last day of the month), or a weekday for periods of weeks."),
]
AlignTo = Annotated[str, typer.Option("--alignment", help=f"Billing period alignment: {', '.join(Alignment)}.")]
SubscriptionStart = Annotated[
    str | None,
    typer.Option("--subscription-start", help="First day of the subscription; of its term too, if not given."),
]
TermStart = Annotated[str | None, typer.Option("--term-start", help="First day of the current term.")]
TermEnd = Annotated[str | None, typer.Option("--term-end", help="Last day of the current term.")]
Start = Annotated[str, typer.Option("--start", help="First day of the charge, such as 2026-02-01.")]
End = Annotated[str | None, typer.Option("--end", help="Last day of the charge.")]
Target = Annotated[
    str | None,
    typer.Option("--target-date", help="Bill in advance up to this day only: periods that begin on it or before."),
]
Days = Annotated[str, typer.Option("--days-in-month", help=f"Length of a month: {', '.join(DaysInMonth)}.")]
Unit = Annotated[
    str,
    typer.Option("--proration-unit", help=f"For periods longer than a month: {', '.join(ProrationUnit)}."),
]
PartialMonth = Annotated[str, typer.Option("--partial-month", help="Bill partial months: true or false.")]
PartialWeek = Annotated[str, typer.Option("--partial-week", help="Bill partial weeks: true or false.")]
PartialPeriod = Annotated[str, typer.Option("--partial-period", help="Prorate partial periods: true or false.")]
Option = Annotated[
    str | None,
    typer.Option(
        "--proration-option",
        help=f"The charge's own: {', '.join(one for one in ProrationOption if one is not ProrationOption.CUSTOM)}.",
    ),
]
Mode = Annotated[str, typer.Option("--rounding", help=f"Rounding of the currency: {', '.join(RoundingMode)}.")]
Increment = Annotated[str, typer.Option("--rounding-increment", help="Smallest unit of the currency.")]
Quantity = Annotated[str, typer.Option("--quantity", help="Units.")]


def zuora(
    price: Price,
    billing_period: Period,
    start: Start,
    list_price_base: Base = ListPriceBase.PER_BILLING_PERIOD,
    specific_months: Months = None,
    specific_billing_period: PeriodLength = None,
    bill_cycle_day: CycleDay = None,
    alignment: AlignTo = Alignment.CHARGE,
    subscription_start: SubscriptionStart = None,
    term_start: TermStart = None,
    term_end: TermEnd = None,
    end: End = None,
    target_date: Target = None,
    days_in_month: Days = DaysInMonth.ACTUAL,
    proration_unit: Unit = ProrationUnit.DAY,
    partial_month: PartialMonth = "true",
    partial_week: PartialWeek = "true",
    partial_period: PartialPeriod = "true",
    proration_option: Option = None,
    rounding: Mode = RoundingMode.HALF_UP,
    rounding_increment: Increment = "0.01",
    quantity: Quantity = "1",
    config: AnyConfig = None,
    as_json: AsJson = False,
) -> None:
    """Compute what Zuora bills for a recurring charge, period by period. All days are inclusive."""
    del config
    span = _span(start, end, target_date)
    period = checked("--billing-period", lambda: BillingPeriod.parse(billing_period, specific_billing_period))
    terms = _Terms(span, _day("--subscription-start", subscription_start), _day("--term-start", term_start), term_end)
    cycle = _cycle(period, bill_cycle_day, alignment, terms)
    base = checked("--list-price-base", lambda: member(ListPriceBase, list_price_base, "List price base"))
    unit = UnitPrice(price=number("--price", price))
    listed = checked("--specific-months", lambda: RecurringPrice(unit, base, specific_months))
    given = (partial_month, partial_week, partial_period, days_in_month, proration_unit)
    rules = _rules(dict(zip(_RULES, given, strict=True)), proration_option)
    money = _rounding(rounding, rounding_increment)
    units = number("--quantity", quantity)
    rate = checked("--list-price-base", lambda: listed.rate(units, cycle, rules))
    items = checked("--start", lambda: bill(*span[:2], units, listed, cycle, rules, money, through=span[2]))
    _show(items, formula(rate, [item.period for item in items]), money, as_json=as_json)


Span = tuple[date, date | None, date | None]
"""First day, first day after the last one, and target date."""


class _Terms(NamedTuple):
    """The days that billing periods may be counted from."""

    span: Span
    subscription_start: date | None
    term_start: date | None
    last: str | None

    @property
    def end(self) -> date | None:
        """First day after the term."""
        last = _day("--term-end", self.last)
        return last + _DAY if last else None

    def term(self, period: BillingPeriod) -> tuple[date, date | None]:
        """Return the term; one that is billed as a whole is the charge's own time if it is not given."""
        start = self.term_start or self.subscription_start or self.span[0]
        end = self.end or (self.span[1] if period.whole_term else None)
        if end is not None and end <= start:
            raise wrong("--term-end", f"The term ends on {end - _DAY}, before its start {start}")
        return start, end

    def anchor(self, alignment: Alignment) -> date:
        """Return the day that an alignment names."""
        match alignment:
            case Alignment.CHARGE:
                return self.span[0]
            case Alignment.SUBSCRIPTION_START:
                return _given("--subscription-start", self.subscription_start, alignment)
            case Alignment.TERM_START:
                return _given("--term-start", self.term_start or self.subscription_start, alignment)
            case Alignment.TERM_END:
                return _given("--term-end", self.end, alignment)


def _given(option: str, value: date | None, alignment: Alignment) -> date:
    if value is None:
        raise wrong(option, f"{option} is missing", f"Give it: {alignment} counts billing periods from that day.")
    return value


def _day(option: str, text: str | None) -> date | None:
    return None if text is None else day(option, text)


def _span(start: str, end: str | None, target: str | None) -> Span:
    first, last, through = day("--start", start), _day("--end", end), _day("--target-date", target)
    if last is None and through is None:
        raise wrong("--end", "--end is missing", "Give --end, or --target-date for a charge without end.")
    if last is not None and last < first:
        raise wrong("--end", f"{last} is before the start {first}")
    return first, last + _DAY if last else None, through


def _cycle(period: BillingPeriod, cycle_day: str | None, alignment: str, terms: _Terms) -> Cycle:
    aligned = checked("--alignment", lambda: member(Alignment, alignment, "Alignment"))
    anchor, term = terms.anchor(aligned), terms.term(period)
    if cycle_day is None and not period.whole_term:
        raise wrong("--bill-cycle-day", "--bill-cycle-day is missing", "Give a day of the month, or a weekday.")
    cut = _cycle_day(cycle_day or "1")
    option = "--term-end" if period.whole_term else "--bill-cycle-day"
    return checked(option, lambda: Cycle(period, cut, aligned, anchor, term))


def _cycle_day(text: str) -> int | Weekday:
    if text.isdecimal():
        return int(text)
    return checked("--bill-cycle-day", lambda: member(Weekday, text, "Bill cycle day"))


_RULES = {
    "--partial-month": "prorateRecurringMonthlyCharges",
    "--partial-week": "prorateRecurringWeeklyCharges",
    "--partial-period": "proratePeriodOfRecurringCharge",
    "--days-in-month": "daysInMonth",
    "--proration-unit": "prorationUnit",
}
"""The billing rule that each option sets."""


def _rules(given: Mapping[str, str], option: str | None) -> BillingRules:
    document = {rule: given[name] for name, rule in _RULES.items()}
    try:
        rules = BillingRules.from_settings(document)
    except ValueError as error:
        named = [name for name, rule in _RULES.items() if rule in str(error)]
        raise wrong(named[0] if len(named) == 1 else "--partial-period", str(error)) from error
    return checked("--proration-option", lambda: rules.with_option(option))


def _rounding(mode: str, increment: str) -> Rounding:
    chosen = checked("--rounding", lambda: member(RoundingMode, mode, "Rounding"))
    step = number("--rounding-increment", increment)
    return checked("--rounding-increment", lambda: Rounding(chosen, step))


def _show(items: Sequence[BilledPeriod], whole: str, rounding: Rounding, *, as_json: bool) -> None:
    total = sum((item.amount for item in items), rounding.round(Decimal(0)))
    if as_json:
        print_json({"total": str(total), "formula": whole, "periods": [_row(item) for item in items]})
        return
    table = Table("first day", "last day", "kind", "formula", box=None)
    table.add_column("amount", justify="right")
    for item in items:
        row = _row(item)
        table.add_row(row["start"], row["end"], row["kind"], row["formula"], row["amount"])
    out.print(table)
    out.print(_total(items, total, whole, rounding), soft_wrap=True)


def _total(items: Sequence[BilledPeriod], total: Decimal, whole: str, rounding: Rounding) -> str:
    """Return the last line; where the items were rounded apart from the whole, it says so."""
    if not items:
        return f"Nothing is billed: {total}"
    once = rounding.round(sum((item.exact for item in items), Fraction(0)))
    return f"Total = {whole} = {total}" if once == total else f"Total = {total}; rounded once, {whole} = {once}"


def _row(item: BilledPeriod) -> dict[str, str]:
    return {
        "start": item.start.isoformat(),
        "end": (item.end - _DAY).isoformat(),
        "amount": str(item.amount),
        "kind": item.kind.value,
        "formula": item.formula,
    }
