"""Price book entries and block prices: what a product costs by list."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cpqbridge.sandbox.salesforce.cpq.records import day
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]


def product_of(org: Org, named: str) -> dict[str, Any]:
    """Return the product of an id, code or name.

    Raises:
        SalesforceError: 404 `NOT_FOUND`, or 400 when several have that code or name.
    """
    row = org.store.get("Product2", named)
    if row is not None and not row["IsDeleted"]:
        return row
    for field in ("ProductCode", "Name"):
        found = org.store.find("Product2", field, named)
        if len(found) > 1:
            raise SalesforceError(400, "INVALID_INPUT", f"Several products have the {field} {named}; name one by id.")
        if found:
            return found[0]
    raise SalesforceError(404, "NOT_FOUND", f"There is no product {named}.")


def list_price(org: Org, product: str, book: str, currency: str | None) -> Decimal:
    """Return the price of a product in a price book and currency.

    Raises:
        SalesforceError: 400: there is none.
    """
    for entry in org.store.find("PricebookEntry", "Product2Id", product):
        if entry["Pricebook2Id"] == book and entry.get("CurrencyIsoCode") == currency:
            price: Decimal = entry["UnitPrice"]
            return price
    message = f"The product {product} has no price in the quote's price book and currency."
    raise SalesforceError(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ("SBQQ__Product__c",))


def block_price(org: Org, product: str, book: str, quantity: Decimal) -> Decimal | None:
    """Return the block price of a quantity, or None when the product has none for it; the upper bound is exclusive."""
    for block in org.store.find("SBQQ__BlockPrice__c", "SBQQ__Product__c", product):
        upper = block["SBQQ__UpperBound__c"]
        fits = block["SBQQ__LowerBound__c"] <= quantity and (upper is None or quantity < upper)
        if fits and block.get("SBQQ__PriceBook__c") in (None, book) and not day(block.get("SBQQ__EffectiveDate__c")):
            price: Decimal = block["SBQQ__Price__c"]
            return price
    return None
