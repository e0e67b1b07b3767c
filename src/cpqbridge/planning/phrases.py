"""What differs between an order and what Zuora holds of it, in the words of those who bill."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from textwrap import shorten
from typing import Any

from cpqbridge.mapping.transforms import plain
from cpqbridge.planning.compare import Difference, content_of, effective_day, subscription_of

MOST_LETTERS = 60
"""Letters of a text that a phrase shows."""

_ELEMENTS = {
    "subscriptions": "subscription",
    "orderActions": "action",
    "triggerDates": "date",
    "subscribeToRatePlans": "rate plan",
    "chargeOverrides": "charge",
    "chargeUpdates": "charge",
    "tiers": "tier",
    "orderLineItems": "line item",
}
"""What one element of a list is called."""

_SAID = {"initialTerm": "initial term", "lastTerm": "term", "renewalTerms": "renewal term"}
"""Objects without whose name their fields would not be understood; the others only hold them together."""

_PLANS = ("externallyManagedPlanId", "subscriptionRatePlanNumber")
_CREATE = "CreateSubscription"
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TWICE = re.compile(r"\b(\w+) \1\b")


def phrase(difference: Difference, body: Mapping[str, Any], products: Mapping[str, str]) -> str:
    """Return a difference in words: `subscription SUB-1 (Seat), list price: Salesforce 99, Zuora 120`.

    Args:
        difference: What differs.
        body: The body that it is about.
        products: The names of products by subscription number, by rate plan number and by order product id.
    """
    keys = difference.target.strip("/").split("/")
    *subject, label = [*_place(keys, body, products), _label(keys, body)]
    ours, theirs = difference.wanted, difference.held
    if len(keys) == 2:
        ours = _element_name(keys[0], _at(body, keys), ours, products) if ours is not None else None
        theirs = _element_name(keys[0], difference.within, theirs, products) if theirs is not None else None
    elif keys[-1].isdigit():
        ours, theirs = products.get(str(ours), ours), products.get(str(theirs), theirs)
    return f"{', '.join((*subject, label))}: Salesforce {_shown(ours)}, Zuora {_shown(theirs)}"


def _place(keys: Sequence[str], body: Mapping[str, Any], products: Mapping[str, str]) -> Iterator[str]:
    """Yield where a value is: its subscription with the product, its action; or its line item."""
    if len(keys) < 3 or keys[0] not in ("subscriptions", "orderLineItems"):
        return
    entry = _at(body, keys[:2])
    if keys[0] == "orderLineItems":
        yield f"line item {_element_name(keys[0], entry, None, products)}"
        return
    action = _at(body, keys[:4]) if len(keys) > 4 else None
    number = subscription_of(entry)
    name = _product(action, products) or products.get(str(number))
    yield f"subscription {number} ({name})" if name else f"subscription {number}"
    if action and action.get("type") != _CREATE:
        yield f"{action.get('type')} on {effective_day(action)}"


def _product(action: Any, products: Mapping[str, str]) -> str | None:
    """Return the name of the product that an action is about, where its rate plan is known."""
    content = content_of(action) if isinstance(action, Mapping) else {}
    plans = [content, *(content.get("subscribeToRatePlans") or ())]
    names = (products.get(str(plan.get(key))) for plan in plans for key in _PLANS)
    return next((name for name in names if name), None)


def _element_name(kind: str, element: Any, key: Any, products: Mapping[str, str]) -> Any:
    """Return what people call a subscription or line item; `key` where its element says no more."""
    if not isinstance(element, Mapping):
        return key
    if kind == "orderLineItems":
        return element.get("itemName") or key
    number = subscription_of(element)
    name = products.get(str(number))
    return f"{number} ({name})" if name else number or key


def _label(keys: Sequence[str], body: Mapping[str, Any]) -> str:
    """Return what a field is called."""
    *way, last = keys
    if last.isdigit():
        return _ELEMENTS.get(way[-1], _words(way[-1]))
    if last == "triggerDate":
        return f"{_words(str((_at(body, way) or {}).get('name') or ''))} date"
    said = [_SAID[key] for key in way if key in _SAID]
    said += [f"tier {int(position) + 1}" for key, position in pairwise(way) if key == "tiers"]
    return _TWICE.sub(r"\1", " ".join((*said, _words(last))))


def _words(key: str) -> str:
    """Return a name of Zuora's as words; custom fields are called by their names."""
    return key if "__" in key else _HUMP.sub(" ", key).lower()


def _at(body: Any, keys: Sequence[str]) -> Any:
    """Return what stands at a place, or None where there is nothing."""
    for key in keys:
        if isinstance(body, Mapping):
            body = body.get(key)
        elif isinstance(body, list | tuple) and int(key) < len(body):
            body = body[int(key)]
        else:
            return None
    return body


def _shown(value: Any) -> str:
    """Return a value as people write it."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return format(Decimal(plain(value)), "f")
    return value.isoformat() if isinstance(value, date) else shorten(str(value), MOST_LETTERS, placeholder=" …")
