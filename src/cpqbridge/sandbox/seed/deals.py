"""Demo deals: each becomes an opportunity, a quote with lines, and an order, numbered from 00000100 in this order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from cpqbridge.sandbox.salesforce.cpq.usage import Rate
from cpqbridge.sandbox.seed.accounts import FR, Address
from cpqbridge.sandbox.seed.usage import rates

Outcome = Literal["synced", "waiting", "held"]

FIRST_NUMBER: Final = 100
"""Number of the first order of a fresh org."""


@dataclass(frozen=True, slots=True)
class Line:
    """A quote line.

    Attributes:
        product: Key of the product.
        quantity: Units.
        discount: Percent off.
        under: Key of the product, further up in the same deal, that is the bundle of this one.
        included: Part of the bundle's price.
        description: What it is for.
        agreed: Rates of this deal instead of the schedule's own, by name of the consumption schedule.
    """

    product: str
    quantity: Decimal
    discount: Decimal = Decimal(0)
    under: str | None = None
    included: bool = False
    description: str | None = None
    agreed: tuple[tuple[str, tuple[Rate, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Deal:
    """What was sold to whom, how far the order is, and what becomes of it in a sync.

    Attributes:
        account: Key of the account.
        story: One line for people.
        start: First day.
        lines: What was sold.
        months: Whole months of the term.
        end: Last day of a term that is not whole months; overrides `months`.
        currency: ISO code.
        state: How far the order is in Salesforce.
        outcome: Expected outcome of a sync.
        payment_terms: Picklist value of the quote.
        single_contract: All subscriptions in one contract instead of one contract per end date.
        bill_to: Key of the bill-to contact on the order.
        ship_to: Key of the ship-to contact on the order.
        invoice_owner: Key of the account that pays.
        subscription_owner: Key of the account that uses.
        billing: Billing address on the order itself.
        authorized: Customer and company authorized dates are set to the start.
        po_number: The customer's purchase order.
    """

    account: str
    story: str
    start: date
    lines: tuple[Line, ...]
    months: int = 12
    end: date | None = None
    currency: str = "USD"
    state: Literal["activated", "contracted"] = "contracted"
    outcome: Outcome = "synced"
    payment_terms: str = "Net 30"
    single_contract: bool = False
    bill_to: str | None = None
    ship_to: str | None = None
    invoice_owner: str | None = None
    subscription_owner: str | None = None
    billing: Address | None = None
    authorized: bool = False
    po_number: str | None = None


def _line(product: str, quantity: str | int = 1, discount: str | int = 0) -> Line:
    return Line(product, Decimal(quantity), Decimal(discount))


def _part(product: str, quantity: int, under: str, *, included: bool = False) -> Line:
    return Line(product, Decimal(quantity), under=under, included=included)


_AGREED: Final = "0-250 FlatFee 40, 250- PerUnit 0.0725"
_ROLLOUT: Final = ("SITE-LIC", "PLAT-STD", "MOB-SEAT", "SEC-VAULT", "STOR-GB", "ANLY-ADD", "PLAT-PRO", "PLAT-ENT")


def _rollout(plants: int) -> tuple[Line, ...]:
    """Return one line per plant, going round the products of the roll-out."""
    return tuple(
        Line(_ROLLOUT[n % len(_ROLLOUT)], Decimal(5 + n), description=f"Plant {n + 1:02d}") for n in range(plants)
    )


DEALS: Final = (
    Deal("northwind", "New business, one line", date(2026, 1, 1), (_line("PLAT-PRO", 25, 10),), authorized=True),
    Deal(
        "pinetree", "Account and one product known to Zuora already; three lines, three years", date(2026, 2, 1),
        (_line("PLAT-STD", 40), _line("SUP-STD"), _line("SETUP-FEE")), months=36, payment_terms="Net 45",
    ),
    Deal(
        "harbour", "Five lines, five billing frequencies, sterling", date(2026, 3, 1),
        (_line("PLAT-ENT", 12, 5), _line("SEC-VAULT", 2), _line("API-FLAT"), _line("DEV-SBX"), _line("SUCC-PLAN")),
        currency="GBP", single_contract=True,
    ),
    Deal("northwind", "Roll-out, forty lines", date(2026, 4, 1), _rollout(40), months=24, po_number="NW-7731"),
    Deal(
        "maple", "Subscriptions mixed with hardware and services", date(2026, 4, 15),
        (_line("PLAT-STD", 10), _line("SUP-PREM"), _line("HW-GATE", 3), _line("HW-RACK", 2), _line("SVC-TRAIN", 2)),
    ),
    Deal(
        "harbour", "Hardware and services only: nothing to subscribe to", date(2026, 5, 4),
        (_line("HW-SENS", 20, 8), _line("HW-RACK", 5), _line("SVC-CONS", "12.5")),
        currency="GBP", payment_terms="Net 15",
    ),
    Deal(
        "aurora_de", "In euros; the parent account is not in Zuora", date(2026, 5, 1),
        (_line("PLAT-PRO", 15), _line("STOR-GB", 500)), currency="EUR", payment_terms="Net 60",
    ),
    Deal("northwind", "Evergreen, per unit and flat", date(2026, 6, 1), (_line("IOT-CONN", 200), _line("MON-PULSE"))),
    Deal(
        "aurora_fr", "Billing address on the order itself", date(2026, 6, 15),
        (_line("API-FLAT"), _line("CERT-SEAT", 6)), currency="EUR",
        billing=Address("Service comptable\n3, place Bellecour", "Lyon", "Auvergne-Rhône-Alpes", "69002", FR),
    ),
    Deal(
        "maple", "Activated, not contracted yet", date(2026, 7, 1), (_line("PLAT-ENT", 5), _line("MOB-SEAT", 5)),
        state="activated", outcome="waiting",
    ),
    Deal("lumen", "The account has no billing address", date(2026, 7, 1), (_line("PLAT-STD", 3),), outcome="held"),
    Deal(
        "northwind", "A product without product code", date(2026, 7, 15), (_line("Legacy Connector", 2),),
        outcome="held",
    ),
    Deal(
        "pinetree", "Used by the clinics, paid by the shared services", date(2026, 8, 1),
        (_line("PLAT-PRO", 60, 20), _line("DATA-LAKE")),
        invoice_owner="pinetree_billing", subscription_owner="pinetree_clinics",
    ),
    Deal(
        "sakura", "In yen, with bill-to and ship-to contacts", date(2026, 8, 1),
        (_line("PLAT-STD", 30), _line("SUP-STD")), currency="JPY", bill_to="ichiro", ship_to="junko",
    ),
    Deal(
        "harbour", "Starts mid-month: not whole months", date(2026, 3, 16),
        (_line("API-FLAT"),), end=date(2026, 12, 31), currency="GBP",
    ),
    Deal(
        "pinetree", "A bundle: seats are priced, support is included", date(2026, 9, 1),
        (_line("SUITE-360"), _part("PLAT-PRO", 10, "SUITE-360"), _part("SUP-STD", 1, "SUITE-360", included=True)),
    ),
    Deal("coastal", "The billing address has no state", date(2026, 9, 1), (_line("PLAT-STD", 2),), outcome="held"),
    Deal(
        "northwind", "Usage: tiered data and calls by volume on one line, beside seats", date(2026, 10, 1),
        (_line("DATA-USE"), _line("PLAT-STD", 5)),
    ),
    Deal(
        "aurora_de", "Usage in euros, at rates of this deal's own", date(2026, 10, 1),
        (Line("DATA-USE", Decimal(1), agreed=(("Data transfer (EUR)", rates(_AGREED)),)), _line("PLAT-PRO", 4)),
        currency="EUR",
    ),
    Deal(
        "cascade", "Contract's life: three products for a year", date(2026, 1, 1),
        (_line("PLAT-PRO", 25), _line("MOB-SEAT", 50), _line("SUP-PREM")), single_contract=True,
    ),
)  # fmt: skip
"""The last one is what `life` goes on with."""


def order_number(index: int) -> str:
    """Return the number of the order that the deal at that index becomes."""
    return f"{FIRST_NUMBER + index:08d}"
