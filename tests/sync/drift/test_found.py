"""Every single difference that is planted in either system is found, and nothing else is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.sync.drift.scope import Scope
from tests.emptying import empty
from tests.sync.conftest import Both
from tests.sync.contracts import carry
from tests.sync.drift.looking import Found, look, told
from tests.world import Line

SUBSCRIPTION, PLAN, ITEM, ACCOUNT = "subscription", "rate plan", "order line item", "account"
Told = tuple[str, str, str | None, str | None]


class Customer:
    """A customer with contracts of all sorts, carried over to the end.

    Attributes:
        both: Both systems.
        account: Its Salesforce id.
        other: Salesforce id of another account that Zuora has.
        orders: Numbers of the orders.
    """

    def __init__(self, both: Both) -> None:
        self.both = both
        world = both.world
        self.account, self.other = world.account("Acme"), world.account("Other")
        seat, router = world.product("Seat"), world.product("Router", subscription=False)
        desk = world.product_of_model("recurring flat", "Desk")
        setup = world.product("Setup", SBQQ__ChargeType__c="One-Time", SBQQ__PricingMethod__c="Block")
        world.schedule(traffic := world.usage_product("Traffic"))
        lines = [Line(seat, 10), Line(desk, 1, Decimal(600)), Line(setup, 1, Decimal(50)), Line(traffic, 1, Decimal(0))]
        first = world.order(self.account, [*lines, Line(router, 3, Decimal(40))])
        more = world.amend(world.contract(first), "2026-06-01", {"product": "Seat", "quantity": 15})
        self.orders = [first, more, world.order(self.other, [Line(seat, 2)])]
        carry(both, *self.orders)

    def row(self, kind: str, **equals: Any) -> dict[str, Any]:
        """Return the one row of the tenant with these values; of subscriptions and their parts, of the latest."""
        rows = [row for row in self.both.sandbox.tenant.store.rows(kind) if equals.items() <= row.items()]
        [row] = [row for row in rows if self._is_latest(kind, row)]
        return row

    def _is_latest(self, kind: str, row: dict[str, Any]) -> bool:
        store = self.both.sandbox.tenant.store
        if kind == "subscription":
            return bool(row["isLatestVersion"])
        if kind == "ratePlan":
            return bool((store.get("subscription", row["subscriptionId"]) or {})["isLatestVersion"])
        if kind == "ratePlanCharge":
            return self._is_latest("ratePlan", store.get("ratePlan", row["ratePlanId"]) or {})
        return True

    def subscription(self, product: str) -> dict[str, Any]:
        """Return the subscription of a product."""
        store = self.both.sandbox.tenant.store
        for plan in store.rows("ratePlan"):
            if product in plan["name"] and self._is_latest("ratePlan", plan):
                found = store.get("subscription", plan["subscriptionId"])
                if found and self.owner(found) == self.account:
                    return dict(found)
        raise LookupError(product)

    def owner(self, subscription: dict[str, Any]) -> str:
        """Return the CRM id of a subscription's owner."""
        return str((self.both.sandbox.tenant.store.get("account", subscription["accountId"]) or {})["crmId"])

    def plan(self, product: str) -> dict[str, Any]:
        """Return the rate plan of a product."""
        return self.row("ratePlan", subscriptionId=self.subscription(product)["id"])

    def charges(self, product: str) -> list[dict[str, Any]]:
        """Return the segments of the charge of a product that have a day, by start."""
        plan = self.plan(product)["id"]
        rows = [row for row in self.both.sandbox.tenant.store.rows("ratePlanCharge") if row["ratePlanId"] == plan]
        full = (row for row in rows if row["effectiveStartDate"] != row["effectiveEndDate"])
        return sorted(full, key=lambda row: str(row["effectiveStartDate"]))

    @contextmanager
    def zuora(self, kind: str, row: dict[str, Any], **changes: Any) -> Iterator[None]:
        """Change a row of the tenant meanwhile."""
        store, before = self.both.sandbox.tenant.store, {name: row.get(name) for name in changes}
        store.update(kind, row["id"], changes)
        yield
        store.update(kind, row["id"], before)

    @contextmanager
    def salesforce(self, sobject: str, row: dict[str, Any], **changes: Any) -> Iterator[None]:
        """Change a record of the org meanwhile."""
        store, before = self.both.sandbox.org.store, {name: row.get(name) for name in changes}
        store.update(sobject, row["Id"], changes, system=True)
        yield
        store.update(sobject, row["Id"], before, system=True)

    def item(self, product: str, *, order: int = 0) -> dict[str, Any]:
        """Return the order product of a product."""
        store = self.both.sandbox.org.store
        [sold] = store.find("Order", "OrderNumber", self.orders[order])
        items = store.find("OrderItem", "OrderId", sold["Id"])
        [found] = [one for one in items if (store.get("Product2", one["Product2Id"]) or {})["Name"] == product]
        return dict(found)

    def sold(self, product: str, *, order: int = 0) -> dict[str, Any]:
        """Return the CPQ subscription of a product."""
        item = self.item(product, order=order)
        return dict(self.both.sandbox.org.store.get("SBQQ__Subscription__c", item["SBQQ__Subscription__c"]) or {})


@pytest.fixture(scope="module")
def customer(worker_database: str) -> Iterator[Customer]:
    empty(worker_database)
    with LocalSandbox("empty") as sandbox:
        yield Customer(Both(sandbox, worker_database))


def test_what_was_carried_over_has_not_drifted(customer: Customer, tmp_path: Path) -> None:
    assert look(customer.both, tmp_path) == []
    assert not list((tmp_path / "drift").iterdir())


def _on_zuora(kind: str, find: Callable[[Customer], dict[str, Any]], **changes: Any) -> Callable[[Customer], Any]:
    return lambda customer: customer.zuora(kind, find(customer), **changes)


def _subscription(product: str = "Seat", **changes: Any) -> Callable[[Customer], Any]:
    return _on_zuora("subscription", lambda customer: customer.subscription(product), **changes)


def _charge(place: int, product: str = "Seat", **changes: Any) -> Callable[[Customer], Any]:
    return _on_zuora("ratePlanCharge", lambda customer: customer.charges(product)[place], **changes)


def _tier(product: str, place: int = -1, **changes: Any) -> Callable[[Customer], Any]:
    def find(customer: Customer) -> dict[str, Any]:
        store = customer.both.sandbox.tenant.store
        rows = store.find("ratePlanChargeTier", ratePlanChargeId=customer.charges(product)[place]["id"])
        return max(rows, key=lambda row: row["tier"] or 0)

    return _on_zuora("ratePlanChargeTier", find, **changes)


def _line_item(**changes: Any) -> Callable[[Customer], Any]:
    return _on_zuora("orderLineItem", lambda customer: customer.row("orderLineItem"), **changes)


def _account(**changes: Any) -> Callable[[Customer], Any]:
    return _on_zuora("account", lambda customer: customer.row("account", crmId=customer.account), **changes)


IN_ZUORA: list[tuple[str, Callable[[Customer], Any], list[Told]]] = [
    ("name", _account(name="Acme Ltd"), [(ACCOUNT, "name", "Acme", "Acme Ltd")]),
    ("currency", _account(currency="EUR"), [(ACCOUNT, "currency", "USD", "EUR")]),
    ("status", _subscription(status="Cancelled"), [(SUBSCRIPTION, "status", "Active or Expired", "Cancelled")]),
    ("suspended", _subscription(status="Suspended"), [(SUBSCRIPTION, "status", "Active or Expired", "Suspended")]),
    (
        "start",
        _subscription(subscriptionStartDate="2026-02-03"),
        [(SUBSCRIPTION, "start", "2026-02-01", "2026-02-03")],
    ),
    (
        "term start",
        _subscription(termStartDate="2026-02-03"),
        [(SUBSCRIPTION, "term start", "2026-02-01", "2026-02-03")],
    ),
    (
        "term end",
        _subscription(termEndDate="2027-08-01"),
        [(SUBSCRIPTION, "term end", "before 2027-02-01", "before 2027-08-01")],
    ),
    ("quantity now", _charge(1, quantity=Decimal(14)), [(PLAN, "quantity", "15 on TODAY", "14 on TODAY")]),
    (
        "end of a charge",
        _charge(-1, effectiveEndDate="2027-01-01"),
        [(PLAN, "end", "before 2027-02-01", "before 2027-01-01")],
    ),
    ("start of a charge", _charge(0, effectiveStartDate="2026-02-03"), [(PLAN, "start", "2026-02-01", "2026-02-03")]),
    (
        "price per unit",
        _tier("Seat", price=Decimal(110)),
        [(PLAN, "price", "120 per 12 months on TODAY", "110 per 12 months on TODAY")],
    ),
    (
        "flat price",
        _tier("Desk", price=Decimal(601)),
        [(PLAN, "price", "600 per 12 months on TODAY", "601 per 12 months on TODAY")],
    ),
    ("one-time price", _tier("Setup", price=Decimal(51)), [(PLAN, "price", "50 on 2026-02-01", "51 on 2026-02-01")]),
    (
        "price of a tier",
        _tier("Traffic", price=Decimal("0.06")),
        [(PLAN, "price", "0.1 from 0, 0.05 from 100 on TODAY", "0.1 from 0, 0.06 from 100 on TODAY")],
    ),
    ("line item's quantity", _line_item(quantity=Decimal(4)), [(ITEM, "quantity", "3", "4")]),
    ("line item's price", _line_item(amountPerUnit=Decimal(41)), [(ITEM, "price", "40", "41")]),
    ("line item's day", _line_item(transactionStartDate="2026-03-01"), [(ITEM, "start", "2026-02-01", "2026-03-01")]),
]
"""What is planted, how, and what is told."""


@pytest.mark.parametrize(("plant", "expected"), [case[1:] for case in IN_ZUORA], ids=[case[0] for case in IN_ZUORA])
def test_what_is_changed_in_zuora_is_found(
    customer: Customer, tmp_path: Path, plant: Callable[[Customer], Any], expected: list[Told]
) -> None:
    with plant(customer):
        found = look(customer.both, tmp_path)
    assert _undated(told(found)) == expected


def _undated(found: list[Told]) -> list[Told]:
    """Return what was told with `TODAY` for any day that is not one of the contracts'."""
    return [(kind, field, _today(one), _today(other)) for kind, field, one, other in found]


def _today(text: str | None) -> str | None:
    head, on, day = (text or "").rpartition(" on ")
    return f"{head}{on}TODAY" if on and not day.endswith("-01") else text


def test_another_owner_in_zuora_is_found(customer: Customer, tmp_path: Path) -> None:
    other = customer.row("account", crmId=customer.other)["id"]
    with customer.zuora("subscription", customer.subscription("Seat"), accountId=other):
        found = look(customer.both, tmp_path)
    assert told(found) == [(SUBSCRIPTION, "owner", customer.account, customer.other)]
    with customer.zuora("subscription", customer.subscription("Seat"), invoiceOwnerId=other):
        found = look(customer.both, tmp_path)
    assert told(found) == [(SUBSCRIPTION, "invoice owner", customer.account, customer.other)]


def test_an_account_that_has_lost_its_id_is_found(customer: Customer, tmp_path: Path) -> None:
    with customer.zuora("account", customer.row("account", crmId=customer.other), crmId=None):
        found = look(customer.both, tmp_path)
    assert told(found) == [
        (ACCOUNT, "missing", customer.other, None),
        (SUBSCRIPTION, "owner", customer.other, None),
        (SUBSCRIPTION, "invoice owner", customer.other, None),
    ]
    assert found[0]["next"] == f"cpqbridge sync account {customer.other}"


def test_two_accounts_with_one_id_are_found(customer: Customer, tmp_path: Path) -> None:
    store = customer.both.sandbox.tenant.store
    row = customer.row("account", crmId=customer.other)
    double = store.insert("account", {**row, "id": "d" * 32, "accountNumber": "A-double"})
    found = look(customer.both, tmp_path)
    store.delete("account", double["id"])
    numbers = ", ".join(sorted([row["accountNumber"], "A-double"]))
    assert told(found) == [(ACCOUNT, "link", "one account", numbers)]


def test_a_rate_plan_that_has_lost_its_id_is_found(customer: Customer, tmp_path: Path) -> None:
    item = customer.item("Seat")["Id"]
    with customer.zuora("ratePlan", customer.plan("Seat"), externallyManagedPlanId=None):
        [one] = look(customer.both, tmp_path)
    assert (one["kind"], one["field"], one["salesforce"]) == (PLAN, "link", item)
    assert one["next"] == f"cpqbridge adopt order {customer.orders[1]}"


def test_a_rate_plan_with_a_strange_id_is_missing_on_either_side(customer: Customer, tmp_path: Path) -> None:
    item = customer.item("Desk")["Id"]
    with customer.zuora("ratePlan", customer.plan("Desk"), externallyManagedPlanId="8020000000STRANGE"):
        found = look(customer.both, tmp_path)
    assert sorted(told(found), key=str) == sorted(
        [(PLAN, "missing", item, None), (PLAN, "missing", None, "8020000000STRANGE")], key=str
    )


def test_a_subscription_that_zuora_has_not_is_found(customer: Customer, tmp_path: Path) -> None:
    number = customer.subscription("Desk")["name"]
    with customer.zuora("subscription", customer.subscription("Desk"), isLatestVersion=False):
        found = look(customer.both, tmp_path)
    assert told(found) == [(SUBSCRIPTION, "missing", number, None)]
    assert found[0]["next"] == f"cpqbridge sync order {customer.orders[0]}"
    assert found[0]["record"] == "Desk"


def test_a_line_item_that_zuora_has_not_is_found(customer: Customer, tmp_path: Path) -> None:
    row = customer.row("orderLineItem")
    store = customer.both.sandbox.tenant.store
    store.delete("orderLineItem", row["id"])
    found = look(customer.both, tmp_path)
    store.insert("orderLineItem", row)
    assert told(found) == [(ITEM, "missing", customer.item("Router")["OrderItemNumber"], None)]
    assert look(customer.both, tmp_path) == []


def test_what_is_changed_in_salesforce_is_found(customer: Customer, tmp_path: Path) -> None:
    with customer.salesforce("OrderItem", customer.item("Seat", order=1), Quantity=Decimal(7)):
        assert _undated(told(look(customer.both, tmp_path))) == [(PLAN, "quantity", "17 on TODAY", "15 on TODAY")]
    with customer.salesforce("SBQQ__Subscription__c", customer.sold("Desk"), SBQQ__NetPrice__c=Decimal(590)):
        [one] = _undated(told(look(customer.both, tmp_path)))
    assert one == (PLAN, "price", "590 per 12 months on TODAY", "600 per 12 months on TODAY")
    with customer.salesforce("OrderItem", customer.item("Router"), UnitPrice=Decimal(39)):
        assert told(look(customer.both, tmp_path)) == [(ITEM, "price", "39", "40")]


def test_dates_and_owners_changed_in_salesforce_are_found(customer: Customer, tmp_path: Path) -> None:
    with customer.salesforce(
        "SBQQ__Subscription__c", customer.sold("Traffic"), SBQQ__SubscriptionEndDate__c="2027-02-28"
    ):
        found = look(customer.both, tmp_path)
    assert told(found) == [
        (SUBSCRIPTION, "term end", "before 2027-03-01", "before 2027-02-01"),
        (PLAN, "end", "before 2027-03-01", "before 2027-02-01"),
    ]
    [order] = customer.both.sandbox.org.store.find("Order", "OrderNumber", customer.orders[2])
    with customer.salesforce("Order", dict(order), SubscriptionOwner__c=customer.account):
        assert told(look(customer.both, tmp_path)) == [(SUBSCRIPTION, "owner", customer.account, customer.other)]


def test_an_order_that_salesforce_has_no_more_is_found(both: Both, tmp_path: Path) -> None:
    world = both.world
    world.schedule(traffic := world.usage_product("Traffic"))
    kept, deleted = (world.order(world.account(name), [Line(traffic)]) for name in ("Acme", "Other"))
    carry(both, kept, deleted)
    world.undo(deleted, delete=True)
    [one] = look(both, tmp_path)
    assert (one["kind"], one["field"], one["salesforce"]) == (SUBSCRIPTION, "missing", None)
    assert one["accountName"] == "Other"
    assert one["next"].startswith("cpqbridge sync deleted")


def _only(found: Found) -> list[str]:
    return [one["field"] for one in found]


def test_fields_accounts_and_days_can_be_chosen(customer: Customer, tmp_path: Path) -> None:
    plant = _account(name="Acme Ltd"), _line_item(quantity=Decimal(4))
    with plant[0](customer), plant[1](customer):
        assert _only(look(customer.both, tmp_path, Scope(only=frozenset({"name"})))) == ["name"]
        assert "quantity" in _only(look(customer.both, tmp_path, Scope(accounts=(customer.account,))))
        found = look(customer.both, tmp_path, Scope(accounts=(customer.other,)))
        assert {one["account"] for one in found} <= {customer.other}


def test_what_was_not_changed_since_a_day_is_left_out(customer: Customer, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    with (
        _account(name="Acme Ltd")(customer),
        _line_item(quantity=Decimal(4))(customer),
        _tier("Seat", price=1)(customer),
    ):
        before = look(customer.both, tmp_path, Scope(since=today - timedelta(days=1)))
        assert {(one["kind"], one["field"]) for one in before} == {
            (ACCOUNT, "name"),
            (ITEM, "quantity"),
            (PLAN, "price"),
        }
        assert look(customer.both, tmp_path, Scope(since=today + timedelta(days=2))) == []


def test_a_day_that_is_gone_or_to_come_can_be_looked_at(customer: Customer, tmp_path: Path) -> None:
    with _charge(0, quantity=Decimal(9))(customer):
        assert look(customer.both, tmp_path) == []
        [one] = look(customer.both, tmp_path, Scope(as_of=date(2026, 3, 1)))
        assert told([one]) == [(PLAN, "quantity", "10 on 2026-03-01", "9 on 2026-03-01")]
        assert look(customer.both, tmp_path, Scope(as_of=date(2030, 1, 1))) == []
