"""`cpqbridge prorate cpq`: what Salesforce CPQ charges for a term, with the numbers of its formula filled in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import typer

from cpqbridge.cli.options import AnyConfig, AsJson
from cpqbridge.cli.output import out, print_json
from cpqbridge.cli.prorate.reading import checked, day, number, wrong
from cpqbridge.money.cpq.amounts import line_prices
from cpqbridge.money.cpq.multiplier import Multiplier, TermUnit, by_dates, by_term
from cpqbridge.money.cpq.precision import Precision, UnknownPrecisionError, precision_named
from cpqbridge.money.rounding import Rounding

_PRECISION = "Look in Salesforce: Setup, Installed Packages, Salesforce CPQ, Configure, Subscriptions and Renewals."

ListPrice = Annotated[str, typer.Option("--list-price", help="Price of one unit for the product's subscription term.")]
PrecisionName = Annotated[
    str | None,
    typer.Option("--precision", help=f"Subscription Prorate Precision of the package: {', '.join(Precision)}."),
]
Term = Annotated[
    str | None,
    typer.Option("--term", help="The product's subscription term [default: 12]", show_default=False),
]
Unit = Annotated[TermUnit, typer.Option("--term-unit", help="Subscription Term Unit of the package.")]
Start = Annotated[str | None, typer.Option("--start", help="First day, such as 2026-02-01.")]
End = Annotated[str | None, typer.Option("--end", help="Last day, counted.")]
EffectiveTerm = Annotated[
    str | None,
    typer.Option("--effective-term", help="The line's own subscription term, in place of precision, start and end."),
]
Quantity = Annotated[str, typer.Option("--quantity", help="Units sold.")]
RoundUnits = Annotated[
    bool,
    typer.Option("--round-units/--round-total", help="Round the price of a unit, as order products hold it."),
]
Increment = Annotated[str, typer.Option("--rounding-increment", help="Smallest unit of the currency.")]


def cpq(
    list_price: ListPrice,
    precision: PrecisionName = None,
    term: Term = None,
    start: Start = None,
    end: End = None,
    quantity: Quantity = "1",
    effective_term: EffectiveTerm = None,
    term_unit: Unit = TermUnit.MONTH,
    round_units: RoundUnits = False,
    rounding_increment: Increment = "0.01",
    config: AnyConfig = None,
    as_json: AsJson = False,
) -> None:
    """Compute CPQ's prorate multiplier and amount: list price times unrounded multiplier times quantity."""
    del config
    default_term = number("--term", term) if term is not None else None
    if effective_term is not None:
        _only_one_way({"--precision": precision, "--start": start, "--end": end})
        multiplier = _by_term(number("--effective-term", effective_term), default_term)
    else:
        named = _precision(precision)
        span = day("--start", _given("--start", start)), day("--end", _given("--end", end))
        multiplier = _by_dates(named, span, default_term, term_unit)
    prices = line_prices(number("--list-price", list_price), multiplier, number("--quantity", quantity))
    increment = number("--rounding-increment", rounding_increment)
    rounding = checked("--rounding-increment", lambda: Rounding(increment=increment))
    document = {
        "multiplier": str(multiplier.stored),
        "exactMultiplier": str(multiplier.exact),
        "unitPrice": str(prices.unit(rounding)),
        "amount": str(prices.total(rounding, of_units=round_units)),
        "formula": multiplier.formula,
        "amountFormula": prices.shown(rounding, of_units=round_units),
    }
    if as_json:
        print_json(document)
        return
    out.print(f"Prorate multiplier = {document['formula']}", soft_wrap=True)
    out.print(f"Prorated amount = {document['amountFormula']}", soft_wrap=True)


def _by_term(effective: Decimal, default: Decimal | None) -> Multiplier:
    return checked("--term" if effective > 0 else "--effective-term", lambda: by_term(effective, default))


def _by_dates(
    precision: Precision, span: tuple[date, date], default_term: Decimal | None, unit: TermUnit
) -> Multiplier:
    start, end = span
    return checked("--end" if end < start else "--term", lambda: by_dates(precision, start, end, default_term, unit))


def _only_one_way(given: dict[str, str | None]) -> None:
    for option, value in given.items():
        if value is not None:
            message = f"{option} says nothing where a subscription term is given: CPQ divides it by the product's"
            raise wrong(option, message, f"Leave out {option}, or --effective-term.")


def _precision(name: str | None) -> Precision:
    try:
        return precision_named(_given("--precision", name))
    except UnknownPrecisionError as error:
        raise wrong("--precision", str(error), _PRECISION) from error


def _given(option: str, value: str | None) -> str:
    if value is None:
        raise wrong(option, f"{option} is missing", "Give --precision, --start and --end, or --effective-term.")
    return value
