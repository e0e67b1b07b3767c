"""Published examples, computed by columns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from cpqbridge.money.columns.amounts import billed_totals
from cpqbridge.money.columns.calendar import day_number
from cpqbridge.money.columns.lines import BY_DAY, COLUMNS, MONTH_FIRST, MONTH_LENGTHS, OF_WEEKS, Lines
from cpqbridge.money.columns.quotients import MODES
from cpqbridge.money.columns.scalar import WEEKDAYS, Row
from cpqbridge.money.rounding import RoundingMode

ACTUAL, THIRTY, STRICT = range(len(MONTH_LENGTHS))
UP = MODES.index(RoundingMode.UP)


def line(start: date, last: date, price: int, **changes: int) -> Row:
    first = day_number(start)
    usual = {
        "start": first,
        "end": day_number(last) + 1,
        "origin": first,
        "anchor": first,
        "months": 1,
        "cycle_day": 1,
        "unit": MONTH_FIRST,
        "partial_month": 1,
        "partial_period": 1,
        "own_end": 1,
        "price": price,
        "price_scale": 100,
        "price_months": 1,
        "quantity": 1,
        "quantity_scale": 1,
        "minor": 100,
        "increment": 1,
    }
    return {**dict.fromkeys(COLUMNS, 0), **usual, **changes}


JANUARY = day_number(date(2018, 1, 1))
QUARTER = (date(2018, 1, 16), date(2018, 3, 31), 100_00)
YEAR = (date(2018, 7, 14), date(2018, 12, 31), 1200_00)
RAMP = (date(2021, 1, 1), date(2023, 7, 9), 100_00)
OFFSET = {"months": 6, "cycle_day": 10}

VECTORS: dict[str, tuple[Row, str]] = {
    "ZR1 actual": (line(date(2021, 1, 27), date(2021, 1, 31), 930_00), "150.00"),
    "ZR1 thirty": (line(date(2021, 1, 27), date(2021, 1, 31), 930_00, month_length=THIRTY), "155.00"),
    "ZR1 strict": (line(date(2021, 1, 27), date(2021, 1, 31), 930_00, month_length=STRICT), "124.00"),
    "ZM1": (line(*QUARTER, months=3, anchor=JANUARY, month_length=THIRTY), "253.33"),
    "ZM2": (line(*QUARTER, months=3, anchor=JANUARY, mode=UP), "251.62"),
    "ZM2 half up": (line(*QUARTER, months=3, anchor=JANUARY), "251.61"),
    "ZP1": (line(*YEAR, months=12, anchor=JANUARY, price_months=12, month_length=THIRTY), "560.00"),
    "ZP3": (line(*YEAR, months=12, anchor=JANUARY, price_months=12, month_length=THIRTY, unit=BY_DAY), "570.00"),
    "ZX": (line(*RAMP, **OFFSET), "3029.03"),
    "ZX discount": (line(RAMP[0], RAMP[1], -20_00, **OFFSET), "-605.81"),
    "SC4Z": (line(date(2019, 5, 23), date(2019, 9, 30), 1000_00), "4290.32"),
    "ZL5": (line(date(2026, 1, 1), date(2026, 1, 31), 120_00, price_months=12), "10.00"),
    "ZW1, by the code for one line": (
        line(date(2018, 1, 1), date(2018, 2, 6), 100_00, kind=OF_WEEKS, cycle_day=WEEKDAYS.index("Wednesday")),
        "528.57",
    ),
    "no partial month": (line(date(2018, 11, 10), date(2019, 3, 20), 100_00, partial_month=0), "400.00"),
    "no partial period": (
        line(date(2018, 7, 15), date(2019, 3, 15), 100_00, months=3, partial_month=0, partial_period=0),
        "900.00",
    ),
    "increment 1, rounded up": (
        line(date(2020, 2, 11), date(2020, 2, 29), 25_00, cycle_day=11, increment=100, mode=UP),
        "17.00",
    ),
}


def test_every_example_in_one_pass() -> None:
    rows = [row for row, _ in VECTORS.values()]
    made = billed_totals(Lines(*(np.array([row[name] for row in rows], np.int64) for name in COLUMNS)))
    amounts = {name: Decimal(int(amount)) / 100 for name, amount in zip(VECTORS, made.items, strict=True)}
    assert amounts == {name: Decimal(amount) for name, (_, amount) in VECTORS.items()}
    assert made.scalar == 1


@pytest.mark.parametrize("kept", [np.int32, np.int64])
def test_columns_may_be_kept_in_fewer_bytes(kept: type[np.signedinteger]) -> None:
    row = VECTORS["SC4Z"][0]
    made = billed_totals(Lines(*(np.array([row[name]], kept) for name in COLUMNS)))
    assert made.items.tolist() == made.once.tolist() == [4290_32]
