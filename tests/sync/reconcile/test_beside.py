"""What reconciliation must not leave out: credits that the next bill run gives, and what no order product is behind."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from cpqbridge.sync.reconcile.line import Source
from tests.sync.conftest import Both
from tests.sync.contracts import carry, sell
from tests.sync.drift.looking import look, told
from tests.sync.reconcile.looking import bill, in_short, reconciled
from tests.world import Line


def test_what_was_invoiced_beyond_a_cancellation_is_to_be_credited(both: Both) -> None:
    order, contract = sell(both, quantity=3)
    carry(both, order)
    bill(both, "2026-09-01")
    carry(both, both.world.cancel(contract, "2026-06-01"))
    before = reconciled(both, order)
    assert before.lines[0].source is Source.INVOICES_AND_PREVIEW
    bill(both, "2026-09-01")
    after = reconciled(both, order)
    assert after.lines[0].source is Source.INVOICES
    assert in_short(before) == in_short(after) == [("Seat", "120.00", "120.00", [])]


def test_a_line_item_that_bills_what_rounding_leaves_counts_and_is_no_drift(both: Both, tmp_path: Path) -> None:
    options = {"rounding_residual": "order_line_item"}
    number = both.world.order(both.world.account(), [Line(both.world.product(), 1, Decimal(1000))])
    carry(both, number, **options)
    rounded = [("Seat", "1000.00", "999.96", ["rounding"]), ("Rounding of the order", "0.00", "0.04", ["rounding"])]
    assert in_short(reconciled(both, number, **options)) == rounded
    bill(both, "2027-01-01")
    found = reconciled(both, number, **options)
    assert (in_short(found), {line.source for line in found.lines}) == (rounded, {Source.INVOICES})
    assert sum((line.difference or Decimal(0) for line in found.lines), Decimal(0)) == 0
    assert told(look(both, tmp_path, options=options)) == []
