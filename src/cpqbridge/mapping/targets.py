"""The standard fields of Zuora that the user's mapping may write, and those that it must leave alone.

One line for each: name as in the request body (nested ones with a slash), what it holds, and its column in a ZOQL row
where Zuora's value can be compared. `!` before the name: Zuora needs it. `+`: only a create takes it. What it holds is
`text`, `prose` (text for people, shortened where it is too long; other texts are refused), `number`, `whole`,
`truth`, `date`, with the greatest length, or the values that Zuora knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Protected = Mapping[str, str]
"""Field that a mapping must not write to the reason; in the field's usual spelling."""


@dataclass(frozen=True, slots=True)
class Target:
    """A field of a Zuora request.

    Attributes:
        name: As the user's mapping names it.
        holds: `text`, `prose`, `number`, `whole`, `truth`, `date`, `choice`, or `any` for a custom field.
        length: The most characters that a text may have.
        choices: The values that Zuora knows.
        column: Its name in a ZOQL row.
        needed: Whether Zuora refuses a create without it.
        updatable: Whether an update takes it.
    """

    name: str
    holds: str
    length: int | None = None
    choices: tuple[str, ...] = ()
    column: str | None = None
    needed: bool = False
    updatable: bool = True


Targets = Mapping[str, Target]
"""Name of a target, folded by `folded`, to the target."""


def folded(name: str) -> str:
    """Return a target's name without what the vendor spells now so, now so: capitals."""
    return name.lower()


def custom(name: str) -> bool:
    """Return whether a name is that of a custom field, or of one that the NetSuite connector defines."""
    return re.fullmatch(r"[A-Za-z]\w*__(c|NS)", name) is not None


def custom_target(name: str, *, queried: bool) -> Target:
    """Return the target of a custom field; where rows are queried its column is the name with a capital."""
    return Target(name, "any", column=name[0].upper() + name[1:] if queried else None)


def _read(table: str) -> Iterator[Target]:
    for line in table.strip().splitlines():
        name, holds, *column = (part.strip() for part in line.split(" : "))
        kind = re.fullmatch(r"(text|prose|number|whole|truth|date)(\d*)", holds)
        yield Target(
            name=name.lstrip("!+"),
            holds=kind[1] if kind else "choice",
            length=int(kind[2]) if kind and kind[2] else None,
            choices=() if kind else tuple(holds.split("|")),
            column=column[0] if column else None,
            needed=name.startswith("!"),
            updatable="+" not in name[:2],
        )


def _targets(table: str) -> Targets:
    return {folded(target.name): target for target in _read(table)}


_PERIODS = "Month|Quarter|Semi_Annual|Annual|Eighteen_Months|Two_Years|Three_Years|Five_Years|Specific_Months|Subscription_Term|Week|Specific_Weeks|Specific_Days"
_ALIGNMENTS = "AlignToCharge|AlignToSubscriptionStart|AlignToTermStart|AlignToTermEnd"
_TAX_MODES = "TaxInclusive|TaxExclusive"
_CYCLES = "DefaultFromCustomer|SpecificDayofMonth|SubscriptionStartDay|ChargeTriggerDay|SpecificDayofWeek|TermStartDay|TermEndDay"

ACCOUNT = _targets("""
!name : prose255 : Name
+accountNumber : text70
!+currency : text3
notes : prose65535 : Notes
salesRep : prose50 : SalesRepName
customerServiceRepName : prose50 : CustomerServiceRepName
purchaseOrderNumber : text100 : PurchaseOrderNumber
billCycleDay : whole : BillCycleDay
autoPay : truth : AutoPay
batch : text : Batch
paymentTerm : text : PaymentTerm
paymentGateway : text40 : PaymentGateway
communicationProfileId : text : CommunicationProfileId
invoiceTemplateId : text32 : InvoiceTemplateId
creditMemoTemplateId : text : CreditMemoTemplateId
debitMemoTemplateId : text : DebitMemoTemplateId
sequenceSetId : text32 : SequenceSetId
invoiceDeliveryPrefsEmail : truth : InvoiceDeliveryPrefsEmail
invoiceDeliveryPrefsPrint : truth : InvoiceDeliveryPrefsPrint
partnerAccount : truth : PartnerAccount
rollUpUsage : truth : RollUpUsage
+organizationLabel : text
taxInfo/VATId : text25 : VATId
taxInfo/companyCode : text50 : TaxCompanyCode
taxInfo/exemptStatus : No|Yes|PendingVerification : TaxExemptStatus
taxInfo/exemptCertificateId : text32 : TaxExemptCertificateID
taxInfo/exemptCertificateType : text32 : TaxExemptCertificateType
taxInfo/exemptDescription : prose500 : TaxExemptDescription
taxInfo/exemptEffectiveDate : date : TaxExemptEffectiveDate
taxInfo/exemptExpirationDate : date : TaxExemptExpirationDate
taxInfo/exemptIssuingJurisdiction : text32 : TaxExemptIssuingJurisdiction
taxInfo/exemptEntityUseCode : text32 : TaxExemptEntityUseCode
""")

CONTACT = _targets("""
!firstName : prose100 : FirstName
!lastName : prose100 : LastName
nickname : prose100 : NickName
address1 : prose255 : Address1
address2 : prose255 : Address2
city : prose100 : City
county : prose100 : County
state : text100 : State
zipCode : text20 : PostalCode
country : text64 : Country
taxRegion : text100 : TaxRegion
contactDescription : prose100 : Description
workEmail : text80 : WorkEmail
personalEmail : text80 : PersonalEmail
workPhone : text40 : WorkPhone
homePhone : text40 : HomePhone
mobilePhone : text40 : MobilePhone
otherPhone : text40 : OtherPhone
otherPhoneType : text : OtherPhoneType
fax : text40 : Fax
""")

PRODUCT = _targets("""
!Name : prose100 : Name
Description : prose500 : Description
Category : Base Products|Add On Services|Miscellaneous Products : Category
ProductNumber : text100 : ProductNumber
AllowFeatureChanges : truth : AllowFeatureChanges
!EffectiveStartDate : date : EffectiveStartDate
!EffectiveEndDate : date : EffectiveEndDate
""")

RATE_PLAN = _targets("""
!Name : prose255 : Name
Description : prose500 : Description
ProductRatePlanNumber : text100 : ProductRatePlanNumber
EffectiveStartDate : date : EffectiveStartDate
EffectiveEndDate : date : EffectiveEndDate
Grade : whole : Grade
+ExternalIdSourceSystem : text
""")

CHARGE = _targets(f"""
!Name : prose100 : Name
Description : prose500 : Description
!ChargeModel : Flat Fee Pricing|Per Unit Pricing|Overage Pricing|Tiered Pricing|Tiered with Overage Pricing|Volume Pricing|Delivery Pricing
!+ChargeType : OneTime|Recurring|Usage
BillingPeriod : Month|Quarter|Semi-Annual|Annual|Specific Months|Subscription Term|Week|Specific Weeks|Specific Days
SpecificBillingPeriod : whole
BillingPeriodAlignment : {_ALIGNMENTS}
BillingTiming : In Advance|In Arrears
!BillCycleType : {_CYCLES}
BillCycleDay : whole
WeeklyBillCycleDay : Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday
!TriggerEvent : ContractEffective|ServiceActivation|CustomerAcceptance
EndDateCondition : SubscriptionEnd|FixedPeriod|OneTime
UpToPeriods : whole
UpToPeriodsType : Billing Periods|Days|Weeks|Months|Years
ListPriceBase : Per Billing Period|Per Month|Per Week|Per Year|Per Specific Months|Per Validity Period
SpecificListPriceBase : whole
PriceChangeOption : NoChange|SpecificPercentageValue|UseLatestProductCatalogPricing
PriceIncreasePercentage : number
UseTenantDefaultForPriceChange : truth
UOM : text25 : UOM
DefaultQuantity : number
MinQuantity : number
MaxQuantity : number
RatingGroup : ByBillingPeriod|ByUsageStartDate|ByUsageRecord|ByUsageUpload|ByGroupId
UsageRecordRatingOption : EndOfBillingPeriod|OnDemand
Taxable : truth : Taxable
TaxCode : text64 : TaxCode
TaxMode : {_TAX_MODES} : TaxMode
AccountingCode : text100 : AccountingCode
DeferredRevenueAccount : text100 : DeferredRevenueAccount
RecognizedRevenueAccount : text100 : RecognizedRevenueAccount
RevRecCode : text70 : RevRecCode
RevRecTriggerCondition : ContractEffectiveDate|ServiceActivationDate|CustomerAcceptanceDate
RevenueRecognitionRuleName : text : RevenueRecognitionRuleName
RevenueRecognitionTiming : text200
RevenueAmortizationMethod : text200
ExcludeItemBillingFromRevenueAccounting : truth
ExcludeItemBookingFromRevenueAccounting : truth
!UseDiscountSpecificAccountingCode : truth
ProductRatePlanChargeNumber : text100 : ProductRatePlanChargeNumber
""")

ORDER = _targets("""
!orderDate : date
description : prose500
reasonCode : text255
""")

SUBSCRIPTION = _targets("""
invoiceGroupNumber : text255
notes : prose1000
paymentTerm : text
invoiceSeparately : truth
invoiceTemplateId : text
sequenceSetId : text
communicationProfileId : text
""")
"""Of the `createSubscription` action."""

QUOTE = _targets("""
quote/QuoteNumber__QT : text
quote/QuoteType__QT : text
quote/QuoteBusinessType__QT : text
quote/OpportunityName__QT : text
quote/OpportunityCloseDate__QT : text
""")
"""Of the subscription itself, beside its actions."""

SUBSCRIPTION_RATE_PLAN = _targets("""
ratePlanName : prose255
""")

PRICE = _targets("""
price : number
""")

BILLING_PERIOD = _targets(f"""
billingPeriod : {_PERIODS}
""")

SUBSCRIPTION_CHARGE = _targets(f"""
name : prose100
description : prose500
billing/billCycleDay : whole
billing/billingPeriodAlignment : {_ALIGNMENTS}
billing/billingTiming : IN_ADVANCE|IN_ARREARS
billing/specificBillingPeriod : whole
prorationOption : NoProration|TimeBasedProration|DefaultFromTenantSetting|ChargeFullPeriod|CustomizeProrationOptionOverrides
taxable : truth
taxCode : text64
taxMode : {_TAX_MODES}
revRecCode : text70
revRecTriggerCondition : text
revenueRecognitionRuleName : text
revenueRecognitionTiming : text200
revenueAmortizationMethod : text200
deferredRevenueAccountingCode : text100
recognizedRevenueAccountingCode : text100
excludeItemBillingFromRevenueAccounting : truth
excludeItemBookingFromRevenueAccounting : truth
isAllocationEligible : truth
isUnbilled : truth
productCategory : text
productClass : text
productFamily : text
productLine : text
""")

LINE_ITEM = _targets(f"""
itemName : prose255
itemState : Executing|Booked|SentToBilling|Complete|Canceled
itemType : Product|Fee|Services
description : prose500
productCode : text100
purchaseOrderNumber : text100
invoiceGroupNumber : text255
paymentTerm : text100
invoiceTemplateId : text32
communicationProfileId : text
sequenceSetId : text32
UOM : text
listPricePerUnit : number
amountPerUnit : number
billTargetDate : date
transactionStartDate : date
transactionEndDate : date
billingRule : TriggerWithoutFulfillment|TriggerAsFulfillmentOccurs
relatedSubscriptionNumber : text100
taxCode : text100
taxMode : {_TAX_MODES}
accountingCode : text100
deferredRevenueAccountingCode : text100
recognizedRevenueAccountingCode : text100
revenueRecognitionRule : text50
excludeItemBillingFromRevenueAccounting : truth
excludeItemBookingFromRevenueAccounting : truth
isAllocationEligible : truth
isUnbilled : truth
""")
