"""What the demo's table shows of each order: number, story, expected outcome and amount. Derived from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from cpqbridge.sandbox.seed.deals import DEALS, Outcome, order_number
from cpqbridge.sandbox.seed.life import LIFE, numbers_of_life
from cpqbridge.sandbox.seed.pricing import amount_of


@dataclass(frozen=True, slots=True)
class DemoOrder:
    """One order of the demo seed.

    Attributes:
        number: Salesforce order number.
        account: The seed's key of its account.
        story: What is special about it.
        outcome: Expected outcome of the first sync.
        amount: What CPQ quoted, in `currency`; one month for evergreen products, the difference for amendments.
        currency: ISO code.
    """

    number: str
    account: str
    story: str
    outcome: Outcome
    amount: Decimal
    currency: str


_LAST: Final = DEALS[-1]

DEMO_LIFE: Final = tuple(numbers_of_life())
"""The demo's orders that are one contract's life, in the order in which they were made."""

DEMO_ORDERS: Final[Mapping[str, DemoOrder]] = {
    order_number(index): DemoOrder(
        order_number(index), deal.account, deal.story, deal.outcome, amount_of(deal), deal.currency
    )
    for index, deal in enumerate(DEALS)
} | {
    number: DemoOrder(number, _LAST.account, step.story, "synced", step.amount, _LAST.currency)
    for number, step in zip(DEMO_LIFE[1:], LIFE, strict=True)
}
"""The demo's orders by order number, in the order in which they were made."""
