"""Several entities, organizations and orgs: each order is billed in one place, and nothing of one shows in another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.settings import Settings, load
from cpqbridge.sync.connect import open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.several import section, write_file
from tests.world import Line, World

HOME, GERMANY = ("1a2b7a37-3e7d-4cb3-b0e2-883de9e766c1", "1a2b7a37-3e7d-4cb3-b0e2-883de9e766c2")
UNITS = [{"id": HOME, "name": "Acme"}, {"id": GERMANY, "name": "Acme-DE"}]


def sync(settings: Settings, *numbers: str) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        async with open_service(settings) as service:
            return await service.orders(numbers)

    return asyncio.run(do())


def carried(settings: Settings, *numbers: str) -> None:
    results = sync(settings, *numbers)
    assert [one.outcome for one in results] == [Outcome.SYNCED] * len(numbers), results


def configure(sandbox: LocalSandbox, **settings: object) -> None:
    httpx.post(f"{sandbox.zuora_url}/_sandbox/settings", json=settings, timeout=30).raise_for_status()


def names(tenant: Tenant) -> list[str]:
    return sorted(row["name"] for row in tenant.store.rows("account"))


def numbers(tenant: Tenant) -> list[str]:
    return sorted(row["orderNumber"] for row in tenant.store.rows("order"))


@pytest.fixture
def sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as running:
        yield running


@pytest.fixture
def world(sandbox: LocalSandbox) -> World:
    return World(sandbox.org)


class TestEntities:
    @pytest.fixture
    def settings(self, sandbox: LocalSandbox, tmp_path: Path, database_url: str) -> Settings:
        """Orders of the type `Germany` go to the German entity, all others to the global one."""
        configure(sandbox, entities=UNITS)
        file = write_file(
            tmp_path,
            database_url,
            {
                # the listing of entities writes ids without hyphens
                "de": {"when": "Type = 'Germany'", "zuora": {"entity_id": GERMANY.replace("-", "")}},
                "home": {"zuora": {"entity_id": HOME}},
            },
            salesforce=section(sandbox, "salesforce"),
            zuora=section(sandbox, "zuora"),
        )
        return load(file, {})

    def test_one_customer_buys_from_two_entities(self, sandbox: LocalSandbox, world: World, settings: Settings) -> None:
        """Each entity has an account, contacts and a catalog of its own for the same customer and product."""
        seat, customer = world.product(), world.account("Acme")
        first, second = (world.order(customer, [Line(seat)], Type=kind) for kind in ("Germany", "New"))
        carried(settings.connection("de"), first)
        carried(settings.connection("home"), second)
        home, germany = sandbox.tenant, sandbox.tenant.entity(GERMANY)
        assert (names(home), names(germany)) == (["Acme"], ["Acme"])
        assert (numbers(home), numbers(germany)) == ([second], [first])
        for tenant in (home, germany):
            assert [row["crmId"] for row in tenant.store.rows("account")] == [customer]
            assert len(list(tenant.store.rows("product"))) == 1
            assert len(list(tenant.store.rows("subscription"))) == 1
        assert [one.outcome for one in sync(settings.connection("de"), first)] == [Outcome.UNCHANGED]

    def test_what_changes_its_condition_stays_where_it_is(
        self, sandbox: LocalSandbox, world: World, settings: Settings
    ) -> None:
        """Neither the order nor its amendment is billed by the entity that the condition names later."""
        seat, customer = world.product(), world.account("Acme")
        order = world.order(customer, [Line(seat)], Type="Germany")
        carried(settings.connection("de"), order)
        [row] = sandbox.org.store.find("Order", "OrderNumber", order)
        sandbox.org.store.update("Order", row["Id"], {"Type": "New"})
        amendment = world.amend(world.contract(order), "2026-06-01", {"product": seat, "quantity": 2})
        held = sync(settings.connection("home"), order, amendment)
        assert [(one.outcome, one.reasons[0].code) for one in held] == [
            (Outcome.HELD, "CPQ-443"),
            (Outcome.HELD, "CPQ-435"),
        ]
        assert "carried by the connection `de` before; `home` leaves it alone" in held[0].reasons[0].message
        assert names(sandbox.tenant) == numbers(sandbox.tenant) == []
        carried(settings.connection("de"), amendment)

    def test_an_account_is_synced_with_the_orders_of_the_connection(
        self, sandbox: LocalSandbox, world: World, settings: Settings
    ) -> None:
        """Orders of the account that belong to another entity are not even looked at."""
        seat, customer = world.product(), world.account("Acme")
        first, second = (world.order(customer, [Line(seat)], Type=kind) for kind in ("Germany", None))

        async def do(name: str) -> list[SyncResult]:
            async with open_service(settings.connection(name)) as service:
                return await service.accounts([customer])

        for name, order in (("de", first), ("home", second)):
            [result] = asyncio.run(do(name))
            assert [(one.record, one.outcome) for one in result.orders] == [(order, Outcome.SYNCED)]
        assert numbers(sandbox.tenant) == [second]

    def test_an_entity_that_is_not_permitted(self, sandbox: LocalSandbox, world: World, settings: Settings) -> None:
        """Nothing is written anywhere, and what is said names the entity."""
        order = world.order(world.account(), [Line(world.product())])
        configure(sandbox, entities=[UNITS[0], {**UNITS[1], "accessible": False}])
        [result] = sync(settings.connection("de"), order)
        assert result.outcome is Outcome.FAILED
        assert GERMANY in result.reasons[0].message
        assert names(sandbox.tenant) == names(sandbox.tenant.entity(GERMANY)) == []


class TestOrganizations:
    def test_accounts_belong_to_the_first(
        self, sandbox: LocalSandbox, world: World, tmp_path: Path, database_url: str
    ) -> None:
        """With Multi-Org, what a connection makes is seen by the other only where it is unlabelled."""
        configure(sandbox, organizations=UNITS)
        file = write_file(
            tmp_path,
            database_url,
            {
                "de": {"when": "Type = 'Germany'", "zuora": {"org_ids": [GERMANY]}},
                "home": {"zuora": {"org_ids": [HOME]}},
            },
            salesforce=section(sandbox, "salesforce"),
            zuora=section(sandbox, "zuora"),
        )
        settings = load(file, {})
        seat = world.product()
        first, second = (world.order(world.account(name), [Line(seat)], Type=name) for name in ("Germany", "Other"))
        carried(settings.connection("de"), first)
        carried(settings.connection("home"), second)
        owners = {row["name"]: row["_organization"] for row in sandbox.tenant.store.rows("account")}
        assert owners == {"Germany": GERMANY, "Other": HOME}
        assert {row["_organization"] for row in sandbox.tenant.store.rows("subscription")} == {GERMANY, HOME}


def test_two_orgs_and_tenants_never_mix(tmp_path: Path, database_url: str) -> None:
    """A customer, a product and an order number are alike in both; each stays in its own tenant."""
    with LocalSandbox("empty") as here, LocalSandbox("empty") as there:
        made = {}
        for name, sandbox in (("here", here), ("there", there)):
            world = World(sandbox.org)
            made[name] = world.order(world.account("Acme"), [Line(world.product(), quantity=len(name))])
        assert made["here"] == made["there"]
        connections = {
            name: {"salesforce": section(one, "salesforce"), "zuora": section(one, "zuora")}
            for name, one in (("here", here), ("there", there))
        }
        settings = load(write_file(tmp_path, database_url, connections), {})
        carried(settings.connection("here"), made["here"])
        assert (names(here.tenant), names(there.tenant)) == (["Acme"], [])
        carried(settings.connection("there"), made["there"])
        for sandbox, quantity in ((here, 4), (there, 5)):
            assert numbers(sandbox.tenant) == [made["here"]]
            assert [row["quantity"] for row in sandbox.tenant.store.rows("ratePlanCharge")] == [quantity]
