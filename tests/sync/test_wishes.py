"""What a sync reads of Salesforce: every field that planning looks at, once, without those of other objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from cpqbridge.mapping.tables import GUIDE
from cpqbridge.planning.account import plan_account
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.salesforce.select import Select
from cpqbridge.settings.options import Options
from cpqbridge.sync import wishes
from tests.planning import records as r
from tests.planning.generated import World, worlds

CHILDREN = {
    "OrderItems": "OrderItem",
    "PricebookEntries": "PricebookEntry",
    "SBQQ__OrderItems__r": "SBQQ__OrderItemConsumptionSchedule__c",
    "SBQQ__OrderItemConsumptionRates__r": "SBQQ__OrderItemConsumptionRate__c",
}


WISHES = (
    wishes.orders,
    wishes.accounts,
    wishes.contacts,
    wishes.products,
    wishes.product_schedules,
    wishes.consumption_rates,
)


class Watched(Mapping[str, Any]):
    """A record that notes which of its fields are looked at, under `Object.path`."""

    def __init__(self, record: Mapping[str, Any], path: str, seen: set[str]) -> None:
        self._record, self._path, self._seen = record, path, seen

    def __getitem__(self, name: str) -> Any:
        return self._look(name, self._record[name])

    def get(self, name: str, default: Any = None) -> Any:
        return self._look(name, self._record.get(name, default))

    def __iter__(self) -> Iterator[str]:
        return iter(self._record)

    def __len__(self) -> int:
        return len(self._record)

    def _look(self, name: str, value: Any) -> Any:
        if name in CHILDREN:
            rows = (value or {}).get("records", ())
            return {"records": [Watched(row, CHILDREN[name], self._seen) for row in rows]}
        path = f"{self._path}.{name}"
        if isinstance(value, Mapping):
            return Watched(value, path, self._seen)
        if not name.endswith("__r") and name not in PARENTS:
            self._seen.add(path)
        return value


PARENTS = {"ConsumptionSchedule", "Account", "BillToContact", "ShipToContact", "Contract", "Product2", "Pricebook2"}


def wished(select: Select) -> set[str]:
    own = {f"{select.sobject}.{field}" for field in select.fields}
    return own.union(*(wished(child) for child in select.children.values()))


def _all_watched(groups: Mapping[str, Any], path: str, seen: set[str]) -> dict[str, list[Watched]]:
    return {key: [Watched(row, path, seen) for row in rows] for key, rows in groups.items()}


def looked_at(world: World, options: dict[str, Any]) -> set[str]:
    seen: set[str] = set()
    snapshot = Snapshot(
        accounts={key: Watched(row, "Account", seen) for key, row in world.snapshot.accounts.items()},
        contacts={r.ACCOUNT_ID: [Watched(r.contact(), "Contact", seen)]},
        products={key: Watched(row, "Product2", seen) for key, row in world.snapshot.products.items()},
        schedules=_all_watched(world.snapshot.schedules, "ProductConsumptionSchedule", seen),
        rates=_all_watched(world.snapshot.rates, "ConsumptionRate", seen),
        time_zone="UTC",
    )
    for state in (world.state(), ZuoraState(units=world.state().units)):
        draft = world._replace(snapshot=snapshot, options=world.options | options).draft(state)
        plan_order(draft, Watched(world.order, "Order", seen))
        accounts = world._replace(snapshot=snapshot, options=world.options | options).draft(state)
        plan_account(accounts, snapshot.accounts[r.ACCOUNT_ID])
    return seen


NAMED = {"account_description_source": "Site", "purchase_order_source": "PoNumber", "tier_cap_field": "Cap__c"}


@pytest.mark.parametrize("options", [{}, NAMED], ids=["defaults", "fields named by options"])
@given(world=worlds())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_field_that_planning_looks_at_is_read(options: dict[str, Any], world: World) -> None:
    chosen = Options(**(world.options | options))
    readable = set().union(*(wished(make(chosen, GUIDE)) for make in WISHES))
    unread = looked_at(world, options) - readable
    assert unread == set()


@pytest.mark.parametrize("make", WISHES)
def test_no_field_is_wished_twice(make: Any) -> None:
    pending = [make(Options(), GUIDE)]
    while pending:
        select = pending.pop()
        pending.extend(select.children.values())
        assert len(select.fields) == len(set(select.fields))
        assert not any(path.startswith(f"{select.sobject}.") or "{" in path for path in select.fields)


def test_the_fields_that_options_name_are_wished() -> None:
    options = Options(account_description_source="Parent.Name", purchase_order_source="PoNumber")
    assert "Parent.Name" in wishes.accounts(options, GUIDE).fields
    assert "PoNumber" in wishes.orders(options, GUIDE).fields


def test_paths_of_several_tables_are_wished_once_in_their_first_order() -> None:
    assert wishes.unique(("a", "b"), ["b", "c"], ("a",)) == ("a", "b", "c")
