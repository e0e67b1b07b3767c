"""The targets of the user's mapping against the models of Zuora's SDK and the rows of the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.mapping.pairs import PAIRS, Body, Pair, UnknownTargetError, places, standard_targets
from cpqbridge.mapping.subscription import CREATE
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.mapping.targets import Target, custom, folded
from cpqbridge.sandbox.zuora.object_query.tables import BY_NAME
from cpqbridge.sandbox.zuora.zoql.objects import soap_name
from cpqbridge.settings.mapping import MappingSettings
from tests.zuora_schema import _document

MODELS = {
    "account": ("CreateAccountRequest", "UpdateAccountRequest"),
    "contact": ("CreateContactRequest", "UpdateContactRequest"),
    "product": ("CreateProductRequest", "UpdateProductRequest"),
    "product_rate_plan": ("CreateProductRatePlanRequest", "UpdateProductRatePlanRequest"),
    "usage_rate_plan": ("CreateProductRatePlanRequest", "UpdateProductRatePlanRequest"),
    "product_charge": ("CreateProductRatePlanChargeRequest", "UpdateProductRatePlanChargeRequest"),
    "usage_charge": ("CreateProductRatePlanChargeRequest", "UpdateProductRatePlanChargeRequest"),
    "order": ("CreateOrderRequest", None),
    "subscription": ("CreateOrderSubscription", None),
    "rate_plan_subscribed": ("CreateOrderRatePlanOverride", None),
    "usage_plan_subscribed": ("CreateOrderRatePlanOverride", None),
    "charge_override": ("ChargeOverride", None),
    "usage_override": ("ChargeOverride", None),
    "line_item": ("CreateOrderOrderLineItem", None),
}
"""Table to the models of its create and update."""

PLANNED = {"price", "billing_period"}
"""Tables that the planner reads, which are no request."""

ROWS = {
    "account": "account",
    "contact": "contact",
    "product": "product",
    "product_rate_plan": "productrateplan",
    "product_charge": "productrateplancharge",
}

CASES = [
    pytest.param(pair, body, table, target, id=f"{pair.name}-{table}-{target.name}")
    for pair in PAIRS.values()
    for body in pair.bodies
    for table in body.tables
    for target in body.fields.values()
]


def filled(schema: dict[str, Any]) -> dict[str, Any]:
    """The alternative of a schema that is not null, with references followed."""
    while "properties" not in schema and ("anyOf" in schema or "$ref" in schema):
        if "$ref" in schema:
            schema = _document()["$defs"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
    return schema


def field(model: str, pointer: str) -> dict[str, Any] | None:
    schema: dict[str, Any] | None = _document()["$defs"][model]
    for name in pointer.strip("/").split("/"):
        schema = filled(schema or {})
        schema = schema.get("items") if name.isdigit() else schema.get("properties", {}).get(name)
    return None if schema is None else filled(schema)


@pytest.mark.parametrize(("pair", "body", "table", "target"), CASES)
def test_targets_are_what_the_sdk_says(pair: Pair, body: Body, table: str, target: Target) -> None:
    (place,) = (place for place in places(pair, target.name) if place.table == table)
    assert place.pointer == f"{body.at}/{target.name}"
    if table in PLANNED:
        assert place.pointer in (f"/{table}", "/billingPeriod")
        return
    create, update = MODELS[table]
    model = field(create, place.pointer)
    assert model is not None, f"{create} has no {place.pointer}"
    assert_same(target, model)
    if update is not None:
        assert target.updatable == (field(update, place.pointer) is not None)
        required = _document()["$defs"][create].get("required", [])
        assert target.needed == (target.name in required)


def assert_same(target: Target, model: dict[str, Any]) -> None:
    if target.choices:
        assert set(target.choices) <= set(model["enum"])
        return
    kinds = {
        "text": "string",
        "prose": "string",
        "date": "string",
        "number": "number",
        "whole": "integer",
        "truth": "boolean",
    }
    if target.name == "Grade":
        assert model["type"] == "number"
        return
    assert model["type"] == kinds[target.holds]
    assert (model.get("format") == "date") == (target.holds == "date")
    if "maxLength" in model:
        assert target.length == model["maxLength"]


def test_billing_periods_are_those_of_the_orders_api() -> None:
    target = standard_targets("subscription_rate_plan_charge")["billingPeriod"]
    model = field("ChargeOverride", "/billing/billingPeriod")
    assert model is not None
    assert set(target.choices) == set(model["enum"]) - {None}


@pytest.mark.parametrize(("table", "entity"), ROWS.items())
def test_columns_are_those_of_a_zoql_row(table: str, entity: str) -> None:
    known = {soap_name(name) for name in BY_NAME[entity].fields}
    (pair,) = (pair for pair in PAIRS.values() if table in pair.bodies[0].tables)
    assert {target.column for target in pair.standard() if target.column} <= known


def test_there_is_a_pair_for_each_of_the_settings() -> None:
    assert set(PAIRS) == set(MappingSettings.model_fields)
    assert {table for pair in PAIRS.values() for body in pair.bodies for table in body.tables} == {*MODELS, *PLANNED}
    assert all(hasattr(GUIDE, table) for table in {*MODELS, *PLANNED})


@pytest.mark.parametrize("pair", PAIRS.values(), ids=lambda pair: pair.name)
def test_nothing_is_both_a_target_and_protected(pair: Pair) -> None:
    protected = {folded(name) for name in pair.protected}
    assert not protected & {folded(target.name) for target in pair.standard()}
    for name in pair.protected:
        with pytest.raises(UnknownTargetError, match=f"^`{name.upper()}` cannot be mapped: "):
            places(pair, name.upper())


@pytest.mark.parametrize("pair", PAIRS.values(), ids=lambda pair: pair.name)
def test_a_target_that_the_guide_has_needs_no_other_pointer(pair: Pair) -> None:
    """What the guide writes at the top of a body is a target or protected, so that nothing is reached by accident."""
    names = {folded(target.name) for target in pair.standard()} | {folded(name) for name in pair.protected}
    for body in pair.bodies:
        for table in set(body.tables) - PLANNED:
            for rule in getattr(GUIDE, table).rules:
                first = rule.keys[0]
                known = first.startswith("{") or custom(first) or first in ("customFields", "quote")
                assert known or folded(first) in names | {"billing", "pricing", "startdate"}, rule.target


@pytest.mark.parametrize(
    ("pair", "name", "found"),
    [
        ("account", "NOTES", [("account", "/notes")]),
        ("account", "taxinfo/vatid", [("account", "/taxInfo/VATId")]),
        ("account", "Segment__c", [("account", "/Segment__c")]),
        ("account", "Department__NS", [("account", "/Department__NS")]),
        ("order", "Region__c", [("order", "/customFields/Region__c")]),
        ("opportunity", "Region__c", [("order", "/customFields/Region__c")]),
        ("subscription", "InvoiceGroupNumber", [("subscription", f"{CREATE}/invoiceGroupNumber")]),
        ("subscription", "Region__c", [("subscription", "/customFields/Region__c")]),
        ("subscription", "quote/QuoteType__QT", [("subscription", "/quote/QuoteType__QT")]),
        ("subscription_rate_plan_charge", "Price", [("price", "/price")]),
        ("subscription_rate_plan_charge", "billingPeriod", [("billing_period", "/billingPeriod")]),
        (
            "subscription_rate_plan_charge",
            "X__c",
            [("charge_override", "/customFields/X__c"), ("usage_override", "/customFields/X__c")],
        ),
        ("order_item", "itemState", [("line_item", "/itemState")]),
        (
            "order_item",
            "X__c",
            [
                ("line_item", "/customFields/X__c"),
                ("rate_plan_subscribed", "/customFields/X__c"),
                ("usage_plan_subscribed", "/customFields/X__c"),
            ],
        ),
        ("order_item_consumption_schedule", "X__c", [("usage_plan_subscribed", "/customFields/X__c")]),
        (
            "product_rate_plan",
            "Description",
            [("product_rate_plan", "/Description"), ("usage_rate_plan", "/Description")],
        ),
    ],
)
def test_places(pair: str, name: str, found: list[tuple[str, str]]) -> None:
    assert [(place.table, place.pointer) for place in places(PAIRS[pair], name)] == found


@pytest.mark.parametrize(
    ("pair", "name", "message"),
    [
        ("account", "note", "Zuora's Account has no field `note`; did you mean `notes`?"),
        ("account", "VATId", "Zuora's Account has no field `VATId`; did you mean `taxInfo/VATId`?"),
        ("account", "zzzzz", "a mapping may write custom fields (…__c) and accountNumber, autoPay"),
        ("account", "crmId", "it is the key by which cpqbridge finds the record again"),
        ("subscription_rate_plan_charge", "listPrice", "write `price`"),
        ("order", "X__QT", "Zuora's Order has no field `X__QT`"),
    ],
)
def test_unknown_targets(pair: str, name: str, message: str) -> None:
    with pytest.raises(UnknownTargetError) as refused:
        places(PAIRS[pair], name)
    assert message in str(refused.value)
