"""Compares both sides of a case, and makes one that differs smaller."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any, Final

from tests.money.agreement import connector, tenant
from tests.money.agreement.case import Case, random_case
from tests.money.agreement.items import Items

_SIMPLE_RULES: Final[dict[str, Any]] = {
    "prorateRecurringMonthlyCharges": True,
    "proratePeriodOfRecurringCharge": True,
    "prorateRecurringWeeklyCharges": True,
    "daysInMonth": "UseActualDays",
    "prorationUnit": "ProrateByMonthFirst",
    "creditBasis": "TotalBillingPeriodMinusCharged",
}
_SIMPLE_FIELDS: Final[dict[str, Any]] = {
    "prorationOption": None,
    "billingPeriodAlignment": "AlignToCharge",
    "listPriceBase": "Per_Billing_Period",
    "billCycleType": "DefaultFromCustomer",
    "billingPeriod": "Month",
}


def difference(case: Case) -> str | None:
    """Return in words how the sides of a case differ, or None."""
    try:
        ours = connector.billed(case)
        theirs = tenant.billed(case)
        proof = connector.proved(case)
    except Exception as error:  # noqa: BLE001 - a side that fails is a difference too
        return "".join(traceback.format_exception(error)[-2:])
    if ours != theirs:
        return f"connector {_words(ours)}\ntenant    {_words(theirs)}"
    if proof is not None and [proof] != theirs:
        return f"proof  {_words([proof])}\ntenant {_words(theirs)}"
    return None


def _words(runs: list[Items]) -> str:
    return " | ".join(", ".join(f"{start}..{end} {amount}" for start, end, amount in items) for items in runs)


def first_difference(seed: str, cases: int) -> Case | None:
    """Return the first of some random cases whose sides differ."""
    random = Random(seed)
    return next((case for case in (random_case(random) for _ in range(cases)) if difference(case)), None)


def smallest(case: Case) -> Case:
    """Return a case that still differs, with all that can be simple made so."""
    found: Case | None = case
    while found is not None:
        case = found
        found = next((one for one in _simpler(case) if one != case and _differs(one)), None)
    return case


def _differs(case: Case) -> bool:
    found = difference(case)
    return found is not None and "Traceback" not in found and "Error" not in found


def _simpler(case: Case) -> Iterator[Case]:
    """Yield cases that are simpler by one thing."""
    if case.change:
        yield replace(case, change=None)
    if len(case.steps) > 1:
        yield from (replace(case, steps=case.steps[:n] + case.steps[n + 1 :]) for n in range(1, len(case.steps)))
    if case.term != (case.start, case.end):
        yield replace(case, term=(case.start, case.end))
        yield replace(case, term=(case.start, case.term[1]))
        yield replace(case, term=(case.term[0], case.end))
    weekly = "weeklyBillCycleDay" in case.fields
    for name, value in () if weekly else _SIMPLE_FIELDS.items():
        yield replace(case, fields={**case.fields, name: value})
    for name, value in _SIMPLE_RULES.items():
        yield replace(case, rules={**case.rules, name: value})
    yield replace(case, mode="HalfUp")
    yield replace(case, increment="0.01")
    yield replace(case, account_day=1)
    yield replace(case, fields={**case.fields, "chargeModel": "FlatFee"}, tiers=({"price": Decimal(1000)},))
    yield from _shorter(case)


def _shorter(case: Case) -> Iterator[Case]:
    """Yield cases with fewer days."""
    last = max(case.steps[-1][0], case.change.on if case.change else case.start)
    days = (case.end - last).days
    while days > 1:
        days //= 2
        end = case.end - timedelta(days)
        term = case.term[0], max(end, case.term[1] - timedelta(days))
        yield replace(case, end=end, term=term)
    first = case.start.replace(day=1)
    if first != case.start and case.term[0] <= first:
        yield replace(case, start=first, steps=((first, case.steps[0][1]), *case.steps[1:]))
