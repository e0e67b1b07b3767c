"""The parts of a compiled expression: each gives its value for a record, and tells its kind without one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from cpqbridge.mapping.operations import TRUTH, Kind, Operation, kind_of
from cpqbridge.mapping.rule import Path, Record, UnmappableError

Kinds = Mapping[str, Kind | None]
"""Dotted field path to what the field holds."""


class Node(Protocol):
    """A part of an expression."""

    @abstractmethod
    def value(self, record: Record) -> Any:
        """Return the value for a record: text, Decimal, date, bool, tuple or None.

        Raises:
            UnmappableError: There is none; the text says why.
        """

    @abstractmethod
    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return what the value will be, None when that cannot be told, and add what can only fail."""

    @abstractmethod
    def parts(self) -> Iterable[Node]:
        """Return the nodes below this one."""


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A value that stands in the expression."""

    constant: Any

    def value(self, record: Record) -> Any:
        """Return the constant."""
        del record
        return self.constant

    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return the constant's kind."""
        del kinds, problems
        return kind_of(self.constant)

    def parts(self) -> Iterable[Node]:
        """Return nothing."""
        return ()


def _read(record: Record, name: str) -> Any:
    """Return a field of a record. Salesforce answers in its own spelling, whatever capitals were asked with."""
    if name not in record:
        name = next((known for known in record if known.lower() == name.lower()), name)
    return record.get(name)


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A field of the record, or of a related one."""

    path: Path

    @property
    def name(self) -> str:
        """The dotted path."""
        return ".".join(self.path)

    def value(self, record: Record) -> Any:
        """Return the field's value; null where any record on the way is absent, or the text is empty."""
        found: Any = record
        for name in self.path:
            if found is None:
                return None
            if not isinstance(found, Mapping):
                raise UnmappableError(f"{self.name}: what stands before .{name} is no related record")
            found = _read(found, name)
        return self._known(found)

    def _known(self, found: Any) -> Any:
        if found is None or found == "":
            return None
        if isinstance(found, float | Decimal):
            return self._finite(Decimal(str(found)))
        if isinstance(found, bool | str) or (isinstance(found, date) and not isinstance(found, datetime)):
            return found
        if isinstance(found, int):
            return Decimal(found)
        what = "a related record: name one of its fields" if isinstance(found, Mapping) else "no single value"
        raise UnmappableError(f"{self.name} is {what}")

    def _finite(self, number: Decimal) -> Decimal:
        if not number.is_finite():
            raise UnmappableError(f"{self.name} is no number")
        return number

    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return what the field holds, where that is known."""
        del problems
        return kinds.get(self.name)

    def parts(self) -> Iterable[Node]:
        """Return nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class Items(Node):
    """A list, as `in` wants it."""

    members: tuple[Node, ...]

    def value(self, record: Record) -> Any:
        """Return the members' values."""
        return tuple(member.value(record) for member in self.members)

    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return the kind of lists."""
        for member in self.members:
            member.kind(kinds, problems)
        return kind_of(())

    def parts(self) -> Iterable[Node]:
        """Return the members."""
        return self.members


@dataclass(frozen=True, slots=True)
class Apply(Node):
    """An operator or a function with its operands."""

    operation: Operation
    operands: tuple[Node, ...]

    def value(self, record: Record) -> Any:
        """Return the operation's result."""
        return self.operation(*(operand.value(record) for operand in self.operands))

    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return the kind of the result; operands that do not fit are a problem."""
        known = [operand.kind(kinds, problems) for operand in self.operands]
        if not any(signature.fits(known) for signature in self.operation.signatures):
            problems.append(self.operation.refusal(known))
        return self.operation.result(known)

    def parts(self) -> Iterable[Node]:
        """Return the operands."""
        return self.operands


def holds(value: Any) -> bool:
    """Return whether a condition holds; null counts as false.

    Raises:
        UnmappableError: The value is neither true nor false.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    raise UnmappableError(f"a condition must be true or false, not {kind_of(value)}")


def _checked_condition(node: Node, kinds: Kinds, problems: list[str]) -> None:
    kind = node.kind(kinds, problems)
    if kind not in (None, TRUTH):
        problems.append(f"a condition must be true or false, not {kind}")


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and`, `or` and `not`; what stands behind is only looked at when it decides."""

    name: str
    operands: tuple[Node, ...]

    def value(self, record: Record) -> bool:
        """Return true or false."""
        results = (holds(operand.value(record)) for operand in self.operands)
        if self.name == "not":
            return not next(results)
        return all(results) if self.name == "and" else any(results)

    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return the kind of conditions; operands must be some."""
        for operand in self.operands:
            _checked_condition(operand, kinds, problems)
        return TRUTH

    def parts(self) -> Iterable[Node]:
        """Return the operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class FirstFilled(Node):
    """`a ?? b` and `coalesce(a, b, …)`: the first that is not null."""

    operands: tuple[Node, ...]

    def value(self, record: Record) -> Any:
        """Return the first value that is not null."""
        return next((value for node in self.operands if (value := node.value(record)) is not None), None)

    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return the operands' common kind, if it is known."""
        return _common([operand.kind(kinds, problems) for operand in self.operands])

    def parts(self) -> Iterable[Node]:
        """Return the operands."""
        return self.operands


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`condition ? a : b`; only the chosen side is evaluated."""

    condition: Node
    then: Node
    otherwise: Node

    def value(self, record: Record) -> Any:
        """Return the value of the side that the condition chooses."""
        return (self.then if holds(self.condition.value(record)) else self.otherwise).value(record)

    def kind(self, kinds: Kinds, problems: list[str]) -> Kind | None:
        """Return the common kind of both sides, if it is known."""
        _checked_condition(self.condition, kinds, problems)
        return _common([self.then.kind(kinds, problems), self.otherwise.kind(kinds, problems)])

    def parts(self) -> Iterable[Node]:
        """Return the condition and both sides."""
        return self.condition, self.then, self.otherwise


def _common(kinds: list[Kind | None]) -> Kind | None:
    return kinds[0] if len(set(kinds)) == 1 else None
