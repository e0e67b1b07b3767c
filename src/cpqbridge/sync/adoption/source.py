"""Reads from Salesforce what an adoption compares: subscriptions of accounts with all that they revise and renew."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.adoption.deal import Deal
from cpqbridge.planning.adoption.deal_maker import DealMaker, unread
from cpqbridge.planning.chain import REVISED, SUBSCRIPTION
from cpqbridge.planning.charges import schedules_of
from cpqbridge.salesforce.ids import to_18
from cpqbridge.salesforce.select import Select
from cpqbridge.sync import wishes
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
        return [row["Id"] for row in await self._client.query(ALL_ACCOUNTS)]

    async def known_accounts(self, ids: Sequence[str]) -> dict[str, Record]:
        """Return these accounts by id; unknown ones are left out."""
        rows = await self._rows(Select("Account", ("Id", "Name")), "Id", [one for one in ids if to_18(one)])
        return {row["Id"]: row for row in rows}

    async def orders_named(self, numbers: Sequence[str]) -> dict[str, Record]:
        """Return these orders by number; unknown ones are left out."""
        return {row["OrderNumber"]: row for row in await self._rows(ORDER, "OrderNumber", numbers)}

    async def accounts_of(self, names: Collection[str]) -> set[str]:
        """Return the accounts of what a CSV file names: by subscription number, order product or its schedule."""
        ids = {name for name in names if to_18(name)}
        numbers = sorted(set(names) - ids)
        items = {name for name in ids if name.startswith(ITEM_PREFIX)}
        schedules = await self._rows(SCHEDULE, "Id", sorted(ids - items))
        items |= {row["SBQQ__OrderItem__c"] for row in schedules}
        select = Select("SBQQ__Subscription__c", ("Id", "SBQQ__Account__c"), needed=("SBQQ__Account__c",))
        rows = await self._rows(select, "Name", numbers)
        rows += await self._rows(select, "SBQQ__OrderProduct__c", sorted(items))
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
        read = await self._items(_ACCOUNT, accounts)
        items = {row["Id"]: row for row in read if row.get(SUBSCRIPTION)}
        await self._add_earlier(items)
        orderless = await self._rows(ORDERLESS, "SBQQ__Account__c", accounts, with_time_zone=True)
        links = await self._schedules(sorted({row["Product2Id"] for row in items.values() if schedules_of(row)}))
        maker = DealMaker(links, units, today or datetime.now(ZoneInfo(self._zone)).date(), self._rebooked)
        deals = [*maker.deals(items.values()), *maker.unlinkable(orderless, items.values())]
        return Contracts(deals, maker.today)

    async def _add_earlier(self, items: dict[str, Record]) -> None:
        """Add what these order products revise and renew in other accounts, with its revisions."""
        asked: set[str] = set()
        while wanted := set().union(*unread(items)) - asked:
            asked |= wanted
            originals, renewed = (sorted(keys) for keys in unread(items))
            rows = [*await self._items("Id", originals), *await self._items(SUBSCRIPTION, renewed)]
            rows += await self._items(REVISED, sorted({row["Id"] for row in rows}))
            items |= {row["Id"]: row for row in rows if row.get(SUBSCRIPTION)}

    async def _items(self, field: str, keys: Sequence[str]) -> list[Record]:
        select = wishes.sold(*self._wish)
        return list(await self._rows(replace(select, fields=wishes.unique(select.fields, _MORE)), field, keys))

    @property
    def _rebooked(self) -> bool:
        return self._wish[0].price_changes == "in_place"
