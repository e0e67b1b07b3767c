"""The user's own mapping of the catalog: written once, then found as it stands, and followed when it changes."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.sync.connect import open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.test_products import change, one, plan_of, row

pytestmark = pytest.mark.anyio


async def mapped(both: Both, mapping: dict[str, Any], name: str = "SEAT") -> SyncResult:
    settings = both.settings().model_copy(update={"mapping": MappingSettings.model_validate(mapping)})
    async with open_service(settings) as service:
        (result,) = await service.products([name])
        return result


async def test_what_the_guide_only_creates_is_compared_once_it_is_mapped(both: Both) -> None:
    both.world.product("Seat")
    await one(both, "SEAT")
    mapping = {
        "product": {"EffectiveStartDate": {"value": "2020-01-01"}},
        "product_rate_plan": {"EffectiveEndDate": {"value": "2040-01-01"}},
        "product_rate_plan_charge": {"DefaultQuantity": {"value": 5}, "BillingTiming": {"value": "In Arrears"}},
    }
    changed = await mapped(both, mapping)
    assert (changed.outcome, len(changed.operations)) == (Outcome.SYNCED, 3)
    assert row(both, "product", sKU="SEAT")["effectiveStartDate"] == "2020-01-01"
    assert (await mapped(both, mapping)).outcome is Outcome.UNCHANGED


async def test_custom_fields_of_every_type(both: Both) -> None:
    names = {"Sold__c": "Boolean", "Term__c": "Number", "Since__c": "Date", "Seen__c": "Datetime", "Rank__c": "Integer"}
    fields = [{"name": name, "type": kind} for name, kind in names.items()]
    kinds = ("product", "productRatePlan", "productRatePlanCharge")
    both.configure(customFields=dict.fromkeys(kinds, fields))
    rules = {
        "Sold__c": "IsActive",
        "Term__c": "SBQQ__SubscriptionTerm__c",
        "Since__c": {"value": "2026-01-31"},
        "Seen__c": "CreatedDate",
        "Rank__c": {"value": 3},
        "Description": "Description",
    }
    mapping = {pair: dict(rules) for pair in ("product", "product_rate_plan", "product_rate_plan_charge")}
    product = both.world.product("Seat", Description="To sit on")
    both.world.schedule(product, "Data")
    assert (await mapped(both, mapping)).outcome is Outcome.SYNCED
    assert (await mapped(both, mapping)).outcome is Outcome.UNCHANGED
    change(both, "Product2", product, IsActive=False)
    result = await mapped(both, mapping, product)
    assert [operation.body["Sold__c"] for operation in result.operations] == [False] * 5
    assert (await mapped(both, mapping, product)).outcome is Outcome.UNCHANGED


async def test_products_of_one_code_and_name_go_with_a_name_of_their_own_for_the_plan(both: Both) -> None:
    first, second = both.world.product("Seat"), both.world.product("Seat", Family="Plus")
    await one(both, first)
    held = await one(both, second)
    assert "mapping of `product_rate_plan`" in held.reasons[0].remedy
    mapping = {"product_rate_plan": {"Name": {"expression": 'Name + " " + Family', "when": "Family != null"}}}
    assert (await mapped(both, mapping, second)).outcome is Outcome.SYNCED
    assert plan_of(both, second)["name"] == "Seat Plus"
    assert (await mapped(both, mapping, first)).outcome is Outcome.UNCHANGED


async def test_names_that_are_kept_in_zuora_stay(both: Both) -> None:
    product = both.world.product("Seat")
    kept = {"Name": {"source": "Name", "on": "create"}}
    mapping = dict.fromkeys(("product", "product_rate_plan", "product_rate_plan_charge"), kept)
    assert (await mapped(both, mapping)).outcome is Outcome.SYNCED
    both.sandbox.tenant.store.update("productRatePlan", plan_of(both, product)["id"], {"name": "By billing"})
    change(both, "Product2", product, Name="Chair")
    assert (await mapped(both, mapping)).outcome is Outcome.UNCHANGED
