"""What an order changes of a subscription: its order actions, worked out from the chain alone, and what is held."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.chains import (
    CHARGE_NUMBER,
    PLAN_NUMBER,
    START,
    actions,
    as_sold,
    body_of,
    codes,
    evergreen,
    held_charge,
    held_plan,
    held_subscription,
    known_state,
    planned,
    renewal,
    revision,
    sale,
)

NEXT = "2027-02-01"
AUTUMN, WINTER = "2026-09-01", "2026-12-01"
OTHER = "001000000000009AAA"
TO_RENEWAL = {"end": "2028-01-31"}


def update(plan: SyncPlan) -> list[tuple[str, dict[str, Any], bool]]:
    """The updates of a plan: day, pricing, and whether a later change stays."""
    found = []
    for kind, day, body in actions(plan):
        if kind == "UpdateProduct":
            [charge] = body["chargeUpdates"]
            assert (body["subscriptionRatePlanNumber"], charge["chargeNumber"]) == (PLAN_NUMBER, CHARGE_NUMBER)
            specific = body.get("specificUpdateDate")
            assert specific is None or str(specific) == day
            [pricing] = charge["pricing"].values()
            found.append((day, pricing, specific is not None))
    return found


def kinds(plan: SyncPlan) -> list[tuple[str, str]]:
    return [(kind, day) for kind, day, _ in actions(plan)]


def sold(plan: SyncPlan) -> list[tuple[str, str]]:
    """The first action on each subscription of a plan, with its number."""
    found = []
    for one in body_of(plan)["subscriptions"]:
        action = one["orderActions"][0]
        made = action.get("createSubscription", {})
        found.append((action["type"], one.get("subscriptionNumber") or made["subscriptionNumber"]))
    return found


def held(*segments: tuple[str, str | None, Any, Any], **changes: Any) -> ZuoraState:
    return known_state(held_subscription(held_plan("802-1", held_charge(*segments)), **changes))


# Quantities


@pytest.mark.parametrize(("delta", "quantity"), [(5, 15), (-4, 6), (Decimal("0.5"), Decimal("10.5"))])
def test_an_amendment_sends_the_whole_quantity_from_its_day_on(delta: Any, quantity: Any) -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, delta))
    assert update(plan) == [(AUTUMN, {"quantity": quantity}, False)]
    assert kinds(plan) == [("UpdateProduct", AUTUMN)]


def test_the_head_names_the_subscription_and_the_quote() -> None:
    body = body_of(planned(sale(), revision(2, 1, AUTUMN, 5)))
    [subscription] = body["subscriptions"]
    assert body["orderNumber"] == "O-2"
    assert {key: value for key, value in subscription.items() if key != "orderActions"} == {
        "subscriptionNumber": "SUB-1",
        "quote": {"QuoteNumber__QT": "Q-00001", "QuoteBusinessType__QT": "Quote", "QuoteType__QT": "Quote"},
    }


def test_stacked_amendments_add_up() -> None:
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120))
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), revision(3, 1, WINTER, 1), state=state)
    assert update(plan) == [(WINTER, {"quantity": 16}, False)]


def test_a_back_dated_amendment_leaves_the_later_ones_where_they_are() -> None:
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120))
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), revision(3, 1, "2026-05-01", -2), state=state)
    assert update(plan) == [("2026-05-01", {"quantity": 8}, True), (AUTUMN, {"quantity": 13}, False)]


def test_on_the_same_day_once_more() -> None:
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120))
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), revision(3, 1, AUTUMN, -1), state=state)
    assert update(plan) == [(AUTUMN, {"quantity": 14}, False)]


def test_two_lines_of_one_order_are_one_update() -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), revision(3, 1, AUTUMN, 1, of_order=2))
    assert update(plan) == [(AUTUMN, {"quantity": 16}, False)]


def test_an_amendment_that_ends_early_goes_back_to_what_it_was() -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, 5, end="2026-11-30"))
    assert update(plan) == [(AUTUMN, {"quantity": 15}, False), (WINTER, {"quantity": 10}, False)]


def test_from_the_very_first_day() -> None:
    assert update(planned(sale(), revision(2, 1, START, 5))) == [(START, {"quantity": 15}, False)]


def test_what_changes_nothing_sends_nothing() -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, 0))
    assert (plan.stop, plan.operations) == (Outcome.UNCHANGED, ())


def test_taken_back_and_sold_again_by_two_lines_sends_nothing() -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, -5), revision(3, 1, AUTUMN, 5, of_order=2))
    assert plan.stop is Outcome.UNCHANGED


def test_a_flat_fee_gets_the_price_of_the_whole_quantity() -> None:
    flat = r.plan_row(model="Flat Fee Pricing")
    state = held((START, NEXT, None, 1200))
    state.plans[r.PRODUCT_ID] = flat
    assert update(planned(sale(), revision(2, 1, AUTUMN, 2), state=state)) == [(AUTUMN, {"listPrice": 1440}, False)]


def test_evergreen() -> None:
    own = {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__NetPrice__c": Decimal(120)}
    state = held((START, None, 10, 120), termEndDate=None)
    for quantity, expected in ((5, "UpdateProduct"), (-10, "CancelSubscription")):
        plan = planned(evergreen(), revision(2, 1, AUTUMN, quantity, end=None, subscription=own), state=state)
        assert kinds(plan) == [(expected, AUTUMN)]


# Ends


def test_down_to_zero_is_a_cancellation() -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, -10))
    assert actions(plan) == [
        (
            "CancelSubscription",
            AUTUMN,
            {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": date(2026, 9, 1)},
        )
    ]


def test_before_the_end_something_else() -> None:
    down = revision(3, 1, WINTER, -15, of_order=2)
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), down)
    assert kinds(plan) == [("UpdateProduct", AUTUMN), ("CancelSubscription", WINTER)]


def test_another_rate_plan_of_the_subscription_stays() -> None:
    others = [held_plan("802-9", held_charge((START, NEXT, 1, 1), number="C-9"), "SRP-9")]
    gone = [held_plan("802-8", held_charge((START, NEXT, 1, 1)), "SRP-8", lastChangeType="Remove")]
    plan = held_plan("802-1", held_charge((START, NEXT, 10, 120)))
    for further, kind in ((others, "RemoveProduct"), (gone, "CancelSubscription")):
        state = known_state(held_subscription(plan, *further))
        assert kinds(planned(sale(), revision(2, 1, AUTUMN, -10), state=state)) == [(kind, AUTUMN)]


def test_both_rate_plans_of_a_subscription_end_it() -> None:
    """Linked by number of the subscription's plans: two chains on one subscription."""
    first = held_plan("802-1", held_charge((START, NEXT, 10, 120)))
    second = held_plan("802-2", held_charge((START, NEXT, 10, 120), number="C-2"), "SRP-2")
    items = (sale(), sale(2, of_order=1), revision(3, 1, AUTUMN, -10), revision(4, 2, AUTUMN, -10, of_order=3))
    plan = planned(*items, state=known_state(held_subscription(first, second)))
    assert kinds(plan) == [("CancelSubscription", AUTUMN)]


def test_days_without_anything_before_something_again_are_billed_with_nothing() -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, -10, end="2026-11-30"))
    assert update(plan) == [(AUTUMN, {"quantity": 0}, False), (WINTER, {"quantity": 10}, False)]
    assert kinds(plan) == [("UpdateProduct", AUTUMN), ("UpdateProduct", WINTER)]


# Renewals


def renewed(**changes: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return actions(planned(sale(), renewal(2, 1, **changes)))


TERMS = {
    "renewalSetting": "RENEW_WITH_SPECIFIC_TERM",
    "renewalTerms": [{"period": 12, "periodType": "Month"}],
}


def test_a_renewal_at_the_same_price_and_quantity() -> None:
    first, second = renewed()
    assert first == ("TermsAndConditions", NEXT, TERMS)
    assert second[:2] == ("RenewSubscription", NEXT)
    assert second[2]["paymentTerm"] == "Net 30"


def test_a_renewal_of_a_longer_term_and_another_price_and_quantity() -> None:
    own = {"SBQQ__NetPrice__c": Decimal(264)}
    first, second, third = renewed(end="2029-01-31", quantity=12, subscription=own)
    assert first[2]["renewalTerms"] == [{"period": 24, "periodType": "Month"}]
    assert [kind for kind, _, _ in (first, second, third)] == [
        "TermsAndConditions",
        "RenewSubscription",
        "UpdateProduct",
    ]
    assert third[1] == NEXT
    assert third[2]["chargeUpdates"][0]["pricing"]["recurringPerUnit"] == {"quantity": 12, "listPrice": 132}


def test_a_renewal_in_days_where_months_are_not_whole() -> None:
    assert renewed(end="2027-03-14")[0][2]["renewalTerms"] == [{"period": 42, "periodType": "Day"}]


def test_an_early_renewal_ends_the_term_first() -> None:
    first, second = renewed(start=AUTUMN, end="2027-08-31")
    assert first == (
        "TermsAndConditions",
        AUTUMN,
        {"lastTerm": {"termType": "TERMED", "endDate": date(2026, 9, 1)}, **TERMS},
    )
    assert second[:2] == ("RenewSubscription", AUTUMN)


def test_an_early_renewal_takes_back_what_would_begin_later() -> None:
    state = held((START, WINTER, 10, 120), (WINTER, NEXT, 15, 120))
    items = (sale(), revision(2, 1, WINTER, 5), renewal(3, 1, AUTUMN, 10, end="2027-08-31"))
    plan = planned(*items, state=state)
    assert kinds(plan)[:2] == [("TermsAndConditions", AUTUMN), ("RenewSubscription", AUTUMN)]


def test_the_renewal_of_an_amended_quantity_says_only_what_changes() -> None:
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120))
    for quantity, expected in ((15, []), (10, [(NEXT, {"quantity": 10}, False)])):
        plan = planned(sale(), revision(2, 1, AUTUMN, 5), renewal(3, 1, quantity=quantity), state=state)
        assert update(plan) == expected


def test_an_amendment_of_the_new_term_before_it_begins() -> None:
    state = held((START, "2028-02-01", 10, 120), termEndDate="2028-02-01")
    change = revision(3, 2, NEXT, 5, **TO_RENEWAL)
    assert update(planned(sale(), renewal(2, 1), change, state=state)) == [(NEXT, {"quantity": 15}, False)]


def test_a_back_dated_amendment_of_the_old_term_ends_with_it() -> None:
    state = held((START, "2028-02-01", 10, 120), termEndDate="2028-02-01")
    plan = planned(sale(), renewal(2, 1), revision(3, 1, AUTUMN, 5), state=state)
    assert update(plan) == [(AUTUMN, {"quantity": 15}, False), (NEXT, {"quantity": 10}, False)]


def test_the_contract_of_the_renewal_is_noted() -> None:
    body = body_of(planned(sale(), renewal(2, 1, subscription={"SBQQ__Contract__c": "800N"})))
    assert body["subscriptions"][0]["customFields"] == {"SFDC_Contract__c": "800N"}


def test_a_term_that_zuora_has_renewed_by_itself_is_held() -> None:
    plan = planned(sale(), renewal(2, 1), state=held((START, "2028-02-01", 10, 120), termEndDate="2028-02-01"))
    assert codes(plan) == ["CPQ-436"]
    assert "ends on 2028-02-01 in Zuora, by Salesforce the day before 2027-02-01" in plan.problems[0].message


# Sold again at another price


def rebooked(price: str = "60.00", **changes: Any) -> tuple[dict[str, Any], ...]:
    own = {"SBQQ__NetPrice__c": Decimal(price)}
    ended = revision(2, 1, AUTUMN, -10, SBQQ__ContractAction__c="Cancel")
    return sale(), ended, sale(3, AUTUMN, of_order=2, subscription=own, **changes)


def test_a_price_change_is_a_cancellation_and_a_new_subscription_in_one_order() -> None:
    assert sold(planned(*rebooked())) == [("CancelSubscription", "SUB-1"), ("CreateSubscription", "SUB-3")]


@pytest.mark.parametrize(
    ("price", "quantity", "pricing"),
    [
        ("60.00", 10, {"listPrice": 144}),
        ("50.00", 12, {"quantity": 12}),
        ("60.00", 12, {"quantity": 12, "listPrice": 144}),
    ],
    ids=["price", "quantity", "both"],
)
def test_a_price_change_in_place_is_one_update(price: str, quantity: int, pricing: dict[str, Any]) -> None:
    plan = planned(*rebooked(price, quantity=quantity), price_changes="in_place")
    assert update(plan) == [(AUTUMN, pricing, False)]
    assert kinds(plan) == [("UpdateProduct", AUTUMN)]


def test_a_swap_is_never_in_place() -> None:
    plan = planned(*rebooked(Product2Id="01t9", Product2=r.product(Id="01t9")), price_changes="in_place",
                   state=known_state(as_sold(), plans={r.PRODUCT_ID: r.plan_row(), "01t9": r.plan_row()}))  # fmt: skip
    assert sold(plan) == [("CancelSubscription", "SUB-1"), ("CreateSubscription", "SUB-3")]


def test_more_units_at_another_price_are_held() -> None:
    own = {"SBQQ__NetPrice__c": Decimal("40.00")}
    plan = planned(sale(), revision(2, 1, AUTUMN, 5, subscription=own))
    assert codes(plan) == ["CPQ-434"]
    assert "Order product OI-2 adds 5 at 40.00, not at the price of order product OI-1" in plan.problems[0].message


def test_another_price_of_an_earlier_amendment_is_not_told_again() -> None:
    """Only what the order itself does can be mended in it."""
    own = {"SBQQ__NetPrice__c": Decimal("40.00")}
    state = held((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120))
    plan = planned(sale(), revision(2, 1, AUTUMN, 5, subscription=own), revision(3, 1, WINTER, 1), state=state)
    assert update(plan) == [(WINTER, {"quantity": 16}, False)]


# Added products


def test_an_added_product_joins_the_subscription_when_wanted() -> None:
    disk = r.product(Id="01t9", Name="Disk")
    added = sale(
        2,
        AUTUMN,
        3,
        Product2Id="01t9",
        Product2=disk,
        order={"SBQQ__Quote__r": {"Name": "Q", "SBQQ__Type__c": "Amendment"}},
    )
    state = known_state(as_sold(), plans={r.PRODUCT_ID: r.plan_row(), "01t9": r.plan_row()})
    [(kind, day, body)] = actions(planned(sale(), added, state=state, added_products="existing_subscription"))
    assert (kind, day, body["externallyManagedPlanId"]) == ("AddProduct", AUTUMN, "802-2")
    assert sold(planned(sale(), added, state=state)) == [("CreateSubscription", "SUB-2")]


# Owners


def owned(order: dict[str, Any], earlier: dict[str, Any] | None = None, **changes: Any) -> SyncPlan:
    state = known_state(as_sold())
    state.accounts[OTHER] = r.account_row(
        Id="z-other", AccountNumber="A-OTHER", CrmId=OTHER, BillToId="z-b", SoldToId="z-b"
    )
    state.contacts["z-other"] = [r.bill_to_row(Id="z-b", AccountId="z-other", CrmId__c=OTHER)]
    return planned(sale(order=earlier or {}), revision(2, 1, AUTUMN, 0, order=order), state=state, **changes)


def test_another_invoice_owner() -> None:
    [(kind, day, body)] = actions(owned({"InvoiceOwner__c": OTHER}))
    assert (kind, day, body["destinationInvoiceAccountNumber"]) == ("OwnerTransfer", AUTUMN, "A-OTHER")
    assert "destinationAccountNumber" not in body


def test_another_subscription_owner() -> None:
    [(kind, day, body)] = actions(owned({"SubscriptionOwner__c": OTHER}))
    assert (kind, day, body["destinationAccountNumber"]) == ("OwnerTransfer", AUTUMN, "A-OTHER")
    assert "destinationInvoiceAccountNumber" not in body


@pytest.mark.parametrize("name", ["InvoiceOwner__c", "SubscriptionOwner__c"])
def test_the_owners_stay_when_an_order_names_the_same_or_none(name: str) -> None:
    assert owned({name: OTHER}, {name: OTHER}).stop is Outcome.UNCHANGED
    assert owned({}, {name: OTHER}).stop is Outcome.UNCHANGED
    assert owned({name: r.ACCOUNT_ID}).stop is Outcome.UNCHANGED


@pytest.mark.parametrize("name", ["InvoiceOwner__c", "SubscriptionOwner__c"])
def test_an_owner_may_come_back(name: str) -> None:
    [(kind, _, body)] = actions(owned({name: r.ACCOUNT_ID}, {name: OTHER}))
    assert kind == "OwnerTransfer"
    assert "A00000001" in body.values()


def test_the_transfer_goes_before_what_else_changes() -> None:
    state = known_state(as_sold())
    state.accounts[OTHER] = r.account_row(Id="z-other", AccountNumber="A-OTHER", CrmId=OTHER)
    state.contacts["z-other"] = []
    plan = planned(sale(), revision(2, 1, AUTUMN, 5, order={"SubscriptionOwner__c": OTHER}), state=state)
    assert kinds(plan) == [("OwnerTransfer", AUTUMN), ("UpdateProduct", AUTUMN)]


def test_a_subscription_that_was_moved_is_amended_or_held() -> None:
    items, state = (sale(), revision(2, 1, AUTUMN, 5)), known_state(as_sold(accountNumber="A-ELSE"))
    assert kinds(planned(*items, state=state)) == [("UpdateProduct", AUTUMN)]
    plan = planned(*items, state=state, moved_subscriptions="hold")
    assert codes(plan) == ["CPQ-431"]
    assert "A-ELSE" in plan.problems[0].message


# What Zuora must have


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ([(START, NEXT, 11, 120)], "has 11 at a price of 120 on 2026-09-01"),
        ([(START, NEXT, 10, 121)], "has 10 at a price of 121 on 2026-09-01"),
        ([(START, AUTUMN, 10, 120), (AUTUMN, NEXT, 12, 120)], "has 12 at a price of 120 on 2026-09-01"),
        ([(START, WINTER, 10, 120), (WINTER, NEXT, 9, 120)], "has 9 at a price of 120 on 2026-12-01"),
        ([(START, WINTER, 10, 120)], "has nothing on 2026-12-01"),
        ([(WINTER, NEXT, 10, 120)], "has nothing on 2026-09-01"),
    ],
    ids=["quantity", "price", "changed that day", "changed later", "ends early", "begins later"],
)
def test_what_zuora_has_otherwise_is_held_with_both_sides(
    segments: list[tuple[str, str, Any, Any]], message: str
) -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), state=held(*segments))
    assert codes(plan) == ["CPQ-436"]
    assert message in plan.problems[0].message
    assert "by the earlier orders of Salesforce it is 10 at a price of 120" in plan.problems[0].message


def test_the_subscription_that_is_named_is_that_of_zuora() -> None:
    state = known_state(as_sold(quantity=11))
    state.subscriptions = {"S-9": {**state.subscriptions["SUB-1"], "subscriptionNumber": "S-9"}}
    state.subscribed = {"802-1": [{"id": "z", "subscription": {"name": "S-9"}}]}
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), state=state)
    assert plan.problems[0].message.startswith("Subscription S-9 in Zuora has 11 at a price of 120")


def test_what_zuora_has_otherwise_before_the_change_does_not_matter() -> None:
    state = held((START, "2026-05-01", 3, 99), ("2026-05-01", NEXT, 10, 120))
    assert update(planned(sale(), revision(2, 1, AUTUMN, 5), state=state)) == [(AUTUMN, {"quantity": 15}, False)]


@pytest.mark.parametrize(
    ("status", "code"),
    [("Cancelled", "CPQ-436"), ("Suspended", "CPQ-436"), ("Pending Activation", "CPQ-504")],
)
def test_a_subscription_that_is_not_active_is_held(status: str, code: str) -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), state=known_state(as_sold(status=status)))
    assert codes(plan) == [code]
    assert status in plan.problems[0].message


def test_an_earlier_order_that_zuora_lacks_is_named_with_the_reason() -> None:
    state = known_state(as_sold())
    state.sent.discard("O-2")
    items = (sale(), revision(2, 1, AUTUMN, 5), revision(3, 1, WINTER, 1))
    [problem] = planned(*items, state=state).problems
    assert problem.code == "CPQ-435"
    assert problem.message == "Order O-3 changes what order O-2 sold, which is not in Zuora yet"
    assert problem.remedy == "Sync order O-3: the earlier ones are carried first."
    state.unsent["O-2"] = "it has no contact"
    plan = planned(*items, state=state)
    assert codes(plan) == ["CPQ-435"]
    [problem] = plan.problems
    assert problem.message == "Order O-3 changes what order O-2 sold, which is not in Zuora: it has no contact"


def test_amendments_off() -> None:
    for item in (revision(2, 1, AUTUMN, 5), renewal(2, 1)):
        assert codes(planned(sale(), item, amend_subscriptions=False)) == ["CPQ-413"]
    assert planned(sale(), amend_subscriptions=False, state=known_state()).problems == ()


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (revision(2, 7, AUTUMN, 5), "CPQ-426"),
        (revision(2, 1, AUTUMN, 5, SBQQ__RevisedOrderProduct__c=None), "CPQ-426"),
        (revision(2, 1, AUTUMN, 5, subscription={"SBQQ__StartDate__c": None, "SBQQ__NetPrice__c": 1}), "CPQ-405"),
    ],
    ids=["revises what is gone", "names no order product", "no start"],
)
def test_amendments_that_cannot_be_placed(item: dict[str, Any], code: str) -> None:
    assert codes(planned(sale(), item)) == [code]


# The link


def test_a_lost_link_is_written_before_the_order() -> None:
    state = known_state(held_subscription(held_plan(None, held_charge((START, NEXT, 10, 120)))))
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), state=state)
    link, order = plan.operations
    assert (link.name, link.method, link.path) == ("link_rate_plan", "POST", "/v1/action/update")
    assert link.body == {
        "objects": [{"Id": f"z-{PLAN_NUMBER}", "ExternallyManagedPlanId": "802-1"}],
        "type": "RatePlan",
    }
    assert [(line.target, line.source) for line in link.lineage] == [
        ("/objects/0/ExternallyManagedPlanId", "OrderItem.Id")
    ]
    assert order.name == "create_order"


# A repeat


def sent(plan: SyncPlan) -> dict[str, Any]:
    """A plan's order as Zuora then shows it."""
    return {"status": "Completed", **body_of(plan)}


@pytest.mark.parametrize(
    ("items", "after"),
    [
        ((sale(), revision(2, 1, AUTUMN, 5)), ((START, AUTUMN, 10, 120), (AUTUMN, NEXT, 15, 120))),
        ((sale(), revision(2, 1, AUTUMN, -10)), ((START, AUTUMN, 10, 120),)),
        ((sale(), renewal(2, 1, quantity=7)), ((START, NEXT, 10, 120), (NEXT, "2028-02-01", 7, 120))),
        ((sale(), revision(2, 1, AUTUMN, 5)), ((START, NEXT, 99, 1),)),
    ],
    ids=["amended", "cancelled", "renewed", "whatever became of it"],
)
def test_a_repeat_makes_the_same_order_whatever_has_become_of_the_subscription(
    items: tuple[dict[str, Any], ...], after: tuple[Any, ...]
) -> None:
    first = planned(*items)
    state = held(*after, termEndDate="2028-02-01", status="Cancelled")
    state.orders["O-2"] = sent(first)
    again = planned(*items, state=state)
    assert (again.stop, again.problems) == (Outcome.UNCHANGED, ())


def test_a_repeat_of_what_was_changed_in_salesforce_is_held() -> None:
    state = known_state(as_sold())
    state.orders["O-2"] = sent(planned(sale(), revision(2, 1, AUTUMN, 5)))
    plan = planned(sale(), revision(2, 1, AUTUMN, 6), state=state)
    assert codes(plan) == ["CPQ-416"]
    assert "quantity: Salesforce 16, Zuora 15" in plan.problems[0].message
