"""Demo products and their prices in four currencies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

CURRENCIES: Final = ("USD", "EUR", "GBP", "JPY")
"""Currencies of the standard price book, in the order of the price columns."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product.

    Attributes:
        key: Its code, or its name when it has none.
        code: Product code, or None.
        name: Product name.
        family: Picklist value.
        unit: Quantity unit of measure.
        pricing: `List` (per unit), `Block` (for the whole quantity) or `Percent Of Total`.
        frequency: Billing frequency; None for what is charged once.
        subscription: Subscription type; None for what becomes an asset or nothing.
        term: Months that the prices are for; 0 for what has no term.
        asset: Asset conversion of a product without subscription.
        tax_code: Makes the product taxable.
        usage: Sold by its consumption schedules (`usage.SCHEDULES`).
        prices: Per currency of `CURRENCIES`; percent for `Percent Of Total`.
    """

    key: str
    code: str | None
    name: str
    family: str
    unit: str
    pricing: str
    frequency: str | None
    subscription: str | None
    term: int
    asset: str | None
    tax_code: str | None
    usage: bool
    prices: tuple[Decimal, ...]

    @property
    def charge_type(self) -> str:
        """`Usage` for what is sold by it, `Recurring` for what else has a billing frequency, else `One-Time`."""
        return "Usage" if self.usage else "Recurring" if self.frequency else "One-Time"

    @property
    def revenue_account(self) -> str:
        """Accounting code of the product's revenue."""
        return "Hardware Revenue" if self.family == "Hardware" else "Subscription Revenue"

    def price(self, currency: str) -> Decimal:
        """Return the list price in a currency."""
        return self.prices[CURRENCIES.index(currency)]


_PRODUCTS: Final = """
code      | name                  | family   | unit | pricing | frequency    | subscription | asset    | tax
PLAT-STD  | Platform Standard     | Software | User | List    | Monthly      | Renewable    | -        | SaaS
PLAT-PRO  | Platform Professional | Software | User | List    | Annual       | Renewable    | -        | SaaS
PLAT-ENT  | Platform Enterprise   | Software | User | List    | Quarterly    | Renewable    | -        | SaaS
ANLY-ADD  | Analytics Add-on      | Software | User | List    | Monthly      | Renewable    | -        | SaaS
MOB-SEAT  | Mobile Seat           | Software | User | List    | Quarterly    | Renewable    | -        | SaaS
STOR-GB   | Cloud Storage         | Software | GB   | List    | Annual       | Renewable    | -        | SaaS
SEC-VAULT | Security Vault        | Software | Each | List    | Semiannual   | Renewable    | -        | SaaS
SITE-LIC  | Site Licence          | Software | Each | List    | Annual       | Renewable    | -        | -
API-FLAT  | API Access            | Software | Each | Block   | Monthly      | Renewable    | -        | SaaS
DATA-LAKE | Data Lake             | Software | Each | Block   | Semiannual   | Renewable    | -        | -
DEV-SBX   | Developer Sandbox     | Software | Each | Block   | Invoice Plan | Renewable    | -        | -
SUITE-360 | Suite 360             | Software | Each | Block   | Annual       | Renewable    | -        | SaaS
SUP-STD   | Standard Support      | Support  | Each | Block   | Annual       | Renewable    | -        | -
SUP-PREM  | Premium Support       | Support  | Each | Block   | Quarterly    | Renewable    | -        | -
SUCC-PLAN | Success Plan          | Support  | Each | Percent | Annual       | Renewable    | -        | -
IOT-CONN  | IoT Connectivity      | Software | Each | List    | Monthly      | Evergreen    | -        | -
MON-PULSE | Pulse Monitoring      | Software | Each | Block   | Monthly      | Evergreen    | -        | -
SETUP-FEE | Onboarding Fee        | Services | Each | Block   | -            | One-time     | -        | -
CERT-SEAT | Certification Seat    | Services | User | List    | -            | One-time     | -        | -
SVC-TRAIN | Training Day          | Services | Each | List    | -            | -            | -        | -
SVC-CONS  | Consulting Hour       | Services | Hour | List    | -            | -            | -        | -
SVC-MIGR  | Data Migration        | Services | Each | Block   | -            | -            | -        | -
HW-GATE   | Edge Gateway          | Hardware | Each | List    | -            | -            | per unit | Hardware
HW-SENS   | Sensor Kit            | Hardware | Each | List    | -            | -            | per line | Hardware
HW-RACK   | Rack Mount            | Hardware | Each | List    | -            | -            | per line | Hardware
-         | Legacy Connector      | Software | Each | List    | Annual       | Renewable    | -        | -
DATA-USE  | Connected Data        | Software | Each | Usage   | Monthly      | Renewable    | -        | -
"""
"""One product a row; `-` is an empty cell."""

_PRICES: Final = """
name                  |   USD |   EUR |  GBP |     JPY
Platform Standard     |   600 |   540 |  480 |   84000
Platform Professional |  1200 |  1080 |  960 |  168000
Platform Enterprise   |  1800 |  1620 | 1440 |  252000
Analytics Add-on      |   240 |   216 |  192 |   33600
Mobile Seat           |   120 |   108 |   96 |   16800
Cloud Storage         |    12 |    12 |   12 |    1680
Security Vault        |   900 |   816 |  720 |  126000
Site Licence          |  4800 |  4320 | 3840 |  672000
API Access            |  1200 |  1080 |  960 |  168000
Data Lake             | 12000 | 10800 | 9600 | 1680000
Developer Sandbox     |  3600 |  3240 | 2880 |  504000
Suite 360             |  6000 |  5400 | 4800 |  840000
Standard Support      |  2400 |  2160 | 1920 |  336000
Premium Support       |  6000 |  5400 | 4800 |  840000
Success Plan          |    15 |    15 |   15 |      15
IoT Connectivity      |     8 |     7 |    6 |    1100
Pulse Monitoring      |    99 |    89 |   79 |   13900
Onboarding Fee        |  1500 |  1350 | 1200 |  210000
Certification Seat    |   250 |   225 |  200 |   35000
Training Day          |  1800 |  1620 | 1440 |  252000
Consulting Hour       |   180 |   160 |  145 |   25000
Data Migration        |  7500 |  6750 | 6000 | 1050000
Edge Gateway          |   450 |   405 |  360 |   63000
Sensor Kit            |    75 |    68 |   60 |   10500
Rack Mount            |   120 |   108 |   96 |   16800
Legacy Connector      |   960 |   864 |  768 |  134400
Connected Data        |     0 |     0 |    0 |       0
"""
"""List prices for the product's term; `Percent Of Total` has percents."""

_PRICING: Final = {"Percent": "Percent Of Total", "Usage": "List"}
_TERMS: Final = {None: 0, "Evergreen": 1}
_ASSETS: Final = {"-": None, "per line": "One per quote line", "per unit": "One per unit"}


def _rows(table: str) -> list[list[str]]:
    """Return the cells of a table's rows, without its head."""
    return [[cell.strip() for cell in row.split("|")] for row in table.strip().splitlines()[1:]]


def _product(cells: list[str], prices: list[str]) -> Product:
    code, frequency, subscription, tax_code = (None if cells[n] == "-" else cells[n] for n in (0, 5, 6, 8))
    return Product(
        key=code or cells[1],
        code=code,
        name=cells[1],
        family=cells[2],
        unit=cells[3],
        pricing=_PRICING.get(cells[4], cells[4]),
        frequency=frequency,
        subscription=subscription,
        term=_TERMS.get(subscription, 12),
        asset=_ASSETS[cells[7]],
        tax_code=tax_code,
        usage=cells[4] == "Usage",
        prices=tuple(Decimal(price) for price in prices),
    )


_PRICE_OF: Final = {name: prices for name, *prices in _rows(_PRICES)}

PRODUCTS: Final = tuple(_product(cells, _PRICE_OF[cells[1]]) for cells in _rows(_PRODUCTS))

BY_KEY: Final = {product.key: product for product in PRODUCTS}
