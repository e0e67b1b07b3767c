"""All versions of a Zuora subscription together: its terms, its accounts, and which order changed what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

from cpqbridge.planning.state import Row
from cpqbridge.planning.timeline.version import Version


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a subscription.

    Attributes:
        start: First day.
        until: Day after the last one; None without end.
        months: Its length when it was agreed; None without end.
        order: Number of the order that began it.
    """

    start: date
    until: date | None
    months: Decimal | None
    order: str | None


@dataclass(frozen=True, slots=True)
class Transfer:
    """From which day on the accounts of a version, by its place, count."""

    day: date
    version: int


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a subscription, the first first; its terms by start; its transfers between accounts."""

    versions: Sequence[Version]
    terms: Sequence[Term]
    transfers: Sequence[Transfer]

    @classmethod
    def of(cls, versions: Sequence[Row], orders: Mapping[str, Row]) -> History:
        """Return the history of a subscription.

        Args:
            versions: All its versions with all segments, the first first.
            orders: `order` of `GET /v1/orders/{n}` by number, at least of those that `transferring` names.
        """
        held = [Version.of(row) for row in versions]
        return cls(held, _terms(held), [_transfer(versions[place], place, orders) for place in _transferring(versions)])

    def term_on(self, day: date) -> Term:
        """Return the term that a day lies in."""
        return [term for term in self.terms if term.start <= day or term is self.terms[0]][-1]

    def owners_on(self, day: date) -> Version:
        """Return the version whose accounts count on a day."""
        return self.versions[max((one.version for one in self.transfers if one.day <= day), default=0)]

    def changed_by(self, charge: str, day: date) -> int:
        """Return the place of the last version that changed what a charge has on a day."""
        values = [None, *(version.value_on(charge, day) for version in self.versions)]
        return max((n for n in range(len(self.versions)) if values[n] != values[n + 1]), default=0)

    def stepped_by(self, charge: str, day: date) -> int:
        """Return the place of the last version that changed what a charge has on a day, and not as on the day before.

        A back-dated order that adds five to all that follows it makes none of the later steps.
        """
        values = [None, *(version.value_on(charge, day) for version in self.versions)]
        steps = [None, *(version.step_on(charge, day) for version in self.versions)]
        changed = (n for n in range(len(self.versions)) if values[n] != values[n + 1] and steps[n] != steps[n + 1])
        return max(changed, default=0)

    def order_of(self, charge: str, day: date) -> str | None:
        """Return the order that made what begins on a day."""
        places = [self.stepped_by(charge, day), *(one.version for one in self.transfers if one.day == day)]
        places += [n for n, version in enumerate(self.versions) if self._begins_term(n, version, day)]
        return self.versions[max(places)].order

    def _begins_term(self, place: int, version: Version, day: date) -> bool:
        before = self.versions[place - 1].term.start if place else None
        return place > 0 and version.term.start == day != before


def transferring(versions: Sequence[Row]) -> list[str]:
    """Return the numbers of the orders that transferred a subscription to other accounts."""
    return [number for place in _transferring(versions) if (number := versions[place].get("orderNumber"))]


def _transferring(versions: Sequence[Row]) -> list[int]:
    names = ("accountNumber", "invoiceOwnerAccountNumber")
    pairs = enumerate(pairwise(versions), 1)
    return [place for place, (before, after) in pairs if any(before.get(name) != after.get(name) for name in names)]


def _transfer(version: Row, place: int, orders: Mapping[str, Row]) -> Transfer:
    """Return from which day on the accounts of a version count; from the beginning where its order does not say."""
    order = orders.get(version.get("orderNumber") or "") or {}
    return Transfer(max(_transfer_days(order, version["subscriptionNumber"]), default=date.min), place)


def _transfer_days(order: Row, subscription: str) -> Iterator[date]:
    entries = [one for one in order.get("subscriptions") or () if one.get("subscriptionNumber") == subscription]
    for action in (action for entry in entries for action in entry.get("orderActions") or ()):
        if action["type"] == "OwnerTransfer":
            yield from (date.fromisoformat(one["triggerDate"]) for one in action.get("triggerDates") or ())


def _terms(versions: Sequence[Version]) -> list[Term]:
    """Return the terms by their start; one that a later term cut short ends where that one begins."""
    terms: dict[date, Term] = {}
    for version in versions:
        term = version.term
        begun = terms.get(term.start)
        terms[term.start] = Term(term.start, term.end, term.months, begun.order if begun else version.order)
    found = sorted(terms.values(), key=lambda term: term.start)
    return [replace(term, until=following.start) for term, following in pairwise(found)] + found[-1:]
