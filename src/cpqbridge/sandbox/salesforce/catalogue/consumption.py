"""Usage: the standard consumption schedules and rates, and the package's copies of them on what is sold.

A product's schedules are copied three times: to the quote line, to the order product, and to the subscription. The
objects and their fields are alike at each step; only the owner differs. The child relationship names under quote lines
and subscriptions are the sandbox's own.
"""

from __future__ import annotations

from cpqbridge.sandbox.salesforce.catalogue import values
from cpqbridge.sandbox.salesforce.catalogue.dictionary import (
    auto,
    derived,
    flag,
    long,
    master,
    money,
    name_text,
    number,
    pick,
    ref,
    sobject,
    text,
    whole,
)  # fmt: skip
from cpqbridge.sandbox.salesforce.catalogue.model import SObject

_COPIES = (
    # step, key prefixes, owner's link, owner, schedules as their owner sees them, label
    ("QuoteLine", "a0G", "a0H", "SBQQ__QuoteLine__c", "SBQQ__QuoteLine__c",
     "SBQQ__QuoteLineConsumptionSchedules__r", "Quote Line"),
    ("OrderItem", "a0K", "a0L", "SBQQ__OrderItem__c", "OrderItem",
     "SBQQ__OrderItems__r", "Order Product"),
    ("Subscription", "a0M", "a0N", "SBQQ__Subscription__c", "SBQQ__Subscription__c",
     "SBQQ__SubscriptionConsumptionSchedules__r", "Subscription"),
)  # fmt: skip


def consumption() -> list[SObject]:
    """Return the consumption schedules and rates, their links to products, and their copies."""
    return [*_standard(), *(table for copy in _COPIES for table in _copy(*copy))]


def _standard() -> list[SObject]:
    return [
        sobject(
            "ConsumptionSchedule", "0gN",
            name_text(), text("Description", 1000), flag("IsActive"),
            pick("Type", values.CONSUMPTION_TYPES, restricted=True, nillable=False),
            pick("UnitOfMeasure", values.UNITS), whole("BillingTerm", default=1, nillable=False),
            pick("BillingTermUnit", values.CONSUMPTION_UNITS, restricted=True, nillable=False, default="Month"),
            pick("RatingMethod", "Tier", restricted=True, nillable=False, default="Tier"),
            text("MatchingAttribute"), derived("NumberOfRates", "int", "{count(ConsumptionRates.Id)}", precision=9),
            pick("SBQQ__Category__c", "Rates", default="Rates"),
        ),
        sobject(
            "ConsumptionRate", "0gO",
            auto("Name", "CR-{000000}", name_field=True), long("Description"),
            master("ConsumptionScheduleId", "ConsumptionSchedule", "ConsumptionRates"),
            whole("ProcessingOrder", nillable=False),
            pick("PricingMethod", values.RATE_PRICING, restricted=True, nillable=False),
            whole("LowerBound", nillable=False), whole("UpperBound"), money("Price", 18, 7, nillable=False),
            number("Cap__c", 18, 2),
        ),
        sobject(
            "ProductConsumptionSchedule", "0gP",
            ref("ProductId", "Product2", "ProductConsumptionSchedules", nillable=False, updateable=False),
            ref("ConsumptionScheduleId", "ConsumptionSchedule", "ProductConsumptionSchedules", nillable=False,
                updateable=False),
        ),
    ]  # fmt: skip


def _copy(step: str, schedule: str, rate: str, link: str, owner: str, children: str, label: str) -> list[SObject]:
    schedules = f"SBQQ__{step}ConsumptionSchedule"
    return [
        sobject(
            f"{schedules}__c", schedule,
            name_text(80), ref(link, owner, children),
            ref("SBQQ__ConsumptionSchedule__c", "ConsumptionSchedule", f"{schedules}s__r"),
            pick("SBQQ__Type__c", values.CONSUMPTION_TYPES, restricted=True),
            pick("SBQQ__UnitOfMeasure__c", values.UNITS), number("SBQQ__BillingTerm__c", 5, 0),
            pick("SBQQ__BillingTermUnit__c", values.CONSUMPTION_UNITS, restricted=True),
            pick("SBQQ__RatingMethod__c", "Tier", restricted=True), pick("SBQQ__Category__c", "Rates"),
            pick("SBQQ__MatchingAttribute__c"), label=f"{label} Consumption Schedule",
        ),
        sobject(
            f"SBQQ__{step}ConsumptionRate__c", rate,
            name_text(80), master(f"{schedules}__c", f"{schedules}__c", f"SBQQ__{step}ConsumptionRates__r"),
            ref("SBQQ__ConsumptionRate__c", "ConsumptionRate", f"SBQQ__{step}ConsumptionRates__r"),
            number("SBQQ__ProcessingOrder__c", 9, 0),
            pick("SBQQ__PricingMethod__c", values.RATE_PRICING, restricted=True),
            number("SBQQ__LowerBound__c", 9, 0, nillable=False), number("SBQQ__UpperBound__c", 9, 0),
            money("SBQQ__Price__c", 18, 7, nillable=False), long("SBQQ__Description__c"),
            number("Cap__c", 18, 2), label=f"{label} Consumption Rate",
        ),
    ]  # fmt: skip
