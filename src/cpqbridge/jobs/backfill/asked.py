"""Which orders a back-fill is asked for, and the SOQL conditions that find them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from cpqbridge.planning.gate import ACTIVATED
from cpqbridge.salesforce.literals import Literal, among, chunks, literal
from cpqbridge.values import JSONObject


@dataclass(frozen=True, slots=True)
class Part:
    """A share of what is asked for, small enough for one query.

    Attributes:
        where: The SOQL condition, without the word.
        numbers: The orders that it names, each of which is to be found.
    """

    where: str
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a back-fill is asked for; what is given must all hold.

    Attributes:
        since: Orders whose start date (`EffectiveDate`) is on or after this day.
        where: A SOQL condition on Order.
        accounts: Salesforce ids of accounts, of 18 characters; none for all.
        orders: Numbers of orders, in whatever status; then nothing else is given.
        limit: At most so many orders.
        held: Only take up the records; they are worked on once the back-fill is resumed.
        rule: The connection's own condition on Order, where several connections share an org.
    """

    since: date | None = None
    where: str | None = None
    accounts: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    limit: int | None = None
    held: bool = field(default=False, compare=False)
    rule: str | None = None

    def parts(self) -> list[Part]:
        """Return what is asked for as shares of a query each."""
        if self.orders:
            return [self._named(tuple(some)) for some in chunks(self.orders)]
        if self.accounts:
            return [Part(self._all(among("AccountId", some))) for some in chunks(self.accounts)]
        return [Part(self._all())]

    def _named(self, numbers: tuple[str, ...]) -> Part:
        return Part(_both(among("OrderNumber", numbers), self.rule), numbers)

    def _all(self, *more: str) -> str:
        since = f"EffectiveDate >= {literal(self.since)}" if self.since else None
        return _both(f"StatusCode = {literal(ACTIVATED)}", since, *more, self.where, self.rule)

    def without_condition(self) -> Asked:
        """Return what is asked for without the user's own condition: what Salesforce refuses then is not its fault."""
        return replace(self, where=None)

    def as_dict(self) -> JSONObject:
        """Return the JSON document of it: equal for what is equal."""
        return {
            "since": self.since.isoformat() if self.since else None,
            "where": self.where,
            "accounts": list(self.accounts),
            "orders": list(self.orders),
            "limit": self.limit,
            "rule": self.rule,
        }

    @classmethod
    def of_dict(cls, document: Any) -> Asked:
        """Return what `as_dict` has written."""
        return cls(
            since=date.fromisoformat(document["since"]) if document["since"] else None,
            where=document["where"],
            accounts=tuple(document["accounts"]),
            orders=tuple(document["orders"]),
            limit=document["limit"],
            rule=document["rule"],
        )

    def __str__(self) -> str:
        """Return it as people say it."""
        said = (
            f"starting on or after {self.since}" if self.since else "",
            f"where {self.where}" if self.where else "",
            f"of {len(self.accounts):,} accounts" if self.accounts else "",
            f"{len(self.orders):,} named" if self.orders else "",
            f"at most {self.limit:,}" if self.limit else "",
        )
        return ", ".join(filter(None, said)) or "all"


def _both(*conditions: str | None) -> str:
    """Return the condition that all of these hold."""
    return " AND ".join(f"({one})" for one in conditions if one)


def after(part: Part, last: Literal, limit: int) -> str:
    """Return the query for the next orders of a part, by id.

    Args:
        part: The part.
        last: The id of the last order that was read; None before the first.
        limit: At most so many.
    """
    where = part.where if last is None else f"{part.where} AND Id > {literal(last)}"
    return f"{COLUMNS} WHERE {where} ORDER BY Id LIMIT {limit}"


def whole(part: Part, limit: int | None) -> str:
    """Return the query for all orders of a part, for the Bulk API, which needs no order."""
    return f"{COLUMNS} WHERE {part.where}" + (f" LIMIT {limit}" if limit else "")


def count(part: Part) -> str:
    """Return the query for how many orders a part has."""
    return f"{COUNT} WHERE {part.where}"


COLUMNS = "SELECT Id, OrderNumber, AccountId FROM Order"
COUNT = "SELECT COUNT() FROM Order"
