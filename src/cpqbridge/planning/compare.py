"""What differs between a body that would be sent and what Zuora holds already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from cpqbridge.mapping.rule import Table
from cpqbridge.planning.plan import Ref
from cpqbridge.planning.state import Row


def row_of(table: Table, body: Mapping[str, Any]) -> Row:
    """Return the row that ZOQL would give for a body, by the columns of the table's rules."""
    fields = ((rule.column, _at(body, rule.keys)) for rule in table.rules if rule.column)
    return {column: value for column, value in fields if value is not None}


def changed(table: Table, body: Mapping[str, Any], row: Row) -> dict[str, Any]:
    """Return the part of a body that differs from the row.

    What Salesforce leaves empty is not compared: it is never emptied in Zuora, where billing may have filled it.
    """
    differing: dict[str, Any] = {}
    for rule in table.rules:
        value = _at(body, rule.keys) if rule.column else None
        if rule.column and value is not None and not same(value, row.get(rule.column)):
            _put(differing, rule.keys, value)
    return differing


def _at(body: Mapping[str, Any], keys: Sequence[str]) -> Any:
    value: Any = body
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _put(body: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    for key in keys[:-1]:
        body = body.setdefault(key, {})
    body[keys[-1]] = value


def same(wanted: Any, held: Any) -> bool:
    """Return whether two values mean the same: 5 and 5.00, a date and its ISO text, an empty text and nothing."""
    if isinstance(wanted, Ref):
        return False
    if isinstance(wanted, bool) or isinstance(held, bool):
        return wanted is held
    if isinstance(wanted, int | Decimal) and isinstance(held, int | Decimal):
        return wanted == held
    return _text(wanted) == _text(held)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


class Difference(NamedTuple):
    """One value of an order that Zuora holds otherwise: JSON pointer into the body, ours and theirs."""

    target: str
    wanted: Any
    held: Any


_ELEMENT_KEYS = {
    "subscriptions": ("subscriptionNumber",),
    "orderActions": ("type",),
    "triggerDates": ("name",),
    "subscribeToRatePlans": ("externallyManagedPlanId",),
    "tiers": ("tier",),
    "chargeOverrides": ("chargeNumber", "productRatePlanChargeId"),
    "orderLineItems": ("itemNumber", "productCode"),
}
"""By which of its fields an element of a list is found again: the first that was sent; without any, by position."""

_WHOLE = frozenset({"subscribeToRatePlans", "tiers"})
"""Lists that Zuora shows as they were sent: an element that only Zuora has is a difference too."""

_TELLING = {"tiers": ("endingUnit",)}
"""Fields of an element whose absence says something: a tier without an end is open."""

_AT_THE_TIME = {"orderLineItems": ("itemName",)}
"""Fields of an element that are as they were when it was sent: a product may be renamed later."""


def order_differences(body: Mapping[str, Any], order: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what a create-order body and the order that Zuora holds say differently.

    Only what Zuora's answer shows is compared: it leaves out some of what was sent (such as external catalog ids),
    and adds what it derived. Elements are found by their natural keys, so that their order does not matter; one that
    Zuora does not have at all is a difference, and so is a subscription, rate plan, tier or line item that only Zuora
    has. A tier that is open on one side only differs as well.
    """
    yield from _object("", body, order, "")
    for name in ("subscriptions", "orderLineItems"):
        surplus = len(order.get(name) or ()) - len(body.get(name) or ())
        if surplus > 0:
            yield Difference(f"/{name}", len(body.get(name) or ()), len(order.get(name) or ()))


def _object(pointer: str, wanted: Mapping[str, Any], held: Mapping[str, Any], parent: str) -> Iterator[Difference]:
    telling = _TELLING.get(parent, ())
    for name in telling:
        ours, theirs = wanted.get(name), held.get(name)
        if not same(ours, theirs):
            yield Difference(f"{pointer}/{name}", ours, theirs)
    for name, value in wanted.items():
        if name in telling or name in _AT_THE_TIME.get(parent, ()):
            continue
        if name not in held or (held[name] is None and parent != ""):
            if (
                isinstance(value, Sequence)
                and not isinstance(value, str)
                and name in ("subscriptions", "orderLineItems")
            ):
                yield Difference(f"{pointer}/{name}", len(value), 0)
            continue
        yield from _value(f"{pointer}/{name}", name, value, held[name])


def _value(pointer: str, name: str, wanted: Any, held: Any) -> Iterator[Difference]:
    if isinstance(wanted, Mapping) and isinstance(held, Mapping):
        yield from _object(pointer, wanted, held, name)
    elif isinstance(wanted, list | tuple) and isinstance(held, list | tuple):
        yield from _list(pointer, name, wanted, held)
    elif not same(wanted, held):
        yield Difference(pointer, wanted, held)


def _list(pointer: str, name: str, wanted: Sequence[Any], held: Sequence[Any]) -> Iterator[Difference]:
    rest = list(held)
    for position, element in enumerate(wanted):
        match = _match(name, element, rest)
        if match is None:
            yield Difference(f"{pointer}/{position}", _key(name, element)[1], None)
            continue
        rest.remove(match)
        yield from _value(f"{pointer}/{position}", name, element, match)
    if name in _WHOLE:
        for surplus in rest:
            yield Difference(f"{pointer}/{held.index(surplus)}", None, _key(name, surplus)[1])


def _match(name: str, element: Any, candidates: Sequence[Any]) -> Any | None:
    """Return the candidate with the element's natural key; of several, the one that differs least."""
    field, key = _key(name, element)
    same_key = [candidate for candidate in candidates if field is None or _field(name, candidate, field) == key]
    if len(same_key) < 2:
        return same_key[0] if same_key else None
    return min(same_key, key=lambda candidate: sum(1 for _ in _value("", name, element, candidate)))


def _key(name: str, element: Any) -> tuple[str | None, Any]:
    """Return the field by which an element is found again, and its value; no field means by position."""
    for field in _ELEMENT_KEYS.get(name, ()):
        value = _field(name, element, field)
        if value is not None:
            return field, value
    return None, None


def _field(name: str, element: Any, field: str) -> Any:
    """Return a field of an element; a new subscription's number stands in its action."""
    if name == "subscriptions":
        actions = element.get("orderActions") or [{}]
        created = actions[0].get("createSubscription") or {}
        return created.get(field) or element.get(field)
    return element.get(field)
