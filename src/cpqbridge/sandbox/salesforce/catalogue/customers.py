"""Objects of the customer and the org itself: accounts, contacts, opportunities, users, currencies."""

from __future__ import annotations

from cpqbridge.sandbox.salesforce.catalogue import values
from cpqbridge.sandbox.salesforce.catalogue.dictionary import (
    address,
    auto,
    date,
    derived,
    email,
    flag,
    long,
    moment,
    money,
    name_text,
    number,
    percent,
    phone,
    pick,
    ref,
    sobject,
    text,
    url,
    whole,
)  # fmt: skip
from cpqbridge.sandbox.salesforce.catalogue.model import SObject

_INDUSTRIES = (
    "Agriculture|Banking|Communications|Consulting|Education|Energy|Finance|Healthcare|Manufacturing|Media|Other|Retail"
    "|Technology|Transportation|Utilities"
)
_STAGES = "Prospecting|Qualification|Needs Analysis|Proposal/Price Quote|Negotiation/Review|Closed Won|Closed Lost"
_WON = "{StageName} = 'Closed Won'"
_CLOSED = "COALESCE({StageName} LIKE 'Closed%', 0)"
_FULL_NAME = "COALESCE({FirstName} || ' ', '') || {LastName}"


def customers(*, codes: bool) -> list[SObject]:
    """Return the customer objects; `codes` adds the state and country code fields."""
    return [
        sobject(
            "Account", "001",
            name_text(), pick("Type", "Prospect|Customer - Direct|Customer - Channel|Partner|Other"),
            ref("ParentId", "Account", "ChildAccounts", label="Parent Account ID"),
            ref("MasterRecordId", "Account", createable=False, updateable=False),
            address("Billing", codes=codes), address("Shipping", codes=codes),
            phone("Phone"), phone("Fax"), text("AccountNumber", 40), url("Website"), text("Sic", 20),
            pick("Industry", _INDUSTRIES), money("AnnualRevenue", 18, 0), whole("NumberOfEmployees"),
            pick("Ownership", "Public|Private|Subsidiary|Other"), text("TickerSymbol", 20),
            long("Description"), pick("Rating", "Hot|Warm|Cold"), text("Site", 80), text("AccountSource", 40),
            pick("SBQQ__ContractCoTermination__c", values.CO_TERMINATION),
            pick("SBQQ__CoTerminationEvent__c", "Add-on|Renewal"),
            pick("SBQQ__RenewalModel__c", "Contract Based|Asset Based"),
            pick("SBQQ__RenewalPricingMethod__c", "Same|List|Uplift"),
            flag("SBQQ__PreserveBundle__c"), flag("SBQQ__AssetQuantitiesCombined__c"),
            pick("SBQQ__TaxExempt__c", "Yes|No"),
        ),
        sobject(
            "Contact", "003",
            ref("AccountId", "Account", "Contacts"),
            ref("MasterRecordId", "Contact", createable=False, updateable=False),
            text("LastName", 80, nillable=False), text("FirstName", 40),
            pick("Salutation", "Mr.|Ms.|Mrs.|Dr.|Prof."),
            derived("Name", "string", _FULL_NAME, length=121, nillable=False, label="Full Name", name_field=True),
            address("Mailing", codes=codes), address("Other", codes=codes),
            phone("Phone"), phone("Fax"), phone("MobilePhone"), phone("HomePhone"), phone("OtherPhone"),
            ref("ReportsToId", "Contact"), email("Email"), text("Title", 128), text("Department", 80),
            date("Birthdate"), long("Description"),
        ),
        sobject(
            "Opportunity", "006",
            ref("AccountId", "Account", "Opportunities"), name_text(120), long("Description"),
            pick("StageName", _STAGES, nillable=False, label="Stage"), money("Amount"),
            percent("Probability", 3, 0), date("CloseDate", nillable=False),
            pick("Type", "New Business|Existing Business|Renewal"), text("NextStep", 255), text("LeadSource", 40),
            derived("IsClosed", "boolean", _CLOSED, nillable=False),
            derived("IsWon", "boolean", f"COALESCE({_WON}, 0)", nillable=False),
            ref("Pricebook2Id", "Pricebook2", "Opportunities"), ref("ContractId", "Contract", "Opportunities"),
            ref("SBQQ__AmendedContract__c", "Contract", "SBQQ__AmendmentOpportunities__r"),
            ref("SBQQ__RenewedContract__c", "Contract", "SBQQ__RenewalOpportunities__r"),
            ref("SBQQ__PrimaryQuote__c", "SBQQ__Quote__c", "SBQQ__Opportunities__r"),
            flag("SBQQ__Contracted__c"), flag("SBQQ__Ordered__c"), flag("SBQQ__Renewal__c"),
            flag("SBQQ__CreateContractedPrices__c"),
        ),
    ]  # fmt: skip


def organisation() -> list[SObject]:
    """Return the objects of the org itself: users, the organization, record types, currencies."""
    return [
        sobject(
            "User", "005",
            text("Username", 80, nillable=False, unique=True), text("LastName", 80, nillable=False),
            text("FirstName", 40),
            derived("Name", "string", _FULL_NAME, length=121, nillable=False, label="Full Name", name_field=True),
            email("Email", 128), text("Alias", 8, nillable=False), text("CompanyName", 80), text("Title", 80),
            text("Department", 80), phone("Phone"), phone("MobilePhone"), flag("IsActive", default=True),
            pick("TimeZoneSidKey", default="GMT", nillable=False),
            pick("LocaleSidKey", default="en_US", nillable=False),
            pick("LanguageLocaleKey", "en_US|de|fr|ja", default="en_US", nillable=False),
            pick("EmailEncodingKey", "UTF-8", default="UTF-8", nillable=False),
            pick("UserType", "Standard", default="Standard", createable=False, updateable=False),
            pick("DefaultCurrencyIsoCode", values.CURRENCIES),
            text("FederationIdentifier", 512, unique=True, case_sensitive=True), ref("ManagerId", "User"),
            moment("LastLoginDate", createable=False, updateable=False),
            deletable=False,
        ),
        sobject(
            "Organization", "00D",
            name_text(80), text("Division", 80), text("Street", 255), text("City", 40), text("State", 80),
            text("PostalCode", 20), text("Country", 80), phone("Phone"), text("PrimaryContact", 80),
            pick("DefaultLocaleSidKey", default="en_US"), pick("LanguageLocaleKey", "en_US|de|fr|ja", default="en_US"),
            pick("TimeZoneSidKey", default="GMT"), whole("FiscalYearStartMonth", default=1),
            flag("UsesStartDateAsFiscalYearName"), text("NamespacePrefix", 15), text("InstanceName", 5),
            pick("OrganizationType", "Developer Edition|Enterprise Edition|Unlimited Edition",
                default="Enterprise Edition"),
            flag("IsSandbox", default=True), moment("TrialExpirationDate"),
            createable=False, deletable=False,
        ),
        sobject(
            "RecordType", "012",
            name_text(80), text("DeveloperName", 80, nillable=False), text("NamespacePrefix", 15),
            text("Description", 255), text("SobjectType", 40, nillable=False), flag("IsActive", default=True),
            deletable=False,
        ),
        sobject(
            "CurrencyType", "01L",
            pick("IsoCode", values.CURRENCIES, nillable=False, label="Currency ISO Code"),
            number("ConversionRate", 18, 6, nillable=False), whole("DecimalPlaces", nillable=False, default=2),
            flag("IsActive", default=True), flag("IsCorporate", createable=False, updateable=False),
            deletable=False,
        ),
    ]  # fmt: skip


def contracts_and_assets(*, codes: bool) -> list[SObject]:
    """Return Contract and Asset with the fields CPQ adds to them."""
    status = "CASE {Status} WHEN 'Activated' THEN 'Activated' WHEN 'Draft' THEN 'Draft' ELSE 'InApproval' END"
    return [
        sobject(
            "Contract", "800",
            ref("AccountId", "Account", "Contracts", nillable=False), ref("Pricebook2Id", "Pricebook2", "Contracts"),
            date("StartDate", label="Contract Start Date"), date("EndDate", label="Contract End Date"),
            whole("ContractTerm"), address("Billing", codes=codes), address("Shipping", codes=codes),
            pick("Status", "In Approval Process|Activated|Draft", default="Draft", nillable=False),
            derived("StatusCode", "picklist", status, picklist=("Draft", "InApproval", "Activated"), length=40),
            ref("CompanySignedId", "User", "ContractsSigned"), date("CompanySignedDate"),
            ref("CustomerSignedId", "Contact", "ContractsSigned"),
            text("CustomerSignedTitle", 40), date("CustomerSignedDate"), text("SpecialTerms", 4000),
            long("Description"),
            ref("ActivatedById", "User", createable=False, updateable=False),
            moment("ActivatedDate", createable=False, updateable=False), text("Name", 80, label="Contract Name"),
            auto("ContractNumber", "{00000000}", name_field=True),
            ref("SBQQ__Order__c", "Order", "SBQQ__Contracts__r"),
            ref("SBQQ__Opportunity__c", "Opportunity", "SBQQ__Contracts__r"),
            ref("SBQQ__Quote__c", "SBQQ__Quote__c", "SBQQ__Contracts__r"),
            ref("SBQQ__RenewalOpportunity__c", "Opportunity", "SBQQ__RenewedContracts__r"),
            flag("SBQQ__Evergreen__c"), flag("SBQQ__RenewalForecast__c"), flag("SBQQ__RenewalQuoted__c"),
            number("SBQQ__RenewalTerm__c", 5, 0), percent("SBQQ__RenewalUpliftRate__c", 8, 2),
            date("SBQQ__ExpirationDate__c"), flag("SBQQ__DisableAmendmentCoTerm__c"),
            flag("SBQQ__PreserveBundleStructureUponRenewals__c"), flag("SBQQ__DefaultRenewalContactRoles__c"),
            pick("SBQQ__AmendmentRenewalBehavior__c", "Latest End Date|Earliest End Date"),
            date("SBQQ__AmendmentStartDate__c"), pick("SBQQ__MDQRenewalBehavior__c", "De-segmented"),
            flag("SBQQ__SubscriptionQuantitiesCombined__c"),
            flag("SBQQ__MasterContract__c"),
        ),
        sobject(
            "Asset", "02i",
            ref("AccountId", "Account", "Assets"), ref("ContactId", "Contact", "Assets"),
            ref("Product2Id", "Product2", "Assets"), ref("ParentId", "Asset", "ChildAssets"),
            ref("RootAssetId", "Asset", createable=False, updateable=False), name_text(),
            text("ProductCode", 255, createable=False, updateable=False), text("SerialNumber", 80),
            date("InstallDate"), date("PurchaseDate"), date("UsageEndDate"),
            pick("Status", "Shipped|Installed|Registered|Obsolete|Purchased"), money("Price"),
            number("Quantity", 18, 2),
            long("Description"), flag("IsCompetitorProduct"),
            ref("SBQQ__OrderProduct__c", "OrderItem", "SBQQ__Assets__r"),
            ref("SBQQ__QuoteLine__c", "SBQQ__QuoteLine__c", "SBQQ__Assets__r"),
            ref("SBQQ__RequiredByAsset__c", "Asset", "SBQQ__Components__r"),
            ref("SBQQ__CurrentSubscription__c", "SBQQ__Subscription__c", "SBQQ__Assets__r"),
            text("SBQQ__RequiredById__c", 18), text("SBQQ__RootId__c", 18, external_id=True),
            money("SBQQ__ListPrice__c", 14, 2), money("SBQQ__RegularPrice__c", 14, 2), flag("SBQQ__Bundled__c"),
            number("SBQQ__BundledQuantity__c", 12, 2), pick("SBQQ__PricingMethod__c", values.SOLD_PRICING_METHODS),
        ),
    ]  # fmt: skip
