"""What was carried over has not drifted, by whichever option it was carried over."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.sync.conftest import Both
from tests.sync.contracts import carry, seats, sell
from tests.sync.drift.looking import look, told
from tests.world import Line, segmented

SUMMER, AUTUMN = "2026-06-01", "2026-09-01"


def _amended(both: Both) -> list[str]:
    order, contract = sell(both)
    return [order, both.world.amend(contract, SUMMER, seats(15)), both.world.amend(contract, AUTUMN, seats(12))]


def _added(both: Both) -> list[str]:
    order, contract = sell(both)
    desk = both.world.product("Desk")
    return [order, both.world.amend(contract, SUMMER, add=[{"product": desk, "quantity": 3}])]


def _repriced(both: Both) -> list[str]:
    order, contract = sell(both)
    return [order, both.world.amend(contract, SUMMER, seats(10, netPrice=Decimal(90)))]


def _renewed(both: Both) -> list[str]:
    order, contract = sell(both)
    return [order, both.world.renew(contract, seats(8))]


def _cancelled(both: Both) -> list[str]:
    order, contract = sell(both)
    return [order, both.world.cancel(contract, AUTUMN)]


def _cancelled_later(both: Both) -> list[str]:
    order, contract = sell(both)
    return [order, both.world.cancel(contract, "2027-01-15")]


def _evergreen(both: Both) -> list[str]:
    tap = both.world.product("Tap", SBQQ__SubscriptionType__c="Evergreen")
    return [both.world.order(both.world.account(), [Line(tap, 5)])]


def _segmented(both: Both) -> list[str]:
    years = ("2026-02-01", "2027-01-31", 10, 120), ("2027-02-01", "2028-01-31", 20, 100)
    lines = segmented(both.world.product(), *years)
    return [both.world.order(both.world.account(), lines, start="2026-02-01", end="2028-01-31")]


def _odd_term(both: Both) -> list[str]:
    order, _ = sell(both, start="2026-02-10", end="2027-01-20")
    return [order]


def _for_others(both: Both) -> list[str]:
    world = both.world
    owner, payer = world.account("Owner"), world.account("Payer")
    order, _ = sell(both, SubscriptionOwner__c=owner, InvoiceOwner__c=payer)
    return [order]


def _assets(both: Both) -> list[str]:
    router = both.world.product("Router", subscription=False)
    return [both.world.order(both.world.account(), [Line(router, 3), Line(router, 2), Line(router, 3)])]


Sold = Callable[[Both], list[str]]

CASES: list[tuple[Sold, dict[str, Any]]] = [
    (_amended, {}),
    (_amended, {"pricing_mode": "vendor"}),
    (_added, {}),
    (_added, {"added_products": "existing_subscription"}),
    (_repriced, {}),
    (_repriced, {"price_changes": "in_place"}),
    (_renewed, {}),
    (_renewed, {"auto_renew": True}),
    (_cancelled, {}),
    (_cancelled_later, {}),
    (_evergreen, {}),
    (_segmented, {}),
    (_odd_term, {}),
    (_odd_term, {"pricing_mode": "vendor", "amount_proof": "off"}),
    (_amended, {"sfdc_use_list_price_base": False}),
    (_odd_term, {"sfdc_use_list_price_base": False, "subscription_term_in_days": True}),
    (_amended, {"use_subscription_start_date": False}),
    (_for_others, {}),
    (_assets, {}),
]


@pytest.mark.parametrize(("sold", "options"), CASES, ids=[f"{sold.__name__} {options}" for sold, options in CASES])
def test_nothing_has_drifted(both: Both, tmp_path: Path, sold: Sold, options: dict[str, Any]) -> None:
    carry(both, *sold(both), **options)
    assert look(both, tmp_path, options=options) == []


def test_a_tenant_without_order_line_items_is_compared_too(both: Both, tmp_path: Path) -> None:
    carry(both, *_amended(both))
    both.configure(orderLineItems=False)
    assert look(both, tmp_path) == []


def test_what_is_not_contracted_yet_is_not_missed(both: Both, tmp_path: Path) -> None:
    both.world.order(both.world.account(), [Line(both.world.product(), 5)], contracted=False)
    assert look(both, tmp_path) == []


def test_what_is_over_and_was_never_in_zuora_is_left_out(both: Both, tmp_path: Path) -> None:
    sell(both, start="2024-02-01", end="2025-01-31")
    assert look(both, tmp_path) == []


def test_what_waits_to_be_synced_is_missing(both: Both, tmp_path: Path) -> None:
    order, contract = sell(both)
    carry(both, order)
    later = both.world.amend(contract, SUMMER, seats(15))
    [one] = look(both, tmp_path)
    assert told([one])[0][:2] == ("rate plan", "quantity")
    assert one["next"] == f"cpqbridge sync order {later}, which is not in Zuora"


def test_a_merged_account_in_salesforce_is_told(both: Both, tmp_path: Path) -> None:
    world = both.world
    master, double = world.account("Acme"), world.account("Acme again")
    order, _ = sell(both, account=double)
    carry(both, order)
    world.merge(master, double)
    found = told(look(both, tmp_path))
    assert ("account", "missing", None, "A00000001") in found
    assert ("subscription", "owner", master, double) in found
