"""The org's data dictionary: every object and field that CPQ and the connector meet.

`standard_catalogue()` builds it; the tables are in `customers`, `products`, `orders` and `quotes`. Field names and
types are those of the platform (API 67.0) and of the CPQ package 236.1. The key prefixes of consumption objects and of
all package objects are the sandbox's own: those of package objects differ between real orgs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cpqbridge.sandbox.salesforce.catalogue.consumption import consumption
from cpqbridge.sandbox.salesforce.catalogue.customers import contracts_and_assets, customers, organisation
from cpqbridge.sandbox.salesforce.catalogue.dictionary import date, field, flag, moment, pick, ref
from cpqbridge.sandbox.salesforce.catalogue.model import Catalogue, ChildRelationship, Field, SObject
from cpqbridge.sandbox.salesforce.catalogue.orders import orders
from cpqbridge.sandbox.salesforce.catalogue.products import products
from cpqbridge.sandbox.salesforce.catalogue.quotes import quotes, subscriptions
from cpqbridge.sandbox.salesforce.catalogue.values import CURRENCIES

__all__ = ["Catalogue", "ChildRelationship", "Field", "SObject", "standard_catalogue"]

CORPORATE_CURRENCY = "USD"

_SETUP = frozenset({"User", "Organization", "RecordType", "CurrencyType"})
"""Objects that cannot be deleted and so have no `IsDeleted`."""

_OWNED = frozenset(
    {"Account", "Contact", "Opportunity", "Order", "Contract", "Asset", "ConsumptionSchedule", "SBQQ__Quote__c",
     "SBQQ__Subscription__c", "SBQQ__DiscountSchedule__c", "SBQQ__BlockPrice__c",
     "SBQQ__QuoteLineConsumptionSchedule__c", "SBQQ__OrderItemConsumptionSchedule__c",
     "SBQQ__SubscriptionConsumptionSchedule__c"}
)  # fmt: skip
_SEEN = frozenset(
    {"Account", "Contact", "Opportunity", "Order", "Contract", "Asset", "Product2", "Pricebook2", "ConsumptionSchedule",
     "SBQQ__Quote__c"}
)  # fmt: skip
_TYPED = frozenset(
    {"Account", "Contact", "Opportunity", "Order", "Contract", "Asset", "Product2", "SBQQ__Quote__c",
     "SBQQ__Subscription__c"}
)  # fmt: skip
_WITHOUT_CURRENCY = frozenset({"User", "Organization", "RecordType", "CurrencyType"})


def standard_catalogue(*, multi_currency: bool = True, state_country_codes: bool = False) -> Catalogue:
    """Return the catalogue of a fresh org with CPQ.

    Args:
        multi_currency: Give records a `CurrencyIsoCode`, and the org `CurrencyType` rows.
        state_country_codes: Give addresses the state and country code picklists.
    """
    tables = [
        *customers(codes=state_country_codes), *contracts_and_assets(codes=state_country_codes),
        *products(), *consumption(), *orders(codes=state_country_codes), *quotes(), *subscriptions(), *organisation(),
    ]  # fmt: skip
    if not multi_currency:
        tables = [table for table in tables if table.name != "CurrencyType"]
    return Catalogue(_with_system_fields(table, multi_currency=multi_currency) for table in tables)


def _with_system_fields(table: SObject, *, multi_currency: bool) -> SObject:
    fields = [
        field("Id", "id", length=18, nillable=False, createable=False, updateable=False, label=f"{table.label} ID")
    ]
    if table.name not in _SETUP:
        fields.append(flag("IsDeleted", createable=False, updateable=False, label="Deleted"))
    fields.extend(_placed_name(table))
    fields.extend(_audit(table))
    if multi_currency and table.name not in _WITHOUT_CURRENCY:
        fields.append(pick("CurrencyIsoCode", CURRENCIES, restricted=True, default=CORPORATE_CURRENCY, nillable=False,
                           length=3, label="Currency ISO Code"))  # fmt: skip
    ordered = {f.name.lower(): f for f in fields if not f.custom}
    return replace(table, fields=ordered | {f.name.lower(): f for f in fields if f.custom})


def _placed_name(table: SObject) -> list[Field]:
    extra = [ref("OwnerId", "User", nillable=False)] if table.name in _OWNED else []
    extra += [ref("RecordTypeId", "RecordType")] if table.name in _TYPED else []
    return [*table.fields.values(), *extra]


def _audit(table: SObject) -> list[Field]:
    fixed: dict[str, Any] = {"createable": False, "updateable": False}
    stamps = [
        moment("CreatedDate", nillable=False, **fixed), ref("CreatedById", "User", nillable=False, **fixed),
        moment("LastModifiedDate", nillable=False, **fixed), ref("LastModifiedById", "User", nillable=False, **fixed),
        moment("SystemModstamp", nillable=False, **fixed),
    ]  # fmt: skip
    if table.name in _SEEN:
        stamps += [moment("LastViewedDate", **fixed), moment("LastReferencedDate", **fixed)]
    if table.name in ("Account", "Contact", "Opportunity", "Contract"):
        stamps.append(date("LastActivityDate", **fixed))
    return stamps
