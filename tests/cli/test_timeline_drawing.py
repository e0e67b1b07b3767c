"""The drawing of subscriptions' lives: text only, in eighty columns, right on every scale."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from cpqbridge.cli.axis import Axis
from cpqbridge.cli.describing import money_text, number_text
from cpqbridge.cli.drawing import ASCII, UNICODE, WIDTH, Signs, draw
from cpqbridge.planning.timeline.timeline import Timeline, timeline_of
from tests.planning.held import NEXT_YEAR, cancelled, charge, version

MORE = [("2026-01-01", "2026-04-01", 25, 1200), ("2026-04-01", "2027-01-01", 40, 1200)]
RENEWED = [*MORE, ("2027-01-01", "2028-01-01", 45, 1260)]


def life(*versions: dict[str, Any], number: str = "SUB-1") -> Timeline:
    return timeline_of([{**one, "subscriptionNumber": number} for one in versions])


SEATS = life(
    version("101", charge([("2026-01-01", "2027-01-01", 25, 1200)])),
    version("102", charge(MORE)),
    version("103", charge(RENEWED), term=NEXT_YEAR),
)


def lines(*lives: Timeline, width: int = WIDTH, signs: Signs = UNICODE) -> list[str]:
    """The drawing as plain text; every line fits."""
    shown = [line.plain.rstrip() for line in draw(lives, width, signs)]
    assert max(map(len, shown), default=0) <= width
    return shown


def test_a_life_is_drawn_with_its_axis_its_bar_and_a_line_for_each_change() -> None:
    assert (
        "\n".join(lines(SEATS))
        == """\
Acme (A-1), USD

  2026                                2027
  J  F  M  A  M  J  J  A  S  O  N  D  J  F  M  A  M  J  J  A  S  O  N  D
SUB-1  Seat
  ├─25─────┼─40 × 1,200.00────────────╫─45 × 1,260.00─────────────────────┤
  2026-01-01  25 × 1,200.00 / year  101  new
  2026-04-01  40 × 1,200.00 / year  102  quantity +15
  2027-01-01  45 × 1,260.00 / year  103  renewed, quantity +5, price +5%
  2028-01-01                             ends with its term

  ├ begins  ┼ changes  ╫ new term  ┤ ends with its term"""
    )


def test_a_price_change_by_selling_again_is_told_on_both_sides_and_drawn_one_below_the_other() -> None:
    half = ("2026-07-01", "2027-01-01", 6)
    old = life(
        version("101", charge([("2026-01-01", "2027-01-01", 50, 120)])),
        cancelled("103", "2026-07-01", charge([("2026-01-01", "2026-07-01", 50, 120)])),
        number="SUB-7",
    )
    new = life(
        version("103", charge([("2026-07-01", "2027-01-01", 50, 48)], specificListPriceBase=6), term=half),
        number="SUB-9",
    )
    text = "\n".join(lines(new, SEATS, old))
    assert text.index("SUB-1  ") < text.index("SUB-7  ") < text.index("SUB-9  ")
    assert "103  cancelled, then SUB-9\n" in text
    assert "50 × 48.00 / 6 months  103  replaces SUB-7, price −20%\n" in text
    assert "─╳" in text


def test_other_terminals_get_characters_of_theirs() -> None:
    text = "\n".join(lines(SEATS, signs=ASCII))
    assert text.isascii()
    assert "  |-25-----+-40 x 1,200.00------------#-45 x 1,260.00---------------------|\n" in text
    assert "price +5%" in text


def test_nothing_but_text_is_printed_where_nobody_looks_at_a_terminal() -> None:
    console = Console(width=WIDTH, highlight=False, force_terminal=False)
    with console.capture() as captured:
        for line in draw([SEATS]):
            console.print(line, soft_wrap=True)
    assert "\x1b" not in captured.get()
    assert captured.get().splitlines()[5] == lines(SEATS)[5]


@pytest.mark.parametrize(
    ("months", "names"),
    [
        (5, "  Jan   Feb   Mar   Apr   May"),
        (12, "  Jan   Feb   Mar   Apr   May   Jun   Jul   Aug   Sep   Oct   Nov   Dec"),
        (24, "  J  F  M  A  M  J  J  A  S  O  N  D  J  F  M  A  M  J  J  A  S  O  N  D"),
        (36, "  J F M A M J J A S O N D J F M A M J J A S O N D J F M A M J J A S O N D"),
        (60, "  Q1 Q2 Q3 Q4 Q1 Q2 Q3 Q4 Q1 Q2 Q3 Q4 Q1 Q2 Q3 Q4 Q1 Q2 Q3 Q4"),
    ],
)
def test_months_or_quarters_are_named_as_there_is_room(months: int, names: str) -> None:
    end = date(2026 + months // 12, months % 12 + 1, 1).isoformat()
    one = life(version("1", charge([("2026-01-01", end, 1, 12)]), term=("2026-01-01", end, months)))
    assert lines(one)[3] == names


def test_ten_years_fit_with_years_alone() -> None:
    one = life(version("1", charge([("2026-01-01", "2036-01-01", 1, 12)]), term=("2026-01-01", "2036-01-01", 120)))
    shown = lines(one)
    assert shown[2].split() == [str(year) for year in range(2026, 2036)]
    assert shown[3] == "SUB-1  Seat"
    assert len(shown[4]) > WIDTH - 6


def test_a_narrow_terminal_gets_a_narrow_drawing() -> None:
    assert "SUB-1" in "\n".join(lines(SEATS, width=60))


def test_a_short_stretch_keeps_its_line_when_its_quantity_does_not_fit() -> None:
    week = [("2026-01-01", "2026-01-08", 25, 12), ("2026-01-08", "2028-01-01", 40, 12)]
    shown = lines(life(version("1", charge(week), term=("2026-01-01", "2028-01-01", 24))))
    assert "2026-01-08  40" in "\n".join(shown)
    assert shown[5].count("25") == 0


def test_what_has_no_end_goes_off_the_axis() -> None:
    shown = lines(life(version("1", charge([("2026-06-01", None, 200, 8)], specificListPriceBase=1),
                               term=("2026-06-01", None, 0))))  # fmt: skip
    assert shown[5].endswith("→")
    assert "200 × 8.00 / month" in shown[6]


def test_usage_fees_and_flat_fees_have_words_of_their_own() -> None:
    tiers = [{"startingUnit": 0, "price": 1}, {"startingUnit": 10, "price": 2}]
    one = life(version(
        "1",
        charge([("2026-01-01", "2027-01-01", None, None, tiers)], "C-1", type="Usage", model="Tiered", name="Data"),
        charge([("2026-01-01", "2026-01-02", None, 1500)], "C-2", type="OneTime", model="FlatFee", listPriceBase=None),
        charge([("2026-01-01", "2027-01-01", None, 6000)], "C-3", model="FlatFee"),
    ))  # fmt: skip
    text = "\n".join(lines(one))
    assert "SUB-1  Seat: Data" in text
    assert "by usage, 2 tiers" in text
    assert "1,500.00 once" in text
    assert "\n  ◆\n" in text
    assert "├─6,000.00─" in text


def test_a_pause_is_drawn_as_one() -> None:
    first = version("1", charge([("2026-01-01", "2027-01-01", 25, 1200)]))
    on = charge([("2026-01-01", "2026-04-01", 25, 1200), ("2026-06-01", "2027-01-01", 25, 1200)])
    text = "\n".join(lines(life(first, version("2", on))))
    assert "····" in text
    assert "suspended" in text
    assert "resumed" in text


def test_transfers_name_the_accounts() -> None:
    first = version("1", charge([("2026-01-01", "2027-01-01", 25, 1200)]))
    dates = [{"name": "ContractEffective", "triggerDate": "2026-05-01"}]
    actions = [{"type": "OwnerTransfer", "triggerDates": dates}]
    order = {"subscriptions": [{"subscriptionNumber": "SUB-1", "orderActions": actions}]}
    owners = {"accountNumber": "A-2", "invoiceOwnerAccountNumber": "A-3", "invoiceOwnerAccountName": "Payer"}
    moved = {**first, "orderNumber": "2", "accountName": "Sis\x1bter", **owners}
    text = " ".join("\n".join(lines(timeline_of([first, moved], {"2": order}))).split())
    assert "owner Sister (A-2), invoiced to Payer (A-3)" in text


def test_what_never_began_says_so() -> None:
    first = version("1", charge([("2026-01-01", "2027-01-01", 25, 1200)]))
    gone = cancelled("2", "2026-01-01", charge([("2026-01-01", "2026-01-01", 25, 1200)]))
    assert "  2026-01-01    2  cancelled" in lines(life(first, gone))
    waiting = version("1", charge([(None, None, 5, 100)]), status="Pending Activation", termStartDate=None)
    assert "SUB-1  Seat  (Pending Activation)" in lines(life({**waiting, "subscriptionEndDate": None}))


def test_nothing_is_drawn_of_nothing() -> None:
    assert lines() == []


def test_names_cannot_steer_the_terminal_and_are_cut_to_the_width() -> None:
    evil = {**version("1", charge([("2026-01-01", "2027-01-01", 1, 1)])), "accountName": "A\x1b[31m\n" + "x" * 200}
    shown = lines(life(evil))
    assert "\x1b" not in "".join(shown)
    assert len(shown[0]) == WIDTH


def test_numbers_as_people_write_them() -> None:
    assert [number_text(Decimal(text)) for text in ("25", "25.0", "12.50", "1000")] == ["25", "25", "12.5", "1,000"]
    assert money_text(Decimal("100.8"), "USD") == "100.80"
    assert money_text(Decimal("0.0725"), "USD") == "0.0725"
    assert money_text(Decimal(84000), "JPY") == "84,000"
    assert money_text(Decimal(84), "KWD") == "84.000"


def test_days_stand_in_their_month() -> None:
    axis = Axis.over(date(2026, 1, 15), date(2027, 1, 1), 77)
    assert (axis.start, axis.months, axis.per_month, axis.columns) == (date(2026, 1, 1), 12, 6, 72)
    assert [axis.column(day) for day in (date(2026, 1, 1), date(2026, 1, 16), date(2027, 1, 1))] == [0, 3, 72]
