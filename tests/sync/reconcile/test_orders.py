"""Orders on both sides over real HTTP: before they are sent, after bill runs, and where something is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cpqbridge.errors import FixData
from cpqbridge.sync.reconcile.line import Source
from tests.sync.conftest import Both
from tests.sync.contracts import carry, sell, sync
from tests.sync.reconcile.looking import bill, in_short, kinds, reconciled, reconciled_account, seed_line, send
from tests.world import Line

DAYS = {"start": "2019-05-23", "end": "2019-09-30"}
SUMMER = "2026-06-16"


def seats(units: int) -> dict[str, object]:
    return {"product": "SEAT", "quantity": units}


def test_the_vendors_example_comes_to_the_same_on_both_sides_from_quote_to_invoice(both: Both) -> None:
    world = both.world
    account, product = world.account(), world.product()
    number = world.order(account, [seed_line(product)], **DAYS)
    computed = reconciled(both, number)
    assert (computed.sent, in_short(computed)) == (False, [("Seat", "4290.32", "4290.32", [])])
    assert computed.lines[0].source is Source.COMPUTED
    carry(both, number)
    assert bill(both, "2019-10-01")
    found = reconciled(both, number)
    [line] = found.lines
    assert (found.sent, in_short(found)) == (True, [("Seat", "4290.32", "4290.32", [])])
    assert (line.source, set(kinds(line))) == (Source.INVOICES, {"invoiced"})
    first = line.periods[0]
    assert (first.start, first.end, first.quoted, first.billed) == (
        date(2019, 5, 23), date(2019, 6, 1), Decimal("290.32"), Decimal("290.32"),
    )  # fmt: skip
    assert not found.differs(both.settings().options)


def test_before_it_is_sent_zuoras_own_preview_is_asked_once_nothing_else_must_be_made(both: Both) -> None:
    world = both.world
    account, product, setup = world.account(), world.product(), world.product("Setup", subscription=False)
    first = world.order(account, [Line(product), Line(setup, 2)])
    assert {line.source for line in reconciled(both, first).lines} == {Source.COMPUTED}
    carry(both, first)
    second = world.order(account, [Line(product, 3), Line(setup, 2, Decimal(50))])
    writes = len(both.writes())
    found = reconciled(both, second)
    assert in_short(found) == [("Seat", "360.00", "360.00", []), ("Setup", "100.00", "100.00", [])]
    assert {line.source for line in found.lines} == {Source.PREVIEW}
    assert {one["path"] for one in both.writes()[writes:]} == {"/v1/orders/preview"}
    assert {kind for line in found.lines for kind in kinds(line)} == {"to be billed"}


def test_invoices_first_then_what_is_still_to_be_billed(both: Both) -> None:
    order, _ = sell(both, quantity=3)
    carry(both, order)
    assert reconciled(both, order).lines[0].source is Source.PREVIEW
    [invoice] = bill(both, "2026-04-01")
    [line] = reconciled(both, order).lines
    assert line.source is Source.INVOICES_AND_PREVIEW
    assert kinds(line) == ["invoiced"] * 3 + ["to be billed"] * 9
    assert [one.documents for one in line.periods[:4]] == [(invoice,)] * 3 + [()]


def test_an_amendment_before_and_after_it_is_sent(both: Both) -> None:
    order, contract = sell(both, quantity=3)
    carry(both, order)
    bill(both, "2026-07-01")
    more = both.world.amend(contract, SUMMER, seats(5))
    before = reconciled(both, more)
    assert (before.sent, in_short(before)) == (False, [("Seat", "150.00", "150.00", [])])
    assert (before.lines[0].source, before.lines[0].charge) == (Source.PREVIEW, "0000000001")
    lacking = reconciled(both, order)
    assert in_short(lacking) == [("Seat", "360.00", "360.00", []), ("Seat", "150.00", "0.00", ["not_synced"])]
    assert lacking.differs(both.settings().options)
    carry(both, more)
    for number in (order, more):
        found = reconciled(both, number)
        assert in_short(found) == [("Seat", "510.00", "510.00", [])]
    bill(both, "2027-02-01")
    found = reconciled(both, more)
    assert (in_short(found), found.lines[0].source) == ([("Seat", "510.00", "510.00", [])], Source.INVOICES)


def test_a_cancellation_is_credited(both: Both) -> None:
    order, contract = sell(both, quantity=3)
    carry(both, order)
    bill(both, "2026-07-01")
    over = both.world.cancel(contract, SUMMER)
    before = reconciled(both, over)
    [line] = before.lines
    assert line.difference == 0, line
    carry(both, over)
    bill(both, "2026-08-01")
    found = reconciled(both, order)
    [line] = found.lines
    assert (line.quoted, line.billed) == (Decimal("135.00"), Decimal("135.00"))
    credited = [one for one in line.periods if len(one.documents) > 1]
    assert credited
    assert {one.difference for one in line.periods} == {Decimal(0)}


def test_the_bill_cycle_day_of_an_account_is_named(both: Both) -> None:
    world = both.world
    account, product = world.account(), world.product()
    carry(both, world.order(account, [Line(world.product("Other"))]))
    [held] = list(both.sandbox.tenant.store.rows("account"))
    both.sandbox.tenant.store.update("account", held["id"], {"billCycleDay": 15})
    number = world.order(account, [seed_line(product)], **DAYS)
    options = {"amount_proof": "report", "pricing_mode": "vendor"}
    before = reconciled(both, number, **options)
    carry(both, number, **options)
    bill(both, "2019-10-01")
    after = reconciled(both, number, **options)
    for found in (before, after):
        [(_, quoted, billed, causes)] = in_short(found)
        assert (quoted, causes) == ("4290.32", ["bill_cycle_day"]), found.lines
        assert billed != quoted
        assert found.differs(both.settings(**options).options)
    assert in_short(before) == in_short(after)


def change_price(both: Both, price: str | None, quantity: str | None = None) -> None:
    """Change the charge of an order's subscription by hand, from its first day."""
    [held] = [row for row in both.sandbox.tenant.store.rows("subscription") if row["isLatestVersion"]]
    [plan] = both.sandbox.tenant.store.find("ratePlan", subscriptionId=held["id"])
    [charge] = both.sandbox.tenant.store.find("ratePlanCharge", ratePlanId=plan["id"])
    days = [{"name": name, "triggerDate": "2026-02-01"} for name in (
        "ContractEffective", "ServiceActivation", "CustomerAcceptance",
    )]  # fmt: skip
    given = {"listPrice": Decimal(price)} if price else {"quantity": Decimal(quantity or 0)}
    update = {
        "ratePlanId": plan["id"],
        "chargeUpdates": [{"chargeNumber": charge["chargeNumber"], "pricing": {"recurringPerUnit": given}}],
    }
    account = both.sandbox.tenant.store.get("account", held["accountId"])
    assert account is not None
    body = {
        "orderDate": "2026-02-01",
        "existingAccountNumber": account["accountNumber"],
        "subscriptions": [{
            "subscriptionNumber": held["name"],
            "orderActions": [{"type": "UpdateProduct", "triggerDates": days, "updateProduct": update}],
        }],
    }  # fmt: skip
    send(both, "POST", "/v1/orders", body)


@pytest.mark.parametrize(
    ("price", "quantity", "billed", "cause"),
    [("130", None, "390.00", "price"), (None, "4", "480.00", "quantity")],
    ids=["price", "quantity"],
)
def test_what_was_changed_by_hand_is_named(
    both: Both, price: str | None, quantity: str | None, billed: str, cause: str
) -> None:
    order, _ = sell(both, quantity=3)
    carry(both, order)
    change_price(both, price, quantity)
    bill(both, "2026-05-01")
    found = reconciled(both, order)
    assert in_short(found) == [("Seat", "360.00", billed, [cause])]


def test_a_charge_that_somebody_added_in_zuora_is_shown(both: Both) -> None:
    order, _ = sell(both, quantity=3)
    carry(both, order)
    store = both.sandbox.tenant.store
    [held] = [row for row in store.rows("subscription") if row["isLatestVersion"]]
    [plan] = store.rows("productRatePlan")
    account = store.get("account", held["accountId"])
    assert account is not None
    days = [{"name": name, "triggerDate": "2026-12-01"} for name in (
        "ContractEffective", "ServiceActivation", "CustomerAcceptance",
    )]  # fmt: skip
    added = {"type": "AddProduct", "triggerDates": days, "addProduct": {"productRatePlanId": plan["id"]}}
    entry = {"subscriptionNumber": held["name"], "orderActions": [added]}
    body = {
        "orderDate": "2026-12-01", "existingAccountNumber": account["accountNumber"], "subscriptions": [entry],
    }  # fmt: skip
    send(both, "POST", "/v1/orders", body)
    found = reconciled(both, order)
    assert in_short(found)[0] == ("Seat", "360.00", "360.00", [])
    [strange] = found.lines[1:]
    assert (strange.quoted, [part.cause.value for part in strange.parts]) == (0, ["other"])
    assert strange.billed


def test_one_time_usage_and_evergreen_are_never_left_out(both: Both) -> None:
    world = both.world
    traffic = world.usage_product()
    world.schedule(traffic)
    support = world.product("Support", SBQQ__SubscriptionType__c="Evergreen", SBQQ__SubscriptionTerm__c=1)
    setup = world.product_of_model("one-time flat", "Setup", SBQQ__SubscriptionPricing__c="Fixed Price")
    lines = [Line(traffic), Line(support, 2, more={"SBQQ__SubscriptionType__c": "Evergreen"})]
    number = world.order(world.account(), [*lines, Line(setup, 1, Decimal(500))])
    for sent in (False, True):
        if sent:
            carry(both, number)
            bill(both, "2026-04-01")
        found = reconciled(both, number)
        by_product = {line.proof.product.partition(":")[0]: line for line in found.lines}
        assert set(by_product) == {"Traffic", "Support", "Setup"}, found.lines
        assert "usage" in str(by_product["Traffic"].proof.unknown)
        assert "evergreen" in str(by_product["Support"].proof.unknown)
        assert (by_product["Setup"].quoted, by_product["Setup"].billed) == (500, 500)
    assert by_product["Support"].billed, "what is billed so far is told"


def test_an_account_has_each_line_once(both: Both) -> None:
    world = both.world
    account, product = world.account(), world.product()
    first = world.order(account, [Line(product, 3), Line(world.product("Setup", subscription=False), 1, Decimal(50))])
    carry(both, first)
    contract = world.contract(first)
    world_more = world.amend(contract, SUMMER, seats(5))
    carry(both, world_more)
    world.order(account, [Line(product, 1)])
    world.order(account, [Line(product, 1)], contracted=False)
    bill(both, "2026-12-01")
    found = reconciled_account(both, account)
    assert sorted(in_short(found)) == [
        ("Seat", "120.00", "0.00", ["not_synced"]),
        ("Seat", "510.00", "510.00", []),
        ("Setup", "50.00", "50.00", []),
    ]
    assert [reason.code[:5] for reason in found.reasons] == ["CPQ-5"]


def test_an_order_that_may_not_be_sent_says_why(both: Both) -> None:
    world = both.world
    number = world.order(world.account(), [Line(world.product())], contracted=False)
    found = reconciled(both, number)
    assert (found.sent, len(found.reasons)) == (False, 1)
    assert [line.quoted for line in found.lines] == [None]


def test_draft_invoices_count_and_are_told_apart(both: Both) -> None:
    order, _ = sell(both, quantity=3)
    carry(both, order)
    body = {"targetDate": "2026-02-01", "invoiceDate": "2026-02-01", "batches": ["AllBatches"], "autoPost": False}
    send(both, "POST", "/v1/bill-runs", body)
    [line] = reconciled(both, order).lines
    assert (line.billed, kinds(line)[0]) == (360, "draft")


def test_without_the_right_to_preview_the_rest_is_worked_out(both: Both) -> None:
    order, _ = sell(both, quantity=3)
    carry(both, order)
    bill(both, "2026-04-01")
    both.fault("status", path="/v1/operations/billing-preview", status=403, body={"message": "no permission"})
    [line] = reconciled(both, order).lines
    assert (line.billed, line.source) == (360, Source.INVOICES_AND_COMPUTED)
    assert kinds(line) == ["invoiced"] * 3 + ["computed"] * 9


def test_an_order_that_salesforce_lacks_is_an_error(both: Both) -> None:
    with pytest.raises(FixData) as refused:
        reconciled(both, "00009999")
    assert refused.value.code == "CPQ-419"


def test_a_renewal_goes_on_with_its_line(both: Both) -> None:
    order, contract = sell(both, quantity=3)
    carry(both, order)
    again = both.world.renew(contract)
    assert reconciled(both, again).lines[0].difference == 0
    assert sync(both, again)[0].outcome
    found = reconciled(both, again)
    assert in_short(found) == [("Seat", "720.00", "720.00", [])]


def test_what_zuora_would_refuse_is_told_with_what_was_worked_out(both: Both) -> None:
    order, contract = sell(both, quantity=3)
    carry(both, order)
    more = both.world.amend(contract, SUMMER, seats(5))
    reasons = [{"code": 58730020, "message": "no such thing"}]
    body = {"success": False, "processId": "P", "requestId": "R", "reasons": reasons}
    both.fault("status", path="/v1/orders/preview", status=200, body=body)
    found = reconciled(both, more)
    assert in_short(found) == [("Seat", "150.00", "150.00", [])]
    assert found.lines[0].source is Source.COMPUTED
    assert [reason.code for reason in found.reasons] == ["CPQ-420"]
