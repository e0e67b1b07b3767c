"""Cancelling, renewing, changing terms, transferring, suspending and resuming a subscription."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import act, change, fields, read, segments, send
from tests.sandbox.zuora.conftest import ACCOUNT, CONTACT, ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, plan_override, subscription, termed

Body = dict[str, Any]

START, END, NEXT = "2026-02-01", "2027-02-01", "2028-02-01"
RENEWAL = {"renewalTerms": [{"period": 12, "periodType": "Month"}]}


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


def sell(zuora: ZuoraClient, account: Body, catalog: Catalog, *plans: Body, **terms: Any) -> None:
    """Subscription S-1 with five seats, a year from February 2026 on, renewed for a year."""
    seats = plan_override(catalog, "Seats", {"recurringPerUnit": {"quantity": 5}}, chargeNumber="C-1")
    chosen = termed() | RENEWAL | terms
    send(zuora, order(account, subscription(catalog, "S-1", terms=chosen, subscribeToRatePlans=[seats, *plans])))


def update(on: str, quantity: int) -> Body:
    """UpdateProduct of the seats."""
    charge = {"chargeNumber": "C-1", "pricing": {"recurringPerUnit": {"quantity": quantity}}}
    return act("UpdateProduct", {"externalCatalogPlanId": "01t-Seats", "chargeUpdates": [charge]}, on)


def code(zuora: ZuoraClient, body: Body) -> int:
    """Code of the first reason of a refused order."""
    return int(zuora.call("POST", "/v1/orders", body)["reasons"][0]["code"])


@pytest.mark.parametrize(
    ("content", "on", "end"),
    [
        ({"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-06-01"}, "2026-05-01", "2026-06-01"),
        ({"cancellationPolicy": "EndOfCurrentTerm"}, "2026-05-01", END),
        ({"cancellationPolicy": "EndOfLastInvoicePeriod"}, "2026-05-01", START),
    ],
)
def test_a_cancellation_ends_every_charge(
    zuora: ZuoraClient, account: Body, catalog: Catalog, content: Body, on: str, end: str
) -> None:
    sell(zuora, account, catalog, plan_override(catalog, "Setup"))
    number = send(zuora, change(account, "S-1", act("CancelSubscription", content, on)))

    now = read(zuora, "S-1")
    assert fields(now, "status", "version", "termEndDate", "subscriptionEndDate") == ("Cancelled", 2, end, end)
    assert segments(now)[0] == (START, end)
    assert segments(now)[1] == (START, START if end == START else "2026-02-02")
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"][0]
    assert shown["cancelSubscription"] == content | {"cancellationEffectiveDate": end}
    row = zuora.call("GET", f"/object-query/order-actions/{shown['id']}")
    assert fields(row, "cancellationPolicy", "cancellationEffectiveDate") == (content["cancellationPolicy"], end)
    assert code(zuora, change(account, "S-1", update("2026-05-01", 9))) == 53100030
    assert read(zuora, "S-1", 1)["status"] == "Active"


def test_a_cancellation_at_the_end_of_what_is_invoiced(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    sell(zuora, account, catalog)
    charge = tenant.store.find("ratePlanCharge", chargeNumber="C-1")[0]
    tenant.store.update("ratePlanCharge", charge["id"], {"chargedThroughDate": "2026-05-01"})
    send(zuora, change(account, "S-1", act("CancelSubscription", {"cancellationPolicy": "EndOfLastInvoicePeriod"})))

    assert segments(read(zuora, "S-1")) == [(START, "2026-05-01")]


def test_a_cancellation_takes_future_updates_away(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog)
    send(zuora, change(account, "S-1", update("2026-04-01", 6), update("2026-09-01", 7)))
    cancellation = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": "2026-06-01"}
    send(zuora, change(account, "S-1", act("CancelSubscription", cancellation)))

    ends = [(START, "2026-04-01", False), ("2026-04-01", "2026-06-01", True)]
    assert segments(read(zuora, "S-1"), "isLastSegment") == ends


def test_a_renewal_begins_where_the_term_ends(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    fixed = {"endDate": {"endDateCondition": "Fixed_Period", "upToPeriods": 3, "upToPeriodsType": "Months"}}
    sell(zuora, account, catalog, plan_override(catalog, "Setup"), plan_override(catalog, "Base", None, **fixed))
    number = send(zuora, change(account, "S-1", act("RenewSubscription", {}, "2026-11-01")))

    now = read(zuora, "S-1")
    assert fields(now, "version", "termStartDate", "termEndDate", "subscriptionEndDate") == (2, END, NEXT, NEXT)
    assert fields(now, "subscriptionStartDate", "initialTerm", "currentTerm", "status") == (START, 12, 12, "Active")
    assert segments(now) == [(START, NEXT), (START, "2026-02-02"), (START, "2026-05-01")]
    row = zuora.call("GET", f"/object-query/orders/{number}?expand[]=orderactions")["orderActions"][0]
    assert fields(row, "type", "termStartDate", "currentTerm") == ("RenewSubscription", END, 12)
    send(zuora, change(account, "S-1", {"type": "RenewSubscription"}))
    assert read(zuora, "S-1")["termEndDate"] == "2029-02-01"


def test_another_length_of_the_next_term(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog)
    terms = act("TermsAndConditions", {"renewalTerms": [{"period": 24, "periodType": "Month"}]})
    send(zuora, change(account, "S-1", terms, act("RenewSubscription", {}), update("2027-02-01", 7)))

    now = read(zuora, "S-1")
    assert fields(now, "version", "currentTerm", "renewalTerm", "termEndDate") == (2, 24, 24, "2029-02-01")
    assert segments(now, "quantity") == [(START, END, 5), (END, "2029-02-01", 7)]


@pytest.mark.parametrize(
    ("option", "price"),
    [
        ({"priceChangeOption": "SpecificPercentageValue", "priceIncreasePercentage": 5}, Decimal(126)),
        ({"priceChangeOption": "UseLatestProductCatalogPricing"}, Decimal(10)),
        ({"priceChangeOption": "NoChange"}, None),
    ],
)
def test_prices_may_change_at_the_renewal(
    zuora: ZuoraClient, account: Body, catalog: Catalog, option: Body, price: Decimal | None
) -> None:
    pricing = {"recurringFlatFee": {"listPrice": 120, **option}}
    plan = plan_override(catalog, "Base", pricing)
    send(zuora, order(account, subscription(catalog, "S-1", terms=termed() | RENEWAL, subscribeToRatePlans=[plan])))
    send(zuora, change(account, "S-1", act("RenewSubscription", {})))

    expected = [(START, NEXT, 120)] if price is None else [(START, END, 120), (END, NEXT, price)]
    assert segments(read(zuora, "S-1"), "price") == expected


def test_a_renewal_to_evergreen(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog, renewalSetting="RENEW_TO_EVERGREEN", renewalTerms=[])
    send(zuora, change(account, "S-1", act("RenewSubscription", {})))

    now = read(zuora, "S-1")
    assert fields(now, "termType", "termStartDate", "termEndDate", "autoRenew") == ("EVERGREEN", END, None, False)
    assert segments(now) == [(START, None)]
    assert code(zuora, change(account, "S-1", act("RenewSubscription", {}))) == 53100030
    over = {"cancellationPolicy": "EndOfCurrentTerm"}
    assert code(zuora, change(account, "S-1", act("CancelSubscription", over))) == 53100030


@pytest.mark.parametrize(
    ("term", "end"),
    [
        ({"termType": "TERMED", "period": 18, "periodType": "Month"}, "2027-08-01"),
        ({"termType": "TERMED", "endDate": "2026-10-15"}, "2026-10-15"),
        ({"termType": "EVERGREEN"}, None),
    ],
)
def test_charges_follow_another_term(
    zuora: ZuoraClient, account: Body, catalog: Catalog, term: Body, end: str | None
) -> None:
    sell(zuora, account, catalog)
    number = send(zuora, change(account, "S-1", act("TermsAndConditions", {"lastTerm": term})))

    now = read(zuora, "S-1")
    assert fields(now, "termType", "termEndDate", "subscriptionEndDate") == (term["termType"], end, end)
    assert segments(now) == [(START, end)]
    shown = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"][0]
    assert shown["termsAndConditions"]["initialTerm"] == term
    if end is None:
        back = {"lastTerm": {"termType": "TERMED", "period": 6, "periodType": "Month"}}
        send(zuora, change(account, "S-1", act("TermsAndConditions", back)))
        assert segments(read(zuora, "S-1")) == [(START, "2026-08-01")]


def test_a_shorter_term_ends_removed_products_too(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog, plan_override(catalog, "Base"))
    removal = act("RemoveProduct", {"externalCatalogPlanId": "01t-Base"}, "2026-09-01")
    shorter = {"lastTerm": {"termType": "TERMED", "period": 3, "periodType": "Month"}}
    send(zuora, change(account, "S-1", removal, act("TermsAndConditions", shorter)))

    assert segments(read(zuora, "S-1")) == [(START, "2026-05-01")] * 2


def test_an_early_renewal_by_another_term_start(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog)
    term = {"termType": "TERMED", "startDate": "2026-08-01", "period": 12, "periodType": "Month"}
    send(zuora, change(account, "S-1", act("TermsAndConditions", {"lastTerm": term}, "2026-08-01")))

    now = read(zuora, "S-1")
    assert fields(now, "termStartDate", "termEndDate", "subscriptionStartDate") == ("2026-08-01", "2027-08-01", START)
    assert segments(now) == [(START, "2027-08-01")]


def test_renewal_contacts_and_payment_of_a_subscription(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog)
    contact = account["billToContactId"]
    terms = {
        "autoRenew": True,
        "renewalTerms": [{"period": 6, "periodType": "Month"}],
        "billToContactId": contact,
        "shipToContactId": contact,
        "paymentTerm": "Net 45",
        "invoiceGroupNumber": "PO-1",
        "invoiceSeparately": True,
    }
    send(zuora, change(account, "S-1", act("TermsAndConditions", terms)))

    now = read(zuora, "S-1")
    assert fields(now, "autoRenew", "renewalTerm", "paymentTerm", "invoiceSeparately") == (True, 6, "Net 45", True)
    assert (now["billToContact"]["id"], now["shipToContact"]["id"], now["soldToContact"]) == (contact, contact, None)
    cleared = {"clearingExistingBillToContact": True, "clearingExistingPaymentTerm": True}
    number = send(zuora, change(account, "S-1", act("RenewSubscription", cleared)))
    now = read(zuora, "S-1")
    assert fields(now, "billToContact", "paymentTerm", "invoiceGroupNumber") == (None, None, "PO-1")
    row = zuora.call("GET", f"/object-query/orders/{number}?expand[]=orderactions")["orderActions"][0]
    assert row["clearingExistingBillToContact"] is True


def test_a_transfer_of_owner_and_invoice_owner(
    zuora: ZuoraClient, account: Body, catalog: Catalog, tenant: Tenant
) -> None:
    sell(zuora, account, catalog)
    contact = {"billToContactId": account["billToContactId"], "soldToContactId": account["billToContactId"]}
    send(zuora, change(account, "S-1", act("TermsAndConditions", contact)))
    other = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "name": "Other", "billToContact": CONTACT})
    payer = {"destinationInvoiceAccountNumber": other["accountNumber"]}
    send(zuora, change(account, "S-1", act("OwnerTransfer", payer)))

    now = read(zuora, "S-1")
    assert fields(now, "accountNumber", "invoiceOwnerAccountNumber") == (
        account["accountNumber"],
        other["accountNumber"],
    )
    assert (now["billToContact"], now["soldToContact"]["id"]) == (None, account["billToContactId"])
    owner = {"destinationAccountNumber": other["accountNumber"], "billToContactId": other["billToContactId"]}
    send(zuora, change(account, "S-1", act("OwnerTransfer", owner)))
    now = read(zuora, "S-1")
    assert now["accountNumber"] == other["accountNumber"]
    assert (now["billToContact"]["id"], now["soldToContact"]) == (other["billToContactId"], None)
    charge = tenant.store.find("ratePlanCharge", subscriptionId=now["id"])[0]
    assert fields(charge, "subscriptionOwnerId", "invoiceOwnerId") == (other["accountId"], other["accountId"])
    assert read(zuora, "S-1", 1)["accountNumber"] == account["accountNumber"]
    listed = zuora.call("GET", f"/v1/subscriptions/accounts/{other['accountNumber']}")["subscriptions"]
    assert [found["subscriptionNumber"] for found in listed] == ["S-1"]


def test_suspend_and_resume_with_a_longer_term(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog, plan_override(catalog, "Setup"))
    suspension = act("Suspend", {"suspendPolicy": "SpecificDate", "suspendSpecificDate": "2026-06-01"})
    send(zuora, change(account, "S-1", suspension))

    now = read(zuora, "S-1")
    assert now["status"] == "Suspended"
    assert segments(now) == [(START, "2026-06-01"), (START, "2026-02-02")]
    for refused in (update("2026-07-01", 9), act("CancelSubscription", {"cancellationPolicy": "EndOfCurrentTerm"})):
        assert code(zuora, change(account, "S-1", refused)) == 53100030
    resumption = {"resumePolicy": "FixedPeriodsFromSuspendDate", "resumePeriods": 10, "resumePeriodsType": "Day"}
    number = send(zuora, change(account, "S-1", act("Resume", resumption | {"extendsTerm": True})))

    now = read(zuora, "S-1")
    assert fields(now, "status", "termEndDate", "subscriptionEndDate") == ("Active", "2027-02-11", "2027-02-11")
    assert segments(now, "segment", "quantity")[:2] == [
        (START, "2026-06-01", 1, 5),
        ("2026-06-11", "2027-02-11", 2, 5),
    ]
    row = zuora.call("GET", f"/object-query/orders/{number}?expand[]=orderactions")["orderActions"][0]
    assert row["resumeDate"] == "2026-06-11"


def test_a_suspension_with_its_end_in_one_order(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    sell(zuora, account, catalog)
    send(zuora, change(account, "S-1", update("2026-07-01", 8)))
    suspension = act("Suspend", {"suspendPolicy": "SpecificDate", "suspendSpecificDate": "2026-06-01"})
    resumption = act("Resume", {"resumePolicy": "SpecificDate", "resumeSpecificDate": "2026-08-01"})
    assert code(zuora, change(account, "S-1", suspension, update("2026-09-01", 9), resumption)) == 53100030
    send(zuora, change(account, "S-1", suspension, resumption, update("2026-09-01", 9)))

    assert segments(read(zuora, "S-1"), "quantity") == [
        (START, "2026-06-01", 5),
        ("2026-08-01", "2026-09-01", 8),
        ("2026-09-01", END, 9),
    ]
    early = act("Suspend", {"suspendPolicy": "SpecificDate", "suspendSpecificDate": "2026-07-15"})
    assert code(zuora, change(account, "S-1", early)) == 53100030


def test_resuming_on_the_suspend_date_takes_the_suspension_back(
    zuora: ZuoraClient, account: Body, catalog: Catalog
) -> None:
    sell(zuora, account, catalog)
    send(zuora, change(account, "S-1", act("Suspend", {"suspendPolicy": "Today"})))
    assert segments(read(zuora, "S-1")) == [(START, START)]
    send(zuora, change(account, "S-1", act("Resume", {"resumePolicy": "SuspendDate"})))

    assert segments(read(zuora, "S-1"), "segment") == [(START, END, 1)]
