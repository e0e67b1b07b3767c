"""Running a ZOQL query against the store."""

from __future__ import annotations

from typing import Any

from cpqbridge.sandbox.zuora import units
from cpqbridge.sandbox.zuora.envelopes import QueryFault
from cpqbridge.sandbox.zuora.object_query.spelling import shown
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import USER_ID, Tenant
from cpqbridge.sandbox.zuora.zoql.conditions import Test, bind, candidates, field_of
from cpqbridge.sandbox.zuora.zoql.objects import Field, find_object
from cpqbridge.sandbox.zuora.zoql.syntax import Select, parse

#: Of these a query of catalog tiers may name one.
_PRICES = {"price", "discountAmount", "discountPercentage"}

Tests = tuple[tuple[Test, ...], ...]


def query(tenant: Tenant, text: str) -> list[dict[str, Any]]:
    """All records of a query; fields without a value are left out, the id is always there.

    Raises:
        QueryFault: MALFORMED_QUERY, INVALID_TYPE, INVALID_FIELD or INVALID_VALUE.
    """
    select = parse(text)
    target = find_object(select.object, tenant)
    if target is None:
        raise QueryFault("INVALID_TYPE", f"invalid type for query: {select.object}")
    fields = [target.fields["id"], *(field_of(name, target) for name in select.fields)]
    tests = tuple(tuple(bind(item, target) for item in alternative) for alternative in select.alternatives)
    _check_currencies(select, fields, tests)
    _check_prices(target.entity.kind, fields)
    rows = _rows(tenant, target.entity.kind, tests)
    if target.entity.kind == "ratePlan" and not _names_amendment(tests):
        rows = [row for row in rows if row.get("amendmentType") != "RemoveProduct"]
    return [_record(row, fields) for row in rows]


def _rows(tenant: Tenant, kind: str, tests: Tests) -> list[Row]:
    found: dict[str, Row] = {}
    for alternative in tests or ((),):
        for row in _candidates(tenant, kind, alternative):
            if row["id"] not in found and all(test.holds(row) for test in alternative):
                found[row["id"]] = row
    return list(found.values())


def _candidates(tenant: Tenant, kind: str, tests: tuple[Test, ...]) -> list[Row]:
    if kind == units.KIND:
        return units.rows(tenant.settings, USER_ID)
    return candidates(tenant.store, kind, tests)


def _names_amendment(tests: Tests) -> bool:
    """Whether the query says itself which rate plans it wants; else removed ones are left out."""
    return any(test.field.row_name == "amendmentType" for alternative in tests for test in alternative)


def _check_currencies(select: Select, fields: list[Field], tests: Tests) -> None:
    names = {field.row_name for field in fields}
    if "activeCurrencies" not in names:
        return
    if names > {"activeCurrencies", "id"}:
        message = f"ActiveCurrencies of {select.object} can only be queried together with Id."
        raise QueryFault("INVALID_VALUE", message)
    single = len(tests) == 1 and any(test.field.name == "Id" and test.operator == "=" for test in tests[0])
    if not single:
        message = f"ActiveCurrencies of {select.object} can only be queried for one record, by its Id."
        raise QueryFault("INVALID_VALUE", message)


def _check_prices(kind: str, fields: list[Field]) -> None:
    prices = [field.name for field in fields if field.row_name in _PRICES]
    if kind == "productRatePlanChargeTier" and len(set(prices)) > 1:
        message = "Can only use Price or DiscountAmount or DiscountPercentage in one ProductRatePlanChargeTier query."
        raise QueryFault("INVALID_VALUE", message)


def _record(row: Row, fields: list[Field]) -> dict[str, Any]:
    values = {field.name: shown(field.row_name, row.get(field.row_name)) for field in fields}
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not None
    }
