"""What the demo prints: the table, why records are held, and one contract's life; a second run writes nothing."""

from __future__ import annotations

import re
from pathlib import Path

from cpqbridge.cli.drawing import WIDTH
from cpqbridge.sandbox.seed import DEMO_LIFE, DEMO_ORDERS
from tests.cli.conftest import Cli, Ran

README = Path(__file__).resolve().parents[2] / "README.md"
NEW, MORE, PRICE, RENEWED, ENDED = DEMO_LIFE


def life(ran: Ran) -> list[str]:
    """The lines of the drawing."""
    lines = [line.rstrip() for line in ran.out.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("The life of one contract"))
    return lines[start + 2 : -2]


def test_the_demo_draws_one_contracts_life_and_a_second_run_draws_the_same(cli: Cli) -> None:
    first, second = cli("demo"), cli("demo")
    assert (first.status, second.status) == (0, 0)
    drawn = life(first)
    assert life(second) == drawn
    assert re.search(r"of which 0 wrote\.$", second.out.strip())
    assert max(map(len, drawn)) <= WIDTH
    for number in DEMO_LIFE:
        assert re.search(
            rf"{number}  synced .* {DEMO_ORDERS[number].amount:,.2f} USD +{DEMO_ORDERS[number].amount:,.2f}", first.out
        )
        assert re.search(rf"{number}  unchanged ", second.out)
    text = "\n".join(drawn)
    for order, what in (
        (NEW, "new"), (MORE, "quantity +15"), (PRICE, "cancelled, then SUB-"), (PRICE, "replaces SUB-"),
        (RENEWED, "renewed, quantity +5, price +5%"), (ENDED, "cancelled"),
    ):  # fmt: skip
        assert f"{order}  {what}" in text
    assert "\x1b" not in first.out
    assert text in README.read_text(encoding="utf-8")


def test_the_life_is_in_the_document_too(cli: Cli) -> None:
    ran = cli("demo", "--json")
    assert ran.status == 0
    amounts = {row["record"]: (row["cpqAmount"], row["zuoraAmount"]) for row in ran.document["orders"]}
    assert all(len(set(amounts[number])) == 1 for number in DEMO_LIFE)
    charges = [charge for one in ran.document["life"] for charge in one["charges"]]
    assert sorted(charge["product"] for charge in charges) == [
        "Mobile Seat", "Mobile Seat", "Platform Professional", "Premium Support",
    ]  # fmt: skip
    orders = {stretch["order"] for charge in charges for stretch in charge["stretches"]}
    assert orders | {charge["ending"]["order"] for charge in charges} - {None} == set(DEMO_LIFE)
