"""What a plan is: an ordered list of operations with symbolic references between them, and why it may not go.

`SyncPlan.operations` are run in order. A `Ref` in a body stands for a value of an earlier operation's answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.rule import Lineage, Problem
from cpqbridge.money.reconciliation.causes import ROUNDINGS, Cause
from cpqbridge.money.reconciliation.waterfall import Explained
from cpqbridge.values import PLAIN, Outcome


@dataclass(frozen=True, slots=True)
class Ref:
    """A value of the answer to the earlier operation with this key; written `@{key.field}` where it is shown."""

    key: str
    field: str

    def __str__(self) -> str:
        return f"@{{{self.key}.{self.field}}}"


Known = str | Ref
"""An id or number that Zuora has given already, or will give when an earlier operation is done."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One write request to Zuora.

    Attributes:
        name: What it does, such as `create_account`.
        key: Natural key, unique in a plan and stable over runs, such as `account:001…`.
        method: `POST` or `PUT`.
        path: Path below the base URL; may hold references as text, `@{key.field}`.
        body: Request body; values may be `Ref`, `Decimal` and `date`.
        lineage: Where every value came from.
        known: What the planner knew about the thing made, for the next plan of the same batch (see `ZuoraState.learn`).
    """

    name: str
    key: str
    method: str
    path: str
    body: Mapping[str, Any]
    lineage: tuple[Lineage, ...] = ()
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """What an order product comes to on both sides.

    Attributes:
        item: Id of the order product.
        number: Its number.
        product: Name of its product.
        currency: ISO code.
        explained: The amounts and the parts of their difference; None where they cannot be worked out.
        unknown: Why they cannot be.
        own_price: Whether the price is that of the user's own mapping, which may be another than CPQ's on purpose.
    """

    item: str
    number: str
    product: str
    currency: str
    explained: Explained | None = None
    unknown: str | None = None
    own_price: bool = False

    @property
    def by_rounding(self) -> Decimal:
        """What of the difference comes from rounding alone."""
        parts = self.explained.parts if self.explained else ()
        return sum((part.amount for part in parts if part.cause in ROUNDINGS), Decimal(0))

    @property
    def by_others(self) -> Decimal:
        """What of the difference has other causes, but for a price that the user wants on purpose."""
        parts = self.explained.parts if self.explained else ()
        wanted = {Cause.PRICE} if self.own_price else set()
        return sum((part.amount for part in parts if part.cause not in ROUNDINGS | wanted), Decimal(0))


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What would be written for one record, or why nothing may be.

    Attributes:
        record: `Order:801…` or `Account:001…`.
        number: The order's number, or the account's name: what people call the record.
        stop: `WAITING` or `HELD` when the plan may not go; `UNCHANGED` when there is nothing to write; else None.
        problems: Why, when it is stopped.
        operations: In the order in which they must run; empty when stopped.
        zuora: Numbers that are known already: `accountNumber`, `orderNumber`, `subscriptions`, `orderLineItems`.
        keys: Natural keys of what it would have made, also where it is stopped.
        proofs: What its lines come to on both sides, as far as they were looked at.
    """

    record: str
    number: str
    stop: Outcome | None
    problems: tuple[Problem, ...] = ()
    operations: tuple[Operation, ...] = ()
    zuora: Mapping[str, Any] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    proofs: tuple[Proof, ...] = ()


def references(value: Any) -> Iterator[Ref]:
    """Yield every `Ref` in a body."""
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from references(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from references(part)


_REFERENCE = re.compile(r"@\{(?P<key>.+?)\.(?P<field>\w+)\}")


def resolve_path(path: str, answers: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a path with its references replaced."""
    return _REFERENCE.sub(lambda found: str(answers[found["key"]][found["field"]]), path)


def resolve(value: Any, answers: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the body with every `Ref` replaced from the answers of earlier operations, by key.

    Raises:
        KeyError: An answer does not hold the value that a later operation needs.
    """
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is Ref:
        return answers[value.key][value.field]
    if kind is dict or isinstance(value, Mapping):
        return {name: part if type(part) in PLAIN else resolve(part, answers) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(part, answers) for part in value]
    return value
