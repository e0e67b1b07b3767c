"""What differs between a body that would be sent and what Zuora holds already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of an order that Zuora holds otherwise.

    Attributes:
        target: JSON pointer into the body.
        wanted: The body's value.
        held: Zuora's value.
        within: The innermost element of Zuora's lists that the value is in: a subscription, an action, a line item; of
            an element that is missing the one that Zuora has instead.
    """

    target: str
    wanted: Any
    held: Any
    within: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


_ELEMENT_KEYS = {
    "triggerDates": ("name",),
    "subscribeToRatePlans": ("externallyManagedPlanId",),
    "tiers": ("tier",),
    "chargeOverrides": ("chargeNumber", "productRatePlanChargeId"),
    "chargeUpdates": ("chargeNumber", "productRatePlanChargeId", "uniqueToken"),
    "orderLineItems": ("itemNumber", "productCode"),
}
"""By which of its fields an element of a list is found again: the first that was sent; without any, by position."""

_PLAN_KEYS = ("subscriptionRatePlanNumber", "externallyManagedPlanId", "uniqueToken", "ratePlanId")
"""By which of its fields the rate plan that an action is about is named: the first that was sent."""

_TOP = ("subscriptions", "orderLineItems")

_WHOLE = frozenset({*_TOP, "orderActions", "subscribeToRatePlans", "tiers"})
"""Lists that Zuora shows as they were sent: an element that only Zuora has is a difference too."""

_TELLING = {"tiers": ("endingUnit",)}
"""Fields of an element whose absence says something: a tier without an end is open."""

_AT_THE_TIME = {"orderLineItems": ("itemName",)}
"""Fields of an element that are as they were when it was sent: a product may be renamed later."""

_SHOWN_AS = {("termsAndConditions", "lastTerm"): "initialTerm"}
"""Fields, by the object that they are in, that Zuora shows under another name."""

_FURTHER = {("itemState", "SentToBilling"): ("Complete",)}
"""Values, by field and the value that was sent, that billing makes of it: they are no other content."""


def order_differences(body: Mapping[str, Any], order: Mapping[str, Any]) -> Iterator[Difference]:
    """Yield what a create-order body and the order that Zuora holds say differently.

    Only what Zuora's answer shows is compared: it leaves out some of what was sent (such as external catalog ids),
    and adds what it derived. Elements are found by their natural keys, so that their order does not matter; one that
    Zuora does not have at all is a difference, and so is a subscription, action, rate plan, tier or line item that
    only Zuora has; the one and the other are one difference. A tier that is open on one side only differs as well.
    """
    yield from _object("", body, order, "", None)
    for name in _TOP:
        if not body.get(name):
            yield from _list(f"/{name}", name, (), order.get(name) or (), None)


def _object(
    pointer: str, wanted: Mapping[str, Any], held: Mapping[str, Any], parent: str, within: Mapping[str, Any] | None
) -> Iterator[Difference]:
    telling = _TELLING.get(parent, ())
    for name in telling:
        ours, theirs = wanted.get(name), held.get(name)
        if not same(ours, theirs):
            yield Difference(f"{pointer}/{name}", ours, theirs, within)
    for name, value in wanted.items():
        if name in telling or name in _AT_THE_TIME.get(parent, ()):
            continue
        shown = _SHOWN_AS.get((parent, name), name)
        if shown not in held or (held[shown] is None and parent != ""):
            if isinstance(value, Sequence) and not isinstance(value, str) and name in _TOP:
                yield Difference(f"{pointer}/{name}", len(value), 0, within)
            continue
        yield from _value(f"{pointer}/{name}", name, value, held[shown], within)


def _value(pointer: str, name: str, wanted: Any, held: Any, within: Mapping[str, Any] | None) -> Iterator[Difference]:
    if isinstance(wanted, Mapping) and isinstance(held, Mapping):
        yield from _object(pointer, wanted, held, name, within)
    elif isinstance(wanted, list | tuple) and isinstance(held, list | tuple):
        yield from _list(pointer, name, wanted, held, within)
    elif not same(wanted, held) and held not in _FURTHER.get((name, str(wanted)), ()):
        yield Difference(pointer, wanted, held, within)


def _list(
    pointer: str, name: str, wanted: Sequence[Any], held: Sequence[Any], within: Mapping[str, Any] | None
) -> Iterator[Difference]:
    pairs, rest = paired(name, wanted, held)
    surplus = iter(rest if name in _WHOLE else ())
    for position, (element, match) in enumerate(pairs):
        if match is None:
            instead = next(surplus, None)
            theirs = None if instead is None else _name(name, instead)
            yield Difference(f"{pointer}/{position}", _name(name, element), theirs, instead or within)
        else:
            inner = match if isinstance(match, Mapping) else within
            yield from _value(f"{pointer}/{position}", name, element, match, inner)
    for element in surplus:
        position = next(at for at, one in enumerate(held) if one is element)
        yield Difference(f"{pointer}/{position}", None, _name(name, element), element)


def paired(name: str, wanted: Sequence[Any], held: Sequence[Any]) -> tuple[list[tuple[Any, Any | None]], list[Any]]:
    """Return each element that is wanted with the one that Zuora holds for it, and what only Zuora holds.

    Those whose whole natural key is the same are paired first: of several updates of one plan each finds its own.
    Then, of those that have the first part of the key in common, the one that differs least.

    Args:
        name: The list's field, such as `orderActions`.
        wanted: Elements of the body.
        held: Elements of Zuora's answer.
    """
    rest = list(held)
    found: dict[int, Any] = {}
    for closeness in (_alike, _akin):
        for position, element in enumerate(wanted):
            candidates = [] if position in found else [one for one in rest if closeness(name, element, one)]
            if candidates:
                found[position] = min(candidates, key=lambda one: _distance(name, element, one))
                rest.remove(found[position])
    return [(element, found.get(position)) for position, element in enumerate(wanted)], rest


def _distance(name: str, element: Any, candidate: Any) -> int:
    return sum(1 for _ in _value("", name, element, candidate, None))


def _alike(name: str, element: Any, candidate: Any) -> bool:
    """Return whether every part of an element's natural key is also the candidate's."""
    return all(same(value, read(candidate)) for read, value in _key(name, element))


def _akin(name: str, element: Any, candidate: Any) -> bool:
    """Return whether the first part of an element's natural key is also the candidate's."""
    return all(same(value, read(candidate)) for read, value in _key(name, element)[:1])


def _name(name: str, element: Any) -> Any:
    """Return what people call an element: the first part of its natural key."""
    key = _key(name, element)
    return key[0][1] if key else None


Read = Callable[[Any], Any]
"""Reads one part of a natural key from an element."""


def _key(name: str, element: Any) -> list[tuple[Read, Any]]:
    """Return the parts of an element's natural key and how each is read, the one that never changes first.

    None means by position.
    """
    if name == "subscriptions":
        readers: list[Read] = [subscription_of]
    elif name == "orderActions":
        plan = _first_of(_PLAN_KEYS, content_of(element))
        readers = [lambda action: action.get("type"), effective_day, lambda action: plan(content_of(action)), _charges]
    else:
        readers = [_first_of(_ELEMENT_KEYS.get(name, ()), element)]
    parts = ((read, read(element)) for read in readers)
    return [(read, value) for read, value in parts if value is not None]


def _first_of(fields: Sequence[str], element: Any) -> Read:
    """Return the reader of the first of some fields that an element has."""
    chosen = next((name for name in fields if _read(element, name) is not None), None)
    return lambda other: _read(other, chosen) if chosen else None


def _read(element: Any, name: str) -> Any:
    """Return a field of an element; Zuora spells one name in two ways."""
    if not isinstance(element, Mapping):
        return None
    other = element.get("productRateplanChargeId") if name == "productRatePlanChargeId" else None
    return element.get(name) if element.get(name) is not None else other


def subscription_of(entry: Any) -> Any:
    """Return the number of an order's subscription; a new one's stands in its action."""
    created = (entry.get("orderActions") or [{}])[0].get("createSubscription") or {}
    return created.get("subscriptionNumber") or entry.get("subscriptionNumber")


def effective_day(action: Mapping[str, Any]) -> Any:
    """Return the contract effective date of an order action."""
    dates = {one.get("name"): one.get("triggerDate") for one in action.get("triggerDates") or ()}
    return dates.get("ContractEffective")


def content_of(action: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the body of an order action that stands under the name of its type."""
    kind = str(action.get("type") or "")
    return action.get(kind[:1].lower() + kind[1:]) or {}


def _charges(action: Any) -> Any:
    """Return the numbers of the charges that an action changes, as text."""
    numbers = [str(one.get("chargeNumber")) for one in content_of(action).get("chargeUpdates") or ()]
    return " ".join(sorted(numbers)) or None
