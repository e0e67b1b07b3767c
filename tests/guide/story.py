"""One story in the sandbox that shows every row of the guide, and the tenant's answers about it.

Customers, products and orders of all kinds are made in Salesforce, carried over by real syncs under several settings,
and read back with Zuora's own calls: REST, ZOQL and CRUD.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

import httpx
import msgspec

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.connect import open_service
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.guide.story_changes import tell_changes
from tests.world import Line, World

Row = dict[str, Any]
_json = msgspec.json.Decoder(float_hook=Decimal)

SHIPPING: Row = {
    "ShippingStreet": "9 Dock Road\nGate 4",
    "ShippingCity": "Oakland",
    "ShippingState": "California",
    "ShippingPostalCode": "94607",
    "ShippingCountry": "United States",
}
BILLING: Row = {
    "BillingStreet": "5 Order Lane",
    "BillingCity": "Reno",
    "BillingState": "Nevada",
    "BillingPostalCode": "89501",
    "BillingCountry": "United States",
}
TAX: Row = {"SBQQ__Taxable__c": True, "SBQQ__TaxCode__c": "Standard"}
CODES: Row = {
    "TaxMode__c": "TaxInclusive",
    "Z_Accounting_Code__c": "Subscription Revenue",
    "Z_Deferred_Revenue_Account__c": "Deferred Revenue",
    "Z_Recognized_Revenue_Account__c": "Recognized Revenue",
}
DATES: Row = {
    "EffectiveDate": "2026-01-28",
    "CompanyAuthorizedDate": "2026-02-04",
    "CustomerAuthorizedDate": "2026-02-05",
}
TRIGGERS: Row = {"trigger_dates_on_orders": True}
DAYS: Row = {"subscription_term_in_days": True, "sfdc_use_list_price_base": False}
OWN: Row = {
    "subscription": {"invoiceGroupNumber": "PO_Number__c"},
    "subscription_rate_plan_charge": {
        "billingPeriod": {"source": "SBQQ__BillingFrequency__c", "values": "billing_frequencies"}
    },
    "order_item": {"itemState": "Zuora_Status__c"},
}


class Tenant:
    """Asks the tenant over HTTP, as any client of Zuora would."""

    def __init__(self, sandbox: LocalSandbox) -> None:
        known = sandbox.credentials["zuora"]
        form = {"grant_type": "client_credentials", **{key: known[key] for key in ("client_id", "client_secret")}}
        token = httpx.post(f"{sandbox.zuora_url}/oauth/token", data=form, timeout=30).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=sandbox.zuora_url, headers=headers, timeout=30)
        self._seen: dict[str, Row] = {}

    def get(self, path: str) -> Row:
        """Return the answer to a GET, with exact numbers; asked once, for nothing changes after the story."""
        if path not in self._seen:
            answer = self._client.get(path)
            assert answer.status_code == 200, answer.text
            self._seen[path] = _json.decode(answer.content)
        return self._seen[path]

    def has(self, path: str) -> bool:
        """Return whether a GET finds something."""
        return bool(self._client.get(path).json().get("success"))

    def make(self, path: str, body: Row) -> str:
        """Send a create call as a person at work in Zuora would; return the new id."""
        answer = self._client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["Id"])

    def order(self, account: str, subscription: str, action: Row, on: str) -> None:
        """Change a subscription of an account (by number) from a day on, as a person at work in Zuora would."""
        dates = [{"name": name, "triggerDate": on} for name in ("ContractEffective", "ServiceActivation")]
        entry = {"subscriptionNumber": subscription, "orderActions": [{**action, "triggerDates": dates}]}
        body = {"orderDate": on, "existingAccountNumber": account, "subscriptions": [entry]}
        answer = self._client.post("/v1/orders", json=body).json()
        assert answer["success"], answer

    def rows(self, zuora_object: str, columns: str, *where: str) -> list[Row]:
        """Return the rows of a ZOQL query."""
        zoql = " ".join(("select", columns, "from", zuora_object, *where))
        answer = self._client.post("/v1/action/query", json={"queryString": zoql})
        assert answer.status_code == 200, answer.text
        found: list[Row] = _json.decode(answer.content)["records"]
        return found

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class Stage:
    """Both systems with nothing in them, a world to make records with, and syncs to carry them over.

    Attributes:
        ids: Salesforce ids by the names that tests give them.
        numbers: Order numbers by name.
        results: Results by the name of the order.
        tenant: The Zuora side.
    """

    def __init__(self, sandbox: LocalSandbox, database_url: str) -> None:
        self.sandbox = sandbox
        self.world = World(sandbox.org)
        self.ids: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.results: dict[str, SyncResult] = {}
        self.tenant = Tenant(sandbox)
        self._database_url = database_url

    def sell(self, name: str, customer: str, *lines: Line, **more: Any) -> None:
        """Make an order under a name."""
        self.numbers[name] = self.world.order(customer, lines, **more)

    def carry(
        self,
        *names: str,
        mapping: Mapping[str, Any] | None = None,
        outcome: Outcome = Outcome.SYNCED,
        **options: Any,
    ) -> None:
        """Sync orders and remember the results; each must end with the outcome."""
        settings = self._settings(mapping or {}, options)

        async def do() -> list[SyncResult]:
            async with open_service(settings) as service:
                return await service.orders([self.numbers[name] for name in names])

        for name, result in zip(names, asyncio.run(do()), strict=True):
            assert result.outcome is outcome, f"{name}: {result}"
            self.results[name] = result

    def _settings(self, mapping: Mapping[str, Any], options: Mapping[str, Any]) -> Settings:
        ports = (int(url.rpartition(":")[2]) for url in (self.sandbox.salesforce_url, self.sandbox.zuora_url))
        changes = {
            "database": DatabaseSettings.at(self._database_url),
            "options": Options(**options),
            "mapping": MappingSettings.model_validate(mapping),
        }
        return sandbox_settings(*ports).model_copy(update=changes)

    def record(self, sobject: str, record_id: str) -> Row:
        """Return a record as Salesforce has it."""
        found = self.world.org.store.get(sobject, record_id)
        assert found is not None
        return found

    def sold(self, name: str) -> Row:
        """Return the order as Salesforce has it."""
        [order] = self.world.org.store.find("Order", "OrderNumber", self.numbers[name])
        return order

    def items(self, name: str) -> list[Row]:
        """Return the order products of an order as Salesforce has them."""
        found = self.world.org.store.find("OrderItem", "OrderId", self.sold(name)["Id"])
        return sorted(found, key=lambda item: str(item["OrderItemNumber"]))

    def schedules(self, name: str) -> list[Row]:
        """Return the consumption schedules of an order's first product."""
        item = self.items(name)[0]["Id"]
        found = self.world.org.store.find("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItem__c", item)
        return sorted(found, key=lambda schedule: str(schedule["Id"]))

    def subscription(self, name: str, position: int = 0) -> Row:
        """Return a subscription of an order as `GET /v1/subscriptions/{n}` gives it."""
        item = self.items(name)[position]
        record = self.record("SBQQ__Subscription__c", item["SBQQ__Subscription__c"])
        return self.tenant.get(f"/v1/subscriptions/{record['Name']}")


class Story(Stage):
    """What was sold and carried over, and the tenant's answers."""

    def tell(self) -> None:
        """Make everything in Salesforce and carry it over."""
        self.sandbox.tenant.settings.change({"chargeModifiers": True})
        self.world.org.add_custom_field("SBQQ__OrderItemConsumptionRate__c", name="Cap__c", type="double")
        self._people()
        self._products()
        self._orders()
        self.carry(
            "plain", "line item", "from addresses", "evergreen", "euros", "half month", "odd days", "later usage"
        )
        self.carry("dated", "dated line item", **TRIGGERS)
        self.carry("in days", **DAYS)
        self.carry("usage", tier_cap_field="Cap__c")
        self.carry("own mapping", "own line item", mapping=OWN)
        self.carry("held line item", outcome=Outcome.HELD)
        tell_changes(self)

    def _people(self) -> None:
        world, ids = self.world, self.ids
        ids["parent"] = world.account("Parent")
        ids["account"] = world.account("Acme", ParentId=ids["parent"], Description="A good customer", **SHIPPING)
        ids["plain account"] = world.account("Plain")
        ids["owner"] = world.account("Owner")
        ids["payer"] = world.account("Payer")
        ids["buyer"] = world.contact(
            ids["account"], "Lovelace", FirstName="Ada", Email="ada@example.com", MobilePhone="+44 20 7946 0000"
        )
        ids["payer's buyer"] = world.contact(ids["payer"], "Pence")
        ids["owner's buyer"] = world.contact(ids["owner"], "Owens")

    def _products(self) -> None:
        world, ids = self.world, self.ids
        ids["seat"] = world.product("Seat", QuantityUnitOfMeasure="User", **TAX, **CODES)
        world.price(ids["seat"], "EUR", 9)
        ids["plan"] = world.product("Support", SBQQ__BillingFrequency__c="Quarterly")
        ids["router"] = world.product("Router", subscription=False)
        ids["traffic"] = world.usage_product("Traffic", Description="All that is sent", **TAX)
        ids["slab"] = world.schedule(ids["traffic"], "Sent")
        ids["range"] = world.schedule(
            ids["traffic"],
            "Stored",
            type="Range",
            unit="Hour",
            rates=((0, 10, 7, "FlatFee"), (10, 99, "0.5", "PerUnit")),
        )

    def _orders(self) -> None:
        ids = self.ids
        account, plain = ids["account"], ids["plain account"]
        seat, router = Line(ids["seat"], 5), Line(ids["router"], 2, Decimal("15.50"))
        people = {"BillToContactId": ids["buyer"], "ShipToContactId": ids["buyer"]}
        owners = {"InvoiceOwner__c": ids["payer"], "SubscriptionOwner__c": ids["owner"]}
        orders: dict[str, tuple[str, list[Line], dict[str, Any]]] = {
            "plain": (account, [seat, Line(ids["plan"], 1)], people | {"Description": "First order"}),
            "line item": (account, [router], people | {"Description": "Hardware"}),
            "from addresses": (plain, [seat, router], BILLING | SHIPPING),
            "evergreen": (plain, [Line(ids["seat"], more={"SBQQ__SubscriptionType__c": "Evergreen"})], {}),
            "euros": (plain, [seat], {"currency": "EUR"}),
            "dated": (plain, [seat], DATES | owners),
            "dated line item": (plain, [router], {"SubscriptionOwner__c": ids["owner"], "EffectiveDate": "2026-01-29"}),
            "half month": (plain, [seat], {"end": "2026-02-14"}),
            "odd days": (plain, [seat], {"start": "2026-02-10", "end": "2026-04-14"}),
            "later usage": (plain, [Line(ids["traffic"])], {}),
            "in days": (plain, [seat], {"end": "2026-03-17"}),
            "usage": (account, [Line(ids["traffic"])], {}),
            "own mapping": (plain, [seat], {}),
            "own line item": (plain, [router], {}),
            "held line item": (plain, [router], {"InvoiceOwner__c": ids["payer"]}),
        }
        for name, (customer, lines, more) in orders.items():
            self.sell(name, customer, *lines, **more)
        self._mend()

    def _mend(self) -> None:
        """Set fields that no quote sets: on the order product, its subscription and its rates."""
        store = self.world.org.store
        for item in self.items("line item"):
            store.update("OrderItem", item["Id"], {"Description": "Blue"}, system=True)
        for item in self.items("own line item"):
            store.update("OrderItem", item["Id"], {"Zuora_Status__c": "Booked"}, system=True)
        for item in self.items("own mapping"):
            changes = {"PO_Number__c": "PO-7", "SBQQ__BillingFrequency__c": "Quarterly"}
            store.update("SBQQ__Subscription__c", item["SBQQ__Subscription__c"], changes, system=True)
        for item in self.items("later usage"):
            later = {"SBQQ__SubscriptionStartDate__c": "2026-03-01"}
            store.update("SBQQ__Subscription__c", item["SBQQ__Subscription__c"], later, system=True)
        for rate in store.find("SBQQ__OrderItemConsumptionRate__c", "SBQQ__LowerBound__c", 0):
            store.update("SBQQ__OrderItemConsumptionRate__c", rate["Id"], {"Cap__c": Decimal(500)}, system=True)

    # What Zuora answers

    @cached_property
    def accounts(self) -> dict[str, Row]:
        """The story's accounts by name, as ZOQL gives them."""
        named = "Id, AccountNumber, Name, CrmId, Currency, BillCycleDay, BillToId, SoldToId"
        rows = self.tenant.rows("Account", f"{named}, Notes, SalesRepName, AutoPay, ParentId")
        return {row["Name"]: row for row in rows}

    @cached_property
    def contacts(self) -> dict[str, Row]:
        """All contacts by Zuora id."""
        address = "Address1, Address2, City, State, PostalCode, Country"
        person = "Id, AccountId, FirstName, LastName, WorkEmail, MobilePhone, CrmId__c, CrmOrderId__c"
        return {row["Id"]: row for row in self.tenant.rows("Contact", f"{person}, {address}")}

    def order(self, name: str) -> Row:
        """Return an order as `GET /v1/orders/{n}` gives it."""
        found: Row = self.tenant.get(f"/v1/orders/{self.numbers[name]}")["order"]
        return found

    def action(self, name: str) -> Row:
        """Return the first action of an order's first subscription."""
        found: Row = self.order(name)["subscriptions"][0]["orderActions"][0]
        return found

    def plan(self, name: str, position: int = 0) -> Row:
        """Return a rate plan of an order's first subscription."""
        found: Row = self.subscription(name)["ratePlans"][position]
        return found

    def charge(self, name: str, position: int = 0) -> Row:
        """Return the charge of a rate plan."""
        found: Row = self.plan(name, position)["ratePlanCharges"][0]
        return found

    def line(self, name: str) -> Row:
        """Return the first line item of an order."""
        found: Row = self.order(name)["orderLineItems"][0]
        return found

    def catalog_plan(self, external: str) -> Row:
        """Return the catalog's rate plan that carries a Salesforce id."""
        [plan] = self.tenant.get(f"/v1/product-rate-plans/external-id/{self.ids[external]}")["productRatePlans"]
        return {**plan, **self.tenant.get(f"/v1/object/product-rate-plan/{plan['id']}")}

    def catalog_product(self, external: str) -> Row:
        """Return the product of that rate plan."""
        return self.tenant.get(f"/v1/object/product/{self.catalog_plan(external)['ProductId']}")

    def catalog_charge(self, external: str) -> Row:
        """Return the charge of that rate plan."""
        where = f"where ProductRatePlanId = '{self.catalog_plan(external)['Id']}'"
        [charge] = self.tenant.rows("ProductRatePlanCharge", "Id", where)
        return self.tenant.get(f"/v1/object/product-rate-plan-charge/{charge['Id']}")

    def catalog_tiers(self, external: str) -> list[Row]:
        """Return the tiers of that charge, by currency."""
        where = f"where ProductRatePlanChargeId = '{self.catalog_charge(external)['Id']}'"
        rows = self.tenant.rows(
            "ProductRatePlanChargeTier", "Currency, Price, PriceFormat, StartingUnit, EndingUnit", where
        )
        return sorted(rows, key=lambda row: str(row["Currency"]))

    def currencies(self, external: str) -> list[str]:
        """Return the active currencies of that rate plan."""
        where = f"where Id = '{self.catalog_plan(external)['Id']}'"
        [row] = self.tenant.rows("ProductRatePlan", "ActiveCurrencies", where)
        return sorted(str(row["ActiveCurrencies"]).split(","))
