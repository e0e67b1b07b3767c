"""Transfers: to whom, from which day, and whom Zuora's order belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.state import ZuoraState
from cpqbridge.values import Outcome
from tests.planning import records as r
from tests.planning.chains import actions, as_sold, body_of, codes, known_state, planned, renewal, revision, sale

AUTUMN, WINTER, SUMMER = "2026-09-01", "2026-12-01", "2026-06-01"
OTHER, THIRD = "001000000000009AAA", "001000000000008AAA"


def tenant(**changes: Any) -> ZuoraState:
    """A tenant with ten seats and two further accounts."""
    state = known_state(as_sold(**changes))
    for crm_id, name in ((OTHER, "OTHER"), (THIRD, "THIRD")):
        row = r.account_row(Id=f"z-{name}", AccountNumber=f"A-{name}", CrmId=crm_id, BillToId="z-b", SoldToId="z-b")
        state.accounts[crm_id] = row
        state.contacts[row["Id"]] = [r.bill_to_row(Id="z-b", AccountId=row["Id"], CrmId__c=crm_id)]
    return state


def transfers(plan: SyncPlan) -> list[tuple[str, dict[str, Any]]]:
    return [(day, body) for kind, day, body in actions(plan) if kind == "OwnerTransfer"]


@pytest.mark.parametrize(("effective", "on"), [("2026-01-15", "2026-02-01"), (SUMMER, SUMMER), (WINTER, WINTER)])
def test_the_day_is_that_of_the_order_but_never_before_the_subscription(effective: str, on: str) -> None:
    item = revision(2, 1, AUTUMN, 5, order={"InvoiceOwner__c": OTHER, "EffectiveDate": effective})
    assert [day for day, _ in transfers(planned(sale(), item, state=tenant()))] == [on]


def test_both_owners_at_once() -> None:
    item = revision(2, 1, AUTUMN, 5, order={"InvoiceOwner__c": OTHER, "SubscriptionOwner__c": THIRD})
    [(_, body)] = transfers(planned(sale(), item, state=tenant()))
    assert (body["destinationAccountNumber"], body["destinationInvoiceAccountNumber"]) == ("A-THIRD", "A-OTHER")


def test_a_renewal_may_name_another_owner() -> None:
    again = renewal(2, 1, order={"InvoiceOwner__c": OTHER})
    plan = planned(sale(), again, state=tenant())
    assert [kind for kind, _, _ in actions(plan)] == ["OwnerTransfer", "TermsAndConditions", "RenewSubscription"]


def test_the_last_order_that_names_an_owner_counts() -> None:
    moved = revision(2, 1, SUMMER, 0, order={"InvoiceOwner__c": OTHER})
    silent = revision(3, 1, AUTUMN, 0)
    back = revision(4, 1, WINTER, 0, order={"InvoiceOwner__c": OTHER})
    assert planned(sale(), moved, silent, back, state=tenant()).stop is Outcome.UNCHANGED
    third = revision(4, 1, WINTER, 0, order={"InvoiceOwner__c": THIRD})
    [(_, body)] = transfers(planned(sale(), moved, silent, third, state=tenant()))
    assert body["destinationInvoiceAccountNumber"] == "A-THIRD"


def test_it_says_who_it_was_before() -> None:
    item = revision(2, 1, AUTUMN, 0, order={"InvoiceOwner__c": OTHER})
    state = tenant(invoiceOwnerAccountNumber="A00000001")
    [operation] = planned(sale(), item, state=state).operations
    [line] = [one for one in operation.lineage if one.target.endswith("/destinationInvoiceAccountNumber")]
    assert (line.source, line.value, line.was) == ("Order.InvoiceOwner__c", "A-OTHER", "A00000001")


# The account of the order


def test_an_order_of_changes_is_on_the_account_that_zuora_invoices() -> None:
    plan = planned(sale(), revision(2, 1, AUTUMN, 5), state=tenant(invoiceOwnerAccountNumber="A-OTHER"))
    body = body_of(plan)
    assert body["existingAccountNumber"] == "A-OTHER"
    [line] = [one for one in plan.operations[0].lineage if one.target == "/existingAccountNumber"]
    assert line.value == "A-OTHER"


def test_a_repeat_is_on_the_account_where_it_was() -> None:
    """What it changed may have been transferred since."""
    items = (sale(), revision(2, 1, AUTUMN, 5))
    sent = body_of(planned(*items, state=tenant(invoiceOwnerAccountNumber="A-OTHER")))
    state = tenant(invoiceOwnerAccountNumber="A-THIRD")
    state.orders["O-2"] = {"status": "Completed", **sent}
    again = planned(*items, state=state)
    assert (again.stop, again.problems) == (Outcome.UNCHANGED, ())


def test_with_something_new_in_it_the_order_stays_on_its_own_account() -> None:
    items = (sale(), revision(2, 1, AUTUMN, 5), sale(3, AUTUMN, of_order=2))
    body = body_of(planned(*items, state=tenant(invoiceOwnerAccountNumber="A-OTHER")))
    assert body["existingAccountNumber"] == "A00000001"


# Moved


def test_where_moved_subscriptions_are_held_the_owner_that_an_order_named_is_the_right_one() -> None:
    moved = revision(2, 1, SUMMER, 0, order={"SubscriptionOwner__c": OTHER})
    items = (sale(), moved, revision(3, 1, AUTUMN, 5))
    hold = {"moved_subscriptions": "hold"}
    plan = planned(*items, state=tenant(accountNumber="A-OTHER"), **hold)
    assert [kind for kind, _, _ in actions(plan)] == ["UpdateProduct"]
    plan = planned(*items, state=tenant(accountNumber="A00000001"), **hold)
    assert codes(plan) == ["CPQ-431"]
    assert "belongs to account A00000001 in Zuora, not to A-OTHER" in plan.problems[0].message


def test_nothing_is_transferred_of_what_zuora_changes_no_more() -> None:
    item = revision(2, 1, AUTUMN, 0, order={"InvoiceOwner__c": OTHER})
    for status, code in (("Cancelled", "CPQ-436"), ("Suspended", "CPQ-436"), ("Pending Activation", "CPQ-504")):
        assert codes(planned(sale(), item, state=tenant(status=status))) == [code]
