"""A bulk reconciliation that was stopped goes on, and counts nothing twice, whatever of it is read anew."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.sync.reconcile.bulk import run
from cpqbridge.sync.reconcile.bulk.run import reconcile_since
from cpqbridge.transport.channel import Wiring
from tests.life.stage import Hurry
from tests.sync.conftest import Both
from tests.sync.contracts import carry
from tests.sync.drift.test_resume import Killed, Killer
from tests.sync.reconcile.looking import bill
from tests.world import Line as Sold

LAST = "comparing order products"
"""The first step after all is read."""

Found = list[tuple[Decimal | None, Decimal | None]]


@pytest.fixture(params=["few accounts", "all of them"], autouse=True)
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read what some accounts were sold, or everything."""
    if request.param != "few accounts":
        monkeypatch.setattr(run, "FEW_ACCOUNTS", 0)


@pytest.fixture
def billed(both: Both) -> Both:
    """A subscription and a line item, of which months have been invoiced."""
    world = both.world
    setup = world.product("Setup", subscription=False)
    carry(both, world.order(world.account(), [Sold(world.product(), 3), Sold(setup, 2, Decimal(50))]))
    bill(both, "2026-06-01")
    return both


def look(both: Both, folder: Path, killer: Killer, *, restart: bool = False) -> Found:
    """Return what was quoted and is billed of each line."""
    settings = both.settings().model_copy(update={"database": DatabaseSettings(data_dir=folder)})

    async def do() -> Found:
        wiring = Wiring(clock=Hurry().clock)
        reconciling = reconcile_since(settings, date(2020, 1, 1), restart=restart, progress=killer, wiring=wiring)
        async with reconciling as found:
            return [(line.quoted, line.billed) for line in found.lines()]

    return asyncio.run(do())


def stopped(both: Both, folder: Path) -> Path:
    """Return the work file of a run that was killed when all was read."""
    with pytest.raises(Killed):
        look(both, folder, Killer(LAST))
    [file] = (folder / "drift").glob("reconcile-*.sqlite")
    return file


def change(file: Path, sql: str, *values: Any) -> None:
    with sqlite3.connect(file) as work:
        work.execute(sql, values)
    work.close()


@pytest.mark.parametrize("restart", [False, True])
def test_a_killed_run_goes_on_or_begins_anew(billed: Both, tmp_path: Path, restart: bool) -> None:
    whole = look(billed, tmp_path / "whole", Killer())
    assert sorted(whole) == [(100, 100), (360, 360)]
    stopped(billed, tmp_path)
    assert look(billed, tmp_path, Killer(), restart=restart) == whole
    assert not list((tmp_path / "drift").iterdir())


def test_what_has_expired_is_read_anew_and_nothing_else_is_lost(billed: Both, tmp_path: Path) -> None:
    file = stopped(billed, tmp_path)
    change(file, "UPDATE part SET done = 0, locator = '', job = 'gone' WHERE name = 'orders'")
    again = Killer()
    assert sorted(look(billed, tmp_path, again)) == [(100, 100), (360, 360)]
    assert any("Zuora: the result of the stopped run has expired" in text for text in again.said)


def test_what_was_read_on_another_day_is_not_used(billed: Both, tmp_path: Path) -> None:
    file = stopped(billed, tmp_path)
    file.rename(file.with_name(file.name.replace("reconcile-2", "reconcile-1")))
    again = Killer()
    look(billed, tmp_path, again)
    assert "order products" in {name for name, _ in again.steps}


def test_what_was_stopped_long_ago_is_deleted(billed: Both, tmp_path: Path) -> None:
    old = stopped(billed, tmp_path)
    old = old.rename(old.with_name("reconcile-2020-01-01-0.sqlite"))
    os.utime(old, (time.time() - 8 * 86_400,) * 2)
    look(billed, tmp_path, Killer())
    assert not old.exists()
