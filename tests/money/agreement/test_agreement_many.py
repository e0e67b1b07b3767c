"""Both implementations of Zuora's arithmetic agree on thousands of random charges; `make soak` takes a million."""

from __future__ import annotations

import random
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from cpqbridge.sandbox.zuora.billing import cuts, shares
from tests.money.agreement import connector, tenant
from tests.money.agreement.case import (
    ALIGNMENTS,
    BASES,
    MODELS,
    MONTHS,
    TERM,
    WEEKS,
    Case,
    Change,
    random_case,
)
from tests.money.agreement.compare import difference, first_difference, smallest
from tests.money.agreement.soak import main, told

CASES = 1500
SEAT = {"chargeModel": "FlatFee", "billingPeriod": "Month", "listPriceBase": "Per_Billing_Period",
        "billingPeriodAlignment": "AlignToCharge", "prorationOption": None,
        "billCycleType": "DefaultFromCustomer"}  # fmt: skip
MAY, OCTOBER = date(2019, 5, 23), date(2019, 10, 1)


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_both_agree_on_the_same_charges_in_every_run(seed: str) -> None:
    found = first_difference(seed, CASES)
    assert found is None, told(smallest(found))


def test_both_agree_on_other_charges_too() -> None:
    seed = str(random.SystemRandom().randrange(1_000_000))
    sys.stdout.write(f"seed {seed}\n")
    found = first_difference(seed, CASES)
    assert found is None, told(smallest(found))


def test_everything_that_decides_an_amount_is_among_the_cases() -> None:
    cases = [random_case(generator) for generator in [Random("1")] for _ in range(CASES)]
    for name, values in {
        "billingPeriod": (*MONTHS, *WEEKS, *TERM),
        "billingPeriodAlignment": ALIGNMENTS,
        "chargeModel": MODELS,
        "listPriceBase": {base for bases in BASES.values() for base in bases},
    }.items():
        assert {case.fields[name] for case in cases} == set(values)
    assert {case.account_day for case in cases} == set(range(1, 32))
    counted = Counter(
        ("ended" if case.change.quantity is None else "changed") if case.change else len(case.steps) for case in cases
    )
    assert min(counted[kind] for kind in ("ended", "changed", 1, 2, 3)) > CASES // 50


def test_the_vendors_example() -> None:
    case = Case((MAY, OCTOBER), MAY, OCTOBER, ((MAY, Decimal(1)),), SEAT, ({"price": Decimal(1000)},))
    [items] = connector.billed(case)
    assert sum(amount for _, _, amount in items) == Decimal("4290.32")
    assert [items] == tenant.billed(case) == [connector.proved(case)]


def test_a_credit_is_among_what_is_compared() -> None:
    """1,000 a month billed to the end of August, cancelled from 16 August: 516.13 of August is given back."""
    end = Change(date(2019, 8, 31), date(2019, 8, 16), None)
    case = Case((MAY, OCTOBER), MAY, OCTOBER, ((MAY, Decimal(1)),), SEAT, ({"price": Decimal(1000)},), change=end)
    assert connector.billed(case)[1] == tenant.billed(case)[1] == [("2019-08-16", "2019-09-01", Decimal("-516.13"))]


def test_a_difference_is_found_and_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a tenant that takes a day too much for every part of a month of 30 days."""
    counted = cuts.strict_days
    monkeypatch.setattr(shares, "strict_days", lambda first, last: counted(first, last) + 1)
    found = first_difference("1", CASES)
    assert found
    small = smallest(found)
    assert difference(small)
    assert small.rules["daysInMonth"] == "Assume30DaysStrict"
    assert (small.change, len(small.steps), small.mode, small.increment) == (None, 1, "HalfUp", "0.01")
    assert "connector" in told(small)


def test_the_command_counts_what_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cases", "300", "--seed", "7", "--workers", "1"]) == 0
    said = capsys.readouterr().err
    assert "from seed 7" in said
    assert "both sides agree on all 300 charges" in said
