"""What every org has before anything is sold: its user and organization, currencies, record types, the price book."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.credentials import SALESFORCE
from cpqbridge.sandbox.salesforce.ids import to_18

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

_CURRENCIES: Final = (
    # ISO code, rate against the corporate currency, decimals
    ("USD", "1", 2),
    ("EUR", "0.92", 2),
    ("GBP", "0.79", 2),
    ("JPY", "150", 0),
    ("CAD", "1.37", 2),
)

_RECORD_TYPES: Final = (
    # developer name, object
    ("Business_Account", "Account"),
    ("Partner_Account", "Account"),
    ("Business_Contact", "Contact"),
    ("Standard_Product", "Product2"),
    ("Usage_Product", "Product2"),
    ("Direct_Sale", "Opportunity"),
    ("Direct_Order", "Order"),
    ("Partner_Order", "Order"),
    ("Direct_Quote", "SBQQ__Quote__c"),
)


def lay_foundation(org: Org) -> None:
    """Write what is missing of it; a second time nothing is."""
    store = org.store
    for sobject, values in _records(org):
        if store.catalogue.get(sobject) and not _exists(org, sobject, values):
            store.insert(sobject, values, system=True)


def record_type(org: Org, developer_name: str) -> str:
    """Return the id of one of the record types that every org of the sandbox has."""
    return str(org.store.find("RecordType", "DeveloperName", developer_name)[0]["Id"])


def standard_price_book(org: Org) -> str:
    """Return the id of the standard price book."""
    return str(org.store.find("Pricebook2", "IsStandard", True)[0]["Id"])


def _exists(org: Org, sobject: str, values: dict[str, Any]) -> bool:
    key = next(iter(values))
    return bool(org.store.find(sobject, key, values[key]))


def _records(org: Org) -> list[tuple[str, dict[str, Any]]]:
    """Object and values of each record; the first value is what it is recognised by."""
    return [
        ("User", _user(org)),
        ("Organization", _organization()),
        ("Pricebook2", {"IsStandard": True, "Name": "Standard Price Book", "IsActive": True}),
        *(
            ("RecordType", {"DeveloperName": name, "Name": name.replace("_", " "), "SobjectType": sobject})
            for name, sobject in _RECORD_TYPES
        ),
        *(
            ("CurrencyType", {"IsoCode": code, "ConversionRate": rate, "DecimalPlaces": decimals, "IsActive": True,
                              "IsCorporate": code == org.settings.corporate_currency})
            for code, rate, decimals in _CURRENCIES
        ),
    ]  # fmt: skip


def _user(org: Org) -> dict[str, Any]:
    return {
        "Id": org.user_id,
        "Username": org.username,
        "FirstName": "Integration",
        "LastName": "User",
        "Alias": "integ",
        "Email": org.username,
        "DefaultCurrencyIsoCode": org.settings.corporate_currency,
    }


def _organization() -> dict[str, Any]:
    return {
        "Id": to_18(SALESFORCE.access_token[:15]),
        "Name": "cpqbridge Sandbox",
        "InstanceName": "SBX1",
        "City": "San Francisco",
        "State": "California",
        "Country": "United States",
    }
