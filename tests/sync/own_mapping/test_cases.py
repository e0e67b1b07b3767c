"""Cases of a mapping: read again they give the same plan, and what is missing is never taken for empty."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.values import ValueTables
from cpqbridge.sync.own_mapping import cases
from cpqbridge.sync.own_mapping.cases import Case, Difference
from tests.planning import records as r
from tests.planning.generated import VALUES, World, worlds


def case_of(world: World, **changes: Any) -> Case:
    options = Options(**world.options)
    snapshot = replace(world.snapshot, orders={world.order["Id"]: world.order})
    plan = cases.document(plan_order(world.draft(), world.order))
    asked = cases.asked_for(options, GUIDE)
    return replace(Case("Order", world.order["OrderNumber"], asked, snapshot, world.state(), plan), **changes)


@given(world=worlds())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_case_gives_the_same_plan_after_writing_and_reading(world: World) -> None:
    case = case_of(world)
    written = cases.write(case)
    again = cases.read(written)
    assert cases.write(again) == written
    assert cases.replan(again, Options(**world.options), VALUES, GUIDE) == case.plan
    assert cases.unread(again, Options(**world.options), GUIDE) == []


def simple(**fields: Any) -> Case:
    order = r.order(r.item(Quantity=Decimal("2.50")), **fields)
    snapshot = Snapshot(
        orders={order["Id"]: order}, accounts={r.ACCOUNT_ID: r.account()}, products={r.PRODUCT_ID: r.product()}
    )
    asked = cases.asked_for(Options(), GUIDE)
    case = Case("Order", order["OrderNumber"], asked, snapshot, ZuoraState())
    return replace(case, plan=cases.replan(case, Options(), {}, GUIDE))


def test_decimals_keep_their_digits_and_rows_lose_the_address_they_were_read_at() -> None:
    case = simple(attributes={"type": "Order", "url": "/services/data/v1/sobjects/Order/1"}, Rate__c=Decimal("0.10"))
    text = cases.write(case).decode()
    assert '"Rate__c": 0.10' in text
    assert "attributes" not in text
    [order] = cases.read(text.encode()).snapshot.orders.values()
    assert str(order["Rate__c"]) == "0.10"


def own(**mapping: Any) -> Any:
    return tables_for(MappingSettings.model_validate(mapping), ValueTables())


def test_a_changed_mapping_shows_each_value_that_differs() -> None:
    case = simple(Description="from the order")
    found = cases.replan(case, Options(), {}, own(order={"description": {"value": "mine"}}))
    [difference] = cases.differences(case.plan, found)
    assert difference == Difference(f"order:{case.record} /description", "from the order", "mine")


def test_operations_that_come_and_go_are_differences_too() -> None:
    case = simple()
    without = {**case.plan, "operations": case.plan["operations"][:-1]}
    places = {one.place for one in cases.differences(without, case.plan)}
    assert {"operations", f"order:{case.record}", f"order:{case.record} /orderNumber"} <= places


def test_an_outcome_and_its_reasons_are_compared() -> None:
    case = simple()
    held = cases.replan(case, Options(), {}, own(order={"orderDate": {"expression": "date(OrderNumber)"}}))
    found = {one.place: one.found for one in cases.differences(case.plan, held)}
    assert found["outcome"] == "held"
    assert found["reasons/0"].startswith("CPQ-402 Order.OrderNumber: ")


@pytest.mark.parametrize(
    ("mapping", "lacking"),
    [
        ({"account": {"taxInfo/VATId": "VAT__c"}}, "accounts: VAT__c"),
        ({"order_item": {"UOM": "Unit__c"}}, "orders/OrderItems: Unit__c"),
        ({"order": {"reasonCode": {"expression": "coalesce(Reason__c, Type)"}}}, "orders: Reason__c"),
        ({"product": {"Category": "Family__c"}}, "products: Family__c"),
    ],
)
def test_a_field_that_was_not_recorded_is_told(mapping: dict[str, Any], lacking: str) -> None:
    assert lacking in cases.unread(simple(), Options(), own(**mapping))


def test_a_field_of_records_that_the_case_does_not_hold_is_not_missed() -> None:
    assert cases.unread(simple(), Options(), own(contact={"county": "County__c"})) == [
        "orders: BillToContact.County__c",
        "orders: ShipToContact.County__c",
    ]


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"object": "Lead"}', b"\xff", b'{"object": "Order", "record": 5}'],
)
def test_what_is_no_case_is_told(content: bytes) -> None:
    with pytest.raises(cases.UnreadableCaseError, match="is no case"):
        cases.read(content)


def test_a_case_of_a_later_format_is_not_misread() -> None:
    later = cases.write(simple()).replace(b'"format": 1', b'"format": 2')
    with pytest.raises(cases.UnreadableCaseError, match="format"):
        cases.read(later)


@pytest.mark.parametrize(
    ("recorded", "changed"),
    [(b'"reasons": []', b'"reasons": 5'), (b'"key": ', b'"keys": '), (b'"method": ', b'"methods": ')],
)
def test_a_plan_that_was_damaged_is_told(recorded: bytes, changed: bytes) -> None:
    content = cases.write(simple())
    assert recorded in content
    with pytest.raises(cases.UnreadableCaseError, match="is no case"):
        cases.read(content.replace(recorded, changed))


def test_records_that_were_damaged_are_told() -> None:
    content = cases.write(simple())
    damaged = cases.read(re.sub(rb'"EffectiveDate": "[^"]*"', b'"EffectiveDate": "rubbish"', content))
    with pytest.raises(cases.UnreadableCaseError, match=r"holds what cannot be planned .*: record it again"):
        cases.replan(damaged, Options(), {}, GUIDE)


def test_a_case_without_its_record_is_told() -> None:
    case = simple()
    with pytest.raises(cases.UnreadableCaseError, match="record it again"):
        cases.replan(replace(case, record="other"), Options(), {}, GUIDE)


def test_files_are_named_after_the_record() -> None:
    assert simple().file == f"order-{simple().record}.json"
    assert replace(simple(), record="../x/1").file == "order-.._x_1.json"
