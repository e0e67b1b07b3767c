"""What syncing makes of a contract that was adopted: it is never billed again, and goes on from where Zuora stands."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sync.adoption.csv_file import Line
from cpqbridge.values import Outcome
from tests.sync.adoption.legacy import Legacy
from tests.sync.adoption.test_adopter import adopt, by_hand, items, outcomes, working
from tests.sync.conftest import Both
from tests.sync.contracts import sync
from tests.world import Line as Sale

CHANGED, CANCELLED, RENEWED = ["UpdateProduct"], ["CancelSubscription"], ["TermsAndConditions", "RenewSubscription"]
END = "2027-02-01"


@pytest.fixture
def legacy(both: Both) -> Legacy:
    """A customer whose contracts people enter in Zuora by hand."""
    return Legacy.of(both)


def linked(legacy: Legacy, *expected: tuple[str, str, str | None]) -> dict[str, Any]:
    """Link all that the customer has; return the JSON of the first contract."""
    adoption = adopt(legacy.both, legacy.account, write=True)
    assert outcomes(adoption) == list(expected or [("synced", "product and dates", None)]), [
        one.result.reasons for one in adoption.results
    ]
    return adoption.results[0].as_dict()


def by_csv(legacy: Legacy, order: str) -> None:
    adoption = working(legacy.both, True, lambda one: one.named([Line(2, items(legacy.both, order)[0], "A-OLD-1")]))
    assert outcomes(adoption) == [("synced", "csv", None)]


def by_account(legacy: Legacy, _order: str) -> None:
    linked(legacy)


def by_order(legacy: Legacy, order: str) -> None:
    adoption = working(legacy.both, True, lambda one: one.orders([order]))
    assert outcomes(adoption) == [("synced", "product and dates", None)]


@pytest.mark.parametrize("way", [by_csv, by_account, by_order])
def test_what_was_adopted_is_never_billed_again(legacy: Legacy, way: Callable[[Legacy, str], None]) -> None:
    order, contract = legacy.sell()
    legacy.enter("A-OLD-1")
    way(legacy, order)
    written = len(legacy.both.writes())
    [result] = sync(legacy.both, order)
    assert (result.outcome, result.zuora["subscriptions"]) == (Outcome.UNCHANGED, ["A-OLD-1"]), result.reasons
    assert {one.outcome for one in legacy.sync_account().orders or ()} == {Outcome.UNCHANGED}
    assert len(legacy.both.writes()) == written
    amendment = legacy.both.world.amend(contract, "2026-09-01", {"product": "Seat", "quantity": 15})
    assert legacy.sent(amendment) == [("synced", CHANGED)]
    assert legacy.sent(order, amendment) == [("unchanged", []), ("unchanged", CHANGED)]
    assert legacy.billed() == {"A-OLD-1": (END, Decimal(15))}


def test_what_has_the_number_of_the_contract(legacy: Legacy) -> None:
    order, contract = legacy.sell()
    [number] = [one.result.record for one in adopt(legacy.both, legacy.account).results]
    legacy.enter(number)
    linked(legacy, ("synced", "number", None))
    renewal = legacy.both.world.renew(contract)
    assert legacy.sent(order, renewal)[0] == ("unchanged", [])
    assert legacy.billed() == {number: ("2028-02-01", Decimal(10))}


def test_a_renewal_goes_on_with_what_was_adopted(legacy: Legacy) -> None:
    order, contract = legacy.sell()
    legacy.enter("A-OLD-1")
    linked(legacy)
    renewal = legacy.both.world.renew(contract, {"product": "Seat", "quantity": 12})
    [(outcome, actions)] = legacy.sent(renewal)
    assert (outcome, actions[-1:]) == ("synced", CHANGED)
    assert "RenewSubscription" in actions
    assert legacy.sent(order, renewal)[0] == ("unchanged", [])
    assert legacy.billed() == {"A-OLD-1": ("2028-02-01", Decimal(12))}


def test_an_amendment_that_zuora_has_from_before_is_not_made_again(legacy: Legacy) -> None:
    order, contract = legacy.sell()
    legacy.enter("A-OLD-1")
    old = legacy.both.world.amend(contract, "2026-03-01", {"product": "Seat", "quantity": 15})
    legacy.raise_to("A-OLD-1", 15, "2026-03-01")
    assert linked(legacy)["missingOrders"] == []
    new = legacy.both.world.amend(contract, "2026-12-01", {"product": "Seat", "quantity": 20})
    assert legacy.sent(new, order, old) == [("synced", CHANGED), ("unchanged", []), ("unchanged", [])]
    assert {one.outcome for one in legacy.sync_account().orders or ()} == {Outcome.UNCHANGED}
    assert legacy.billed() == {"A-OLD-1": (END, Decimal(20))}


@pytest.mark.parametrize("on", ["2026-06-01", "2026-12-01"], ids=["past", "future"])
def test_an_amendment_that_zuora_lacks_is_named_and_carried_afterwards(legacy: Legacy, on: str) -> None:
    order, contract = legacy.sell()
    legacy.enter("A-OLD-1")
    late = legacy.both.world.amend(contract, on, {"product": "Seat", "quantity": 15})
    shown = linked(legacy)
    assert shown["missingOrders"] == [late]
    assert [shown["pairs"][0][side]["quantity"] for side in ("salesforce", "zuora")] == [10, 10]
    assert legacy.sent(order, late) == [("unchanged", []), ("synced", CHANGED)]
    assert legacy.billed() == {"A-OLD-1": (END, Decimal(15))}


def test_zuora_stands_between_two_amendments(legacy: Legacy) -> None:
    order, contract = legacy.sell()
    legacy.enter("A-OLD-1", 15)
    first = legacy.both.world.amend(contract, "2026-03-01", {"product": "Seat", "quantity": 15})
    second = legacy.both.world.amend(contract, "2026-05-01", {"product": "Seat", "quantity": 12})
    assert linked(legacy)["missingOrders"] == [second]
    assert legacy.sync_account().outcome is not Outcome.HELD
    assert legacy.sent(order, first, second)[:2] == [("unchanged", []), ("unchanged", [])]
    assert legacy.actions(second) == CHANGED
    assert legacy.billed() == {"A-OLD-1": (END, Decimal(12))}


def test_a_cancellation_that_zuora_lacks_is_carried_afterwards(legacy: Legacy) -> None:
    order, contract = legacy.sell()
    legacy.enter("A-OLD-1")
    end = legacy.both.world.cancel(contract, "2026-10-01")
    assert linked(legacy)["missingOrders"] == [end]
    assert legacy.sent(order, end) == [("unchanged", []), ("synced", CANCELLED)]


def test_quantities_at_no_stage(legacy: Legacy) -> None:
    _, contract = legacy.sell()
    legacy.enter("A-OLD-1", 13)
    legacy.both.world.amend(contract, "2026-05-01", {"product": "Seat", "quantity": 15})
    held = adopt(legacy.both, legacy.account, write=True)
    assert outcomes(held) == [("held", "product and dates", "CPQ-441")]
    assert "quantity on 2026-07-01 13 instead of 15" in held.results[0].result.reasons[0].message


def test_prices_are_shown_for_the_term_on_both_sides(legacy: Legacy) -> None:
    legacy.sell()
    legacy.enter("A-OLD-1")
    [pair] = linked(legacy)["pairs"]
    assert (pair["salesforce"]["price"], pair["zuora"]["price"]) == (Decimal("120.00"), Decimal("120.00"))
    assert (pair["currency"], pair["priceUnknown"]) == ("USD", None)


def test_another_price_is_not_linked(legacy: Legacy) -> None:
    legacy.sell()
    legacy.enter("A-OLD-1", price=12)
    held = adopt(legacy.both, legacy.account, write=True)
    assert outcomes(held) == [("held", "product and dates", "CPQ-441")]
    message = held.results[0].result.reasons[0].message
    assert "144.00 USD for the term (12 per month) instead of 120.00 USD for the term (10 per month)" in message
    [pair] = held.results[0].as_dict()["pairs"]
    assert (pair["salesforce"]["price"], pair["zuora"]["price"]) == (Decimal("120.00"), Decimal("144.00"))


def test_the_price_tells_two_apart(both: Both) -> None:
    legacy = Legacy.of(both)
    legacy.sell()
    legacy.enter("A-OLD-1", price=12)
    legacy.enter("A-OLD-2", price=10)
    assert linked(legacy)["zuora"]["subscriptions"] == ["A-OLD-2"]


def test_several_products_of_one_order(both: Both) -> None:
    legacy = Legacy.of(both, "Seat", "Storage")
    order, contract = legacy.sell(10, "Seat", "Storage")
    legacy.enter("A-OLD-1")
    legacy.enter("A-OLD-2", name="Storage")
    linked(legacy, *[("synced", "product and dates", None)] * 2)
    amendment = both.world.amend(contract, "2026-09-01", {"product": "Storage", "quantity": 11})
    assert legacy.sent(order, amendment) == [("unchanged", []), ("synced", CHANGED)]
    assert sorted(legacy.billed().values()) == [(END, Decimal(10)), (END, Decimal(11))]


def test_what_zuora_has_only_since_its_renewal(legacy: Legacy) -> None:
    order, contract = legacy.sell(start="2025-02-01", end="2026-01-31")
    renewal = legacy.both.world.renew(contract, {"product": "Seat", "quantity": 12})
    legacy.enter("A-OLD-1", 12)
    assert linked(legacy)["missingOrders"] == []
    assert legacy.sent(order, renewal) == [("unchanged", []), ("unchanged", [])]
    late = legacy.both.world.amend(
        legacy.both.world.contract(renewal), "2026-09-01", {"product": "Seat", "quantity": 15}
    )
    assert legacy.sent(late) == [("synced", CHANGED)]
    assert legacy.billed() == {"A-OLD-1": (END, Decimal(15))}


def test_usage_is_never_billed_again(both: Both) -> None:
    account, traffic = both.world.account(), both.world.usage_product()
    both.world.schedule(traffic, "Data")
    by_hand(both, order := both.world.order(account, [Sale(traffic)]), name="OLD-1")
    for row in both.sandbox.tenant.store.find("order", orderNumber=order):
        both.sandbox.tenant.store.update("order", row["id"], {"orderNumber": "O-BY-HAND"})
    assert outcomes(adopt(both, account, write=True)) == [("synced", "product and dates", None)]
    written = len(both.writes())
    assert [(one.outcome, one.zuora["subscriptions"]) for one in sync(both, order)] == [(Outcome.UNCHANGED, ["OLD-1"])]
    assert len(both.writes()) == written


def test_half_of_an_order_is_held(both: Both) -> None:
    legacy = Legacy.of(both, "Seat", "Storage")
    order, _ = legacy.sell(10, "Seat", "Storage")
    legacy.enter("A-OLD-1")
    linked(legacy, ("synced", "product and dates", None), ("held", None, "CPQ-419"))
    [result] = sync(both, order)
    assert result.outcome is Outcome.HELD
    assert "adopt order" in str(result.reasons[0].remedy)
