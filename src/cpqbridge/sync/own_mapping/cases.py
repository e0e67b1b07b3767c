"""Cases of a mapping: what both systems held of one record, and the plan that is right for it, as a file.

A case is one JSON file. It is planned again from what it holds and nothing else, so a mapping is tested without any
connection. A mapping that reads more than was recorded fails: silence would be taken for an empty field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any, Literal, TypedDict

import msgspec

from cpqbridge.mapping.tables import Tables
from cpqbridge.planning.plan import SyncPlan
from cpqbridge.planning.snapshot import Snapshot
from cpqbridge.planning.state import ZuoraState
from cpqbridge.salesforce.select import Select
from cpqbridge.settings.options import Options
from cpqbridge.sync import wishes
from cpqbridge.sync.batch import Batch
from cpqbridge.sync.result import operation_dict

_WISHES = (
    (wishes.orders, "orders"),
    (wishes.accounts, "accounts"),
    (wishes.contacts, "contacts"),
    (wishes.products, "products"),
    (wishes.product_schedules, "schedules"),
    (wishes.consumption_rates, "rates"),
)
"""Each wish list with the part of the snapshot that it fills."""

_ROWS = (("account", "accounts"), ("contact", "contacts"))
"""Each table whose columns are read from Zuora with the part of the state that they fill."""

_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded record.

    Attributes:
        object: `Order` or `Account`.
        record: The order's number, or the account's id.
        read: What was asked for: part of the snapshot or state to field paths.
        snapshot: The Salesforce side.
        state: The Zuora side.
        plan: The expected plan, as `document` writes it.
        format: The version of the file format.
    """

    object: Literal["Order", "Account"]
    record: str
    read: dict[str, list[str]]
    snapshot: Snapshot
    state: ZuoraState
    plan: dict[str, Any] = field(default_factory=dict)
    format: Literal[1] = 1

    @property
    def file(self) -> str:
        """The name of its file."""
        return f"{self.object.lower()}-{re.sub(r'[^A-Za-z0-9._-]', '_', self.record)}.json"


class _Reason(TypedDict):
    code: str
    field: str | None
    message: str


class _Request(TypedDict):
    method: str
    path: str
    body: Any


class _Operation(TypedDict):
    operation: str
    key: str
    request: _Request


class _Plan(TypedDict, total=False):
    """What `differences` looks at in a plan."""

    outcome: str
    reasons: list[_Reason]
    operations: list[_Operation]


class UnreadableCaseError(ValueError):
    """A file is no case; the text says why."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that differs from the expected plan; None for a side that has none.

    Attributes:
        place: The operation's key and the target below it, or `outcome`, `reasons`, `operations`.
        expected: As recorded.
        found: As planned now.
    """

    place: str
    expected: Any
    found: Any


def write(case: Case) -> bytes:
    """Return the file of a case: sorted, indented, the same for the same case; decimals keep their digits."""
    tidy = _without_attributes(msgspec.to_builtins(case, builtin_types=(Decimal,)))
    return msgspec.json.format(_encoder.encode(tidy), indent=1) + b"\n"


def read(content: bytes) -> Case:
    """Return the case in a file.

    Raises:
        UnreadableCaseError: It is none.
    """
    try:
        case = msgspec.convert(_decoder.decode(content), Case, builtin_types=(Decimal,))
        msgspec.convert(case.plan, _Plan, builtin_types=(Decimal,))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UnreadableCaseError(f"is no case of `cpqbridge mapping record`: {error}") from error
    return case


def replan(case: Case, options: Options, values: Mapping[str, Mapping[str, str]], tables: Tables) -> dict[str, Any]:
    """Return the plan of a case, made from what was recorded alone.

    Raises:
        UnreadableCaseError: The recorded record is not among what was recorded, or was changed by hand to what no
            system says.
    """
    batch = Batch(case.snapshot, case.state, options, values, tables)
    found = (batch.orders() if case.object == "Order" else case.snapshot.accounts).get(case.record)
    if found is None:
        raise UnreadableCaseError(f"does not hold {case.object} {case.record}: record it again")
    try:
        return document(batch.plan_order(found) if case.object == "Order" else batch.plan_account(found))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        said = f"{type(error).__name__}: {error}"
        raise UnreadableCaseError(f"holds what cannot be planned ({said}): record it again") from error


def document(plan: SyncPlan) -> dict[str, Any]:
    """Return a plan as a case keeps it: outcome, reasons, and every request."""
    reasons = [{"code": one.code, "field": one.field, "message": one.message} for one in plan.problems]
    shown = {
        "outcome": plan.stop.value if plan.stop else "planned",
        "reasons": reasons,
        "operations": [operation_dict(operation, lineage=False) for operation in plan.operations],
    }
    same: dict[str, Any] = _decoder.decode(_encoder.encode(shown))
    return same


def asked_for(options: Options, tables: Tables) -> dict[str, list[str]]:
    """Return the fields that are read from both systems, by part of the snapshot or state."""
    asked: dict[str, list[str]] = {}
    for wish, part in _WISHES:
        for below, select in _nested(wish(options, tables), part):
            asked[below] = sorted(set(select.fields))
    for table, part in _ROWS:
        asked[f"zuora {part}"] = sorted({rule.column for rule in getattr(tables, table).rules if rule.column})
    return asked


def unread(case: Case, options: Options, tables: Tables) -> list[str]:
    """Return the fields that a mapping reads and that the recording lacks, where it holds such records at all."""
    filled = {one.name for one in fields(Snapshot) if getattr(case.snapshot, one.name)}
    filled |= {f"zuora {part}" for _, part in _ROWS if getattr(case.state, part)}
    lacking = []
    for part, paths in asked_for(options, tables).items():
        if part.partition("/")[0] in filled:
            known = {path.lower() for path in case.read.get(part, ())}
            lacking += [f"{part}: {path}" for path in paths if path.lower() not in known]
    return lacking


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[Difference]:
    """Return what differs between two plans, target by target."""
    before, after = dict(_flat_plan(expected)), dict(_flat_plan(found))
    places = dict.fromkeys((*before, *after))
    return [
        Difference(place, before.get(place), after.get(place))
        for place in places
        if before.get(place) != after.get(place)
    ]


def leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the JSON pointer of every value in a body that is neither object nor list."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, f"{pointer}/{name}")
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{pointer}/{place}")
    else:
        yield pointer, value


def _flat_plan(plan: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "outcome", plan.get("outcome")
    for place, reason in enumerate(plan.get("reasons") or ()):
        yield f"reasons/{place}", f"{reason['code']} {reason['field'] or ''}: {reason['message']}"
    operations: Sequence[Mapping[str, Any]] = plan.get("operations") or ()
    yield "operations", [f"{one['operation']} {one['key']}" for one in operations]
    for one in operations:
        request = one["request"]
        yield one["key"], f"{request['method']} {request['path']}"
        for pointer, value in leaves(request["body"]):
            yield f"{one['key']} {pointer}", value


def _nested(select: Select, part: str) -> Iterator[tuple[str, Select]]:
    yield part, select
    for relationship, child in select.children.items():
        yield from _nested(child, f"{part}/{relationship}")


def _without_attributes(value: Any) -> Any:
    """Leave out what Salesforce says of each row beside its fields, such as the address under which it is read."""
    if isinstance(value, dict):
        return {name: _without_attributes(inner) for name, inner in value.items() if name != "attributes"}
    return [_without_attributes(inner) for inner in value] if isinstance(value, list) else value
