"""What Zuora holds of a chain: found by the id that a rate plan carries, else by the subscription's number."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.planning.chain import Chain
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.standing import Standing, is_elsewhere, standing
from cpqbridge.planning.state import Charge, ZuoraState
from tests.planning import records as r
from tests.planning.chains import (
    START,
    as_sold,
    draft_of,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    revision,
    sale,
)

NEXT = "2027-02-01"
CHARGE = Charge("z-charge", "Recurring", "Per Unit Pricing", "Month")
ITEMS = (sale(), revision(2, 1, "2026-05-01", 1))


def looked_up(state: ZuoraState, *more: dict[str, Any]) -> tuple[Standing | None, Draft]:
    draft = draft_of((*ITEMS, *more), state)
    chain: Chain | None = draft.snapshot.sold.chain(ITEMS[1])
    assert chain is not None
    return standing(draft, chain, "802-1", r.PRODUCT_ID, "order product OI-1", "CPQ-426"), draft


def plain(external_id: str | None = None, number: str = "SRP-1", **changes: Any) -> dict[str, Any]:
    return held_plan(external_id, held_charge((START, NEXT, 10, 120)), number, **changes)


# Found


def test_the_rate_plan_that_carries_the_id_is_taken_whatever_its_subscription_is_called() -> None:
    state = known_state(held_subscription(plain(), plain("802-1", "SRP-2"), number="SUB-9"))
    found, draft = looked_up(state)
    assert found is not None
    assert (found.number, found.plan["subscriptionRatePlanNumber"], found.linked) == ("SUB-9", "SRP-2", True)
    assert draft.problems == []


def test_a_rate_plan_without_its_id_is_found_by_the_number_of_the_subscription() -> None:
    found, draft = looked_up(known_state(held_subscription(plain())))
    assert found is not None
    assert (found.number, found.linked) == ("SUB-1", False)
    assert draft.problems == []


def test_a_removed_rate_plan_is_not_meant() -> None:
    gone = plain(number="SRP-0", lastChangeType="Remove")
    found, _ = looked_up(known_state(held_subscription(gone, plain())))
    assert found is not None
    assert found.plan["subscriptionRatePlanNumber"] == "SRP-1"
    assert [plan["subscriptionRatePlanNumber"] for plan in found.live()] == ["SRP-1"]


# Not found


def refused(state: ZuoraState, *more: dict[str, Any]) -> tuple[str, str, str | None]:
    found, draft = looked_up(state, *more)
    assert found is None
    [problem] = draft.problems
    assert problem.field == "OrderItem.SBQQ__RevisedOrderProduct__c"
    return problem.code, problem.message, problem.remedy


def test_nothing_at_all_says_what_was_looked_for() -> None:
    code, message, _ = refused(known_state())
    assert code == "CPQ-426"
    assert message == "Zuora has no rate plan with the external id 802-1, which order product OI-1 amends"


def test_several_are_named() -> None:
    state = known_state(*(held_subscription(plain("802-1"), number=name) for name in ("SUB-8", "SUB-7")))
    code, message, _ = refused(state)
    assert code == "CPQ-440"
    assert message.endswith("802-1: SUB-7, SUB-8")


@pytest.mark.parametrize(
    "plans",
    [
        (plain(productRatePlanId="z-other"),),
        (plain(), plain(number="SRP-2")),
        (plain(lastChangeType="Remove"),),
        (plain("802-2"),),
        (plain("by hand"),),
        (plain(), plain("802-2", "SRP-2")),
        (),
    ],
    ids=[
        "another product",
        "two of the product",
        "removed",
        "that of another order product",
        "with an id that nothing known has",
        "beside one of another order product",
        "no rate plans",
    ],
)
def test_a_subscription_with_the_number_but_not_the_rate_plan(plans: tuple[dict[str, Any], ...]) -> None:
    code, message, remedy = refused(known_state(held_subscription(*plans)))
    assert code == "CPQ-437"
    assert "Subscription SUB-1 in Zuora has no rate plan with the external id 802-1" in message
    assert remedy is not None
    assert "Write 802-1 on the right one: `cpqbridge adopt order O-1 --write`, or name it in a CSV file" in remedy


def test_the_rate_plans_that_are_there_are_named_with_their_ids() -> None:
    state = known_state(held_subscription(plain("by hand"), plain(number="SRP-2", productRatePlanId="z-other")))
    _, _, remedy = refused(state)
    assert remedy is not None
    assert "Its rate plans are: Cloud seat (by hand), Cloud seat (no id)." in remedy
    _, _, remedy = refused(known_state(held_subscription()))
    assert remedy is not None
    assert "Its rate plans are: none." in remedy


def test_without_a_rate_plan_in_the_catalog_none_is_meant() -> None:
    state = known_state(held_subscription(plain()))
    state.plans.clear()
    assert refused(state)[0] == "CPQ-437"


# What it bills


def test_the_charge_is_that_of_the_product_or_the_only_one_of_another_plan_of_it() -> None:
    own, other = held_charge(), held_charge(productRatePlanChargeId="z-other", number="C-2")
    for charges, sku, number in (
        ([other, own], "DISK", "C-1"),
        ([other], "SEAT", "C-2"),
        ([other], "DISK", None),
        ([other], None, None),
        ([other, other], "SEAT", None),
        ([], "SEAT", None),
    ):
        plan = {**plain(), "ratePlanCharges": charges, "productSku": sku}
        assert (Standing(as_sold(), plan).charge(CHARGE, "SEAT") or {}).get("number") == number
    assert Standing(as_sold(), {**plain(), "ratePlanCharges": [other]}).charge(CHARGE, None) is None


def test_whose_subscription_it_is() -> None:
    state = known_state(as_sold(accountNumber="A00000002"))
    found, draft = looked_up(state)
    assert found is not None
    assert is_elsewhere(draft, found, r.ACCOUNT_ID)
    assert is_elsewhere(draft, found, "001 not in Zuora")
    state.accounts["001O"] = r.account_row(AccountNumber="A00000002", CrmId="001O")
    assert not is_elsewhere(draft, found, "001O")
