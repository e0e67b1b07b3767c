"""Drift of some accounts only."""

from __future__ import annotations

from pathlib import Path

from cpqbridge.sync.drift.scope import Scope
from tests.sync.conftest import Both
from tests.sync.contracts import carry, sell
from tests.sync.drift.looking import look, told


def test_accounts_that_were_not_read_are_not_said_to_be_missing(both: Both, tmp_path: Path) -> None:
    account, payer = both.world.account("Acme"), both.world.account("Payer")
    order, _ = sell(both, account=account, InvoiceOwner__c=payer)
    carry(both, order)
    assert told(look(both, tmp_path)) == []
    assert told(look(both, tmp_path, Scope(accounts=(account,)))) == []
