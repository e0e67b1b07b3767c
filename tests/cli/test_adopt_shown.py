"""What `cpqbridge adopt` shows of prices, and of orders that Zuora does not have yet."""

from __future__ import annotations

from decimal import Decimal

from cpqbridge.sandbox.server import LocalSandbox
from tests.cli.conftest import Cli
from tests.world import World

ORDER = "00000100"


def test_prices_and_what_zuora_lacks(sandbox: LocalSandbox, cli: Cli) -> None:
    assert cli("sync", "order", ORDER, "--json").status == 0
    world, store = World(sandbox.org), sandbox.tenant.store
    for plan in list(store.rows("ratePlan")):
        store.update("ratePlan", plan["id"], {"externallyManagedPlanId": None})
    planned = cli("adopt", "order", ORDER, "--json").document
    [pair] = planned["records"][0]["pairs"]
    assert pair["salesforce"]["price"] == pair["zuora"]["price"]
    amount = f"{Decimal(str(pair['zuora']['price'])):,.2f} {pair['currency']}"
    product, quantity = pair["salesforce"]["product"], pair["salesforce"]["quantity"]
    late = world.amend(world.contract(ORDER), "2026-12-01", {"product": product, "quantity": int(quantity) + 1})
    shown = cli("adopt", "order", ORDER)
    assert shown.status == 0
    assert f"at {amount}" in shown.out
    assert f"not in Zuora yet: {late}." in shown.out
    assert cli("adopt", "order", ORDER, "--write", "--json").document["records"][0]["missingOrders"] == [late]
    assert cli("sync", "order", late, "--json").status == 0
    assert cli("adopt", "order", ORDER, "--json").document["records"][0]["missingOrders"] == []
