"""What Zuora bills, as drift compares it: the rows of the Data Query, put together by rate plan and subscription."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.dates import parse
from cpqbridge.planning.adoption.billed import Segment, Tier
from cpqbridge.sync.drift.fields import alias

Row = Mapping[str, Any]
"""A row of the query, by alias."""

KEY = "row_key"
"""The column by which a query is read in windows: a text that is different in every row."""

_COLUMNS = (
    "subscription.name",
    "subscription.status",
    "subscription.subscriptionstartdate",
    "subscription.termstartdate",
    "subscription.termenddate",
    "subscription.autorenew",
    "subscription.updateddate",
    "owner.accountnumber",
    "owner.name",
    "payer.accountnumber",
    "rateplan.id",
    "rateplan.name",
    "rateplan.externallymanagedplanid",
    "rateplancharge.id",
    "rateplancharge.chargenumber",
    "rateplancharge.chargetype",
    "rateplancharge.chargemodel",
    "rateplancharge.triggerevent",
    "rateplancharge.uom",
    "rateplancharge.quantity",
    "rateplancharge.effectivestartdate",
    "rateplancharge.effectiveenddate",
    "rateplancharge.billingperiod",
    "rateplancharge.listpricebase",
    "rateplancharge.specificlistpricebase",
    "rateplanchargetier.tier",
    "rateplanchargetier.startingunit",
    "rateplanchargetier.endingunit",
    "rateplanchargetier.price",
    "rateplanchargetier.priceformat",
)
_TABLES = (
    "FROM subscription JOIN account owner ON owner.id = subscription.accountid "
    "LEFT JOIN account payer ON payer.id = subscription.invoiceownerid "
    "LEFT JOIN rateplan ON rateplan.subscriptionid = subscription.id "
    "LEFT JOIN rateplancharge ON rateplancharge.rateplanid = rateplan.id "
    "LEFT JOIN rateplanchargetier ON rateplanchargetier.rateplanchargeid = rateplancharge.id "
    "WHERE subscription.islatestversion = true AND subscription.deleted = false"
)


def billed_query(key: str, more: Iterable[str] = (), where: str = "") -> str:
    """Return the query for all that is billed: a row for each price tier of each segment of each charge.

    Args:
        key: Column of the account that holds the Salesforce id.
        more: Further columns of subscriptions.
        where: A further condition.
    """
    columns = dict.fromkeys((*_COLUMNS, *more))
    unique = "coalesce(rateplanchargetier.id, rateplancharge.id, rateplan.id, subscription.id)"
    listed = ", ".join(f"{column} AS {alias(column)}" for column in columns)
    keys = f"owner.{key} AS owner_crmid, payer.{key} AS payer_crmid"
    return f"SELECT {unique} AS {KEY}, {listed}, {keys} {_TABLES}" + (f" AND ({where})" if where else "")


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A rate plan of the latest version of a subscription.

    Attributes:
        id: Zuora id.
        name: Its name.
        external_id: The id that it carries.
        row: The first of its rows, which has its subscription too.
        segments: Of its charges, those that have a day, by start.
    """

    id: str
    name: str
    external_id: str | None
    row: Row
    segments: tuple[Segment, ...]

    @property
    def subscription(self) -> str:
        """Number of its subscription."""
        return str(self.row["subscription_name"])

    @property
    def charges(self) -> set[str]:
        """Numbers of its charges."""
        return {segment.charge for segment in self.segments}

    @property
    def by_contract(self) -> bool:
        """Whether its charge begins with the contract, not with an activation or an acceptance."""
        return str(self.row.get("rateplancharge_triggerevent") or "ContractEffective") == "ContractEffective"

    def bills_from(self, day: date) -> bool:
        """Return whether anything is billed on a day or later."""
        return any(segment.end is None or segment.end > day for segment in self.segments)


def held_plans(rows: Iterable[Row]) -> list[HeldPlan]:
    """Return the rate plans that rows are about; a row of a subscription without any is left out."""
    plans: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        if row["rateplan_id"]:
            plans.setdefault(row["rateplan_id"], {}).setdefault(row["rateplancharge_id"] or "", []).append(row)
    return [_plan(key, segments) for key, segments in plans.items()]


def _plan(key: str, segments: Mapping[str, Sequence[Row]]) -> HeldPlan:
    row = next(iter(segments.values()))[0]
    found = [_segment(rows) for charge, rows in segments.items() if charge]
    days = sorted((one for one in found if not _is_empty(one)), key=lambda one: (one.start or date.max, one.charge))
    external = row["rateplan_externallymanagedplanid"] or None
    return HeldPlan(key, row["rateplan_name"] or "", external, row, tuple(days))


def _is_empty(segment: Segment) -> bool:
    """Return whether a segment has no day: a later change from its first day has replaced it."""
    return segment.start is not None and segment.end is not None and segment.end <= segment.start


def _segment(rows: Sequence[Row]) -> Segment:
    row = rows[0]
    quantity = row["rateplancharge_quantity"]
    tiers = {one["rateplanchargetier_tier"]: one for one in rows if one["rateplanchargetier_price"] is not None}
    return Segment(
        charge=row["rateplancharge_chargenumber"] or row["rateplancharge_id"],
        type=row["rateplancharge_chargetype"] or "",
        model=row["rateplancharge_chargemodel"] or "",
        unit=row["rateplancharge_uom"],
        quantity=None if quantity is None else Decimal(quantity),
        start=_day(row["rateplancharge_effectivestartdate"]),
        end=_day(row["rateplancharge_effectiveenddate"]),
        period=row["rateplancharge_billingperiod"],
        price_base=row["rateplancharge_listpricebase"],
        base_months=row["rateplancharge_specificlistpricebase"],
        tiers=tuple(_tier(tiers[place]) for place in sorted(tiers, key=lambda place: place or 0)),
    )


def _tier(row: Row) -> Tier:
    end = row["rateplanchargetier_endingunit"]
    return Tier(
        start=Decimal(row["rateplanchargetier_startingunit"] or 0),
        end=None if end is None else Decimal(end),
        price=Decimal(row["rateplanchargetier_price"] or 0),
        format=(row["rateplanchargetier_priceformat"] or "").replace(" ", ""),
    )


def _day(text: str | None) -> date | None:
    return parse(text) if text else None
