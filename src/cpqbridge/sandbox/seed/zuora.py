"""What the demo tenant holds before the first sync: one account and one product that were there before CPQ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cpqbridge.sandbox.seed.products import BY_KEY, PRODUCTS
from cpqbridge.sandbox.zuora.accounts import create_account

if TYPE_CHECKING:
    from cpqbridge.sandbox.zuora.tenant import Tenant

KNOWN_ACCOUNT: Final = "pinetree"
"""Key of the account that Zuora has already, with its CRM id and an old address."""

KNOWN_PRODUCT: Final = "PLAT-STD"
"""Product code that a Zuora product has as SKU, without any rate plan."""


def write_known(tenant: Tenant, account_ids: Mapping[str, str]) -> None:
    """Make the known account and product, and the tax codes that the demo products name.

    Args:
        tenant: A tenant without records.
        account_ids: Salesforce account ids by the seed's keys.
    """
    tax_codes = {product.tax_code for product in PRODUCTS if product.tax_code}
    tenant.configure({"taxCodes": sorted(tax_codes | set(tenant.settings.tax_codes))})
    account = {
        "name": "Pine Tree Health",
        "currency": "USD",
        "crmId": account_ids[KNOWN_ACCOUNT],
        "billCycleDay": 1,
        "paymentTerm": "Net 30",
        "notes": "Opened by hand before the CRM was connected.",
        "billToContact": {
            "firstName": "Accounts",
            "lastName": "Payable",
            "address1": "98 San Jacinto Blvd",
            "city": "Austin",
            "state": "Texas",
            "zipCode": "78701",
            "country": "United States",
            "workEmail": "ap@pinetree.example",
        },
    }
    create_account(tenant, account)
    product = {
        "name": BY_KEY[KNOWN_PRODUCT].name,
        "sKU": KNOWN_PRODUCT,
        "productNumber": tenant.number("product"),
        "description": "Entered by hand before the CRM was connected.",
        "effectiveStartDate": "2000-01-01",
        "effectiveEndDate": "3000-01-01",
        "allowFeatureChanges": False,
    }
    tenant.store.insert("product", product)
