"""The objects and fields that ZOQL knows, made from the tables of Object Query.

A SOAP field has the name of the row's field with a capital: ``accountNumber`` is ``AccountNumber``, ``sKU`` is
``SKU``, ``crmId__c`` is ``CrmId__c``. Fields that only Object Query has are left out, and the objects of the Orders
and Invoice Settlement features do not exist here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cpqbridge.sandbox.zuora.object_query.entity import Entity, listed
from cpqbridge.sandbox.zuora.object_query.tables import BY_NAME
from cpqbridge.sandbox.zuora.object_query.tables.documents import INVOICE, INVOICE_ITEM
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Objects of the Orders and Invoice Settlement features, and bill runs as Object Query has them: ZOQL does not
#: support them.
ORDERS_OBJECTS = frozenset(
    {
        "order", "orderaction", "orderlineitem", "externalproductrateplan",
        "creditmemo", "creditmemoitem", "billingrun",
    }
)  # fmt: skip

#: Row fields without a SOAP field, by kind.
_ABSENT: dict[str, frozenset[str]] = {
    "account": listed("organizationId eInvoiceProfileId eReportingProfileId"),
    "contact": listed("asBillTo asSoldTo asShipTo"),
    "product": listed("state version versionOrdinal productType bundleConfig"),
    "productRatePlan": listed("state version versionOrdinal"),
    "productRatePlanCharge": frozenset(),
    "productRatePlanChargeTier": listed("isDefault productChargeDefinitionId"),
    "subscription": listed(
        "orderId isSingleVersioned rampId prepayment billToContactSnapshotId soldToContactSnapshotId "
        "shipToContactSnapshotId"
    ),
    "ratePlan": listed("reverted subscriptionOfferId pricingAttributes"),
    "ratePlanCharge": listed("reverted pricingAttributes isDimensionalPrice"),
    "ratePlanChargeTier": frozenset(),
    "invoice": frozenset(INVOICE.fields)
    - listed(
        "accountId adjustmentAmount amount amountWithoutTax balance billToContactSnapshotId comments createdById "
        "createdDate creditBalanceAdjustmentAmount dueDate id includesOneTime includesRecurring includesUsage "
        "invoiceDate invoiceNumber lastEmailSentDate paymentAmount postedBy postedDate refundAmount "
        "soldToContactSnapshotId source sourceId status targetDate taxAmount taxExemptAmount "
        "transferredToAccounting updatedById updatedDate"
    ),
    "invoiceItem": frozenset(INVOICE_ITEM.fields)
    - listed(
        "accountingCode appliedToInvoiceItemId chargeAmount chargeDate chargeName chargeNumber createdById "
        "createdDate id invoiceId processingType productId productRatePlanChargeId quantity ratePlanChargeId "
        "revRecCode revRecStartDate revRecTriggerCondition sKU serviceEndDate serviceStartDate subscriptionId "
        "subscriptionNumber taxAmount taxCode taxExemptAmount taxMode uOM unitPrice updatedById updatedDate"
    ),
    "usage": listed("uniqueKey fileId fileName productRatePlanChargeId ratePlanChargeId ratedAmount"),
}

#: Row fields that a tenant without Flexible Billing Attributes does not have, by kind.
_FLEXIBLE: dict[str, frozenset[str]] = {
    "subscription": listed(
        "billToContactId soldToContactId paymentTerm invoiceTemplateId sequenceSetId invoiceGroupNumber "
        "communicationProfileId"
    ),
}

#: Fields that only SOAP has, by kind, with their types.
_ONLY_SOAP: dict[str, dict[str, str]] = {
    "productRatePlan": {"activeCurrencies": "text"},
    "productRatePlanCharge": {"useDiscountSpecificAccountingCode": "bool"},
    "productRatePlanChargeTier": {"isOveragePrice": "bool"},
    "usage": {"chargeId": "text", "chargeNumber": "text", "subscriptionNumber": "text"},
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object: its SOAP name, the row's field, its type."""

    name: str
    row_name: str
    kind: str

    @property
    def custom(self) -> bool:
        """Whether the tenant defined it."""
        return self.name.endswith("__c")


@dataclass(frozen=True, slots=True)
class ZoqlObject:
    """An object that can be queried; its fields by their name in lower case."""

    entity: Entity
    fields: Mapping[str, Field]


def find_object(name: str, tenant: Tenant) -> ZoqlObject | None:
    """The object of that name, in any case, or None."""
    entity = BY_NAME.get(name.lower())
    if entity is None or name.lower() in ORDERS_OBJECTS:
        return None
    return ZoqlObject(entity, {field.name.lower(): field for field in soap_fields(entity, tenant)})


def soap_fields(entity: Entity, tenant: Tenant) -> list[Field]:
    """The fields of an object in the order of their names, custom fields last."""
    absent = _ABSENT.get(entity.kind, frozenset())
    if not tenant.settings.flexible_billing_attributes:
        absent |= _FLEXIBLE.get(entity.kind, frozenset())
    types = {**entity.fields, **_ONLY_SOAP.get(entity.kind, {})}
    standard = [Field(soap_name(name), name, kind) for name, kind in types.items() if name not in absent]
    customs = [Field(soap_name(field.name), field.name, field.kind) for field in tenant.custom_fields(entity.kind)]
    return sorted(standard, key=lambda item: item.name) + customs


def soap_name(row_name: str) -> str:
    """The SOAP name of a row's field."""
    return row_name[0].upper() + row_name[1:]
