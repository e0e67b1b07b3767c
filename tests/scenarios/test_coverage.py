"""Every use case has a scenario, every scenario a golden file, and the page on the life of an order names them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.scenarios.golden import FOLDER

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"

ACTIONS = {
    *("CreateSubscription", "AddProduct", "UpdateProduct", "RemoveProduct", "CancelSubscription"),
    *("TermsAndConditions", "RenewSubscription", "OwnerTransfer"),
}
"""The order actions that the page may name."""

USE_CASES: dict[str, tuple[str, ...]] = {
    "New order": ("new_order",),
    "Currency": ("currency",),
    "Add product mid-term": ("add_product",),
    "Quantity change": ("quantity_change", "quantity_decrease"),
    "Cancel": ("cancel", "cancel_with_trigger_dates"),
    "Price change": ("price_change",),
    "Renewal": ("renewal", "renewal_with_quantity", "renewal_drops_product", "renewal_adds_product"),
    "Renewal price lift": ("renewal_price_lift",),
    "Renew assets": ("asset_renewed",),
    "Amend assets": ("asset_amended", "asset_returned"),
    "One-time charges at renewal": ("one_time_charge_at_renewal",),
    "Invoice owner transfer": ("invoice_owner_transfer", "invoice_owner_transfer_at_renewal"),
    "Ramps by groups": ("ramp_by_groups",),
    "Contracting Method / Order By splitting": ("contracting_method",),
    "Evergreen": ("evergreen", "evergreen_amended", "evergreen_cancelled"),
    "Bundles": ("bundle", "bundle_amended", "bundle_cancelled"),
    "Incomplete month / co-term add": ("incomplete_month",),
    "Early renewal": ("early_renewal", "early_renewal_drops_product", "early_renewal_price_lift"),
    "Swaps": ("swap",),
    "Partial-period credits": ("partial_period",),
    "Terms and conditions": ("terms_and_conditions", "longer_renewal_price_lift"),
    "Ownership transfer of the subscription": ("subscription_owner_transfer",),
    "Product removal inside a multi-product subscription": ("remove_product",),
    "Back-dating": ("back_dated", "from_the_first_day"),
    "Stacked": ("stacked",),
    "Same day": ("same_day",),
    "Future": ("future",),
    "MDQ as segments": (
        "segments",
        "segments_amended",
        "segments_cancelled",
        "segments_renewed",
        "segments_renewed_as_one",
    ),
    "Amendments that do not co-terminate": ("not_co_terminating",),
    "Adding to an existing subscription": ("add_product_to_existing",),
    "Price change in place": ("price_change_in_place", "price_and_quantity_in_place"),
    "Account moved or merged": ("contract_moved", "accounts_merged", "moved_in_zuora"),
    "Original synced first": ("original_first", "wrong_way_round"),
    "Lost link found by number": ("lost_link", "unclear_link"),
    "Usage amended": ("usage_cancelled", "usage_rates_changed", "usage_renewed"),
    "Block price amended": ("block_price_amended",),
    "Renewal after renewal": ("renewal_after_renewal", "renewal_of_what_was_sold_again"),
    "Amendment after renewal": ("amendment_after_renewal",),
    "Cancel after renewal": ("cancel_after_renewal",),
}
"""The use cases of an order's life and the scenarios that show them."""


def scenarios() -> set[str]:
    """Return the names of all scenarios that end in a state."""
    named = re.compile(r"^def test_(\w+)\(scene: Scene\)(.*?)(?=^def |\Z)", re.MULTILINE | re.DOTALL)
    found = (match for path in Path(__file__).parent.glob("test_*.py") for match in named.finditer(path.read_text()))
    return {match[1] for match in found if "scene.ends_as(" in match[2]}


@pytest.mark.parametrize("use_case", USE_CASES)
def test_every_use_case_has_its_scenarios(use_case: str) -> None:
    assert set(USE_CASES[use_case]) <= scenarios()


def test_every_scenario_has_its_golden_file_and_no_other_is_there() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == scenarios()


def test_the_page_links_every_golden_file() -> None:
    assert set(re.findall(r"golden/(\w+)\.yaml", PAGE.read_text(encoding="utf-8"))) == scenarios()


ROW = re.compile(
    r"^\|.*\| (?P<actions>[^|]+) \| \[(?P<name>\w+)\]\(\.\./tests/scenarios/golden/\w+\.yaml\) \|$", re.MULTILINE
)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in ROW.finditer(PAGE.read_text())])
def test_the_order_actions_of_the_page_are_those_that_are_sent(row: re.Match[str]) -> None:
    last = (FOLDER / f"{row['name']}.yaml").read_text(encoding="utf-8").split("- request: ")[-1]
    named = ACTIONS & set(re.findall(r"\w+", row["actions"]))
    assert named <= set(re.findall(r"type: ([A-Z]\w+)", last))
    assert "line item" not in row["actions"] or "orderLineItems:" in last
