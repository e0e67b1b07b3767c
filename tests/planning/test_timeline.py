"""The life of a subscription, worked out from its versions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.planning.timeline.timeline import Event, Timeline, successions, timeline_of
from tests.planning.held import NEXT_YEAR, cancelled, charge, version

FIRST = version("1", charge([("2026-01-01", "2027-01-01", 25, 1200)]))
MORE = [("2026-01-01", "2026-04-01", 25, 1200), ("2026-04-01", "2027-01-01", 40, 1200)]
SECOND = version("2", charge(MORE))


def told(life: Timeline, number: int = 0) -> list[tuple[str, str, Any, Any, str | None, list[str]]]:
    """Start, end, quantity, price, order and changes of each stretch of a charge."""
    return [
        (str(one.start), str(one.until), one.quantity, one.price, one.order, list(one.what))
        for one in life.charges[number].stretches
    ]


def ending(life: Timeline, number: int = 0) -> tuple[str, str, str | None] | None:
    end = life.charges[number].ending
    return (str(end.day), end.what.value, end.order) if end else None


def test_a_new_subscription_is_one_stretch_that_ends_with_its_term() -> None:
    life = timeline_of([FIRST])
    assert told(life) == [("2026-01-01", "2027-01-01", 25, 1200, "1", ["new"])]
    assert ending(life) == ("2027-01-01", "termEnds", None)
    assert (life.subscription, life.account, life.account_name, life.currency) == ("SUB-1", "A-1", "Acme", "USD")


def test_an_amendment_begins_a_stretch_and_names_its_order() -> None:
    life = timeline_of([FIRST, SECOND])
    assert told(life) == [
        ("2026-01-01", "2026-04-01", 25, 1200, "1", ["new"]),
        ("2026-04-01", "2027-01-01", 40, 1200, "2", ["quantity"]),
    ]
    assert life.orders == ("1", "2")


def test_a_back_dated_amendment_begins_its_own_stretch_and_keeps_the_later_steps_of_others() -> None:
    back = [("2026-01-01", "2026-03-01", 25, 1200), ("2026-03-01", "2026-04-01", 30, 1200)]
    life = timeline_of([FIRST, SECOND, version("3", charge([*back, ("2026-04-01", "2027-01-01", 45, 1200)]))])
    assert [(start, order) for start, _, _, _, order, _ in told(life)] == [
        ("2026-01-01", "1"), ("2026-03-01", "3"), ("2026-04-01", "2"),
    ]  # fmt: skip


def test_a_back_dated_amendment_of_the_old_term_leaves_the_renewal_to_its_order() -> None:
    segments = [*MORE, ("2027-01-01", "2028-01-01", 45, 1200)]
    renewed = version("3", charge(segments), term=NEXT_YEAR)
    back = version("4", charge([*MORE[:1], ("2026-04-01", "2027-01-01", 45, 1200), *segments[2:]]), term=NEXT_YEAR)
    life = timeline_of([FIRST, SECOND, renewed, back])
    assert [(start, order) for start, _, _, _, order, _ in told(life)] == [
        ("2026-01-01", "1"), ("2026-04-01", "4"), ("2027-01-01", "3"),
    ]  # fmt: skip


def test_a_renewal_with_price_and_quantity_begins_a_term() -> None:
    renewed = version("3", charge([*MORE, ("2027-01-01", "2028-01-01", 45, 1260)]), term=NEXT_YEAR)
    life = timeline_of([FIRST, SECOND, renewed])
    assert told(life)[-1] == ("2027-01-01", "2028-01-01", 45, 1260, "3", ["renewed", "quantity", "price"])
    assert [(str(term.start), str(term.until), term.order) for term in life.terms] == [
        ("2026-01-01", "2027-01-01", "1"), ("2027-01-01", "2028-01-01", "3"),
    ]  # fmt: skip


def test_a_renewal_as_it_was_is_cut_at_the_new_term_though_the_segment_goes_on() -> None:
    renewed = version("2", charge([("2026-01-01", "2028-01-01", 25, 1200)]), term=NEXT_YEAR)
    assert told(timeline_of([FIRST, renewed])) == [
        ("2026-01-01", "2027-01-01", 25, 1200, "1", ["new"]),
        ("2027-01-01", "2028-01-01", 25, 1200, "2", ["renewed"]),
    ]


def test_an_early_renewal_cuts_the_old_term_short() -> None:
    early = version(
        "2", charge([("2026-01-01", "2027-10-01", 25, 1200)]), term=("2026-10-01", "2027-10-01", 12)
    )  # fmt: skip
    life = timeline_of([FIRST, early])
    assert [str(term.until) for term in life.terms] == ["2026-10-01", "2027-10-01"]
    assert [(start, order) for start, _, _, _, order, _ in told(life)] == [("2026-01-01", "1"), ("2026-10-01", "2")]


def test_a_longer_term_by_terms_and_conditions_is_no_change_of_what_was_sold() -> None:
    longer = version("2", charge([("2026-01-01", "2027-07-01", 25, 1200)]), term=("2026-01-01", "2027-07-01", 18))
    life = timeline_of([FIRST, longer])
    assert told(life) == [("2026-01-01", "2027-07-01", 25, 1200, "1", ["new"])]
    assert [(str(term.until), term.months, term.order) for term in life.terms] == [("2027-07-01", 18, "1")]


def test_a_cancellation_ends_it_by_its_order_and_keeps_the_price() -> None:
    life = timeline_of([FIRST, cancelled("2", "2026-07-01", charge([("2026-01-01", "2026-07-01", 25, 1200)]))])
    assert ending(life) == ("2026-07-01", "cancelled", "2")
    assert life.charges[0].stretches[0].price == 1200


def test_a_cancellation_of_the_very_first_day_leaves_no_stretch() -> None:
    life = timeline_of([FIRST, cancelled("2", "2026-01-01", charge([("2026-01-01", "2026-01-01", 25, 1200)]))])
    assert told(life) == []
    assert ending(life) == ("2026-01-01", "cancelled", "2")


def test_a_plan_added_and_one_removed_later() -> None:
    seat, extra = charge([("2026-01-01", "2027-01-01", 25, 1200)]), [("2026-03-01", "2027-01-01", 2, 60)]
    added = version("2", seat, charge(extra, "C-2"))
    gone = version("3", seat, charge([("2026-03-01", "2026-09-01", 2, 60)], "C-2"))
    life = timeline_of([FIRST, added, gone])
    assert told(life, 1) == [("2026-03-01", "2026-09-01", 2, 60, "2", ["added"])]
    assert (ending(life), ending(life, 1)) == (("2027-01-01", "termEnds", None), ("2026-09-01", "removed", "3"))


def test_a_pause_is_a_gap() -> None:
    paused = version("2", charge([("2026-01-01", "2026-04-01", 25, 1200)]), status="Suspended")
    assert ending(timeline_of([FIRST, paused])) == ("2026-04-01", "suspended", "2")
    on = charge([("2026-01-01", "2026-04-01", 25, 1200), ("2026-06-01", "2027-01-01", 25, 1200)])
    life = timeline_of([FIRST, paused, version("3", on)])
    assert told(life)[1] == ("2026-06-01", "2027-01-01", 25, 1200, "3", ["resumed"])


def test_evergreen_has_no_end() -> None:
    life = timeline_of([version("1", charge([("2026-06-01", None, 200, 8)]), term=("2026-06-01", None, 0))])
    assert told(life) == [("2026-06-01", "None", 200, 8, "1", ["new"])]
    assert ending(life) is None


def test_prices_keep_their_months_and_are_compared_by_the_month() -> None:
    six = {"specificListPriceBase": 6}
    half = version("1", charge([("2026-07-01", "2027-01-01", 50, 48)], **six), term=("2026-07-01", "2027-01-01", 6))
    segments = [("2026-07-01", "2027-01-01", 50, 48), ("2027-01-01", "2028-01-01", 50, Decimal("50.4"))]
    life = timeline_of([half, version("2", charge(segments, **six), term=NEXT_YEAR)])
    first, second = life.charges[0].stretches
    assert (first.price, first.price_months, second.price, second.price_months) == (48, 6, Decimal("50.4"), 6)
    assert (first.monthly, second.monthly) == (8, Decimal("8.4"))
    assert (first.agreed, second.agreed) == (None, None)


def test_an_owner_transfer_begins_a_stretch_on_the_day_that_its_order_says() -> None:
    owners = {"accountNumber": "A-2", "invoiceOwnerAccountNumber": "A-3", "invoiceOwnerAccountName": "Payer"}
    moved = {**FIRST, "orderNumber": "2", "accountName": "Sister", **owners}
    dates = [{"name": "ContractEffective", "triggerDate": "2026-05-01"}]
    order = {"subscriptions": [{"subscriptionNumber": "SUB-1", "orderActions": [
        {"type": "OwnerTransfer", "triggerDates": dates},
    ]}]}  # fmt: skip
    life = timeline_of([FIRST, moved], {"2": order})
    assert told(life)[1] == ("2026-05-01", "2027-01-01", 25, 1200, "2", ["owner", "invoiceOwner"])
    assert [(one.owner, one.invoice_owner) for one in life.charges[0].stretches] == [("A-1", "A-1"), ("A-2", "A-3")]
    assert [one.owner_name for one in life.charges[0].stretches] == ["Acme", "Sister"]
    assert life.charges[0].stretches[1].invoice_owner_name == "Payer"
    assert life.account == "A-2"


def test_rates_of_usage_that_change_begin_a_stretch() -> None:
    usage: dict[str, Any] = {"type": "Usage", "model": "Tiered", "listPriceBase": None}

    def at(price: str) -> list[dict[str, Any]]:
        return [{"startingUnit": 0, "endingUnit": None, "price": Decimal(price), "priceFormat": "PerUnit"}]

    before = ("2026-01-01", "2026-07-01", None, None, at("0.10"))
    first = version("1", charge([("2026-01-01", "2027-01-01", None, None, at("0.10"))], **usage))
    second = version("2", charge([before, ("2026-07-01", "2027-01-01", None, None, at("0.08"))], **usage))
    life = timeline_of([first, second])
    assert [(one.order, one.what) for one in life.charges[0].stretches] == [("1", (Event.NEW,)), ("2", (Event.PRICE,))]


def test_what_is_charged_once_has_no_ending() -> None:
    fee = charge([("2026-01-01", "2026-01-02", None, 1500)], type="OneTime", model="FlatFee", listPriceBase=None)
    life = timeline_of([version("1", fee)])
    assert ending(life) is None
    assert (life.charges[0].stretches[0].price, life.charges[0].stretches[0].price_months) == (1500, None)


def test_what_waits_for_its_activation_has_no_days_yet() -> None:
    waiting = version("1", charge([(None, None, 5, 100)]), status="Pending Activation", termStartDate=None)
    life = timeline_of([{**waiting, "termEndDate": None, "subscriptionEndDate": None}])
    assert (told(life), ending(life), life.terms) == ([], None, ())


def test_a_term_in_days_is_told_in_months() -> None:
    days = version(
        "1", charge([("2026-03-16", "2027-01-01", 1, 100)], listPriceBase="Per_Month"),
        term=("2026-03-16", "2027-01-01", 291), currentTermPeriodType="Day",
    )  # fmt: skip
    [term] = timeline_of([days]).terms
    assert round(term.months or Decimal(0), 3) == Decimal("9.516")


def _life(number: str, *versions: dict[str, Any]) -> Timeline:
    return timeline_of([{**one, "subscriptionNumber": number} for one in versions])


def test_what_is_cancelled_and_sold_again_by_one_order_is_followed() -> None:
    old = _life("SUB-1", FIRST, cancelled("2", "2026-07-01", charge([("2026-01-01", "2026-07-01", 25, 1200)])))
    half = ("2026-07-01", "2027-01-01", 6)
    new = _life("SUB-2", version("2", charge([("2026-07-01", "2027-01-01", 25, 480)]), term=half))
    later = _life("SUB-3", version("3", charge([("2026-07-01", "2027-01-01", 25, 480)]), term=half))
    assert successions([old, new, later]) == {"SUB-2": "SUB-1"}
    twin = _life("SUB-4", version("2", charge([("2026-07-01", "2027-01-01", 5, 480)]), term=half))
    assert successions([old, new, twin]) == {}


def test_days_without_a_stretch_are_never_invented() -> None:
    life = timeline_of([FIRST, SECOND])
    days = [(one.start, one.until) for one in life.charges[0].stretches]
    assert days == [(date(2026, 1, 1), date(2026, 4, 1)), (date(2026, 4, 1), date(2027, 1, 1))]
