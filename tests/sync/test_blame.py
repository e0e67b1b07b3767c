"""Which Salesforce field a refusal of Zuora's is about."""

from __future__ import annotations

import pytest

from cpqbridge.errors import CallForHelp, CpqBridgeError, FixConfiguration, FixData
from cpqbridge.mapping.rule import Lineage
from cpqbridge.planning.plan import Operation, Ref
from cpqbridge.sync.blame import add_field

LIST_PRICE = "/orderActions/0/createSubscription/pricing/recurringPerUnit/listPrice"
LINES = (
    Lineage("", "/UOM", "Product2.QuantityUnitOfMeasure", "Charge / UOM", "Furlong"),
    Lineage("", "/AccountingCode", None, "Charge / Accounting Code", "Accounts Receivable"),
    Lineage("/subscriptions/0", LIST_PRICE, "OrderItem.Price", "Subscription / List Price", 5),
    Lineage("/subscriptions/1", LIST_PRICE, "OrderItem.Price", "Subscription / List Price", 7),
    Lineage("", "/currency", "Account.CurrencyIsoCode", "Account / Currency", "XTS"),
    Lineage("", "/parentId", "Account.ParentId", "Account / Parent", Ref("account:1", "accountId")),
)
OPERATION = Operation("create", "key", "POST", "/v1/x", {}, LINES)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("The unit of measure 'Furlong' does not exist.", "Product2.QuantityUnitOfMeasure"),
        ("UOM is not active", "Product2.QuantityUnitOfMeasure"),
        ("AccountingCode: does not exist", "/AccountingCode"),
        (f"'subscriptions[1]{LIST_PRICE.replace('/0', '[0]').replace('/', '.')}' is out of range", "OrderItem.Price"),
        ("Invalid value for field currency", "Account.CurrencyIsoCode"),
        ("The currency is another matter", None),
        ("Operation failed", None),
    ],
)
def test_the_field_is_found_by_path_name_or_value(message: str, field: str | None) -> None:
    error = FixData("CPQ-420", message)
    add_field(error, OPERATION)
    assert error.field == field


def test_wrong_data_gets_a_remedy_that_names_both_ends() -> None:
    error = FixData("CPQ-420", "'Furlong' is not active")
    add_field(error, OPERATION)
    assert "Product2.QuantityUnitOfMeasure" in error.remedy
    assert "/UOM" in error.remedy


@pytest.mark.parametrize(
    "error",
    [
        FixConfiguration("CPQ-304", "UOM needs a feature", remedy="Turn it on."),
        FixData("CPQ-420", "UOM", remedy="Turn it on."),
    ],
)
def test_a_remedy_of_its_own_is_kept(error: CpqBridgeError) -> None:
    add_field(error, OPERATION)
    assert (error.field, error.remedy) == ("Product2.QuantityUnitOfMeasure", "Turn it on.")


def test_a_fault_is_not_blamed_on_data() -> None:
    error = CallForHelp("CPQ-901", "success without UOM")
    add_field(error, OPERATION)
    assert error.field is None


@pytest.mark.parametrize(
    ("target", "source", "way"),
    [
        ("/createSubscription/paymentTerm", "Order.SBQQ__PaymentTerm__c", "paymentTerm: {off: true}"),
        ("/pricing/recurringPerUnit/listPriceBase", None, "sfdc_use_list_price_base: false"),
        ("/tiers/0/cap", "SBQQ__OrderItemConsumptionRate__c.Cap__c", "take the option `tier_cap_field` out"),
        (
            "/createSubscription/billToContactId",
            "Order.BillToContactId",
            "`mapping: {subscription: {billToContactId: {off: true}}}`",
        ),
    ],
)
def test_a_feature_that_is_off_gets_a_remedy_that_does_without_it(target: str, source: str | None, way: str) -> None:
    name = target.rpartition("/")[2]
    error = FixConfiguration("CPQ-304", f"createSubscription.{name} needs a feature: field {name}")
    line = Lineage("", target, source, "Rule", "x")
    add_field(error, Operation("create_order", "key", "POST", "/v1/orders", {}, (line,)))
    assert error.field == (source or target)
    assert way in error.remedy


def test_a_field_that_the_tenant_does_not_know_for_want_of_a_feature_gets_the_same_remedy() -> None:
    error = FixData("CPQ-420", "Zuora: Unknown field 'pricing.usageTiered.tiers[0].cap' in the request.")
    line = Lineage("", "/pricing/usageTiered/tiers/0/cap", "OrderItemConsumptionRate.Cap__c", "Cap", 500)
    add_field(error, Operation("create_order", "key", "POST", "/v1/orders", {}, (line,)))
    assert error.field == "OrderItemConsumptionRate.Cap__c"
    assert error.remedy.startswith("Ask Zuora to turn the feature on, or take the option `tier_cap_field` out")
