"""Orders that Zuora has already stay as they are, whatever the tenant's billing rules have become since."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest

from cpqbridge.money.billing.rules import BillingRules, DaysInMonth, ProrationUnit
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.proof.orders import FLAT, MONTH_FIRST, codes, planned, pricing, seat, sent, tenant

ODD = {"start": "2026-01-15", "end": "2026-02-28"}
BY_DAY = BillingRules(proration_unit=ProrationUnit.DAY)


def odd(net: str = "48.00") -> dict[str, Any]:
    return seat(1, net, year="372", **ODD)


def later(state: ZuoraState, day: int | None = None, rules: BillingRules | None = None) -> ZuoraState:
    """The same tenant with another bill cycle day or other rules."""
    rows = {key: {**row, "BillCycleDay": day or row["BillCycleDay"]} for key, row in state.accounts.items()}
    return replace(state, accounts=rows, rules=rules or state.rules)


SINCE: dict[str, dict[str, Any]] = {
    "nothing": {},
    "the day": {"day": 9},
    "the days of a month": {"rules": replace(MONTH_FIRST, days_in_month=DaysInMonth.THIRTY)},
    "partial months": {"rules": replace(MONTH_FIRST, partial_month=False)},
    "the unit": {"rules": BY_DAY},
    "everything": {"day": 31, "rules": BillingRules(days_in_month=DaysInMonth.THIRTY_STRICT, partial_month=False)},
}


@pytest.mark.parametrize("since", SINCE)
@pytest.mark.parametrize("day", [1, 15])
@pytest.mark.parametrize("period", ["Month", "Quarter"])
def test_a_repeat_is_unchanged(day: int, period: str, since: str) -> None:
    state = tenant(day=day, period=period)
    first = planned(odd(), state=state)
    assert pricing(first)["listPriceBase"] == "Per_Billing_Period"
    again = planned(odd(), state=later(sent(first, state), **SINCE[since]))
    assert (again.stop, again.problems) == (Outcome.UNCHANGED, ())
    assert again.proofs == ()


def test_a_repeat_whose_price_was_the_vendors_is_unchanged() -> None:
    state = tenant()
    first = planned(state=state)
    again = planned(state=later(sent(first, state), 15, BY_DAY))
    assert again.stop is Outcome.UNCHANGED


def test_order_numbers_with_a_hyphen_are_found_again() -> None:
    state, number = tenant(day=15), {"OrderNumber": "ORD-0001"}
    first = planned(odd(), state=state, order=number)
    again = planned(odd(), state=later(sent(first, state), 9), order=number)
    assert again.stop is Outcome.UNCHANGED


@pytest.mark.parametrize("net", ["47.00", "48.01", "53.00", "96.00"])
def test_a_price_that_has_changed_in_salesforce_is_noticed(net: str) -> None:
    state = tenant(day=15)
    first = planned(odd(), state=state)
    again = planned(odd(net), state=sent(first, state))
    assert codes(again) == ["CPQ-416"]


def test_an_order_line_item_is_not_proved_again() -> None:
    state = tenant(kind="OneTime", period=None)
    item = r.asset_item(Quantity=Decimal(3), UnitPrice=Decimal("33.33"))
    again = planned(item, state=sent(planned(item, state=state), state))
    assert (again.stop, again.proofs) == (Outcome.UNCHANGED, ())


def test_what_was_sent_at_a_difference_is_unchanged_too() -> None:
    """Sent with a report; now amounts are held."""
    state = tenant(model=FLAT, day=15)
    first = planned(odd(), state=state, amount_proof="report", pricing_mode="vendor")
    assert first.stop is None
    assert planned(odd(), state=sent(first, state), pricing_mode="vendor").stop is Outcome.UNCHANGED


def test_looking_for_the_price_that_was_sent_does_not_take_long() -> None:
    """Every rule and every day of the month are tried where nothing fits, which is when the order is held."""
    state = tenant(day=15)
    first = planned(odd(), state=state)
    begun = perf_counter()
    assert codes(planned(odd("48.01"), state=sent(first, state))) == ["CPQ-416"]
    assert perf_counter() - begun < 2
