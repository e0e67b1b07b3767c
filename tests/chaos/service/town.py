"""Customers who buy, change, renew and cancel at random, in an org beside its tenant."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from tests.chaos.books import Books
from tests.chaos.service.served import Served
from tests.world import Line, World

DAYS = ("2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01")
"""Days of a contract's changes, one after the other."""

PRODUCTS = ("Seat", "Disk", "Care")

DAILY_CALLS = 1_000_000
"""Calls of its API that the org allows in 24 hours: a large org's, as a soak makes some 30,000 in an hour."""


@dataclass(slots=True)
class Deal:
    """A contract, and how far its changes have come."""

    account: str
    contract: str
    product: str
    changes: int = 0
    open: bool = True


class Town:
    """An org and a tenant that answer, and what happens in the org.

    Args:
        seed: Of chance.
        latency_ms: Milliseconds that every answer is held back.
    """

    def __init__(self, seed: int, latency_ms: int = 0) -> None:
        self._chance = random.Random(seed)
        self.served = Served(latency_ms=latency_ms)
        self.served.systems.org.settings.max_daily_api_requests = DAILY_CALLS
        self._products = self.served.do(self._stock)
        self._deals: list[Deal] = []
        self._accounts: list[str] = []
        self._contacts: list[str] = []
        self.orders: list[str] = []
        self.deleted: list[str] = []
        self.acts: Counter[str] = Counter()

    def _stock(self, world: World) -> dict[str, str]:
        made = {name: world.product(name) for name in PRODUCTS}
        return made | {"Setup": world.product("Setup", subscription=False)}

    def act(self) -> str:
        """Let one thing happen, and return what."""
        name = self._chance.choices(list(ACTS), [weight for weight, _ in ACTS.values()])[0]
        if name != "new customer" and not self._deals:
            name = "new customer"

        def do(world: World) -> str:
            try:
                return name if ACTS[name][1](self, world) else f"{name}: nothing to do"
            except SalesforceError as error:
                return f"{name}: refused ({str(error)[:60]})"

        done = self.served.do(do)
        self.acts[done] += 1
        return done

    def _sell(self, world: World, account: str) -> bool:
        product = self._chance.choice(PRODUCTS)
        lines = [Line(self._products[product], self._chance.randint(1, 9))]
        if self._chance.random() < 0.3:
            lines.append(Line(self._products["Setup"]))
        number = world.order(account, lines)
        self.orders.append(number)
        self._deals.append(Deal(account, world.contract(number), product))
        return True

    def new_customer(self, world: World) -> bool:
        """Sell to somebody new."""
        account = world.account(f"Customer {len(self._accounts)}")
        self._accounts.append(account)
        self._contacts.append(world.contact(account))
        return self._sell(world, account)

    def another_order(self, world: World) -> bool:
        """Sell to somebody known."""
        return self._sell(world, self._chance.choice(self._accounts))

    def _deal(self) -> Deal | None:
        deals = [deal for deal in self._deals if deal.open and deal.changes < len(DAYS)]
        return self._chance.choice(deals) if deals else None

    def amend(self, world: World) -> bool:
        """Change how many are sold."""
        if (deal := self._deal()) is None:
            return False
        change = {"product": deal.product, "quantity": self._chance.randint(1, 20)}
        self.orders.append(world.amend(deal.contract, DAYS[deal.changes], change))
        deal.changes += 1
        return True

    def renew(self, world: World) -> bool:
        """Renew a contract; it is not changed any more."""
        if (deal := self._deal()) is None:
            return False
        deal.open = False
        self.orders.append(world.renew(deal.contract))
        return True

    def cancel(self, world: World) -> bool:
        """Cancel a contract."""
        if (deal := self._deal()) is None:
            return False
        deal.open = False
        self.orders.append(world.cancel(deal.contract, DAYS[deal.changes]))
        return True

    def change_account(self, world: World) -> bool:
        """Change a customer's name and address."""
        number = self._chance.randrange(1000)
        values = {"Name": f"Renamed {number}", "BillingStreet": f"{number} Second Street"}
        world.org.store.update("Account", self._chance.choice(self._accounts), values, system=True)
        return True

    def change_contact(self, world: World) -> bool:
        """Change a person's name, or bring in somebody new."""
        if self._chance.random() < 0.5:
            self._contacts.append(world.contact(self._chance.choice(self._accounts), f"Clerk {len(self._contacts)}"))
        else:
            values = {"LastName": f"Married {self._chance.randrange(1000)}"}
            world.org.store.update("Contact", self._chance.choice(self._contacts), values, system=True)
        return True

    def change_product(self, world: World) -> bool:
        """Describe a product anew."""
        product = self._products[self._chance.choice(PRODUCTS)]
        values = {"Description": f"Edition {self._chance.randrange(1000)}"}
        world.org.store.update("Product2", product, values, system=True)
        return True

    def sell_and_delete(self, world: World) -> bool:
        """Sell to a customer of its own, and take the order back at once or later."""
        account = world.account(f"Regretful {len(self.deleted)}")
        number = world.order(account, [Line(self._products["Seat"])])
        self.deleted.append(number)
        world.undo(number, delete=True)
        return True

    # The rest is called from another process

    def sections(self) -> dict[str, Any]:
        """Return the sections of a configuration."""
        return self.served.sections()

    def start(self) -> None:
        """Answer again."""
        self.served.start()

    def stop(self) -> None:
        """Answer no more."""
        self.served.stop()

    def fault(self, system: str, *faults: dict[str, Any]) -> None:
        """Let the next requests suffer."""
        self.served.fault(system, *faults)

    def heal(self) -> None:
        """Let no more requests suffer."""
        self.served.heal()

    def books(self) -> Books:
        """Return what the tenant holds."""
        return self.served.books()

    def asked(self) -> int:
        """Return how many calls of its API the org has had, without sign-ins."""
        return self.served.org_calls

    def known(self) -> dict[str, Any]:
        """Return the numbers of all orders, those that were deleted, the ids of all customers, and what happened."""
        return {
            "orders": self.orders,
            "deleted": self.deleted,
            "accounts": self._accounts,
            "products": list(self._products.values()),
            "acts": dict(self.acts),
        }

    def empty_tenant(self) -> None:
        """Put an empty tenant in the place of the one that is."""
        self.served.empty_tenant()

    def close(self) -> None:
        """End it."""
        self.served.close()


ACTS: dict[str, tuple[int, Callable[[Town, World], bool]]] = {
    "new customer": (5, Town.new_customer),
    "another order": (3, Town.another_order),
    "amendment": (4, Town.amend),
    "renewal": (1, Town.renew),
    "cancellation": (1, Town.cancel),
    "account": (2, Town.change_account),
    "contact": (2, Town.change_contact),
    "product": (1, Town.change_product),
    "deletion": (1, Town.sell_and_delete),
}
"""What happens, and how often."""
