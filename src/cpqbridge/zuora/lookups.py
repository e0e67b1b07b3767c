"""Look-ups by natural key, many keys in a call; rows come as Zuora gives them.

ZOQL has neither `in` nor parentheses, so keys are joined by `or`; its rows have UpperCamel names and no null fields.
Object Query and REST rows have lowerCamel names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from cpqbridge.transport.together import together
from cpqbridge.zuora.client import Row, ZuoraClient, part

KEYS_PER_QUERY = 100
"""Keys in one ZOQL query."""

NUMBERS_PER_QUERY = 50
"""Numbers of subscriptions, which may be long, in the address of one Object Query."""

IDS_PER_QUERY = 198
"""Ids of order products, or numbers of orders, there: some 4 kB. Of new orders Zuora has none, so one answer does."""

SUBSCRIPTIONS_PER_PAGE = 40
"""Subscriptions in one answer of an account's list: the most that Zuora gives."""

NUMBERS_PER_PAGE_READ = 4
"""For each so many subscriptions that are looked for, one page of an account's list is read."""

ACCOUNT = ("Id", "AccountNumber", "CrmId", "Name", "Currency", "Status", "BillToId", "SoldToId", "ParentId")
CONTACT = ("Id", "AccountId", "FirstName", "LastName", "CrmId__c", "CrmOrderId__c")
CHARGE = (
    "Id", "ProductRatePlanId", "Name", "ChargeModel", "ChargeType", "BillingPeriod", "TriggerEvent", "UOM",
    "BillCycleType", "BillCycleDay", "WeeklyBillCycleDay", "BillingPeriodAlignment", "SpecificBillingPeriod",
    "ListPriceBase", "EndDateCondition", "UpToPeriods", "UpToPeriodsType",
)  # fmt: skip
PRODUCT = ("Id", "SKU", "Name", "EffectiveStartDate", "EffectiveEndDate")
RATE_PLAN = ("Id", "ProductId", "Name", "EffectiveStartDate", "EffectiveEndDate")
TIER = ("Id", "ProductRatePlanChargeId", "Currency", "Price", "PriceFormat", "StartingUnit", "EndingUnit")
SUBSCRIBED = ("id", "externallyManagedPlanId", "subscriptionId", "subscriptionOwnerId")
ORDER = ("id", "orderNumber", "status")


async def accounts_by_crm_id(
    client: ZuoraClient, ids: Iterable[str], *, key_field: str = "CrmId", columns: Sequence[str] = ACCOUNT
) -> list[Row]:
    """Return the accounts whose key is one of the Salesforce ids.

    Args:
        client: The tenant.
        ids: Values of the key.
        key_field: ZOQL name of the field that holds the Salesforce id.
        columns: ZOQL names of the fields to return.
    """
    return await _by_key(client, "Account", key_field, ids, columns)


async def contacts_of(
    client: ZuoraClient, account_ids: Iterable[str], *, columns: Sequence[str] = CONTACT
) -> list[Row]:
    """Return all contacts of accounts, given by their Zuora ids."""
    return await _by_key(client, "Contact", "AccountId", account_ids, columns)


async def contacts_by_key(
    client: ZuoraClient,
    crm_ids: Iterable[str],
    account_ids: Iterable[str],
    *,
    key_field: str = "CrmId__c",
    columns: Sequence[str] = CONTACT,
) -> list[Row]:
    """Return the contacts of these accounts (Zuora ids) that carry one of the Salesforce ids.

    One Salesforce contact may have a counterpart on several accounts, so both keys count.
    """
    rows = await _by_key(client, "Contact", key_field, crm_ids, [*columns, "AccountId"])
    accounts = set(account_ids)
    return [row for row in rows if row.get("AccountId") in accounts]


async def rate_plans_by_external_id(client: ZuoraClient, ids: Iterable[str]) -> dict[str, list[Row]]:
    """Return the catalog rate plans that carry each externally managed plan id; ids without one are left out.

    Each row has `id`, `name`, `externallyManagedPlanIds`, `effectiveStartDate`, `effectiveEndDate`, `status`.
    """
    wanted = list(dict.fromkeys(ids))
    paths = [f"/v1/product-rate-plans/external-id/{part(external_id)}" for external_id in wanted]
    answers = await together(client.get_or_none(path) for path in paths)
    found = {
        key: list((answer or {}).get("productRatePlans") or ()) for key, answer in zip(wanted, answers, strict=True)
    }
    return {key: plans for key, plans in found.items() if plans}


async def charges_of_plans(
    client: ZuoraClient, plan_ids: Iterable[str], *, columns: Sequence[str] = CHARGE
) -> list[Row]:
    """Return the catalog charges of catalog rate plans."""
    return await _by_key(client, "ProductRatePlanCharge", "ProductRatePlanId", plan_ids, columns)


async def products_by_sku(client: ZuoraClient, skus: Iterable[str], *, columns: Sequence[str] = PRODUCT) -> list[Row]:
    """Return the products with these SKUs."""
    return await _by_key(client, "Product", "SKU", skus, columns)


async def products_by_id(client: ZuoraClient, ids: Iterable[str], *, columns: Sequence[str] = PRODUCT) -> list[Row]:
    """Return the products with these Zuora ids."""
    return await _by_key(client, "Product", "Id", ids, columns)


async def plans_by_id(client: ZuoraClient, ids: Iterable[str], *, columns: Sequence[str] = RATE_PLAN) -> list[Row]:
    """Return the catalog rate plans with these Zuora ids."""
    return await _by_key(client, "ProductRatePlan", "Id", ids, columns)


async def tiers_of_charges(
    client: ZuoraClient, charge_ids: Iterable[str], *, columns: Sequence[str] = TIER
) -> list[Row]:
    """Return the price tiers of catalog charges."""
    return await _by_key(client, "ProductRatePlanChargeTier", "ProductRatePlanChargeId", charge_ids, columns)


async def active_currencies(client: ZuoraClient, plan_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the active currencies by catalog rate plan; one call for each, for Zuora gives them no other way."""
    wanted = list(dict.fromkeys(plan_ids))
    pages = await together(
        _by_key(client, "ProductRatePlan", "Id", [one], ("Id", "ActiveCurrencies")) for one in wanted
    )
    texts = {
        key: (page[0].get("ActiveCurrencies") or "" if page else "") for key, page in zip(wanted, pages, strict=True)
    }
    return {key: tuple(name.strip() for name in text.split(",") if name.strip()) for key, text in texts.items()}


async def plans_of_products(
    client: ZuoraClient, product_ids: Iterable[str], *, columns: Sequence[str] = RATE_PLAN
) -> list[Row]:
    """Return the catalog rate plans of products, given by their Zuora ids."""
    return await _by_key(client, "ProductRatePlan", "ProductId", product_ids, columns)


async def units_of_measure(client: ZuoraClient) -> dict[str, int]:
    """Return the tenant's active units of measure with their decimal places."""
    rows = await client.zoql("select UomName, DecimalPlaces from UnitOfMeasure where Active = true")
    return {row["UomName"]: int(row.get("DecimalPlaces") or 0) for row in rows}


async def subscribed_rate_plans(
    client: ZuoraClient, external_ids: Iterable[str], *, fields: Sequence[str] = SUBSCRIBED
) -> list[Row]:
    """Return the rate plans of subscriptions that carry these externally managed ids; lowerCamel names.

    Each version of a subscription has rows of its own; those of the latest are returned, with their `subscription`.
    """
    rows = await _by_object_query(
        client,
        "rate-plans",
        "externallyManagedPlanId",
        external_ids,
        fields,
        expand=("subscription",),
    )
    return [row for row in rows if (row.get("subscription") or {}).get("isLatestVersion") is not False]


async def get_subscription(client: ZuoraClient, number: str) -> Row | None:
    """Return the latest version of a subscription with all segments of its charges, or None when there is none."""
    return await client.get_or_none(f"/v1/subscriptions/{part(number)}?charge-detail=all-segments")


async def get_subscriptions(client: ZuoraClient, owners: Mapping[str, str | None]) -> dict[str, Row]:
    """Return subscriptions by number, as `get_subscription` gives each; those that there are not are left out.

    Many of one account are read by the account's list, as long as it may save calls; those not met there, one by one.

    Args:
        client: The tenant.
        owners: Number to the Zuora id of the account that owns the subscription, or None where it is not known.
    """
    by_account: dict[str, set[str]] = {}
    for number, account in owners.items():
        if account:
            by_account.setdefault(account, set()).add(number)
    lists = await together(_listed(client, account, numbers) for account, numbers in by_account.items())
    found = {number: row for rows in lists for number, row in rows.items()}
    rest = sorted(owners.keys() - found)
    rows = await together(get_subscription(client, number) for number in rest)
    return found | {number: row for number, row in zip(rest, rows, strict=True) if row is not None}


async def _listed(client: ZuoraClient, account: str, numbers: Collection[str]) -> dict[str, Row]:
    """Return those of an account's subscriptions that are met on the first pages of its list."""
    found: dict[str, Row] = {}
    path = f"/v1/subscriptions/accounts/{part(account)}"
    for page in range(1, len(numbers) // NUMBERS_PER_PAGE_READ + 1):
        size = (("page", str(page)), ("pageSize", str(SUBSCRIPTIONS_PER_PAGE)))
        answer = await client.get_or_none(path, [("charge-detail", "all-segments"), *size]) or {}
        rows = {row["subscriptionNumber"]: row for row in answer.get("subscriptions") or ()}
        met = rows.keys() & numbers
        found.update({number: rows[number] for number in met})
        if not met or len(found) == len(numbers) or not answer.get("nextPage"):
            break
    return found


async def orders_by_number(client: ZuoraClient, numbers: Iterable[str], *, fields: Sequence[str] = ORDER) -> list[Row]:
    """Return the orders with these numbers; lowerCamel names."""
    return await _by_object_query(client, "orders", "orderNumber", numbers, fields)


async def get_order(client: ZuoraClient, number: str) -> Row:
    """Return an order with its actions, subscriptions and line items: the `order` of `GET /v1/orders/{n}`.

    Raises:
        NotFound: There is none.
    """
    document: dict[str, Any] = await client.send("GET", f"/v1/orders/{part(number)}")
    return dict(document["order"])


def zoql_text(value: str) -> str:
    """Return a text as ZOQL writes it; nothing in it can end the text."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


async def _by_object_query(
    client: ZuoraClient,
    objects: str,
    field: str,
    keys: Iterable[str],
    fields: Sequence[str],
    *,
    expand: Sequence[str] = (),
) -> list[Row]:
    pages = await together(
        client.object_query(objects, filters=[f"{field}.IN:[{','.join(some)}]"], fields=fields, expand=expand)
        for some in _chunks(keys, IDS_PER_QUERY)
    )
    return [row for page in pages for row in page]


async def _by_key(client: ZuoraClient, name: str, field: str, keys: Iterable[str], columns: Sequence[str]) -> list[Row]:
    selected = ", ".join(dict.fromkeys(columns))
    pages = await together(
        client.zoql(f"select {selected} from {name} where {_any_of(field, some)}")  # noqa: S608 - values are quoted
        for some in _chunks(keys, KEYS_PER_QUERY)
    )
    return [row for page in pages for row in page]


def _any_of(field: str, values: Sequence[str]) -> str:
    return " or ".join(f"{field} = {zoql_text(value)}" for value in values)


def _chunks(values: Iterable[str], size: int) -> list[list[str]]:
    unique = list(dict.fromkeys(values))
    return [unique[start : start + size] for start in range(0, len(unique), size)]
