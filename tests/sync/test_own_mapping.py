"""The user's own mapping end to end: read from the org by itself, written to the tenant, updated when it changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.sync.connect import open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.world import Line

CUSTOM = {
    "account": ["Segment__c"],
    "contact": ["crmId__c", "crmOrderId__c", "Title__c"],
    "order": ["Deal__c", "Source__c"],
    "orderLineItem": ["Note__c"],
    "ratePlan": ["Note__c"],
    "ratePlanCharge": ["Frequency__c"],
    "subscription": ["SFDC_Contract__c", "Kind__c"],
}


def sync(both: Both, mapping: dict[str, Any], *numbers: str, account: str = "", **options: Any) -> SyncResult:
    settings = both.settings().model_copy(
        update={"mapping": MappingSettings.model_validate(mapping), "options": Options(**options)}
    )

    async def go() -> SyncResult:
        async with open_service(settings, watch=both.exchanges.append) as service:
            results = await (service.accounts([account]) if account else service.orders(numbers))
            return results[0]

    return asyncio.run(go())


def test_own_rules_of_many_pairs_arrive_and_a_second_sync_finds_them(both: Both) -> None:
    world = both.world
    account = world.account(Industry="Energy", Site="Berlin")
    opportunity = world.opportunity(account, "Big deal", LeadSource="Web")
    box = world.product("Box", subscription=False)
    number = world.order(account, [Line(world.product()), Line(box)], OpportunityId=opportunity)
    both.configure(customFields=CUSTOM)
    mapping = {
        "account": {"Segment__c": {"source": "Industry", "values": {"Energy": "Utilities"}}, "notes": "Site"},
        "opportunity": {"Deal__c": "Name", "Source__c": {"expression": "upper(LeadSource)"}},
        "order_item": {"Note__c": {"expression": 'text(Quantity) + " x " + Product2.Name'}},
        "subscription": {"Kind__c": {"value": "sold"}},
        "subscription_rate_plan_charge": {
            "price": {"expression": "SBQQ__NetPrice__c / 2"},
            "Frequency__c": "SBQQ__BillingFrequency__c",
        },
    }
    result = sync(both, mapping, number, sync_opportunity_fields=True)
    assert (result.outcome, result.reasons) == (Outcome.SYNCED, ())
    sent = {one["path"]: one["body"] for one in both.writes()}
    assert sent["/v1/accounts"]["Segment__c"] == "Utilities"
    assert sent["/v1/accounts"]["notes"] == "Berlin"
    order = sent["/v1/orders"]
    assert order["customFields"] == {"Deal__c": "Big deal", "Source__c": "WEB"}
    assert order["orderLineItems"][0]["customFields"] == {"Note__c": "1 x Box"}
    (subscription,) = order["subscriptions"]
    assert subscription["customFields"]["Kind__c"] == "sold"
    (plan,) = subscription["orderActions"][0]["createSubscription"]["subscribeToRatePlans"]
    assert plan["customFields"] == {"Note__c": "1 x Seat"}
    (charge,) = plan["chargeOverrides"]
    assert charge["customFields"] == {"Frequency__c": "Monthly"}
    assert charge["pricing"]["recurringPerUnit"]["listPrice"] == 60
    assert sync(both, mapping, number, sync_opportunity_fields=True).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("target", "first", "second"),
    [("Segment__c", "old", "new"), ("taxInfo/VATId", "DE1", "DE2"), ("notes", "one", "two")],
)
def test_an_update_follows_an_own_rule_and_writes_only_that(both: Both, target: str, first: str, second: str) -> None:
    account = both.world.account(Site=first)
    both.configure(customFields=CUSTOM)
    mapping = {"account": {target: "Site"}}
    assert sync(both, mapping, account=account).outcome is Outcome.SYNCED
    assert sync(both, mapping, account=account).outcome is Outcome.UNCHANGED
    both.sandbox.org.store.update("Account", account, {"Site": second}, system=True)
    before = len(both.writes())
    result = sync(both, mapping, account=account)
    assert (result.outcome, [one.name for one in result.operations]) == (Outcome.SYNCED, ["update_account"])
    (update,) = both.writes()[before:]
    body = update["body"]
    for name in target.split("/"):
        assert list(body) == [name]
        body = body[name]
    assert body == second
    assert sync(both, mapping, account=account).outcome is Outcome.UNCHANGED


def test_what_is_only_created_is_not_overwritten(both: Both) -> None:
    account = both.world.account(Site="first")
    mapping = {"account": {"notes": {"source": "Site", "on": "create"}}}
    sync(both, mapping, account=account)
    both.sandbox.org.store.update("Account", account, {"Site": "second"}, system=True)
    assert sync(both, mapping, account=account).outcome is Outcome.UNCHANGED


def test_an_empty_field_leaves_the_guide_in_place(both: Both) -> None:
    account = both.world.account(Site=None, Description="From the guide")
    sync(both, {"account": {"notes": "Site"}}, account=account)
    (created,) = (one["body"] for one in both.writes() if one["path"] == "/v1/accounts")
    assert created["notes"] == "From the guide"


def test_a_value_that_cannot_be_computed_holds_the_order_with_its_field(both: Both) -> None:
    number = both.world.order(both.world.account(), [Line(both.world.product())])
    mapping = {"order": {"Deal__c": {"expression": "1 / (OpportunityId == null ? 0 : 1)"}}}
    both.configure(customFields=CUSTOM)
    result = sync(both, mapping, number)
    assert result.outcome is Outcome.HELD
    assert (result.reasons[0].code, result.reasons[0].field) == ("CPQ-402", "Order.OpportunityId")
    assert both.writes() == []


def test_a_mapped_billing_period_is_for_what_is_billed_by_periods_alone(both: Both) -> None:
    """Zuora refuses an order that gives a one-time charge a billing period."""
    seat, setup = both.world.product("Seat"), both.world.product("Setup", SBQQ__ChargeType__c="One-Time")
    lines = [Line(product, more={"SBQQ__BillingFrequency__c": "Quarterly"}) for product in (seat, setup)]
    number = both.world.order(both.world.account(), lines)
    period = {"source": "SBQQ__BillingFrequency__c", "values": "billing_frequencies"}
    result = sync(both, {"subscription_rate_plan_charge": {"billingPeriod": period}}, number)
    assert (result.outcome, result.reasons) == (Outcome.SYNCED, ())
    held = both.sandbox.tenant.store.rows("ratePlanCharge")
    assert {row["name"]: row["billingPeriod"] for row in held} == {"Seat": "Quarter", "Setup": None}
