"""Option `auto_renew`: Zuora renews by itself what nobody renews in Salesforce; both ways come to the same."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sync.connect import open_clients
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.contracts import NEXT, billed, carry, held, latest, seats, sell, sent, sync, term

FIRST, AUTUMN, AFTER = "2026-02-01", "2026-09-01", "2028-02-01"
AUTO: dict[str, Any] = {"auto_renew": True}


def order_by_hand(both: Both, number: str, kind: str, on: str, **given: Any) -> None:
    """Do something with a subscription in Zuora from a day on, as its scheduler or a person would."""
    triggers = [{"name": name, "triggerDate": on} for name in ("ContractEffective", "ServiceActivation")]
    action = {"type": kind, "triggerDates": triggers, kind[0].lower() + kind[1:]: given}
    body = {
        "orderDate": on,
        "existingAccountNumber": latest(both)[number]["accountNumber"],
        "subscriptions": [{"subscriptionNumber": number, "orderActions": [action]}],
    }

    async def do() -> None:
        async with open_clients(both.settings()) as clients:
            await clients.zuora.send("POST", "/v1/orders", body=body)

    asyncio.run(do())


def went_on(both: Both, *products: str, **options: Any) -> tuple[str, str]:
    """Return the numbers of an order, all of which Zuora has renewed by itself for a year, and of its contract."""
    order, contract = sell(both, *products)
    carry(both, order, **(options or AUTO))
    for number in latest(both):
        order_by_hand(both, number, "RenewSubscription", NEXT)
        assert term(both, number) == ("Active", NEXT, AFTER)
    return order, contract


def automatic(both: Both) -> list[bool]:
    """Return of each subscription whether Zuora goes on by itself."""
    return [view["autoRenew"] for view in latest(both).values()]


def content(both: Both, order: str, number: str = "SUB-0000001") -> list[Any]:
    """Return what an order says about a subscription: each action's type and what is below its own key."""
    bodies = [one["body"] for one in both.writes() if one["path"].endswith("/orders")]
    [body] = [body for body in bodies if body.get("orderNumber") == order]
    [entry] = [one for one in body["subscriptions"] if one["subscriptionNumber"] == number]
    return [(one["type"], one[one["type"][0].lower() + one["type"][1:]]) for one in entry["orderActions"]]


# What a renewal leaves out


def test_what_a_renewal_leaves_out_does_not_go_on_in_zuora(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    renewal = both.world.renew(contract, {"product": "Disk", "quantity": 0})
    carry(both, order, **AUTO)
    assert automatic(both) == [True, True]
    carry(both, renewal, **AUTO)
    assert automatic(both) == [True, False]
    assert sent(both, renewal)[-1] == ("SUB-0000002", "TermsAndConditions", NEXT)
    assert content(both, renewal, "SUB-0000002") == [("TermsAndConditions", {"autoRenew": False})]
    assert [term(both, number)[2] for number in latest(both)] == [AFTER, NEXT]
    carry(both, order, renewal, **AUTO)


def test_without_the_option_nothing_is_said_about_it(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    renewal = both.world.renew(contract, {"product": "Disk", "quantity": 0})
    carry(both, order, renewal)
    assert {number for number, _, _ in sent(both, renewal)} == {"SUB-0000001"}


def test_what_ends_by_itself_is_not_stopped_again(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    carry(both, order, **AUTO)
    order_by_hand(both, "SUB-0000002", "TermsAndConditions", NEXT, autoRenew=False)
    renewal = both.world.renew(contract, {"product": "Disk", "quantity": 0})
    carry(both, renewal, **AUTO)
    assert {number for number, _, _ in sent(both, renewal)} == {"SUB-0000001"}


def test_what_was_cancelled_before_is_not_stopped(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat"), both.world.product("Disk"))
    cancellation = both.world.amend(contract, AUTUMN, {"product": "Disk", "quantity": 0})
    renewal = both.world.renew(contract)
    carry(both, order, cancellation, renewal, **AUTO)
    assert {number for number, _, _ in sent(both, renewal)} == {"SUB-0000001"}
    assert term(both, "SUB-0000002")[0] == "Cancelled"


# What Zuora has renewed


def test_a_renewal_for_the_term_that_zuora_has_begun_has_nothing_to_say(both: Both) -> None:
    order, contract = went_on(both)
    renewal = both.world.renew(contract)
    [result] = sync(both, renewal, **AUTO)
    assert result.outcome is Outcome.UNCHANGED, result.reasons
    carry(both, order, renewal, **AUTO)
    assert billed(both) == [(FIRST, AFTER, 10, 120)]
    assert term(both) == ("Active", NEXT, AFTER)


def test_a_renewal_at_another_price_and_quantity_sends_only_these(both: Both) -> None:
    order, contract = went_on(both)
    renewal = both.world.renew(contract, seats(12, uplift=10))
    carry(both, renewal, **AUTO)
    [(kind, update)] = content(both, renewal)
    assert kind == "UpdateProduct"
    [charge] = update["chargeUpdates"]
    assert charge["pricing"] == {"recurringPerUnit": {"quantity": 12, "listPrice": 132}}
    assert billed(both) == [(FIRST, NEXT, 10, 120), (NEXT, AFTER, 12, 132)]
    carry(both, order, renewal, **AUTO)


@pytest.mark.parametrize(("months", "end"), [(24, "2029-02-01"), (6, "2027-08-01")])
def test_a_renewal_of_another_length_moves_the_end(both: Both, months: int, end: str) -> None:
    order, contract = went_on(both)
    renewal = both.world.renew(contract, seats(12), term=months)
    carry(both, renewal, **AUTO)
    terms, update = content(both, renewal)
    assert terms == ("TermsAndConditions", {"lastTerm": {"termType": "TERMED", "endDate": end}})
    assert update[0] == "UpdateProduct"
    assert term(both) == ("Active", NEXT, end)
    assert billed(both) == [(FIRST, NEXT, 10, 120), (NEXT, end, 12, 120)]
    carry(both, order, renewal, **AUTO)


def test_the_next_renewal_goes_on_from_there(both: Both) -> None:
    order, contract = went_on(both)
    first = both.world.renew(contract, seats(12))
    second = both.world.renew(both.world.contract(first), seats(14))
    carry(both, first, second, **AUTO)
    assert "RenewSubscription" not in [kind for _, kind, _ in sent(both, first)]
    assert "RenewSubscription" in [kind for _, kind, _ in sent(both, second)]
    assert billed(both) == [(FIRST, NEXT, 10, 120), (NEXT, AFTER, 12, 120), (AFTER, "2029-02-01", 14, 120)]
    assert term(both) == ("Active", AFTER, "2029-02-01")
    carry(both, order, first, second, **AUTO)


def test_an_amendment_of_the_term_that_was_renewed_on_both_sides(both: Both) -> None:
    order, contract = went_on(both)
    renewal = both.world.renew(contract)
    amendment = both.world.amend(both.world.contract(renewal), "2027-06-01", seats(15))
    carry(both, renewal, amendment, **AUTO)
    assert billed(both) == [(FIRST, "2027-06-01", 10, 120), ("2027-06-01", AFTER, 15, 120)]
    carry(both, order, renewal, amendment, **AUTO)


def test_what_is_left_out_of_what_zuora_has_renewed_is_stopped_for_the_time_after(both: Both) -> None:
    order, contract = went_on(both, both.world.product("Seat"), both.world.product("Disk"))
    renewal = both.world.renew(contract, {"product": "Disk", "quantity": 0})
    sync(both, renewal, **AUTO)
    assert automatic(both) == [True, False]
    carry(both, order, renewal, **AUTO)


def test_where_zuora_should_not_have_renewed_it_is_held(both: Both) -> None:
    order, contract = sell(both)
    carry(both, order)
    order_by_hand(both, "SUB-0000001", "RenewSubscription", NEXT)
    code, message = held(sync(both, both.world.renew(contract))[0])
    assert code == "CPQ-436"
    assert "was it renewed in Zuora?" in message


# What comes late


def test_an_early_renewal_before_zuora_renews(both: Both) -> None:
    order, contract = sell(both)
    renewal = both.world.renew(contract, effectiveDate=AUTUMN)
    carry(both, order, renewal, **AUTO)
    assert term(both) == ("Active", AUTUMN, "2027-09-01")
    assert automatic(both) == [True]


@pytest.mark.parametrize("quantity", [15, 12])
def test_an_amendment_of_the_old_term_after_zuora_has_renewed(both: Both, quantity: int) -> None:
    """It goes on in the term that Zuora has begun by itself, until the renewal says otherwise."""
    order, contract = went_on(both)
    amendment = both.world.amend(contract, AUTUMN, seats(15))
    carry(both, amendment, **AUTO)
    assert billed(both) == [(FIRST, AUTUMN, 10, 120), (AUTUMN, AFTER, 15, 120)]
    renewal = both.world.renew(contract, seats(quantity))
    assert sync(both, renewal, **AUTO)[0].outcome is (Outcome.UNCHANGED if quantity == 15 else Outcome.SYNCED)
    ends = [(AUTUMN, AFTER, 15, 120)] if quantity == 15 else [(AUTUMN, NEXT, 15, 120), (NEXT, AFTER, 12, 120)]
    assert billed(both) == [(FIRST, AUTUMN, 10, 120), *ends]
    carry(both, order, amendment, renewal, **AUTO)


def test_evergreen_is_never_renewed(both: Both) -> None:
    order, contract = sell(both, both.world.product("Seat", SBQQ__SubscriptionType__c="Evergreen"))
    carry(both, order, both.world.amend(contract, AUTUMN, seats(15)), **AUTO)
    assert automatic(both) == [False]


def test_prices_that_were_agreed_on_are_for_the_days_of_each_term(both: Both) -> None:
    _, contract = went_on(both)
    renewal = both.world.renew(contract, {"product": "Seat", "netPrice": Decimal(240)}, term=24)
    carry(both, renewal, **AUTO)
    assert billed(both) == [(FIRST, "2029-02-01", 10, 120)]
