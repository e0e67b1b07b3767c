"""Reads whole subscriptions: many in a call by account and by number, one with all its versions, one's orders.

One call of Object Query gives 99 subscriptions with all that is below them. It cuts a list below a record at the same
size; what may be cut is read again by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cpqbridge.transport.together import together
from cpqbridge.zuora.client import MOST_PAGE_SIZE, Row, ZuoraClient, part
from cpqbridge.zuora.lookups import NUMBERS_PER_QUERY, get_subscription

ORDERS_PER_PAGE = 40
"""Orders of a subscription in one answer: the most that Zuora gives."""

SUBSCRIPTION = (
    "id",
    "name",
    "accountId",
    "status",
    "currency",
    "isLatestVersion",
    "subscriptionStartDate",
    "subscriptionEndDate",
    "contractEffectiveDate",
    "termEndDate",
)
"""Fields of a subscription; Object Query names its number `name`."""

_LIST_SIGNS = frozenset(",[]")
_LATEST = "isLatestVersion.EQ:true"
_WHOLE = ("account", "rateplans", "rateplans.rateplancharges", "rateplans.rateplancharges.rateplanchargetiers")


async def subscriptions_of(client: ZuoraClient, account_ids: Iterable[str]) -> list[Row]:
    """Return the latest versions of all subscriptions of accounts (Zuora ids); see `subscriptions_by_number`."""
    return await _subscriptions(client, "accountId", account_ids)


async def subscriptions_by_number(client: ZuoraClient, numbers: Iterable[str]) -> list[Row]:
    """Return the latest versions of the subscriptions with these numbers.

    Each row has `account`, and `ratePlans` with `ratePlanCharges`, one row for each segment of a charge, with its
    `ratePlanChargeTiers`: the first 99.
    """
    return await _subscriptions(client, "name", numbers)


async def subscription_versions(client: ZuoraClient, number: str) -> list[Row]:
    """Return all versions of a subscription with all segments, the first first; none when there is no such number."""
    last = await get_subscription(client, number)
    if last is None:
        return []
    path, detail = f"/v1/subscriptions/{part(number)}/versions", [("charge-detail", "all-segments")]
    earlier = range(1, int(last["version"]))
    found = await together(client.get_or_none(f"{path}/{version}", detail) for version in earlier)
    return [*(row for row in found if row), last]


async def orders_of_subscription(client: ZuoraClient, number: str) -> list[Row]:
    """Return the orders that changed a subscription, as `GET /v1/orders/{n}` gives each, in no order."""
    orders: list[Row] = []
    page = 1
    while True:
        params = [("page", str(page)), ("pageSize", str(ORDERS_PER_PAGE))]
        answer = await client.send("GET", f"/v1/orders/subscription/{part(number)}", params=params)
        listed = answer.get("orders") or []
        orders += listed
        if len(listed) < ORDERS_PER_PAGE:
            return orders
        page += 1


async def _subscriptions(client: ZuoraClient, field: str, keys: Iterable[str]) -> list[Row]:
    pages = await together(
        client.object_query("subscriptions", filters=[condition, _LATEST], fields=SUBSCRIPTION, expand=_WHOLE)
        for condition in _conditions(field, keys)
    )
    rows = [row for page in pages for row in page if row.get("isLatestVersion") is not False]
    return list(await together(_completed(client, row) for row in rows))


def _conditions(field: str, keys: Iterable[str]) -> Iterator[str]:
    """Yield conditions that together hold for all keys; one that would end its list is asked for alone."""
    unique = list(dict.fromkeys(keys))
    plain = [key for key in unique if not _LIST_SIGNS & set(key)]
    for start in range(0, len(plain), NUMBERS_PER_QUERY):
        yield f"{field}.IN:[{','.join(plain[start : start + NUMBERS_PER_QUERY])}]"
    yield from (f"{field}.EQ:{key}" for key in unique if _LIST_SIGNS & set(key))


async def _completed(client: ZuoraClient, row: Row) -> Row:
    """Return a subscription with all its rate plans and segments, also where a list was cut."""
    plans: Sequence[dict[str, Any]] = row.get("ratePlans") or ()
    if len(plans) >= MOST_PAGE_SIZE:
        only = [f"subscriptionId.EQ:{row['id']}"]
        expand = ("rateplancharges", "rateplancharges.rateplanchargetiers")
        plans = await client.object_query("rate-plans", filters=only, expand=expand)
    return {**row, "ratePlans": await together(_with_charges(client, plan) for plan in plans)}


async def _with_charges(client: ZuoraClient, plan: Row) -> Row:
    charges: Sequence[dict[str, Any]] = plan.get("ratePlanCharges") or ()
    if len(charges) < MOST_PAGE_SIZE:
        return plan
    only = [f"ratePlanId.EQ:{plan['id']}"]
    rows = await client.object_query("rate-plan-charges", filters=only, expand=("rateplanchargetiers",))
    return {**plan, "ratePlanCharges": rows}
