"""Writes a query from a wish list: what the org does not have is left out and reported, never an error.

An org without several currencies has no `CurrencyIsoCode`, one without state codes no `BillingStateCode`, an older CPQ
package fewer fields, and any field may be hidden from the user. So the select list is made from the describes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from cpqbridge.errors import FixConfiguration
from cpqbridge.salesforce.describe import Describe
from cpqbridge.salesforce.literals import Literal, among, literal

DEEPEST_PATH = 5
"""Parents in one path, the most that SOQL takes."""

ANY_NAME = frozenset({"id", "name", "firstname", "lastname", "email", "username", "type"})
"""What can be read through a reference to one of several objects, such as an owner."""

DescribeOf = Callable[[str], Describe | None]
"""Gives an object's describe by its name; None when the org has no such object."""


@dataclass(frozen=True, slots=True)
class Select:
    """A wish list for one object.

    Attributes:
        sobject: The object.
        fields: Field paths such as `Id` or `SBQQ__Quote__r.Name`.
        children: Child relationship name to the wish list for its records.
        where: Condition, without the word; it must stand on fields that every org has.
        order_by: Comma-separated field paths, each with what may follow it (`DESC`, `NULLS LAST`).
        limit: Most rows; None for all.
        needed: Those of the fields without which the records would be misread.
    """

    sobject: str
    fields: Sequence[str]
    children: Mapping[str, Select] = field(default_factory=dict)
    where: str = ""
    order_by: str = ""
    limit: int | None = None
    needed: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """A query that the org can answer.

    Attributes:
        soql: The text.
        missing: Wished paths that were left out, child relationships in front: `OrderItems.Zuora_Status__c`.
    """

    soql: str
    missing: tuple[str, ...]


class Describer(Protocol):
    """What gives describes, such as `SalesforceClient`."""

    async def describe_many(self, names: Iterable[str]) -> Mapping[str, Describe | None]:
        """Return the objects by name, None for those that the org does not have."""
        ...


async def build(client: Describer, select: Select, field: str, keys: Sequence[Literal]) -> str:
    """Return the query for the records whose field has one of the keys.

    Args:
        client: Gives the describes.
        select: The wish list.
        field: The field to look up by, such as `Id`.
        keys: At most some hundred; see `literals.chunks`.

    Raises:
        FixConfiguration: CPQ-303, the org has no such object, or hides it from the user.
    """
    condition = f"{field} = {literal(keys[0])}" if len(keys) == 1 else among(field, keys)
    return (await resolve(client, select, condition)).soql


async def resolve(client: Describer, select: Select, where: str = "") -> Query:
    """Return the query for a wish list, reading the describes that it takes level by level.

    Raises:
        FixConfiguration: CPQ-303, the org has no such object, or hides it from the user.
    """
    known: dict[str, Describe | None] = {}
    while wanted := sorted(set(_objects(select, known.get)) - set(known)):
        known.update(await client.describe_many(wanted))
    return compose(select, where, known.get)


def compose(select: Select, where: str, describe_of: DescribeOf) -> Query:
    """Return the query for a wish list. Pure.

    Args:
        select: The wish list.
        where: A further condition, without the word.
        describe_of: Gives the describes of all objects on the way.

    Raises:
        FixConfiguration: CPQ-303, the org has no such object, or hides it from the user.
    """
    describe = describe_of(select.sobject)
    if describe is None or not describe.queryable:
        message = f"Salesforce shows no object {select.sobject}: it is not installed, or the user may not read it"
        raise FixConfiguration("CPQ-303", message, field=select.sobject)
    missing: list[str] = []
    soql = _text(select, where, describe, describe.name, describe_of, missing)
    return Query(soql, tuple(missing))


def _text(
    select: Select, where: str, describe: Describe, source: str, describe_of: DescribeOf, missing: list[str]
) -> str:
    """Return `SELECT … FROM source …`; add to `missing` what is left out."""
    columns = []
    for path in dict.fromkeys(select.fields):
        found = _spelling(path, describe, describe_of)
        if found is None:
            missing.append(path)
        else:
            columns.append(found)
    columns = list(dict.fromkeys(columns)) or ["Id"]
    for relationship, child in select.children.items():
        columns += _child(relationship, child, describe, describe_of, missing)
    _require(select, missing)
    parts = ["SELECT " + ", ".join(columns), f"FROM {source}"]
    conditions = [f"({part})" if " or " in part.lower() else part for part in (where, select.where) if part]
    if conditions:
        parts.append("WHERE " + " AND ".join(conditions))
    if order := _order(select.order_by, describe, describe_of):
        parts.append(f"ORDER BY {order}")
    if select.limit is not None:
        parts.append(f"LIMIT {select.limit}")
    return " ".join(parts)


def _child(
    relationship: str, child: Select, describe: Describe, describe_of: DescribeOf, missing: list[str]
) -> Iterator[str]:
    below = _described(describe.children.get(relationship.lower()), describe_of)
    if below is None or not below.queryable:
        missing.append(relationship)
        return
    lost: list[str] = []
    text = _text(child, "", below, relationship, describe_of, lost)
    missing += [f"{relationship}.{path}" for path in lost]
    yield f"({text})"


def _order(order_by: str, describe: Describe, describe_of: DescribeOf) -> str:
    kept = []
    for term in filter(None, (part.strip() for part in order_by.split(","))):
        path, _, rest = term.partition(" ")
        found = _spelling(path, describe, describe_of)
        if found is not None:
            kept.append(f"{found} {rest}".strip())
    return ", ".join(kept)


def _spelling(path: str, describe: Describe, describe_of: DescribeOf) -> str | None:
    """Return a field path in the org's own spelling, or None when the org does not have all of it."""
    *parents, last = path.split(".")
    if len(parents) > DEEPEST_PATH:
        return None
    names: list[str] = []
    current: Describe | None = describe
    for name in parents:
        link = current.parents.get(name.lower()) if current else None
        if link is None or link.relationship_name is None:
            return None
        names.append(link.relationship_name)
        if len(link.reference_to) != 1:
            return ".".join([*names, last]) if last.lower() in ANY_NAME and name is parents[-1] else None
        current = _described(link.reference_to[0], describe_of)
    found = current.field(last) if current else None
    return ".".join([*names, found.name]) if found else None


def _objects(select: Select, describe_of: DescribeOf, sobject: str | None = None) -> Iterator[str]:
    """Give the objects that the wish list touches, as far as the known describes tell."""
    sobject = sobject or select.sobject
    yield sobject
    describe = describe_of(sobject)
    if describe is None:
        for child in select.children.values():
            yield from _objects(child, describe_of)
        return
    for path in select.fields:
        yield from _parents(path.split(".")[:-1], describe, describe_of)
    for relationship, child in select.children.items():
        below = describe.children.get(relationship.lower())
        if below:
            yield from _objects(child, describe_of, below)


def _parents(names: Sequence[str], describe: Describe | None, describe_of: DescribeOf) -> Iterator[str]:
    for name in names:
        link = describe.parents.get(name.lower()) if describe else None
        if link is None or len(link.reference_to) != 1:
            return
        yield link.reference_to[0]
        describe = describe_of(link.reference_to[0])


def _require(select: Select, missing: Collection[str]) -> None:
    """Refuse to read records without a field that decides what becomes of them."""
    hidden = [f"{select.sobject}.{path}" for path in select.needed if path in missing]
    if hidden:
        names = ", ".join(hidden)
        message = f"Salesforce does not show {names}; without it, records would be carried over wrongly"
        remedy = (
            f"Give the integration user read access to {names}, or install Salesforce CPQ. "
            "If your own mapping names it, `cpqbridge mapping check` shows where."
        )
        raise FixConfiguration("CPQ-303", message, field=hidden[0], remedy=remedy)


def _described(sobject: str | None, describe_of: DescribeOf) -> Describe | None:
    return describe_of(sobject) if sobject else None
