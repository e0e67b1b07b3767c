"""After its adoption a contract is amended like any other."""

from __future__ import annotations

from decimal import Decimal

from cpqbridge.values import Outcome
from tests.sync.adoption.test_adopter import adopt, by_hand, outcomes, sync
from tests.sync.conftest import Both
from tests.world import Line as Sale


def test_an_amendment_finds_what_was_adopted(both: Both) -> None:
    account = both.world.account()
    order = both.world.order(account, [Sale(both.world.product(), 10)])
    by_hand(both, order, name="A-S00000042")
    amendment = both.world.amend(both.world.contract(order), "2026-09-01", {"product": "Seat", "quantity": 25})
    assert sync(both, amendment)[0].outcome is not Outcome.SYNCED
    assert outcomes(adopt(both, account, write=True)) == [("synced", "product and dates", None)]
    [amended] = sync(both, amendment)
    assert amended.outcome is Outcome.SYNCED, amended.reasons
    assert amended.zuora["subscriptions"] == ["A-S00000042"]
    last = [row for row in both.sandbox.tenant.store.rows("ratePlanCharge") if row["isLastSegment"]]
    assert Decimal(25) in {row["quantity"] for row in last}
