"""Use case: reconcile orders and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cpqbridge.errors import ERRORS, FixData
from cpqbridge.mapping.rule import Problem, Record
from cpqbridge.planning.gate import unfinished
from cpqbridge.planning.snapshot import children
from cpqbridge.salesforce.ids import to_18
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.reconcile.line import Line
from cpqbridge.sync.reconcile.once import line_item_lines
from cpqbridge.sync.reconcile.reading import ChainReader, World
from cpqbridge.sync.reconcile.sent import sent_lines
from cpqbridge.sync.reconcile.unsent import unsent_lines
from cpqbridge.sync.result import Reason


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """A record on both sides.

    Attributes:
        record: The order's number, or the account's id.
        object: `Order` or `Account`.
        name: The account's name; of an order its number.
        sent: Whether Zuora has it; of an account, always.
        lines: Its lines, each once.
        reasons: Why an order may not be sent as things stand; of an account, why some of its orders are left out.
    """

    record: str
    object: str
    name: str
    sent: bool
    lines: Sequence[Line]
    reasons: Sequence[Reason] = ()

    def differs(self, options: Options) -> bool:
        """Return whether a line differs by more than the options let it."""
        return any(line.differs(options) for line in self.lines)


class Reconciler:
    """Compares both sides. Nothing is written.

    Args:
        clients: Both systems.
        settings: Options and mapping.
    """

    def __init__(self, clients: Clients, settings: Settings) -> None:
        self._clients = clients
        self._settings = settings
        self._reader = ChainReader(clients, settings)

    async def order(self, number: str) -> Reconciliation:
        """Return an order on both sides: before it is sent what it would bill, afterwards its chains whole.

        Raises:
            FixData: CPQ-419, there is no such order.
        """
        world = await self._reader.orders([number])
        order = world.batch.orders().get(number)
        if order is None:
            raise FixData("CPQ-419", f"Salesforce has no order with the number {number}", record=number)
        if world.has(order):
            return Reconciliation(number, "Order", number, True, await self._sent(world, [order]))
        reasons, lines = await unsent_lines(self._clients, self._settings, number)
        return Reconciliation(number, "Order", number, False, lines, reasons)

    async def account(self, name: str) -> Reconciliation:
        """Return all orders of an account on both sides; those that Zuora lacks are not synced.

        Raises:
            FixData: CPQ-419, there is no such account.
        """
        key = to_18(name) or name
        world = await self._reader.accounts([key])
        account = world.batch.snapshot.accounts.get(key)
        if account is None:
            raise FixData("CPQ-419", f"Salesforce has no account with the id {name}", record=name)
        orders = world.batch.orders_of(key)
        waiting = {order["OrderNumber"]: problem for order in orders if (problem := unfinished(order))}
        done = [order for order in orders if order["OrderNumber"] not in waiting]
        lines = await self._sent(world, done)
        return Reconciliation(
            key, "Account", str(account.get("Name") or key), True, lines, [_reason(one) for one in waiting.values()]
        )

    async def _sent(self, world: World, orders: Sequence[Record]) -> list[Line]:
        once = [order for order in orders if children(order, "OrderItems")]
        draft = world.batch.draft()
        return [
            *await sent_lines(self._clients.zuora, world),
            *await line_item_lines(self._clients.zuora, draft, once),
        ]


def _reason(problem: Problem) -> Reason:
    return Reason(problem.code, problem.message, problem.field, problem.remedy or ERRORS[problem.code].remedy)
