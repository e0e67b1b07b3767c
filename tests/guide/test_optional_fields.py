"""Optional Salesforce fields: used where the org has them; no error where it does not, unless a mapping names them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.values import Outcome
from tests.guide.story import CODES, OWN, TAX, Stage
from tests.world import Line

OPTIONAL = (
    "Order.InvoiceOwner__c",
    "Order.SubscriptionOwner__c",
    "Product2.TaxMode__c",
    "Product2.Z_Accounting_Code__c",
    "Product2.Z_Deferred_Revenue_Account__c",
    "Product2.Z_Recognized_Revenue_Account__c",
)
"""The fields that the vendor lets a customer create and looks for by itself."""

MAPPED = (
    "OrderItem.Zuora_Status__c",
    "SBQQ__Subscription__c.PO_Number__c",
    "SBQQ__Subscription__c.Agreed_Price__c",
    "SBQQ__OrderItemConsumptionRate__c.Cap__c",
)
"""Those that count only when the settings name them: a price or a cap that is hidden would be billed wrongly."""

PRICED = {**OWN, "subscription_rate_plan_charge": {"price": "Agreed_Price__c"}}

PRESENT = {
    "invoice owner": "Payer",
    "subscription owner": "Owner",
    "invoice group": "PO-7",
    "price": 99,
    "codes": ["TaxInclusive", "Subscription Revenue", "Deferred Revenue", "Recognized Revenue"],
    "item state": "Booked",
    "line owner": "Owner",
    "cap": 500,
}
ABSENT = {
    "invoice owner": "Acme",
    "subscription owner": "Acme",
    "invoice group": None,
    "price": 120,
    "codes": ["TaxExclusive", "Accounts Receivable", "Accounts Receivable", "Accounts Receivable"],
    "item state": "SentToBilling",
    "line owner": "Acme",
    "cap": None,
}


def sell(stage: Stage) -> None:
    """Sell a subscription, an asset and usage, with every optional field filled."""
    world, ids, org = stage.world, stage.ids, stage.world.org
    org.add_custom_field("SBQQ__OrderItemConsumptionRate__c", name="Cap__c", type="double")
    org.add_custom_field("SBQQ__Subscription__c", name="Agreed_Price__c", type="currency")
    ids |= {"Acme": world.account(), "Owner": world.account("Owner"), "Payer": world.account("Payer")}
    ids["seat"] = world.product("Seat", **TAX, **CODES)
    router, traffic = world.product("Router", subscription=False), world.usage_product("Traffic")
    world.schedule(traffic, "Data")
    owner = {"SubscriptionOwner__c": ids["Owner"]}
    stage.sell("plan", ids["Acme"], Line(ids["seat"]), InvoiceOwner__c=ids["Payer"], **owner)
    stage.sell("line", ids["Acme"], Line(router), **owner)
    stage.sell("usage", ids["Acme"], Line(traffic))
    own = {"PO_Number__c": "PO-7", "Agreed_Price__c": Decimal(99)}
    org.store.update("SBQQ__Subscription__c", stage.items("plan")[0]["SBQQ__Subscription__c"], own, system=True)
    org.store.update("OrderItem", stage.items("line")[0]["Id"], {"Zuora_Status__c": "Booked"}, system=True)
    for rate in org.store.find("SBQQ__OrderItemConsumptionRate__c", "SBQQ__LowerBound__c", 0):
        org.store.update("SBQQ__OrderItemConsumptionRate__c", rate["Id"], {"Cap__c": Decimal(500)}, system=True)


def hide(stage: Stage, fields: Sequence[str]) -> None:
    """Take fields from the API user, as an administrator does; to it they are not there."""
    configure(stage, hiddenFields=list(fields))


def configure(stage: Stage, **settings: Any) -> None:
    """Change settings of the org."""
    url = f"{stage.sandbox.salesforce_url}/_sandbox/settings"
    httpx.post(url, json=settings, timeout=30).raise_for_status()


def carried(stage: Stage, *, mapped: bool = True) -> dict[str, Any]:
    """Sync everything, and return what the tenant then says of it."""
    stage.sandbox.tenant.settings.change({"chargeModifiers": True})
    if mapped:
        stage.carry("plan", "line", "usage", mapping=PRICED, tier_cap_field="Cap__c")
    else:
        stage.carry("plan", "line", "usage")
    subscription = stage.subscription("plan")
    [charge] = subscription["ratePlans"][0]["ratePlanCharges"]
    line = stage.tenant.get(f"/v1/orders/{stage.numbers['line']}")["order"]["orderLineItems"][0]
    usage = stage.subscription("usage")["ratePlans"][0]["ratePlanCharges"][0]
    catalog = stage.tenant.get(f"/v1/object/product-rate-plan-charge/{charge['productRatePlanChargeId']}")
    codes = ("TaxMode", "AccountingCode", "DeferredRevenueAccount", "RecognizedRevenueAccount")
    return {
        "invoice owner": subscription["invoiceOwnerAccountName"],
        "subscription owner": subscription["accountName"],
        "invoice group": subscription.get("invoiceGroupNumber"),
        "price": charge["price"],
        "codes": [catalog[code] for code in codes],
        "item state": line["itemState"],
        "line owner": line["ownerAccountName"],
        "cap": usage["tiers"][0].get("cap"),
    }


def test_fields_that_the_org_has_are_used(stage: Stage) -> None:
    sell(stage)
    assert carried(stage) == PRESENT


def test_fields_that_the_org_lacks_are_no_error(stage: Stage) -> None:
    sell(stage)
    hide(stage, (*OPTIONAL, *MAPPED))
    assert carried(stage, mapped=False) == ABSENT


@pytest.mark.parametrize("field", OPTIONAL)
def test_each_field_alone_may_be_missing(stage: Stage, field: str) -> None:
    sell(stage)
    hide(stage, [field])
    found = carried(stage)
    assert {name for name in PRESENT if found[name] != PRESENT[name]} == {*CHANGED[field]}


@pytest.mark.parametrize("field", MAPPED)
def test_a_field_that_the_settings_name_must_be_there(stage: Stage, field: str) -> None:
    sell(stage)
    hide(stage, [field])
    stage.carry("plan", mapping=PRICED, outcome=Outcome.FAILED, tier_cap_field="Cap__c")
    reasons = stage.results["plan"].reasons
    assert [(reason.code, field.rpartition(".")[2] in reason.message) for reason in reasons] == [("CPQ-303", True)]


CHANGED = {
    "Order.InvoiceOwner__c": ("invoice owner",),
    "Order.SubscriptionOwner__c": ("subscription owner", "line owner"),
    **{field: ("codes",) for field in OPTIONAL if field.startswith("Product2.")},
}
"""Optional field to what falls back without it."""


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_an_org_with_one_currency_sends_the_configured_one(stage: Stage, currency: str) -> None:
    sell(stage)
    configure(stage, multiCurrency=False)
    stage.sandbox.tenant.settings.change({"homeCurrency": currency})
    stage.carry("plan", "line", "usage", default_currency=currency)
    assert [stage.subscription(name)["currency"] for name in ("plan", "usage")] == [currency, currency]
    order = stage.tenant.get(f"/v1/orders/{stage.numbers['plan']}")["order"]
    assert order["currency"] == currency


def test_an_org_with_state_and_country_picklists_sends_zuoras_names(stage: Stage) -> None:
    configure(stage, stateCountryCodes=True)
    sell(stage)
    stage.carry("plan")
    owner = stage.tenant.rows("Account", "BillToId", "where Name = 'Owner'")[0]["BillToId"]
    contact = stage.tenant.get(f"/v1/contacts/{owner}")
    assert (contact["state"], contact["country"]) == ("California", "United States")
