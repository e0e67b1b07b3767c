"""Orders and order products, with the fields CPQ and the connector add to them."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.salesforce.catalogue import values
from cpqbridge.sandbox.salesforce.catalogue.dictionary import (
    address,
    auto,
    date,
    derived,
    flag,
    formula,
    long,
    moment,
    money,
    number,
    percent,
    pick,
    ref,
    sobject,
    text,
)  # fmt: skip
from cpqbridge.sandbox.salesforce.catalogue.model import Field, SObject

_ITEM_STATES = "Executing|Booked|SentToBilling|Complete|Canceled"
_STATUS_CODE = "CASE WHEN {Status} = 'Draft' THEN 'Draft' ELSE 'Activated' END"


def orders(*, codes: bool) -> list[SObject]:
    """Return Order and OrderItem; `codes` adds the state and country code fields."""
    return [_order(codes=codes), _order_item()]


def _order(*, codes: bool) -> SObject:
    return sobject(
        "Order", "801",
        ref("AccountId", "Account", "Orders", nillable=False), ref("ContractId", "Contract", "Orders"),
        ref("Pricebook2Id", "Pricebook2", "Orders"), ref("OriginalOrderId", "Order", "Orders", updateable=False),
        ref("OpportunityId", "Opportunity", "Orders"), flag("IsReductionOrder", updateable=False),
        date("EffectiveDate", nillable=False, label="Order Start Date"), date("EndDate", label="Order End Date"),
        pick("Status", "Draft|Activated", nillable=False), pick("Type", "New|Renewal|Amendment"), long("Description"),
        ref("CustomerAuthorizedById", "Contact"), date("CustomerAuthorizedDate"),
        ref("CompanyAuthorizedById", "User"), date("CompanyAuthorizedDate"),
        ref("BillToContactId", "Contact"), ref("ShipToContactId", "Contact"),
        address("Billing", codes=codes), address("Shipping", codes=codes),
        text("Name", 80, label="Order Name"), date("PoDate"), text("PoNumber", 80), text("OrderReferenceNumber", 80),
        ref("ActivatedById", "User", createable=False, updateable=False),
        moment("ActivatedDate", createable=False, updateable=False),
        derived("StatusCode", "picklist", _STATUS_CODE, picklist=("Draft", "Activated"), length=40, nillable=False),
        auto("OrderNumber", "{00000000}", name_field=True),
        derived("TotalAmount", "currency", "COALESCE({sum(OrderItems.TotalPrice)}, 0)", precision=18, scale=2,
                label="Order Amount", nillable=False),
        pick("SBQQ__PaymentTerm__c", values.PAYMENT_TERMS, restricted=True),
        flag("SBQQ__Contracted__c"), ref("SBQQ__Quote__c", "SBQQ__Quote__c", "SBQQ__Orders__r"),
        pick("SBQQ__ContractingMethod__c", "By Subscription End Date|Single Contract",
            default="By Subscription End Date"),
        text("SBQQ__OrderBookings__c", 255), number("SBQQ__RenewalTerm__c", 5, 0),
        percent("SBQQ__RenewalUpliftRate__c", 8, 2), flag("SBQQ__TaxAmountIncluded__c"),
        pick("SBQQ__PriceCalcStatus__c", "Not Needed|Needed|Queued|In Progress|Completed|Failed", default="Not Needed"),
        long("SBQQ__PriceCalcStatusMessage__c", 131072),
        ref("InvoiceOwner__c", "Account", "Invoice_Owner_Orders__r"),
        ref("SubscriptionOwner__c", "Account", "Subscription_Owner_Orders__r"),
    )  # fmt: skip


def _order_item() -> SObject:
    locked: dict[str, Any] = {"createable": True, "updateable": False}
    return sobject(
        "OrderItem", "802",
        ref("OrderId", "Order", "OrderItems", nillable=False, cascade_delete=True, **locked),
        ref("Product2Id", "Product2", **locked),
        ref("PricebookEntryId", "PricebookEntry", "OrderItems", nillable=False, **locked),
        ref("OriginalOrderItemId", "OrderItem", "ChildOrderItems", **locked),
        number("Quantity", 18, 2, nillable=False), money("UnitPrice", 18, 2, nillable=False),
        derived("ListPrice", "currency", "{PricebookEntry.UnitPrice}", precision=18, scale=2),
        derived("TotalPrice", "currency", "product({UnitPrice}, {Quantity}, 2)", precision=18, scale=2),
        derived("AvailableQuantity", "double", "{Quantity}", precision=18, scale=2),
        date("ServiceDate", label="Start Date"), date("EndDate"), text("Description", 255),
        auto("OrderItemNumber", "{0000000000}", name_field=True, label="Order Product Number"),
        *_item_pricing(), *_item_links(),
        pick("Zuora_Status__c", _ITEM_STATES),
        label="Order Product",
    )  # fmt: skip


def _item_pricing() -> list[Field]:
    return [
        number("SBQQ__OrderedQuantity__c", 18, 2), number("SBQQ__QuotedQuantity__c", 12, 2),
        money("SBQQ__QuotedListPrice__c", 16, 2), money("SBQQ__UnproratedNetPrice__c", 16, 2),
        formula("SBQQ__TotalAmount__c", "currency", "product({UnitPrice}, {Quantity}, 2)", precision=18, scale=2),
        number("SBQQ__ProrateMultiplier__c", 8, 4), number("SBQQ__DefaultSubscriptionTerm__c", 5, 0),
        number("SBQQ__SubscriptionTerm__c", 5, 0), pick("SBQQ__SubscriptionPricing__c", values.SUBSCRIPTION_PRICING),
        pick("SBQQ__SubscriptionType__c", values.SUBSCRIPTION_TYPES),
        pick("SBQQ__ProductSubscriptionType__c", values.PRODUCT_SUBSCRIPTION_TYPES),
        pick("SBQQ__PricingMethod__c", values.SOLD_PRICING_METHODS),
        pick("SBQQ__ChargeType__c", values.CHARGE_TYPES, restricted=True),
        pick("SBQQ__BillingFrequency__c", values.BILLING_FREQUENCIES, restricted=True),
        pick("SBQQ__BillingType__c", values.BILLING_TYPES, restricted=True),
        text("SBQQ__TaxCode__c"), flag("SBQQ__Taxable__c"),
        pick("SBQQ__BlockPricingField__c", "Quantity"), flag("SBQQ__HasConsumptionSchedule__c"),
    ]  # fmt: skip


def _item_links() -> list[Field]:
    return [
        pick("SBQQ__Status__c", "Draft|Activated", default="Draft"),
        pick("SBQQ__ContractAction__c", values.CONTRACT_ACTIONS, restricted=True),
        pick("SBQQ__ContractingMethod__c", values.CONTRACTING_METHODS, default="Inherit"),
        pick("SBQQ__BookingsIndicator__c", "Include|Exclude", default="Include"),
        formula("SBQQ__OrderProductBookings__c", "currency",
                "CASE WHEN {SBQQ__BookingsIndicator__c} = 'Include' THEN product({UnitPrice}, {Quantity}, 2) END",
                precision=18, scale=2),
        flag("SBQQ__Activated__c"), flag("SBQQ__Contracted__c"), date("SBQQ__TerminatedDate__c"),
        ref("SBQQ__Asset__c", "Asset", "SBQQ__OrderProducts__r"),
        ref("SBQQ__Contract__c", "Contract", "SBQQ__OrderProducts__r"),
        ref("SBQQ__QuoteLine__c", "SBQQ__QuoteLine__c", "SBQQ__OrderProducts__r"),
        ref("SBQQ__Subscription__c", "SBQQ__Subscription__c", "SBQQ__SubscriptionOrderProducts__r"),
        ref("SBQQ__UpgradedSubscription__c", "SBQQ__Subscription__c", "SBQQ__UpgradedOrderProducts__r"),
        ref("SBQQ__RevisedOrderProduct__c", "OrderItem", "SBQQ__RevisedOrderProducts__r"),
        ref("SBQQ__RequiredBy__c", "OrderItem", "SBQQ__Components__r"),
        ref("SBQQ__BundleRoot__c", "OrderItem", "SBQQ__BundleComponents__r"),
        ref("SBQQ__TerminatedBy__c", "OrderItem", "SBQQ__TerminatedOrderProducts__r"),
        ref("SBQQ__DiscountSchedule__c", "SBQQ__DiscountSchedule__c"),
        text("SBQQ__SegmentKey__c", 36), number("SBQQ__SegmentIndex__c", 5, 0),
        text("SBQQ__PriceDimension__c", 18), pick("SBQQ__DimensionType__c", values.DIMENSIONS),
    ]  # fmt: skip
