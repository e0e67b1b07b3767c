"""The vendor's page of differences, row by row: where CPQ and Zuora match, what is billed is what was quoted."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.salesforce.cpq.pricing import PRECISIONS
from tests.scenarios.deal import PERIODS, TERMS, Deal
from tests.scenarios.scene import Scene

MONTHS = ["2026-08-01", "2026-08-19"]
"""First days of changes: the first and the middle of a month."""


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("period", PERIODS)
def test_any_billing_period(scene: Scene, period: str, term: str) -> None:
    """BP = month; quarterly, annual, or any other; incomplete beginning and ending months in the term."""
    deal = Deal(scene, period)
    deal.sell(*TERMS[term], quantity=3)
    deal.matches(scene.sync(), units=3)


@pytest.mark.parametrize("on", MONTHS)
@pytest.mark.parametrize("quantity", [15, 4], ids=["increase", "decrease"])
@pytest.mark.parametrize("period", PERIODS)
def test_quantity_mid_term(scene: Scene, period: str, quantity: int, on: str) -> None:
    """Increase and decrease in quantity mid-term, after a part of the term was billed."""
    deal = Deal(scene, period)
    contract = deal.sell(*TERMS["whole months"], quantity=10)
    results = scene.sync()
    deal.bill("2026-08-31")
    scene.world.amend(contract, on, {"product": "Licence", "quantity": quantity})
    deal.matches([*results, *scene.sync(scene.number_of(2))], units=10 + abs(quantity - 10))


@pytest.mark.parametrize("on", MONTHS)
@pytest.mark.parametrize("period", PERIODS)
def test_cancelled_mid_term(scene: Scene, period: str, on: str) -> None:
    """Cancelling products mid-term: what was billed too much is credited."""
    deal = Deal(scene, period)
    contract = deal.sell(*TERMS["whole months"], quantity=10)
    results = scene.sync()
    deal.bill("2026-08-31")
    scene.world.cancel(contract, on)
    deal.matches([*results, *scene.sync(scene.number_of(2))], units=20)


def test_changed_in_an_incomplete_term(scene: Scene) -> None:
    """More, then less, then cancelled, of a term that begins and ends within months."""
    deal = Deal(scene, "Quarter")
    contract = deal.sell(*TERMS["incomplete beginning and end"], quantity=10)
    results = scene.sync()
    deal.bill("2026-09-30")
    scene.world.amend(contract, "2026-08-19", {"product": "Licence", "quantity": 16})
    scene.world.amend(contract, "2026-10-07", {"product": "Licence", "quantity": 2})
    scene.world.cancel(contract, "2026-12-24")
    for position in (2, 3, 4):
        results += scene.sync(scene.number_of(position))
        deal.bill(f"2026-{position + 8}-30")
    deal.matches(results, units=10 + 6 + 14 + 2)


@pytest.mark.parametrize("on", ["2026-06-01", "2026-06-16"])
@pytest.mark.parametrize("where", ["new_subscription", "existing_subscription"])
def test_added_mid_term(scene: Scene, where: str, on: str) -> None:
    """A product added mid-term ends with the contract, without a subscription of its own where that is wanted."""
    deal = Deal(scene)
    contract = deal.sell(*TERMS["whole months"])
    results = scene.sync()
    scene.world.product("Support")
    priced = {"listPrice": 480, "fields": {"SBQQ__UnproratedNetPrice__c": 480}}
    scene.world.amend(contract, on, add=[{"product": "Support", "quantity": 5, **priced}])
    results += scene.sync(scene.number_of(2), added_products=where)
    deal.matches(results, units=5)
    assert deal.subscriptions() == (2 if where == "new_subscription" else 1)


@pytest.mark.parametrize("term", TERMS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_any_precision(scene: Scene, precision: str, term: str) -> None:
    """With other precisions than the vendor asks for, the price is chosen so that Zuora bills what was quoted."""
    deal = Deal(scene, precision=precision)
    deal.sell(*TERMS[term])
    deal.matches(scene.sync())


@pytest.mark.parametrize("day", [10, 15, 31])
@pytest.mark.parametrize("period", PERIODS)
def test_any_day_of_the_month(scene: Scene, period: str, day: int) -> None:
    """All invoicing on the first is not needed any more: the price is chosen by the account's bill cycle day."""
    deal = Deal(scene, period)
    deal.account_day(day)
    deal.sell(*TERMS["incomplete beginning and end"])
    deal.matches(scene.sync())
