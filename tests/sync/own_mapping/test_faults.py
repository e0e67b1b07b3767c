"""A mapping that both systems see otherwise than it is spelt: nothing is lost in silence, and the reason helps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cpqbridge.sync.own_mapping.cases import leaves
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.own_mapping.test_mapping_check import hide, report
from tests.sync.test_own_mapping import sync
from tests.world import Line

PRICE = {"subscription_rate_plan_charge": {"price": "custom_price__c"}}


def order(both: Both) -> str:
    world = both.world
    return world.order(world.account(Industry="Energy"), [Line(world.product())])


def test_fields_are_found_whatever_capitals_the_mapping_has(both: Both) -> None:
    number = order(both)
    both.configure(customFields={"account": ["Segment__c"]})
    result = sync(both, {"account": {"notes": "industry", "Segment__c": {"expression": "upper(INDUSTRY)"}}}, number)
    assert result.outcome is Outcome.SYNCED
    (body,) = (one["body"] for one in both.writes() if one["path"] == "/v1/accounts")
    assert (body["notes"], body["Segment__c"]) == ("Energy", "ENERGY")


def test_a_custom_price_counts_whatever_capitals_the_mapping_has(both: Both) -> None:
    mapping = {"subscription_rate_plan_charge": {"price": {"expression": "sbqq__netprice__c * 0 + 77"}}}
    assert sync(both, mapping, order(both)).outcome is Outcome.SYNCED
    (body,) = (one["body"] for one in both.writes() if one["path"].startswith("/v1/orders"))
    (override,) = (value for target, value in leaves(body) if target.endswith("/listPrice"))
    assert override == 77


def test_a_custom_price_that_is_hidden_is_no_net_price(both: Both) -> None:
    both.sandbox.org.add_custom_field("SBQQ__Subscription__c", name="Custom_Price__c", type="currency")
    number = order(both)
    hide(both.sandbox, "SBQQ__Subscription__c.Custom_Price__c")
    result = sync(both, PRICE, number)
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-303")
    assert "SBQQ__Subscription__r.custom_price__c" in result.reasons[0].message
    assert "mapping check" in str(result.reasons[0].remedy)
    assert both.writes() == []


@pytest.mark.parametrize(
    "mapping",
    [
        {"account": {"notes": "Nope__c"}},
        {"account": {"notes": {"source": "Name", "when": "Nope__c == null"}}},
        {"order": {"description": "Nope__c"}},
        {"order_item": {"itemState": {"source": "Nope__c", "default": "SentToBilling"}}},
        {"product": {"Description": "Nope__c"}},
        {"contact": {"nickname": "Nope__c"}},
        {"opportunity": {"description": "Nope__c"}},
        {"subscription": {"invoiceGroupNumber": {"expression": 'coalesce(Nope__c, "x")'}}},
    ],
    ids=str,
)
def test_no_pair_takes_a_field_that_is_not_there_for_an_empty_one(both: Both, mapping: dict[str, Any]) -> None:
    result = sync(both, mapping, order(both), sync_opportunity_fields=True)
    assert (result.outcome, result.reasons[0].code) == (Outcome.FAILED, "CPQ-303")
    assert "Nope__c" in result.reasons[0].message


def test_a_custom_field_that_zuora_lacks_is_named_with_the_next_step(both: Both) -> None:
    result = sync(both, {"account": {"Lost__c": "Name"}}, order(both))
    assert (result.reasons[0].code, result.reasons[0].field) == ("CPQ-305", "Account.Lost__c")
    assert "mapping check" in str(result.reasons[0].remedy)


def test_what_an_own_rule_refuses_says_that_it_is_one(both: Both) -> None:
    result: SyncResult = sync(both, {"account": {"billCycleDay": {"expression": "number(Name)"}}}, order(both))
    assert (result.outcome, result.reasons[0].code) == (Outcome.HELD, "CPQ-402")
    assert "(own mapping)" in result.reasons[0].message
    assert "`billCycleDay` in your own mapping" in str(result.reasons[0].remedy)


def test_the_check_tells_other_capitals_of_a_custom_field(both: Both, tmp_path: Path) -> None:
    both.configure(customFields={"account": ["Segment__c"]})
    (finding,) = report(both.sandbox, tmp_path, "  account: {SEGMENT__c: Name}").problems
    assert (finding.code, finding.remedy) == ("CPQ-305", "Write Segment__c.")
    assert report(both.sandbox, tmp_path, "  account: {segment__c: Name}").problems == ()
