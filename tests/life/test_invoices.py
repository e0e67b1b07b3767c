"""The comparison of invoices sees what goes wrong, and lives that random ones found are billed as proved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from cpqbridge.values import Outcome
from tests.life.invoiced import Invoiced
from tests.life.invoices import Proofs, misbilled
from tests.life.reckoning import reckon
from tests.life.sales import Sales
from tests.life.stage import Stage

YEAR = ("2026-01-01", 12)


def played(stage: Stage, act: Callable[[Sales, str, str], object], **options: object) -> tuple[Sales, Proofs]:
    """Sell ten seats for a year, sync, do something to them, and sync again."""
    stage.begin(**{**Invoiced.options, **options})
    sales, proofs = Sales(stage.world), Proofs()
    sales.new([("Seat", 10, Decimal("99.99"))], *YEAR)
    proofs.take(stage.sync(sales.orders))
    [contract] = sales.contracts
    act(sales, contract, sales.open(contract)[0])
    proofs.take(stage.sync(sales.orders))
    return sales, proofs


def more(sales: Sales, contract: str, seat: str) -> None:
    """Twenty more seats from March on."""
    sales.amend(contract, "2026-03-01", {"subscriptionNumber": seat, "quantity": 30})


def test_an_increase_is_billed_as_proved(stage: Stage) -> None:
    sales, proofs = played(stage, more)
    assert {len(lines) for lines in proofs.by_order.values()} == {1}
    assert reckon(stage, sales, proofs) == []


def test_a_price_that_is_changed_behind_the_back_is_seen(stage: Stage) -> None:
    sales, proofs = played(stage, more)
    store = stage.both.sandbox.tenant.store
    for row in list(store.rows("ratePlanChargeTier")):
        store.update("ratePlanChargeTier", row["id"], {"price": Decimal(row["price"]) * 2})
    [told] = misbilled(stage, sales, proofs, set())
    assert "proved were" in told


def test_a_proof_that_says_something_else_was_sold_is_seen(stage: Stage) -> None:
    sales, proofs = played(stage, more)
    first, *_ = sales.orders
    [line] = proofs.by_order[first]
    assert line.explained
    proofs.by_order[first] = (replace(line, explained=replace(line.explained, quoted=Decimal(1))),)
    [told] = misbilled(stage, sales, proofs, set())
    assert "sold were" in told


def test_an_order_that_is_held_is_not_billed(stage: Stage) -> None:
    """A contract from the 15th has its own billing months: what is added on the first of a month is held."""

    def added_in_march(sales: Sales, _contract: str, _seat: str) -> None:
        sales.new([("Desk", 3, Decimal(600))], "2026-01-15", 12)
        contract = sales.contracts[-1]
        sales.amend(contract, "2026-03-01", {"subscriptionNumber": sales.open(contract)[0], "quantity": 9})

    sales, proofs = played(stage, added_in_march, pricing_mode="vendor")
    [result] = stage.sync(sales.orders[-1:])
    assert (result.outcome, [one.code for one in result.reasons]) == (Outcome.HELD, ["CPQ-451"])
    assert reckon(stage, sales, proofs) == []


def test_a_chain_of_changes_is_billed_as_proved(stage: Stage) -> None:
    """What CPQ rounded in each order comes back when the last units are cancelled."""

    def changed(sales: Sales, contract: str, seat: str) -> None:
        more(sales, contract, seat)
        sales.amend(contract, "2026-05-01", {"subscriptionNumber": seat, "quantity": 1})
        sales.cancel(contract, "2026-08-01")

    sales, proofs = played(stage, changed, amount_proof="report")
    assert len(proofs.by_order) == 4
    assert reckon(stage, sales, proofs) == []
