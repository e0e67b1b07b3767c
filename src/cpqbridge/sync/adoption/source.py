"""Reads from Salesforce what an adoption compares: subscriptions of accounts with all that they revise and renew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.adoption.deal import Deal
from cpqbridge.planning.adoption.deal_maker import DealMaker
from cpqbridge.planning.chain import SUBSCRIPTION
from cpqbridge.planning.charges import schedules_of
from cpqbridge.planning.sold import Sold
from cpqbridge.salesforce.ids import to_18
from cpqbridge.salesforce.select import Select
from cpqbridge.sync.chains import complete
from cpqbridge.sync.source import CpqSource

ALL_ACCOUNTS = "SELECT Id FROM Account WHERE Id IN (SELECT SBQQ__Account__c FROM SBQQ__Subscription__c) ORDER BY Id"
"""The accounts that were ever sold a subscription."""

_ACCOUNT = "SBQQ__Subscription__r.SBQQ__Account__c"

ITEM_PREFIX = "802"
"""How the ids of order products begin."""

_MORE = ("Order.CurrencyIsoCode",)
"""Fields of order products that only an adoption reads."""

ORDERLESS = Select(
    "SBQQ__Subscription__c",
    (
        "Id",
        "Name",
        "SBQQ__Account__c",
        "SBQQ__Product__r.Name",
        "SBQQ__Product__r.ProductCode",
        "SBQQ__Quantity__c",
        "SBQQ__StartDate__c",
        "SBQQ__EndDate__c",
    ),
    where="SBQQ__OrderProduct__c = null AND SBQQ__RevisedSubscription__c = null",
    order_by="Id",
    needed=("SBQQ__Account__c",),
)
"""Subscriptions that were made without an order, such as from an opportunity."""

ORDER = Select("Order", ("Id", "OrderNumber", "AccountId", "SBQQ__Contracted__c"), needed=("SBQQ__Contracted__c",))
SCHEDULE = Select("SBQQ__OrderItemConsumptionSchedule__c", ("Id", "SBQQ__OrderItem__c"), needed=("SBQQ__OrderItem__c",))


@dataclass(frozen=True, slots=True)
class Contracts:
    """What accounts have been sold, and today in the org's time zone."""

    deals: Sequence[Deal]
    today: date


class AdoptionSource(CpqSource):
    """Reads subscriptions with their chains."""

    async def account_ids(self) -> list[str]:
        """Return the ids of all accounts with subscriptions."""
        return [row["Id"] for row in await self.client.query(ALL_ACCOUNTS)]

    async def known_accounts(self, ids: Sequence[str]) -> dict[str, Record]:
        """Return these accounts by id; unknown ones are left out."""
        rows = await self.rows(Select("Account", ("Id", "Name")), "Id", [one for one in ids if to_18(one)])
        return {row["Id"]: row for row in rows}

    async def orders_named(self, numbers: Sequence[str]) -> dict[str, Record]:
        """Return these orders by number; unknown ones are left out."""
        return {row["OrderNumber"]: row for row in await self.rows(ORDER, "OrderNumber", numbers)}

    async def accounts_of(self, names: Collection[str]) -> set[str]:
        """Return the accounts of what a CSV file names: by subscription number, order product or its schedule."""
        ids = {name for name in names if to_18(name)}
        numbers = sorted(set(names) - ids)
        items = {name for name in ids if name.startswith(ITEM_PREFIX)}
        schedules = await self.rows(SCHEDULE, "Id", sorted(ids - items))
        items |= {row["SBQQ__OrderItem__c"] for row in schedules}
        select = Select("SBQQ__Subscription__c", ("Id", "SBQQ__Account__c"), needed=("SBQQ__Account__c",))
        rows = await self.rows(select, "Name", numbers)
        rows += await self.rows(select, "SBQQ__OrderProduct__c", sorted(items))
        return {row["SBQQ__Account__c"] for row in rows}

    async def contracts(
        self, accounts: Sequence[str], units: Mapping[str, str], today: date | None = None
    ) -> Contracts:
        """Return what accounts have been sold, all of it, so that what looks alike is seen.

        Args:
            accounts: Salesforce ids.
            units: The user's table of units of measure.
            today: The day to compare on; by default today in the org's time zone.
        """
        read: dict[str, Record] = {
            row["Id"]: row for row in await self._items({_ACCOUNT: accounts}) if row.get(SUBSCRIPTION)
        }
        sold = await complete(Sold(read, rebooked=self._rebooked), self._items)
        items = read | sold.items
        orderless = await self.rows(ORDERLESS, "SBQQ__Account__c", accounts, with_time_zone=True)
        links = await self.schedules(sorted({row["Product2Id"] for row in items.values() if schedules_of(row)}))
        maker = DealMaker(links, units, today or datetime.now(ZoneInfo(self.time_zone)).date(), self._rebooked)
        deals = [*maker.deals(items.values()), *maker.unlinkable(orderless, items.values())]
        return Contracts(deals, maker.today)

    async def _items(self, wanted: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
        return await self.sold(wanted, _MORE)

    @property
    def _rebooked(self) -> bool:
        return self.wish[0].price_changes == "in_place"
