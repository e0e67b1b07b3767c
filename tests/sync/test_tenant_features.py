"""What an operator sees when an option names a field that is not there, or when the tenant lacks a feature."""

from __future__ import annotations

import asyncio

from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.sync.conftest import Both

WITH_ADDRESS = "00000108"
"""The demo's order with an address of its own."""
USAGE = "00000117"
"""The demo's order with usage, beside seats with a payment term."""

OFF = {"off": True}


def sync(settings: Settings, number: str) -> SyncResult:
    async def do() -> SyncResult:
        async with open_service(settings) as service:
            [result] = await service.orders([number])
            return result

    return asyncio.run(do())


def test_usage_is_not_billed_without_the_cap_that_was_asked_for(demo: Both) -> None:
    misspelt = sync(demo.settings(tier_cap_field="Capp__c"), USAGE)
    assert (misspelt.outcome, misspelt.reasons[0].code) == (Outcome.FAILED, "CPQ-303")
    assert misspelt.reasons[0].field == "SBQQ__OrderItemConsumptionRate__c.Capp__c"
    assert demo.writes() == []
    assert sync(demo.settings(tier_cap_field="Cap__c"), USAGE).outcome is Outcome.SYNCED


def test_without_flexible_billing_the_remedy_that_is_told_works(demo: Both) -> None:
    demo.configure(flexibleBillingAttributes=False)
    refused = sync(demo.settings(), USAGE)
    assert (refused.outcome, refused.reasons[0].code) == (Outcome.FAILED, "CPQ-304")
    assert refused.reasons[0].field == "Order.SBQQ__PaymentTerm__c"
    assert "`mapping: {subscription: {paymentTerm: {off: true}}}`" in refused.reasons[0].remedy
    mapping = MappingSettings.model_validate({"subscription": {"paymentTerm": OFF}})
    assert sync(demo.settings().model_copy(update={"mapping": mapping}), USAGE).outcome is Outcome.SYNCED
    assert sync(demo.settings().model_copy(update={"mapping": mapping}), USAGE).outcome is Outcome.UNCHANGED


def test_without_flexible_billing_an_order_goes_by_the_contacts_of_its_account(demo: Both) -> None:
    demo.configure(flexibleBillingAttributes=False)
    targets = ("paymentTerm", "billToContactId", "soldToContactId")
    mapping = MappingSettings.model_validate({"subscription": dict.fromkeys(targets, OFF)})
    settings = demo.settings().model_copy(update={"mapping": mapping})
    assert sync(settings, WITH_ADDRESS).outcome is Outcome.SYNCED
    assert not [one for one in demo.writes() if one["path"].startswith("/v1/contacts")]
    assert sync(settings, WITH_ADDRESS).outcome is Outcome.UNCHANGED


def test_without_specific_months_nobody_is_led_to_bill_a_years_price_each_month(demo: Both) -> None:
    demo.configure(specificMonthsListPrice=False)
    refused = sync(demo.settings(), USAGE)
    assert (refused.outcome, refused.reasons[0].code) == (Outcome.FAILED, "CPQ-304")
    assert "only where CPQ's net prices are for one billing period each" in refused.reasons[0].remedy
