"""For each row of the guide: where its value is read in the tenant after the story, and what must be there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.guide.story import Story

Read = Callable[[Story], Any]


class Arrival(NamedTuple):
    """One check.

    Attributes:
        read: Reads the value in the tenant.
        expected: What must be there; a function where it is known only after the story.
    """

    read: Read
    expected: Any

    def arrived(self, story: Story) -> tuple[Any, Any]:
        """Return what is there and what must be."""
        return self.read(story), self.expected(story) if callable(self.expected) else self.expected


def account(column: str) -> Read:
    return lambda story: story.accounts["Acme"].get(column)


def contact_of(column: str, field: str) -> Read:
    """A field of the account's bill-to or sold-to contact."""
    return lambda story: story.contacts[story.accounts["Acme"][column]].get(field)


def address_of(column: str) -> Read:
    """Name and address of the account's bill-to or sold-to contact."""
    fields = ("FirstName", "LastName", "Address1", "Address2", "City", "State", "PostalCode", "Country")
    return lambda story: [contact_of(column, field)(story) for field in fields]


def person(field: str) -> Read:
    """A field of the contact that was made from a record."""
    return lambda story: story.contacts[story.subscription("plain")["billToContact"]["id"]].get(field)


def order(field: str) -> Read:
    return lambda story: story.order("plain").get(field)


def subscription(name: str, field: str) -> Read:
    return lambda story: story.subscription(name).get(field)


def charge(name: str, field: str) -> Read:
    return lambda story: story.charge(name).get(field)


def tiers(field: str, position: int = 0) -> Read:
    """A field of each tier of a usage charge."""
    return lambda story: [tier.get(field) for tier in story.charge("usage", position)["tiers"]]


def line(name: str, field: str) -> Read:
    return lambda story: story.line(name).get(field)


def product(name: str, field: str) -> Read:
    return lambda story: story.catalog_product(name).get(field)


def plan(name: str, field: str) -> Read:
    return lambda story: story.catalog_plan(name).get(field)


def catalog(name: str, field: str) -> Read:
    return lambda story: story.catalog_charge(name).get(field)


def tier(name: str, field: str) -> Read:
    """A field of each tier of a catalog charge."""
    return lambda story: [one.get(field) for one in story.catalog_tiers(name)]


def known(name: str) -> Read:
    """The Salesforce id of a thing of the story."""
    return lambda story: story.ids[name]


def number(name: str) -> Read:
    """The Zuora number of an account."""
    return lambda story: story.accounts[name]["AccountNumber"]


def contact_id(name: str) -> Read:
    """The Zuora id of the contact made of a person."""
    return lambda story: next(key for key, row in story.contacts.items() if row.get("CrmId__c") == story.ids[name])


def made_for_order(role: str) -> Read:
    """The Zuora id of the contact made from an order's address."""

    def found(story: Story) -> Any:
        order_id = story.sold("from addresses")["Id"]
        rows = (row for row in story.contacts.values() if row.get("CrmOrderId__c") == order_id)
        return next(row["Id"] for row in rows if row["LastName"].endswith(role))

    return found


def item(name: str, field: str) -> Read:
    return lambda story: story.items(name)[0][field]


def salesforce_subscription(name: str, field: str) -> Read:
    return lambda story: story.record("SBQQ__Subscription__c", story.items(name)[0]["SBQQ__Subscription__c"])[field]


def activated(story: Story) -> str:
    """The day of activation in the org's time zone."""
    [row] = story.world.org.store.fetch('SELECT "TimeZoneSidKey" FROM "Organization"', ())
    moment = datetime.fromisoformat(str(story.sold("line item")["ActivatedDate"]).replace("+0000", "+00:00"))
    return moment.astimezone(ZoneInfo(row[0])).date().isoformat()


def refused(name: str) -> Read:
    """Why an order is held, and whether Zuora has it."""

    def found(story: Story) -> Any:
        codes = [reason.code for reason in story.results[name].reasons]
        return codes, story.tenant.has(f"/v1/orders/{story.numbers[name]}")

    return found


ACCOUNT: dict[str, Arrival] = {
    "Account: Account Name": Arrival(account("Name"), "Acme"),
    "Account: Account Number": Arrival(lambda story: account("AccountNumber")(story)[0], "A"),
    "Account: CRM Account ID": Arrival(account("CrmId"), known("account")),
    "Account: Currency": Arrival(account("Currency"), "USD"),
    "Account: Bill Cycle day": Arrival(account("BillCycleDay"), 1),
    "Account: Bill To Contact": Arrival(
        address_of("BillToId"),
        ["Acme_billTo", "Acme_billTo", "1 Main Street", None, "San Francisco", "California", "94105", "United States"],
    ),
    "Account: Sold To Contact": Arrival(
        address_of("SoldToId"),
        ["Acme_soldTo", "Acme_soldTo", "9 Dock Road", "Gate 4", "Oakland", "California", "94607", "United States"],
    ),
    "Account: Description": Arrival(account("Notes"), "A good customer"),
    "Account: Sales Rep": Arrival(
        account("SalesRepName"), lambda story: story.record("Account", story.ids["account"])["OwnerId"]
    ),
    "Account: Auto-Pay": Arrival(account("AutoPay"), False),
    "Account: Parent": Arrival(account("ParentId"), lambda story: story.accounts["Parent"]["Id"]),
}

CONTACT: dict[str, Arrival] = {
    "Contact: CRM ID": Arrival(person("CrmId__c"), known("buyer")),
    "Contact: Address 1": Arrival(person("Address1"), "1 Main Street"),
    "Contact: City": Arrival(person("City"), "San Francisco"),
    "Contact: State/Province": Arrival(person("State"), "California"),
    "Contact: Postal Code": Arrival(person("PostalCode"), "94105"),
    "Contact: Country": Arrival(person("Country"), "United States"),
    "Contact: Work Email": Arrival(person("WorkEmail"), "ada@example.com"),
    "Contact: Mobile Phone": Arrival(person("MobilePhone"), "+44 20 7946 0000"),
    "Contact: First Name": Arrival(person("FirstName"), "Ada"),
    "Contact: Last Name": Arrival(person("LastName"), "Lovelace"),
    "Contact: Address 2": Arrival(contact_of("SoldToId", "Address2"), "Gate 4"),
    "Contact: Account": Arrival(person("AccountId"), account("Id")),
    "Contact: CRM Order ID": Arrival(
        lambda story: story.contacts[made_for_order("_billTo")(story)]["CrmOrderId__c"],
        lambda story: story.sold("from addresses")["Id"],
    ),
}

ORDER: dict[str, Arrival] = {
    "Order: Order Number": Arrival(order("orderNumber"), lambda story: story.numbers["plain"]),
    "Order: Order status": Arrival(order("status"), "Completed"),
    "Order: Account": Arrival(order("existingAccountNumber"), number("Acme")),
    "Order: Description": Arrival(order("description"), "First order"),
    "Order: Order Date": Arrival(order("orderDate"), "2026-02-01"),
}

SUBSCRIPTION: dict[str, Arrival] = {
    f"Subscription: {name}": arrival
    for name, arrival in {
        "Subscription Start Date": Arrival(subscription("plain", "subscriptionStartDate"), "2026-02-01"),
        "End Date": Arrival(subscription("in days", "subscriptionEndDate"), "2026-03-18"),
        "Contract Effective Date by trigger_dates_on_orders": Arrival(
            subscription("dated", "contractEffectiveDate"), "2026-01-28"
        ),
        "Customer acceptance date by trigger_dates_on_orders": Arrival(
            subscription("dated", "customerAcceptanceDate"), "2026-02-05"
        ),
        "Service activation date by trigger_dates_on_orders": Arrival(
            subscription("dated", "serviceActivationDate"), "2026-02-04"
        ),
        "Currency": Arrival(subscription("euros", "currency"), "EUR"),
        "Term Type": Arrival(subscription("evergreen", "termType"), "EVERGREEN"),
        "Initial Term": Arrival(subscription("in days", "initialTerm"), 45),
        "Period type": Arrival(subscription("in days", "initialTermPeriodType"), "Day"),
        "Subscription Number": Arrival(
            subscription("plain", "subscriptionNumber"), salesforce_subscription("plain", "Name")
        ),
        "Contract Effective Date": Arrival(subscription("plain", "contractEffectiveDate"), "2026-02-01"),
        "Subscription Owner Account": Arrival(subscription("dated", "accountNumber"), number("Owner")),
        "Invoice Owner Account": Arrival(subscription("dated", "invoiceOwnerAccountNumber"), number("Payer")),
        "Bill To Contact": Arrival(
            lambda story: [story.subscription(name)["billToContact"]["id"] for name in ("plain", "from addresses")],
            lambda story: [contact_id("buyer")(story), made_for_order("_billTo")(story)],
        ),
        "Sold To Contact": Arrival(
            lambda story: [story.subscription(name)["soldToContact"]["id"] for name in ("plain", "from addresses")],
            lambda story: [contact_id("buyer")(story), made_for_order("_soldTo")(story)],
        ),
        "Payment Term": Arrival(subscription("plain", "paymentTerm"), "Net 30"),
        "Renewal Setting": Arrival(subscription("plain", "renewalSetting"), "RENEW_WITH_SPECIFIC_TERM"),
        "Renewal Term": Arrival(subscription("plain", "renewalTerm"), 12),
        "plan Externally Managed PlanId": Arrival(
            lambda story: story.plan("plain")["externallyManagedPlanId"], item("plain", "Id")
        ),
        "plan External Catalog Plan Id": Arrival(
            lambda story: story.plan("plain")["productRatePlanId"], lambda story: story.catalog_plan("seat")["Id"]
        ),
        "charge List Price": Arrival(
            lambda story: [
                story.charge("plain")[field] for field in ("price", "listPriceBase", "specificListPriceBase")
            ],
            [120, "Per_Specific_Months", 12],
        ),
        "charge Quantity": Arrival(charge("plain", "quantity"), 5),
        "charge Bill Cycle Type": Arrival(charge("plain", "billingDay"), "ChargeTriggerDay"),
        "charge Charge Number": Arrival(charge("plain", "number"), item("plain", "OrderItemNumber")),
        "Quote Number": Arrival(
            subscription("plain", "QuoteNumber__QT"),
            lambda story: story.record("SBQQ__Quote__c", story.sold("plain")["SBQQ__Quote__c"])["Name"],
        ),
        "Quote Business Type": Arrival(subscription("plain", "QuoteBusinessType__QT"), "Quote"),
        "Quote Type": Arrival(subscription("plain", "QuoteType__QT"), "Quote"),
        "InvoiceGroupNumber": Arrival(subscription("own mapping", "invoiceGroupNumber"), "PO-7"),
        "charge Billing Period": Arrival(charge("own mapping", "billingPeriod"), "Quarter"),
        "Contract ID": Arrival(
            subscription("plain", "SFDC_Contract__c"), salesforce_subscription("plain", "SBQQ__Contract__c")
        ),
        "Order Action": Arrival(lambda story: story.action("plain")["type"], "CreateSubscription"),
        "Auto Renew": Arrival(subscription("plain", "autoRenew"), False),
        "charge Product Rate Plan Charge": Arrival(
            charge("plain", "productRatePlanChargeId"), lambda story: story.catalog_charge("seat")["Id"]
        ),
        "charge List Price per billing period": Arrival(
            lambda story: [story.charge("half month")[field] for field in ("price", "listPriceBase")],
            [240, "Per_Billing_Period"],
        ),
        "charge List Price per billing period as billed": Arrival(
            lambda story: [story.charge("odd days")[field] for field in ("price", "listPriceBase")],
            [Decimal("55.937846837"), "Per_Billing_Period"],
        ),
        "charge Charge Start Date": Arrival(charge("dated", "effectiveStartDate"), "2026-02-01"),
    }.items()
}

USAGE: dict[str, Arrival] = {
    f"Usage subscription: {name}": arrival
    for name, arrival in {
        "plan Externally Managed Plan Id": Arrival(
            lambda story: [one["externallyManagedPlanId"] for one in story.subscription("usage")["ratePlans"]],
            lambda story: [one["Id"] for one in story.schedules("usage")],
        ),
        "plan External Catalog Plan Id": Arrival(
            lambda story: [one["productRatePlanId"] for one in story.subscription("usage")["ratePlans"]],
            lambda story: [story.catalog_plan(name)["Id"] for name in ("slab", "range")],
        ),
        "charge Tier Order": Arrival(tiers("tier"), [1, 2]),
        "charge Price": Arrival(lambda story: [str(price) for price in tiers("price")(story)], ["0.1", "0.05"]),
        "charge Price Format": Arrival(tiers("priceFormat", 1), ["FlatFee", "PerUnit"]),
        "charge Starting Unit": Arrival(tiers("startingUnit"), [0, 100]),
        "charge Ending Unit": Arrival(
            lambda story: [[str(end) for end in tiers("endingUnit", at)(story)] for at in (0, 1)],
            [["99.99", "None"], ["9.99", "99"]],
        ),
        "charge Cap": Arrival(tiers("cap"), [500, None]),
        "charge Product Rate Plan Charge": Arrival(
            charge("usage", "productRatePlanChargeId"), lambda story: story.catalog_charge("slab")["Id"]
        ),
        "charge Charge Number": Arrival(
            lambda story: [story.charge("usage", at)["number"] for at in (0, 1)],
            lambda story: [story.items("usage")[0]["OrderItemNumber"] + end for end in ("", "-2")],
        ),
        "charge Charge Start Date": Arrival(charge("later usage", "effectiveStartDate"), "2026-03-01"),
    }.items()
}

LINE_ITEM: dict[str, Arrival] = {
    f"Order line item: {name}": arrival
    for name, arrival in {
        "Item Name": Arrival(line("line item", "itemName"), "Router"),
        "Item State": Arrival(
            lambda story: [story.line(name)["itemState"] for name in ("line item", "own line item")],
            ["SentToBilling", "Booked"],
        ),
        "Quantity": Arrival(line("line item", "quantity"), 2),
        "Product Code": Arrival(line("line item", "productCode"), known("router")),
        "Product Rate Plan Charge ID": Arrival(
            line("line item", "productRatePlanChargeId"), lambda story: story.catalog_charge("router")["Id"]
        ),
        "Transaction Start Date": Arrival(line("dated line item", "transactionStartDate"), "2026-01-29"),
        "Transaction End Date": Arrival(line("dated line item", "transactionEndDate"), "2026-01-29"),
        "Item Type": Arrival(line("line item", "itemType"), "Product"),
        "Purchase Order Number": Arrival(
            line("line item", "purchaseOrderNumber"), lambda story: story.sold("line item")["Id"]
        ),
        "LINE CATEGORY": Arrival(line("line item", "itemCategory"), "Sales"),
        "Description": Arrival(line("line item", "description"), "Blue"),
        "Bill Target Date": Arrival(line("line item", "billTargetDate"), activated),
        "List Price Per Unit": Arrival(lambda story: str(story.line("line item")["listPricePerUnit"]), "15.5"),
        "Amount per unit": Arrival(lambda story: str(story.line("line item")["amountPerUnit"]), "15.5"),
        "Invoice Owner Account": Arrival(refused("held line item"), (["CPQ-415"], False)),
        "OLI Owner Account": Arrival(line("dated line item", "ownerAccountNumber"), number("Owner")),
        "Bill To Contact": Arrival(line("line item", "billTo"), contact_id("buyer")),
        "Sold To Contact": Arrival(line("line item", "soldTo"), contact_id("buyer")),
    }.items()
}


def _charge_fields(name: str, fields: Mapping[str, tuple[str, Any]]) -> dict[str, Arrival]:
    return {f"charge {label}": Arrival(catalog(name, field), value) for label, (field, value) in fields.items()}


_RECEIVABLE = "Accounts Receivable"

PRODUCT: dict[str, Arrival] = {
    f"Product: {name}": arrival
    for name, arrival in {
        "product SKU": Arrival(product("seat", "SKU"), "SEAT"),
        "Accounting Code": Arrival(catalog("seat", "AccountingCode"), "Subscription Revenue"),
        "plan Externally Managed Plan Ids": Arrival(
            plan("seat", "externallyManagedPlanIds"), lambda story: [story.ids["seat"]]
        ),
        "product Name": Arrival(product("seat", "Name"), "Seat"),
        "plan Name": Arrival(plan("seat", "Name"), "Seat"),
        "product Effective Start Date": Arrival(product("seat", "EffectiveStartDate"), "2000-01-01"),
        "product Effective End Date": Arrival(product("seat", "EffectiveEndDate"), "3000-01-01"),
        "plan Effective Start Date": Arrival(plan("seat", "EffectiveStartDate"), "2000-01-01"),
        "plan Effective End Date": Arrival(plan("seat", "EffectiveEndDate"), "3000-01-01"),
        "plan Currency": Arrival(lambda story: story.currencies("seat"), ["EUR", "USD"]),
        "Deferred Revenue Account": Arrival(catalog("seat", "DeferredRevenueAccount"), "Deferred Revenue"),
        "Recognized Revenue Account": Arrival(catalog("seat", "RecognizedRevenueAccount"), "Recognized Revenue"),
        "plan Product": Arrival(plan("seat", "ProductId"), lambda story: story.catalog_product("seat")["Id"]),
        "charge Rate Plan": Arrival(
            catalog("seat", "ProductRatePlanId"), lambda story: story.catalog_plan("seat")["Id"]
        ),
        "charge Tiers": Arrival(tier("seat", "Price"), [9, 10]),
        **_charge_fields(
            "seat",
            {
                "Name": ("Name", "Seat"),
                "Effective Start Date": ("EffectiveStartDate", None),
                "Effective End Date": ("EffectiveEndDate", None),
                "Charge Model": ("ChargeModel", "Per Unit Pricing"),
                "Charge Type": ("ChargeType", "Recurring"),
                "Billing Period": ("BillingPeriod", "Month"),
                "Tax Code": ("TaxCode", "Standard"),
                "Tax Mode": ("TaxMode", "TaxInclusive"),
                "Taxable": ("Taxable", True),
                "Bill Cycle Type": ("BillCycleType", "DefaultFromCustomer"),
                "Trigger Event": ("TriggerEvent", "ContractEffective"),
                "UOM": ("UOM", "User"),
                "Default Quantity": ("DefaultQuantity", 1),
                "Discount accounting code": ("UseDiscountSpecificAccountingCode", False),
            },
        ),
        **_charge_fields(
            "router",
            {
                "Accounting Code": ("AccountingCode", _RECEIVABLE),
                "Deferred Revenue Account": ("DeferredRevenueAccount", _RECEIVABLE),
            },
        ),
    }.items()
}

USAGE_PRODUCT: dict[str, Arrival] = {
    f"Usage product: {name}": arrival
    for name, arrival in {
        "product Name": Arrival(product("slab", "Name"), "Traffic"),
        "product SKU": Arrival(product("slab", "SKU"), "TRAFFIC"),
        "product Effective Start Date": Arrival(product("slab", "EffectiveStartDate"), "2000-01-01"),
        "product Effective End Date": Arrival(product("slab", "EffectiveEndDate"), "3000-01-01"),
        "plan Name": Arrival(plan("slab", "Name"), "Traffic Sent"),
        "plan Effective Start Date": Arrival(plan("slab", "EffectiveStartDate"), "2000-01-01"),
        "plan Effective End Date": Arrival(plan("slab", "EffectiveEndDate"), "3000-01-01"),
        "plan Externally Managed Plan Ids": Arrival(
            plan("slab", "externallyManagedPlanIds"), lambda story: [story.ids["slab"]]
        ),
        "plan Description": Arrival(plan("slab", "Description"), "All that is sent"),
        "plan Product": Arrival(plan("slab", "ProductId"), lambda story: story.catalog_product("range")["Id"]),
        "charge Rate Plan": Arrival(
            catalog("slab", "ProductRatePlanId"), lambda story: story.catalog_plan("slab")["Id"]
        ),
        "charge Charge Model": Arrival(
            lambda story: [story.catalog_charge(name)["ChargeModel"] for name in ("slab", "range")],
            ["Tiered Pricing", "Volume Pricing"],
        ),
        "charge Currency": Arrival(
            lambda story: [story.currencies("slab"), tier("slab", "Currency")(story)], [["USD"], ["USD"]]
        ),
        "charge Tier. From": Arrival(tier("slab", "StartingUnit"), [0]),
        "charge Tier.To": Arrival(tier("slab", "EndingUnit"), [1]),
        "charge Tier.List price": Arrival(tier("slab", "Price"), [10]),
        "charge Tier.Price format": Arrival(
            lambda story: [tier(name, "PriceFormat")(story) for name in ("slab", "range")], [["Per Unit"], ["Flat Fee"]]
        ),
        **_charge_fields(
            "slab",
            {
                "Effective Start Date": ("EffectiveStartDate", None),
                "Effective End Date": ("EffectiveEndDate", None),
                "Name": ("Name", "Sent"),
                "Charge Type": ("ChargeType", "Usage"),
                "UOM": ("UOM", "GB"),
                "Billing Period": ("BillingPeriod", "Month"),
                "Tax Code": ("TaxCode", "Standard"),
                "Taxable": ("Taxable", True),
                "Default Qty": ("DefaultQuantity", 1),
                "Bill Cycle Type": ("BillCycleType", "DefaultFromCustomer"),
                "Trigger Event": ("TriggerEvent", "ContractEffective"),
                "Tax Mode": ("TaxMode", "TaxExclusive"),
                "Accounting Code": ("AccountingCode", _RECEIVABLE),
                "Deferred Revenue Account": ("DeferredRevenueAccount", _RECEIVABLE),
                "Recognized Revenue Account": ("RecognizedRevenueAccount", _RECEIVABLE),
                "Discount accounting code": ("UseDiscountSpecificAccountingCode", False),
            },
        ),
    }.items()
}

ARRIVALS: Mapping[str, Arrival] = {
    **ACCOUNT,
    **CONTACT,
    **ORDER,
    **SUBSCRIPTION,
    **USAGE,
    **LINE_ITEM,
    **PRODUCT,
    **USAGE_PRODUCT,
}
"""Key of a row to its check."""
