"""The options of `cpqbridge backfill`, and what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cpqbridge.cli.given import account_id
from cpqbridge.cli.options import LARGEST_ID, MOST
from cpqbridge.errors import FixConfiguration
from cpqbridge.jobs.backfill.asked import Asked
from cpqbridge.settings.settings import Settings

MOST_ORDERS = 2**31 - 1
"""The largest LIMIT that SOQL takes."""

Since = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Orders that start on or after this day (EffectiveDate)."),
]
Where = Annotated[
    str | None, typer.Option(metavar="CONDITION", help="Orders for which this SOQL condition on Order holds.")
]
Accounts = Annotated[
    list[str] | None,
    typer.Option(
        "--accounts", metavar="FILE|ID", help="Orders of these accounts: an id, or a file with one on each line."
    ),
]
Orders = Annotated[
    list[str] | None,
    typer.Option("--orders", metavar="FILE|NUMBER", help="These orders: a number, or a file with one on each line."),
]
Everything = Annotated[bool, typer.Option("--all", help="All orders.")]
Limit = Annotated[int | None, typer.Option(min=1, max=MOST_ORDERS, help="At most so many orders.")]
Listed = Annotated[int, typer.Option(min=1, max=MOST, help="At most so many.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Plan only: nothing is written anywhere.")]
Held = Annotated[
    bool, typer.Option("--pause", help="Take up the orders and pause: they go with `cpqbridge backfill resume`.")
]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help="Write a row for each order to this file too; its folder is made."),
]


def existing(number: int) -> int:
    """Return the number of a back-fill, unless it is beyond all that the database may hold.

    Raises:
        FixConfiguration: CPQ-313, it is, so there is no such back-fill.
    """
    if abs(number) > LARGEST_ID:
        raise FixConfiguration("CPQ-313", f"There is no back-fill {number}")
    return number


Number = Annotated[
    int, typer.Argument(metavar="ID", help="The number of a back-fill, from `backfill list`.", callback=existing)
]


def asked_for(
    since: datetime | None,
    where: str | None,
    accounts: Sequence[str] | None,
    orders: Sequence[str] | None,
    everything: bool,
    limit: int | None,
    held: bool,
) -> Asked:
    """Return what the options ask for.

    Raises:
        BadParameter: They ask for nothing, or for two things at once.
        FixConfiguration: CPQ-307, a file cannot be read, or an id is none.
    """
    named = tuple(dict.fromkeys(_values(orders or (), "--orders")))
    ids = tuple(dict.fromkeys(account_id(name, "--accounts") for name in _values(accounts or (), "--accounts")))
    if named and (since or where or ids or everything):
        raise typer.BadParameter("--orders names the orders: leave the other options away that choose orders")
    if everything and (since or where or ids):
        raise typer.BadParameter("--all means all orders: leave it away, or the other options that choose orders")
    if not (named or since or where or ids or everything):
        raise typer.BadParameter("say which orders: --since, --where, --accounts, --orders, or --all")
    return Asked(since.date() if since else None, where or None, ids, named, limit, held)


def _values(given: Iterable[str], option: str) -> Iterator[str]:
    """Yield what was given: values, and the first column of files."""
    for one in given:
        path = Path(one)
        if path.is_file():
            yield from _lines(path, option)
        elif path.suffix or "/" in one:
            raise FixConfiguration("CPQ-307", f"There is no file {one}", field=option)
        else:
            yield one


def _lines(path: Path, option: str) -> Iterator[str]:
    """Yield the first column of a text or CSV file, without its head."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FixConfiguration("CPQ-307", f"{path} cannot be read as text in UTF-8", field=option) from error
    values = (line.split(",")[0].strip().strip('"').strip() for line in lines)
    yield from (value for value in values if any(sign.isdigit() for sign in value))


def of_connection(asked: Asked, settings: Settings) -> Asked:
    """Return what is asked for, as far as it belongs to a connection where several are joined to one org."""
    from cpqbridge.jobs.routing import extra_condition  # with the database libraries

    return replace(asked, rule=extra_condition(settings, settings.name)) if settings.connections else asked
