"""Demo accounts and contacts. Keys are the seed's own; the records get their ids when they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; the street may have several lines."""

    street: str
    city: str
    state: str | None
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class Account:
    """A customer.

    Attributes:
        key: The seed's name of it.
        name: Company name.
        currency: ISO code.
        industry: Picklist value.
        billing: Billing address, or None.
        shipping: Shipping address, or None.
        parent: Key of the parent account.
        note: Description.
    """

    key: str
    name: str
    currency: str
    industry: str
    billing: Address | None
    shipping: Address | None = None
    parent: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at an account; the mailing address is the account's billing address unless given."""

    key: str
    account: str
    first_name: str | None
    last_name: str
    title: str
    email: str
    mobile: str | None = None
    mailing: Address | None = None


US, UK, DE, FR, CA, JP = "United States", "United Kingdom", "Germany", "France", "Canada", "Japan"

ACCOUNTS: Final = (
    Account(
        "northwind", "Northwind Robotics Inc.", "USD", "Manufacturing",
        Address("500 Mission Street\nSuite 1200", "San Francisco", "California", "94105", US),
        Address("18 Dock Road", "Oakland", "California", "94607", US),
        note="Key account since 2021; invoices by e-mail only.",
    ),
    Account(
        "pinetree", "Pine Tree Health Inc.", "USD", "Healthcare",
        Address("2100 Guadalupe Street", "Austin", "Texas", "78705", US),
        note="Was in Zuora before CPQ: its Zuora account has the CRM id and an old address.",
    ),
    Account(
        "pinetree_billing", "Pine Tree Shared Services LLC", "USD", "Healthcare",
        Address("1 Ledger Plaza", "Dallas", "Texas", "75201", US), parent="pinetree",
        note="Pays the invoices of the group.",
    ),
    Account(
        "pinetree_clinics", "Pine Tree Clinics LP", "USD", "Healthcare",
        Address("77 Riverside Drive", "San Antonio", "Texas", "78205", US), parent="pinetree",
    ),
    Account(
        "aurora", "Aurora Holdings plc", "GBP", "Energy",
        Address("Aurora House\n30 Gresham Street", "London", "England", "EC2V 7QP", UK),
        note="Group parent; buys nothing itself.",
    ),
    Account(
        "aurora_de", "Aurora Maschinenbau Süd GmbH & Co. KG", "EUR", "Manufacturing",
        Address("Werk 3, Tor B\nÄußere Nürnberger Straße 62", "München", "Bayern", "80686", DE),
        Address("Lagerstraße 9", "Augsburg", "Bayern", "86153", DE), parent="aurora",
    ),
    Account(
        "aurora_fr", "Aurora Énergie Rhône SAS", "EUR", "Energy",
        Address("12 bis, rue de la République", "Lyon", "Auvergne-Rhône-Alpes", "69002", FR), parent="aurora",
    ),
    Account(
        "harbour", "Harbour Street Analytics Ltd", "GBP", "Consulting",
        Address("4 Harbour Street", "Bristol", "England", "BS1 5DB", UK),
    ),
    Account(
        "maple", "Maple Leaf Logistics Ltd.", "USD", "Transportation",
        Address("200 Bay Street\nNorth Tower, 14th Floor", "Toronto", "Ontario", "M5J 2J2", CA),
        Address("75 Chemin du Port", "Montréal", "Quebec", "H2Y 1A1", CA),
    ),
    Account(
        "sakura", "Sakura Denki K.K.", "JPY", "Technology",
        Address("2-7-3 Marunouchi\nTokia 11F", "Chiyoda-ku", "Tokyo", "100-6411", JP),
    ),
    Account("lumen", "Lumen Startups LLC", "USD", "Technology", None, note="No billing address yet."),
    Account(
        "coastal", "Coastal Freight Co.", "USD", "Transportation",
        Address("9 Pier Road", "Savannah", None, "31401", US), note="The state of its billing address is missing.",
    ),
    Account(
        "cascade", "Cascade Outfitters Inc.", "USD", "Retail",
        Address("1420 Pike Street", "Seattle", "Washington", "98101", US),
        note="Its contract is amended, renewed and cancelled in part.",
    ),
)  # fmt: skip

CONTACTS: Final = (
    Contact("ada", "northwind", "Ada", "Ferreira", "Controller", "ada.ferreira@northwind.example", "+1 415 555 0101"),
    Contact("ben", "northwind", "Ben", "Okafor", "Plant Manager", "ben.okafor@northwind.example"),
    Contact("carla", "pinetree", "Carla", "Jiménez", "Accounts Payable", "carla@pinetree.example", "+1 512 555 0142"),
    Contact("dan", "pinetree_billing", "Dan", "Whitlock", "Head of Billing", "dan@pinetree-shared.example"),
    Contact("eva", "aurora_de", "Eva", "Müller-Lüdenscheidt", "Einkauf", "e.mueller@aurora.example", "+49 89 555 0177"),
    Contact("felix", "aurora_fr", "Félix", "Delacroix", "Acheteur", "f.delacroix@aurora.example"),
    Contact("grace", "harbour", "Grace", "Pemberton", "Finance Director", "grace@harbourstreet.example"),
    Contact("hugo", "maple", "Hugo", "Tremblay", "Operations", "hugo.tremblay@mapleleaf.example", "+1 514 555 0190"),
    Contact(
        "ichiro", "sakura", "Ichirō", "Tanaka", "Accounting", "tanaka@sakura-denki.example", "+81 3 5555 0123",
        Address("2-7-3 Marunouchi\nTokia 12F", "Chiyoda-ku", "Tokyo", "100-6412", JP),
    ),
    Contact(
        "junko", "sakura", "Junko", "Satō", "Warehouse", "sato@sakura-denki.example", None,
        Address("5-1 Minatomirai", "Yokohama", "Kanagawa", "220-0012", JP),
    ),
    Contact("kim", "lumen", None, "Kim", "Founder", "kim@lumen.example"),
)  # fmt: skip
