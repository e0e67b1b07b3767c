"""`cpqbridge timeline`: the life of subscriptions, as Zuora holds it, drawn in the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.markup import escape

from cpqbridge.cli.configure import connection_for
from cpqbridge.cli.drawing import ASCII, UNICODE, WIDTH, draw
from cpqbridge.cli.options import AsJson, Config, Connection
from cpqbridge.cli.output import DONE, HELD, err, out, print_json
from cpqbridge.money.charge_segments import TIER_FIELDS
from cpqbridge.planning.timeline.timeline import ChargeLife, Stretch, Timeline
from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.timeline import Found, timelines

Numbers = Annotated[list[str], typer.Argument(metavar="NUMBER…", help="Numbers of orders, contracts or subscriptions")]


class Kind(StrEnum):
    """What a number is the number of."""

    ORDER = "order"
    CONTRACT = "contract"
    SUBSCRIPTION = "subscription"


def timeline(
    numbers: Numbers,
    kind: Annotated[Kind | None, typer.Option("--as", help="What the numbers are [default: what is found]")] = None,
    connection: Connection = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Draw what billing holds of orders, contracts or subscriptions: quantities, prices and terms over time.

    All is read from Zuora; Salesforce only says which subscriptions a number leads to, and for how many months a price
    was sold.
    """

    async def do() -> list[Found]:
        settings = connection_for(config, connection)
        async with open_clients(settings) as clients:
            return await timelines(clients, settings.options, numbers, kind.value if kind else None)

    found = asyncio.run(do())
    if as_json:
        print_json({"numbers": [_number(one) for one in found], "subscriptions": as_documents(_lives(found))})
    else:
        _tell(found)
    raise typer.Exit(HELD if any(one.missing for one in found) else DONE)


def print_timelines(lives: Iterable[Timeline]) -> None:
    """Draw subscriptions; in eighty columns, and without colours where nobody looks at a terminal."""
    signs = UNICODE if out.encoding.lower().startswith("utf") else ASCII
    for line in draw(lives, min(out.width, WIDTH), signs):
        out.print(line, soft_wrap=True)


def as_documents(lives: Iterable[Timeline]) -> list[dict[str, Any]]:
    """Return the JSON shape of subscriptions; `until` is the day after the last one, null where there is none."""
    return [
        {
            "subscription": life.subscription,
            "status": life.status,
            "accountNumber": life.account,
            "accountName": life.account_name,
            "currency": life.currency,
            "orders": list(life.orders),
            "terms": [
                {"start": term.start, "until": term.until, "months": term.months, "order": term.order}
                for term in life.terms
            ],
            "charges": [_charge(charge) for charge in life.charges],
        }
        for life in lives
    ]


def _charge(charge: ChargeLife) -> dict[str, Any]:
    ending = charge.ending
    return {
        "number": charge.number,
        "product": charge.product,
        "name": charge.name,
        "model": charge.model,
        "type": charge.type,
        "stretches": [_stretch(stretch) for stretch in charge.stretches],
        "ending": {"day": ending.day, "what": ending.what, "order": ending.order} if ending else None,
    }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {
        "start": stretch.start,
        "until": stretch.until,
        "quantity": stretch.quantity,
        "price": stretch.price,
        "priceMonths": stretch.price_months,
        "soldPrice": stretch.agreed.price if stretch.agreed else None,
        "soldMonths": stretch.agreed.months if stretch.agreed else None,
        "tiers": [dict(zip(TIER_FIELDS, tier, strict=True)) for tier in stretch.tiers],
        "termStart": stretch.term.start,
        "owner": stretch.owner,
        "ownerName": stretch.owner_name,
        "invoiceOwner": stretch.invoice_owner,
        "invoiceOwnerName": stretch.invoice_owner_name,
        "order": stretch.order,
        "what": list(stretch.what),
    }


def _number(found: Found) -> dict[str, Any]:
    held = [life.subscription for life in found.timelines]
    return {"number": found.number, "kind": found.kind, "subscriptions": held, "missing": list(found.missing)}


def _lives(found: Sequence[Found]) -> list[Timeline]:
    """Return the subscriptions of all numbers, each once."""
    return list({life.subscription: life for one in found for life in one.timelines}.values())


def _tell_others(found: Sequence[Found]) -> None:
    """Say once, not for each number, what else the numbers may be."""
    ways: dict[tuple[str, str], list[str]] = {}
    for one in found:
        for other in one.others:
            ways.setdefault((one.kind, other), []).append(escape(one.number))
    for (taken, shown), numbers in ways.items():
        single = len(numbers) == 1
        said = f"is taken for the {taken}" if single else f"are taken for {taken}s"
        hint = f"the {shown} of that number" if single else f"the {shown}s of these numbers"
        err.print(f"{', '.join(numbers)} {said}; `--as {shown}` shows {hint}.")


def _tell(found: Sequence[Found]) -> None:
    _tell_others(found)
    for one in found:
        number = escape(one.number)
        for name in one.missing:
            err.print(f"Zuora does not have subscription {escape(name)} of {one.kind} {number}.")
        if not one.timelines and not one.missing:
            err.print(f"{one.kind.capitalize()} {number} has no subscriptions.")
    print_timelines(_lives(found))
