"""Writes the demo tables into the org: customers and catalogue as rows, orders by ordering, activating, contracting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.activate import activate
from cpqbridge.sandbox.salesforce.cpq.contract import contract
from cpqbridge.sandbox.salesforce.cpq.ordering import order_quote
from cpqbridge.sandbox.salesforce.cpq.records import add
from cpqbridge.sandbox.salesforce.cpq.usage import agree_rates
from cpqbridge.sandbox.seed.accounts import ACCOUNTS, CONTACTS, Account, Address, Contact
from cpqbridge.sandbox.seed.deals import DEALS, Deal
from cpqbridge.sandbox.seed.foundation import record_type, standard_price_book
from cpqbridge.sandbox.seed.life import FIRST_OF_LIFE, LIFE, live
from cpqbridge.sandbox.seed.pricing import PricedLine, end_of, priced
from cpqbridge.sandbox.seed.products import CURRENCIES, PRODUCTS, Product
from cpqbridge.sandbox.seed.usage import write_schedules

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_BEFORE_ALL = datetime(2025, 12, 1, 9, tzinfo=UTC)
"""When the demo's customers and products were entered."""

Fields = dict[str, Any]


@dataclass
class Ids:
    """Record ids by the seed's keys."""

    price_book: str
    accounts: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, str] = field(default_factory=dict)
    products: dict[str, str] = field(default_factory=dict)


def write_demo(org: Org) -> Ids:
    """Write the demo customers, products and orders and return the ids of what the deals refer to."""
    ids = Ids(standard_price_book(org))
    business = record_type(org, "Business_Account")
    with _clock_at(org, _BEFORE_ALL):
        for account in ACCOUNTS:
            ids.accounts[account.key] = add(org, "Account", _account(account, ids) | {"RecordTypeId": business})
        for contact in CONTACTS:
            ids.contacts[contact.key] = add(org, "Contact", _contact(contact, ids))
        for product in PRODUCTS:
            ids.products[product.key] = add(org, "Product2", _product(product))
            _write_prices(org, product, ids)
        write_schedules(org, ids.products)
    for deal in DEALS:
        with _clock_at(org, _morning(deal.start)):
            _write_deal(org, deal, ids)
    order = FIRST_OF_LIFE
    for step in LIFE:
        with _clock_at(org, _morning(step.signed)):
            order = live(org, step, order)
    return ids


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), tzinfo=UTC)


@contextmanager
def _clock_at(org: Org, moment: datetime) -> Iterator[None]:
    """Have the org live at a fixed moment, so that the seed is the same whenever it is written."""
    clocks: tuple[Callable[[], datetime], Callable[[], datetime]] = (org.clock, org.store.clock)
    org.clock = org.store.clock = lambda: moment
    try:
        yield
    finally:
        org.clock, org.store.clock = clocks


def _address(prefix: str, address: Address | None, suffix: str = "") -> Fields:
    if address is None:
        return {}
    parts = {
        "Street": address.street,
        "City": address.city,
        "State": address.state,
        "PostalCode": address.postal_code,
        "Country": address.country,
    }
    return {f"{prefix}{part}{suffix}": value for part, value in parts.items()}


def _account(account: Account, ids: Ids) -> Fields:
    return {
        "Name": account.name,
        "Type": "Customer - Direct",
        "Industry": account.industry,
        "ParentId": ids.accounts[account.parent] if account.parent else None,
        "Description": account.note,
        "CurrencyIsoCode": account.currency,
        "SBQQ__RenewalModel__c": "Contract Based",
        **_address("Billing", account.billing),
        **_address("Shipping", account.shipping),
    }


def _contact(contact: Contact, ids: Ids) -> Fields:
    account = next(account for account in ACCOUNTS if account.key == contact.account)
    return {
        "AccountId": ids.accounts[contact.account],
        "FirstName": contact.first_name,
        "LastName": contact.last_name,
        "Title": contact.title,
        "Email": contact.email,
        "MobilePhone": contact.mobile,
        "CurrencyIsoCode": account.currency,
        **_address("Mailing", contact.mailing or account.billing),
    }


def _product(product: Product) -> Fields:
    percent = product.pricing == "Percent Of Total"
    pricing = "Percent Of Total" if percent else "Fixed Price"
    return {
        "Name": product.name,
        "ProductCode": product.code,
        "Family": product.family,
        "IsActive": True,
        "Description": f"{product.name} ({product.family.lower()})",
        "QuantityUnitOfMeasure": product.unit,
        "SBQQ__PricingMethod__c": product.pricing,
        "SBQQ__ChargeType__c": product.charge_type,
        "SBQQ__BillingFrequency__c": product.frequency,
        "SBQQ__BillingType__c": _billing_type(product),
        "SBQQ__SubscriptionPricing__c": pricing if product.subscription else None,
        "SBQQ__SubscriptionPercent__c": product.prices[0] if percent else None,
        "SBQQ__SubscriptionType__c": product.subscription,
        "SBQQ__SubscriptionTerm__c": product.term or None,
        "SBQQ__AssetConversion__c": product.asset,
        "SBQQ__TaxCode__c": product.tax_code,
        "SBQQ__Taxable__c": product.tax_code is not None,
        "TaxMode__c": "TaxExclusive" if product.tax_code else None,
        "Z_Accounting_Code__c": product.revenue_account,
        "Z_Deferred_Revenue_Account__c": "Deferred Revenue",
        "Z_Recognized_Revenue_Account__c": "Recognized Revenue",
    }


def _billing_type(product: Product) -> str | None:
    return "Arrears" if product.usage else "Advance" if product.frequency else None


def _write_prices(org: Org, product: Product, ids: Ids) -> None:
    for currency in CURRENCIES:
        values = {
            "Pricebook2Id": ids.price_book,
            "Product2Id": ids.products[product.key],
            "UnitPrice": Decimal(0) if product.pricing == "Percent Of Total" else product.price(currency),
            "CurrencyIsoCode": currency,
            "IsActive": True,
        }
        add(org, "PricebookEntry", values)


def _write_deal(org: Org, deal: Deal, ids: Ids) -> None:
    account = ids.accounts[deal.account]
    opportunity = {
        "AccountId": account,
        "Name": deal.story,
        "StageName": "Closed Won",
        "CloseDate": deal.start.isoformat(),
        "Type": "New Business",
        "CurrencyIsoCode": deal.currency,
        "Pricebook2Id": ids.price_book,
        "SBQQ__Ordered__c": True,
    }
    opportunity_id = add(org, "Opportunity", opportunity)
    quote_id = add(org, "SBQQ__Quote__c", _quote(deal, account, opportunity_id, ids))
    org.store.update("Opportunity", opportunity_id, {"SBQQ__PrimaryQuote__c": quote_id}, system=True)
    _write_lines(org, deal, quote_id, ids)
    order_id = order_quote(org, quote_id, _order_extras(deal, ids))
    activate(org, order_id)
    if deal.state == "contracted":
        contract(org, order_id, wait=True)


def _quote(deal: Deal, account: str, opportunity: str, ids: Ids) -> Fields:
    return {
        "SBQQ__Account__c": account,
        "SBQQ__Opportunity2__c": opportunity,
        "SBQQ__PriceBook__c": ids.price_book,
        "SBQQ__Type__c": "Quote",
        "SBQQ__Status__c": "Accepted",
        "SBQQ__Primary__c": True,
        "SBQQ__StartDate__c": deal.start.isoformat(),
        "SBQQ__EndDate__c": end_of(deal).isoformat(),
        "SBQQ__SubscriptionTerm__c": None if deal.end else deal.months,
        "SBQQ__PaymentTerms__c": deal.payment_terms,
        "SBQQ__ContractingMethod__c": "Single Contract" if deal.single_contract else "By Subscription End Date",
        "CurrencyIsoCode": deal.currency,
        **_address("SBQQ__Billing", deal.billing, "__c"),
    }


def _write_lines(org: Org, deal: Deal, quote_id: str, ids: Ids) -> None:
    written: dict[str, str] = {}
    for number, line in enumerate(priced(deal), start=1):
        values = _quote_line(deal, line, ids) | {"SBQQ__Quote__c": quote_id, "SBQQ__Number__c": number}
        if line.line.under:
            values["SBQQ__RequiredBy__c"] = written[line.line.under]
        written[line.product.key] = add(org, "SBQQ__QuoteLine__c", values)
        for schedule, rates in line.line.agreed:
            agree_rates(org, written[line.product.key], schedule, rates)


def _quote_line(deal: Deal, priced_line: PricedLine, ids: Ids) -> Fields:
    line, product, price = priced_line.line, priced_line.product, priced_line.price
    evergreen = product.subscription == "Evergreen"
    pricing = "Percent Of Total" if product.pricing == "Percent Of Total" else "Fixed Price"
    return {
        "SBQQ__Product__c": ids.products[product.key],
        "SBQQ__Quantity__c": line.quantity,
        "SBQQ__EffectiveQuantity__c": Decimal(1) if priced_line.block else line.quantity,
        "SBQQ__StartDate__c": deal.start.isoformat(),
        "SBQQ__EndDate__c": None if evergreen or not product.subscription else end_of(deal).isoformat(),
        "SBQQ__DefaultSubscriptionTerm__c": product.term or None,
        "SBQQ__ProrateMultiplier__c": price.multiplier,
        "SBQQ__Discount__c": line.discount or None,
        "SBQQ__ListPrice__c": priced_line.list_price,
        "SBQQ__RegularPrice__c": price.regular,
        "SBQQ__CustomerPrice__c": price.net,
        "SBQQ__NetPrice__c": price.net,
        "SBQQ__PricingMethod__c": product.pricing,
        "SBQQ__SubscriptionPricing__c": pricing if product.subscription else None,
        "SBQQ__ProductSubscriptionType__c": product.subscription,
        "SBQQ__SubscriptionType__c": product.subscription,
        "SBQQ__ChargeType__c": product.charge_type,
        "SBQQ__BillingFrequency__c": product.frequency,
        "SBQQ__BillingType__c": _billing_type(product),
        "SBQQ__TaxCode__c": product.tax_code,
        "SBQQ__Taxable__c": product.tax_code is not None,
        "SBQQ__Description__c": line.description,
        "SBQQ__Bundle__c": any(other.under == product.key for other in deal.lines),
        "SBQQ__Bundled__c": line.included,
        "CurrencyIsoCode": deal.currency,
    }


def _order_extras(deal: Deal, ids: Ids) -> Fields:
    start = deal.start.isoformat()
    extras = {
        "Description": deal.story,
        "PoNumber": deal.po_number,
        "BillToContactId": ids.contacts[deal.bill_to] if deal.bill_to else None,
        "ShipToContactId": ids.contacts[deal.ship_to] if deal.ship_to else None,
        "InvoiceOwner__c": ids.accounts[deal.invoice_owner] if deal.invoice_owner else None,
        "SubscriptionOwner__c": ids.accounts[deal.subscription_owner] if deal.subscription_owner else None,
        "CustomerAuthorizedDate": start if deal.authorized else None,
        "CompanyAuthorizedDate": start if deal.authorized else None,
    }
    return {name: value for name, value in extras.items() if value is not None}
