"""One contract's life: what becomes of the last deal, step by step, made by the CPQ package's own functions.

Each step makes an order; their numbers follow those of the deals.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from cpqbridge.sandbox.salesforce.cpq.activate import activate_contract
from cpqbridge.sandbox.salesforce.cpq.amend import amend
from cpqbridge.sandbox.salesforce.cpq.bodies import Amendment, Renewal, read
from cpqbridge.sandbox.salesforce.cpq.renew import renew
from cpqbridge.sandbox.seed.deals import DEALS, order_number

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a contract.

    Attributes:
        verb: What the sales team presses.
        story: One line for people.
        signed: When the customer signed.
        body: What the verb takes, beside the contract.
        amount: Total of the order: what it adds to or takes from what was sold before.
    """

    verb: Literal["amend", "renew"]
    story: str
    signed: date
    body: dict[str, Any]
    amount: Decimal


LIFE: Final = (
    Step(
        "amend", "Contract's life: fifteen more users from April", date(2026, 3, 16),
        {"effectiveDate": "2026-04-01", "changes": [{"product": "PLAT-PRO", "quantity": 40}]},
        Decimal("13500.00"),
    ),
    Step(
        "amend", "Contract's life: mobile seats at another price from July", date(2026, 6, 22),
        {"effectiveDate": "2026-07-01", "changes": [{"product": "MOB-SEAT", "listPrice": 96}]},
        Decimal("-600.00"),
    ),
    Step(
        "renew", "Contract's life: renewed for a year, five percent up, five more users", date(2026, 11, 2),
        {"uplift": 5, "changes": [{"product": "PLAT-PRO", "quantity": 45}]},
        Decimal("68040.00"),
    ),
    Step(
        "amend", "Contract's life: premium support cancelled halfway through the new term", date(2026, 11, 16),
        {"effectiveDate": "2027-07-01", "changes": [{"product": "SUP-PREM", "quantity": 0}]},
        Decimal("-3150.00"),
    ),
)  # fmt: skip
"""Each step acts on the contract of the last deal, or on the one that renewed it."""

FIRST_OF_LIFE: Final = order_number(len(DEALS) - 1)
"""Number of the order that the life begins with."""

_VERBS: Final[dict[str, tuple[type[Amendment | Renewal], Callable[[Org, Any], dict[str, Any]]]]] = {
    "amend": (Amendment, amend),
    "renew": (Renewal, renew),
}


def numbers_of_life() -> list[str]:
    """Return the numbers of the orders of the life, in the order in which they were made."""
    return [order_number(len(DEALS) - 1 + place) for place in range(len(LIFE) + 1)]


def live(org: Org, step: Step, order: str) -> str:
    """Let a step happen to the contract that an order made.

    Args:
        org: The org.
        step: What happens.
        order: Number of the order; its contract is activated.

    Returns:
        Number of the order whose contract the next step acts on.
    """
    [row] = org.store.find("Order", "OrderNumber", order)
    [contract] = org.store.find("Contract", "SBQQ__Order__c", row["Id"])
    activate_contract(org, contract["Id"])
    shape, press = _VERBS[step.verb]
    steps = {"contractId": contract["Id"], "wait": True, "orderFields": {"Description": step.story}}
    made = press(org, read({**step.body, **steps}, shape))
    return str(made["orderNumber"]) if step.verb == "renew" else order
