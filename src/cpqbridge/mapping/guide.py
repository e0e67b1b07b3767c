"""The vendor's mapping guide row by row, in its order and wording, with the rules that carry each row.

`ROWS` is the guide; `ADDITIONS` is what the tables hold beyond it, with the reason. A rule is named as lineage names it,
`Table / Label`; the name of a table alone means all its rules. `docs/mapping.md` begins with these rows.
"""

from __future__ import annotations

from collections.abc import Iterator

from cpqbridge.mapping.guide_changes import CHANGES
from cpqbridge.mapping.guide_row import Row, of_object, section
from cpqbridge.mapping.tables import GUIDE, Tables

_ADDRESSES = ("Account Bill To Contact", "Account Sold To Contact", "Order Billing Address", "Order Shipping Address")

_PLAN, _CHARGE = "Subscription Rate Plan", "Subscription Rate Plan Charge"
_P, _PRP, _PRPC = "Product", "Product Rate Plan", "Product Rate Plan Charge"
_UPRP, _UPRPC = "Usage Product Rate Plan", "Usage Product Rate Plan Charge"


def _everywhere(label: str) -> tuple[str, ...]:
    """Return the rules of a contact's field: from a record, and from each address that contacts are made of."""
    return tuple(f"{table} / {label}" for table in ("Contact", *_ADDRESSES))


_NO_CHARGE_DATES = "Zuora's charge has no such field; it has the dates of its rate plan."

ACCOUNT = section(
    "Account",
    Row("Account Name", "Account Name", ("Account / Account Name",)),
    Row("", "Account Number", note="Zuora makes it; nothing is sent."),
    Row("Id", "CRM Account ID", ("Account / CRM Account ID",)),
    Row("Account Currency", "Currency", ("Account / Currency",)),
    Row("", "Bill Cycle day", ("Account / Bill Cycle Day",)),
    Row("Billing Address", "Bill To Contact", ("Account Bill To Contact",)),
    Row("Shipping Address", "Sold To Contact", ("Account Sold To Contact",)),
    Row("Note", "Description", ("Account / Description",)),
    Row("Account Owner", "Sales Rep", ("Account / Sales Rep",)),
    Row("", "Auto-Pay", ("Account / Auto-Pay",)),
    Row("Parent Account ID", "Parent", ("Account / Parent",)),
)

CONTACT = section(
    "Contact",
    Row("ID", "CRM ID", _everywhere("CRM ID")),
    Row("Street", "Address 1", _everywhere("Address 1")),
    Row("City", "City", _everywhere("City")),
    Row("State/Province", "State/Province", _everywhere("State/Province")),
    Row("Zip/Postal Code", "Postal Code", _everywhere("Postal Code")),
    Row("Country", "Country", _everywhere("Country")),
    Row("Email", "Work Email", ("Contact / Work Email",)),
    Row("Mobile", "Mobile Phone", ("Contact / Mobile Phone",)),
)

ORDER = section(
    "Order",
    Row("Order Number", "Order Number", ("Order / Order Number",)),
    Row("", "Order status", note="A result of Zuora's: Completed, or Pending where the tenant wants further dates."),
    Row("Account Name", "Account", ("Order / Account",)),
    Row("Description", "Description", ("Order / Description",)),
    Row("Effective Date", "Order Date", ("Order / Order Date",)),
)

SUBSCRIPTION = section(
    "Subscription",
    Row("Subscription: Start Date", "Subscription Start Date", ("Subscription / Subscription Start Date",)),
    Row("Subscription: End Date", "End Date", ("Subscription / End Date",), note="In months: the start and the term."),
    Row(
        "Order: Effective Date",
        "Contract Effective Date",
        ("Subscription / Contract Effective Date",),
        option="trigger_dates_on_orders",
    ),
    Row(
        "Order: Customer AuthorizedDate",
        "Customer acceptance date",
        ("Subscription / Customer Acceptance Date",),
        option="trigger_dates_on_orders",
    ),
    Row(
        "Order: Company AuthorizedDate",
        "Service activation date",
        ("Subscription / Service Activation Date",),
        option="trigger_dates_on_orders",
    ),
    Row("Order: Currency ISO Code", "Currency", ("Subscription / Currency",)),
    Row("Subscription: Subscription Type", "Term Type", ("Subscription / Term Type",)),
    Row("", "Initial Term", ("Subscription / Initial Term",)),
    Row("", "Period type", ("Subscription / Period Type",)),
    Row("Subscription: Subscription Number", "Subscription Number", ("Subscription / Subscription Number",)),
    Row("Contract Start Date", "Contract Effective Date", ("Subscription / Contract Effective Date",)),
    Row("Subscription Owner Account", "Subscription Owner Account", ("Subscription / Subscription Owner Account",)),
    Row("Invoice Owner Account", "Invoice Owner Account", ("Subscription / Invoice Owner Account",)),
    Row(
        "Bill To Contact or Billing Address",
        "Bill To Contact",
        ("Subscription / Bill To Contact", "Order Billing Address"),
    ),
    Row(
        "Ship To Contact or Shipping Address",
        "Sold To Contact",
        ("Subscription / Sold To Contact", "Order Shipping Address"),
    ),
    Row("Payment Term", "Payment Term", ("Subscription / Payment Term",)),
    Row("", "Renewal Setting", ("Subscription / Renewal Setting",), note="Zuora takes none for evergreen."),
    Row("", "Renewal Term", ("Subscription / Renewal Term", "Subscription / Renewal Period Type")),
    *of_object(
        _PLAN,
        Row("Order Product: ID", "Externally Managed PlanId", ("Subscription Rate Plan / Externally Managed Plan Id",)),
        Row("Order Product: Product2 Id", "External Catalog Plan Id", (f"{_PLAN} / External Catalog Plan Id",)),
    ),
    *of_object(
        _CHARGE,
        Row(
            "Subscription: Net Price",
            "List Price",
            (
                "Price / Price",
                f"{_CHARGE} / List Price",
                f"{_CHARGE} / List Price Base",
                f"{_CHARGE} / Specific Months",
            ),
        ),
        Row("Order Product: Quantity", "Quantity", (f"{_CHARGE} / Quantity",)),
        Row("", "Bill Cycle Type", (f"{_CHARGE} / Bill Cycle Type",)),
        Row("Order Product: Order Product Number", "Charge Number", (f"{_CHARGE} / Charge Number",)),
    ),
    Row("", "Quote Number", ("Subscription / Quote Number",)),
    Row("", "Quote Business Type", ("Subscription / Quote Business Type",)),
    Row("", "Quote Type", ("Subscription / Quote Type",)),
    Row(
        "Subscription: PO_Number__c",
        "InvoiceGroupNumber",
        ("Subscription / Invoice Group Number",),
        note="Only by your own mapping.",
    ),
    *of_object(
        _CHARGE,
        Row(
            "Subscription: Billing Frequency",
            "Billing Period",
            ("Billing Period / Billing Period", f"{_CHARGE} / Billing Period"),
            note="Only by your own mapping; otherwise the catalog's.",
        ),
    ),
)

USAGE = section(
    "Usage subscription",
    *of_object(
        _PLAN,
        Row(
            "Order Item Consumption Schedule: ID",
            "Externally Managed Plan Id",
            ("Usage Rate Plan / Externally Managed Plan Id",),
        ),
        Row("", "External Catalog Plan Id", ("Usage Rate Plan / External Catalog Plan Id",)),
    ),
    *of_object(
        _CHARGE,
        Row("", "Tier Order", ("Usage Tier / Tier Order",)),
        Row("Order Item Consumption Rate: Price", "Price", ("Usage Tier / Price",)),
        Row("Order Item Consumption Rate: Pricing Method", "Price Format", ("Usage Tier / Price Format",)),
        Row("Order Item Consumption Rate: Lower Bound", "Starting Unit", ("Usage Tier / Starting Unit",)),
        Row("Order Item Consumption Rate: Upper Bound -1", "Ending Unit", ("Usage Tier / Ending Unit",)),
        Row("Order Item Consumption Rate: Cap", "Cap", ("Usage Tier / Cap",), note="Needs option `tier_cap_field`."),
    ),
)

LINE_ITEM = section(
    "Order line item",
    Row("Order Product: Product Name", "Item Name", ("Order Line Item / Item Name",)),
    Row(
        "Order Product: Zuora Status",
        "Item State",
        ("Order Line Item / Item State",),
        note="SentToBilling; another one by your own mapping.",
    ),
    Row("Order Product: Quantity", "Quantity", ("Order Line Item / Quantity",)),
    Row("Order Product: Product ID", "Product Code", ("Order Line Item / Product Code",)),
    Row(
        "Order Product: Product ID",
        "Product Rate Plan Charge ID",
        ("Order Line Item / Product Rate Plan Charge ID",),
    ),
    Row("Order: Effective Date", "Transaction Start Date", ("Order Line Item / Transaction Start Date",)),
    Row("Order: Effective Date", "Transaction End Date", ("Order Line Item / Transaction End Date",)),
    Row("", "Item Type", ("Order Line Item / Item Type",)),
    Row("Order: ID", "Purchase Order Number", ("Order Line Item / Purchase Order Number",)),
    Row("", "LINE CATEGORY", ("Order Line Item / Line Category",)),
    Row("Order Product: Description", "Description", ("Order Line Item / Description",)),
    Row("Order: Activated Date/ Effective Date", "Bill Target Date", ("Order Line Item / Bill Target Date",)),
    Row("Order Product: Unit Price", "List Price Per Unit", ("Order Line Item / List Price Per Unit",)),
    Row("Order Product: Unit Price", "Amount per unit", ("Order Line Item / Amount Per Unit",)),
    Row(
        "Invoice Owner Account",
        "Invoice Owner Account",
        note="The call has no such field: an order with line items and another invoice owner is held (CPQ-415).",
    ),
    Row("OLI Owner Account", "OLI Owner Account", ("Order Line Item / OLI Owner Account",)),
    Row("Bill To Contact or Billing Address", "Bill To Contact", ("Order Line Item / Bill To Contact",)),
    Row("Ship To Contact or Shipping Address", "Sold To Contact", ("Order Line Item / Sold To Contact",)),
)

PRODUCT = section(
    "Product",
    *of_object(_P, Row("Product Code", "SKU", ("Product / SKU",))),
    Row("Accounting Code", "", (f"{_PRPC} / Accounting Code",)),
    *of_object(_PRP, Row("Product ID", "Externally Managed Plan Ids", (f"{_PRP} / Externally Managed Plan Ids",))),
    *(row for one in (_P, _PRP, _PRPC) for row in of_object(one, Row("Product Name", "Name", (f"{one} / Name",)))),
    *(
        row
        for one in (_P, _PRP)
        for edge in ("Effective Start Date", "Effective End Date")
        for row in of_object(one, Row("", edge, (f"{one} / {edge}",)))
    ),
    *of_object(
        _PRPC,
        Row("", "Effective Start Date", note=_NO_CHARGE_DATES),
        Row("", "Effective End Date", note=_NO_CHARGE_DATES),
    ),
    *of_object(_PRP, Row("", "Currency", (f"{_PRP} / Currency",))),
    *of_object(
        _PRPC,
        Row("Pricing Method", "Charge Model", (f"{_PRPC} / Charge Model",)),
        Row("Charge Type", "Charge Type", (f"{_PRPC} / Charge Type",)),
        Row("Billing Frequency", "Billing Period", (f"{_PRPC} / Billing Period",)),
        Row("Tax Code", "Tax Code", (f"{_PRPC} / Tax Code",)),
        Row("Tax Mode", "Tax Mode", (f"{_PRPC} / Tax Mode",)),
    ),
    Row("Deferred Revenue Account", "", (f"{_PRPC} / Deferred Revenue Account",)),
    Row("Recognized Revenue Account", "", (f"{_PRPC} / Recognized Revenue Account",)),
    *of_object(
        _PRPC,
        Row("Taxable", "Taxable", (f"{_PRPC} / Taxable",)),
        Row("", "Accounting Code", (f"{_PRPC} / Accounting Code",)),
        Row("", "Deferred Revenue Account", (f"{_PRPC} / Deferred Revenue Account",)),
        Row("", "Bill Cycle Type", (f"{_PRPC} / Bill Cycle Type",)),
        Row("", "Trigger Event", (f"{_PRPC} / Trigger Event",)),
        Row("Quantity Unit of Measure", "UOM", (f"{_PRPC} / UOM",)),
    ),
)

USAGE_PRODUCT = section(
    "Usage product",
    *of_object(
        _P,
        Row("Product2: Name", "Name", ("Product / Name",)),
        Row("Product2: Product Code", "SKU", ("Product / SKU",)),
    ),
    *of_object(_PRP, Row("Product2: Name, Consumption Schedule: Name", "Name", (f"{_UPRP} / Name",))),
    *of_object(
        _P,
        Row("", "Effective Start Date", ("Product / Effective Start Date",)),
        Row("", "Effective End Date", ("Product / Effective End Date",)),
    ),
    *of_object(
        _PRP,
        Row("", "Effective Start Date", (f"{_UPRP} / Effective Start Date",)),
        Row("", "Effective End Date", (f"{_UPRP} / Effective End Date",)),
    ),
    *of_object(
        _PRPC,
        Row("", "Effective Start Date", note=_NO_CHARGE_DATES),
        Row("", "Effective End Date", note=_NO_CHARGE_DATES),
    ),
    *of_object(
        _PRP,
        Row(
            "Product Consumption Schedule: ID",
            "Externally Managed Plan Ids",
            (f"{_UPRP} / Externally Managed Plan Ids",),
        ),
        Row("Product2: Description", "Description", (f"{_UPRP} / Description",)),
    ),
    *of_object(
        _PRPC,
        Row("Consumption Schedule: Name", "Name", (f"{_UPRPC} / Name",)),
        Row("Consumption Schedule: Type", "Charge Model", (f"{_UPRPC} / Charge Model",)),
        Row("", "Charge Type", (f"{_UPRPC} / Charge Type",)),
        Row("Consumption Schedule: Unit of Measure", "UOM", (f"{_UPRPC} / UOM",)),
        Row("Product2: Billing Frequency", "Billing Period", (f"{_UPRPC} / Billing Period",)),
        Row("Product2: Tax Code", "Tax Code", (f"{_UPRPC} / Tax Code",)),
        Row("Product2: Taxable", "Taxable", (f"{_UPRPC} / Taxable",)),
        Row("", "Default Qty", (f"{_UPRPC} / Default Quantity",)),
        Row(
            "Product Consumption Schedule: Currency ISO Code",
            "Currency",
            (f"{_UPRP} / Currency", f"{_UPRPC} / Tiers"),
        ),
        Row("", "Tier. From", (f"{_UPRPC} / Tiers",)),
        Row("", "Tier.To", (f"{_UPRPC} / Tiers",)),
        Row("", "Tier.List price", (f"{_UPRPC} / Tiers",)),
        Row("", "Tier.Price format", (f"{_UPRPC} / Tiers",)),
    ),
)

ROWS = (*ACCOUNT, *CONTACT, *ORDER, *SUBSCRIPTION, *USAGE, *LINE_ITEM, *PRODUCT, *USAGE_PRODUCT)
"""The whole guide."""

_IN_A_CONTACT = "Zuora wants it of every contact."
_STARTS_APART = "Zuora would bill from the contract effective date, before the subscription starts."
_LIKE_OTHERS = "As for other products; the guide does not repeat it."
_PER_PERIOD = "The term is not whole months: a price for the whole term would be refused."

ADDITIONS = (
    *section(
        "Contact",
        Row("First Name", "First Name", _everywhere("First Name"), note=_IN_A_CONTACT),
        Row("Last Name", "Last Name", _everywhere("Last Name"), note=_IN_A_CONTACT),
        Row("Street", "Address 2", _everywhere("Address 2"), note="Further lines of a street."),
        Row("Account", "Account", _everywhere("Account"), note="The account that the contact belongs to."),
        Row(
            "Order: ID",
            "CRM Order ID",
            ("Order Billing Address / CRM Order ID", "Order Shipping Address / CRM Order ID"),
            note="Tells an order's address from the account's; the vendor's setup has the field too.",
        ),
    ),
    *section(
        "Subscription",
        Row("Contract", "Contract ID", ("Subscription / Contract ID",), note="The vendor's setup has the field."),
        Row("", "Order Action", ("Subscription / Order Action",), note="Zuora wants it of every action."),
        Row("", "Auto Renew", ("Subscription / Auto Renew",), note="Option `auto_renew`."),
        *of_object(
            _CHARGE,
            Row("", "Product Rate Plan Charge", (f"{_CHARGE} / Product Rate Plan Charge",), note="What is overridden."),
            Row(
                "Order Product: Unprorated Net Price",
                "List Price per billing period",
                (
                    f"{_CHARGE} / List Price per billing period, from the unprorated price",
                    f"{_CHARGE} / List Price per billing period, from the prorated price",
                ),
                note=_PER_PERIOD,
            ),
            Row(
                "Subscription: Net Price",
                "List Price per billing period as billed",
                (f"{_CHARGE} / List Price per billing period, from the net price and Zuora's billing periods",),
                note="Where no other price comes to the quote: option `pricing_mode`, decision 28.",
            ),
            Row(
                "Subscription: Start Date",
                "Charge Start Date",
                (f"{_CHARGE} / Charge Start", f"{_CHARGE} / Charge Start Date"),
                note=_STARTS_APART,
            ),
        ),
    ),
    *section(
        "Usage subscription",
        *of_object(
            _CHARGE,
            Row(
                "", "Product Rate Plan Charge", ("Usage Charge / Product Rate Plan Charge",), note="What is overridden."
            ),
            Row("Order Product Number", "Charge Number", ("Usage Charge / Charge Number",), note=_LIKE_OTHERS),
            Row(
                "Subscription: Start Date",
                "Charge Start Date",
                ("Usage Charge / Charge Start", "Usage Charge / Charge Start Date"),
                note=_STARTS_APART,
            ),
        ),
    ),
    *section(
        "Product",
        *of_object(_PRP, Row("", "Product", (f"{_PRP} / Product",), note="The product that the plan belongs to.")),
        *of_object(
            _PRPC,
            Row("", "Rate Plan", (f"{_PRPC} / Rate Plan",), note="The plan that the charge belongs to."),
            Row("", "Default Quantity", (f"{_PRPC} / Default Quantity",), note="Zuora wants it of per-unit charges."),
            Row("Price Book Entry: Unit Price", "Tiers", (f"{_PRPC} / Tiers",), note="Zuora wants a price."),
            Row(
                "",
                "Discount accounting code",
                (f"{_PRPC} / Discount accounting code",),
                note="Zuora wants it of every charge.",
            ),
        ),
    ),
    *section(
        "Usage product",
        *of_object(_PRP, Row("", "Product", (f"{_UPRP} / Product",), note="The product that the plan belongs to.")),
        *of_object(
            _PRPC,
            *(
                Row("", label, (f"{_UPRPC} / {label}",), note=_LIKE_OTHERS)
                for label in (
                    "Rate Plan",
                    "Bill Cycle Type",
                    "Trigger Event",
                    "Tax Mode",
                    "Accounting Code",
                    "Deferred Revenue Account",
                    "Recognized Revenue Account",
                    "Discount accounting code",
                )
            ),
        ),
    ),
    *CHANGES,
)
"""What the tables hold that the guide has no row for, with the reason."""


def rules_of(row: Row, tables: Tables = GUIDE) -> tuple[str, ...]:
    """Return the names of a row's rules as lineage shows them; a whole table becomes its rules, once each.

    Args:
        row: A row of the guide, or an addition.
        tables: The tables in which the rules stand.

    Raises:
        LookupError: The row names a table or a rule that does not exist.
    """
    names = {table.name: table.names for table in tables}
    found: dict[str, None] = {}
    for rule in row.rules:
        table, _, label = rule.partition(" / ")
        if label and rule in names.get(table, ()):
            found[rule] = None
        elif not label and table in names:
            found.update(dict.fromkeys(names[table]))
        else:
            raise LookupError(f"{row.key} names {rule!r}, which no table has")
    return tuple(found)


def unlisted(tables: Tables = GUIDE) -> Iterator[str]:
    """Yield the rules of the tables that neither a row of the guide nor an addition names."""
    named = {name for row in (*ROWS, *ADDITIONS) for name in rules_of(row, tables)}
    for table in tables:
        yield from (name for name in dict.fromkeys(table.names) if name not in named)
