"""All orders since a day, in bulk: the same lines as one by one."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.sync.reconcile.bulk import run
from cpqbridge.sync.reconcile.bulk.run import Summary, reconcile_since
from cpqbridge.sync.reconcile.line import Line, Source
from cpqbridge.transport.channel import Wiring
from tests.life.stage import Hurry
from tests.sync.conftest import Both
from tests.sync.contracts import carry
from tests.sync.reconcile.looking import adds_up, bill, reconciled_account
from tests.sync.reconcile.test_orders import SUMMER, change_price, seats
from tests.world import Line as Sold

LONG_AGO = date(2020, 1, 1)


def since(both: Both, folder: Path, day: date = LONG_AGO, **options: Any) -> tuple[Summary, list[Line]]:
    """Return what a bulk reconciliation finds; what must hold of all lines does."""
    settings = both.settings(**options).model_copy(update={"database": DatabaseSettings(data_dir=folder)})

    async def do() -> tuple[Summary, list[Line]]:
        async with reconcile_since(settings, day, wiring=Wiring(clock=Hurry().clock)) as found:
            return found.summary, list(found.lines())

    summary, lines = asyncio.run(do())
    for line in lines:
        made = line.proof.explained
        assert made is None or sum((part.amount for part in line.parts), Decimal(0)) == made.difference
    assert summary.lines == len(lines)
    return summary, lines


def told(lines: list[Line]) -> list[tuple[Any, ...]]:
    """Return what both ways of reconciling must agree on."""
    return sorted(
        (
            line.proof.item, line.subscription if line.charge else None, line.charge, line.quoted,
            line.billed if line.proof.explained else None,
            tuple((part.cause, part.amount) for part in line.parts), line.proof.unknown is None,
        )
        for line in lines
    )  # fmt: skip


@pytest.fixture(params=["few accounts", "all of them"])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read what some accounts were sold, or everything."""
    if request.param != "few accounts":
        monkeypatch.setattr(run, "FEW_ACCOUNTS", 0)


@pytest.mark.usefixtures("width")
def test_bulk_finds_what_is_found_one_by_one(both: Both, tmp_path: Path) -> None:
    world = both.world
    account = world.account()
    traffic, setup, seat = world.usage_product(), world.product("Setup", subscription=False), world.product()
    world.schedule(traffic)
    first = world.order(account, [Sold(seat, 3), Sold(setup, 2, Decimal(50)), Sold(traffic)])
    carry(both, first)
    bill(both, "2026-04-01")
    contract = world.contract(first)
    more = world.amend(contract, SUMMER, seats(5))
    carry(both, more)
    world.order(account, [Sold(seat, 1), Sold(setup, 1, Decimal(50))])
    for until in (None, "2026-07-01", "2027-03-01"):
        if until:
            bill(both, until)
        one_by_one = reconciled_account(both, account)
        summary, lines = since(both, tmp_path)
        assert told(lines) == told(list(one_by_one.lines))
        assert (summary.differing, summary.without_total) == (2, 1)
        assert [line.difference for line in lines[:2]] == [-120, -50]
    assert not list(tmp_path.rglob("reconcile-*")), "the work file is gone"


def test_what_was_changed_by_hand_is_found_in_bulk_too(both: Both, tmp_path: Path) -> None:
    world = both.world
    order = world.order(world.account(), [Sold(world.product(), 3)])
    carry(both, order)
    change_price(both, "130")
    summary, [line] = since(both, tmp_path)
    assert (line.quoted, line.billed, line.source) == (360, 390, Source.COMPUTED)
    assert [(one.cause.value, one.lines, one.amount) for one in summary.causes.values()] == [("price", 1, 30)]
    bill(both, "2026-05-01")
    assert since(both, tmp_path)[1][0].source is Source.INVOICES_AND_COMPUTED


def test_what_was_not_changed_since_is_left_out(both: Both, tmp_path: Path) -> None:
    world = both.world
    world.order(world.account(), [Sold(world.product())])
    summary, lines = since(both, tmp_path, date(2099, 1, 1))
    assert (summary.lines, lines) == (0, [])


def test_lines_add_up_for_the_demo(demo: Both, tmp_path: Path) -> None:
    summary, lines = since(demo, tmp_path)
    assert summary.lines
    assert all(line.parts[0].cause.value == "not_synced" for line in lines if line.difference)
    for line in lines:
        if line.periods:
            adds_up(line)
