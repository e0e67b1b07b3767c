"""What an account consists of: the tables of its request fields and its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora import contact_data
from cpqbridge.sandbox.zuora.fields import Rule, rule, text
from cpqbridge.sandbox.zuora.organizations import label_of
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

#: Resource of the account calls in error codes.
RESOURCE = 531000

#: Last day of a bill cycle; it stands for the end of the month.
LAST_DAY = 31

_TAX: dict[str, Rule] = {
    "companyCode": text(50),
    "exemptEntityUseCode": text(32),
    "exemptCertificateId": text(32),
    "exemptCertificateType": text(32),
    "exemptDescription": text(500),
    "exemptEffectiveDate": rule("date"),
    "exemptExpirationDate": rule("date"),
    "exemptIssuingJurisdiction": text(32),
    "exemptStatus": rule("str", enum=("No", "Yes", "PendingVerification")),
    "VATId": text(25),
}

#: Row fields of the members of ``taxInfo``.
TAX_ROW_NAMES = {
    "companyCode": "taxCompanyCode",
    "exemptEntityUseCode": "taxExemptEntityUseCode",
    "exemptCertificateId": "taxExemptCertificateID",
    "exemptCertificateType": "taxExemptCertificateType",
    "exemptDescription": "taxExemptDescription",
    "exemptEffectiveDate": "taxExemptEffectiveDate",
    "exemptExpirationDate": "taxExemptExpirationDate",
    "exemptIssuingJurisdiction": "taxExemptIssuingJurisdiction",
    "exemptStatus": "taxExemptStatus",
    "VATId": "vATId",
}

# Fields that create and update share and that are kept as they are.
_SHARED: dict[str, Rule] = {
    "additionalEmailAddresses": rule("list", item=text()),
    "autoPay": rule("bool"),
    "batch": text(50),
    "billCycleDay": rule("int", minimum=0, maximum=LAST_DAY),
    "communicationProfileId": text(32),
    "creditMemoTemplateId": text(32),
    "crmId": text(100),
    "customerServiceRepName": text(50),
    "debitMemoTemplateId": text(32),
    "gatewayRoutingEligible": rule("bool"),
    "invoiceDeliveryPrefsEmail": rule("bool"),
    "invoiceDeliveryPrefsPrint": rule("bool"),
    "invoiceTemplateId": text(32),
    "notes": text(65535),
    "parentId": text(),
    "partnerAccount": rule("bool"),
    "paymentTerm": text(),
    "purchaseOrderNumber": text(100),
    "rollUpUsage": rule("bool"),
    "salesRep": text(50),
    "sequenceSetId": text(32),
    "summaryStatementTemplateId": text(32),
    "tagging": text(),
    "taxInfo": rule("object", fields=_TAX),
}

#: Fields that need a feature this tenant has not: payments, billing during sign-up, profiles. True or any other
#: value is refused; false and null pass.
UNAVAILABLE: dict[str, Rule] = {
    "applicationOrder": rule("list", item=text()),
    "applyCredit": rule("bool"),
    "applyCreditBalance": rule("bool"),
    "associateCommitmentNumber": text(255),
    "collect": rule("bool"),
    "communicationProfileName": text(70),
    "creditCard": rule("object"),
    "creditMemoReasonCode": text(25),
    "defaultPaymentMethodId": text(),
    "documentDate": rule("date"),
    "eReportingProfile": rule("object"),
    "einvoiceProfile": rule("object"),
    "gatewayId": text(),
    "hpmCreditCardPaymentMethodId": text(),
    "invoice": rule("bool"),
    "invoiceCollect": rule("bool"),
    "invoiceTargetDate": rule("date"),
    "organizationLabel": text(),
    "paymentGateway": text(40),
    "paymentGatewayName": text(40),
    "paymentGatewayNumber": text(40),
    "paymentMethod": rule("object"),
    "paymentMethodId": text(),
    "profileNumber": text(),
    "runBilling": rule("bool"),
    "sequenceSetName": text(32),
    "subscription": rule("object"),
    "targetDate": rule("date"),
}

#: Fields that name templates, sequence sets and profiles; this tenant holds none.
TEMPLATES = (
    "communicationProfileId",
    "creditMemoTemplateId",
    "debitMemoTemplateId",
    "invoiceTemplateId",
    "sequenceSetId",
    "summaryStatementTemplateId",
)

_ONLY_UPDATE_UNAVAILABLE = {
    "defaultPaymentMethodId",
    "eReportingProfile",
    "einvoiceProfile",
    "paymentGateway",
    "paymentGatewayNumber",
    "profileNumber",
}

_NEW_CONTACT = rule("object", fields=contact_data.NEW_CONTACT, custom="contact")
_CHANGED_CONTACT = rule("object", fields=contact_data.CHANGED_CONTACT, custom="contact")

#: Body of ``POST /v1/accounts``.
CREATE: dict[str, Rule] = {
    "name": text(255, required=True),
    "currency": text(3, required=True),
    "accountNumber": text(70),
    "parentAccountNumber": text(70),
    "billToContact": rule("object", fields=contact_data.NEW_CONTACT, custom="contact", required=True),
    "soldToContact": _NEW_CONTACT,
    "shipToContact": _NEW_CONTACT,
    "soldToSameAsBillTo": rule("bool"),
    "shipToSameAsBillTo": rule("bool"),
    **_SHARED,
    **{name: field for name, field in UNAVAILABLE.items() if name != "defaultPaymentMethodId"},
}

#: Body of ``PUT /v1/accounts/{key}``.
UPDATE: dict[str, Rule] = {
    "name": text(255),
    "billToContact": _CHANGED_CONTACT,
    "soldToContact": _CHANGED_CONTACT,
    "shipToContact": _CHANGED_CONTACT,
    "billToContactId": text(),
    "soldToContactId": text(),
    "shipToContactId": text(),
    **_SHARED,
    **{name: UNAVAILABLE[name] for name in sorted(_ONLY_UPDATE_UNAVAILABLE)},
}

#: What a new account has when its request does not say.
DEFAULTS: Row = {
    "autoPay": False,
    "batch": "Batch1",
    "invoiceDeliveryPrefsEmail": False,
    "invoiceDeliveryPrefsPrint": False,
    "partnerAccount": False,
    "rollUpUsage": False,
    "allowInvoiceEdit": False,
    "status": "Active",
    "balance": Decimal(0),
    "creditBalance": Decimal(0),
    "mrr": Decimal(0),
    "totalInvoiceBalance": Decimal(0),
    "totalDebitMemoBalance": Decimal(0),
    "unappliedBalance": Decimal(0),
    "unappliedCreditMemoAmount": Decimal(0),
    "reservedPaymentAmount": Decimal(0),
}

#: Contact fields of a body with the row field that holds the contact's id.
CONTACT_ROLES = {"billToContact": "billToId", "soldToContact": "soldToId", "shipToContact": "shipToId"}

# Body fields that do not go into the row under their own name.
_NOT_KEPT = {"taxInfo", "salesRep", "additionalEmailAddresses", "tagging", "parentAccountNumber"}


def row_values(body: Mapping[str, Any]) -> Row:
    """The row fields of a checked body, without contacts, parent and defaults; empty texts as None."""
    skipped = _NOT_KEPT | set(CONTACT_ROLES) | {f"{name}Id" for name in CONTACT_ROLES} | set(UNAVAILABLE)
    skipped |= {"soldToSameAsBillTo", "shipToSameAsBillTo"}
    values: Row = {name: None if value == "" else value for name, value in body.items() if name not in skipped}
    if "salesRep" in body:
        values["salesRepName"] = body["salesRep"] or None
    if "additionalEmailAddresses" in body:
        values["additionalEmailAddresses"] = ",".join(body["additionalEmailAddresses"] or []) or None
    if body.get("billCycleDay") is not None:
        values["bcdSettingOption"] = "ManualSet" if body["billCycleDay"] else "AutoSet"
    for name, value in (body.get("taxInfo") or {}).items():
        values[TAX_ROW_NAMES[name]] = None if value == "" else value
    return values


def basic_info(account: Row, tenant: Tenant) -> dict[str, Any]:
    """``basicInfo`` of a read account, custom fields included."""
    names = (
        "id",
        "name",
        "accountNumber",
        "notes",
        "status",
        "crmId",
        "batch",
        "invoiceTemplateId",
        "communicationProfileId",
        "purchaseOrderNumber",
        "customerServiceRepName",
        "sequenceSetId",
        "creditMemoTemplateId",
        "debitMemoTemplateId",
        "summaryStatementTemplateId",
        "partnerAccount",
        "parentId",
        "lastMetricsUpdate",
        "defaultPaymentMethodId",
        *tenant.customs("account"),
    )
    shown = {**{name: account.get(name) for name in names}, "salesRep": account.get("salesRepName")}
    label = label_of(tenant.settings, account)
    return shown | ({"organizationLabel": label} if label else {})


def billing_and_payment(account: Row) -> dict[str, Any]:
    """``billingAndPayment`` of a read account."""
    names = (
        "autoPay",
        "billCycleDay",
        "bcdSettingOption",
        "currency",
        "defaultPaymentMethodId",
        "gatewayRoutingEligible",
        "invoiceDeliveryPrefsEmail",
        "invoiceDeliveryPrefsPrint",
        "paymentGateway",
        "paymentTerm",
        "rollUpUsage",
    )
    return {**{name: account.get(name) for name in names}, "additionalEmailAddresses": _emails(account)}


def metrics(account: Row) -> dict[str, Any]:
    """``metrics`` of a read account, amounts in its currency."""
    return {
        "balance": account["balance"],
        "currency": account["currency"],
        "contractedMrr": account["mrr"],
        "creditBalance": account["creditBalance"],
        "reservedPaymentAmount": account["reservedPaymentAmount"],
        "totalDebitMemoBalance": account["totalDebitMemoBalance"],
        "totalInvoiceBalance": account["totalInvoiceBalance"],
        "unappliedCreditMemoAmount": account["unappliedCreditMemoAmount"],
        "unappliedPaymentAmount": account["unappliedBalance"],
    }


def tax_info(account: Row) -> dict[str, Any]:
    """``taxInfo`` of a read account."""
    return {name: account.get(row_name) for name, row_name in TAX_ROW_NAMES.items()}


def summary_info(account: Row, tenant: Tenant) -> dict[str, Any]:
    """``basicInfo`` of an account's summary."""
    names = (
        "id",
        "name",
        "accountNumber",
        "autoPay",
        "batch",
        "billCycleDay",
        "currency",
        "customerServiceRepName",
        "invoiceDeliveryPrefsEmail",
        "invoiceDeliveryPrefsPrint",
        "lastMetricsUpdate",
        "partnerAccount",
        "purchaseOrderNumber",
        "status",
        *tenant.customs("account"),
    )
    shown = {name: account.get(name) for name in names}
    return {**shown, "balance": f"{account['balance']:.2f}", "additionalEmailAddresses": _emails(account)}


def _emails(account: Row) -> list[str]:
    joined = account.get("additionalEmailAddresses")
    return joined.split(",") if joined else []
