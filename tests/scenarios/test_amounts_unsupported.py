"""The vendor's page of differences, the rows that do not match: held with the cause, or sent where it is allowed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.money.reconciliation.causes import CAUSES, Cause
from cpqbridge.values import Outcome
from tests.scenarios.deal import DAY, TERMS, Deal
from tests.scenarios.scene import Scene

VENDOR = {"pricing_mode": "vendor"}
TEN_DAYS_LATER = {"CompanyAuthorizedDate": "2026-05-23", "CustomerAuthorizedDate": "2026-06-02"}
MONTH_OFF: dict[str, Any] = {"prorateRecurringMonthlyCharges": False}
BOTH_OFF = {**MONTH_OFF, "proratePeriodOfRecurringCharge": False}

Setting = Callable[[Deal], object]


@dataclass(frozen=True)
class Row:
    """A row that does not match.

    Attributes:
        cause: What the difference comes from.
        setting: Makes it so.
        periods: Billing periods that it is about.
        mendable: Whether another price is chosen; not where other days are billed than were sold.
        precision: CPQ's.
        options: Of the connector.
        order: Fields of the order.
        term: What is sold, of `TERMS`.
    """

    cause: Cause
    setting: Setting
    periods: tuple[str, ...] = ("Month", "Annual")
    mendable: bool = True
    precision: str = "Calendar Monthly + Daily"
    options: tuple[tuple[str, Any], ...] = ()
    order: tuple[tuple[str, Any], ...] = ()
    term: str = "incomplete beginning and end"


def by_day(deal: Deal, alignment: str) -> None:
    """Prorate by day, which makes a difference between alignments."""
    deal.catalog(billingPeriodAlignment=alignment)
    deal.rules(prorationUnit="ProrateByDay")


ROWS = {
    "the trigger condition is the customer acceptance": Row(
        Cause.TRIGGER_DATES,
        lambda deal: deal.catalog(triggerEvent="CustomerAcceptance"),
        mendable=False,
        options=(("trigger_dates_on_orders", True),),
        order=tuple(TEN_DAYS_LATER.items()),
    ),
    "the account is billed on the 15th": Row(Cause.BILL_CYCLE_DAY, lambda deal: deal.account_day(15)),
    "the account is billed on the 10th": Row(Cause.BILL_CYCLE_DAY, lambda deal: deal.account_day(10)),
    "the bill cycle day is the trigger day": Row(
        Cause.BILL_CYCLE_DAY, lambda deal: deal.catalog(billCycleType="ChargeTriggerDay")
    ),
    "the bill cycle day is another day of the month": Row(
        Cause.BILL_CYCLE_DAY, lambda deal: deal.catalog(billCycleType="SpecificDayofMonth", billCycleDay=20)
    ),
    "months have 30 days": Row(Cause.DAYS_IN_MONTH, lambda deal: deal.rules(daysInMonth="Assume30Days")),
    "all months have 30 days": Row(Cause.DAYS_IN_MONTH, lambda deal: deal.rules(daysInMonth="Assume30DaysStrict")),
    "longer periods are prorated by day": Row(
        Cause.PRORATION_UNIT,
        lambda deal: deal.rules(prorationUnit="ProrateByDay"),
        periods=("Quarter", "Semi_Annual"),
    ),
    "parts of months are not prorated": Row(Cause.PARTIAL_PERIODS, lambda deal: deal.rules(**MONTH_OFF)),
    "no parts are prorated": Row(Cause.PARTIAL_PERIODS, lambda deal: deal.rules(**BOTH_OFF)),
    "periods are aligned to the end of the term": Row(
        Cause.ALIGNMENT,
        lambda deal: by_day(deal, "AlignToTermEnd"),
        periods=("Quarter",),
        term="eleven months",
    ),
    "CPQ counts days": Row(Cause.PRORATE_PRECISION, lambda _: None, precision=DAY),
    "CPQ rounds months up": Row(Cause.PRORATE_PRECISION, lambda _: None, precision="Month"),
}
EACH = [pytest.param(name, period, id=f"{name}-{period}") for name, row in ROWS.items() for period in row.periods]


def sold(scene: Scene, name: str, period: str) -> tuple[Deal, dict[str, Any]]:
    """Sell the term of a row with the settings of a row; returns the deal and the options."""
    row = ROWS[name]
    deal = Deal(scene, period, row.precision)
    row.setting(deal)
    deal.sell(*TERMS[row.term], **dict(row.order))
    return deal, dict(row.options)


@pytest.mark.parametrize(("name", "period"), EACH)
def test_the_vendors_price_is_held_with_the_cause(scene: Scene, name: str, period: str) -> None:
    deal, options = sold(scene, name, period)
    shown = deal.held(CAUSES[ROWS[name].cause].remedy, **options, **VENDOR)
    causes = {one["cause"]: abs(Decimal(one["amount"])) for one in shown["causes"]}
    assert max(causes, key=causes.__getitem__) == ROWS[name].cause


@pytest.mark.parametrize(("name", "period"), EACH)
def test_another_price_makes_it_match_where_the_days_are_those_sold(scene: Scene, name: str, period: str) -> None:
    deal, options = sold(scene, name, period)
    if ROWS[name].mendable:
        deal.matches(scene.sync(**options))
    else:
        deal.held(CAUSES[ROWS[name].cause].remedy, **options)


@pytest.mark.parametrize("name", ROWS)
def test_a_difference_that_is_allowed_is_sent_and_shown(scene: Scene, name: str) -> None:
    deal, options = sold(scene, name, ROWS[name].periods[0])
    [result] = scene.sync(**options, **VENDOR, amount_tolerance={"USD": 500})
    [shown] = result.as_dict()["amounts"]
    assert Decimal(shown["quoted"]) == deal.quoted()
    assert Decimal(shown["billed"]) == deal.billed() != deal.quoted()
    assert ROWS[name].cause in {one["cause"] for one in shown["causes"]}


def test_a_difference_beyond_the_tolerance_is_held(scene: Scene) -> None:
    deal, options = sold(scene, "the account is billed on the 15th", "Month")
    shown = deal.held("", **options, **VENDOR, amount_tolerance={"USD": "3.45"})
    assert shown["difference"] == "-3.46"
    [result] = scene.run(**options, **VENDOR, amount_tolerance={"USD": "3.46"})
    assert result.outcome is Outcome.SYNCED


def test_a_tolerance_is_for_its_currency_alone(scene: Scene) -> None:
    deal, options = sold(scene, "the account is billed on the 15th", "Month")
    deal.held("", **options, **VENDOR, amount_tolerance={"EUR": 500})


def test_differences_that_are_only_reported_are_sent(scene: Scene) -> None:
    deal, options = sold(scene, "months have 30 days", "Month")
    [result] = scene.sync(**options, **VENDOR, amount_proof="report")
    [shown] = result.as_dict()["amounts"]
    assert (shown["difference"], shown["causes"][0]["cause"]) == ("-1.42", "days_in_month")
    assert deal.billed() == deal.quoted() - Decimal("1.42")


def test_nothing_is_looked_at_where_the_proof_is_off(scene: Scene) -> None:
    deal, options = sold(scene, "months have 30 days", "Month")
    [result] = scene.sync(**options, **VENDOR, amount_proof="off")
    assert not result.proofs
    assert deal.billed() == deal.quoted() - Decimal("1.42")


@pytest.mark.parametrize("name", ["the account is billed on the 15th", "months have 30 days"])
@pytest.mark.parametrize("change", ["increase", "cancel"])
def test_what_no_price_can_mend_later_is_held(scene: Scene, name: str, change: str) -> None:
    """The price of the first order stands; what an amendment changes is billed by it, with other parts of months."""
    deal, options = sold(scene, name, "Month")
    results = scene.sync(**options)
    contract = deal.contract
    if change == "increase":
        scene.world.amend(contract, "2026-08-19", {"product": "Licence", "quantity": 10})
    else:
        scene.world.cancel(contract, "2026-08-19")
    deal.held("", **options)
    assert Decimal(results[0].as_dict()["amounts"][0]["billed"]) == deal.billed()
