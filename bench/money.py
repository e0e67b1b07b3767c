"""What reconciling costs: lines per second and peak memory at a million lines, beside the code for one line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from rich.table import Table

from bench.memory import peak
from cpqbridge.money.columns.amounts import amount_of
from cpqbridge.money.columns.calendar import Ints, cut, month_of, months_later
from cpqbridge.money.columns.lines import ACTUAL, BY_DAY, MONTH_FIRST, MONTH_LENGTHS, Lines
from cpqbridge.money.columns.many import explain_many
from cpqbridge.money.columns.pack import pack
from cpqbridge.money.columns.precision import PRECISIONS, charged_months
from cpqbridge.money.columns.quotes import UNKNOWN, Quotes
from cpqbridge.money.columns.reconcile import reconcile_columns
from cpqbridge.money.columns.scalar import charge_of, explained_row, quoted_of, row_of
from cpqbridge.money.columns.steps import CAUSES
from cpqbridge.money.reconciliation.terms import Charge
from cpqbridge.money.reconciliation.waterfall import Quoted, explain

LINES = 1_000_000
SAMPLE = 2_000
"""Lines that the code for one line is measured with."""

RECORDS = 20_000
"""Lines that are put into columns from records."""

CENTS = 100


def money_table() -> Table:
    """Return how fast lines are reconciled, and in how much memory."""
    done = subprocess.run([sys.executable, "-m", "bench.money"], capture_output=True, check=True, text=True)
    measured = json.loads(done.stdout)
    table = Table("measure", "value", "goal", title=f"Reconciling {LINES:,} lines, one processor core")
    table.add_row("lines per second", f"{measured['rate']:,.0f}", "≥ 200,000")
    table.add_row("peak memory, process, with all columns", f"{measured['peak_mib']:.0f} MiB", "< 1,024 MiB")
    table.add_row("lines put into columns per second, from records", f"{measured['packed']:,.0f}", "≥ 100,000")
    table.add_row("lines reconciled per second, from records to causes", f"{measured['explained']:,.0f}", "")
    table.add_row("lines that differ", f"{measured['different']:.1%}", "")
    table.add_row("lines computed one by one", f"{measured['scalar']:,}", "")
    table.add_row("times the code for one line", f"{measured['ratio']:.0f}", "")
    table.add_row("same causes and amounts as the code for one line", f"{measured['same']:,} of {SAMPLE:,}", "all")
    return table


def measure() -> dict[str, float]:
    """Reconcile all lines, and a sample of them one by one."""
    quotes, lines = made(LINES)
    started = time.process_time()
    different = scalar = 0
    for one in reconcile_columns(quotes, lines):
        different += int(np.count_nonzero(one.difference))
        scalar += one.scalar
    seconds = time.process_time() - started
    most = peak()
    every = range(RECORDS)
    pairs = [(quoted_of(quotes, row, line), charge_of(line)) for row in every for line in (row_of(lines, row),)]
    started = time.process_time()
    pack(pairs)
    packed = time.process_time()
    explained = sum(1 for _ in explain_many((quoted, charge, None) for quoted, charge in pairs))
    ended = time.process_time()
    alone, same = _one_by_one(pairs[:SAMPLE], quotes, lines)
    return {
        "packed": RECORDS / (packed - started),
        "explained": explained / (ended - packed),
        "rate": LINES / seconds,
        "peak_mib": most,
        "different": different / LINES,
        "scalar": scalar,
        "ratio": alone / (seconds / LINES),
        "same": same,
    }


def _one_by_one(pairs: Sequence[tuple[Quoted, Charge]], quotes: Quotes, lines: Lines) -> tuple[float, int]:
    """Return the seconds that a line takes by itself, and how many of the sample have the same parts in columns."""
    started = time.process_time()
    for quoted, charge in pairs:
        explain([quoted], charge)
    seconds = time.process_time() - started
    [some] = reconcile_columns(quotes.chunk(slice(0, SAMPLE)), lines.chunk(slice(0, SAMPLE)))
    same = 0
    for row in range(SAMPLE):
        parts = {part.cause: int(part.amount * CENTS) for part in explained_row(quotes, lines, row).parts}
        same += parts == {cause: int(some.part(cause)[row]) for cause in CAUSES if some.part(cause)[row]}
    return seconds / SAMPLE, same


def made(count: int) -> tuple[Quotes, Lines]:
    """Return lines as a billing department has them: most of a year, some co-termed, some billed in another way."""
    random = np.random.default_rng(7)

    def pick(values: dict[int, float]) -> Ints:
        return random.choice(np.array(list(values)), count, p=list(values.values()))

    days = random.integers(18_993, 20_819, count)
    start = np.where(random.random(count) < 0.5, cut(month_of(days), np.ones_like(days)), days)
    end = months_later(start, pick({12: 0.6, 24: 0.1, 36: 0.15, 7: 0.05, 1: 0.1}))
    end -= np.where(random.random(count) < 0.15, random.integers(0, 28, count), 0)
    ones = np.ones(count, np.int64)
    price = random.integers(100, 10_000_00, count)
    lines = Lines(
        start=start,
        end=end,
        origin=start,
        anchor=start - pick({0: 0.9, 100: 0.1}),
        kind=ones * 0,
        months=pick({1: 0.5, 3: 0.15, 6: 0.05, 12: 0.3}),
        cycle_day=np.where(random.random(count) < 0.8, 1, random.integers(1, 32, count)),
        term_start=start,
        term_end=end,
        month_length=pick({ACTUAL: 0.9, **{n: 0.05 for n in range(len(MONTH_LENGTHS)) if n != ACTUAL}}),
        unit=pick({MONTH_FIRST: 0.8, BY_DAY: 0.2}),
        partial_month=ones,
        partial_period=ones,
        full_period=ones * 0,
        own_end=ones,
        price=price,
        price_scale=ones * CENTS,
        price_months=pick({1: 0.5, 12: 0.5}),
        quantity=random.integers(1, 500, count),
        quantity_scale=ones,
        minor=ones * CENTS,
        increment=ones,
        mode=ones * 0,
    )
    return _sold(random, lines), lines


def _sold(random: np.random.Generator, lines: Lines) -> Quotes:
    """Return what was sold: mostly what is billed, one line in fifty with another quantity, price or day."""
    count = len(lines)
    quantity = lines.quantity + (random.random(count) < 0.02)
    price = lines.price + (random.random(count) < 0.02) * 500
    start = lines.start - (random.random(count) < 0.02) * 9
    precision = random.choice(len(PRECISIONS), count, p=[0.05, 0.05, 0.05, 0.85])
    sold = replace(lines, price=price, quantity=quantity)
    amount, _ = amount_of(sold, charged_months(precision, start, lines.end))
    unknown = np.full(count, UNKNOWN)
    return Quotes(amount, start, lines.end, quantity, price, lines.price_months, unknown, unknown)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure()))
