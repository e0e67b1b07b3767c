"""Random lines for the tests of columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from cpqbridge.money.columns.calendar import date_of, day_number
from cpqbridge.money.columns.lines import COLUMNS, NO_CHARGE, OF_MONTHS, OF_TERM, OF_WEEKS, Lines
from cpqbridge.money.columns.quotes import QUOTE_COLUMNS, UNKNOWN, Quotes
from cpqbridge.money.columns.scalar import Row
from cpqbridge.money.cpq.precision import Precision, exact_months

days = st.dates(date(2015, 1, 1), date(2035, 12, 31)).map(day_number)


@st.composite
def rows(draw: st.DrawFn, most: int = 10**10) -> Row:
    """Draw a line.

    Args:
        draw: Draws.
        most: The largest price.
    """
    start = draw(days)
    end = start + draw(st.one_of(st.integers(0, 1500), st.sampled_from([0, 30, 31, 365, 366])))
    kind = draw(st.sampled_from([OF_MONTHS] * 8 + [OF_WEEKS, OF_TERM]))
    partial_period = draw(st.booleans())
    partial_month = partial_period and draw(st.booleans())
    return {
        "start": start,
        "end": end,
        "origin": start - draw(st.sampled_from([0, 0, 0, 3, 90])),
        "anchor": start + draw(st.sampled_from([0, 0, -17, -200, 31, 800])),
        "kind": kind,
        "months": draw(st.sampled_from([1, 3, 6, 7, 12, 24, 60])) if kind != OF_TERM else 0,
        "cycle_day": draw(st.integers(0, 6) if kind == OF_WEEKS else st.integers(1, 31)),
        "term_start": start - draw(st.integers(0, 40)),
        "term_end": end + draw(st.integers(1, 40)),
        "month_length": draw(st.integers(0, 2)),
        "unit": draw(st.integers(0, 1)),
        "partial_month": int(partial_month),
        "partial_period": int(partial_period),
        "full_period": int(kind != OF_TERM and draw(st.integers(0, 9)) == 0),
        "own_end": draw(st.integers(0, 1)),
        **draw(prices(most)),
    }


@st.composite
def prices(draw: st.DrawFn, most: int) -> Row:
    """Draw what a line costs; now and then so much that it does not fit into columns."""
    minor = draw(st.sampled_from([1, 100, 1000]))
    most = draw(st.sampled_from([10**4, 10**7, most]))
    return {
        "price": draw(st.integers(-most, most)),
        "price_scale": minor * draw(st.sampled_from([1, 100, 10**7])),
        "price_months": draw(st.sampled_from([1, 3, 7, 12, 60])),
        "quantity": draw(st.integers(-1000, 1_000_000)),
        "quantity_scale": draw(st.sampled_from([1, 100])),
        "minor": minor,
        "increment": draw(st.sampled_from([1, 5, 100])),
        "mode": draw(st.integers(0, 2)),
    }


def columns(some: Sequence[Row]) -> Lines:
    """Return rows as columns."""
    return Lines(**{name: np.array([row[name] for row in some], np.int64) for name in COLUMNS})


def quote_of(draw: st.DrawFn, row: Row) -> Row:
    """Draw what CPQ sold of a line: mostly the same, with a few differences."""
    differs = draw(st.sets(st.sampled_from(["days", "quantity", "price", "term", "unpriced"]), max_size=3))
    start, end = row["start"], max(row["end"], row["start"] + 1)
    if "days" in differs:
        start += draw(st.integers(-40, 40))
        end = start + draw(st.integers(1, 800))
    quantity = (draw(st.integers(-50, 1000)) if "quantity" in differs else row["quantity"]) or 1
    price = draw(st.sampled_from([0, 1, -3])) + row["price"] if "price" in differs else row["price"]
    term = draw(st.sampled_from([1, 12, 36])) if "term" in differs else row["price_months"]
    months = exact_months(draw(st.sampled_from(Precision)), date_of(start), date_of(end - 1))
    scale = row["price_scale"] * row["quantity_scale"]
    unit = round(Fraction(price * row["minor"], term * row["price_scale"]) * months)
    exact = Fraction(price * quantity * row["minor"], term * scale) * months
    amount = unit * quantity // row["quantity_scale"] if draw(st.booleans()) else round(exact)
    listed = draw(st.sampled_from([UNKNOWN, row["price"], price, price + 100]))
    return {
        "amount": amount + draw(st.sampled_from([0, 0, 0, 1, 977])),
        "start": start,
        "end": end,
        "quantity": quantity,
        "unprorated": UNKNOWN if "unpriced" in differs else price,
        "default_term": term,
        "listed": listed,
        "net": draw(st.sampled_from([UNKNOWN, row["price"], price])),
    }


@st.composite
def sold_rows(draw: st.DrawFn) -> tuple[Row, Row]:
    """Draw what CPQ sold, and the line that Zuora bills of it."""
    row = draw(rows())
    quote = quote_of(draw, row)
    if draw(st.integers(0, 19)) == 0:
        row["kind"] = NO_CHARGE
    return quote, row


def quote_columns(some: Sequence[Row]) -> Quotes:
    """Return rows as columns."""
    return Quotes(**{name: np.array([row[name] for row in some], np.int64) for name in QUOTE_COLUMNS})
