"""The life of a deal as a connector sends it: sequences of actions on one subscription, in one order or in several."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.amending import change, fields, read, segments, send
from tests.sandbox.zuora.conftest import ACCOUNT, ZuoraClient
from tests.sandbox.zuora.ordering import Catalog, make_catalog, order, plan_override, subscription, termed

Body = dict[str, Any]

START, END, NEXT = "2026-02-01", "2027-02-01", "2028-02-01"
TRIGGERS = ("ContractEffective", "ServiceActivation", "CustomerAcceptance")
YEAR = {"period": 12, "periodType": "Month"}
BASE = {"listPriceBase": "Per_Specific_Months", "specificListPriceBase": 12}


@pytest.fixture
def catalog(tenant: Tenant) -> Catalog:
    return make_catalog(tenant)


@pytest.fixture
def sold(zuora: ZuoraClient, account: Body, catalog: Catalog) -> Catalog:
    """The catalog, of which SUB-1 has five seats (plan SRP-1, charge C-1) at 120 for twelve months."""
    send(zuora, order(account, new(catalog), orderNumber="O-1"))
    return catalog


def new(catalog: Catalog, **create: Any) -> Body:
    """A new subscription SUB-1 as a connector sends it."""
    pricing = {"recurringPerUnit": {"listPrice": 120, "quantity": 5, **BASE}}
    plan = plan_override(catalog, "Seats", pricing, chargeNumber="C-1", uniqueToken="charge")
    plan |= {"subscriptionRatePlanNumber": "SRP-1", "externallyManagedPlanId": "802-1", "uniqueToken": "plan"}
    entry = subscription(catalog, "SUB-1", subscribeToRatePlans=[plan], terms=termed() | create)
    entry["orderActions"][0]["triggerDates"] = triggers(START)
    return entry


def triggers(on: str) -> list[Body]:
    return [{"name": name, "triggerDate": on} for name in TRIGGERS]


def action(kind: str, on: str, content: Body) -> Body:
    """An action with all three trigger dates on one day."""
    return {"type": kind, "triggerDates": triggers(on), kind[0].lower() + kind[1:]: content}


def update(on: str, *, early: bool = False, plan: Body | None = None, **pricing: Any) -> Body:
    priced = {"recurringPerUnit": pricing}
    charge = {"uniqueToken": "charge"} if plan else {"chargeNumber": "C-1"}
    body = {**(plan or {"subscriptionRatePlanNumber": "SRP-1"}), "chargeUpdates": [charge | {"pricing": priced}]}
    return action("UpdateProduct", on, body | ({"specificUpdateDate": on} if early else {}))


def renewal(on: str) -> list[Body]:
    """A renewal by a year, whatever was agreed before."""
    terms = {"renewalSetting": "RENEW_WITH_SPECIFIC_TERM", "renewalTerms": [YEAR]}
    return [action("TermsAndConditions", on, terms), action("RenewSubscription", on, {})]


def cancel(on: str) -> Body:
    return action("CancelSubscription", on, {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": on})


def amend(zuora: ZuoraClient, account: Body, *actions: Body, **more: Any) -> str:
    return send(zuora, change(account, "SUB-1", *actions, **more))


def refused(zuora: ZuoraClient, account: Body, *actions: Body) -> str:
    answer = zuora.call("POST", "/v1/orders", change(account, "SUB-1", *actions))
    assert answer["reasons"][0]["code"] == 53100030, answer
    return str(answer["reasons"][0]["message"])


def timeline(zuora: ZuoraClient) -> list[tuple[Any, ...]]:
    return segments(read(zuora, "SUB-1"), "quantity", "price")


@pytest.mark.usefixtures("sold")
def test_several_stretches_of_a_back_dated_change_in_one_order(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, update("2026-08-01", quantity=10))
    amend(zuora, account, update("2026-11-01", quantity=12))
    amend(
        zuora,
        account,
        update("2026-05-01", quantity=7, early=True),
        update("2026-08-01", quantity=12, early=True),
        update("2026-11-01", quantity=14),
    )

    assert timeline(zuora) == [
        (START, "2026-05-01", 5, 120),
        ("2026-05-01", "2026-08-01", 7, 120),
        ("2026-08-01", "2026-11-01", 12, 120),
        ("2026-11-01", END, 14, 120),
    ]
    assert "specificUpdateDate" in refused(zuora, account, update("2026-06-01", quantity=1))
    assert "no update after" in refused(zuora, account, update("2026-12-01", quantity=1, early=True))


@pytest.mark.usefixtures("sold")
def test_two_changes_on_one_day_are_the_last_one(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, update("2026-05-01", quantity=7), update("2026-05-01", quantity=8))
    amend(zuora, account, update("2026-05-01", quantity=9))
    amend(zuora, account, update(START, quantity=6, early=True))

    assert timeline(zuora) == [(START, "2026-05-01", 6, 120), ("2026-05-01", END, 9, 120)]


@pytest.mark.usefixtures("sold")
def test_a_term_that_ends_early_is_renewed_from_there(zuora: ZuoraClient, account: Body) -> None:
    early = action("TermsAndConditions", "2026-08-15", {"lastTerm": {"termType": "TERMED", "endDate": "2026-08-15"}})
    amend(zuora, account, early, *renewal("2026-08-15"), update("2026-08-15", quantity=9, listPrice=130))

    now = read(zuora, "SUB-1")
    assert fields(now, "termStartDate", "termEndDate", "subscriptionEndDate") == (
        "2026-08-15",
        "2027-08-15",
        "2027-08-15",
    )
    assert fields(now, "currentTerm", "currentTermPeriodType", "version") == (12, "Month", 2)
    assert timeline(zuora) == [(START, "2026-08-15", 5, 120), ("2026-08-15", "2027-08-15", 9, 130)]


@pytest.mark.usefixtures("sold")
def test_a_term_is_made_longer_by_its_end_alone(zuora: ZuoraClient, account: Body) -> None:
    longer = {"lastTerm": {"termType": "TERMED", "endDate": "2027-03-15"}}
    amend(zuora, account, action("TermsAndConditions", START, longer))

    now = read(zuora, "SUB-1")
    assert fields(now, "termEndDate", "currentTerm", "currentTermPeriodType") == ("2027-03-15", 407, "Day")
    assert timeline(zuora) == [(START, "2027-03-15", 5, 120)]
    amend(zuora, account, *renewal("2027-03-15"))
    assert timeline(zuora) == [(START, "2028-03-15", 5, 120)]


@pytest.mark.usefixtures("sold")
def test_a_renewal_with_another_price_and_quantity_on_its_first_day(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, *renewal(END), update(END, quantity=6, listPrice=132), orderDate="2026-12-01")

    now = read(zuora, "SUB-1")
    assert fields(now, "termStartDate", "termEndDate", "renewalTerm") == (END, NEXT, 12)
    assert timeline(zuora) == [(START, END, 5, 120), (END, NEXT, 6, 132)]
    plan = now["ratePlans"][0]
    assert fields(plan, "externallyManagedPlanId", "subscriptionRatePlanNumber") == ("802-1", "SRP-1")


@pytest.mark.usefixtures("sold")
def test_the_past_term_is_changed_after_a_renewal(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, *renewal(END), update(END, quantity=6))
    amend(zuora, account, update("2026-10-01", quantity=8, early=True), update(END, quantity=9))

    assert timeline(zuora) == [
        (START, "2026-10-01", 5, 120),
        ("2026-10-01", END, 8, 120),
        (END, NEXT, 9, 120),
    ]


@pytest.mark.usefixtures("sold")
def test_a_renewal_alone_goes_on_as_before_and_its_past_term_is_changed(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, *renewal(END))
    assert timeline(zuora) == [(START, NEXT, 5, 120)]
    amend(zuora, account, update("2026-10-01", quantity=8), update(END, quantity=5))

    assert timeline(zuora) == [(START, "2026-10-01", 5, 120), ("2026-10-01", END, 8, 120), (END, NEXT, 5, 120)]


@pytest.mark.usefixtures("sold")
def test_no_change_on_the_day_the_term_ends_without_a_renewal(zuora: ZuoraClient, account: Body) -> None:
    assert "has expired" in refused(zuora, account, update(END, quantity=6))
    assert "has expired" in refused(zuora, account, update(END, quantity=6), *renewal(END))


@pytest.mark.usefixtures("sold")
def test_a_new_owner_and_another_quantity_in_one_order(zuora: ZuoraClient, account: Body, tenant: Tenant) -> None:
    other = zuora.call("POST", "/v1/accounts", {**ACCOUNT, "name": "Other"})
    owners = {
        "destinationAccountNumber": other["accountNumber"],
        "destinationInvoiceAccountNumber": other["accountNumber"],
    }
    amend(zuora, account, action("OwnerTransfer", "2026-05-01", owners), update("2026-05-01", quantity=9))

    now = read(zuora, "SUB-1")
    assert fields(now, "accountNumber", "invoiceOwnerAccountNumber", "version") == (*[other["accountNumber"]] * 2, 2)
    assert timeline(zuora) == [(START, "2026-05-01", 5, 120), ("2026-05-01", END, 9, 120)]
    charges = tenant.store.find("ratePlanCharge", subscriptionId=now["id"])
    assert {charge["subscriptionOwnerId"] for charge in charges} == {other["accountId"]}
    # The order of an account may change what another account owns by now, as in Zuora.
    amend(zuora, other, update("2026-06-01", quantity=3))
    assert timeline(zuora)[-1] == ("2026-06-01", END, 3, 120)


def test_the_segments_of_a_new_deal_by_tokens(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    entry = new(catalog)
    token = {"uniqueToken": "plan"}
    entry["orderActions"] += [
        update("2026-08-01", plan=token, quantity=10),
        update("2026-11-01", plan=token, quantity=20, listPrice=100),
    ]
    number = send(zuora, order(account, entry))

    assert timeline(zuora) == [
        (START, "2026-08-01", 5, 120),
        ("2026-08-01", "2026-11-01", 10, 120),
        ("2026-11-01", END, 20, 100),
    ]
    now = read(zuora, "SUB-1")
    assert fields(now, "version", "status", "orderNumber") == (1, "Active", number)
    assert [action["type"] for action in actions_of(zuora, number)] == ["CreateSubscription", *["UpdateProduct"] * 2]


def actions_of(zuora: ZuoraClient, number: str) -> list[Body]:
    found: list[Body] = zuora.call("GET", f"/v1/orders/{number}")["order"]["subscriptions"][0]["orderActions"]
    return found


def test_a_product_is_added_and_removed_again(zuora: ZuoraClient, account: Body, sold: Catalog) -> None:
    plan = plan_override(sold, "Base", {"recurringFlatFee": {"listPrice": 900}}, chargeNumber="C-2")
    added = plan | {"subscriptionRatePlanNumber": "SRP-2", "externallyManagedPlanId": "802-2"}
    amend(zuora, account, action("AddProduct", "2026-05-01", added))
    amend(zuora, account, action("RemoveProduct", "2026-10-01", {"subscriptionRatePlanNumber": "SRP-2"}))

    now = read(zuora, "SUB-1")
    assert (now["status"], segments(now)) == ("Active", [(START, END), ("2026-05-01", "2026-10-01")])
    amend(zuora, account, action("RemoveProduct", "2026-08-01", {"subscriptionRatePlanNumber": "SRP-2"}))
    assert segments(read(zuora, "SUB-1"))[1] == ("2026-05-01", "2026-08-01")
    amend(zuora, account, *renewal(END))
    assert segments(read(zuora, "SUB-1")) == [(START, NEXT), ("2026-05-01", "2026-08-01")]
    gone = action("RemoveProduct", "2026-09-01", {"subscriptionRatePlanNumber": "SRP-2"})
    assert "was removed" in refused(zuora, account, gone)


@pytest.mark.usefixtures("sold")
def test_a_product_is_changed_before_its_removal(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, action("RemoveProduct", "2026-10-01", {"subscriptionRatePlanNumber": "SRP-1"}))
    amend(zuora, account, update("2026-06-01", quantity=9))

    assert timeline(zuora) == [(START, "2026-06-01", 5, 120), ("2026-06-01", "2026-10-01", 9, 120)]
    assert read(zuora, "SUB-1")["ratePlans"][0]["lastChangeType"] == "Remove"
    suspension = {"suspendPolicy": "SpecificDate", "suspendSpecificDate": "2026-07-01"}
    amend(zuora, account, action("Suspend", "2026-07-01", suspension))
    assert timeline(zuora)[-1] == ("2026-06-01", "2026-07-01", 9, 120)
    resumption = {"resumePolicy": "SpecificDate", "resumeSpecificDate": "2026-08-01"}
    amend(zuora, account, action("Resume", "2026-08-01", resumption))
    assert timeline(zuora)[-1] == ("2026-08-01", "2026-10-01", 9, 120)


@pytest.mark.usefixtures("sold")
def test_a_cancellation_on_the_very_first_day(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, update("2026-05-01", quantity=9))
    amend(zuora, account, cancel(START))

    now = read(zuora, "SUB-1")
    assert fields(now, "status", "subscriptionEndDate", "termEndDate") == ("Cancelled", START, START)
    assert timeline(zuora) == [(START, START, 5, 120)]
    assert "Cancelled" in refused(zuora, account, update("2026-05-01", quantity=1))


def test_a_price_change_as_one_order_that_ends_and_sells_anew(zuora: ZuoraClient, account: Body, sold: Catalog) -> None:
    body = change(account, "SUB-1", cancel("2026-05-01"), orderNumber="O-2")
    entry = new(sold)
    create = entry["orderActions"][0]["createSubscription"]
    create["subscriptionNumber"] = "SUB-2"
    create["terms"] = termed("2026-05-01", 9)
    create["subscribeToRatePlans"][0] |= {"subscriptionRatePlanNumber": "SRP-2", "externallyManagedPlanId": "802-2"}
    create["subscribeToRatePlans"][0]["chargeOverrides"][0]["chargeNumber"] = "C-2"
    entry["orderActions"][0]["triggerDates"] = triggers("2026-05-01")
    body["subscriptions"].append(entry)
    send(zuora, body)

    answer = zuora.call("GET", "/v1/orders/O-2")["order"]
    assert [item["subscriptionNumber"] for item in answer["subscriptions"]] == ["SUB-1", "SUB-2"]
    assert fields(read(zuora, "SUB-1"), "status", "subscriptionEndDate") == ("Cancelled", "2026-05-01")
    assert segments(read(zuora, "SUB-2")) == [("2026-05-01", END)]
    assert zuora.call("DELETE", "/v1/orders/O-2")["success"]
    assert read(zuora, "SUB-1")["status"] == "Active"
    assert zuora.call("GET", "/v1/subscriptions/SUB-2")["reasons"][0]["code"] == 50000040


@pytest.mark.usefixtures("sold")
def test_a_later_cancellation_after_changes_and_a_renewal(zuora: ZuoraClient, account: Body) -> None:
    amend(zuora, account, update("2026-05-01", quantity=9))
    amend(zuora, account, *renewal(END), update(END, quantity=10))
    amend(zuora, account, update("2027-06-01", quantity=11), cancel("2027-09-01"))

    assert timeline(zuora) == [
        (START, "2026-05-01", 5, 120),
        ("2026-05-01", END, 9, 120),
        (END, "2027-06-01", 10, 120),
        ("2027-06-01", "2027-09-01", 11, 120),
    ]
    assert [action["type"] for action in actions_of(zuora, read(zuora, "SUB-1")["orderNumber"])] == [
        "UpdateProduct",
        "CancelSubscription",
    ]


def test_an_evergreen_deal_is_changed_and_ended(zuora: ZuoraClient, account: Body, catalog: Catalog) -> None:
    send(zuora, order(account, new(catalog) | evergreen(catalog)))
    amend(zuora, account, update("2026-05-01", quantity=9))
    assert timeline(zuora) == [(START, "2026-05-01", 5, 120), ("2026-05-01", None, 9, 120)]
    amend(zuora, account, update("2026-03-01", quantity=7, early=True))
    amend(zuora, account, cancel("2026-10-01"))

    assert timeline(zuora)[-1] == ("2026-05-01", "2026-10-01", 9, 120)
    assert "EVERGREEN" in refused_renewal(zuora, account, catalog)


def evergreen(catalog: Catalog) -> Body:
    entry = new(catalog)
    terms = {"initialTerm": {"startDate": START, "termType": "EVERGREEN"}, "autoRenew": False}
    entry["orderActions"][0]["createSubscription"]["terms"] = terms
    return entry


def refused_renewal(zuora: ZuoraClient, account: Body, catalog: Catalog) -> str:
    entry = subscription(catalog, "SUB-3", terms={"initialTerm": {"startDate": START, "termType": "EVERGREEN"}})
    send(zuora, order(account, entry))
    answer = zuora.call("POST", "/v1/orders", change(account, "SUB-3", action("RenewSubscription", START, {})))
    return str(answer["reasons"][0]["message"])
