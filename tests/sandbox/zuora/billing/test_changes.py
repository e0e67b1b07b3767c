"""What was changed after it was invoiced: credits and new charges, whatever orders led there."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.envelopes import Refusal
from cpqbridge.sandbox.zuora.orders.delete import delete_order
from tests.sandbox.zuora.billing.books import Books, override, rules

BY_MONTH = rules(prorationUnit="ProrateByMonthFirst")

UNITS: dict[str, Any] = {"chargeModel": "PerUnit", "uOM": "User", "defaultQuantity": 10}


@pytest.fixture
def books() -> Books:
    return Books(**BY_MONTH)


def _quantity(units: int) -> dict[str, Any]:
    return {"recurringPerUnit": {"quantity": units}}


def test_more_units_in_an_invoiced_month(books: Books) -> None:
    number = books.sell(books.charge(31, **UNITS), start="2025-01-01", end="2026-01-01")
    books.bill("2025-03-01")
    books.update(number, on="2025-03-11", pricing=_quantity(12))
    items = books.items("2025-03-31")
    assert [item.line for item in items] == [
        ("2025-03-11", "2025-03-31", "252.00"),
        ("2025-03-11", "2025-03-31", "-210.00"),
    ]
    assert [item.row["chargeName"] for item in items] == ["Seats -- Proration", "Seats -- Proration Credit"]
    assert items[1].row["creditFromItemId"] in {item.row["id"] for item in books.everything()}
    assert [row["chargedThroughDate"] for row in books.segments(number)] == ["2025-03-11", "2025-04-01"]
    assert books.bill("2025-03-31") == []
    assert books.bill("2025-04-01") == [("2025-04-01", "2025-04-30", "372.00")]


def test_less_units_from_a_day_before_several_invoices(books: Books) -> None:
    number = books.sell(books.charge(31, **UNITS), start="2025-01-01", end="2026-01-01")
    books.bill("2025-03-01")
    books.update(number, on="2025-01-11", pricing=_quantity(4))
    assert books.bill("2025-03-31") == [
        ("2025-01-11", "2025-01-31", "84.00"),
        ("2025-02-01", "2025-02-28", "124.00"),
        ("2025-03-01", "2025-03-31", "124.00"),
        ("2025-01-11", "2025-01-31", "-210.00"),
        ("2025-02-01", "2025-02-28", "-310.00"),
        ("2025-03-01", "2025-03-31", "-310.00"),
    ]
    assert books.bill("2025-03-31") == []


def test_a_change_in_the_future_waits_for_its_day(books: Books) -> None:
    number = books.sell(books.charge(1200, billingPeriod="Annual"), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.cancel(number, "2025-07-01")
    assert books.bill("2025-06-30") == []
    assert books.bill("2025-07-01") == [("2025-07-01", "2025-12-31", "-600.00")]


def test_several_orders_before_the_next_bill_run(books: Books) -> None:
    number = books.sell(books.charge(31, **UNITS), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.update(number, on="2025-01-11", pricing=_quantity(12))
    books.update(number, on="2025-01-21", pricing=_quantity(8))
    books.cancel(number, "2025-01-26")
    assert books.bill("2025-02-28") == [
        ("2025-01-11", "2025-01-20", "120.00"),
        ("2025-01-21", "2025-01-25", "40.00"),
        ("2025-01-11", "2025-01-31", "-210.00"),
    ]
    assert books.total() == 100 + 120 + 40


def test_a_renewal_in_the_middle_of_a_billing_period(books: Books) -> None:
    number = books.sell(books.charge(1200, billingPeriod="Annual"), start="2025-01-01", end="2025-07-01")
    assert books.bill("2025-06-30") == [("2025-01-01", "2025-06-30", "600.00")]
    books.change(number, "RenewSubscription", on="2025-07-01")
    assert books.bill("2026-01-01") == [
        ("2025-07-01", "2025-12-31", "600.00"),
        ("2026-01-01", "2026-06-30", "600.00"),
    ]


def test_a_renewal_that_aligns_to_the_term_begins_anew(books: Books) -> None:
    year = books.charge(1200, billingPeriod="Annual", billingPeriodAlignment="AlignToTermStart")
    number = books.sell(year, start="2025-01-01", end="2025-07-01")
    assert books.bill("2025-06-30") == [("2025-01-01", "2025-06-30", "600.00")]
    books.change(number, "RenewSubscription", on="2025-07-01")
    assert books.bill("2026-01-01") == [("2025-07-01", "2026-06-30", "1200.00")]


def test_periods_counted_back_from_the_end_of_the_term(books: Books) -> None:
    quarter = books.charge(300, billingPeriod="Quarter", billingPeriodAlignment="AlignToTermEnd")
    books.sell(quarter, start="2025-01-01", end="2025-06-01")
    assert books.bill("2025-12-31") == [
        ("2025-01-01", "2025-02-28", "200.00"),
        ("2025-03-01", "2025-05-31", "300.00"),
    ]


def test_a_removed_rate_plan(books: Books) -> None:
    kept, removed = books.charge(100), books.charge(300, billingPeriod="Quarter")
    number = books.sell(kept, removed, start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-31")
    plan = books.plan(number, removed)
    books.change(number, "RemoveProduct", {"ratePlanId": plan["id"]}, on="2025-02-15")
    assert books.bill("2025-02-15") == [
        ("2025-02-01", "2025-02-28", "100.00"),
        ("2025-02-15", "2025-03-31", "-150.00"),
    ]


def test_a_rate_plan_that_takes_the_place_of_another(books: Books) -> None:
    old, new = books.charge(300, billingPeriod="Quarter"), books.charge(600, billingPeriod="Quarter")
    number = books.sell(old, start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    body = {"productRatePlanId": old, "newProductRatePlan": {"productRatePlanId": new}}
    books.change(number, "ChangePlan", body, on="2025-02-01")
    assert books.bill("2025-02-01") == [
        ("2025-02-01", "2025-04-30", "600.00"),
        ("2025-02-01", "2025-03-31", "-200.00"),
    ]


def test_a_suspension_that_was_invoiced_already(books: Books) -> None:
    number = books.sell(books.charge(1200, billingPeriod="Annual"), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.change(
        number, "Suspend", {"suspendPolicy": "SpecificDate", "suspendSpecificDate": "2025-04-01"}, on="2025-04-01"
    )
    assert books.bill("2025-05-01") == [("2025-04-01", "2025-12-31", "-900.00")]
    resume = {"resumePolicy": "SpecificDate", "resumeSpecificDate": "2025-07-01", "extendsTerm": False}
    books.change(number, "Resume", resume, on="2025-07-01")
    assert books.bill("2025-07-01") == [("2025-07-01", "2025-12-31", "600.00")]
    assert books.bill("2025-12-31") == []


def test_a_term_that_is_shortened(books: Books) -> None:
    number = books.sell(books.charge(1200, billingPeriod="Annual"), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    term = {"termType": "TERMED", "period": 3, "periodType": "Month"}
    books.change(number, "TermsAndConditions", {"lastTerm": term}, on="2025-02-01")
    assert books.bill("2025-04-01") == [("2025-04-01", "2025-12-31", "-900.00")]


def test_the_account_that_is_invoiced_changes(books: Books) -> None:
    other = books.add_account(cycle_day=15)
    number = books.sell(books.charge(31), start="2025-01-01", end="2026-01-01")
    books.bill("2025-02-01")
    body = {"destinationInvoiceAccountNumber": other["accountNumber"]}
    books.change(number, "OwnerTransfer", body, on="2025-02-10")
    items = books.items("2025-03-15")
    assert [item.line[:2] for item in items] == [("2025-03-01", "2025-03-14"), ("2025-03-15", "2025-04-14")]
    assert {item.row["accountId"] for item in items} == {other["id"]}


def test_a_subscription_cancelled_from_its_first_day(books: Books) -> None:
    number = books.sell(books.charge(1200, billingPeriod="Annual"), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.cancel(number, "2025-01-01")
    (credit,) = books.items("2025-01-01")
    assert (credit.row["chargeName"], credit.line[2]) == ("Seats -- Credit", "-1200.00")
    assert books.total() == 0
    assert [row["chargedThroughDate"] for row in books.segments(number)] == [None]


@pytest.mark.parametrize(("credited", "expected"), [(False, []), (True, [("2025-01-01", "2025-01-01", "-500.00")])])
def test_one_time_charges_are_credited_only_by_the_rule(credited: bool, expected: list[Any]) -> None:
    books = Books(**rules(oneTimeCreditBack=credited))
    number = books.sell(books.charge(500, chargeType="OneTime"), start="2025-01-01", end="2026-01-01")
    assert books.bill("2025-01-01") == [("2025-01-01", "2025-01-01", "500.00")]
    assert books.bill("2025-06-01") == []
    books.cancel(number, "2025-01-01")
    assert books.bill("2025-06-01") == expected
    assert books.bill("2025-06-01") == []


@pytest.mark.parametrize("invoiced_before", [True, False])
def test_a_cancelled_part_is_billed_whole_where_no_part_is_billed(*, invoiced_before: bool) -> None:
    books = Books(**rules(prorateRecurringMonthlyCharges=False, proratePeriodOfRecurringCharge=False))
    number = books.sell(books.charge(310), start="2025-01-01", end="2026-01-01")
    if invoiced_before:
        books.bill("2025-01-01")
    books.cancel(number, "2025-01-11")
    books.bill("2025-12-31")
    assert [item.line for item in books.everything()] == [("2025-01-01", "2025-01-31", "310.00")]


#: Proration option -> items of a charge of 310 a month from 15 January to 14 March, credit when cancelled on 11 March.
OPTIONS = [
    ("DefaultFromTenantSetting", ["170.00", "310.00", "140.00"], ["-40.00"]),
    ("TimeBasedProration", ["170.00", "310.00", "140.00"], ["-40.00"]),
    ("NoProration", ["310.00", "310.00"], []),
    ("ChargeFullPeriod", ["310.00", "310.00", "310.00"], []),
]


@pytest.mark.parametrize(("option", "billed", "credited"), OPTIONS)
def test_proration_options_of_a_charge(option: str, billed: list[str], credited: list[str]) -> None:
    books = Books()
    plan = books.charge(310, prorationOption=option)
    number = books.sell(plan, start="2025-01-15", end="2025-03-15")
    assert [line[2] for line in books.bill("2025-12-31")] == billed
    books.cancel(number, "2025-03-11")
    assert [line[2] for line in books.bill("2025-12-31")] == credited


@pytest.mark.parametrize(("unit", "amount"), [("ProrateByMonthFirst", "200.00"), ("ProrateByDay", "196.67")])
def test_whole_months_of_a_longer_period(unit: str, amount: str) -> None:
    """Months by whole ones, periods by their part: a quarter from 16 January to 9 March is February and March."""
    books = Books(**rules(prorateRecurringMonthlyCharges=False, prorationUnit=unit))
    plan = books.charge(300, billingPeriod="Quarter", billingPeriodAlignment="AlignToSubscriptionStart")
    late = override(books, plan, startDate={"triggerEvent": "SpecificDate", "specificTriggerDate": "2025-01-16"})
    books.sell(late, start="2025-01-01", end="2025-03-10")
    assert books.bill("2025-12-31") == [("2025-02-01", "2025-03-31", amount)]


def test_in_arrears(books: Books) -> None:
    number = books.sell(books.charge(310, billingTiming="IN_ARREARS"), start="2025-01-22", end="2025-12-01")
    assert books.bill("2025-01-31") == []
    assert books.bill("2025-02-01") == [("2025-01-22", "2025-01-31", "100.00")]
    books.cancel(number, "2025-02-15")
    assert books.bill("2025-02-14") == []
    assert books.bill("2025-02-15") == [("2025-02-01", "2025-02-14", "155.00")]


def test_arrears_by_the_tenants_rule() -> None:
    books = Books(**rules(recurringChargeStyle="Arrears"))
    books.sell(books.charge(310, billingTiming=None), start="2025-01-01", end="2025-12-01")
    assert books.bill("2025-01-31") == []


def test_a_bill_cycle_day_that_is_set_automatically() -> None:
    books = Books(cycle_day=0)
    books.sell(books.charge(31), start="2025-01-17", end="2025-12-17")
    assert books.bill("2025-02-17")[1][0] == "2025-02-17"
    assert (books.store.get("account", books.account["id"]) or {})["billCycleDay"] == 17


def test_a_bill_cycle_day_that_changes(books: Books) -> None:
    books.sell(books.charge(31), start="2025-01-01", end="2025-12-01")
    books.bill("2025-01-01")
    books.store.update("account", books.account["id"], {"billCycleDay": 15})
    assert [line[:2] for line in books.bill("2025-02-15")] == [
        ("2025-02-01", "2025-02-14"),
        ("2025-02-15", "2025-03-14"),
    ]


@pytest.mark.parametrize("status", ["Pending Activation", "Pending Acceptance"])
def test_a_subscription_that_is_not_active_is_not_billed(books: Books, status: str) -> None:
    number = books.sell(books.charge(31), start="2025-01-01", end="2025-12-01")
    books.store.update("subscription", books.subscription(number)["id"], {"status": status})
    assert books.bill("2025-12-31") == []


def test_an_order_cannot_be_deleted_once_its_change_is_invoiced(books: Books) -> None:
    number = books.sell(books.charge(31, **UNITS), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.update(number, on="2025-01-11", pricing=_quantity(12))
    order = books.store.get("order", books.subscription(number)["orderId"]) or {}
    books.bill("2025-01-31")
    with pytest.raises(Refusal, match="is invoiced"):
        delete_order(books.tenant, order)


def test_an_order_that_is_deleted_before_it_was_invoiced_leaves_nothing(books: Books) -> None:
    number = books.sell(books.charge(31, **UNITS), start="2025-01-01", end="2026-01-01")
    books.bill("2025-01-01")
    books.update(number, on="2025-01-11", pricing=_quantity(12))
    delete_order(books.tenant, books.store.get("order", books.subscription(number)["orderId"]) or {})
    assert books.bill("2025-01-31") == []


def test_a_cancelled_term_that_was_billed_at_once(books: Books) -> None:
    number = books.sell(books.charge(1200, billingPeriod="Subscription_Term"), start="2025-01-01", end="2026-01-01")
    assert books.bill("2025-01-01") == [("2025-01-01", "2025-12-31", "1200.00")]
    books.cancel(number, "2025-07-01")
    assert books.bill("2025-12-31") == [("2025-07-01", "2025-12-31", "-600.00")]


def test_parts_of_a_week_that_are_not_billed() -> None:
    books = Books(**rules(prorateRecurringWeeklyCharges=False))
    weekly: dict[str, Any] = {"billCycleType": "SpecificDayofWeek", "weeklyBillCycleDay": "Wednesday"}
    books.sell(books.charge(100, billingPeriod="Week", **weekly), start="2018-01-01", end="2018-01-29")
    assert [line[0] for line in books.bill("2018-12-31")] == ["2018-01-03", "2018-01-10", "2018-01-17"]
    weekly |= {"billingPeriod": "Specific_Weeks", "specificBillingPeriod": 2}
    books.sell(books.charge(200, **weekly), start="2018-01-01", end="2018-01-29")
    assert books.bill("2018-12-31") == [
        ("2018-01-03", "2018-01-16", "200.00"),
        ("2018-01-17", "2018-01-23", "100.00"),
    ]
